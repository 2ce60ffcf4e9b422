//! The demo in a real browser: pages open, problems are answered with and without scripts and stay answered,
//! formulas are MathML, the console stays silent and nothing is fetched from another host.
//!
//! Skipped, with a line that says so, where Chromium is not installed.

mod author;
mod barriers;
mod cdp;
mod demo;
mod frames;
mod keyboard;
mod problems;
mod question;
mod work;

use anyhow::{Context as _, Result, bail};
use cdp::{Browser, Page};
use demo::Demo;

/// A question with radio buttons.
const CHOICE: &str = ".problems-wrapper:has(input[type=radio])";

fn setup() -> Result<Option<(Demo, Browser)>> {
    let Some(chromium) = cdp::chromium() else {
        eprintln!("skipped: Chromium is not installed");
        return Ok(None);
    };
    Ok(Some((Demo::start()?, Browser::start(&chromium)?)))
}

/// Fails when the page's console showed an error or anything was asked of another host.
fn assert_quiet(page: &Page<'_>, demo: &Demo, what: &str) -> Result<()> {
    if !page.errors.is_empty() {
        bail!("{what}: the console shows {:?}", page.errors);
    }
    let own = [demo.learn.as_str(), demo.studio.as_str(), "data:", "blob:", "about:"];
    match page.requests.iter().find(|url| !own.iter().any(|o| url.starts_with(o))) {
        Some(url) => bail!("{what}: {url} was requested"),
        None => Ok(()),
    }
}

/// Returns the demo's first unit on which a selector finds something.
fn unit_with(page: &mut Page<'_>, demo: &Demo, selector: &str) -> Result<String> {
    for path in &demo.units {
        let url = format!("{}{path}", demo.learn);
        page.open(&url)?;
        if page.eval(&format!("!!document.querySelector({selector:?})"))? == true {
            return Ok(url);
        }
    }
    bail!("no unit of the demo has {selector}")
}

/// Returns what the status of the first problem with radio buttons says.
fn status(page: &mut Page<'_>) -> Result<String> {
    let text = page.eval(&format!(
        "(() => {{ const s = document.querySelector({CHOICE:?} + ' .status'); return s ? s.className : ''; }})()"
    ))?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}

#[test]
fn every_demo_unit_opens_on_both_sites() -> Result<()> {
    let Some((demo, mut browser)) = setup()? else { return Ok(()) };
    assert!(demo.units.len() > 3, "the demo prints its units");
    let mut formulas = 0;
    for site in [&demo.learn, &demo.studio] {
        let mut page = browser.page(true)?;
        page.open(demo.sign_in(site))?;
        for path in &demo.units {
            let url = format!("{site}{path}");
            page.open(&url)?;
            let titles = page.eval("document.querySelectorAll('h1').length")?;
            assert_eq!(titles, 1, "{url} has one title");
            let shown = page.eval("document.querySelectorAll('main .xblock-v1 .xblock-v1').length")?;
            assert!(shown.as_u64().context("a number")? > 0, "{url} shows blocks");
            formulas += page.eval("document.querySelectorAll('math').length")?.as_u64().unwrap_or_default();
            // A MathML element that is really laid out has a size.
            let flat = page.eval(
                "[...document.querySelectorAll('math')].filter(m => m.getBoundingClientRect().width === 0 && m.checkVisibility()).length",
            )?;
            assert_eq!(flat, 0, "{url}: formulas are laid out");
            let tex = page.eval("/\\\\\\(|\\[mathjax/.test(document.querySelector('main').innerText)")?;
            assert_eq!(tex, false, "{url}: no raw TeX is shown");
            assert_quiet(&page, &demo, &url)?;
        }
    }
    assert!(formulas > 0, "the demo has formulas");
    Ok(())
}

#[test]
fn no_demo_unit_scrolls_sideways_on_a_phone() -> Result<()> {
    let Some((demo, mut browser)) = setup()? else { return Ok(()) };
    let mut page = browser.page(true)?;
    page.resize(360, 740)?;
    for path in &demo.units {
        let url = format!("{}{path}", demo.learn);
        page.open(&url)?;
        let width = page.eval("document.documentElement.scrollWidth")?;
        assert!(width.as_u64().context("a number")? <= 360, "{url} is {width} wide");
    }
    Ok(())
}

