//! Drawing again (unit-composition §5, student-view-html §4 "itembank, library_content").

use opaque_keys::UsageKey;
use serde_json::{Value, json};
use xblock::{Block, BlockCx, HandlerError, HandlerRequest, HandlerResponse};

use crate::{completion, form_url};

const HANDLER: &str = "reset_selected_children";

/// Returns whether learners may draw again. The name that is not the type's own is an alias, which is kept among
/// the attributes the type does not know (unit-composition §1.2).
pub(super) fn is_allowed(block: &Block<'_>) -> bool {
    let fields = &block.definition.fields;
    let unknown = |name: &str| fields.get("xml_attributes")?.get(name)?.as_str();
    let explicit = ["allow_reset", "allow_resetting_children"].iter().find_map(|name| {
        let alias = unknown(name).map(|text| text.eq_ignore_ascii_case("true"));
        if fields.contains_key(*name) { Some(block.flag(name)) } else { alias }
    });
    explicit.unwrap_or(false)
}

/// Returns where the button of a selecting block posts to.
pub(crate) fn url(usage: &UsageKey, cx: &BlockCx<'_>) -> String {
    form_url::of(cx, usage, HANDLER, "")
}

/// Answers `reset_selected_children`: clears the state of the selected children and the selection. The new
/// draw, and with it the new body, is made when the block is composed again; the answer is an empty JSON
/// string that the runtime replaces by that body.
pub(super) fn handle(
    block: &Block<'_>,
    name: &str,
    request: &HandlerRequest<'_>,
    cx: &mut BlockCx<'_>,
) -> Result<HandlerResponse, HandlerError> {
    if name != HANDLER {
        return completion::handle(block, name, request, cx);
    }
    if !is_allowed(block) {
        let message = "\"Resetting selected children\" is not allowed for this XBlock";
        return Ok(HandlerResponse::text(400, "text/plain; charset=utf-8", message));
    }
    cx.effects.reset.extend(cx.children.iter().map(|child| child.usage.clone()));
    cx.effects.set_state("selected", json!([]));
    Ok(HandlerResponse::json(200, &Value::from("")))
}
