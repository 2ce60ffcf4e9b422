//! `problem_show`: the answers, to be put into the page.

use capa::{Shown, close_empty_elements};
use serde_json::{Map, Value, json};

use super::{Answer, Call, Refusal, entries};
use crate::{markup::render, problem::state::json_of};

/// Returns the answers and solutions by the ids of their places.
pub(super) fn show(call: &mut Call<'_, '_, '_>) -> Answer {
    if !call.session.answer_available() {
        return Err(Refusal::StateChanged);
    }
    call.event("showanswer", json!({}));
    let mut answers = Map::new();
    for (id, shown) in call.session.instance.answers_shown() {
        let value = match shown {
            Shown::Text(html) => (call.cx.rewrite)(&close_empty_elements(&html)).into(),
            other => json_of(&other),
        };
        answers.insert(id, value);
    }
    let status = render(call.cx, "blocks/problem/correct_status.html", ())?;
    Ok(entries([("answers", Value::Object(answers)), ("correct_status_html", status.into())]))
}
