//! Answers to type: `= 5 +- 0.1`, `= [1,5)`, `= text`, with `or=` and `not=` lines behind them.

use std::fmt::Write;

use super::feedback;
use super::lines::{Line, lines, skip_newlines};

/// An answer with the lines that belong to it.
struct Answer<'t> {
    /// What is behind the `=`.
    main: &'t str,
    /// Whether it is written `s=`, for a text that looks like a number.
    text: bool,
    /// The `or=` and `not=` lines.
    others: Vec<Other<'t>>,
}

/// A line below an answer.
enum Other<'t> {
    Or(&'t str),
    Not(&'t str),
}

/// Replaces the lines that begin with `=` or `s=` and what belongs to them.
pub(super) fn replace(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut written = 0;
    for line in lines(text) {
        if line.start < written {
            continue;
        }
        if let Some((answer, end)) = read(text, line) {
            out.push_str(&text[written..line.start]);
            out.push_str(&numerical(&answer).unwrap_or_else(|| string(&answer)));
            written = end;
        }
    }
    out.push_str(&text[written..]);
    out
}

/// Reads the answer that starts at a line; returns it and where it ends.
fn read<'t>(text: &'t str, line: Line<'t>) -> Option<(Answer<'t>, usize)> {
    let forced = line.text.strip_prefix("s=");
    let value = forced.or_else(|| line.text.strip_prefix('='))?;
    let (main, mut end) = value_at(text, line.end() - value.len());
    let mut others = Vec::new();
    loop {
        let next = skip_newlines(text, end);
        let rest = &text[next..];
        if next == end {
            break;
        }
        let value_start = |word: &str| next + word.len();
        if rest.starts_with("or=") {
            let (value, value_end) = value_at(text, value_start("or="));
            others.push(Other::Or(value));
            end = value_end;
        } else if rest.starts_with("not=") {
            let (value, value_end) = value_at(text, value_start("not="));
            others.push(Other::Not(value));
            end = value_end;
        } else {
            break;
        }
    }
    Some((Answer { main, text: forced.is_some(), others }, end))
}

/// Returns what stands behind white space up to the end of that line, and its end.
fn value_at(text: &str, at: usize) -> (&str, usize) {
    let start = text.len() - text[at..].trim_start().len();
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    (&text[start..end], end)
}

/// Returns a numerical problem, if the answer is a number, a range or an expression of numbers.
fn numerical(answer: &Answer<'_>) -> Option<String> {
    if answer.text {
        return None;
    }
    let (value, hint) = answer_and_hint(answer.main);
    let (expected, tolerance) = match value.split_once("+-") {
        // A range is one only without feedback.
        _ if is_range(answer.main) => (value.clone(), None),
        _ if !is_expression(&value) => return None,
        Some((expected, tolerance)) => (without_space(expected), Some(tolerance.trim_start())),
        None => (without_space(&value), None),
    };
    let mut out = format!("<numericalresponse answer=\"{expected}\">\n");
    if let Some(tolerance) = tolerance {
        let _ = writeln!(out, "  <responseparam type=\"tolerance\" default=\"{tolerance}\" />");
    }
    for other in &answer.others {
        if let Other::Or(value) = other {
            let (value, hint) = feedback::split(value);
            if is_number(value.trim()) {
                out += &additional_answer(value.trim(), hint.as_ref());
            }
        }
    }
    out += "  <formulaequationinput />\n";
    if let Some(hint) = hint {
        let _ = writeln!(out, "  {}", hint.element("correcthint", ""));
    }
    Some(out + "</numericalresponse>")
}

fn without_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn is_range(value: &str) -> bool {
    value.starts_with(['[', '(']) && value.ends_with([']', ')'])
}

/// Says whether an answer is one for a numerical problem, were it not written with `s=`.
pub(super) fn is_numerical(value: &str) -> bool {
    is_range(value) || is_expression(value)
}

/// Says whether a text begins with a number and is made of numbers, operators and a tolerance.
fn is_expression(value: &str) -> bool {
    let number = value.trim_start().trim_start_matches(['-', '+']);
    let begins = number.trim_start_matches('.').starts_with(|c: char| c.is_ascii_digit());
    begins && value.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "+-*/^().eE%".contains(c))
}

/// Says whether a text is one decimal number; other answers are no alternatives of a number.
fn is_number(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

fn additional_answer(value: &str, hint: Option<&feedback::Feedback<'_>>) -> String {
    let hint = hint.map(|hint| hint.element("correcthint", "")).unwrap_or_default();
    format!("  <additional_answer answer=\"{value}\">{hint}</additional_answer>\n")
}

fn string(answer: &Answer<'_>) -> String {
    let (value, hint) = answer_and_hint(answer.main);
    let (value, kind) = match value.strip_prefix('|') {
        Some(expression) => (expression.trim(), "ci regexp"),
        None => (value.as_str(), "ci"),
    };
    let mut out = format!("<stringresponse answer=\"{value}\" type=\"{kind}\" >\n");
    if let Some(hint) = hint {
        let _ = writeln!(out, "  {}", hint.element("correcthint", ""));
    }
    for other in &answer.others {
        match other {
            Other::Or(value) => {
                let (value, hint) = answer_and_hint(value);
                out += &additional_answer(&value, hint.as_ref());
            }
            Other::Not(value) => {
                let (value, hint) = answer_and_hint(value);
                let attributes = format!(" answer=\"{value}\"");
                let element = match hint {
                    Some(hint) => hint.element("stringequalhint", &attributes),
                    None => format!("<stringequalhint{attributes}></stringequalhint>"),
                };
                let _ = writeln!(out, "  {element}");
            }
        }
    }
    out + "  <textline size=\"20\"/>\n</stringresponse>"
}

/// Returns an answer without its feedback, and that; white space around it counts only where there is none.
fn answer_and_hint(text: &str) -> (String, Option<feedback::Feedback<'_>>) {
    match feedback::split(text) {
        (value, Some(hint)) => (value.trim().to_owned(), Some(hint)),
        (value, None) => (value, None),
    }
}
