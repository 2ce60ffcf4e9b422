//! `jsinput`: a page of the author's in a frame (capa §11).

use olx::Element;

use crate::vars::Template;

/// A page that asks and answers for itself, through functions that it names.
#[derive(Debug)]
pub(crate) struct JsInput {
    /// The address of the page.
    pub(crate) html_file: Template,
    /// The function that returns the answer.
    pub(crate) gradefn: Template,
    /// The function that returns the state to keep.
    pub(crate) get_statefn: Option<Template>,
    /// The function that takes it back.
    pub(crate) set_statefn: Option<Template>,
    /// The state to start with.
    pub(crate) initial_state: Option<Template>,
    /// Width in pixels.
    pub(crate) width: Template,
    /// Height in pixels.
    pub(crate) height: Template,
    /// What the frame is called.
    pub(crate) title: Template,
    /// `false` when the page is asked by messages; otherwise its functions are called.
    pub(crate) sop: Option<Template>,
}

impl JsInput {
    pub(super) fn compile(element: &Element) -> Self {
        let or = |name, default| Template::new(element.attr(name).unwrap_or(default));
        let given = |name| element.attr(name).filter(|text| !text.is_empty()).map(Template::new);
        Self {
            html_file: or("html_file", ""),
            gradefn: or("gradefn", "gradefn"),
            get_statefn: given("get_statefn"),
            set_statefn: given("set_statefn"),
            initial_state: given("initial_state"),
            width: or("width", "400"),
            height: or("height", "300"),
            title: or("title", "Problem Remote Content"),
            sop: given("sop"),
        }
    }
}
