//! Dropdowns: `[[a, (b)]]` on one line, or an option a line.

use super::feedback;

/// Replaces what is in double square brackets.
pub(super) fn replace(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inner, after)) = brackets(rest) {
        out.push_str(before);
        let input = if inner.contains('\n') { lines(inner) } else { inline(inner) };
        out += &format!("\n<optionresponse>\n{input}</optionresponse>");
        rest = after;
    }
    out.push_str(rest);
    out
}

fn brackets(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("[[")?;
    // The shortest content is one character, whatever it is.
    let first = rest.chars().next()?.len_utf8();
    let end = first + rest[first..].find("]]")?;
    Some((before, &rest[..end], &rest[end + 2..]))
}

/// Returns the text of an option, and whether it stood in parentheses.
fn option(text: &str) -> (&str, bool) {
    let text = text.trim();
    match text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        Some(inner) => (inner, true),
        None => (text, false),
    }
}

fn inline(inner: &str) -> String {
    let mut correct = "";
    let mut options = Vec::new();
    for (text, is_correct) in inner.split(',').map(option) {
        if is_correct && correct.is_empty() {
            correct = text;
        }
        options.push(format!("'{text}'"));
    }
    format!("  <optioninput options=\"({})\" correct=\"{correct}\"></optioninput>\n", options.join(","))
}

fn lines(inner: &str) -> String {
    let mut options = String::new();
    for line in inner.split('\n').filter(|line| !line.trim().is_empty()) {
        let (text, feedback) = feedback::split(line);
        let (text, correct) = option(&text);
        let correct = if correct { "True" } else { "False" };
        let hint = feedback.map(|hint| format!(" {}", hint.element("optionhint", ""))).unwrap_or_default();
        options += &format!("    <option correct=\"{correct}\">{text}{hint}</option>\n");
    }
    format!("  <optioninput>\n{options}  </optioninput>\n")
}
