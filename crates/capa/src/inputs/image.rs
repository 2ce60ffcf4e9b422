//! `imageinput`: a picture to point at.

use olx::Element;

use crate::vars::Template;

/// A picture; sizes in pixels.
#[derive(Debug)]
pub(crate) struct ImageInput {
    pub(crate) src: Template,
    pub(crate) width: Template,
    pub(crate) height: Template,
    pub(crate) alt: Template,
}

impl ImageInput {
    pub(super) fn compile(element: &Element) -> Self {
        let attribute = |name: &str| Template::new(element.attr(name).unwrap_or_default());
        Self {
            src: attribute("src"),
            width: attribute("width"),
            height: attribute("height"),
            alt: attribute("alt"),
        }
    }
}
