//! What a problem looks like (capa §8.3, student-view-html §4 "problem").
//!
//! The content stands in the page, not in an attribute, and inside a plain form: it is read, answered and graded
//! without JavaScript. The client module does the same without leaving the page.

use capa::{Correctness, ProblemView, close_empty_elements};
use minijinja::Value;
use serde::Serialize;
use xblock::{Block, BlockCx, Fragment, ViewError};

use super::{client, progress::decimal, session::Session, shown};
use crate::{
    form_url,
    markup::{attribute, render, trusted},
    notice,
};

/// The handler that takes everything a problem can be asked; what it is asked is the suffix.
pub(super) const HANDLER: &str = "xmodule_handler";

#[derive(Serialize)]
struct Context {
    html_id: String,
    usage: String,
    url: Value,
    score: String,
    total_possible: String,
    attempts_used: i64,
    graded: &'static str,
    author_notes: Vec<String>,
    content: Value,
}

#[derive(Serialize)]
struct Content<'a> {
    html_id: &'a str,
    usage: &'a str,
    display_name: &'a str,
    progress: String,
    problem: Value,
    check_url: Value,
    takes_files: bool,
    save_url: Option<Value>,
    reset_url: Option<Value>,
    gradable: bool,
    can_submit: bool,
    cannot_submit: Option<&'static str>,
    answers: Option<shown::Answers>,
    hints: Vec<Value>,
    attempts_used: i64,
    max_attempts: Option<i64>,
    grading_method: &'static str,
    submitted: Option<Submitted>,
    saved: Option<&'static str>,
}

/// How the last answer was.
#[derive(Serialize)]
struct Submitted {
    kind: &'static str,
    message: String,
}

/// Renders the problem with its frame.
pub(super) fn view(
    block: &Block<'_>,
    problem: &capa::Problem,
    cx: &mut BlockCx<'_>,
) -> Result<Fragment, ViewError> {
    let session = Session::new(block, problem, cx);
    let url = cx.urls.handler_url(block.usage, HANDLER, "");
    let (score, total_possible) = session.displayed_progress();
    let shown = session.view();
    let context = Context {
        html_id: session.html_id.clone(),
        usage: block.usage.as_str().to_owned(),
        url: attribute(url.trim_end_matches(['/', '?'])),
        score: score.map(decimal).unwrap_or_default(),
        total_possible: decimal(total_possible),
        attempts_used: session.state.attempts,
        graded: if session.settings.graded { "True" } else { "False" },
        author_notes: author_notes(problem, cx),
        content: trusted(content_of(&shown, block, &session, cx)?),
    };
    let mut fragment = render(cx, "blocks/problem/view.html", context).map(Fragment::html)?;
    client::add(&mut fragment, &shown, cx.urls);
    Ok(fragment)
}

/// Renders what is inside the frame: what `problem_get` and `problem_check` answer with.
///
/// How the last answer was is said as long as the answer stands, not only in the answer to a submission: a page
/// that is loaded after a plain form was sent says it too.
pub(super) fn content(
    block: &Block<'_>,
    session: &Session<'_>,
    cx: &BlockCx<'_>,
) -> Result<String, ViewError> {
    content_of(&session.view(), block, session, cx)
}

fn content_of(
    view: &ProblemView,
    block: &Block<'_>,
    session: &Session<'_>,
    cx: &BlockCx<'_>,
) -> Result<String, ViewError> {
    let url = |dispatch: &str| attribute(&form_url::of(cx, block.usage, HANDLER, dispatch));
    let context = Content {
        html_id: &session.html_id,
        usage: block.usage.as_str(),
        display_name: &display_name(block),
        progress: session.progress_text(),
        problem: trusted(capa::html::render_page(view)),
        check_url: url("problem_check"),
        takes_files: !session.instance.file_inputs().is_empty(),
        save_url: session.can_save().then(|| url("problem_save")),
        reset_url: session.can_reset().then(|| url("problem_reset")),
        gradable: session.problem.gradable(),
        can_submit: session.can_submit(),
        cannot_submit: cannot_submit(session),
        answers: session.answer_available().then(|| shown::answers(session, view)),
        hints: hints(session),
        attempts_used: session.state.attempts,
        max_attempts: session.settings.max_attempts,
        grading_method: session.settings.grading_method.name(),
        submitted: submitted(session),
        saved: session.state.has_saved_answers.then(|| saved_message(session)),
    };
    render(cx, "blocks/problem/content.html", context)
}

/// Returns what only authors read: what of the problem is not graded, and what does not do what it seems to say.
fn author_notes(problem: &capa::Problem, cx: &BlockCx<'_>) -> Vec<String> {
    if !notice::is_for_author(cx) {
        return Vec::new();
    }
    let fault = |fault: &capa::Fault| format!("line {}: {}", fault.position.line, fault.message);
    let parts = problem.unsupported().iter().map(super::why_not_graded);
    parts.chain(problem.faults().iter().map(fault)).collect()
}

/// Returns what a problem is called: its type when it has no name of its own.
pub(super) fn display_name(block: &Block<'_>) -> String {
    let name = block.text("display_name");
    if name.trim().is_empty() { block.decl.block_type.to_owned() } else { name.into_owned() }
}

