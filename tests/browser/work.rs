//! Programs, files, reactions, and answers that wait for a grader; and how much script all of it takes.

use anyhow::Result;

use crate::{
    cdp::{Browser, Page, chromium},
    demo::Demo,
    question::{Question, Step::Type},
};

fn start() -> Result<Option<(Demo, Browser)>> {
    let Some(command) = chromium() else {
        eprintln!("skipped: Chromium is not installed");
        return Ok(None);
    };
    Ok(Some((Demo::start_with_test_content()?, Browser::start(&command)?)))
}

fn open<'b>(browser: &'b mut Browser, demo: &Demo, unit: &str) -> Result<Page<'b>> {
    let mut page = browser.page(true)?;
    page.open(demo.sign_in(&demo.learn))?;
    page.open(&format!("{}/units/block-v1:Exedra+Kinds+test+type@vertical+block@{unit}", demo.learn))?;
    Ok(page)
}

#[test]
fn tab_indents_a_program_and_escape_leads_on() -> Result<()> {
    let Some((demo, mut browser)) = start()? else { return Ok(()) };
    let mut page = open(&mut browser, &demo, "work")?;
    let mut code = Question::new(&mut page, "code");
    assert_eq!(code.text(".problem-group-label")?, "Write a function that returns its argument.");
    code.eval("{ const t = $.querySelector('textarea'); t.focus(); t.setSelectionRange(t.value.length, t.value.length) }")?;
    code.page.press("Tab")?;
    code.page.type_text("return x")?;
    assert_eq!(code.eval("$.querySelector('textarea').value")?, "def same(x):    return x");
    let described = "$.querySelector('textarea').getAttribute('aria-describedby').split(' ').some(i => document.getElementById(i)?.innerText.startsWith('Press ESC then TAB'))";
    assert_eq!(code.eval(described)?, true, "the way out is told");
    code.page.press("Escape")?;
    code.page.press("Tab")?;
    assert!(!code.focused("textarea")?);
    code.submit()?;
    assert_eq!(code.text(".external-grader-message")?, "Error: No grader has been set up for this problem.");
    assert_eq!(code.said()?, "Error: No grader has been set up for this problem.");
    assert_eq!(code.eval("$.querySelector('textarea').value")?, "def same(x):    return x");
    Ok(())
}

/// Puts a file of a name and size into the field, as choosing it would.
fn choose(problem: &mut Question<'_, '_>, name: &str, size: usize) -> Result<()> {
    problem.eval(&format!(
        "{{ const d = new DataTransfer(); d.items.add(new File([new Uint8Array({size})], {name:?})); $.querySelector('[type=file]').files = d.files }}"
    ))?;
    Ok(())
}

#[test]
fn files_are_looked_at_before_they_are_sent() -> Result<()> {
    let Some((demo, mut browser)) = start()? else { return Ok(()) };
    let mut page = open(&mut browser, &demo, "work")?;
    let mut file = Question::new(&mut page, "file");
    for (chosen, told) in [
        (None, "These files are missing: report.txt"),
        (Some(("other.txt", 1)), "This file cannot be submitted here: other.txt. These can: report.txt"),
        (Some(("report.txt", 4_000_001)), "This file is larger than 4 MB: report.txt"),
    ] {
        if let Some((name, size)) = chosen {
            choose(&mut file, name, size)?;
        }
        file.click("button.submit")?;
        file.wait_for(&format!(
            "$.querySelector('.notification-gentle-alert').innerText.includes({told:?})"
        ))?;
        assert!(file.focused("[type=file][aria-invalid=true]")?, "{told}");
    }
    let sent = file.page.requests.iter().filter(|url| url.contains("problem_check")).count();
    assert_eq!(sent, 0);
    Ok(())
}

#[test]
fn a_reaction_is_shown_while_it_is_typed() -> Result<()> {
    let Some((demo, mut browser)) = start()? else { return Ok(()) };
    let mut page = open(&mut browser, &demo, "work")?;
    let mut reaction = Question::new(&mut page, "chemistry");
    reaction.act(&[Type("input[type=text]", "2H2 + O2 -> 2H2O")])?;
    reaction.wait_for("$.querySelectorAll('.equation sub').length === 3")?;
    Ok(())
}

/// Answers `problem_check` and the first two questions after it as a server does whose grader is at work.
const GRADER: &str = "{
    const ask = window.fetch;
    let left = 3;
    window.asked = [];
    window.fetch = async (url, options) => {
        const answer = await ask(url, options);
        if (!/problem_(check|get)/.test(url)) return answer;
        window.asked.push(Math.round(performance.now()));
        const body = await answer.json();
        for (const name of ['html', 'contents']) {
            if (body[name] && left > 0) body[name] = body[name].replace('class=\"status ', 'data-x=\"\"><span class=\"xqueue\" hidden>1</span></span><span class=\"status ');
        }
        left -= 1;
        return new Response(JSON.stringify(body), {headers: {'Content-Type': 'application/json'}});
    };
}";

#[test]
fn a_problem_is_asked_for_until_its_grader_has_answered() -> Result<()> {
    let Some((demo, mut browser)) = start()? else { return Ok(()) };
    let mut page = open(&mut browser, &demo, "lines")?;
    page.eval(GRADER)?;
    let mut text = Question::new(&mut page, "text");
    text.act(&[Type("input", "Lisbon")])?;
    text.submit()?;
    assert_eq!(text.count(".xqueue")?, 1);
    // What is written meanwhile stays as long as there is no news.
    text.act(&[Type("input", "Porto")])?;
    text.wait_for("window.asked.length === 3")?;
    assert_eq!(text.eval("$.querySelector('input').value")?, "Porto");
    text.wait_for("$.querySelector('.xqueue') === null")?;
    assert_eq!(text.statuses()?, ["correct"]);
    assert_eq!(text.said()?, "Question 1: correct.");
    assert!(text.focused("input")?, "who writes on is not led away");
    let waits = text.eval("window.asked.slice(1).map((at, n) => at - window.asked[n])")?;
    let waits: Vec<i64> = serde_json::from_value(waits)?;
    assert!(waits.windows(2).all(|pair| matches!(pair, [first, next] if next > first)), "{waits:?}");
    Ok(())
}

#[test]
fn choices_load_the_common_scripts_alone() -> Result<()> {
    let Some((demo, mut browser)) = start()? else { return Ok(()) };
    let page = open(&mut browser, &demo, "choices")?;
    let mut scripts: Vec<_> = page
        .requests
        .iter()
        .filter_map(|url| url.rsplit('/').next())
        .filter(|name| name.ends_with(".js"))
        .collect();
    scripts.sort_unstable();
    scripts.dedup();
    assert_eq!(scripts, ["problem.js", "runtime.js"]);
    Ok(())
}
