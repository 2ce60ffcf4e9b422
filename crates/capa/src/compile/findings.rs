//! What an author wrote that loads but does not do what it seems to say.
//!
//! One function a rule, each told about one element; they read the tree and nothing else, so that grading need not know
//! of them.

use std::collections::BTreeSet;

use olx::{Element, Position};

use crate::inputs::{ChoiceNaming, OptionInput, choices_of, correct_option, input_tag};
use crate::markup::stored_inner_xml;
use crate::problem::Fault;
use crate::python::{Pattern, PatternError, parse_float, strip};
use crate::responses::{ResponseKind, compound_id, kind_of};
use crate::vars::{NAMES, mentions_variable};

/// Findings told about one problem, at most.
const MAX_FINDINGS: usize = 100;

/// Collects what an author should look at, in document order. Without a script, `$name` stands for nothing but the few
/// names every problem has.
pub(super) fn findings(root: &Element, scripted: bool) -> Vec<Fault> {
    let mut findings = Findings { found: Vec::new(), scripted };
    for element in root.descendants() {
        if let Some(kind) = kind_of(&element.name) {
            findings.response(kind, element);
        }
        findings.hint(element);
        if findings.found.len() >= MAX_FINDINGS {
            findings.found.truncate(MAX_FINDINGS);
            break;
        }
    }
    findings.found
}

struct Findings {
    found: Vec<Fault>,
    scripted: bool,
}

impl Findings {
    fn report(&mut self, code: &'static str, position: Position, message: impl Into<String>) {
        self.found.push(Fault { code, message: message.into(), position });
    }

    fn response(&mut self, kind: &ResponseKind, response: &Element) {
        let inputs: Vec<&Element> =
            response.descendants().filter(|element| input_tag(&element.name).is_some()).collect();
        if inputs.is_empty() {
            let message = format!("<{}> has no input, so there is nothing to answer", kind.tag);
            self.report("response_without_input", response.position, message);
        }
        self.partial_credit(kind.tag, response);
        self.points(kind.tag, response, &inputs);
        self.variables(response);
        match kind.tag {
            "multiplechoiceresponse" | "truefalseresponse" | "choiceresponse" => {
                inputs.iter().for_each(|input| self.choices(kind.tag, input));
            }
            "optionresponse" => inputs.iter().for_each(|input| self.options(input)),
            "numericalresponse" => self.tolerance(response),
            "stringresponse" => self.patterns(response),
            _ => {}
        }
        self.hint_group(response);
    }

    fn choices(&mut self, tag: &str, group: &Element) {
        let checkboxes = tag == "choiceresponse";
        let naming = if checkboxes { ChoiceNaming::Numbered } else { ChoiceNaming::ByName };
        let choices = choices_of(group, naming);
        let right = |choice: &Element| {
            choice.attr("correct").is_some_and(|text| text.contains('$') || text.eq_ignore_ascii_case("true"))
        };
        if !choices.iter().any(|(_, choice)| right(choice)) {
            let message = "no choice is marked correct=\"true\", so no answer is right";
            self.report("no_correct_choice", group.position, message);
        }
        let mut names = BTreeSet::new();
        for (name, choice) in &choices {
            if !names.insert(name) {
                let message = format!("another choice is called {name} too; they cannot be told apart");
                self.report("choice_name_repeated", choice.position, message);
            }
        }
        if checkboxes {
            self.checkbox_hints(group, &choices);
        }
    }

    fn checkbox_hints(&mut self, group: &Element, choices: &[(String, &Element)]) {
        for (_, choice) in choices {
            for hint in choice.child_elements().filter(|child| child.name == "choicehint") {
                let selected = hint.attr("selected").unwrap_or_default().to_lowercase();
                if !matches!(selected.as_str(), "true" | "false") {
                    let message =
                        "a <choicehint> of a checkbox needs selected=\"true\" or selected=\"false\"";
                    self.report("hint_never_shown", hint.position, message);
                }
            }
        }
        let ids: BTreeSet<String> =
            choices.iter().enumerate().map(|(at, (_, choice))| compound_id(choice, at)).collect();
        for hint in group.descendants().filter(|element| element.name == "compoundhint") {
            let value = hint.attr("value").unwrap_or_default().to_uppercase();
            if let Some(unknown) = value.split_whitespace().find(|id| !ids.contains(*id)) {
                let message = format!("no choice has the id {unknown} that this <compoundhint> asks for");
                self.report("hint_never_shown", hint.position, message);
            }
        }
    }

