//! An author looks at an update of the library, takes it and publishes; the learner gets the new text and keeps
//! what they did.

use anyhow::{Context as _, Result, bail};

use super::{
    assert_quiet,
    cdp::{Browser, Page, chromium},
    demo::Demo,
};

const UNIT: &str = "/units/block-v1:Exedra+Light+demo+type@vertical+block@bending";
const REFERENCE: &str = "/references/block-v1:Exedra+Light+demo+type@lib_ref+block@refraction";
const COURSE: &str = "/contexts/course-v1:Exedra+Light+demo";
/// A sentence of the second edition.
const NEW: &str = "document.querySelector('main').innerText.includes('total reflection')";
const ANSWERED: &str = "/(^| )correct/.test(document.querySelector('.problems-wrapper .status').className)";

fn text(page: &mut Page<'_>, selector: &str) -> Result<String> {
    let found = page.eval(&format!("document.querySelector({selector:?})?.innerText ?? ''"))?;
    Ok(found.as_str().unwrap_or_default().to_owned())
}

/// Follows a link or sends a form, and waits for the page it leads to.
fn go(page: &mut Page<'_>, selector: &str, arrived: &str) -> Result<()> {
    page.click(selector)?;
    page.wait_for(&format!("document.readyState === 'complete' && !!document.querySelector({arrived:?})"))
}

fn fits(page: &mut Page<'_>, what: &str) -> Result<()> {
    let width = page.eval("document.documentElement.scrollWidth")?.as_u64().context("a number")?;
    if width > 360 {
        bail!("{what} is {width} wide");
    }
    Ok(())
}

/// Moves on with Tab alone until an element has the focus, and presses Enter.
fn press_with_keyboard(page: &mut Page<'_>, selector: &str) -> Result<()> {
    for _ in 0..200 {
        if page.eval(&format!("document.activeElement.matches({selector:?})"))? == true {
            return page.press("Enter");
        }
        page.press("Tab")?;
    }
    bail!("Tab never reaches {selector}")
}

#[test]
fn an_author_takes_an_update_and_learners_keep_what_they_did() -> Result<()> {
    let Some(command) = chromium() else {
        eprintln!("skipped: Chromium is not installed");
        return Ok(());
    };
    let demo = Demo::start()?;
    let (mut at_desk, mut at_home) = (Browser::start(&command)?, Browser::start(&command)?);

    let mut learner = at_home.page(true)?;
    learner.open(demo.sign_in(&demo.learn))?;
    let unit = format!("{}{UNIT}", demo.learn);
    learner.open(&unit)?;
    assert_eq!(learner.eval(NEW)?, false, "the course pins the first edition");
    learner.click(".problems-wrapper input[type=text]")?;
    learner.type_text("28.9")?;
    learner.press("Enter")?;
    learner.wait_for(ANSWERED)?;

    let mut author = at_desk.page(true)?;
    author.open(demo.sign_in(&demo.studio))?;
    author.open(&format!("{}{UNIT}", demo.studio))?;
    assert!(text(&mut author, ".reference-update")?.starts_with("Version 2 “Second edition” is there."));
    go(&mut author, ".reference-update a", ".decide")?;
    assert!(text(&mut author, ".text-pieces ins")?.contains("wave front"));
    assert!(text(&mut author, ".facts tbody")?.contains("Why light bends"));
    // Before and after, as learners see them.
    author.click("details.rendered summary")?;
    author.wait_for(
        "[...document.querySelectorAll('details[open] iframe')].length === 2 && [...document.querySelectorAll('details[open] iframe')].every(f => f.contentDocument?.querySelector('.xblock-v1'))",
    )?;
    let frames = author.eval(
        "[...document.querySelectorAll('details[open] iframe')].map(f => f.contentDocument.body.innerText.includes('total reflection')).join()",
    )?;
    assert_eq!(frames, "false,true");
    go(&mut author, ".decide form[action$='/update'] button", ".page-notice.is-done")?;
    assert!(text(&mut author, ".page-notice")?.starts_with("Updated in the draft."));
    learner.open(&unit)?;
    assert_eq!(learner.eval(NEW)?, false, "what is not published is not seen");
    assert_quiet(&author, &demo, "the page of the reference")?;

    author.open(&format!("{}{COURSE}", demo.studio))?;
    author.click("#version-name")?;
    author.type_text("Second edition of the library")?;
    go(&mut author, ".publish button", ".page-notice.is-done")?;
    assert!(text(&mut author, ".versions li")?.starts_with("Version 2 “Second edition of the library”"));
    assert_quiet(&author, &demo, "the page of the course")?;

    // What is published is known everywhere within a second.
    let (patience, mut is_new) = (40, false);
    for _ in 0..patience {
        learner.open(&unit)?;
        is_new = learner.eval(NEW)? == true;
        if is_new {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(is_new, "learners see the second edition");
    assert_eq!(learner.eval(ANSWERED)?, true, "the answer is still there");
    assert_eq!(text(&mut learner, ".problem-header")?, "Check: into the water", "the course's title stays");
    assert!(
        text(&mut learner, ".submission-feedback")?.starts_with("You have used 1 of 5"),
        "the library's number"
    );
    assert_quiet(&learner, &demo, "the unit")
}

#[test]
fn references_are_looked_after_by_keyboard_on_a_phone_without_scripts() -> Result<()> {
    let Some(command) = chromium() else {
        eprintln!("skipped: Chromium is not installed");
        return Ok(());
    };
    let demo = Demo::start()?;
    let mut browser = Browser::start(&command)?;
    let mut page = browser.page(false)?;
    page.resize(360, 740)?;
    page.open(demo.sign_in(&demo.studio))?;
    for path in [COURSE, UNIT, REFERENCE] {
        page.open(&format!("{}{path}", demo.studio))?;
        fits(&mut page, path)?;
    }
    assert!(text(&mut page, ".customized")?.contains("Check: into the water"));
    press_with_keyboard(&mut page, ".customized button")?;
    page.wait_for("!!document.querySelector('form[action$=\"/restore\"]')")?;
    assert_eq!(page.eval("document.querySelectorAll('.customized').length")?, 0);
    fits(&mut page, "after a reset")?;
    press_with_keyboard(&mut page, "form[action$='/restore'] button")?;
    page.wait_for("document.querySelectorAll('.customized').length === 1")?;
    press_with_keyboard(&mut page, "a.button")?;
    page.wait_for("!!document.querySelector('.decide')")?;
    fits(&mut page, "the update")?;
    assert_eq!(page.eval("document.querySelectorAll('h1').length")?, 1);
    press_with_keyboard(&mut page, ".decide form[action$='/update'] button")?;
    page.wait_for("!!document.querySelector('.page-notice.is-done')")?;
    assert!(text(&mut page, ".page-notice")?.starts_with("Updated in the draft."));
    assert_quiet(&page, &demo, "the pages of a reference")
}
