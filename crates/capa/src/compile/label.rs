//! Where the label of a response comes from (capa §3).

use olx::Element;

use crate::inputs::owns_label;
use crate::markup::inner_html;
use crate::python::strip;

/// A label and the element it was taken from.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) html: String,
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
    let taken = |taken| if owns_label(&input.name) { taken } else { Taken::Nothing };
    let html = |element: &Element| strip(&inner_html(element)).to_owned();
    if let Some(label) = response.find("label") {
        return Label { html: html(label), taken: taken(Taken::Child) };
    }
    if let Some(attribute) = input.attr("label") {
        return match previous.filter(|element| element.name == "p" && element.text() == attribute) {
            Some(paragraph) => Label { html: html(paragraph), taken: taken(Taken::Previous) },
            None => Label { html: String::new(), taken: Taken::Nothing },
        };
    }
    match previous.filter(|element| element.name == "label") {
        Some(label) => Label { html: html(label), taken: taken(Taken::Previous) },
        None => Label { html: String::new(), taken: Taken::Nothing },
    }
}
