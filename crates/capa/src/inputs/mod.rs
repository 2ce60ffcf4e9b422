//! Input types: what a learner answers with.
//!
//! To add one: write its file, give it a variant of [`InputKind`], a row in [`compile`], a variant of
//! [`crate::view::InputViewKind`] and a function in the renderer.

mod annotation;
mod choice;
mod choice_text;
mod code;
mod file;
mod image;
mod jsinput;
mod option;
mod text;
mod tool;

use olx::Element;

pub(crate) use annotation::{AnnotationInput, annotation_options};
pub(crate) use choice::{ChoiceGroup, ChoiceItem, ChoiceNaming, choices_of};
pub(crate) use choice_text::{
    ChoiceTextGroup, PartContent, TextPart, choice_name, field_name, text_choices, text_fields,
};
pub(crate) use code::CodeInput;
pub(crate) use file::FileInput;
pub(crate) use image::ImageInput;
pub(crate) use jsinput::JsInput;
pub(crate) use option::{OptionInput, correct_option};
pub(crate) use text::{FormulaInput, TextLine};
pub(crate) use tool::{ChemistryInput, is_tool};

use crate::CapaError;
use crate::preview::PreviewKind;
use crate::problem::Hooks;

/// A compiled input.
#[derive(Debug)]
pub(crate) enum InputKind {
    Choices(ChoiceGroup),
    Options(OptionInput),
    TextLine(TextLine),
    Formula(FormulaInput),
    Image(ImageInput),
    Annotation(AnnotationInput),
    ChoiceText(ChoiceTextGroup),
    JsInput(JsInput),
    Chemistry(ChemistryInput),
    /// A drawing tool that is not here.
    Tool,
    Code(CodeInput),
    Files(FileInput),
}

impl InputKind {
    /// Returns what is shown of an answer while it is typed; `None` when nothing is.
    pub(crate) fn preview(&self) -> Option<PreviewKind> {
        match self {
            Self::Formula(_) | Self::TextLine(TextLine { math: true, .. }) => Some(PreviewKind::Formula),
            Self::Chemistry(_) => Some(PreviewKind::Chemistry),
            _ => None,
        }
    }
}

/// Every tag that is an input, supported or not (capa §2).
const TAGS: [&str; 22] = [
    "optioninput",
    "choicegroup",
    "radiogroup",
    "checkboxgroup",
    "jsinput",
    "textline",
    "filesubmission",
    "codeinput",
    "textbox",
    "matlabinput",
    "schematic",
    "imageinput",
    "crystallography",
    "vsepr_input",
    "chemicalequationinput",
    "formulaequationinput",
    "drag_and_drop_input",
    "designprotein2dinput",
    "editageneinput",
    "annotationinput",
    "radiotextgroup",
    "checkboxtextgroup",
];

/// Returns the tag of an input element as a constant; `None` for any other element.
pub(crate) fn input_tag(name: &str) -> Option<&'static str> {
    TAGS.into_iter().find(|tag| *tag == name)
}

/// Returns whether the label element of an input moves into the input.
pub(crate) fn owns_label(tag: &str) -> bool {
    matches!(
        tag,
        "checkboxgroup"
            | "radiogroup"
            | "choicegroup"
            | "optioninput"
            | "textline"
            | "formulaequationinput"
            | "textbox"
    )
}

/// Compiles an input of a supported response.
///
/// # Errors
/// What the input type refuses, and input types that are not supported.
pub(crate) fn compile(element: &Element, hooks: &Hooks<'_>) -> Result<InputKind, CapaError> {
    match element.name.as_str() {
        "choicegroup" => ChoiceGroup::compile(element, ChoiceNaming::ByName, hooks).map(InputKind::Choices),
        "radiogroup" | "checkboxgroup" => {
            ChoiceGroup::compile(element, ChoiceNaming::Numbered, hooks).map(InputKind::Choices)
        }
        "optioninput" => OptionInput::compile(element).map(InputKind::Options),
        "textline" => Ok(InputKind::TextLine(TextLine::compile(element, hooks))),
        "formulaequationinput" => Ok(InputKind::Formula(FormulaInput::compile(element, hooks))),
        "annotationinput" => Ok(InputKind::Annotation(AnnotationInput::compile(element, hooks))),
        "radiotextgroup" | "checkboxtextgroup" => {
            ChoiceTextGroup::compile(element, hooks).map(InputKind::ChoiceText)
        }
        "chemicalequationinput" => Ok(InputKind::Chemistry(ChemistryInput::compile(element))),
        tool if is_tool(tool) => Ok(InputKind::Tool),
        "imageinput" => Ok(InputKind::Image(ImageInput::compile(element))),
        "jsinput" => Ok(InputKind::JsInput(JsInput::compile(element))),
        "textbox" | "codeinput" | "matlabinput" => Ok(InputKind::Code(CodeInput::compile(element))),
        "filesubmission" => Ok(InputKind::Files(FileInput::compile(element))),
        other => Err(CapaError::generic(format!("the input {other} is not supported here"))),
    }
}
