//! Inputs of the sciences: a line for chemical equations, and drawing tools of the reference that are not here.

use olx::Element;

use crate::vars::Template;

/// Inputs that are a drawing tool in the browser, each with a format of its own. Without the tool there is nothing a
/// learner could answer with, so what uses them is shown and not graded; stored answers stay.
const TOOLS: [&str; 6] = [
    "schematic",
    "crystallography",
    "vsepr_input",
    "drag_and_drop_input",
    "designprotein2dinput",
    "editageneinput",
];

/// Returns whether an input is a drawing tool.
pub(crate) fn is_tool(tag: &str) -> bool {
    TOOLS.contains(&tag)
}

/// A line for a chemical equation, with its preview.
#[derive(Debug)]
pub(crate) struct ChemistryInput {
    pub(crate) size: Template,
}

impl ChemistryInput {
    pub(super) fn compile(element: &Element) -> Self {
        Self { size: Template::new(element.attr("size").unwrap_or("20")) }
    }
}
