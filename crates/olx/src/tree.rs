//! The tree: documents, elements, nodes, and the ways to read and change them.

use std::sync::Arc;

use crate::{Limits, OlxError, reader, writer};

/// Namespace of the elements that set fields of a plain XBlock (xblock-core §4.1).
const OPTION_NAMESPACE: &str = "http://code.edx.org/xblock/option";

/// Where an element starts in the text it was parsed from.
///
/// Elements that were not parsed have line and column 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Byte offset, from 0.
    pub offset: usize,
}

/// A parsed document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Comments and processing instructions before the root element.
    pub before: Vec<Node>,
    /// The root element.
    pub root: Element,
    /// Comments and processing instructions after the root element.
    pub after: Vec<Node>,
}

impl Document {
    /// Parses a document.
    ///
    /// # Errors
    /// Text that is not well-formed, has a document type definition or an undefined entity, or exceeds a limit.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, OlxError> {
        reader::parse(text, limits, false)
    }

    /// Parses a document from bytes, which must be UTF-8; a byte order mark is skipped.
    ///
    /// # Errors
    /// As [`Document::parse`], and bytes that are not UTF-8.
    pub fn parse_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, OlxError> {
        reader::parse(reader::decode(bytes)?, limits, false)
    }

    /// Parses a document and drops the white space that only indents elements.
    ///
    /// White space is kept where an element has any other text, where it is all an element holds, where it is
    /// written with a character reference, and under `xml:space="preserve"`; the reference drops it by the same rule
    /// when it loads courses (xblock-core §4.3).
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse_without_blank_text(text: &str, limits: &Limits) -> Result<Self, OlxError> {
        reader::parse(text, limits, true)
    }
}

/// An element.
///
/// Two elements are equal when they print alike: the position does not count.
#[derive(Debug, Clone, Default)]
pub struct Element {
    /// The name as written, with its prefix.
    pub name: String,
    /// The attributes in the order written, namespace declarations included.
    pub attributes: Vec<Attribute>,
    /// What is between the tags.
    pub children: Vec<Node>,
    /// Where the element starts.
    pub position: Position,
    pub(crate) namespace: Option<Arc<str>>,
}

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.attributes == other.attributes && self.children == other.children
    }
}

impl Eq for Element {}

/// An attribute with its decoded value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The name as written, with its prefix.
    pub name: String,
    /// The value after references are decoded.
    pub value: String,
}

/// Anything inside an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Decoded text.
    Text(String),
    /// The raw text of a CDATA section.
    CData(String),
    /// A comment, without its delimiters.
    Comment(String),
    /// A processing instruction, without its delimiters.
    Pi(String),
}

impl Node {
    /// Returns the element, if the node is one.
    pub fn as_element(&self) -> Option<&Element> {
        match self {
            Node::Element(element) => Some(element),
            _ => None,
        }
    }

    /// Returns the text, if the node is text or a CDATA section.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Node::Text(text) | Node::CData(text) => Some(text),
            _ => None,
        }
    }
}

impl Element {
    /// Returns an empty element.
    pub fn new(name: impl Into<String>) -> Self {
        Element { name: name.into(), ..Element::default() }
    }

    /// Returns the element with one more attribute.
    #[must_use]
    pub fn with_attr(mut self, name: &str, value: impl Into<String>) -> Self {
        self.set_attr(name, value);
        self
    }

    /// Returns the element with one more child element.
    #[must_use]
    pub fn with_child(mut self, child: Element) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    /// Returns the element with text added at its end.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }

