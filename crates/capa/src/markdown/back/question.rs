//! A question: the elements around an answer, and the answer.

use olx::Element;

use super::super::gather::RESPONSES;
use super::{Obstacle, Obstacles, answers, choices, prose};

/// Elements of a response that belong to the answer itself.
const CORE: [&str; 9] = [
    "choicegroup",
    "checkboxgroup",
    "optioninput",
    "textline",
    "formulaequationinput",
    "responseparam",
    "additional_answer",
    "stringequalhint",
    "correcthint",
];

fn is_core(element: &Element) -> bool {
    CORE.contains(&element.name.as_str())
}

/// Says whether a response holds nothing but the answer; nothing if the element is no response.
pub(super) fn is_plain(element: &Element) -> Option<bool> {
    RESPONSES.contains(&element.name.as_str()).then(|| element.child_elements().all(is_core))
}

/// Writes elements that belong together.
pub(super) fn write(elements: &[&Element], obstacles: &mut Obstacles) -> String {
    let mut out = String::new();
    let runs = elements.chunk_by(|left, right| is_plain(left).is_none() && is_plain(right).is_none());
    for run in runs {
        match run {
            [response] if is_plain(response).is_some() => out += &response_text(response, obstacles),
            around => {
                for element in around.iter().filter(|element| element.name.ends_with("response")) {
                    obstacles.push(Obstacle::element(element));
                }
                out += &prose::write(around, obstacles);
            }
        }
    }
    // One newline behind the last line, where there may be blank lines.
    out.truncate(out.trim_end_matches('\n').len());
    out + "\n"
}

/// Writes a response with everything in it.
fn response_text(response: &Element, obstacles: &mut Obstacles) -> String {
    let children: Vec<&Element> = response.child_elements().collect();
    let first = children.iter().position(|child| is_core(child)).unwrap_or(children.len());
    let last = children.iter().rposition(|child| is_core(child)).map_or(first, |last| last + 1);
    let core = &children[first..last];
    for element in core.iter().filter(|element| !is_core(element)) {
        obstacles.push(Obstacle::element(element));
    }
    let before = prose::write(&children[..first], obstacles);
    let after = prose::write(&children[last..], obstacles);
    let answer = match response.name.as_str() {
        "multiplechoiceresponse" => choices::multiple_choice(response, core, obstacles),
        "choiceresponse" => choices::checkboxes(response, core, obstacles),
        "optionresponse" => choices::dropdown(response, core, obstacles),
        "numericalresponse" => answers::numerical(response, core, obstacles),
        _ => answers::string(response, core, obstacles),
    };
    format!("{before}{answer}\n{after}")
}
