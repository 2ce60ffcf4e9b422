//! Problems of every everyday kind: answered right, partly and wrong, with and without scripts.

use anyhow::Result;

use crate::{
    assert_quiet,
    cdp::{Browser, Page, chromium},
    demo::Demo,
    question::{
        Question,
        Step::{self, Click, Pick, Type},
    },
};

/// Problem, what is done, what the note says, what stands beside the inputs.
type Row = (&'static str, &'static [Step<'static>], &'static str, &'static [&'static str]);

const CHOICES: &[Row] = &[
    ("radio", &[Click("[value=choice_2]")], "Incorrect (0/1 point)", &["incorrect"]),
    ("radio", &[Click("[value=choice_1]")], "Partially correct (0.5/1 point)", &["partially correct"]),
    ("radio", &[Click("[value=choice_0]")], "Correct (1/1 point)", &["correct"]),
    (
        "checkbox",
        &[Click("[value=choice_2]"), Click("[value=choice_3]")],
        "Incorrect (0/1 point)",
        &["incorrect"],
    ),
    ("checkbox", &[Click("[value=choice_0]")], "Partially correct (0.25/1 point)", &["partially correct"]),
    (
        "checkbox",
        &[Click("[value=choice_1]"), Click("[value=choice_2]"), Click("[value=choice_3]")],
        "Correct (1/1 point)",
        &["correct"],
    ),
    (
        "dropdown",
        &[Pick("[name$='_2_1']", "0 °C"), Pick("[name$='_3_1']", "100 °C")],
        "Incorrect (0/2 points)",
        &["incorrect", "incorrect"],
    ),
    (
        "dropdown",
        &[Pick("[name$='_2_1']", "100 °C")],
        "Partially correct (1/2 points)",
        &["correct", "incorrect"],
    ),
    ("dropdown", &[Pick("[name$='_3_1']", "0 °C")], "Correct (2/2 points)", &["correct", "correct"]),
];

const LINES: &[Row] = &[
    ("number", &[Type("input", "20")], "Incorrect (0/1 point)", &["incorrect"]),
    ("number", &[Type("input", "10")], "Partially correct (0.5/1 point)", &["partially correct"]),
    ("number", &[Type("input", "3.27*3")], "Correct (1/1 point)", &["correct"]),
    ("text", &[Type("input", "Porto")], "Incorrect (0/1 point)", &["incorrect"]),
    ("text", &[Type("input", "lisboa")], "Correct (1/1 point)", &["correct"]),
    ("several", &[Type("[name$='_2_1']", "11")], "Incorrect (0/2 points)", &["incorrect", "incorrect"]),
    ("several", &[Type("[name$='_2_1']", "12")], "Partially correct (1/2 points)", &["correct", "incorrect"]),
    ("several", &[Type("[name$='_3_1']", "blue")], "Correct (2/2 points)", &["correct", "correct"]),
];

const PICTURES: &[Row] = &[
    (
        "image",
        &[Type("[name$='_x']", "290"), Type("[name$='_y']", "180")],
        "Incorrect (0/1 point)",
        &["incorrect"],
    ),
    (
        "image",
        &[Type("[name$='_x']", "100"), Type("[name$='_y']", "110")],
        "Correct (1/1 point)",
        &["correct"],
    ),
];

const MORE: &[Row] = &[
    ("formula", &[Type("input", "m*v")], "Incorrect (0/1 point)", &["incorrect"]),
    ("formula", &[Type("input", "v^2*m/2")], "Correct (1/1 point)", &["correct"]),
    ("choicetext", &[Click("input[id$='_choiceinput_0bc']")], "Incorrect (0/1 point)", &["incorrect"]),
    (
        "choicetext",
        &[Click("input[id$='_choiceinput_1bc']"), Type("[id$='_choiceinput_1_numtolerance_input_0']", "7")],
        "Incorrect (0/1 point)",
        &["incorrect"],
    ),
    (
        "choicetext",
        &[Type("[id$='_choiceinput_1_numtolerance_input_0']", "6")],
        "Correct (1/1 point)",
        &["correct"],
    ),
    ("annotation", &[Click("[id$='_option_2']")], "Incorrect (0/2 points)", &["incorrect"]),
    (
        "annotation",
        &[Click("[id$='_option_1']"), Type("textarea", "Two senses.")],
        "Partially correct (1/2 points)",
        &["partially correct"],
    ),
    ("annotation", &[Click("[id$='_option_0']")], "Correct (2/2 points)", &["correct"]),
];

