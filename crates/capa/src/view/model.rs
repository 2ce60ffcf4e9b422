//! Types of the view model.

use std::sync::Arc;

use serde::Serialize;

use super::{AnnotationView, ChoiceTextsView, CodeView, FilesView, ImageView};

/// A problem as one learner sees it now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProblemView {
    /// What the page shows, in order.
    pub pieces: Vec<Piece>,
}

/// A step of the page. HTML pieces may open elements that a later piece closes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "piece", rename_all = "snake_case")]
pub enum Piece {
    /// Author HTML.
    Html {
        /// The markup.
        html: Arc<str>,
    },
    /// Text with formulas, from an old `<math>` element.
    Math {
        /// The markup.
        html: Arc<str>,
    },
    /// A response with what is inside it.
    Response(Box<ResponseView>),
    /// An input.
    Input(Box<InputView>),
    /// The label of several inputs.
    GroupLabel {
        /// Element id.
        id: String,
        /// The markup.
        html: Arc<str>,
    },
    /// A description of several inputs.
    GroupDescription(DescriptionView),
    /// The place of a solution.
    Solution {
        /// `P_solution_k`; the element that takes the solution is `solution_` and this.
        id: String,
    },
    /// Feedback for the chosen choice.
    Feedback {
        /// The start of the element up to its attributes.
        before: Arc<str>,
        /// Element id of what the feedback describes.
        legend: String,
        /// Markup before the verdict.
        lead: Arc<str>,
        /// `Correct` or `Incorrect`.
        verdict: &'static str,
        /// Markup after the verdict.
        after: Arc<str>,
    },
}

/// A response.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResponseView {
    /// `P_n`.
    pub id: String,
    /// Its number in the problem, from 1.
    pub number: usize,
    /// The response tag.
    pub tag: &'static str,
    /// Whether it stands within a line.
    pub inline: bool,
    /// What can be done with it here.
    pub availability: Availability,
    /// Set when it has several inputs.
    pub group: Option<GroupView>,
    /// What is inside.
    pub pieces: Vec<Piece>,
}

/// What can be done with a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// It is answered and graded.
    Graded,
    /// It is worked on and kept, but not graded; a note says so.
    Kept,
    /// Only its text is shown; a note says so.
    NotHere,
}

/// What names and describes several inputs; each a list of element ids, or empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupView {
    /// Element id of the label.
    pub labelled_by: String,
    /// Element ids of the descriptions.
    pub described_by: String,
}

/// A text that describes an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DescriptionView {
    /// Element id.
    pub id: String,
    /// The markup.
    pub html: Arc<str>,
}

/// How an answer was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StatusView {
    /// CSS class.
    pub class: &'static str,
    /// Text for screen readers.
    pub text: &'static str,
    /// Tooltip.
    pub tooltip: &'static str,
}

/// A message below an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageView {
    /// Markup of the grader.
    pub html: String,
    /// Element id of what the message is about.
    pub described_by: String,
}

/// An input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InputView {
    /// `P_n_m`; the field is called `input_` and this.
    pub id: String,
    /// The tag the author wrote.
    pub tag: &'static str,
    /// The label as HTML.
    pub label_html: Option<Arc<str>>,
    /// The descriptions.
    pub descriptions: Vec<DescriptionView>,
    /// Element ids that describe the field, separated by spaces.
    pub described_by: String,
    /// The verdict.
    pub status: StatusView,
    /// The message.
    pub message: Option<MessageView>,
    /// Whether the reference reads its markup as HTML, since as XML it is not well-formed.
    #[serde(skip)]
    pub read_as_html: bool,
    /// What kind of field it is.
    pub kind: InputViewKind,
}

/// The kinds of fields.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum InputViewKind {
    /// Radio buttons or checkboxes.
    Choices {
        /// Whether several may be chosen.
        checkboxes: bool,
        /// Whether the field name ends in `[]`.
        list: bool,
        /// The choices in the order shown.
        choices: Vec<ChoiceView>,
        /// Whether the verdict stays hidden.
        status_hidden: bool,
        /// What is said instead of a verdict.
        submitted_message: Option<Arc<str>>,
    },
    /// A dropdown.
    Options {
        /// Whether it stands within a line.
        inline: bool,
        /// The options.
        options: Vec<OptionView>,
    },
    /// A line of text.
    TextLine {
        /// What was answered.
        value: String,
        /// Width in characters.
        size: Option<Arc<str>>,
        /// Set when the field is hidden; a name for scripts.
        hidden: Option<Arc<str>>,
        /// Whether a formula preview is shown.
        math: bool,
        /// Whether it stands within a line.
        inline: bool,
        /// HTML after the field.
        trailing_html: Option<Arc<str>>,
    },
    /// A page in a frame.
    JsInput(JsInputView),
    /// A line for a formula.
    Formula {
        /// What was answered.
        value: String,
        /// Width in characters.
        size: Arc<str>,
        /// Whether it stands within a line.
        inline: bool,
        /// HTML after the field.
        trailing_html: Option<Arc<str>>,
    },
    /// A line for a chemical equation.
    Chemistry {
        /// What was answered.
        value: String,
        /// Width in characters.
        size: Arc<str>,
    },
    /// A drawing tool that is not here.
    Tool {
        /// What was answered with it elsewhere.
        value: String,
    },
    /// A picture to point at.
    Image(ImageView),
    /// Options and a comment on a quoted text.
    Annotation(AnnotationView),
    /// Choices with fields in their text.
    ChoiceTexts(ChoiceTextsView),
    /// A field for a program.
    Code(CodeView),
    /// A field for files.
    Files(FilesView),
}

/// A page in a frame (capa §11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JsInputView {
    /// What was answered, exactly as the page gave it.
    pub value: String,
    /// The address of the page.
    pub html_file: Arc<str>,
    /// The function that returns the answer.
    pub gradefn: Arc<str>,
    /// The function that returns the state.
    pub get_statefn: Option<Arc<str>>,
    /// The function that takes the state back.
    pub set_statefn: Option<Arc<str>>,
    /// The state to start with.
    pub initial_state: Option<Arc<str>>,
    /// `false` when the page is asked by messages.
    pub sop: Option<Arc<str>>,
    /// Width in pixels.
    pub width: Arc<str>,
    /// Height in pixels.
    pub height: Arc<str>,
    /// What the frame is called.
    pub title: Arc<str>,
}

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChoiceView {
    /// The value submitted.
    pub name: Arc<str>,
    /// The markup.
    pub html: Arc<str>,
    /// Whether it is chosen.
    pub checked: bool,
    /// Whether its label carries the verdict.
    pub marked: bool,
    /// Whether the reference marks its label too, since its name is a part of the chosen one.
    #[serde(skip)]
    pub echoed: bool,
}

/// An option of a dropdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OptionView {
    /// Value and text.
    pub text: Arc<str>,
    /// Whether it is selected.
    pub selected: bool,
}