    fn options(&mut self, input: &Element) {
        let (Ok(dropdown), Ok(correct)) = (OptionInput::compile(input), correct_option(input)) else {
            return;
        };
        match correct {
            None => {
                let message = "no option is marked as correct, so no answer is right";
                self.report("no_correct_choice", input.position, message);
            }
            Some(correct) if correct.contains('$') => {}
            Some(correct) if dropdown.options.iter().all(|option| option.raw() != correct) => {
                let message = format!("the correct answer {correct:?} is not one of the options");
                self.report("answer_not_offered", input.position, message);
            }
            Some(_) => {}
        }
    }

    fn partial_credit(&mut self, tag: &str, response: &Element) {
        let Some(credit) = response.attr("partial_credit").filter(|text| *text != "false") else { return };
        let (known, several): (&[&str], bool) = match tag {
            "multiplechoiceresponse" => (&["points"], false),
            "choiceresponse" => (&["edc", "halves"], false),
            "numericalresponse" => (&["list", "close"], true),
            "customresponse" => return,
            _ => (&[], false),
        };
        let kinds: Vec<String> = credit.split(',').map(|kind| strip(kind).to_lowercase()).collect();
        let unknown = kinds.iter().any(|kind| kind != "false" && !known.contains(&kind.as_str()));
        if unknown || (kinds.len() > 1 && !several) {
            let message = match known {
                [] => format!("<{tag}> gives no partial credit"),
                known => format!("partial_credit={credit:?} is none of: {}", known.join(", ")),
            };
            self.report("partial_credit_unknown", response.position, message);
        }
        let answers = response.child_elements().any(|child| child.attr("partial_answers").is_some());
        if tag == "numericalresponse" && kinds.iter().any(|kind| kind == "list") && !answers {
            let message = "partial_credit=\"list\" needs <responseparam partial_answers=\"…\"/>";
            self.report("partial_answers_missing", response.position, message);
        }
    }

    /// Points that a right answer does not earn (capa §5).
    fn points(&mut self, tag: &str, response: &Element, inputs: &[&Element]) {
        let halves = response
            .attr("partial_credit")
            .is_some_and(|credit| tag == "choiceresponse" && strip(credit).eq_ignore_ascii_case("halves"));
        let all_or_one = matches!(
            tag,
            "multiplechoiceresponse"
                | "truefalseresponse"
                | "choiceresponse"
                | "optionresponse"
                | "numericalresponse"
                | "stringresponse"
                | "formularesponse"
        );
        if !all_or_one || halves {
            return;
        }
        for input in inputs {
            if let Some(points) = input.attr("points").filter(|text| parse_float(text) > Some(1.0)) {
                let message = format!(
                    "points={points:?} can be lost but not earned: a right answer here counts for 1 point; use the \
                     weight of the problem instead"
                );
                self.report("points_out_of_reach", input.position, message);
            }
        }
    }

    fn tolerance(&mut self, response: &Element) {
        let mut params = response.descendants().filter(|element| element.name == "responseparam");
        let Some(param) = params.find(|param| param.attr("type") == Some("tolerance")) else { return };
        let text = strip(param.attr("default").unwrap_or_default());
        let number = text.strip_suffix('%').unwrap_or(text);
        if !text.contains('$') && !text.is_empty() && parse_float(number).is_none() {
            let message = format!("the tolerance {text:?} is not a number, with or without a percent sign");
            self.report("tolerance_unreadable", param.position, message);
        }
    }

