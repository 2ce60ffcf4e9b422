//! Every everyday input with nothing but the keyboard, from the top of the page.

use anyhow::{Result, bail};

use crate::{
    cdp::{Browser, Page, chromium},
    demo::Demo,
    question::Question,
};

/// Unit, problem, the keys from one stop of Tab to the next, and what the note says then.
type Row = (&'static str, &'static str, &'static [(&'static str, &'static [Key])], &'static str);

/// What is done at a stop.
#[derive(Clone, Copy)]
enum Key {
    Press(&'static str),
    Text(&'static str),
}

use Key::{Press, Text};

const ROWS: &[Row] = &[
    ("choices", "radio", &[("[type=radio]", &[Press(" ")])], "Correct (1/1 point)"),
    (
        "choices",
        "checkbox",
        &[("[value=choice_0]", &[Press(" ")]), ("[value=choice_1]", &[Press(" ")])],
        "Correct (1/1 point)",
    ),
    (
        "choices",
        "dropdown",
        &[
            ("[name$='_2_1']", &[Press("ArrowDown"), Press("ArrowDown")]),
            ("[name$='_3_1']", &[Press("ArrowDown")]),
        ],
        "Correct (2/2 points)",
    ),
    ("lines", "number", &[("input", &[Text("9.81")])], "Correct (1/1 point)"),
    ("lines", "text", &[("input", &[Text("Lisbon")])], "Correct (1/1 point)"),
    // The mark starts in the middle of the picture, at 200, 150, and moves ten pixels a key.
    ("pictures", "image", &[(".imageinput-picture", &[Press("ArrowLeft"); 10])], "Correct (1/1 point)"),
    ("more", "formula", &[("input", &[Text("m*v*v/2")])], "Correct (1/1 point)"),
    (
        "more",
        "choicetext",
        &[
            ("[type=radio]", &[Press("ArrowDown")]),
            ("[id$='_choiceinput_1_numtolerance_input_0']", &[Text("6")]),
        ],
        "Correct (1/1 point)",
    ),
];

/// Moves on with Tab alone until an element of a problem has the focus.
fn reach(page: &mut Page<'_>, id: &str, selector: &str) -> Result<()> {
    for _ in 0..200 {
        if Question::new(page, id).focused(selector)? {
            return Ok(());
        }
        page.press("Tab")?;
    }
    bail!("Tab never reaches {selector} of {id}")
}

#[test]
fn every_kind_is_answered_with_the_keyboard_alone() -> Result<()> {
    let Some(command) = chromium() else {
        eprintln!("skipped: Chromium is not installed");
        return Ok(());
    };
    let demo = Demo::start_with_test_content()?;
    let mut browser = Browser::start(&command)?;
    let mut page = browser.page(true)?;
    page.open(demo.sign_in(&demo.learn))?;
    for &(unit, id, stops, note) in ROWS {
        page.open(&format!("{}/units/block-v1:Exedra+Kinds+test+type@vertical+block@{unit}", demo.learn))?;
        for &(selector, keys) in stops {
            reach(&mut page, id, selector)?;
            let seen = page.eval("(e => getComputedStyle(e).outlineStyle !== 'none' || getComputedStyle(e.closest('.field')).outlineStyle !== 'none')(document.activeElement)")?;
            assert_eq!(seen, true, "{id}: the focus on {selector} can be seen");
            for key in keys {
                match key {
                    Press(name) => page.press(name)?,
                    Text(text) => page.type_text(text)?,
                }
            }
            if id == "image" {
                let said = Question::new(&mut page, id).said()?;
                assert_eq!(said, "From the left: 100, from the top: 150", "the place is read");
            }
        }
        reach(&mut page, id, "button.submit")?;
        page.press("Enter")?;
        let mut problem = Question::new(&mut page, id);
        problem.wait_for("$.querySelector('.notification-submit') !== null")?;
        assert_eq!(problem.notes()?, note, "{id}");
        assert!(problem.focused(".notification-submit")?, "{id}: the way goes on from the result");
    }
    Ok(())
}
