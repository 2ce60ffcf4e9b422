//! Every response tag with its rules (capa §2).

use super::{
    Response, Source, annotation, checkbox, choice_text, code, custom, formula, image, multiple_choice,
    numerical, option, string,
};
use crate::CapaError;

/// What is known about a response tag.
pub(crate) struct ResponseKind {
    pub(crate) tag: &'static str,
    /// Input tags it may contain.
    pub(crate) inputs: &'static [&'static str],
    /// The most inputs it may contain.
    pub(crate) max_inputs: Option<usize>,
    /// Attributes it must have.
    pub(crate) required: &'static [&'static str],
    /// How to read it; none while the type is not supported.
    pub(crate) compile: Option<Compile>,
}

type Compile = fn(&Source<'_>) -> Result<Box<dyn Response>, CapaError>;

const LINES: &[&str] = &["textline", "formulaequationinput"];
const CODE: &[&str] = &["textbox", "filesubmission", "matlabinput"];
const CUSTOM: &[&str] = &[
    "textline",
    "textbox",
    "crystallography",
    "chemicalequationinput",
    "vsepr_input",
    "drag_and_drop_input",
    "designprotein2dinput",
    "editageneinput",
    "annotationinput",
    "jsinput",
    "formulaequationinput",
];

const fn kind(
    tag: &'static str,
    inputs: &'static [&'static str],
    max_inputs: Option<usize>,
    required: &'static [&'static str],
    compile: Option<Compile>,
) -> ResponseKind {
    ResponseKind { tag, inputs, max_inputs, required, compile }
}

static KINDS: [ResponseKind; 15] = [
    kind("choiceresponse", &["checkboxgroup", "radiogroup"], Some(1), &[], Some(checkbox::compile)),
    kind("multiplechoiceresponse", &["choicegroup"], Some(1), &[], Some(multiple_choice::compile)),
    kind("truefalseresponse", &["choicegroup"], Some(1), &[], Some(multiple_choice::compile_true_false)),
    kind("optionresponse", &["optioninput"], None, &[], Some(option::compile)),
    kind("numericalresponse", LINES, Some(1), &["answer"], Some(numerical::compile)),
    kind("stringresponse", &["textline"], Some(1), &["answer"], Some(string::compile)),
    kind("formularesponse", LINES, Some(1), &["answer", "samples"], Some(formula::compile)),
    kind("customresponse", CUSTOM, None, &[], Some(custom::compile)),
    kind("symbolicresponse", CUSTOM, Some(1), &[], None),
    kind("coderesponse", CODE, Some(1), &[], Some(code::compile)),
    kind("externalresponse", &["textline", "textbox"], None, &[], None),
    kind("schematicresponse", &["schematic"], None, &[], None),
    kind("imageresponse", &["imageinput"], None, &[], Some(image::compile)),
    kind("annotationresponse", &["annotationinput"], Some(1), &[], Some(annotation::compile)),
    kind(
        "choicetextresponse",
        &["radiotextgroup", "checkboxtextgroup", "choicetextgroup"],
        Some(1),
        &[],
        Some(choice_text::compile),
    ),
];

/// Returns what is known about a response tag; `None` for any other tag.
pub(crate) fn kind_of(tag: &str) -> Option<&'static ResponseKind> {
    // The check on the ending spares most elements the search.
    if !tag.ends_with("response") {
        return None;
    }
    KINDS.iter().find(|kind| kind.tag == tag)
}
