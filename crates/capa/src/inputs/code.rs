//! `textbox`, `codeinput` and `matlabinput`: a program to be written.

use olx::Element;

use crate::python::strip;
use crate::vars::Template;

/// A field for a program.
#[derive(Debug)]
pub(crate) struct CodeInput {
    pub(crate) rows: Template,
    pub(crate) cols: Template,
    /// Name of the programming language.
    pub(crate) mode: Template,
    pub(crate) tab_size: Template,
    pub(crate) line_numbers: Template,
    pub(crate) hidden: Option<Template>,
    /// What stands in the field while the learner and the response have nothing to put there.
    pub(crate) text: Template,
    /// Set for `matlabinput`: what the author tells the program that runs what is not submitted.
    pub(crate) plot_payload: Option<String>,
}

impl CodeInput {
    pub(super) fn compile(element: &Element) -> Self {
        let matlab = element.name == "matlabinput";
        let attr = |name: &str, default: &str| Template::new(element.attr(name).unwrap_or(default));
        let payload = || element.find("plot_payload").map(Element::text).unwrap_or_default();
        Self {
            rows: attr("rows", "30"),
            cols: attr("cols", "80"),
            mode: attr("mode", if matlab { "octave" } else { "python" }),
            tab_size: attr("tabsize", "4"),
            line_numbers: attr("linenumbers", "true"),
            hidden: element.attr("hidden").filter(|text| !text.is_empty()).map(Template::new),
            text: Template::new(strip(&element.text())),
            plot_payload: matlab.then(payload),
        }
    }
}
