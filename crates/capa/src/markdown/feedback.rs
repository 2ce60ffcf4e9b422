//! What stands in double braces: feedback of a choice or an answer, and of combinations of choices.

use std::fmt::Write;

/// A text in double braces: `{{label:: text}}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Feedback<'t> {
    label: Option<&'t str>,
    text: &'t str,
}

impl<'t> Feedback<'t> {
    /// Reads what is between the braces.
    fn read(inner: &'t str) -> Self {
        let (label, text) = match inner.split_once("::") {
            Some((label, text)) => (Some(label.trim()), text),
            None => (None, inner),
        };
        Feedback { label, text: text.trim() }
    }

    /// Returns an element with the feedback; `attributes` begin with a space.
    pub(super) fn element(&self, name: &str, attributes: &str) -> String {
        let label = self.label.map(|label| format!(" label=\"{label}\"")).unwrap_or_default();
        format!("<{name}{attributes}{label}>{}</{name}>", self.text)
    }
}

/// Returns a line without what is in double braces, and that.
pub(super) fn split(line: &str) -> (String, Option<Feedback<'_>>) {
    match braces(line) {
        Some((before, inner, after)) => (format!("{before}{after}"), Some(Feedback::read(inner))),
        None => (line.to_owned(), None),
    }
}

fn braces(line: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = line.split_once("{{")?;
    let (inner, after) = rest.split_once("}}")?;
    Some((before, inner, after))
}

/// The feedback of a checkbox: one for when it is selected, one for when it is not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Selection<'t> {
    /// Shown when the checkbox is selected.
    pub(super) selected: Option<Feedback<'t>>,
    /// Shown when it is not.
    pub(super) unselected: Option<Feedback<'t>>,
}

/// Returns the text of a checkbox without its feedback, and that.
pub(super) fn split_selection(line: &str) -> (&str, Option<Selection<'_>>) {
    let Some((before, inner, _)) = braces(line) else { return (line, None) };
    let selection = Selection {
        selected: part(inner, &["selected", "s"]),
        unselected: part(inner, &["unselected", "u"]),
    };
    if selection == Selection::default() {
        return (line, None);
    }
    (before, Some(selection))
}

/// Returns the part that begins with one of the words and a colon, up to the brace that ends it.
fn part<'t>(inner: &'t str, words: &[&str]) -> Option<Feedback<'t>> {
    // Parts are separated as in `{ selected: a }, { unselected: b }`, of which the outer braces are gone.
    inner.split('}').find_map(|piece| {
        let piece = piece.trim_start_matches(|c: char| c.is_whitespace() || c == ',' || c == '{');
        let (word, text) = piece.split_once(':')?;
        let word = word.trim();
        words.iter().any(|known| word.eq_ignore_ascii_case(known)).then(|| Feedback::read(text))
    })
}

/// Reads the lines `{{ ((A B)) text }}` at the start of a text.
///
/// Returns their elements and how much of the text they take, newlines behind them included.
pub(super) fn compound(text: &str) -> (String, usize) {
    let mut elements = String::new();
    let mut taken = 0;
    while let Some((value, hint, length)) = compound_line(&text[taken..]) {
        let _ = writeln!(elements, "    <compoundhint value=\"{value}\">{hint}</compoundhint>");
        taken += length;
    }
    (elements, taken)
}

fn compound_line(text: &str) -> Option<(&str, &str, usize)> {
    let rest = text.trim_start().strip_prefix("{{")?.trim_start().strip_prefix("((")?;
    let (value, rest) = rest.split_once("))")?;
    let (hint, rest) = rest.split_once("}}")?;
    let behind = rest.trim_start_matches('\n');
    Some((value.trim(), hint.trim(), text.len() - behind.len()))
}

/// Joins the lines of whatever is in double braces.
pub(super) fn join_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inner, after)) = braces(rest) {
        out.push_str(before);
        let _ = write!(out, "{{{{{}}}}}", inner.replace('\n', " "));
        rest = after;
    }
    out.push_str(rest);
    out
}