#[test]
fn a_problem_is_answered_and_stays_answered() -> Result<()> {
    let Some((demo, mut browser)) = setup()? else { return Ok(()) };
    let mut page = browser.page(true)?;
    page.open(demo.sign_in(&demo.learn))?;
    let url = unit_with(&mut page, &demo, CHOICE)?;
    page.wait_for(&format!("document.querySelector({CHOICE:?} + ' button.submit') !== null"))?;
    assert!(status(&mut page)?.contains("unanswered"), "{}", status(&mut page)?);
    page.click(&format!("{CHOICE} input[type=radio]"))?;
    page.wait_for(&format!("!document.querySelector({CHOICE:?} + ' button.submit').disabled"))?;
    page.click(&format!("{CHOICE} button.submit"))?;
    page.wait_for(&format!(
        "/(^| )(in)?correct/.test(document.querySelector({CHOICE:?} + ' .status').className)"
    ))?;
    let unchanged = page.eval("location.href")?;
    assert_eq!(unchanged, url.as_str(), "the page was not left");
    let verdict = status(&mut page)?;
    page.open(&url)?;
    assert_eq!(status(&mut page)?, verdict, "the answer is still there after loading the page again");
    let checked = page.eval(&format!("document.querySelector({CHOICE:?} + ' input[type=radio]').checked"))?;
    assert_eq!(checked, true);
    assert_quiet(&page, &demo, &url)
}

#[test]
fn a_problem_is_answered_without_scripts() -> Result<()> {
    let Some((demo, mut browser)) = setup()? else { return Ok(()) };
    let mut page = browser.page(false)?;
    page.open(demo.sign_in(&demo.learn))?;
    let url = unit_with(&mut page, &demo, CHOICE)?;
    assert!(status(&mut page)?.contains("unanswered"));
    page.click(&format!("{CHOICE} input[type=radio]"))?;
    page.click(&format!("{CHOICE} button.submit"))?;
    page.wait_for(&format!(
        "document.readyState === 'complete' && /(^| )(in)?correct/.test(document.querySelector({CHOICE:?} + ' .status').className)"
    ))?;
    let verdict = status(&mut page)?;
    page.open(&url)?;
    assert_eq!(status(&mut page)?, verdict, "the answer is still there after loading the page again");
    assert_quiet(&page, &demo, &url)
}

#[test]
fn a_problem_is_answered_with_the_keyboard() -> Result<()> {
    let Some((demo, mut browser)) = setup()? else { return Ok(()) };
    let mut page = browser.page(true)?;
    page.open(demo.sign_in(&demo.learn))?;
    unit_with(&mut page, &demo, CHOICE)?;
    let focused = |page: &mut Page<'_>, selector: &str| -> Result<bool> {
        Ok(page.eval(&format!("document.activeElement.matches({selector:?})"))? == true)
    };
    // From the top of the page with Tab alone.
    for selector in [format!("{CHOICE} input[type=radio]"), format!("{CHOICE} button.submit")] {
        let mut steps = 0;
        while !focused(&mut page, &selector)? {
            page.press("Tab")?;
            steps += 1;
            if steps > 200 {
                bail!("Tab never reaches {selector}");
            }
        }
        page.press(" ")?;
    }
    page.wait_for(&format!(
        "/(^| )(in)?correct/.test(document.querySelector({CHOICE:?} + ' .status').className)"
    ))?;
    Ok(())
}

#[test]
fn an_anonymous_learner_keeps_an_answer_for_the_visit() -> Result<()> {
    let Some((demo, mut browser)) = setup()? else { return Ok(()) };
    let mut page = browser.page(true)?;
    let url = unit_with(&mut page, &demo, CHOICE)?;
    page.click(&format!("{CHOICE} input[type=radio]"))?;
    page.click(&format!("{CHOICE} button.submit"))?;
    page.wait_for(&format!(
        "/(^| )(in)?correct/.test(document.querySelector({CHOICE:?} + ' .status').className)"
    ))?;
    let verdict = status(&mut page)?;
    page.open(&url)?;
    assert_eq!(status(&mut page)?, verdict);
    assert_quiet(&page, &demo, &url)
}

#[test]
fn an_answer_is_typed_and_sent_with_enter() -> Result<()> {
    const TEXT: &str = ".problems-wrapper:has(input[type=text])";
    let Some((demo, mut browser)) = setup()? else { return Ok(()) };
    let mut page = browser.page(true)?;
    page.open(demo.sign_in(&demo.learn))?;
    let url = unit_with(&mut page, &demo, TEXT)?;
    page.click(&format!("{TEXT} input[type=text]"))?;
    // Right or wrong, but never what a learner could inject.
    page.type_text("1<script>window.injected = true</script>")?;
    page.press("Enter")?;
    page.wait_for(&format!("document.querySelector({TEXT:?} + ' .notification:not(.is-hidden)') !== null"))?;
    page.open(&url)?;
    assert_eq!(page.eval("typeof window.injected")?, "undefined");
    assert_quiet(&page, &demo, &url)
}
