//! What a problem can be asked (capa §12): one handler, the question is the suffix.

mod check;
mod hint;
mod reset;
mod save;
mod show;

use serde_json::{Map, Value, json};
use xblock::{Block, BlockCx, HandlerError, HandlerRequest, HandlerResponse, ViewError};

use super::{
    Compilation,
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

/// Why a problem did not do what it was asked.
enum Refusal {
    /// It cannot be done in this state.
    StateChanged,
    /// The request is not one that our forms make.
    BadRequest,
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

/// A call in progress.
struct Call<'c, 'a, 'b> {
    block: &'c Block<'a>,
    session: Session<'c>,
    request: &'c HandlerRequest<'c>,
    cx: &'c mut BlockCx<'b>,
}

impl Call<'_, '_, '_> {
    /// Returns the problem as it is now, for the page.
    fn content(&self) -> Result<Value, ViewError> {
        let html = view::content(self.block, &self.session, self.cx)?;
        Ok((self.cx.rewrite)(&html).into())
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
    let dispatch: fn(&mut Call<'_, '_, '_>) -> Answer = match request.suffix.trim_end_matches('/') {
        "problem_get" => get,
        "problem_check" => check::check,
        "problem_save" => save::save,
        "problem_reset" => reset::reset,
        "problem_show" => show::show,
        "hint_button" => hint::hint,
        unknown => {
            let message = format!("Error: {unknown} is not a known capa action");
            return Ok(HandlerResponse::text(200, "text/plain; charset=utf-8", message));
        }
    };
    if request.method != "POST" {
        let mut refused = HandlerResponse::json(405, &json!({"error": "Method must be POST"}));
        refused.headers.push(("Allow", "POST".to_owned()));
        return Ok(refused);
    }
    let Some(Compilation(Ok(problem))) = block.compiled::<Compilation>() else {
        return Ok(failure(500, FAILED));
    };
    let session = Session::new(block, problem, cx);
    let before = (session.progress(), session.state.attempts);
    let mut call = Call { block, session, request, cx };
    match dispatch(&mut call) {
        Ok(mut answer) => {
            let (score, possible) = call.session.displayed_progress();
            let after = (call.session.progress(), call.session.state.attempts);
            answer.insert("progress_changed".to_owned(), (before != after).into());
            answer.insert("current_score".to_owned(), score.map_or(Value::Null, number));
            answer.insert("total_possible".to_owned(), number(possible));
            answer.insert("attempts_used".to_owned(), call.session.state.attempts.into());
            Ok(json_response(200, &Value::Object(answer)))
        }
        Err(Refusal::StateChanged) => Ok(failure(409, STATE_CHANGED)),
        Err(Refusal::BadRequest) => Ok(failure(400, FAILED)),
        Err(Refusal::Failed(error)) => Err(HandlerError::Failed(error.to_string())),
    }
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
