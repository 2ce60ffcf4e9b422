//! From templates and text to HTML.

use minijinja::{Value, value::Serde};
use serde::Serialize;
use xblock::{BlockCx, Child, Fragment, ViewError};

use crate::selection::reset;

/// Stands where a child goes in a template's output. XML forbids the character, and templates escape
/// nothing into it.
const SLOT: char = '\u{1}';

/// Renders a template with a typed context.
pub(crate) fn render<C: Serialize>(
    cx: &BlockCx<'_>,
    template: &str,
    context: C,
) -> Result<String, ViewError> {
    cx.templates.render(template, Value::from(Serde(context)))
}

/// A child as templates of containers see it.
#[derive(Serialize)]
pub(crate) struct ChildContext<'a> {
    /// Position among the children, empty ones counted.
    index: usize,
    /// Its usage key.
    usage: &'a str,
    /// Print this where the child goes.
    slot: &'static str,
    /// Where the learner draws the blocks up to here again, if that may be.
    reset_url: Option<Value>,
}

/// Returns what templates print for each child that is not empty.
pub(crate) fn child_contexts<'a>(cx: &BlockCx<'a>) -> Vec<ChildContext<'a>> {
    shown(cx.children)
        .map(|(index, child)| ChildContext {
            index,
            usage: child.usage.as_str(),
            slot: "\u{1}",
            reset_url: child.draw_again.as_ref().map(|usage| attribute(&reset::url(usage, cx))),
        })
        .collect()
}

fn shown(children: &[Child]) -> impl Iterator<Item = (usize, &Child)> {
    children.iter().enumerate().filter(|(_, child)| !child.is_empty)
}

/// Renders a template whose context has the children of [`child_contexts`], and puts the children into the
/// slots it printed, in order.
pub(crate) fn render_with_children<C: Serialize>(
    cx: &BlockCx<'_>,
    template: &str,
    context: C,
) -> Result<Fragment, ViewError> {
    let html = render(cx, template, context)?;
    let mut fragment = Fragment::default();
    let mut parts = html.split(SLOT);
    fragment.push(parts.next().unwrap_or_default());
    let mut children = shown(cx.children);
    for part in parts {
        let Some((index, _)) = children.next() else {
            return Err(ViewError::Failed(format!("{template} has more slots than there are children")));
        };
        fragment.push_child(index);
        fragment.push(part);
    }
    match children.next() {
        None => Ok(fragment),
        Some(_) => Err(ViewError::Failed(format!("{template} leaves children out"))),
    }
}

/// Appends text, escaped for HTML text and quoted attributes.
pub(crate) fn escape_into(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// Returns a URL or key as a template value that is escaped already. Template engines escape `/` too, which
/// hides static links from the rewriting that follows (student-view-html §3).
pub(crate) fn attribute(text: &str) -> Value {
    let mut out = String::with_capacity(text.len() + 16);
    escape_into(&mut out, text);
    Value::from_safe_string(out)
}

/// Returns HTML as a template value that is printed as it is: an author's, or one this crate rendered.
pub(crate) fn trusted(html: String) -> Value {
    Value::from_safe_string(html)
}

/// Returns the text of HTML for search: without scripts, styles, comments and tags, blanks collapsed.
pub(crate) fn plain_text(html: &str) -> String {
    let mut out = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        push_words(&mut out, &rest[..at]);
        rest = after_markup(&rest[at..]);
    }
    push_words(&mut out, rest);
    out
}

fn push_words(out: &mut String, text: &str) {
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
}

/// Returns what follows the markup `text` starts with; for scripts and styles, what follows their end tag.
fn after_markup(text: &str) -> &str {
    let until = |text: &'_ str, end: &str| text.find(end).map_or(text.len(), |at| at + end.len());
    if text.starts_with("<!--") {
        return &text[until(text, "-->")..];
    }
    for tag in ["script", "style"] {
        let named = text.get(1..=tag.len()).is_some_and(|name| name.eq_ignore_ascii_case(tag));
        if named {
            let end = end_tag(text, tag);
            return &text[end + until(&text[end..], ">")..];
        }
    }
    let is_tag = text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!' || c == '?');
    if is_tag { &text[until(text, ">")..] } else { &text[1..] }
}

/// Returns where the end tag of a raw text element begins.
fn end_tag(text: &str, tag: &str) -> usize {
    let is_end = |(at, _): &(usize, &str)| {
        let name = at + 2;
        text.get(name..name + tag.len()).is_some_and(|name| name.eq_ignore_ascii_case(tag))
    };
    text.match_indices("</").find(is_end).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_could_end_text_or_attributes() {
        let mut out = String::new();
        escape_into(&mut out, "/a?b='1'&c=\"<ü>\"");
        assert_eq!(out, "/a?b=&#39;1&#39;&amp;c=&quot;&lt;ü&gt;&quot;");
    }

    #[test]
    fn plain_text_has_no_markup_scripts_or_comments() {
        let html = "<p>One <b>two</b></p>\n<!-- no > --><script>var x = '<p>';</script><STYLE>a{}</style>three < 4<br/>";
        assert_eq!(plain_text(html), "One two three 4");
        assert_eq!(plain_text("a<script"), "a");
        assert_eq!(plain_text("<"), "");
    }
}
