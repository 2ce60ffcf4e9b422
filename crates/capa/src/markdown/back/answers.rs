//! Answers to type.

use olx::Element;

use super::super::answers::is_numerical;
use super::prose::{feedback, only_attributes, quoted};
use super::{Obstacle, Obstacles, codes};

fn braces(hint: &Element) -> String {
    format!(" {{{{{}}}}}", feedback(hint))
}

/// What a response says beside its answer.
#[derive(Default)]
struct Parts {
    /// The feedback for the answer, in braces.
    hint: String,
    /// The `or=` and `not=` lines.
    others: String,
    tolerance: Option<String>,
}

/// Reads the elements of a response; `input` is the one it must have.
fn parts(response: &Element, core: &[&Element], input: &str, obstacles: &mut Obstacles) -> Parts {
    let mut parts = Parts::default();
    let mut inputs = 0;
    for element in core {
        match element.name.as_str() {
            "correcthint" if parts.hint.is_empty() => {
                only_attributes(element, &["label"], obstacles);
                parts.hint = braces(element);
            }
            "additional_answer" => {
                only_attributes(element, &["answer"], obstacles);
                parts.others += &format!("or= {}", quoted(element.attr("answer").unwrap_or_default()));
                let mut hints = element.child_elements();
                if let Some(hint) = hints.next() {
                    only_attributes(hint, &["label"], obstacles);
                    parts.others += &braces(hint);
                }
                obstacles.extend(hints.map(Obstacle::element));
                parts.others.push('\n');
            }
            "stringequalhint" => {
                only_attributes(element, &["answer", "label"], obstacles);
                let hint = if element.children.is_empty() { String::new() } else { braces(element) };
                let answer = quoted(element.attr("answer").unwrap_or_default());
                parts.others += &format!("not= {answer}{hint}\n");
            }
            "responseparam" if parts.tolerance.is_none() && element.attr("type") == Some("tolerance") => {
                only_attributes(element, &["type", "default"], obstacles);
                parts.tolerance = Some(quoted(element.attr("default").unwrap_or_default()));
            }
            name if name == input => {
                inputs += 1;
                only_attributes(element, if input == "textline" { &["size"] } else { &[] }, obstacles);
            }
            _ => obstacles.push(Obstacle::element(element)),
        }
    }
    if inputs != 1 {
        let message = format!("<{}> must have one <{input}>", response.name);
        obstacles.push(Obstacle::new(codes::ELEMENT, response, message));
    }
    parts
}

pub(super) fn numerical(response: &Element, core: &[&Element], obstacles: &mut Obstacles) -> String {
    only_attributes(response, &["answer"], obstacles);
    let Parts { hint, others, tolerance } = parts(response, core, "formulaequationinput", obstacles);
    let answer = quoted(response.attr("answer").unwrap_or_default());
    let tolerance = tolerance.map(|tolerance| format!(" +- {tolerance}")).unwrap_or_default();
    format!("= {answer}{tolerance}{hint}\n{others}")
}

pub(super) fn string(response: &Element, core: &[&Element], obstacles: &mut Obstacles) -> String {
    only_attributes(response, &["answer", "type"], obstacles);
    let Parts { hint, others, .. } = parts(response, core, "textline", obstacles);
    let answer = quoted(response.attr("answer").unwrap_or_default());
    let kind = response.attr("type").unwrap_or_default();
    let expression = if kind == "ci regexp" { "|" } else { "" };
    let text = format!("{expression}{answer}");
    let forced = if is_numerical(&format!("{text}{hint}")) || is_numerical(&text) { "s" } else { "" };
    format!("{forced}= {text}{hint}\n{others}")
}
