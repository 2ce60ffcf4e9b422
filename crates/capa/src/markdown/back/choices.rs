//! Choices and dropdowns.

use olx::{Element, Node};

use super::prose::{feedback, inner, only_attributes, quoted};
use super::{Obstacle, Obstacles, codes};

/// Returns the only core element of a response.
fn input<'e>(
    response: &Element,
    core: &[&'e Element],
    name: &str,
    obstacles: &mut Obstacles,
) -> Option<&'e Element> {
    only_attributes(response, &[], obstacles);
    match core {
        [input] if input.name == name => return Some(input),
        _ => obstacles.push(Obstacle::new(
            codes::ELEMENT,
            response,
            format!("<{}> must have one <{name}>", response.name),
        )),
    }
    None
}

fn is_true(value: Option<&str>) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Returns what is in a choice or an option beside its hints; only in front of a hint is space of no account.
fn content(element: &Element, hint: &str) -> String {
    let is_hint = |node: &&Node| node.as_element().is_some_and(|child| child.name == hint);
    let text = inner(element.children.iter().filter(|node| !is_hint(node)));
    let text = if element.find(hint).is_some() { text.trim_end() } else { &text };
    text.trim_start().to_owned()
}

/// Returns the only hint of a choice or an option as it stands behind it.
fn only_hint(element: &Element, name: &str, obstacles: &mut Obstacles) -> String {
    let mut hints = element.child_elements().filter(|child| child.name == name);
    let first = hints.next();
    obstacles.extend(hints.map(Obstacle::element));
    let Some(hint) = first else { return String::new() };
    only_attributes(hint, &["label"], obstacles);
    format!(" {{{{{}}}}}", feedback(hint))
}

pub(super) fn multiple_choice(response: &Element, core: &[&Element], obstacles: &mut Obstacles) -> String {
    let Some(group) = input(response, core, "choicegroup", obstacles) else { return String::new() };
    only_attributes(group, &["type", "shuffle"], obstacles);
    let mut shuffle = if is_true(group.attr("shuffle")) { "!" } else { "" };
    let mut out = String::new();
    for choice in group.child_elements() {
        if choice.name != "choice" {
            obstacles.push(Obstacle::element(choice));
            continue;
        }
        only_attributes(choice, &["correct", "fixed"], obstacles);
        let fixed = if is_true(choice.attr("fixed")) { "@" } else { "" };
        let correct = if is_true(choice.attr("correct")) { "x" } else { "" };
        let marks = format!("{shuffle}{fixed}{correct}");
        let marks = if marks.is_empty() { " " } else { &marks };
        shuffle = "";
        let hint = only_hint(choice, "choicehint", obstacles);
        out += &format!("({marks}) {}{hint}\n", content(choice, "choicehint"));
    }
    out
}

pub(super) fn checkboxes(response: &Element, core: &[&Element], obstacles: &mut Obstacles) -> String {
    let Some(group) = input(response, core, "checkboxgroup", obstacles) else { return String::new() };
    only_attributes(group, &[], obstacles);
    let mut out = String::new();
    for choice in group.child_elements() {
        match choice.name.as_str() {
            "choice" => {
                only_attributes(choice, &["correct"], obstacles);
                let mark = if is_true(choice.attr("correct")) { 'x' } else { ' ' };
                let hints = selection(choice, obstacles);
                out += &format!("[{mark}] {}{hints}\n", content(choice, "choicehint"));
            }
            "compoundhint" => {
                only_attributes(choice, &["value"], obstacles);
                let value = quoted(choice.attr("value").unwrap_or_default());
                out += &format!("{{{{ (({value})) {} }}}}\n", inner(&choice.children).trim());
            }
            _ => obstacles.push(Obstacle::element(choice)),
        }
    }
    out
}

/// Returns the hints of a checkbox.
fn selection(choice: &Element, obstacles: &mut Obstacles) -> String {
    let mut parts = Vec::new();
    for hint in choice.child_elements().filter(|child| child.name == "choicehint") {
        only_attributes(hint, &["selected", "label"], obstacles);
        let word = if is_true(hint.attr("selected")) { "selected" } else { "unselected" };
        parts.push(format!("{{ {word}: {} }}", feedback(hint)));
    }
    if parts.is_empty() { String::new() } else { format!(" {{{}}}", parts.join(", ")) }
}

pub(super) fn dropdown(response: &Element, core: &[&Element], obstacles: &mut Obstacles) -> String {
    let Some(input) = input(response, core, "optioninput", obstacles) else { return String::new() };
    if input.child_elements().next().is_none() {
        return inline(input, obstacles);
    }
    only_attributes(input, &[], obstacles);
    let mut out = "[[\n".to_owned();
    for option in input.child_elements() {
        if option.name != "option" {
            obstacles.push(Obstacle::element(option));
            continue;
        }
        only_attributes(option, &["correct"], obstacles);
        let hint = only_hint(option, "optionhint", obstacles);
        let text = content(option, "optionhint");
        let text = if is_true(option.attr("correct")) { format!("({text})") } else { text };
        out += &format!("{text}{hint}\n");
    }
    out + "]]\n"
}

/// Writes a dropdown whose options stand in an attribute.
fn inline(input: &Element, obstacles: &mut Obstacles) -> String {
    only_attributes(input, &["options", "correct"], obstacles);
    let correct = input.attr("correct").unwrap_or_default();
    let options = input.attr("options").unwrap_or_default();
    let Some(options) = options.strip_prefix("('").and_then(|options| options.strip_suffix("')")) else {
        let message = "options must be written as ('a','b')";
        obstacles.push(Obstacle::new(codes::ATTRIBUTE, input, message));
        return String::new();
    };
    // An option that looks like the correct one before it is not marked: only the first mark counts.
    let mut marked = false;
    let mut written = Vec::new();
    for option in options.split("','") {
        let mark = !marked && option == correct;
        marked |= mark;
        written.push(if mark { format!("({})", quoted(option)) } else { quoted(option) });
    }
    format!("[[{}]]\n", written.join(", "))
}
