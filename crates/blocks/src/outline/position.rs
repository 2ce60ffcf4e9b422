//! Where a learner is in a sequence (xblock-core §14).

use serde_json::{Value, json};
use xblock::{Block, BlockCx, HandlerError, HandlerRequest, HandlerResponse, json_handler};

use crate::completion;

/// Answers `goto_position` and `get_completion`. For the latter `cx.children` holds the children and how
/// complete they are.
pub(super) fn handle(
    block: &Block<'_>,
    name: &str,
    request: &HandlerRequest<'_>,
    cx: &mut BlockCx<'_>,
) -> Result<HandlerResponse, HandlerError> {
    match name {
        "goto_position" => json_handler(request, |body| {
            let position = body.get("position").and_then(Value::as_i64).filter(|p| *p > 0).unwrap_or(1);
            cx.effects.set_state("position", position.into());
            Ok(json!({"success": true}))
        }),
        "get_completion" => json_handler(request, |body| {
            let usage = body.get("usage_key").and_then(Value::as_str);
            let child = cx.children.iter().find(|child| Some(child.usage.as_str()) == usage);
            let complete = child.is_some_and(|child| child.completion.is_some_and(|c| c >= 1.0));
            Ok(json!({"complete": complete}))
        }),
        _ => completion::handle(block, name, request, cx),
    }
}