    fn patterns(&mut self, response: &Element) {
        let is_pattern = |element: &Element| {
            let kinds = element.attr("type").unwrap_or_default().to_lowercase();
            kinds.split(' ').any(|kind| kind == "regexp")
        };
        let answer = response.attr("answer").unwrap_or_default();
        let legacy = answer.to_lowercase().contains("_or_");
        let all = is_pattern(response) && !legacy;
        for element in with_inside(response) {
            let pattern = match element.name.as_str() {
                "stringresponse" | "additional_answer" => all,
                "stringhint" => (all && element.attr("type").is_none()) || is_pattern(element),
                "regexphint" => true,
                _ => false,
            };
            if let Some(text) = element.attr("answer").filter(|text| pattern && !mentions_variable(text)) {
                self.pattern(element, strip(text));
            }
        }
        if legacy && let Some(other) = response.find("additional_answer") {
            let message = "an answer with _or_ in it is a list of its own; additional answers are ignored";
            self.report("answer_ignored", other.position, message);
        }
    }

    fn pattern(&mut self, element: &Element, text: &str) {
        match Pattern::compile(&format!("^{text}$"), false) {
            Ok(_) => {}
            Err(PatternError::Invalid(reason)) => {
                let message = format!("the regular expression {text:.200?} cannot be read: {reason}");
                self.report("regex_invalid", element.position, message);
            }
            Err(PatternError::Unsupported(reason)) => {
                let message = format!("the regular expression {text:.200?} cannot be used here: {reason}");
                self.report("regex_unsupported", element.position, message);
            }
        }
    }

    fn hint(&mut self, element: &Element) {
        let is_hint = matches!(
            element.name.as_str(),
            "choicehint"
                | "optionhint"
                | "correcthint"
                | "stringequalhint"
                | "regexphint"
                | "compoundhint"
                | "hint"
        );
        if is_hint && stored_inner_xml(element).is_empty() {
            self.report("hint_without_text", element.position, format!("<{}> says nothing", element.name));
        }
    }

    fn hint_group(&mut self, response: &Element) {
        let Some(group) = response.find("hintgroup").filter(|group| group.attr("hintfn").is_none()) else {
            return;
        };
        let conditions = |element: &&Element| matches!(element.name.as_str(), "stringhint" | "formulahint");
        let names: BTreeSet<&str> =
            group.descendants().filter(conditions).filter_map(|condition| condition.attr("name")).collect();
        for part in group.descendants().filter(|element| element.name == "hintpart") {
            let on = part.attr("on").unwrap_or_default();
            if !names.contains(on) && !on.contains('$') {
                let message =
                    format!("nothing in this <hintgroup> is called {on:?}, which this <hintpart> waits for");
                self.report("hint_never_shown", part.position, message);
            }
        }
    }

    /// Names in answers that nothing defines.
    fn variables(&mut self, response: &Element) {
        if self.scripted {
            return;
        }
        for element in with_inside(response) {
            for attribute in &element.attributes {
                let expression = matches!(attribute.name.as_str(), "samples" | "default" | "partial_answers")
                    || (attribute.name == "answer"
                        && matches!(element.name.as_str(), "numericalresponse" | "formularesponse"));
                let whole = matches!(attribute.name.as_str(), "answer" | "correct" | "expect");
                let text = &*attribute.value;
                if (expression || (whole && is_reference(text))) && mentions_unknown(text) {
                    let message = format!(
                        "{}={text:.200?} mentions a variable, but the problem has no script that defines one",
                        attribute.name
                    );
                    self.report("variable_undefined", element.position, message);
                }
            }
        }
    }
}

fn with_inside(element: &Element) -> impl Iterator<Item = &Element> {
    std::iter::once(element).chain(element.descendants())
}

/// Returns whether the text has a `$name` in it that no problem has by itself.
fn mentions_unknown(text: &str) -> bool {
    let known = |rest: &str| {
        NAMES.iter().any(|name| name.strip_prefix('$').is_some_and(|name| rest.starts_with(name)))
    };
    let named = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    text.split('$').skip(1).any(|rest| named(rest) && !known(rest))
}

/// Returns whether the text is one `$name`.
fn is_reference(text: &str) -> bool {
    strip(text)
        .strip_prefix('$')
        .is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}
