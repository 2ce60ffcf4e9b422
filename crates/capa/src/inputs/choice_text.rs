//! `radiotextgroup` and `checkboxtextgroup`: choices with fields for numbers in their text.

use olx::{Element, Node};

use crate::CapaError;
use crate::markup::{leading_html, needs_html_parser, push_html, push_text};
use crate::problem::Hooks;
use crate::vars::Template;

/// A group of choices with fields.
#[derive(Debug)]
pub(crate) struct ChoiceTextGroup {
    pub(crate) checkboxes: bool,
    /// The parts of the text of each choice.
    pub(crate) choices: Vec<Vec<TextPart>>,
    /// Whether the reference reads its markup as HTML, since as XML it is not well-formed.
    pub(crate) read_as_html: bool,
}

/// A piece of the text of a choice, with the text behind it.
#[derive(Debug)]
pub(crate) struct TextPart {
    pub(crate) content: PartContent,
    pub(crate) tail: Template,
}

#[derive(Debug)]
pub(crate) enum PartContent {
    Html(Template),
    /// The field with this number in its choice.
    Field(usize),
}

/// Returns what a choice is called in an answer.
pub(crate) fn choice_name(id: &str, choice: usize) -> String {
    format!("{id}_choiceinput_{choice}bc")
}

/// Returns what a field of a choice is called in an answer.
pub(crate) fn field_name(id: &str, choice: usize, field: usize) -> String {
    format!("{id}_choiceinput_{choice}_numtolerance_input_{field}")
}

/// Returns the choices of a group.
pub(crate) fn text_choices(group: &Element) -> Vec<&Element> {
    group.child_elements().filter(|child| child.name == "choice").collect()
}

/// Returns the fields of a choice in the order of their numbers: those for an answer, then decoys.
pub(crate) fn text_fields(choice: &Element) -> Vec<&Element> {
    let named = |name: &'static str| choice.child_elements().filter(move |child| child.name == name);
    named("numtolerance_input").chain(named("decoy_input")).collect()
}

impl ChoiceTextGroup {
    /// Compiles a group.
    ///
    /// # Errors
    /// A child that is no choice.
    pub(super) fn compile(group: &Element, hooks: &Hooks<'_>) -> Result<Self, CapaError> {
        if let Some(other) = group.child_elements().find(|child| child.name != "choice") {
            return Err(CapaError::generic(format!("Expected a <choice> tag; got {} instead", other.name)));
        }
        let choices = text_choices(group);
        Ok(Self {
            checkboxes: group.name == "checkboxtextgroup",
            read_as_html: choices.iter().any(|choice| needs_html_parser(choice)),
            choices: choices.into_iter().map(|choice| parts(choice, hooks)).collect(),
        })
    }
}

fn parts(choice: &Element, hooks: &Hooks<'_>) -> Vec<TextPart> {
    let fields = text_fields(choice);
    let html = |html: String| Template::new(hooks.html(html));
    let escaped = |text: &str| {
        let mut escaped = String::with_capacity(text.len());
        push_text(&mut escaped, text);
        html(escaped)
    };
    let lead = PartContent::Html(html(leading_html(&choice.text())));
    let mut parts = vec![TextPart { content: lead, tail: Template::new("") }];
    for (at, node) in choice.children.iter().enumerate() {
        let Node::Element(child) = node else { continue };
        let tail: String = choice.children[at + 1..].iter().map_while(Node::as_text).collect();
        let content = match fields.iter().position(|field| std::ptr::eq(*field, child)) {
            Some(number) => PartContent::Field(number),
            None => {
                let mut markup = String::new();
                push_html(&mut markup, child);
                PartContent::Html(html(markup))
            }
        };
        parts.push(TextPart { content, tail: escaped(&tail) });
    }
    parts
}
