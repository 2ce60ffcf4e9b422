//! Answers that somebody else grades: what is sent to the grader, and what comes back (capa §6.12).
//!
//! Grading stays a pure function. [`Instance::grader_tasks`] says what has to be sent; whoever sends it hands what
//! became of it to [`Instance::grade_with`]; the grader's reply goes to [`Instance::apply_reply`].

use std::sync::LazyLock;

use ammonia::Builder;
use serde_json::Value as Json;

use crate::CapaError;
use crate::answers::{Answers, Value};
use crate::correct_map::{CorrectMap, Correctness, Entry};
use crate::inputs::{CodeInput, FileInput, InputKind};
use crate::instance::Instance;
use crate::markup::close_empty_elements;
use crate::python::is_true;
use crate::vars::Template;

/// Longest message of a grader that is kept, in bytes.
const LONGEST_MESSAGE: usize = 64 * 1024;

const INVALID: &str = "Invalid grader reply. Please contact the course staff.";

/// An answer that an external grader is to judge.
#[derive(Debug, Clone, PartialEq)]
pub struct GraderTask {
    /// Id of the input.
    pub input: String,
    /// The queue the author named.
    pub queue: Option<String>,
    /// What the author tells the grader.
    pub grader_payload: String,
    /// The answer: a text, or the names of files.
    pub answer: Value,
}

/// What became of a [`GraderTask`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Id of the input.
    pub input: String,
    /// Where it waits, or why it could not be delivered.
    pub outcome: Result<Queued, String>,
}

/// A task that a grader has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// What the grader's reply will name it by.
    pub key: String,
    /// When it was submitted, `%Y%m%d%H%M%S` in UTC.
    pub time: String,
    /// What the queue said: how many tasks wait there.
    pub message: String,
}

impl Instance<'_> {
    /// Returns what external graders have to judge of a submission, in document order.
    pub fn grader_tasks(&self, answers: &Answers) -> Vec<GraderTask> {
        let tasks = self.graded_units().filter_map(|(index, unit)| {
            let code = unit.response.as_ref()?.external()?;
            Some(GraderTask {
                input: self.input_id(index, 0),
                queue: code.queue.clone(),
                grader_payload: code.grader_payload.clone(),
                answer: self.value(answers, index, 0)?.clone(),
            })
        });
        tasks.collect()
    }

    /// Returns whether external graders judge a part of the problem.
    pub fn is_graded_elsewhere(&self) -> bool {
        let mut responses = self.graded_units().filter_map(|(_, unit)| unit.response.as_ref());
        responses.any(|response| response.external().is_some())
    }

    /// Returns the ids of the inputs that take files.
    pub fn file_inputs(&self) -> Vec<String> {
        self.file_fields().map(|(id, _)| id).collect()
    }

    fn file_fields(&self) -> impl Iterator<Item = (String, &FileInput)> {
        self.inputs().filter_map(|(unit, at, id)| match &self.problem.units[unit].inputs[at].kind {
            InputKind::Files(files) => Some((id, files)),
            _ => None,
        })
    }

    /// Checks the names of the files that were submitted.
    ///
    /// # Errors
    /// No file, one the author does not allow, one that is missing; the text is for the learner.
    pub fn check_files(&self, answers: &Answers) -> Result<(), CapaError> {
        for (id, field) in self.file_fields() {
            let submitted: &[String] = match answers.get(&id) {
                Some(Value::List(names)) => names,
                _ => &[],
            };
            let resolve = |names: &[Template]| -> Vec<String> {
                names.iter().map(|name| name.resolve(&self.vars).to_string()).collect()
            };
            let (required, allowed) = (resolve(&field.required), resolve(&field.allowed));
            if submitted.is_empty() {
                return Err(CapaError::StudentInput("You did not select any files to submit.".to_owned()));
            }
            if let Some(other) = submitted.iter().find(|name| !allowed.is_empty() && !allowed.contains(name))
            {
                let allowed = allowed.join(", ");
                let other = crate::python::escape_entities(other);
                let message = format!("You submitted {other}; only {allowed} are allowed.");
                return Err(CapaError::StudentInput(message));
            }
            let missing: Vec<_> = required.into_iter().filter(|name| !submitted.contains(name)).collect();
            if !missing.is_empty() {
                let missing = missing.join(", ");
                let message = format!("You did not submit the required files: {missing}.");
                return Err(CapaError::StudentInput(message));
            }
        }
        Ok(())
    }

    /// Returns the task of running a program without submitting it; `None` for inputs that cannot do that.
    pub fn trial_task(&self, input: &str, program: &str) -> Option<GraderTask> {
        let (unit, at, _) = self.inputs().find(|(_, _, id)| id == input)?;
        let kind = &self.problem.units[unit].inputs[at].kind;
        let InputKind::Code(CodeInput { plot_payload: Some(payload), .. }) = kind else { return None };
        Some(GraderTask {
            input: input.to_owned(),
            queue: Some("matlab".to_owned()),
            grader_payload: payload.clone(),
            answer: Value::Text(program.to_owned()),
        })
    }

    /// Applies a grader's reply, the JSON text `{correct, score, msg}`, to the entry that waits under `key`. Returns
    /// whether one does; a reply that cannot be read counts as one, and says so to the learner.
    pub fn apply_reply(&self, correct_map: &mut CorrectMap, key: &str, reply: &str) -> bool {
        let ids = self.input_ids().into_iter();
        let mut waiting = ids.filter(|id| correct_map.get(id).is_some_and(|entry| waits_for(entry, key)));
        let Some(id) = waiting.next() else { return false };
        correct_map.insert(id, judged(reply));
        true
    }
}

