//! `problem_check`: a submission is graded.

use capa::{CapaError, FeedbackEvent, Graded};
use serde_json::{Map, Value, json};
use xblock::Published;

use super::{Answer, Call, Refusal, entries, external};
use crate::problem::{
    dates,
    history::History,
    progress,
    settings::Rerandomize,
    state::{json_of, number},
};

/// Grades the submission. One that cannot be graded costs no attempt: the learner is told why.
///
/// A submission that is refused is not kept, so that those that are kept can be graded again as what they were.
pub(super) fn check(call: &mut Call<'_, '_, '_>) -> Answer {
    let submitted = call.answers()?;
    let unchanged = call.session.state.for_events();
    if !call.session.problem.gradable() {
        return Err(Refusal::Ungradable);
    }
    if call.session.is_closed() {
        return refuse(call, &unchanged, &submitted, "closed");
    }
    if call.session.needs_reset() {
        return refuse(call, &unchanged, &submitted, "unreset");
    }
    if let Some(message) = external::wait(call) {
        return Ok(entries([("success", message.into()), ("html", "".into())]));
    }
    if let Some(remaining) = call.session.remaining_wait() {
        let message = format!(
            "You must wait at least {} between submissions. {} remaining.",
            dates::in_words(time::Duration::seconds(call.session.settings.submission_wait)),
            dates::in_words(remaining.max(time::Duration::SECOND)),
        );
        return Ok(entries([("success", message.into()), ("html", "".into())]));
    }
    let graded = match call.session.instance.check_files(&submitted) {
        Err(error) => Err(error),
        Ok(()) => {
            // This handler is called again when what is for graders was sent.
            let Some(deliveries) = external::deliveries(call, &submitted) else { return Ok(entries([])) };
            call.session.instance.grade_with(&submitted, &deliveries)
        }
    };
    match graded {
        Ok(graded) => accept(call, &unchanged, submitted, graded),
        Err(error) => {
            let message = message(&error, call.session.staff).ok_or(Refusal::Ungradable)?;
            Ok(entries([("success", message.into())]))
        }
    }
}

/// Returns what is said about an answer that cannot be graded; nothing for faults that learners read about in general
/// terms only. Of a message with several lines, learners read the last but one without its kind; staff read all of it.
fn message(error: &CapaError, staff: bool) -> Option<String> {
    let (class, text) = match error {
        CapaError::StudentInput(text) => ("StudentInputError", text),
        CapaError::Response(text) => ("ResponseError", text),
        CapaError::LoncapaProblem(text) => ("LoncapaProblemError", text),
        CapaError::Olx(_) | CapaError::Generic(_) => return None,
    };
    if staff {
        return Some(format!("Staff debug info: {class}: {text}"));
    }
    let lines: Vec<_> = text.split("\\n").collect();
    Some(match lines.as_slice() {
        [.., line, _] => line.split_once(": ").map_or(*line, |(_, text)| text).to_owned(),
        _ => text.clone(),
    })
}

fn refuse(call: &mut Call<'_, '_, '_>, state: &Value, submitted: &capa::Answers, failure: &str) -> Answer {
    call.event("problem_check_fail", json!({"state": state, "answers": submitted, "failure": failure}));
    Err(Refusal::StateChanged)
}

fn accept(call: &mut Call<'_, '_, '_>, before: &Value, submitted: capa::Answers, graded: Graded) -> Answer {
    let session = &mut call.session;
    let mut history = History::of(call.block);
    history.push(&submitted, &graded.correct_map, graded.score);
    let possible = graded.score.raw_possible;
    let score = progress::counted(session.settings.grading_method, history.scores(), possible);
    let success = graded.correct_map.is_success();
    session.overall_message = graded.overall_message;
    let state = &mut session.state;
    state.attempts += 1;
    state.answers = submitted;
    state.correct_map = graded.correct_map;
    state.done = true;
    state.has_saved_answers = false;
    state.score = Some(score);
    state.last_submission = Some(session.now);

    let effects = &mut call.cx.effects;
    state.store(effects);
    effects.set_state("attempts", state.attempts.into());
    effects.set_state("last_submission_time", dates::stored(session.now));
    history.store(effects);
    effects.published.push(Published::Grade {
        value: score.raw_earned,
        max_value: score.raw_possible,
        only_if_higher: false,
    });
    let verdict = if success { "correct" } else { "incorrect" };
    let event = event(call, before, verdict, score);
    call.event("problem_check", event);
    for hint in graded.events {
        let mut data = json_of(&hint);
        data["module_id"] = call.block.usage.as_str().into();
        call.cx.effects.event(FeedbackEvent::NAME, data);
    }
    let told = if call.session.correctness_available() { verdict } else { "submitted" };
    Ok(entries([("success", told.into()), ("contents", call.content()?)]))
}

/// Returns the payload of `problem_check` (capa §12.1).
fn event(call: &Call<'_, '_, '_>, before: &Value, verdict: &str, score: capa::Score) -> Value {
    let session = &call.session;
    let mut event = json!({
        "state": before,
        "answers": session.state.answers,
        "grade": number(score.raw_earned),
        "max_grade": number(score.raw_possible),
        "correct_map": session.state.correct_map,
        "success": verdict,
        "attempts": session.state.attempts,
        "submission": submission(call),
    });
    let permutations = session.instance.permutations();
    if !permutations.is_empty() {
        event["permutation"] = json_of(&permutations);
    }
    event
}

/// Returns the submission as people read it: what was asked, and what was answered in the words of the page.
fn submission(call: &Call<'_, '_, '_>) -> Value {
    let session = &call.session;
    let variant = match session.settings.rerandomize {
        Rerandomize::Never => Value::from(""),
        _ => session.state.seed.into(),
    };
    let mut inputs = json_of(&session.instance.describe(&session.state.answers, &session.state.correct_map));
    for input in inputs.as_object_mut().into_iter().flat_map(Map::values_mut) {
        input["variant"] = variant.clone();
    }
    inputs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_error_with_several_lines_learners_read_the_last_but_one_without_its_kind() {
        let told = |text: &str, staff| message(&CapaError::Response(text.to_owned()), staff);
        let text = r"Traceback:\n  line 1\nValueError: too small: 1\n";
        assert_eq!(told(text, false).as_deref(), Some("too small: 1"));
        assert_eq!(told(text, true), Some(format!("Staff debug info: ResponseError: {text}")));
        assert_eq!(told(r"first\nrest", false).as_deref(), Some("first"));
        assert_eq!(told("one line\n", false).as_deref(), Some("one line\n"));
        assert_eq!(message(&CapaError::Generic("KeyError".to_owned()), true), None);
    }
}