/// Returns what is said after the answers were saved.
pub(super) fn saved_message(session: &Session<'_>) -> &'static str {
    if session.settings.max_attempts == Some(0) || !session.problem.gradable() {
        "Your answers have been saved."
    } else {
        "Your answers have been saved but not graded. Click 'Submit' to grade them."
    }
}

/// Returns why nothing can be submitted, so that nobody wonders about the button.
fn cannot_submit(session: &Session<'_>) -> Option<&'static str> {
    if session.can_submit() {
        None
    } else if session.needs_reset() {
        Some("Reset the problem to answer it again.")
    } else if session.is_past_due() {
        Some("The due date has passed.")
    } else if session.is_closed() {
        Some("No more answers can be submitted.")
    } else {
        None
    }
}

fn hints(session: &Session<'_>) -> Vec<Value> {
    if session.problem.demand_hint_count() == 0 {
        return Vec::new();
    }
    let hints = session.instance.demand_hints();
    hints.iter().map(|hint| trusted(close_empty_elements(hint).into_owned())).collect()
}

fn submitted(session: &Session<'_>) -> Option<Submitted> {
    if !session.state.done || session.state.has_saved_answers {
        return None;
    }
    let mut verdicts = session.state.correct_map.iter().map(|(_, entry)| entry.correctness);
    let first = verdicts.next()?;
    if !session.correctness_available() {
        return Some(Submitted { kind: "general", message: "Answer submitted.".to_owned() });
    }
    let verdict =
        if verdicts.all(|other| other == first) { first } else { Some(Correctness::PartiallyCorrect) };
    let (kind, word) = match verdict? {
        Correctness::Correct => ("success", "Correct"),
        Correctness::PartiallyCorrect => ("success is-partial", "Partially correct"),
        Correctness::Incorrect => ("error", "Incorrect"),
        Correctness::Incomplete => return None,
    };
    Some(Submitted { kind, message: [word, &session.points_in_parentheses()].concat() })
}

#[derive(Serialize)]
struct LoadFailure<'a> {
    error: Option<&'a str>,
}

/// Renders what stands for a problem that could not be loaded; authors read why.
pub(super) fn load_failure(error: &str, cx: &BlockCx<'_>) -> Result<Fragment, ViewError> {
    let context = LoadFailure { error: Some(error).filter(|_| notice::is_for_author(cx)) };
    render(cx, "blocks/problem/load_failure.html", context).map(Fragment::html)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use time::macros::datetime;

    use crate::{
        problem::Problem,
        testing::{Fixture, Page, body},
    };

    const TEXT: &str =
        r#"<problem><stringresponse answer="a"><label>?</label><textline/></stringresponse></problem>"#;

    fn closed(settings: Value, state: Value) -> Option<String> {
        let mut authored = settings;
        authored["data"] = TEXT.into();
        let mut fixture = Fixture::new(&Problem, authored);
        fixture.user_state = crate::testing::fields(state);
        fixture.now = datetime!(2026-11-22 12:00 UTC);
        let page = Page::new(&fixture.view().1);
        let disabled = page.count("button.submit[disabled]") == 1;
        assert_eq!(
            disabled,
            page.count(".submission-feedback .submission-closed") == 1,
            "explained if disabled"
        );
        disabled.then(|| page.text(".submission-closed"))
    }

    #[test]
    fn a_submit_button_that_is_disabled_says_why() {
        let nothing = json!({});
        assert_eq!(closed(json!({}), nothing.clone()), None);
        let used = closed(json!({"max_attempts": 1}), json!({"attempts": 1}));
        assert_eq!(used.unwrap(), "No more answers can be submitted.");
        let late = closed(json!({"due": "2026-11-22T11:00:00Z"}), nothing);
        assert_eq!(late.unwrap(), "The due date has passed.");
        let again = closed(json!({"rerandomize": "always"}), json!({"done": true, "attempts": 1, "seed": 3}));
        assert_eq!(again.unwrap(), "Reset the problem to answer it again.");
    }

    #[test]
    fn every_note_has_an_icon_a_message_and_a_way_back() {
        let fixture = Fixture::new(&Problem, json!({"data": TEXT}));
        let page = Page::new(&fixture.view().1);
        for name in ["gentle-alert", "save", "show-answer"] {
            let note =
                format!(".action > .notification.notification-{name}.is-hidden[hidden][tabindex='-1']");
            for part in
                [".icon[aria-hidden]", ".notification-message", ".notification-btn-wrapper .review-btn"]
            {
                assert_eq!(page.count(&format!("{note} {part}")), 1, "{name} {part}");
            }
        }
    }

    #[test]
    fn a_point_of_a_picture_is_answered_in_two_fields() {
        let image = r#"<problem><imageresponse><imageinput src="a.png" width="40" height="30" rectangle="(1,2)-(9,9)"/></imageresponse></problem>"#;
        let fixture = Fixture::new(&Problem, json!({"data": image}));
        let page = Page::new(&fixture.view().1);
        let name = |axis| page.attr(&format!("input[type=number][id$='_{axis}']"), "name").expect("a field");
        let (x, y) = (name("x"), name("y"));
        let (answer, _) = fixture.post_form("xmodule_handler", "problem_check", &[(&x, "3"), (&y, "4")]);
        assert_eq!(body(&answer)["success"], "correct");
    }
}