impl Entry {
    /// Returns the time at which the answer was handed to a grader that has not replied yet, `%Y%m%d%H%M%S` in UTC.
    pub fn queued_at(&self) -> Option<&str> {
        self.queuestate.as_ref()?.get("time")?.as_str()
    }

    /// Returns the entry of an answer given what became of its delivery; without one, there is no grader.
    pub(crate) fn delivered(delivery: Option<&Delivery>) -> Self {
        match delivery.map(|delivery| &delivery.outcome) {
            None => Self {
                msg: "Error: No grader has been set up for this problem.".to_owned(),
                ..Self::default()
            },
            Some(Err(reason)) => {
                let mut msg = "Unable to deliver your submission to grader (Reason: ".to_owned();
                crate::markup::push_text(&mut msg, reason);
                msg.push_str("). Please try again later.");
                Self { msg, ..Self::default() }
            }
            Some(Ok(queued)) => Self {
                queuestate: Some(serde_json::json!({"key": queued.key, "time": queued.time})),
                msg: queued.message.clone(),
                ..Self::new(Correctness::Incomplete)
            },
        }
    }
}

/// Returns whether an entry waits under this key, in time that tells nothing of the key.
fn waits_for(entry: &Entry, key: &str) -> bool {
    let waiting = entry.queuestate.as_ref().and_then(|state| state.get("key")).and_then(Json::as_str);
    waiting.is_some_and(|waiting| is_same_key(waiting, key))
}

/// Compares two keys in time that depends on their length only; nothing is the same as no key.
pub fn is_same_key(a: &str, b: &str) -> bool {
    let differences = a.bytes().zip(b.bytes()).fold(0, |found, (a, b)| found | (a ^ b));
    !a.is_empty() && a.len() == b.len() && differences == 0
}

fn judged(reply: &str) -> Entry {
    let read = || {
        let reply: Json = serde_json::from_str(reply).ok()?;
        let msg = safe_message(reply.get("msg")?.as_str()?)?;
        let score = reply.get("score")?.as_f64()?;
        // Graders are Python programs: what is true there is true here.
        Some(Entry { npoints: Some(score.max(0.0)), msg, ..Entry::graded(is_true(reply.get("correct")?)) })
    };
    read().unwrap_or_else(|| Entry { msg: INVALID.to_owned(), ..Entry::default() })
}

/// What the messages of graders may be made of: text with its structure, tables, pictures, sounds.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::default();
    cleaner
        .add_tags(["section", "font", "audio", "video", "source"])
        .add_generic_attributes(["class", "role", "dir"])
        .add_tag_attributes("font", ["color", "size"])
        .add_tag_attributes("audio", ["src", "controls"])
        .add_tag_attributes("video", ["src", "controls", "width", "height"])
        .add_tag_attributes("source", ["src", "type"])
        .url_relative(ammonia::UrlRelative::PassThrough)
        .add_url_schemes(["data"])
        // Pictures may be in the message itself; elsewhere such an address may be a page.
        .attribute_filter(|element, attribute, value| {
            let picture = element == "img" && attribute == "src";
            let mut scheme = value.chars().filter(|c| !c.is_ascii_whitespace() && !c.is_control());
            let data =
                "data:".chars().all(|wanted| scheme.next().is_some_and(|c| c.eq_ignore_ascii_case(&wanted)));
            (picture || !data).then(|| value.into())
        });
    cleaner
});

/// Returns a grader's message as HTML that can stand anywhere in a page; `None` for no message and one that is too
/// long. Graders repeat what learners wrote, so nothing that runs is left in it.
pub fn safe_message(message: &str) -> Option<String> {
    if message.is_empty() || message.len() > LONGEST_MESSAGE {
        return None;
    }
    // Messages are XML first: there `<p/>` is an empty paragraph.
    Some(CLEANER.clean(&close_empty_elements(message)).to_string())
}
