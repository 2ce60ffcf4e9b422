//! The answers, once they may be seen (capa §10, §12 "problem_show").

use std::collections::BTreeMap;

use capa::{
    ProblemView, Shown, close_empty_elements,
    view::{ChoiceTextView, InputView, InputViewKind, Piece, ResponseView, TextPartView},
};
use minijinja::{HtmlEscape, Value};
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
        let found = shown.remove(&input.id)?;
        let values = values(input, found, &mut shown);
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

/// Returns the answers of an input; takes those of its fields out of `others`.
fn values(input: &InputView, shown: Shown, others: &mut BTreeMap<String, Shown>) -> Vec<Value> {
    let names = match shown {
        Shown::Text(html) => return vec![trusted(html)],
        Shown::Areas { rectangle, regions } => {
            return [rectangle, regions].into_iter().flatten().map(Value::from).collect();
        }
        Shown::List(names) => names,
    };
    let choice = |name: String| match &input.kind {
        InputViewKind::Choices { choices, .. } => {
            let choice = choices.iter().find(|choice| *choice.name == *name);
            trusted(choice.map_or(name, |choice| choice.html.to_string()))
        }
        InputViewKind::ChoiceTexts(group) => {
            let text =
                group.choices.iter().find(|choice| choice.name == name).map(text_of).unwrap_or_default();
            match others.remove(&name) {
                Some(Shown::Text(numbers)) if !numbers.is_empty() => {
                    trusted(format!("{text} ({})", HtmlEscape(&numbers)))
                }
                _ => trusted(text),
            }
        }
        _ => Value::from(name),
    };
    names.into_iter().map(choice).collect()
}

/// Returns the text of a choice with a gap for each field.
fn text_of(choice: &ChoiceTextView) -> String {
    let parts = choice.parts.iter().map(|part| match part {
        TextPartView::Html { html, tail_html } => [html, &**tail_html].concat(),
        TextPartView::Field { tail_html, .. } => ["\u{2026}", tail_html].concat(),
    });
    parts.collect::<Vec<_>>().concat().trim().to_owned()
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
