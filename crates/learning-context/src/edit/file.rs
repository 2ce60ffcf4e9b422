//! One file of OLX that is being changed.

use bytes::Bytes;
use olx::{Document, Element, Limits, Node, Position};

/// A file with its tree. Elements are known by where they were when the file was read, so that places stay
/// valid while others come and go.
#[derive(Debug)]
pub(super) struct OpenFile {
    /// What stood before the first markup: byte order mark and XML declaration.
    head: String,
    document: Document,
    /// Whether a line end follows the last markup.
    ends_line: bool,
    touched: bool,
    /// Whether white space may be added to make it legible.
    indent: bool,
}

impl OpenFile {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it, with its line.
    pub(super) fn parse(bytes: &Bytes) -> Result<Self, String> {
        let document = Document::parse_bytes(bytes, &Limits::default())
            .map_err(|error| format!("line {}: {}", error.line, error.message))?;
        // It parsed, so it is UTF-8.
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        Ok(OpenFile {
            head: head_of(text).to_owned(),
            document,
            ends_line: text.ends_with('\n'),
            touched: false,
            indent: false,
        })
    }

    /// Returns a file that is not there yet; `indent` where white space inside means nothing.
    pub(super) fn new(root: Element, indent: bool) -> Self {
        let document = Document { before: Vec::new(), root, after: Vec::new() };
        OpenFile { head: String::new(), document, ends_line: true, touched: true, indent }
    }

    pub(super) fn is_touched(&self) -> bool {
        self.touched
    }

    pub(super) fn root(&self) -> &Element {
        &self.document.root
    }

    /// Returns the root to be changed: the file will be written.
    pub(super) fn root_mut(&mut self) -> &mut Element {
        self.touched = true;
        &mut self.document.root
    }

    /// Returns the element that began at an offset.
    pub(super) fn at(&self, offset: usize) -> Option<&Element> {
        let mut pending = vec![&self.document.root];
        while let Some(element) = pending.pop() {
            if began_at(element, offset) {
                return Some(element);
            }
            pending.extend(element.child_elements());
        }
        None
    }

    /// Returns the element that began at an offset, to be changed.
    pub(super) fn at_mut(&mut self, offset: usize) -> Option<&mut Element> {
        let mut pending = vec![&mut self.document.root];
        while let Some(element) = pending.pop() {
            if began_at(element, offset) {
                self.touched = true;
                return Some(element);
            }
            pending.extend(element.children.iter_mut().filter_map(|node| match node {
                Node::Element(child) => Some(child),
                _ => None,
            }));
        }
        None
    }

    /// Returns what is to be written; `None` when nothing was touched.
    pub(super) fn print(&self) -> Option<String> {
        if !self.touched {
            return None;
        }
        let mut text = self.head.clone();
        let Document { before, root, after } = &self.document;
        for node in before {
            push(&mut text, node);
            text.push('\n');
        }
        match self.indent {
            true => text.push_str(root.pretty_xml().trim_end()),
            false => text.push_str(&root.outer_xml()),
        }
        for node in after {
            text.push('\n');
            push(&mut text, node);
        }
        if self.ends_line {
            text.push('\n');
        }
        Some(text)
    }
}

/// Whether an element was read from this place; those made later were read from none.
pub(super) fn began_at(element: &Element, offset: usize) -> bool {
    element.position.line > 0 && element.position.offset == offset
}

/// Forgets where an element and those in it were read, since they are put elsewhere.
pub(super) fn uproot(element: &mut Element) {
    let mut pending = vec![element];
    while let Some(element) = pending.pop() {
        element.position = Position::default();
        pending.extend(element.children.iter_mut().filter_map(|node| match node {
            Node::Element(child) => Some(child),
            _ => None,
        }));
    }
}

/// Returns the byte order mark and the XML declaration with the white space after it.
fn head_of(text: &str) -> &str {
    let markup = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !markup.starts_with("<?xml") {
        return &text[..text.len() - markup.len()];
    }
    let end = markup.find("?>").map_or(0, |at| at + 2);
    let rest = markup[end..].trim_start();
    &text[..text.len() - rest.len()]
}

/// Prints a comment or processing instruction.
fn push(text: &mut String, node: &Node) {
    // Only elements print themselves; one around the node shows how it looks inside.
    let mut around = Element::new("x");
    around.children.push(node.clone());
    text.push_str(&around.inner_xml());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_touched_prints_as_it_was_read() {
        let text = "\u{feff}<?xml version=\"1.0\"?>\n<!-- a -->\n<a b=\"1\">\n  <!-- c --><d><![CDATA[<x>]]></d>\n</a>\n<!-- z -->\n";
        let mut file = OpenFile::parse(&Bytes::from(text)).unwrap();
        assert_eq!(file.print(), None);
        file.root_mut();
        assert_eq!(file.print().as_deref(), Some(text));
    }

    #[test]
    fn elements_are_found_where_they_were_read() {
        let mut file = OpenFile::parse(&Bytes::from("<a><b/><b i='2'/></a>")).unwrap();
        file.root_mut().children.remove(0);
        assert_eq!(file.at(7).and_then(|b| b.attr("i")), Some("2"));
        assert!(file.at(3).is_none());
        uproot(file.root_mut());
        assert!(file.at_mut(7).is_none());
    }
}
