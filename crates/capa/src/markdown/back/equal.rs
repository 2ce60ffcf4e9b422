//! Equality of problems but for white space that nobody sees.

use olx::{Element, Node};

/// An element by name and place.
pub(super) struct Place {
    pub(super) name: String,
    pub(super) line: u32,
}

/// Returns the innermost element of the first tree that the second has differently.
pub(super) fn first_difference(left: &Element, right: &Element) -> Option<Place> {
    let differs = || Some(Place { name: left.name.clone(), line: left.position.line });
    let same = left.name == right.name
        && left.attributes.len() == right.attributes.len()
        && left.attributes.iter().all(|attribute| right.attr(&attribute.name) == Some(&attribute.value));
    if !same {
        return differs();
    }
    let (ours, theirs) = (parts(left), parts(right));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        match (ours, theirs) {
            (Part::Element(ours), Part::Element(theirs)) => {
                if let Some(place) = first_difference(ours, theirs) {
                    return Some(place);
                }
            }
            (Part::Words(ours), Part::Words(theirs)) if ours == theirs => {}
            _ => return differs(),
        }
    }
    if ours.len() == theirs.len() { None } else { differs() }
}

enum Part<'e> {
    Element(&'e Element),
    Words(String),
}

fn parts(element: &Element) -> Vec<Part<'_>> {
    let exact = element.name == "pre" || element.name == "code";
    let mut parts = Vec::new();
    let mut words = String::new();
    let flush = |words: &mut String, parts: &mut Vec<Part<'_>>| {
        let text = if exact { words.trim_end().to_owned() } else { collapse(words) };
        if !text.trim().is_empty() {
            parts.push(Part::Words(text));
        }
        words.clear();
    };
    for node in &element.children {
        match node {
            Node::Element(child) => {
                flush(&mut words, &mut parts);
                parts.push(Part::Element(child));
            }
            other => words.push_str(other.as_text().unwrap_or_default()),
        }
    }
    flush(&mut words, &mut parts);
    parts
}

/// Returns the words with one space between them; space before and after them does not count.
fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
