//! The handler every block has (xblock-rest-api §2.8).

use serde_json::{Value, json};
use xblock::{
    Block, BlockCx, CompletionMode, HandlerError, HandlerRequest, HandlerResponse, Published, json_handler,
};

/// Answers the handlers all types share; [`HandlerError::NoSuchHandler`] for other names.
pub(crate) fn handle(
    block: &Block<'_>,
    name: &str,
    request: &HandlerRequest<'_>,
    cx: &mut BlockCx<'_>,
) -> Result<HandlerResponse, HandlerError> {
    if name != "publish_completion" {
        return Err(HandlerError::NoSuchHandler(name.to_owned()));
    }
    json_handler(request, |body| {
        if !completes_on_view(block) {
            return Err(refused("Block not configured for completion on view."));
        }
        publish(&body, cx)
    })
}

/// Publishes the completion a client reports.
pub(crate) fn publish(body: &Value, cx: &mut BlockCx<'_>) -> Result<Value, HandlerError> {
    let Some(completion) = body.get("completion").and_then(Value::as_f64) else {
        return Err(refused("'completion' must be a number."));
    };
    if !(0.0..=1.0).contains(&completion) {
        return Err(refused("'completion' must be between 0.0 and 1.0."));
    }
    cx.effects.published.push(Published::Completion(completion));
    Ok(json!({"result": "ok"}))
}

/// Returns whether seeing the block is completing it: scored blocks complete by being answered.
fn completes_on_view(block: &Block<'_>) -> bool {
    block.decl.completion_mode == CompletionMode::Completable && !block.decl.has_score
}

fn refused(message: &str) -> HandlerError {
    HandlerError::Refused { status: 400, message: message.to_owned() }
}
