//! What an external grader judges (capa §6.12): what is sent to it, and its replies.

use capa::{Answers, Delivery, GraderTask, Queued, Value as Answered};
use serde_json::{Value, json};
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset, format_description::BorrowedFormatItem};
use xblock::{GraderDelivery, GraderSubmission, Published, UploadedFile};

use super::{Answer, Call, Refusal, entries};
use crate::problem::{answers, history::History, progress};

/// Most bytes of one file.
const FILE_BYTES: usize = 4 << 20;
/// Most files of one submission.
const MOST_FILES: usize = 20;
/// Where a grader's reply to a submission goes.
const SCORE: &str = "score_update";
/// Where the output of a program goes that was run without being submitted.
const TRIAL: &str = "ungraded_response";

const TIME: &[BorrowedFormatItem<'_>] =
    time::macros::format_description!("[year][month][day][hour][minute][second]");

/// Says why nothing can be submitted yet, while a grader has the last submission.
pub(super) fn wait(call: &Call<'_, '_, '_>) -> Option<String> {
    let entries = call.session.state.correct_map.iter();
    // The stamps are in an order in which the last one is the greatest.
    wait_after(call, entries.filter_map(|(_, entry)| entry.queued_at()).max())
}

fn wait_after(call: &Call<'_, '_, '_>, last: Option<&str>) -> Option<String> {
    let seconds = call.cx.grader?.wait_seconds;
    let last = PrimitiveDateTime::parse(last?, TIME).ok()?.assume_utc();
    let over = call.session.now >= last.saturating_add(time::Duration::seconds(seconds.into()));
    (!over).then(|| format!("You must wait at least {seconds} seconds between submissions."))
}

/// Puts the names of the files that came with the form in the place of what the form says of them; the files
/// themselves are not kept.
///
/// # Errors
/// More files, or larger ones, than are taken.
pub(super) fn name_files(call: &Call<'_, '_, '_>, answers: &mut Answers) -> Result<(), Refusal> {
    if call.request.files.len() > MOST_FILES {
        return Err(Refusal::Files(format!("At most {MOST_FILES} files can be submitted at once.")));
    }
    if let Some(file) = call.request.files.iter().find(|file| file.bytes.len() > FILE_BYTES) {
        let most = FILE_BYTES >> 20;
        return Err(Refusal::Files(format!("Your file {} is too large (max size: {most} MB).", file.name)));
    }
    for input in call.session.instance.file_inputs() {
        let names: Vec<_> = files_of(call, &input).map(|file| file.name.clone()).collect();
        if !names.is_empty() {
            answers.insert(input, Answered::List(names));
        }
    }
    Ok(())
}

fn files_of<'c>(call: &Call<'c, '_, '_>, input: &str) -> impl Iterator<Item = &'c UploadedFile> {
    let field = ["input_", input].concat();
    let files = call.request.files.iter();
    files.filter(move |file| file.field.strip_suffix("[]").unwrap_or(&file.field) == field)
}

/// Returns what became of the answers that external graders judge; asks for them to be sent, and returns nothing, where
/// that was not tried yet.
pub(super) fn deliveries(call: &mut Call<'_, '_, '_>, answers: &Answers) -> Option<Vec<Delivery>> {
    let Some(grader) = call.cx.grader else { return Some(Vec::new()) };
    let tasks = call.session.instance.grader_tasks(answers);
    let (mut told, mut asked) = (Vec::new(), Vec::new());
    for task in tasks {
        match grader.deliveries.iter().find(|delivery| delivery.input == task.input) {
            Some(delivery) => told.push(told_of(delivery)),
            None => asked.push(submission(call, task)),
        }
    }
    if asked.is_empty() {
        return Some(told);
    }
    call.cx.effects.submissions = asked;
    None
}

fn told_of(delivery: &GraderDelivery) -> Delivery {
    let outcome = delivery.outcome.as_ref().map_err(String::clone).map(|receipt| Queued {
        key: receipt.key.clone(),
        time: delivery.time.clone(),
        message: receipt.message.clone(),
    });
    Delivery { input: delivery.input.clone(), outcome }
}

fn stamp(now: OffsetDateTime) -> String {
    // The format has only parts that every moment has.
    now.to_offset(UtcOffset::UTC).format(TIME).unwrap_or_default()
}

/// Returns what is sent of an answer. Files go beside it; nothing of them is in the body.
fn submission(call: &Call<'_, '_, '_>, task: GraderTask) -> GraderSubmission {
    let time = stamp(call.session.now);
    let student = json!({
        "anonymous_student_id": call.cx.learner.anonymous_id,
        "submission_time": time,
        "random_seed": call.session.state.seed,
    });
    let files = files_of(call, &task.input).cloned().collect();
    let response = match task.answer {
        Answered::Text(text) => text,
        Answered::List(_) | Answered::Object(_) => String::new(),
    };
    let body = json!({
        "student_info": student.to_string(),
        "student_response": response,
        "grader_payload": task.grader_payload,
    });
    GraderSubmission {
        input: task.input,
        queue: task.queue,
        reply_to: SCORE,
        time,
        body: body.to_string(),
        files,
    }
}