fn start() -> Result<Option<(Demo, Browser)>> {
    let Some(command) = chromium() else {
        eprintln!("skipped: Chromium is not installed");
        return Ok(None);
    };
    Ok(Some((Demo::start_with_test_content()?, Browser::start(&command)?)))
}

fn unit(demo: &Demo, name: &str) -> String {
    format!("{}/units/block-v1:Exedra+Kinds+test+type@vertical+block@{name}", demo.learn)
}

fn open<'b>(browser: &'b mut Browser, demo: &Demo, scripts: bool, name: &str) -> Result<Page<'b>> {
    let mut page = browser.page(scripts)?;
    page.open(demo.sign_in(&demo.learn))?;
    page.open(&unit(demo, name))?;
    Ok(page)
}

fn everything_is_answered(scripts: bool) -> Result<()> {
    let Some((demo, mut browser)) = start()? else { return Ok(()) };
    for (name, rows) in [("choices", CHOICES), ("lines", LINES), ("pictures", PICTURES), ("more", MORE)] {
        let mut page = open(&mut browser, &demo, scripts, name)?;
        for &(id, steps, note, statuses) in rows {
            let mut question = Question::new(&mut page, id);
            question.act(steps)?;
            question.submit()?;
            assert_eq!(question.notes()?, note, "{id}, scripts: {scripts}");
            assert_eq!(question.statuses()?, statuses, "{id}, scripts: {scripts}");
            if scripts {
                assert!(
                    question.focused(".notification-submit")?,
                    "{id}: the result has the focus and is read"
                );
            }
        }
        // What was answered last is there when the page is loaded again.
        page.open(&unit(&demo, name))?;
        for pair in rows.iter().zip(rows.iter().skip(1).map(Some).chain([None])) {
            let (&(id, _, note, statuses), next) = pair;
            if next.is_none_or(|next| next.0 != id) {
                let mut question = Question::new(&mut page, id);
                assert_eq!(question.notes()?, note, "{id} after loading again");
                assert_eq!(question.statuses()?, statuses, "{id} after loading again");
            }
        }
        assert_quiet(&page, &demo, name)?;
    }
    Ok(())
}

#[test]
fn every_kind_is_answered_right_partly_and_wrong() -> Result<()> {
    everything_is_answered(true)
}

#[test]
fn every_kind_is_answered_right_partly_and_wrong_without_scripts() -> Result<()> {
    everything_is_answered(false)
}

#[test]
fn hints_answers_and_feedback_are_shown_and_read() -> Result<()> {
    let Some((demo, mut browser)) = start()? else { return Ok(()) };
    let mut page = open(&mut browser, &demo, true, "choices")?;
    let mut radio = Question::new(&mut page, "radio");
    radio.click(".hint-button")?;
    radio.wait_for("$.querySelectorAll('.problem-hint li').length === 1")?;
    assert_eq!(radio.text(".problem-hint li")?, "Hint (1 of 2): It is named after a messenger.");
    assert!(radio.focused(".problem-hint li:last-child")?);
    radio.click(".hint-button")?;
    radio.wait_for("$.querySelectorAll('.problem-hint li').length === 2")?;
    assert!(radio.focused(".problem-hint li:last-child")?);
    assert_eq!(radio.count(".hint-button[disabled]")?, 1, "there are no more hints");

    radio.act(&[Click("[value=choice_1]")])?;
    radio.submit()?;
    assert_eq!(radio.text(".message .hint-text")?, "It is the second.");
    radio.click(".show")?;
    radio.wait_for("$.querySelector('.is-answer') !== null")?;
    assert_eq!(radio.text(".is-answer")?, "Mercury Correct");
    assert!(radio.text(".solution-span")?.starts_with("Explanation Mercury is about"));
    assert_eq!(radio.count(".solution-span math")?, 1);
    assert!(radio.focused(".notification-show-answer")?);
    assert_eq!(radio.notes()?, "Answers are displayed within the problem");

    let mut checkbox = Question::new(&mut page, "checkbox");
    checkbox.click(".show")?;
    checkbox.wait_for("$.querySelectorAll('.is-answer').length === 2")?;
    assert_quiet(&page, &demo, "choices")?;

    let mut page = open(&mut browser, &demo, true, "lines")?;
    let mut text = Question::new(&mut page, "text");
    text.click(".show")?;
    text.wait_for("$.querySelector('.answer').textContent === 'Lisbon or Lisboa'")?;

    let mut page = open(&mut browser, &demo, true, "pictures")?;
    let mut image = Question::new(&mut page, "image");
    image.click(".show")?;
    image.wait_for("$.querySelector('svg polygon') !== null")?;
    assert_eq!(
        image.eval("$.querySelector('polygon').getAttribute('points')")?,
        "40,60 160,60 160,160 40,160"
    );

    let mut page = open(&mut browser, &demo, true, "more")?;
    let mut choice = Question::new(&mut page, "choicetext");
    choice.click(".show")?;
    choice.wait_for("$.querySelector('.is-answer') !== null")?;
    assert_eq!(choice.text("[id$='_choiceinput_1bc'].answer")?, "6");
    Ok(())
}

