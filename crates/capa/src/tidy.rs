//! Messages of author code, made well-formed (capa §6.11).
//!
//! What code returns is HTML as its author typed it, often with a learner's answer in it. It is read the way the tolerant
//! parser of the reference does, which never fails and closes nothing early, and printed as XML: ASCII, empty elements
//! closed in their start tag, broken into lines where no text stands between elements.

use olx::{Document, Element, Limits, Node};

use crate::entities::decoded;
use crate::markup::{ascii, is_raw_text, is_void, push_attribute, push_text};
use crate::python::strip;

/// What is kept of a message, in bytes.
const MAX_BYTES: usize = 100_000;
/// Elements within elements; tags of deeper ones are left out, their content stays.
const MAX_DEPTH: usize = 100;

/// Tags that never end; after some of them the rest is text, so that nothing is read again and again.
const MAX_UNENDED: usize = 16;

/// Returns the message as well-formed XML.
pub(crate) fn tidy(html: &str) -> String {
    let cut = html.floor_char_boundary(MAX_BYTES.min(html.len()));
    let root = read(&html[..cut]);
    let mut out = String::with_capacity(html.len() + 16);
    push_children(&mut out, &root, 0, true);
    strip(&ascii(out)).to_owned()
}

/// Returns markup as it is when it is well-formed, and tidied otherwise.
pub(crate) fn well_formed(html: &str) -> String {
    let whole =
        html.len() <= MAX_BYTES && Document::parse(&format!("<x>{html}</x>"), &Limits::default()).is_ok();
    if whole { html.to_owned() } else { tidy(html) }
}

/// Elements that are open, from the root on.
struct Open(Vec<Element>);

impl Open {
    fn push_node(&mut self, node: Node) {
        if let Some(element) = self.0.last_mut() {
            element.children.push(node);
        }
    }

    /// Adds text. Between tags, white space is one space or one line break.
    fn push_text(&mut self, text: &str) {
        let text: String = text.chars().filter(|&c| is_xml(c)).collect();
        if text.is_empty() {
            return;
        }
        let blank = text.chars().all(|c| c.is_ascii_whitespace());
        let kept = self.0.iter().any(|element| matches!(element.name.as_str(), "pre" | "textarea"));
        let text = match blank && !kept {
            true if text.contains('\n') => "\n".to_owned(),
            true => " ".to_owned(),
            false => text,
        };
        self.push_node(Node::Text(text));
    }

    fn start(&mut self, element: Element) {
        if is_void(&element.name) {
            self.push_node(Node::Element(element));
        } else if self.0.len() <= MAX_DEPTH {
            self.0.push(element);
        }
    }

    /// Closes the innermost element of that name, and what is open inside it; nothing if none is open.
    fn end(&mut self, name: &str) {
        if let Some(at) = self.0.iter().skip(1).rposition(|element| element.name == name) {
            self.close_to(at + 1);
        }
    }

    fn close_to(&mut self, depth: usize) {
        while self.0.len() > depth.max(1) {
            if let Some(element) = self.0.pop() {
                self.push_node(Node::Element(element));
            }
        }
    }
}

fn read(html: &str) -> Element {
    let mut open = Open(vec![Element::new("html")]);
    let mut rest = html;
    let mut unended = 0;
    while let Some(at) = rest.find('<').filter(|_| unended < MAX_UNENDED) {
        open.push_text(&decoded(&rest[..at]));
        rest = &rest[at..];
        rest = match markup(rest) {
            Some((Markup::Start(element, closed), after)) => {
                let raw = is_raw_text(&element.name) && !closed;
                let name = element.name.clone();
                open.start(element);
                if closed {
                    open.end(&name);
                }
                if raw { raw_text(&mut open, &name, after) } else { after }
            }
            Some((Markup::End(name), after)) => {
                open.end(&name);
                after
            }
            Some((Markup::Other, after)) => after,
            None => {
                open.push_text("<");
                if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
                    unended += 1;
                }
                &rest[1..]
            }
        };
    }
    open.push_text(&decoded(rest));
    open.close_to(1);
    open.0.pop().unwrap_or_default()
}

