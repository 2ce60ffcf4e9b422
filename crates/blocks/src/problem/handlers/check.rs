//! `problem_check`: a submission is graded.

use capa::{CapaError, FeedbackEvent, Graded};
use serde_json::{Map, Value, json};
use xblock::Published;

use super::{Answer, Call, Refusal, entries};
use crate::problem::{
    answers, dates, progress,
    settings::Rerandomize,
    shown,
    state::{appended, json_of, number, score_history, score_json},
};

/// Grades the submission. One that cannot be graded costs no attempt: the learner is told why.
pub(super) fn check(call: &mut Call<'_, '_, '_>) -> Answer {
    let submitted = answers::from_form(call.request.form, &call.session.html_id);
    let submitted = submitted.map_err(|_| Refusal::BadRequest)?;
    let unchanged = call.session.state.for_events();
    if call.session.is_closed() {
        return refuse(call, &unchanged, &submitted, "closed");
    }
    if call.session.needs_reset() {
        return refuse(call, &unchanged, &submitted, "unreset");
    }
    // The history has every submission, also those that are not graded.
    let history = appended(call.block, "student_answers_history", json_of(&submitted));
    call.cx.effects.set_state("student_answers_history", history);
    if let Some(remaining) = call.session.remaining_wait() {
        let message = format!(
            "You must wait at least {} between submissions. {} remaining.",
            dates::in_words(time::Duration::seconds(call.session.settings.submission_wait)),
            dates::in_words(remaining.max(time::Duration::SECOND)),
        );
        return Ok(entries([("success", message.into()), ("html", "".into())]));
    }
    match call.session.instance.grade(&submitted) {
        Ok(graded) => accept(call, &unchanged, submitted, graded),
        Err(CapaError::StudentInput(text) | CapaError::Response(text) | CapaError::LoncapaProblem(text)) => {
            Ok(entries([("success", message(&text, call.session.staff).into())]))
        }
        Err(CapaError::Olx(_) | CapaError::Generic(_)) => Ok(entries([("success", super::FAILED.into())])),
    }
}

/// Returns what the learner reads about an answer that cannot be graded: of a message with several lines, the
/// last but one without its kind.
fn message(text: &str, staff: bool) -> String {
    let lines: Vec<_> = text.split("\\n").collect();
    let text = match lines.as_slice() {
        [.., line, _] => line.split_once(": ").map_or(*line, |(_, text)| text),
        _ => text,
    };
    if staff { ["Staff debug info: ", text].concat() } else { text.to_owned() }
}

fn refuse(call: &mut Call<'_, '_, '_>, state: &Value, submitted: &capa::Answers, failure: &str) -> Answer {
    call.event("problem_check_fail", json!({"state": state, "answers": submitted, "failure": failure}));
    Err(Refusal::StateChanged)
}

fn accept(call: &mut Call<'_, '_, '_>, before: &Value, submitted: capa::Answers, graded: Graded) -> Answer {
    let session = &mut call.session;
    let mut scores = score_history(call.block);
    scores.push(graded.score);
    let score = progress::counted(session.settings.grading_method, &scores, graded.score.raw_possible);
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
    let maps = appended(call.block, "correct_map_history", json_of(&state.correct_map));
    effects.set_state("correct_map_history", maps);
    effects.set_state("score_history", appended(call.block, "score_history", score_json(graded.score)));
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
fn submission(call: &Call<'_, '_, '_>) -> Map<String, Value> {
    let session = &call.session;
    let view = session.view();
    let variant = match session.settings.rerandomize {
        Rerandomize::Never => Value::from(""),
        _ => session.state.seed.into(),
    };
    let inputs = shown::inputs(&view);
    let entries = inputs.iter().map(|(response, input)| {
        let choices = shown::choices(input);
        let said = |name: &str| choices.get(name).map_or(name, |html| html).to_owned();
        let answer = match session.state.answers.get(&input.id) {
            Some(capa::Value::Text(text)) => said(text).into(),
            Some(capa::Value::List(names)) => names.iter().map(|name| said(name)).collect(),
            Some(capa::Value::Object(object)) => Value::Object(object.clone()),
            None => Value::from(""),
        };
        let correctness = session.state.correct_map.get(&input.id).and_then(|entry| entry.correctness);
        let entry = json!({
            "question": input.label_html.as_deref().unwrap_or_default(),
            "answer": answer,
            "response_type": response.tag,
            "input_type": input.tag,
            "correct": correctness == Some(capa::Correctness::Correct),
            "variant": variant,
            "group_label": "",
        });
        (input.id.clone(), entry)
    });
    entries.collect()
}