#[test]
fn hints_and_answers_are_read_without_scripts() -> Result<()> {
    let Some((demo, mut browser)) = start()? else { return Ok(()) };
    let mut page = open(&mut browser, &demo, false, "choices")?;
    let mut radio = Question::new(&mut page, "radio");
    assert_eq!(radio.count("details.problem-hint-plain")?, 2);
    radio.click("details.problem-hint-plain summary")?;
    assert_eq!(radio.text("details[open]")?, "Hint (1 of 2) It is named after a messenger.");
    radio.click("details.problem-answers summary")?;
    assert!(radio.text("details.problem-answers")?.contains("Mercury is about"));
    let needless =
        radio.eval("[...$.querySelectorAll('.needs-script')].filter(e => e.checkVisibility()).length")?;
    assert_eq!(needless, 0, "no button that nothing answers");
    Ok(())
}

fn attempts_are_used_up(scripts: bool) -> Result<()> {
    let Some((demo, mut browser)) = start()? else { return Ok(()) };
    let mut page = open(&mut browser, &demo, scripts, "lines")?;
    let mut once = Question::new(&mut page, "once");
    assert_eq!(once.count(".show, .problem-answers")?, 0, "no answer before the attempts are used up");
    once.act(&[Type("input", "six")])?;
    once.press("button.save")?;
    assert_eq!(once.notes()?, "Your answers have been saved but not graded. Click 'Submit' to grade them.");
    page.open(&unit(&demo, "lines"))?;
    let mut once = Question::new(&mut page, "once");
    assert_eq!(once.eval("$.querySelector('input').value")?, "six", "saved");
    assert_eq!(once.statuses()?, ["unanswered"], "not graded");
    once.submit()?;
    assert_eq!(once.notes()?, "Incorrect (0/1 point)");
    assert_eq!(once.count("button.submit[disabled]")?, 1);
    let told = once.text(".submission-feedback")?;
    assert_eq!(
        told, "You have used 1 of 1 attempt Grading method: Last Score No more answers can be submitted.",
        "a disabled button is explained"
    );
    let described = once.eval("$.querySelector('.submit').getAttribute('aria-describedby') === $.querySelector('.submission-feedback').id")?;
    assert_eq!(described, true);
    assert_eq!(once.count("button.save")?, 0);
    if scripts {
        once.click(".show")?;
        once.wait_for("$.querySelector('.answer').textContent === 'seven'")?;
    } else {
        assert_eq!(once.count(".problem-answers")?, 1);
    }
    Ok(())
}

#[test]
fn answers_are_saved_and_attempts_used_up() -> Result<()> {
    attempts_are_used_up(true)
}

#[test]
fn answers_are_saved_and_attempts_used_up_without_scripts() -> Result<()> {
    attempts_are_used_up(false)
}

