//! The second half of the conversion: what stands around the only question of a section moves into it.

use olx::{Attribute, Document, Element, Limits, Node, OlxError};

/// The responses the simple editor knows.
pub(super) const RESPONSES: [&str; 5] =
    ["choiceresponse", "multiplechoiceresponse", "numericalresponse", "optionresponse", "stringresponse"];

/// What became of a question.
pub(super) enum Gathered {
    /// Everything is inside its only response.
    Whole(String),
    /// It stays as it is, because it has this number of responses.
    Questions(usize),
}

/// Moves everything of a question into its response.
///
/// # Errors
/// A question that is not well-formed.
pub(super) fn gather(section: &str) -> Result<Gathered, OlxError> {
    let document = Document::parse(&format!("<problem>{section}</problem>"), &Limits::default())?;
    match merge(document.root.children) {
        Ok(response) => {
            let mut out = String::new();
            write_element(&mut out, &response);
            Ok(Gathered::Whole(break_lines(&out)))
        }
        Err(nodes) => Ok(Gathered::Questions(nodes.iter().filter(|node| is_response(node)).count())),
    }
}

/// Says whether a node is a response that the simple editor knows.
pub(super) fn is_response(node: &Node) -> bool {
    node.as_element().is_some_and(|element| RESPONSES.contains(&element.name.as_str()))
}

/// Returns the only response of some nodes with the elements around it inside, or the nodes when there is not one.
///
/// Texts around it are dropped: they are white space, since words are in paragraphs.
pub(super) fn merge(mut nodes: Vec<Node>) -> Result<Element, Vec<Node>> {
    let mut responses = nodes.iter().enumerate().filter(|(_, node)| is_response(node));
    let (Some((at, _)), None) = (responses.next(), responses.next()) else { return Err(nodes) };
    let mut after = nodes.split_off(at);
    let Node::Element(mut response) = after.remove(0) else { return Err(nodes) };
    let elements = |nodes: Vec<Node>| nodes.into_iter().filter(|node| node.as_element().is_some());
    let first = response.children.iter().position(|node| node.as_element().is_some()).unwrap_or_default();
    response.children.splice(first..first, elements(nodes));
    response.children.extend(elements(after));
    Ok(response)
}

/// Puts a newline between an end tag and the tag behind it; of three end tags in a row the last stays where it is.
fn break_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(start) = rest.find("</") {
        let Some(length) = rest[start..].find('>') else { break };
        let end = start + length + 1;
        out.push_str(&rest[..end]);
        rest = &rest[end..];
        if rest.starts_with('<') {
            out.push_str("\n<");
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

fn write_element(out: &mut String, element: &Element) {
    out.push('<');
    out.push_str(&element.name);
    for Attribute { name, value } in &element.attributes {
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        escape(out, value, true);
        out.push('"');
    }
    if element.children.is_empty() {
        return out.push_str("/>");
    }
    out.push('>');
    for node in &element.children {
        match node {
            Node::Element(child) => write_element(out, child),
            Node::Text(text) => escape(out, text, false),
            Node::CData(text) => *out += &format!("<![CDATA[{text}]]>"),
            Node::Comment(text) => *out += &format!("<!--{text}-->"),
            Node::Pi(text) => *out += &format!("<?{text}?>"),
        }
    }
    out.push_str("</");
    out.push_str(&element.name);
    out.push('>');
}

fn escape(out: &mut String, text: &str, attribute: bool) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\t' if attribute => out.push_str("&#x9;"),
            '\n' if attribute => out.push_str("&#xA;"),
            '\r' if attribute => out.push_str("&#xD;"),
            _ => out.push(c),
        }
    }
}
