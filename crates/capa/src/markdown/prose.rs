//! Everything that is no answer: headings, labels, explanations, code and paragraphs.

use super::lines::lines;

/// Turns a line above a line of `==` into a heading.
pub(super) fn replace_headings(text: &str) -> String {
    let lines = lines(text);
    let is_rule = |line: &str| line.len() >= 2 && line.bytes().all(|byte| byte == b'=');
    let mut out = Vec::with_capacity(lines.len());
    let mut at = 0;
    while at < lines.len() {
        match lines.get(at + 1) {
            Some(next) if is_rule(next.text) => {
                out.push(format!("<h3 class=\"hd hd-2 problem-header\">{}</h3>", lines[at].text));
                at += 2;
            }
            _ => {
                out.push(lines[at].text.to_owned());
                at += 1;
            }
        }
    }
    out.join("\n")
}

/// Replaces `[name]…[name]` and `[name]…[/name]`, in which there is no other square bracket.
fn replace_tagged(text: &str, name: &str, render: impl Fn(&str) -> String) -> String {
    let open = format!("[{name}]");
    let close = format!("[/{name}]");
    // Only ASCII letters change, so that places in both texts are the same.
    let folded = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut written = 0;
    let mut from = 0;
    while let Some(found) = folded[from..].find(&open) {
        let start = from + found;
        let inner = start + open.len();
        let Some(length) = folded[inner..].find('[') else { break };
        let end = inner + length;
        let behind = [&open, &close].into_iter().find(|tag| folded[end..].starts_with(tag.as_str()));
        match behind {
            Some(tag) => {
                let body = &text[inner..end];
                out.push_str(&text[written..start]);
                out.push_str(&render(body.strip_prefix('\n').unwrap_or(body)));
                written = end + tag.len();
                from = written;
            }
            None => from = inner,
        }
    }
    out.push_str(&text[written..]);
    out
}

/// Replaces explanations by solutions.
pub(super) fn replace_explanations(text: &str) -> String {
    replace_tagged(text, "explanation", |body| {
        format!("<solution>\n<div class=\"detailed-solution\">\nExplanation\n\n{body}\n</div>\n</solution>")
    })
}

/// Replaces blocks of code.
pub(super) fn replace_code(text: &str) -> String {
    replace_tagged(text, "code", |body| format!("<pre><code>{body}</code></pre>"))
}

/// Replaces `>>label||description<<`.
pub(super) fn replace_labels(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once(">>") {
        let Some((inner, after)) = behind.split_once("<<") else { break };
        out.push_str(before);
        let mut parts = inner.split("||");
        let label = parts.next().unwrap_or_default();
        out += &format!("<label>{label}</label>\n");
        if let Some(description) = parts.next() {
            out += &format!("<description>{description}</description>\n");
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Elements whose text is no paragraph.
const NO_PARAGRAPHS: [&str; 4] = ["script", "pre", "label", "description"];

/// A tag of one of those elements.
struct Tag {
    start: usize,
    end: usize,
    closing: bool,
}

fn next_tag(text: &str, from: usize) -> Option<Tag> {
    let mut at = from;
    loop {
        let start = at + text[at..].find('<')?;
        let rest = &text[start + 1..];
        let name = rest.strip_prefix('/').unwrap_or(rest);
        if NO_PARAGRAPHS.iter().any(|known| name.starts_with(known)) {
            let length = rest.find(['>', '\n'])?;
            let end = start + 1 + length + 1;
            if rest[length..].starts_with('>') {
                return Some(Tag { start, end, closing: rest.starts_with('/') });
            }
            // No other tag of this line is closed either.
            at = end;
        } else {
            at = start + 1;
        }
    }
}

/// Wraps every line of text in a paragraph, except what begins with markup.
pub(super) fn wrap_paragraphs(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut at = 0;
    let mut inside = false;
    while let Some(tag) = next_tag(text, at) {
        push_paragraphs(&mut out, &text[at..tag.start], inside);
        out.push_str(&text[tag.start..tag.end]);
        inside = !tag.closing;
        at = tag.end;
    }
    push_paragraphs(&mut out, &text[at..], inside);
    out
}

fn push_paragraphs(out: &mut String, text: &str, verbatim: bool) {
    if verbatim {
        return out.push_str(text);
    }
    let lines = lines(text);
    // Whether the first character behind a line's start that is no white space opens a tag: it may be lines away.
    let mut opens = vec![false; lines.len() + 1];
    for (index, line) in lines.iter().enumerate().rev() {
        let first = line.text.trim_start().chars().next();
        opens[index] = first.map_or(opens[index + 1], |c| c == '<');
    }
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        if line.text.is_empty() || opens[index] {
            out.push_str(line.text);
        } else {
            out.push_str("<p>");
            out.push_str(line.text);
            out.push_str("</p>");
        }
    }
}
