//! Everything that is no answer.

use olx::{Element, Node};

use super::{Obstacle, Obstacles, codes};

/// Returns text as it stands in XML; what would open or close a label is written as a reference.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace(">>", "&gt;&gt;")
}

/// Returns an attribute value as it stands between double quotes.
pub(super) fn quoted(value: &str) -> String {
    escaped(value).replace('"', "&quot;")
}

/// Returns what is in an element on one line.
pub(super) fn inner<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> String {
    let mut out = String::new();
    for node in nodes {
        match node {
            Node::Element(element) => out += &outer(element),
            other => out += &escaped(other.as_text().unwrap_or_default()),
        }
    }
    one_line(&out)
}

/// Returns an element on one line.
fn outer(element: &Element) -> String {
    one_line(&element.outer_xml())
}

fn one_line(text: &str) -> String {
    let mut lines = text.split('\n');
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |mut out, line| {
        out.truncate(out.trim_end().len());
        out.push(' ');
        out + line.trim_start()
    })
}

/// Writes elements beside an answer, a blank line behind each.
pub(super) fn write(elements: &[&Element], obstacles: &mut Obstacles) -> String {
    let mut out = String::new();
    let mut at = 0;
    while let Some(element) = elements.get(at) {
        let next = elements.get(at + 1).filter(|next| element.name == "label" && next.name == "description");
        match (element.name.as_str(), next) {
            ("label", description) => {
                let description = description.map(|next| format!("||{}", inner(&next.children)));
                out += &format!(">>{}{}<<", inner(&element.children), description.unwrap_or_default());
            }
            ("solution", _) => out += &solution(element, obstacles),
            _ => out += &block(element),
        }
        out += "\n\n";
        at += if next.is_some() { 2 } else { 1 };
    }
    out
}

/// Returns an element that is a line, or some, of its own.
fn block(element: &Element) -> String {
    let text = inner(&element.children);
    let starts_with_text = !text.trim_start().starts_with('<') && !text.trim().is_empty();
    match element.name.as_str() {
        "p" if element.attributes.is_empty() && starts_with_text => text,
        "h3" if element.attr("class") == Some("hd hd-2 problem-header") && element.attributes.len() == 1 => {
            format!("{text}\n=====")
        }
        "pre" => code(element).unwrap_or_else(|| element.outer_xml()),
        _ => {
            let printed = element.outer_xml();
            let only_markup =
                printed.lines().all(|line| line.trim().is_empty() || line.trim().starts_with('<'));
            if only_markup { printed } else { one_line(&printed) }
        }
    }
}

fn code(pre: &Element) -> Option<String> {
    let mut elements = pre.child_elements();
    let code = elements.next().filter(|code| code.name == "code" && code.attributes.is_empty())?;
    if elements.next().is_some() || !pre.attributes.is_empty() {
        return None;
    }
    let text: String = code
        .children
        .iter()
        .map(|node| match node {
            Node::Element(element) => element.outer_xml(),
            other => escaped(other.as_text().unwrap_or_default()),
        })
        .collect();
    Some(format!("[code]\n{text}[code]"))
}

/// Writes a solution, which must be what the simple editor makes.
fn solution(solution: &Element, obstacles: &mut Obstacles) -> String {
    let mut elements = solution.child_elements();
    let (Some(detailed), None) = (elements.next(), elements.next()) else {
        obstacles.push(Obstacle::element(solution));
        return String::new();
    };
    let mut body = detailed.child_elements();
    if body.next().is_none_or(|title| title.name != "p" || title.text_content().trim() != "Explanation") {
        let message = "a solution begins with a paragraph `Explanation`";
        obstacles.push(Obstacle::new(codes::ELEMENT, detailed, message));
    }
    let lines: String = body.map(|element| block(element) + "\n").collect();
    format!("[explanation]\n{lines}[explanation]")
}

/// Writes hints, one a line.
pub(super) fn demand_hints(hints: &Element, obstacles: &mut Obstacles) -> String {
    let mut out = String::new();
    for hint in hints.child_elements() {
        if hint.name == "hint" && hint.attributes.is_empty() {
            out += &format!("||{}||\n", inner(&hint.children).trim());
        } else {
            obstacles.push(Obstacle::element(hint));
        }
    }
    out
}

/// Reports every attribute of an element that is not among the known ones.
pub(super) fn only_attributes(element: &Element, known: &[&str], obstacles: &mut Obstacles) {
    for attribute in &element.attributes {
        if !known.contains(&attribute.name.as_str()) {
            let message = format!("the attribute {} cannot be written", attribute.name);
            obstacles.push(Obstacle::new(codes::ATTRIBUTE, element, message));
        }
    }
}

/// Returns a feedback as it stands in double braces.
pub(super) fn feedback(hint: &Element) -> String {
    let label = hint.attr("label").map(|label| format!("{}:: ", quoted(label))).unwrap_or_default();
    format!("{label}{}", inner(&hint.children).trim())
}
