//! From text to the tree, without recursion and within limits.

mod attributes;
mod chars;
mod namespaces;
mod place;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use self::namespaces::Namespaces;
use self::place::Place;
use crate::{Attribute, Document, Element, Node, OlxError, Position, codes};

/// How much a document may hold.
///
/// `depth` also bounds the recursion of printing and dropping a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document.
    pub bytes: usize,
    /// Elements inside one another.
    pub depth: usize,
    /// Attributes of one element.
    pub attributes: usize,
    /// Bytes of one text, CDATA section, comment or processing instruction.
    pub text: usize,
    /// Nodes of the document.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 10 << 20, depth: 128, attributes: 512, text: 8 << 20, nodes: 500_000 }
    }
}

/// Reads bytes as UTF-8 and skips a byte order mark.
pub(crate) fn decode(bytes: &[u8]) -> Result<&str, OlxError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        let position = place::position_of(valid, valid.len());
        OlxError::at(position, codes::ENCODING, "the document is not UTF-8")
    })
}

/// Parses a document; `drop_blank` removes white space that only indents.
pub(crate) fn parse(text: &str, limits: &Limits, drop_blank: bool) -> Result<Document, OlxError> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if text.len() > limits.bytes {
        let message = format!("the document has {} bytes, more than {}", text.len(), limits.bytes);
        return Err(OlxError::new(codes::TOO_LARGE, message));
    }
    if let Some((offset, c)) = text.char_indices().find(|&(_, c)| !chars::is_xml_char(c)) {
        let message = format!("character U+{:04X} is not allowed in XML", u32::from(c));
        return Err(
            OlxError::at(place::position_of(text, offset), codes::MALFORMED, message).with_source(text)
        );
    }
    TreeBuilder::new(text, limits, drop_blank).run().map_err(|(offset, code, message)| {
        OlxError::at(place::position_of(text, offset), code, message).with_source(text)
    })
}

/// Byte offset in the document, code and message.
type ReadError = (usize, &'static str, String);

/// An element whose end tag has not come yet.
struct Open {
    element: Element,
    /// Namespace prefixes declared by the element.
    declared: Vec<String>,
    preserve_space: bool,
}

struct TreeBuilder<'t> {
    text: &'t str,
    limits: &'t Limits,
    drop_blank: bool,
    place: Place<'t>,
    namespaces: Namespaces,
    open: Vec<Open>,
    before: Vec<Node>,
    root: Option<Element>,
    after: Vec<Node>,
    /// Text read so far, up to the next markup that is no reference.
    pending: String,
    /// Whether the pending text holds a reference, which makes white space count as text.
    pending_has_reference: bool,
    nodes: usize,
}

impl<'t> TreeBuilder<'t> {
    fn new(text: &'t str, limits: &'t Limits, drop_blank: bool) -> Self {
        TreeBuilder {
            text,
            limits,
            drop_blank,
            place: Place::new(text),
            namespaces: Namespaces::default(),
            open: Vec::new(),
            before: Vec::new(),
            root: None,
            after: Vec::new(),
            pending: String::new(),
            pending_has_reference: false,
            nodes: 0,
        }
    }

    fn run(mut self) -> Result<Document, ReadError> {
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().check_comments = true;
        // The names are compared here, where the place of the start tag is known.
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        loop {
            let offset = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let event = reader.read_event().map_err(|error| {
                let place = usize::try_from(reader.error_position()).unwrap_or(offset);
                (place, codes::MALFORMED, error.to_string())
            })?;
            match event {
                Event::Text(raw) => self.text(offset, &raw.into_inner())?,
                Event::GeneralRef(raw) => self.reference(offset, &raw.into_inner())?,
                Event::Start(tag) => self.start(offset, &tag, false)?,
                Event::Empty(tag) => self.start(offset, &tag, true)?,
                Event::End(tag) => self.end(offset, tag.name().as_ref())?,
                Event::CData(raw) if self.open.is_empty() => return Err(outside(offset, &raw.into_inner())),
                Event::CData(raw) => self.other(offset, &raw.into_inner(), false, Node::CData)?,
                Event::Comment(raw) => self.other(offset, &raw.into_inner(), true, Node::Comment)?,
                Event::PI(raw) => {
                    if !chars::is_name(raw.target()) || raw.target().eq_ignore_ascii_case("xml") {
                        return Err((
                            offset,
                            codes::MALFORMED,
                            "bad name of a processing instruction".to_owned(),
                        ));
                    }
                    self.other(offset, &raw.into_inner(), true, Node::Pi)?;
                }
                Event::Decl(declaration) => {
                    if offset != 0 {
                        let message = "an XML declaration is allowed at the very start only".to_owned();
                        return Err((offset, codes::MALFORMED, message));
                    }
                    let encoding = declaration.encoding().and_then(Result::ok);
                    if let Some(other) = encoding.filter(|name| !is_utf8_name(name)) {
                        return Err((offset, codes::ENCODING, format!("encoding `{other}` is not UTF-8")));
                    }
                }
                Event::DocType(_) => {
                    let message = "document type definitions are not accepted".to_owned();
                    return Err((offset, codes::DOCTYPE, message));
                }
                Event::Eof => return self.finish(offset),
            }
        }
    }

