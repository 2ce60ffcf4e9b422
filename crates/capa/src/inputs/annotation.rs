//! `annotationinput`: options and a comment on a quoted text.

use olx::Element;

use crate::correct_map::Correctness;
use crate::markup::{inner_html, needs_html_parser};
use crate::problem::Hooks;
use crate::responses::verdict;
use crate::vars::Template;

/// The parts of an annotation, as HTML.
#[derive(Debug)]
pub(crate) struct AnnotationInput {
    pub(crate) title: Template,
    pub(crate) text: Template,
    pub(crate) comment: Template,
    pub(crate) comment_prompt: Template,
    pub(crate) tag_prompt: Template,
    pub(crate) options: Vec<AnnotationOption>,
    /// Whether the reference reads its markup as HTML, since as XML it is not well-formed.
    pub(crate) read_as_html: bool,
}

#[derive(Debug)]
pub(crate) struct AnnotationOption {
    pub(crate) html: Template,
    pub(crate) verdict: Option<Correctness>,
}

/// Returns the options of an annotation.
pub(crate) fn annotation_options(input: &Element) -> Vec<&Element> {
    let options = input.find("options").into_iter().flat_map(Element::child_elements);
    options.filter(|option| option.name == "option").collect()
}

impl AnnotationInput {
    pub(super) fn compile(input: &Element, hooks: &Hooks<'_>) -> Self {
        let html = |element: &Element| Template::new(hooks.html(inner_html(element)));
        let part = |name: &str, default: &str| input.find(name).map_or_else(|| Template::new(default), html);
        let options = annotation_options(input);
        let named = ["title", "text", "comment", "comment_prompt", "tag_prompt"];
        let texts = named.into_iter().filter_map(|name| input.find(name)).chain(options.iter().copied());
        Self {
            title: part("title", "Annotation"),
            text: part("text", ""),
            comment: part("comment", ""),
            comment_prompt: part("comment_prompt", "Type a comment:"),
            tag_prompt: part("tag_prompt", "Choose one:"),
            read_as_html: texts.into_iter().any(needs_html_parser),
            options: options
                .into_iter()
                .map(|option| AnnotationOption {
                    html: html(option),
                    verdict: verdict(option.attr("choice")),
                })
                .collect(),
        }
    }
}
