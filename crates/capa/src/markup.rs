//! Author markup as text: XML the way it is stored, HTML the way browsers read it.

use std::borrow::Cow;

use olx::{Document, Element, Limits, Node};

use crate::entities::decoded;

/// Elements that never reach a learner's browser (capa §8.1).
pub(crate) const HINT_TAGS: [&str; 10] = [
    "demandhint",
    "choicehint",
    "optionhint",
    "stringhint",
    "numerichint",
    "correcthint",
    "regexphint",
    "additional_answer",
    "stringequalhint",
    "compoundhint",
];

const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// Elements that end a paragraph when they begin.
const BLOCKS: [&str; 30] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
];

/// Returns whether HTML knows the element as one without content.
pub(crate) fn is_void(name: &str) -> bool {
    VOID.contains(&name)
}

/// Appends `text` with `&`, `<` and `>` escaped.
pub(crate) fn push_text(out: &mut String, text: &str) {
    push_escaped(out, text, false);
}

/// Appends `text` as the value of a double-quoted attribute.
pub(crate) fn push_attribute_value(out: &mut String, text: &str) {
    push_escaped(out, text, true);
}

fn push_escaped(out: &mut String, text: &str, attribute: bool) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\n', '\r', '\t']) {
        out.push_str(&rest[..at]);
        let replacement = match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' if attribute => "&quot;",
            b'\n' if attribute => "&#10;",
            b'\r' => "&#13;",
            b'\t' if attribute => "&#9;",
            b'"' => "\"",
            b'\n' => "\n",
            _ => "\t",
        };
        out.push_str(replacement);
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// Appends ` name="value"`.
pub(crate) fn push_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    push_attribute_value(out, value);
    out.push('"');
}

/// Appends the start tag of an author element.
pub(crate) fn push_start_tag(out: &mut String, element: &Element) {
    out.push('<');
    out.push_str(&element.name);
    for attribute in &element.attributes {
        push_attribute(out, &attribute.name, &attribute.value);
    }
    out.push('>');
}