    fn finish(self, offset: usize) -> Result<Document, ReadError> {
        if let Some(open) = self.open.last() {
            let message = format!("<{}> is not closed", open.element.name);
            return Err((open.element.position.offset, codes::MALFORMED, message));
        }
        match self.root {
            Some(root) => Ok(Document { before: self.before, root, after: self.after }),
            None => Err((offset, codes::MALFORMED, "the document has no element".to_owned())),
        }
    }

    fn text(&mut self, offset: usize, raw: &str) -> Result<(), ReadError> {
        if self.open.is_empty() {
            return if chars::is_blank(raw) { Ok(()) } else { Err(outside(offset, raw)) };
        }
        if let Some(found) = raw.find("]]>") {
            return Err((offset + found, codes::MALFORMED, "`]]>` in text; write `]]&gt;`".to_owned()));
        }
        self.pending.push_str(&chars::normalise_line_ends(raw));
        self.check_text(offset, self.pending.len())
    }

    fn reference(&mut self, offset: usize, raw: &str) -> Result<(), ReadError> {
        if self.open.is_empty() {
            return Err(outside(offset, raw));
        }
        let decoded =
            chars::decode_reference(raw).map_err(|bad| attributes::reference_error(offset, raw, bad))?;
        self.pending.push(decoded);
        self.pending_has_reference = true;
        self.check_text(offset, self.pending.len())
    }

    fn check_text(&self, offset: usize, bytes: usize) -> Result<(), ReadError> {
        if bytes > self.limits.text {
            let message = format!("a text is longer than {} bytes", self.limits.text);
            return Err((offset, codes::TEXT_TOO_LONG, message));
        }
        Ok(())
    }

    /// Adds a node that is neither element nor plain text.
    fn other(
        &mut self,
        offset: usize,
        raw: &str,
        keeps_text_apart: bool,
        make: fn(String) -> Node,
    ) -> Result<(), ReadError> {
        self.check_text(offset, raw.len())?;
        self.flush_text(offset, false)?;
        let text = chars::normalise_line_ends(raw).into_owned();
        // An empty CDATA section is no content: printing it back would only add noise.
        if text.is_empty() && !keeps_text_apart {
            return Ok(());
        }
        self.push(offset, make(text))
    }