    /// Returns the value of an attribute.
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
            .map(|attribute| attribute.value.as_str())
    }

    /// Sets an attribute: in place when it is there, else as the last one.
    pub fn set_attr(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.attributes.iter_mut().find(|attribute| attribute.name == name) {
            Some(attribute) => attribute.value = value,
            None => self.attributes.push(Attribute { name: name.to_owned(), value }),
        }
    }

    /// Removes an attribute and returns its value.
    pub fn remove_attr(&mut self, name: &str) -> Option<String> {
        let index = self.attributes.iter().position(|attribute| attribute.name == name)?;
        Some(self.attributes.remove(index).value)
    }

    /// Returns the name without its prefix.
    pub fn local_name(&self) -> &str {
        self.name.split_once(':').map_or(&self.name, |(_, local)| local)
    }

    /// Returns the namespace the element was parsed in.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// Returns the field name if the element is an option element, `<option:NAME>` (xblock-core §4.1).
    pub fn option_name(&self) -> Option<&str> {
        (self.namespace() == Some(OPTION_NAMESPACE)).then(|| self.local_name())
    }

    /// Returns the child elements in order.
    pub fn child_elements(&self) -> impl DoubleEndedIterator<Item = &Element> {
        self.children.iter().filter_map(Node::as_element)
    }

    /// Returns the first child element of that name.
    pub fn find(&self, name: &str) -> Option<&Element> {
        self.child_elements().find(|child| child.name == name)
    }

    /// Returns every element below this one in document order, without the element itself.
    pub fn descendants(&self) -> impl Iterator<Item = &Element> {
        let mut pending: Vec<&Element> = self.child_elements().rev().collect();
        std::iter::from_fn(move || {
            let next = pending.pop()?;
            pending.extend(next.child_elements().rev());
            Some(next)
        })
    }

    /// Returns the text before the first child element, comment or processing instruction.
    pub fn text(&self) -> String {
        self.children.iter().map_while(Node::as_text).collect()
    }

    /// Returns all text below the element, in order.
    pub fn text_content(&self) -> String {
        let mut text = String::new();
        let mut pending: Vec<&Node> = self.children.iter().rev().collect();
        while let Some(node) = pending.pop() {
            match node {
                Node::Element(element) => pending.extend(element.children.iter().rev()),
                other => text.push_str(other.as_text().unwrap_or_default()),
            }
        }
        text
    }

    /// Turns CDATA sections into text and joins texts that follow one another, here and below.
    ///
    /// The reference does so whenever it reads content it prints again later (xblock-core §4.2).
    pub fn merge_cdata(&mut self) {
        let children = std::mem::take(&mut self.children);
        for mut node in children {
            match (&mut node, self.children.last_mut()) {
                (Node::Text(text) | Node::CData(text), Some(Node::Text(before))) => before.push_str(text),
                (Node::CData(text), _) => self.children.push(Node::Text(std::mem::take(text))),
                (Node::Element(element), _) => {
                    element.merge_cdata();
                    self.children.push(node);
                }
                _ => self.children.push(node),
            }
        }
    }

    /// Returns what is between the tags: the leading text decoded, then each child printed with the text after it.
    ///
    /// Leading text is decoded because authors write whole documents as escaped text or CDATA (xblock-core §4.2).
    pub fn inner_xml(&self) -> String {
        writer::inner(self)
    }

    /// Returns the element printed on one line, as far as its own text allows.
    pub fn outer_xml(&self) -> String {
        writer::compact(self)
    }

    /// Returns the element printed with two spaces of indent where no text would change, and a final newline.
    pub fn pretty_xml(&self) -> String {
        writer::pretty(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Element {
        Document::parse(text, &Limits::default()).unwrap().root
    }

    #[test]
    fn walks_the_tree_in_document_order() {
        let root = parse("<a><b><c/></b>t<d/><b i='2'/></a>");
        let names: Vec<_> = root.descendants().map(|element| element.name.as_str()).collect();
        assert_eq!(names, ["b", "c", "d", "b"]);
        assert_eq!(root.find("b").unwrap().children.len(), 1);
        assert!(root.find("c").is_none());
    }

    #[test]
    fn leading_text_ends_at_the_first_other_node() {
        let root = parse("<a>x<![CDATA[<y>]]>&amp;<!-- c -->z<b/></a>");
        assert_eq!(root.text(), "x<y>&");
        assert_eq!(root.text_content(), "x<y>&z");
    }

    #[test]
    fn merges_cdata_into_the_text_around_it() {
        let mut root = parse("<a>x<![CDATA[<y>]]>z<b><![CDATA[&]]></b><![CDATA[1]]><!--c-->2</a>");
        root.merge_cdata();
        assert_eq!(root.outer_xml(), "<a>x&lt;y&gt;z<b>&amp;</b>1<!--c-->2</a>");
        assert_eq!(root.children.len(), 5);
        assert_eq!(root.inner_xml(), "x<y>z<b>&amp;</b>1<!--c-->2");
    }

    #[test]
    fn changes_attributes_in_place() {
        let mut root = parse("<a x='1' y='2'/>");
        root.set_attr("x", "3");
        root.set_attr("z", "4");
        assert_eq!(root.remove_attr("y").as_deref(), Some("2"));
        assert_eq!(root.remove_attr("y"), None);
        assert_eq!(root.outer_xml(), r#"<a x="3" z="4"/>"#);
    }

    #[test]
    fn recognises_option_elements_by_namespace_not_prefix() {
        let root =
            parse("<a xmlns:o='http://code.edx.org/xblock/option'><o:name/><name/><p:name xmlns:p='x'/></a>");
        let options: Vec<_> = root.child_elements().map(Element::option_name).collect();
        assert_eq!(options, [Some("name"), None, None]);
    }
}