/// Appends the end tag.
pub(crate) fn push_end_tag(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Returns whether an element is a hint that must not be shown. One without content stays, as it does in the reference:
/// it shows nothing.
pub(crate) fn is_hidden_hint(element: &Element) -> bool {
    !element.children.is_empty() && HINT_TAGS.contains(&element.name.as_str())
}

/// Appends an author element as HTML: explicit end tags for all but void elements, no comments, no hints.
pub(crate) fn push_html(out: &mut String, element: &Element) {
    if is_hidden_hint(element) {
        return;
    }
    if is_void(&element.name) {
        push_void(out, element);
        element.children.iter().for_each(|node| push_html_node(out, node));
        return;
    }
    push_start_tag(out, element);
    if is_raw_text(&element.name) {
        push_raw_text(out, element);
    } else {
        element.children.iter().for_each(|node| push_html_node(out, node));
    }
    push_end_tag(out, &element.name);
}

/// Appends a void element as `<name …/>`, which HTML and XML readers take alike.
pub(crate) fn push_void(out: &mut String, element: &Element) {
    push_start_tag(out, element);
    out.pop();
    out.push_str("/>");
}

/// Returns whether a browser reads the content of the element without decoding references.
pub(crate) fn is_raw_text(name: &str) -> bool {
    matches!(name, "script" | "style")
}

/// Appends the text of a script or style element, unescaped unless that would end the element early.
pub(crate) fn push_raw_text(out: &mut String, element: &Element) {
    let text = element.text_content();
    if text.contains("</") { push_text(out, &text) } else { out.push_str(&text) }
}

/// Appends the inside of an author element as HTML.
pub(crate) fn push_children(out: &mut String, element: &Element) {
    element.children.iter().for_each(|node| push_html_node(out, node));
}

fn push_html_node(out: &mut String, node: &Node) {
    match node {
        Node::Element(element) => push_html(out, element),
        Node::Text(text) | Node::CData(text) => push_text(out, text),
        Node::Comment(_) | Node::Pi(_) => {}
    }
}

/// Returns the inside of a label, description or choice as HTML.
///
/// Its leading text counts as markup (capa §3): authors write `&lt;b&gt;` there. What is not markup after all is
/// escaped again, so that one stray `<` cannot break the page.
pub(crate) fn inner_html(element: &Element) -> String {
    let leading: String = element.text();
    let mut rest = String::new();
    element
        .children
        .iter()
        .skip_while(|node| node.as_text().is_some())
        .for_each(|node| push_html_node(&mut rest, node));
    leading_html(&leading) + &rest
}

/// Returns text that counts as markup as HTML, as [`inner_html`] does with its leading text.
pub(crate) fn leading_html(leading: &str) -> String {
    let escape = |text: &str| {
        let mut escaped = String::with_capacity(text.len() + 8);
        push_text(&mut escaped, text);
        escaped
    };
    if !leading.contains(['<', '&']) {
        return escape(leading);
    }
    let repaired = reprint(leading).or_else(|| reprint(&escape_stray(leading)));
    repaired.unwrap_or_else(|| escape(leading))
}

/// Returns whether the leading text of an element, taken as markup, is none that an XML reader accepts.
pub(crate) fn needs_html_parser(element: &Element) -> bool {
    is_broken_xml(&element.text())
}

/// Returns whether text, taken as markup, is none that an XML reader accepts.
pub(crate) fn is_broken_xml(text: &str) -> bool {
    text.contains(['<', '&']) && reprint(text).is_none()
}

/// Returns where the first outermost element begins that a reader of HTML does not leave inside a paragraph.
pub(crate) fn first_block(html: &str) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(open) = html[at..].find('<') {
        at += open;
        let tag = &html[at..at + tag_end(&html[at..])];
        let name = tag[1..].split(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>').next();
        match name.unwrap_or_default() {
            "" => depth = depth.saturating_sub(1),
            name if depth == 0 && BLOCKS.contains(&name) => return Some(at),
            name if is_void(name) || tag.ends_with("/>") => {}
            _ => depth += 1,
        }
        at += tag.len();
    }
    None
}

/// Escapes every `<` that starts no tag and every `&` that starts no reference.
fn escape_stray(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for (at, character) in text.char_indices() {
        let rest = &text[at + character.len_utf8()..];
        let next = rest.chars().next();
        match character {
            '<' if !next.is_some_and(|c| c.is_ascii_alphabetic() || c == '/') => escaped.push_str("&lt;"),
            '&' if !is_reference(rest) => escaped.push_str("&amp;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn is_reference(rest: &str) -> bool {
    // No reference is longer; what comes behind the next semicolon may be far away.
    let Some(name) = rest.bytes().take(12).position(|byte| byte == b';').map(|end| &rest[..end]) else {
        return false;
    };
    matches!(name, "amp" | "lt" | "gt" | "quot" | "apos")
        || name
            .strip_prefix('#')
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Parses an XML fragment and prints it as HTML; `None` when it is not well-formed.
fn reprint(fragment: &str) -> Option<String> {
    let document = Document::parse(&format!("<x>{fragment}</x>"), &Limits::default()).ok()?;
    let mut html = String::with_capacity(fragment.len());
    document.root.children.iter().for_each(|node| push_html_node(&mut html, node));
    Some(html)
}

/// Prints an element as stored XML: ASCII with numeric references, empty elements closed in their start tag.
pub(crate) fn stored_xml(element: &Element) -> String {
    ascii(element.outer_xml())
}

/// Prints the inside of an element as stored XML, trimmed.
pub(crate) fn stored_inner_xml(element: &Element) -> String {
    let mut bare = Element::new("x");
    bare.children.clone_from(&element.children);
    let printed = bare.outer_xml();
    let inner = printed.strip_prefix("<x>").and_then(|rest| rest.strip_suffix("</x>")).unwrap_or_default();
    ascii(crate::python::strip(inner).to_owned())
}

/// Replaces every character outside ASCII by its numeric reference.
pub(crate) fn ascii(text: String) -> String {
    use std::fmt::Write as _;
    if text.is_ascii() {
        return text;
    }
    let mut result = String::with_capacity(text.len() * 2);
    for character in text.chars() {
        if character.is_ascii() {
            result.push(character);
        } else {
            let _ = write!(result, "&#{};", u32::from(character));
        }
    }
    result
}

/// Gives empty elements written as `<name/>` an end tag where HTML needs one.
///
/// Messages, hints and solutions are kept as XML text; a browser would take `<p/>` for an open paragraph.
pub fn close_empty_elements(xml: &str) -> Cow<'_, str> {
    if !xml.contains("/>") {
        return Cow::Borrowed(xml);
    }
    let mut html = String::with_capacity(xml.len() + 32);
    let mut rest = xml;
    while let Some(open) = rest.find('<') {
        html.push_str(&rest[..open]);
        rest = &rest[open..];
        let end = tag_end(rest);
        let tag = &rest[..end];
        let name = tag[1..].split(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>').next();
        match (tag.strip_suffix("/>"), name) {
            (Some(start), Some(name)) if !name.is_empty() && !is_void(name) => {
                html.push_str(start.trim_end());
                html.push('>');
                push_end_tag(&mut html, name);
            }
            _ => html.push_str(tag),
        }
        rest = &rest[end..];
    }
    html.push_str(rest);
    Cow::Owned(html)
}

/// Returns what HTML says as text, white space collapsed. Of a formula that is what its author wrote.
pub(crate) fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    let mut formula = Formula::None;
    let push = |text: &mut String, more: &str, formula: Formula| {
        if !matches!(formula, Formula::Told) {
            text.push_str(&decoded(more));
        }
    };
    while let Some(open) = rest.find('<') {
        push(&mut text, &rest[..open], formula);
        rest = &rest[open..];
        let end = tag_end(rest);
        let inside = rest[..end].trim_start_matches('<');
        let name: String =
            inside.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        formula = match (name.as_str(), inside.starts_with('/'), formula) {
            ("math", false, Formula::None) => Formula::Drawn(text.len()),
            ("math", true, _) => Formula::None,
            ("annotation", false, Formula::Drawn(start)) => {
                text.truncate(start);
                Formula::Written
            }
            ("annotation", true, Formula::Written) => Formula::Told,
            (_, _, other) => other,
        };
        if is_void(&name) || matches!(name.as_str(), "p" | "div" | "li" | "tr" | "td" | "th" | "pre") {
            text.push(' ');
        }
        rest = &rest[end..];
    }
    push(&mut text, rest, formula);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where in a formula a reader is.
#[derive(Clone, Copy)]
enum Formula {
    None,
    /// In its symbols; it began there in the text.
    Drawn(usize),
    /// In what the author wrote.
    Written,
    /// Behind what the author wrote.
    Told,
}

/// Returns the length of the tag at the start of `text`; a `>` inside quotes does not end it.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(xml: &str) -> Element {
        Document::parse(xml, &Limits::default()).expect("well-formed").root
    }

    #[test]
    fn prints_html_with_end_tags() {
        let mut html = String::new();
        push_html(
            &mut html,
            &element(
                r#"<p a="x&quot;&amp;"><br/>t &lt; u<span/><!--c--><choicehint>h</choicehint><choicehint/></p>"#,
            ),
        );
        assert_eq!(html, r#"<p a="x&quot;&amp;"><br/>t &lt; u<span></span><choicehint></choicehint></p>"#);
    }

    #[test]
    fn leading_text_is_markup_only_when_it_is_well_formed() {
        for (xml, expected) in [
            ("<c>&lt;b&gt;x&lt;/b&gt; y<i/></c>", "<b>x</b> y<i></i>"),
            ("<c>a &lt; b &amp; c</c>", "a &lt; b &amp; c"),
            ("<c>&lt;b&gt;open</c>", "&lt;b&gt;open"),
            ("<c>&amp;lt;</c>", "&lt;"),
            ("<c>plain <b>x</b></c>", "plain <b>x</b>"),
        ] {
            assert_eq!(inner_html(&element(xml)), expected, "{xml}");
        }
    }

    #[test]
    fn finds_what_ends_a_paragraph() {
        for (html, expected) in [
            ("<p>x</p>", Some(0)),
            ("a<br/><i>b</i><div/>", Some(14)),
            ("<b><p>x</p></b><i/>", None),
            ("a &lt; b", None),
            ("a < b", None),
            ("", None),
        ] {
            assert_eq!(first_block(html), expected, "{html}");
        }
    }

    #[test]
    fn plain_text_has_no_markup() {
        for (html, expected) in [
            ("a <b title='>'>b</b>c<br/>d\n e", "a bc d e"),
            ("&lt;i&gt; &amp;amp; &#960;&#x3c0; &bogus; & x", "<i> &amp; ππ &bogus; & x"),
            (
                "<math><mi>x</mi></math> <math><mi>x</mi><annotation>x^2</annotation><mi>y</mi></math>z",
                "x x^2z",
            ),
            ("unclosed <b", "unclosed"),
        ] {
            assert_eq!(plain_text(html), expected, "{html}");
        }
    }

    #[test]
    fn stored_text_is_ascii() {
        assert_eq!(stored_inner_xml(&element("<h> π &lt; <b/>é </h>")), "&#960; &lt; <b/>&#233;");
        assert_eq!(stored_xml(&element("<h a='é'/>")), r#"<h a="&#233;"/>"#);
    }

    #[test]
    fn closes_what_html_leaves_open() {
        assert_eq!(close_empty_elements(r#"<p a="/>"/>x<br/><i/>"#), r#"<p a="/>"></p>x<br/><i></i>"#);
        assert_eq!(close_empty_elements("a < b />"), "a < b />");
        assert_eq!(close_empty_elements("no tags"), "no tags");
    }
}