/// Takes the content of a script or style, which no tag but its own ends.
fn raw_text<'t>(open: &mut Open, name: &str, text: &'t str) -> &'t str {
    let closes = |(at, _): &(usize, &str)| {
        let named = text.get(at + 2..at + 2 + name.len());
        named.is_some_and(|found| found.eq_ignore_ascii_case(name))
    };
    let end = text.match_indices("</").find(closes).map_or(text.len(), |(at, _)| at);
    open.push_text(&text[..end]);
    &text[end..]
}

enum Markup {
    /// A start tag, and whether it closes itself.
    Start(Element, bool),
    End(String),
    /// A comment, declaration or instruction: nothing that is shown.
    Other,
}

/// Reads the markup at the start of a text; none when it is a `<` that stands for itself.
fn markup(text: &str) -> Option<(Markup, &str)> {
    let inside = &text[1..];
    if let Some(comment) = inside.strip_prefix("!--") {
        let end = comment.find("-->").map_or(comment.len(), |at| at + 3);
        return Some((Markup::Other, &comment[end..]));
    }
    if inside.starts_with(['!', '?']) {
        return inside.split_once('>').map(|(_, after)| (Markup::Other, after));
    }
    if let Some(end) = inside.strip_prefix('/') {
        let (tag, after) = end.split_once('>')?;
        let name = name_of(tag);
        let markup = if is_name(&name) { Markup::End(name) } else { Markup::Other };
        return Some((markup, after));
    }
    if !inside.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut element = Element::new(name_of(inside));
    let mut rest = &inside[element.name.len()..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            let closed = text[..text.len() - after.len()].ends_with("/>");
            let markup = if is_name(&element.name) { Markup::Start(element, closed) } else { Markup::Other };
            return Some((markup, after));
        }
        let (name, value, after) = attribute(rest)?;
        if is_name(&name) {
            element.set_attr(&name, value);
        }
        rest = after;
    }
}

/// Reads an attribute; none at the end of the text, where no tag ends.
fn attribute(text: &str) -> Option<(String, String, &str)> {
    let first = text.chars().next()?.len_utf8();
    let end = text[first..].find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '/' | '>'))? + first;
    let name = text[..end].to_ascii_lowercase();
    let rest = text[end..].trim_start();
    let Some(value) = rest.strip_prefix('=') else { return Some((name, String::new(), &text[end..])) };
    let value = value.trim_start();
    let (value, after) = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split_once(quote)?,
        _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace() || c == '>')?),
    };
    let value: String = decoded(value).chars().filter(|&c| is_xml(c)).collect();
    Some((name, value, after))
}

fn name_of(tag: &str) -> String {
    let end = tag.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
    tag[..end.unwrap_or(tag.len())].to_ascii_lowercase()
}

/// Names that XML can hold, without a prefix that nothing declares.
fn is_name(name: &str) -> bool {
    let start = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(start) && name.chars().all(|c| start(c) || c.is_ascii_digit() || matches!(c, '-' | '.'))
}

fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\u{20}'..='\u{fffd}' | '\u{10000}'..)
}

