//! What searching sees of a problem (capa §12.2).

use olx::{Document, Element, Limits, Node};

use crate::markup::HINT_TAGS;
use crate::responses::kind_of;

/// What libraries are searched for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// The response tags, each once, in document order; those of parts that are not graded here too.
    pub response_types: Vec<&'static str>,
    /// The visible text, without markup, answers, solutions and hints.
    pub text: String,
}

impl Index {
    /// Reads what searching sees from a problem that need not be one that loads. Text that is not well-formed has
    /// nothing to be found by.
    pub fn of_data(data: &str) -> Self {
        Document::parse(data, &Limits::default())
            .map(|document| Index::of(&document.root))
            .unwrap_or_default()
    }

    pub(crate) fn of(root: &Element) -> Self {
        let mut response_types = Vec::new();
        for kind in root.descendants().filter_map(|element| kind_of(&element.name)) {
            if !response_types.contains(&kind.tag) {
                response_types.push(kind.tag);
            }
        }
        Index { response_types, text: index_text(root) }
    }
}

/// Elements whose text is no part of the question.
const HIDDEN: [&str; 10] = [
    "solution",
    "solutionset",
    "targetedfeedback",
    "targetedfeedbackset",
    "answer",
    "script",
    "style",
    "hintgroup",
    "hint",
    "hintpart",
];

/// Returns the visible text with white space collapsed.
fn index_text(root: &Element) -> String {
    let mut text = String::new();
    collect(root, &mut text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn collect(element: &Element, text: &mut String) {
    for node in &element.children {
        match node {
            Node::Element(child) => {
                let name = child.name.as_str();
                if !HIDDEN.contains(&name) && !HINT_TAGS.contains(&name) {
                    text.push(' ');
                    collect(child, text);
                    text.push(' ');
                }
            }
            Node::Text(own) | Node::CData(own) => text.push_str(own),
            Node::Comment(_) | Node::Pi(_) => {}
        }
    }
}