    /// Turns the pending text into a node, unless it is only indentation that is to go.
    fn flush_text(&mut self, offset: usize, before_end_tag: bool) -> Result<(), ReadError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let text = std::mem::take(&mut self.pending);
        let has_reference = std::mem::take(&mut self.pending_has_reference);
        if self.drop_blank && !has_reference && chars::is_blank(&text) && self.is_indentation(before_end_tag)
        {
            return Ok(());
        }
        self.push(offset, Node::Text(text))
    }

    /// Returns whether white space at this point only indents, judged as the reference's XML library does.
    fn is_indentation(&self, before_end_tag: bool) -> bool {
        let Some(open) = self.open.last() else { return true };
        let is_text = |node: Option<&Node>| node.is_some_and(|node| node.as_text().is_some());
        let children = &open.element.children;
        !(open.preserve_space
            || (children.is_empty() && before_end_tag)
            || is_text(children.last())
            || is_text(children.first()))
    }

    fn push(&mut self, offset: usize, node: Node) -> Result<(), ReadError> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            let message = format!("the document has more than {} nodes", self.limits.nodes);
            return Err((offset, codes::TOO_MANY_NODES, message));
        }
        match self.open.last_mut() {
            Some(open) => open.element.children.push(node),
            None => match (node, &self.root) {
                (Node::Element(root), None) => self.root = Some(root),
                (Node::Element(_), Some(_)) => {
                    return Err((offset, codes::MALFORMED, "a document has one root element".to_owned()));
                }
                (node, None) => self.before.push(node),
                (node, Some(_)) => self.after.push(node),
            },
        }
        Ok(())
    }

    fn start(&mut self, offset: usize, tag: &BytesStart<'_>, is_empty: bool) -> Result<(), ReadError> {
        self.flush_text(offset, false)?;
        if self.open.is_empty() && self.root.is_some() {
            return Err((offset, codes::MALFORMED, "a document has one root element".to_owned()));
        }
        if self.open.len() >= self.limits.depth {
            let message = format!("elements are nested more than {} deep", self.limits.depth);
            return Err((offset, codes::TOO_DEEP, message));
        }
        let name = tag.name().as_ref().to_owned();
        let Some((prefix, _)) = chars::split_name(&name).filter(|_| chars::is_name(&name)) else {
            let shown: String = name.chars().take(40).collect();
            return Err((
                offset,
                codes::MALFORMED,
                format!("`{shown}` is not an element name; write `&lt;` for `<`"),
            ));
        };
        let attributes = attributes::parse(tag.attributes_raw(), self.limits.attributes)
            .map_err(|(inner, code, message)| (offset + 1 + name.len() + inner, code, message))?;
        let declared =
            self.namespaces.declare(&attributes).map_err(|message| (offset, codes::MALFORMED, message))?;
        let namespace = self.resolve(offset, prefix)?;
        self.check_unique(offset, &attributes)?;
        let preserve_space = match attributes.iter().find(|attribute| attribute.name == "xml:space") {
            Some(attribute) => attribute.value == "preserve",
            None => self.open.last().is_some_and(|open| open.preserve_space),
        };
        let position = self.place.advance(offset);
        let element = Element { name, attributes, children: Vec::new(), position, namespace };
        self.open.push(Open { element, declared, preserve_space });
        if is_empty { self.close(offset) } else { Ok(()) }
    }

    /// Resolves a prefix; nothing is the default namespace.
    fn resolve(&self, offset: usize, prefix: Option<&str>) -> Result<Option<Arc<str>>, ReadError> {
        let Some(prefix) = prefix else { return Ok(self.namespaces.get("")) };
        match self.namespaces.get(prefix) {
            Some(uri) => Ok(Some(uri)),
            None => {
                Err((offset, codes::UNBOUND_PREFIX, format!("namespace prefix `{prefix}` is not declared")))
            }
        }
    }

    fn check_unique(&self, offset: usize, attributes: &[Attribute]) -> Result<(), ReadError> {
        let mut seen = std::collections::HashSet::with_capacity(attributes.len());
        for attribute in attributes {
            let (prefix, local) = chars::split_name(&attribute.name).unwrap_or((None, &attribute.name));
            // Attributes without a prefix are in no namespace, whatever the default namespace is.
            let namespace = match prefix {
                None => None,
                Some("xmlns") => Some(Arc::from("xmlns")),
                prefix => self.resolve(offset, prefix)?,
            };
            if !seen.insert((namespace, local)) {
                let message = format!("attribute `{}` is given twice", attribute.name);
                return Err((offset, codes::DUPLICATE_ATTRIBUTE, message));
            }
        }
        Ok(())
    }

    fn end(&mut self, offset: usize, name: &str) -> Result<(), ReadError> {
        self.flush_text(offset, true)?;
        match self.open.last() {
            None => return Err((offset, codes::MALFORMED, format!("</{name}> closes nothing"))),
            Some(open) if open.element.name != name => {
                let Position { line, column, .. } = open.element.position;
                let message = format!("</{name}> does not close <{}> of {line}:{column}", open.element.name);
                return Err((offset, codes::MALFORMED, message));
            }
            Some(_) => {}
        }
        self.close(offset)
    }

    fn close(&mut self, offset: usize) -> Result<(), ReadError> {
        match self.open.pop() {
            Some(open) => {
                self.namespaces.leave(&open.declared);
                self.push(offset, Node::Element(open.element))
            }
            None => Ok(()),
        }
    }
}

fn outside(offset: usize, text: &str) -> ReadError {
    let inner = text.len() - text.trim_start().len();
    (offset + inner, codes::MALFORMED, "text outside of the root element".to_owned())
}

fn is_utf8_name(name: &str) -> bool {
    ["utf-8", "utf8", "us-ascii", "ascii"].iter().any(|known| name.eq_ignore_ascii_case(known))
}
