//! The view of an annotation.

use std::sync::Arc;

use serde::Serialize;

use super::StatusView;
use crate::answers::Value;
use crate::correct_map::Correctness;
use crate::inputs::AnnotationInput;
use crate::instance::Instance;
use crate::responses::Annotated;

/// Options and a comment on a quoted text. All parts but the comment of the learner are HTML.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnnotationView {
    /// What it is called.
    pub title_html: Arc<str>,
    /// The quoted text.
    pub text_html: Arc<str>,
    /// What the author says about it.
    pub comment_html: Arc<str>,
    /// What to write.
    pub comment_prompt_html: Arc<str>,
    /// What to choose.
    pub tag_prompt_html: Arc<str>,
    /// The options.
    pub options: Vec<AnnotationOptionView>,
    /// What the learner wrote.
    pub comment: String,
    /// The answer as it was sent; `null` before there is one.
    pub value: String,
    /// Whether the reference reads its markup as HTML, since as XML it is not well-formed.
    pub read_as_html: bool,
}

/// An option of an annotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnnotationOptionView {
    /// The markup.
    pub html: Arc<str>,
    /// Whether it is chosen.
    pub selected: bool,
    /// Whether its own verdict is that on the answer.
    pub marked: bool,
}

impl Instance<'_> {
    pub(super) fn annotation_view(
        &self,
        annotation: &AnnotationInput,
        value: Option<&Value>,
        status: StatusView,
    ) -> AnnotationView {
        let value = value.and_then(Value::as_text).filter(|text| !text.is_empty()).unwrap_or("null");
        // What cannot be read was refused when it was graded, and is shown as no answer.
        let answer = Annotated::read(value).unwrap_or_default();
        let class = |verdict| match verdict {
            Correctness::Correct => "correct",
            Correctness::PartiallyCorrect => "partially-correct",
            _ => "incorrect",
        };
        let options = annotation.options.iter().enumerate().map(|(at, option)| AnnotationOptionView {
            html: option.html.resolve(&self.vars),
            selected: answer.is_chosen(at),
            marked: answer.has_options() && option.verdict.map(class) == Some(status.class),
        });
        AnnotationView {
            title_html: annotation.title.resolve(&self.vars),
            text_html: annotation.text.resolve(&self.vars),
            comment_html: annotation.comment.resolve(&self.vars),
            comment_prompt_html: annotation.comment_prompt.resolve(&self.vars),
            tag_prompt_html: annotation.tag_prompt.resolve(&self.vars),
            options: options.collect(),
            comment: answer.comment,
            value: value.to_owned(),
            read_as_html: annotation.read_as_html,
        }
    }
}
