//! Pages of authors in frames keep what the learner did across a reload, reached directly and by messages.

use anyhow::Result;

use crate::{
    assert_quiet,
    cdp::{Browser, Page, chromium},
    demo::Demo,
    question::Question,
};

const UNIT: &str = "/units/block-v1:Exedra+Light+demo+type@vertical+block@bench";

/// Moves the lamp, as a learner would with the slider, once the frame has taken the state it should start with.
fn move_lamp(page: &mut Page<'_>, id: &str, from: &str, to: &str) -> Result<()> {
    let mut problem = Question::new(page, id);
    problem.wait_for(&format!("{LAMP}?.value === {from:?}"))?;
    problem.eval(&format!(
        "{{ const s = {LAMP}; s.value = {to:?}; s.dispatchEvent(new Event('input', {{bubbles: true}})) }}"
    ))?;
    Ok(())
}

const LAMP: &str = "$.querySelector('iframe').contentDocument?.getElementById('g')";

#[test]
fn frames_keep_their_state_across_a_reload() -> Result<()> {
    let Some(command) = chromium() else {
        eprintln!("skipped: Chromium is not installed");
        return Ok(());
    };
    let demo = Demo::start()?;
    let mut browser = Browser::start(&command)?;
    let mut page = browser.page(true)?;
    page.open(demo.sign_in(&demo.learn))?;
    let unit = format!("{}{UNIT}", demo.learn);
    page.open(&unit)?;
    // The first is called directly, the second by messages.
    for (id, initial, moved) in [("bench", "80", "55"), ("bench-messages", "40", "70")] {
        move_lamp(&mut page, id, initial, moved)?;
        let mut problem = Question::new(&mut page, id);
        problem.press("button.save")?;
        assert_eq!(problem.notes()?, "Your answers have been saved.", "{id}");
        assert!(problem.focused(".notification-save")?, "{id}");
        problem.wait_for(&format!("{LAMP}?.value === {moved:?}"))?;
        let value = problem.eval("JSON.parse($.querySelector('.jsinput input').value)")?;
        assert!(value["answer"].as_str().unwrap_or_default().contains("magnification"), "{value}");
    }
    page.open(&unit)?;
    for (id, moved) in [("bench", "55"), ("bench-messages", "70")] {
        Question::new(&mut page, id).wait_for(&format!("{LAMP}?.value === {moved:?}"))?;
    }
    assert_quiet(&page, &demo, UNIT)
}
