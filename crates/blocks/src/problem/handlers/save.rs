//! `problem_save`: answers are kept without being graded.

use serde_json::json;

use super::{Answer, Call, entries};
use crate::problem::view::saved_message;

/// Keeps the answers.
pub(super) fn save(call: &mut Call<'_, '_, '_>) -> Answer {
    let submitted = call.answers()?;
    let mut event = json!({"state": call.session.state.for_events(), "answers": submitted});
    let refusal = if call.session.is_closed_after_attempts() {
        Some(("closed", "Problem is closed."))
    } else if call.session.needs_reset() {
        Some(("done", "Problem needs to be reset prior to save."))
    } else {
        None
    };
    if let Some((failure, message)) = refusal {
        event["failure"] = failure.into();
        call.event("save_problem_fail", event);
        return Ok(entries([("success", false.into()), ("msg", message.into())]));
    }
    call.session.state.answers = submitted;
    call.session.state.has_saved_answers = true;
    call.session.state.store(&mut call.cx.effects);
    call.event("save_problem_success", event);
    let message = saved_message(&call.session);
    Ok(entries([("success", true.into()), ("msg", message.into()), ("html", call.content()?)]))
}
