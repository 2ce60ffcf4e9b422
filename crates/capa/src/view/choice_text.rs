//! The view of choices with fields in their text.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value as Json;

use super::StatusView;
use crate::answers::Value;
use crate::inputs::{ChoiceTextGroup, PartContent, TextPart, choice_name, field_name};
use crate::instance::Instance;
use crate::python::repr;

/// Choices with fields in their text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChoiceTextsView {
    /// Whether several may be chosen.
    pub checkboxes: bool,
    /// The choices.
    pub choices: Vec<ChoiceTextView>,
    /// The answer as Python prints it.
    pub printed: String,
    /// Whether the reference reads its markup as HTML, since as XML it is not well-formed.
    pub read_as_html: bool,
}

/// A choice with fields in its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChoiceTextView {
    /// The value submitted.
    pub name: String,
    /// Whether it is chosen.
    pub checked: bool,
    /// Whether it carries the verdict.
    pub marked: bool,
    /// Its text; the first part is the text before any field.
    pub parts: Vec<TextPartView>,
}

/// A piece of the text of a choice, with the text behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum TextPartView {
    /// Text.
    Html {
        /// The markup.
        html: Arc<str>,
        /// The markup behind it.
        tail_html: Arc<str>,
    },
    /// A field for a number.
    Field {
        /// Its name.
        name: String,
        /// What was answered.
        value: String,
        /// The markup behind it.
        tail_html: Arc<str>,
    },
}

impl Instance<'_> {
    pub(super) fn choice_texts_view(
        &self,
        id: &str,
        group: &ChoiceTextGroup,
        value: Option<&Value>,
        status: StatusView,
    ) -> ChoiceTextsView {
        let empty = serde_json::Map::new();
        let answer = match value {
            Some(Value::Object(answer)) => answer,
            _ => &empty,
        };
        let judged = matches!(status.class, "correct" | "partially-correct" | "incorrect");
        let part = |at: usize, part: &TextPart| {
            let tail_html = part.tail.resolve(&self.vars);
            match &part.content {
                PartContent::Html(html) => TextPartView::Html { html: html.resolve(&self.vars), tail_html },
                PartContent::Field(field) => {
                    let name = field_name(id, at, *field);
                    let value = answer.get(&name).and_then(Json::as_str).unwrap_or_default().to_owned();
                    TextPartView::Field { name, value, tail_html }
                }
            }
        };
        let choice = |(at, parts): (usize, &Vec<TextPart>)| {
            let name = choice_name(id, at);
            let checked = answer.contains_key(&name);
            ChoiceTextView {
                marked: checked && judged && !group.checkboxes,
                parts: parts.iter().map(|text| part(at, text)).collect(),
                name,
                checked,
            }
        };
        ChoiceTextsView {
            checkboxes: group.checkboxes,
            choices: group.choices.iter().enumerate().map(choice).collect(),
            printed: repr(&Json::Object(answer.clone())),
            read_as_html: group.read_as_html,
        }
    }
}
