//! What a problem can be asked (capa §12): one handler, the question is the suffix.
//!
//! To add a question: a file with a function that answers it, and its row in [`DISPATCHES`].

mod check;
mod external;
mod hint;
mod input_ajax;
mod reset;
mod save;
mod show;

use serde_json::{Map, Value, json};
use xblock::{Block, BlockCx, HandlerError, HandlerRequest, HandlerResponse, ViewError};

use super::{
    Compilation,
    answers::{self, Unreadable},
    session::Session,
    state::number,
    view::{self, HANDLER},
};
use crate::completion;

/// Said when the page shows a state that is no longer: the problem closed, or was answered elsewhere.
const STATE_CHANGED: &str =
    "The state of this problem has changed since you loaded this page. Please refresh your page.";

/// Said when something is wrong that the learner can do nothing about.
const FAILED: &str = "We're sorry, there was an error with processing your request. Please try reloading your \
                      page and trying again.";

/// Said when an answer is longer than is kept.
const TOO_LONG: &str = "Your answer is too long to be kept. Please shorten it and try again.";

/// Why a problem did not do what it was asked.
enum Refusal {
    /// It cannot be done in this state.
    StateChanged,
    /// The request is not one that our forms make.
    BadRequest,
    /// The answers are longer than are kept.
    TooLong,
    /// The files are too many or too large; the text is for the learner.
    Files(String),
    /// The problem cannot grade what was submitted.
    Ungradable,
    /// A template failed.
    Failed(ViewError),
}

impl From<ViewError> for Refusal {
    fn from(error: ViewError) -> Self {
        Refusal::Failed(error)
    }
}

/// An answer, before the progress is added.
type Answer = Result<Map<String, Value>, Refusal>;

/// Answers one question.
type Dispatch = fn(&mut Call<'_, '_, '_>) -> Answer;

/// The questions by name.
const DISPATCHES: &[(&str, Dispatch)] = &[
    ("hint_button", hint::hint),
    ("input_ajax", input_ajax::input_ajax),
    ("problem_check", check::check),
    ("problem_get", get),
    ("problem_reset", reset::reset),
    ("problem_save", save::save),
    ("problem_show", show::show),
    ("score_update", external::score_update),
    ("ungraded_response", external::ungraded_response),
];

/// A call in progress.
struct Call<'c, 'a, 'b> {
    block: &'c Block<'a>,
    session: Session<'c>,
    request: &'c HandlerRequest<'c>,
    cx: &'c mut BlockCx<'b>,
}

impl<'c> Call<'c, '_, '_> {
    /// Returns the problem as it is now, for the page.
    fn content(&self) -> Result<Value, ViewError> {
        let html = view::content(self.block, &self.session, self.cx)?;
        Ok((self.cx.rewrite)(&html).into())
    }

    /// Returns a field of the form that is not an answer; the last one of a name counts.
    fn field(&self, wanted: &str) -> Option<&'c str> {
        self.request.form.iter().rev().find(|(name, _)| name == wanted).map(|(_, text)| text.as_str())
    }

    /// Returns the answers of the form.
    fn answers(&self) -> Result<capa::Answers, Refusal> {
        let fields = answers::from_form(self.request.form, &self.session.html_id);
        let fields = fields.map_err(|unreadable| match unreadable {
            Unreadable::NotOurs(_) => Refusal::BadRequest,
            Unreadable::TooLong => Refusal::TooLong,
        })?;
        let mut answers = self.session.instance.join_fields(fields);
        external::name_files(self, &mut answers)?;
        Ok(answers)
    }

    /// Publishes an event about the problem.
    fn event(&mut self, name: &str, data: Value) {
        let mut data = data;
        data["problem_id"] = self.block.usage.as_str().into();
        self.cx.effects.event(name, data);
    }
}

/// Answers a handler call.
pub(super) fn handle(
    block: &Block<'_>,
    name: &str,
    request: &HandlerRequest<'_>,
    cx: &mut BlockCx<'_>,
) -> Result<HandlerResponse, HandlerError> {
    if name != HANDLER {
        return completion::handle(block, name, request, cx);
    }
    let asked = request.suffix.trim_end_matches('/');
    let Some((_, dispatch)) = DISPATCHES.iter().find(|(name, _)| *name == asked) else {
        let message = format!("Error: {asked} is not a known capa action");
        return Ok(HandlerResponse::text(200, "text/plain; charset=utf-8", message));
    };
    if request.method != "POST" {
        let mut refused = HandlerResponse::json(405, &json!({"error": "Method must be POST"}));
        refused.headers.push(("Allow", "POST".to_owned()));
        return Ok(refused);
    }
    let Some(Compilation(Ok(problem))) = block.compiled::<Compilation>() else {
        return Ok(failure(422, FAILED));
    };
    let session = Session::new(block, problem, cx);
    let before = (session.displayed_progress(), session.state.attempts);
    let mut call = Call { block, session, request, cx };
    match dispatch(&mut call) {
        Ok(mut answer) => {
            add_progress(&mut answer, &call.session, before);
            Ok(json_response(200, &Value::Object(answer)))
        }
        Err(Refusal::StateChanged) => Ok(failure(409, STATE_CHANGED)),
        Err(Refusal::BadRequest) => Ok(failure(400, FAILED)),
        Err(Refusal::TooLong) => Ok(failure(413, TOO_LONG)),
        Err(Refusal::Files(message)) => Ok(failure(413, &message)),
        Err(Refusal::Ungradable) => Ok(failure(422, FAILED)),
        Err(Refusal::Failed(error)) => Err(HandlerError::Failed(error.to_string())),
    }
}

/// The progress that a learner sees, and the number of tries.
type Progress = ((Option<f64>, f64), i64);

/// Adds what every answer tells: the progress, and whether it changed from what it was before the call. Points that
/// are withheld do not change for the learner: that would tell whether there were any.
fn add_progress(answer: &mut Map<String, Value>, session: &Session<'_>, before: Progress) {
    let (score, possible) = session.displayed_progress();
    let changed = before != ((score, possible), session.state.attempts);
    answer.insert("progress_changed".to_owned(), changed.into());
    answer.insert("current_score".to_owned(), score.map_or(Value::Null, number));
    answer.insert("total_possible".to_owned(), number(possible));
    answer.insert("attempts_used".to_owned(), session.state.attempts.into());
}

fn get(call: &mut Call<'_, '_, '_>) -> Answer {
    Ok(entries([("html", call.content()?)]))
}

fn entries<const N: usize>(entries: [(&str, Value); N]) -> Map<String, Value> {
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn failure(status: u16, message: &str) -> HandlerResponse {
    json_response(status, &json!({"success": message}))
}

fn json_response(status: u16, value: &Value) -> HandlerResponse {
    let mut response = HandlerResponse::json(status, value);
    response.headers = vec![("Content-Type", "application/json; charset=UTF-8".to_owned())];
    response
}
