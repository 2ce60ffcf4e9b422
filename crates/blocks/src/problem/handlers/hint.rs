//! `hint_button`: hints on demand, one more each time.

use capa::close_empty_elements;
use minijinja::Value as Html;
use serde::Serialize;
use serde_json::json;

use super::{Answer, Call, Refusal, entries};
use crate::markup::{render, trusted};

#[derive(Serialize)]
struct Context {
    hints: Vec<Html>,
    count: usize,
}

/// Returns the hint asked for after all hints before it; beyond the last one it starts again.
pub(super) fn hint(call: &mut Call<'_, '_, '_>) -> Answer {
    let field = call.request.form.iter().find(|(name, _)| name == "hint_index");
    let wanted: usize = match field {
        Some((_, text)) => text.trim().parse().map_err(|_| Refusal::BadRequest)?,
        None => 0,
    };
    let hints = call.session.instance.demand_hints();
    let Some(index) = wanted.checked_rem(hints.len()) else { return Err(Refusal::BadRequest) };
    let event = json!({
        "module_id": call.block.usage.as_str(),
        "hint_index": index,
        "hint_len": hints.len(),
        "hint_text": hints[index],
    });
    call.cx.effects.event("edx.problem.hint.demandhint_displayed", event);
    let shown = hints[..=index].iter().map(|hint| trusted(close_empty_elements(hint).into_owned()));
    let context = Context { hints: shown.collect(), count: hints.len() };
    let html = render(call.cx, "blocks/problem/hints.html", context)?;
    Ok(entries([
        ("success", true.into()),
        ("hint_index", index.into()),
        ("should_enable_next_hint", (index + 1 < hints.len()).into()),
        ("msg", (call.cx.rewrite)(&html).into()),
    ]))
}
