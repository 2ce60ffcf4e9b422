//! Where the label of a response comes from (capa §3).

use olx::Element;

use crate::inputs::owns_label;
use crate::markup::{inner_html, needs_html_parser};
use crate::python::strip;

/// A label and the element it was taken from.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) html: String,
    /// Whether what the author wrote is no well-formed markup.
    pub(super) broken: bool,
    /// The element that must not be shown again.
    pub(super) taken: Taken,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Nothing,
    /// The first `label` child.
    Child,
    /// The element before the response.
    Previous,
}

/// Finds the label of a response with one input.
pub(super) fn find(response: &Element, previous: Option<&Element>, input: &Element) -> Label {
    let of = |element: &Element, taken| Label {
        html: strip(&inner_html(element)).to_owned(),
        broken: needs_html_parser(element),
        taken: if owns_label(&input.name) { taken } else { Taken::Nothing },
    };
    if let Some(label) = response.find("label") {
        return of(label, Taken::Child);
    }
    let before = previous.filter(|element| match input.attr("label") {
        Some(attribute) => element.name == "p" && element.text() == attribute,
        None => element.name == "label",
    });
    match before {
        Some(element) => of(element, Taken::Previous),
        None => Label { html: String::new(), broken: false, taken: Taken::Nothing },
    }
}
