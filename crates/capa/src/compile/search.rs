//! The text that searching sees (capa §12.2).

use olx::{Element, Node};

use crate::markup::HINT_TAGS;

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
pub(crate) fn index_text(root: &Element) -> String {
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
