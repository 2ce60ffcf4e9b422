//! `textline` and `formulaequationinput`.

use olx::Element;

use crate::markup::push_text;
use crate::problem::Hooks;
use crate::vars::Template;

/// A line of text.
#[derive(Debug)]
pub(crate) struct TextLine {
    pub(crate) size: Option<Template>,
    pub(crate) hidden: Option<Template>,
    /// Whether a formula preview is shown beside it.
    pub(crate) math: bool,
    pub(crate) inline: bool,
    /// HTML shown after the field.
    pub(crate) trailing_html: Option<Template>,
}

/// A line for a formula, with its preview.
#[derive(Debug)]
pub(crate) struct FormulaInput {
    pub(crate) size: Template,
    pub(crate) inline: bool,
    /// HTML shown after the field.
    pub(crate) trailing_html: Option<Template>,
}

fn is_set(element: &Element, name: &str) -> bool {
    element.attr(name).is_some_and(|text| !text.is_empty())
}

fn non_empty(element: &Element, name: &str) -> Option<Template> {
    element.attr(name).filter(|text| !text.is_empty()).map(Template::new)
}

fn trailing_html(element: &Element, hooks: &Hooks<'_>) -> Option<Template> {
    let text = element.attr("trailing_text").filter(|text| !text.is_empty())?;
    let mut html = String::with_capacity(text.len());
    push_text(&mut html, text);
    Some(Template::new(hooks.html(html)))
}

impl TextLine {
    pub(super) fn compile(element: &Element, hooks: &Hooks<'_>) -> Self {
        Self {
            size: non_empty(element, "size"),
            hidden: non_empty(element, "hidden"),
            math: is_set(element, "math") || is_set(element, "dojs"),
            inline: is_set(element, "inline"),
            trailing_html: trailing_html(element, hooks),
        }
    }
}

impl FormulaInput {
    pub(super) fn compile(element: &Element, hooks: &Hooks<'_>) -> Self {
        Self {
            size: Template::new(element.attr("size").unwrap_or("20")),
            inline: is_set(element, "inline"),
            trailing_html: trailing_html(element, hooks),
        }
    }
}