fn a_problem_is_reset(scripts: bool) -> Result<()> {
    let Some((demo, mut browser)) = start()? else { return Ok(()) };
    let mut page = open(&mut browser, &demo, scripts, "choices")?;
    let mut shuffled = Question::new(&mut page, "shuffled");
    shuffled.act(&[Click("input")])?;
    shuffled.submit()?;
    assert!(shuffled.text(".submission-feedback")?.ends_with("Reset the problem to answer it again."));
    shuffled.press("button.reset")?;
    assert_eq!(shuffled.count("input:checked")?, 0);
    assert_eq!(shuffled.count("button.submit:not([disabled])")?, 1);
    assert_eq!(shuffled.notes()?, "");
    if scripts {
        assert!(shuffled.focused(".problem-header")?);
        assert_eq!(shuffled.said()?, "Your answers were cleared.");
    }
    Ok(())
}

#[test]
fn answers_are_reset() -> Result<()> {
    a_problem_is_reset(true)
}

#[test]
fn answers_are_reset_without_scripts() -> Result<()> {
    a_problem_is_reset(false)
}

#[test]
fn what_is_wrong_is_said_once_at_the_field_it_is_about() -> Result<()> {
    let Some((demo, mut browser)) = start()? else { return Ok(()) };
    let mut page = open(&mut browser, &demo, true, "lines")?;
    let mut number = Question::new(&mut page, "number");
    let described = "$.querySelector('input').getAttribute('aria-describedby').split(' ').map(i => document.getElementById(i)?.innerText ?? '').join(' ')";

    number.click("button.submit")?;
    number.wait_for("$.querySelector('.notification-gentle-alert').checkVisibility()")?;
    assert_eq!(number.notes()?, "Choose or enter an answer before you submit.");
    assert!(number.focused("input[aria-invalid=true]")?, "the field that is missing");
    assert!(number.eval(described)?.as_str().unwrap_or_default().contains("before you submit"));
    assert_eq!(number.said()?, "", "the field is read with its description: nothing is said twice");

    number.act(&[Type("input", "2*")])?;
    number.click("button.submit")?;
    number.wait_for("$.querySelector('.notification-gentle-alert').innerText.includes('2*')")?;
    assert!(number.notes()?.contains("Invalid math syntax: '2*'"), "{}", number.notes()?);
    assert!(number.focused("input[aria-invalid=true]")?);

    number.act(&[Type("input", "9.81")])?;
    number.submit()?;
    assert_eq!(number.count("[aria-invalid]")?, 0);
    assert_eq!(number.statuses()?, ["correct"]);
    // A verdict is about what was submitted.
    number.act(&[Type("input", "9.8")])?;
    assert_eq!(number.statuses()?, ["unanswered"]);
    assert_eq!(number.count(".correct")?, 0);

    let mut several = Question::new(&mut page, "several");
    several.act(&[Type("[name$='_2_1']", "12"), Type("[name$='_3_1']", "red")])?;
    several.submit()?;
    assert_eq!(several.said()?, "Question 1: correct. Question 2: incorrect.", "what the note leaves out");
    Ok(())
}

#[test]
fn a_formula_is_shown_while_it_is_typed() -> Result<()> {
    let Some((demo, mut browser)) = start()? else { return Ok(()) };
    let mut page = open(&mut browser, &demo, true, "lines")?;
    let mut number = Question::new(&mut page, "number");
    let shown = |tex: &str| format!("$.querySelector('.equation annotation')?.textContent === {tex:?}");
    number.click("input")?;
    for part in ["sqrt(2)", "/g", "^2"] {
        number.page.type_text(part)?;
    }
    number.wait_for(&shown("\\frac{\\sqrt{2}}{g^{2}}"))?;
    assert_eq!(number.count(".equation[aria-live=polite] math")?, 1);
    // What cannot be read is said once it is clear that more is not coming.
    number.act(&[Type("input", "2*(3")])?;
    number.wait_for("$.querySelector('.equation.is-error') !== null")?;
    number.act(&[Type("input", "9.81")])?;
    number.wait_for(&shown("9.81"))?;
    number.submit()?;
    number.wait_for(&shown("9.81"))?;
    assert_quiet(&page, &demo, "a preview")
}
