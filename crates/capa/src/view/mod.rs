//! The view model: what a template or the renderer in [`crate::html`] turns into HTML.
//!
//! Fields named `html` hold markup of the author or of a grader and are emitted as they are; everything else is text.

mod annotation;
mod build;
mod choice_text;
mod external;
mod image;
mod model;

pub use annotation::{AnnotationOptionView, AnnotationView};
pub use choice_text::{ChoiceTextView, ChoiceTextsView, TextPartView};
pub use external::{CodeView, FilesView, TrialView};
pub use image::ImageView;
pub use model::{
    Availability, ChoiceView, DescriptionView, GroupView, InputView, InputViewKind, JsInputView, MessageView,
    OptionView, Piece, ProblemView, ResponseView, StatusView,
};

use crate::answers::Answers;
use crate::correct_map::CorrectMap;

/// What a view depends on beside the problem.
#[derive(Debug, Clone, Copy)]
pub struct State<'a> {
    /// What the learner submitted or saved last.
    pub answers: &'a Answers,
    /// The last grading.
    pub correct_map: &'a CorrectMap,
    /// What inputs keep between requests, by input id.
    pub input_state: Option<&'a serde_json::Map<String, serde_json::Value>>,
    /// The message of the last grading for the whole problem, as HTML.
    pub overall_message: &'a str,
    /// Whether the problem was graded and not reset.
    pub done: bool,
    /// Whether the answers were saved after the last grading.
    pub has_saved_answers: bool,
    /// Whether the learner may see what is correct.
    pub show_correctness: bool,
}