fn push_children(out: &mut String, element: &Element, level: usize, lines: bool) {
    let lines = lines && element.children.iter().all(|node| node.as_text().is_none());
    let line = |out: &mut String, level: usize| {
        if lines && !element.children.is_empty() {
            out.push('\n');
            (0..level).for_each(|_| out.push_str("  "));
        }
    };
    for node in &element.children {
        line(out, level + 1);
        match node {
            Node::Element(child) => {
                out.push('<');
                out.push_str(&child.name);
                child.attributes.iter().for_each(|a| push_attribute(out, &a.name, &a.value));
                if child.children.is_empty() {
                    out.push_str("/>");
                } else {
                    out.push('>');
                    push_children(out, child, level + 1, lines);
                    out.push_str("</");
                    out.push_str(&child.name);
                    out.push('>');
                }
            }
            Node::Text(text) | Node::CData(text) => push_text(out, text),
            Node::Comment(_) | Node::Pi(_) => {}
        }
    }
    line(out, level);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn messages_become_well_formed() {
        for (html, expected) in [
            ("", ""),
            ("  plain  ", "plain"),
            ("No: <i>", "No: <i/>"),
            ("Great <b>job</b>", "Great <b>job</b>"),
            ("Half & half", "Half &amp; half"),
            ("a < b > c &amp; d &lt;i&gt;", "a &lt; b &gt; c &amp; d &lt;i&gt;"),
            ("one<br>two<BR/>three", "one<br/>two<br/>three"),
            ("<p>a<p>b", "<p>a<p>b</p></p>"),
            ("</b>a</i>", "a"),
            ("<b>a<i>b</b>c", "<b>a<i>b</i></b>c"),
            ("x<span/>y", "x<span/>y"),
            ("<p>a</p><p>b</p>", "<p>a</p>\n  <p>b</p>"),
            (
                "<ul><li>a</li><li><b>b</b></li></ul>",
                "<ul>\n    <li>a</li>\n    <li>\n      <b>b</b>\n    </li>\n  </ul>",
            ),
            ("<p>a</p> \n <p>b</p>", "<p>a</p>\n<p>b</p>"),
            ("π &eacute;&nbsp;&#960;&#x3c0; &bogus; &", "&#960; &#233;&#160;&#960;&#960; &amp;bogus; &amp;"),
            ("<a href=x title='\"' hidden>y</a>", "<a href=\"x\" title=\"&quot;\" hidden=\"\">y</a>"),
            ("a\r\nb\u{0}c<!-- no -->d<?x?>e<!DOCTYPE x>", "a\nbcde"),
            (
                "<script>if (a < b) { x = \"</b>\" }</script>z",
                "<script>if (a &lt; b) { x = \"&lt;/b&gt;\" }</script>z",
            ),
            ("open <b", "open &lt;b"),
            ("<o:p>x</o:p><1>", "x&lt;1&gt;"),
        ] {
            assert_eq!(tidy(html), expected, "{html}");
        }
    }

    #[test]
    fn what_is_well_formed_can_stay() {
        assert_eq!(well_formed("you said <b>é</b> &amp; <br/>"), "you said <b>é</b> &amp; <br/>");
        assert_eq!(well_formed("you said <script>"), "you said <script/>");
    }

    #[test]
    fn size_and_depth_are_bounded() {
        let deep = "<b>".repeat(50_000);
        assert!(tidy(&deep).matches("<b").count() <= MAX_DEPTH);
        assert!(tidy(&"&".repeat(MAX_BYTES * 2)).len() <= MAX_BYTES * 5);
        for hostile in ["<b x", "<b x='", "</b", "<!", "<script></script>", "<!-->", "<b a=\"'", "<![CDATA["]
        {
            let open = hostile.repeat(MAX_BYTES);
            assert!(tidy(&open).len() <= MAX_BYTES * 5, "{hostile}");
            assert!(tidy(&format!("{}>", &open[..MAX_BYTES - 1])).len() <= MAX_BYTES * 5, "{hostile}");
        }
    }

    proptest! {
        #[test]
        fn any_text_becomes_well_formed(html in r#"([<>/&;"'= a-z\n]|</?[bip]>|<br|<!--|-->|&#|é|\PC){0,60}"#) {
            let xml = format!("<x>{}</x>", tidy(&html));
            let read = Document::parse(&xml, &Limits::default());
            prop_assert!(read.is_ok(), "{xml}: {read:?}");
            prop_assert!(xml.is_ascii());
        }
    }
}