/// `score_update`: takes the reply of a grader. Who knows the key of an answer that waits is its grader.
///
/// The submission it judges was counted when it was made; its points are known only now, and take the place of those
/// it had while it waited.
pub(super) fn score_update(call: &mut Call<'_, '_, '_>) -> Answer {
    let key = call.field("queuekey").ok_or(Refusal::BadRequest)?;
    let reply = call.field("xqueue_body").ok_or(Refusal::BadRequest)?;
    let session = &mut call.session;
    if !session.instance.apply_reply(&mut session.state.correct_map, key, reply) {
        return Ok(ignored());
    }
    let judged = session.instance.score(&session.state.correct_map);
    let mut history = History::of(call.block);
    match history.scores().len().checked_sub(1) {
        Some(newest) => history.regrade(newest, &session.state.correct_map, judged),
        None => history.push(&session.state.answers, &session.state.correct_map, judged),
    }
    let score = progress::counted(session.settings.grading_method, history.scores(), judged.raw_possible);
    session.state.score = Some(score);
    let effects = &mut call.cx.effects;
    session.state.store(effects);
    history.store(effects);
    effects.published.push(Published::Grade {
        value: score.raw_earned,
        max_value: score.raw_possible,
        only_if_higher: false,
    });
    Ok(entries([("success", true.into())]))
}

/// Says that a reply changed nothing. That is no error: graders send replies again that got lost, and replies to
/// submissions that were followed by others.
fn ignored() -> serde_json::Map<String, Value> {
    entries([("success", false.into()), ("msg", "No answer waits for this reply.".into())])
}

/// `ungraded_response`: keeps what a program printed that was run without being submitted.
pub(super) fn ungraded_response(call: &mut Call<'_, '_, '_>) -> Answer {
    let key = call.field("queuekey").ok_or(Refusal::BadRequest)?;
    let reply = call.field("xqueue_body").ok_or(Refusal::BadRequest)?;
    let waits = |kept: &Value| {
        let waiting = kept.get("queuekey").and_then(Value::as_str);
        waiting.is_some_and(|waiting| capa::is_same_key(waiting, key))
    };
    let mut kept = call.session.state.input_state.values_mut();
    let Some(waiting) = kept.find(|kept| waits(kept)) else { return Ok(ignored()) };
    let message = serde_json::from_str(reply).ok().and_then(|reply: Value| match reply {
        Value::Object(reply) => capa::safe_message(reply.get("msg")?.as_str()?),
        _ => None,
    });
    let message = message.unwrap_or_else(|| "The program's output cannot be shown.".to_owned());
    *waiting = json!({"queuestate": null, "queuekey": null, "queue_msg": message});
    let input_state = Value::Object(call.session.state.input_state.clone());
    call.cx.effects.set_state("input_state", input_state);
    Ok(entries([("success", true.into())]))
}

/// `input_ajax` of a `matlabinput`: has a program run without being submitted.
pub(super) fn plot(call: &mut Call<'_, '_, '_>, input: &str) -> Answer {
    let program = call.field("submission").ok_or(Refusal::BadRequest)?;
    if program.len() > answers::MOST_BYTES {
        return Err(Refusal::TooLong);
    }
    let task = call.session.instance.trial_task(input, program).ok_or(Refusal::BadRequest)?;
    let said = |success: bool, message: &str| {
        Ok(entries([("success", success.into()), ("message", message.into())]))
    };
    let Some(grader) = call.cx.grader else {
        return said(false, "Error: No grader has been set up for this problem.");
    };
    let Some(delivery) = grader.deliveries.iter().find(|delivery| delivery.input == task.input) else {
        let kept = call.session.state.input_state.get(input).and_then(|kept| kept.get("queuetime"));
        if let Some(message) = wait_after(call, kept.and_then(Value::as_str)) {
            return said(false, &message);
        }
        call.cx.effects.submissions = vec![GraderSubmission { reply_to: TRIAL, ..submission(call, task) }];
        return Ok(entries([]));
    };
    let receipt = match &delivery.outcome {
        Ok(receipt) => receipt,
        Err(reason) => return said(false, &format!("Your program could not be sent off: {reason}.")),
    };
    let kept = json!({"queuestate": "queued", "queuekey": receipt.key, "queuetime": delivery.time});
    call.session.state.input_state.insert(task.input, kept);
    let input_state = Value::Object(call.session.state.input_state.clone());
    call.cx.effects.set_state("input_state", input_state);
    said(
        true,
        "Submitted. As soon as a response is returned, this message will be replaced by that feedback.",
    )
}
