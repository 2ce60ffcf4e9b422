//! The answers, once they may be seen (capa §10, §12 "problem_show").

use std::{collections::BTreeMap, sync::Arc};

use capa::{
    ProblemView, Shown, close_empty_elements,
    view::{InputView, InputViewKind, Piece, ResponseView},
};
use minijinja::Value;
use serde::Serialize;

use super::session::Session;
use crate::markup::trusted;

/// The answers and solutions of a problem, to read without JavaScript.
#[derive(Serialize)]
pub(super) struct Answers {
    inputs: Vec<Answer>,
    solutions: Vec<Value>,
}

#[derive(Serialize)]
struct Answer {
    label: Option<Value>,
    number: usize,
    values: Vec<Value>,
}

/// Collects the answers in the order of the inputs.
pub(super) fn answers(session: &Session<'_>, view: &ProblemView) -> Answers {
    let mut shown = session.instance.answers_shown();
    let inputs = inputs(view);
    let inputs = inputs.iter().filter_map(|(response, input)| {
        let values = values(input, shown.remove(&input.id)?);
        if values.is_empty() {
            return None;
        }
        let label = input.label_html.as_deref().map(|html| trusted(html.to_owned()));
        Some(Answer { label, number: response.number, values })
    });
    let inputs = inputs.collect();
    let solution = |value| match value {
        Shown::Text(xml) => Some(trusted(close_empty_elements(&xml).into_owned())),
        _ => None,
    };
    Answers { inputs, solutions: shown.into_values().filter_map(solution).collect() }
}

fn values(input: &InputView, shown: Shown) -> Vec<Value> {
    match shown {
        Shown::Text(html) => vec![trusted(html)],
        other => {
            let Shown::List(names) = other else { return Vec::new() };
            names.iter().map(|name| choice(input, name)).collect()
        }
    }
}

fn choice(input: &InputView, name: &str) -> Value {
    let html = choices(input).get(name).map_or_else(|| name.to_owned(), |html| html.to_string());
    trusted(html)
}

/// Returns what the choices of an input say, by name.
pub(super) fn choices(input: &InputView) -> BTreeMap<&str, &Arc<str>> {
    match &input.kind {
        InputViewKind::Choices { choices, .. } => {
            choices.iter().map(|choice| (&*choice.name, &choice.html)).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// Returns all inputs with the responses they belong to, in document order.
pub(super) fn inputs(view: &ProblemView) -> Vec<(&ResponseView, &InputView)> {
    let mut found = Vec::new();
    for piece in &view.pieces {
        if let Piece::Response(response) = piece {
            collect(response, &response.pieces, &mut found);
        }
    }
    found
}

fn collect<'v>(
    response: &'v ResponseView,
    pieces: &'v [Piece],
    found: &mut Vec<(&'v ResponseView, &'v InputView)>,
) {
    for piece in pieces {
        match piece {
            Piece::Input(input) => found.push((response, input)),
            Piece::Response(inner) => collect(inner, &inner.pieces, found),
            _ => {}
        }
    }
}
