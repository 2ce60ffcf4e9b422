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
    let wanted: i64 = match call.field("hint_index") {
        Some(text) => text.trim().parse().map_err(|_| Refusal::BadRequest)?,
        None => 0,
    };
    let hints = call.session.instance.demand_hints();
    let count = i64::try_from(hints.len()).unwrap_or(i64::MAX);
    let index = wanted.checked_rem_euclid(count).and_then(|index| usize::try_from(index).ok());
    let index = index.ok_or(Refusal::BadRequest)?;
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
