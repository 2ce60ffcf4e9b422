//! The walk that turns elements into parts (capa §8.1).

use std::collections::{BTreeMap, BTreeSet};

use olx::{Element, Node};

use super::Compiler;
use super::label::{self, Taken};
use super::solution::tail;
use super::units::Prepared;
use crate::CapaError;
use crate::inputs::input_tag;
use crate::markup::{
    is_hidden_hint, is_raw_text, is_void, push_attribute_value, push_end_tag, push_html, push_raw_text,
    push_start_tag, push_text, push_void, stored_inner_xml,
};
use crate::problem::Part;
use crate::responses::{ResponseKind, kind_of};
use crate::vars::Template;

/// Elements that are removed with their content.
const REMOVED: [&str; 7] = [
    "additional_answer",
    "codeparam",
    "responseparam",
    "answer",
    "hintgroup",
    "openendedparam",
    "openendedrubric",
];

/// The response whose inside is being walked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Current {
    unit: usize,
    /// Whether its inputs are shown.
    shown: bool,
    next_input: usize,
}

/// What to do with a direct child of a response instead of walking it.
#[derive(Debug, Clone, Copy)]
enum Direct {
    Skip,
    GroupLabel,
    GroupDescription(usize),
}

/// What the siblings at one level mean for one another.
#[derive(Default)]
struct Level {
    /// Direct children of a response with a special meaning.
    direct: BTreeMap<usize, Direct>,
    /// Labels that moved into an input.
    taken: BTreeSet<usize>,
    /// Solution sets and the units whose pool rules them.
    solution_sets: BTreeMap<usize, Vec<usize>>,
    /// Feedback sets and what they are for.
    feedback_sets: BTreeMap<usize, FeedbackFor>,
    /// Solutions that move into a feedback set, directly or inside a solution set.
    moving: BTreeMap<usize, Moving>,
}

#[derive(Clone)]
struct FeedbackFor {
    unit: usize,
    always: bool,
    /// The `explanation-id` of the last right choice.
    right: Option<String>,
}

/// A solution that moves when the problem is done.
#[derive(Debug, Clone)]
pub(super) struct Moving {
    pub(super) unit: usize,
    /// In a solution set, the id of the one that moves.
    pub(super) explanation_id: Option<String>,
}

impl Compiler<'_> {
    /// Walks the children of an ordinary element.
    pub(super) fn children(&mut self, parent: &Element) -> Result<(), CapaError> {
        self.nodes(&parent.children, 0, Level::default())
    }

    /// Walks nodes from `start`. Text after a comment is dropped up to the next element.
    fn nodes(&mut self, nodes: &[Node], start: usize, mut level: Level) -> Result<(), CapaError> {
        self.take_labels(nodes, &mut level);
        let mut after_comment = false;
        for (index, node) in nodes.iter().enumerate().skip(start) {
            match node {
                Node::Text(text) | Node::CData(text) => {
                    if !after_comment {
                        push_text(&mut self.html, text);
                    }
                }
                Node::Comment(_) | Node::Pi(_) => after_comment = true,
                Node::Element(element) => {
                    after_comment = false;
                    self.sibling(nodes, index, element, &mut level)?;
                }
            }
        }
        Ok(())
    }

    /// Finds the labels before responses, which are shown inside the inputs.
    fn take_labels(&self, nodes: &[Node], level: &mut Level) {
        if self.current.is_some() {
            return;
        }
        for (index, node) in nodes.iter().enumerate() {
            let Some(element) = node.as_element() else { continue };
            if kind_of(&element.name).is_none_or(|kind| self.refusal(kind, element).is_some()) {
                continue;
            }
            let mut inputs = element.descendants().filter(|element| input_tag(&element.name).is_some());
            let (Some(input), None) = (inputs.next(), inputs.next()) else { continue };
            if let Some((previous, before)) = previous_element(nodes, index)
                && label::find(element, Some(before), input).taken == Taken::Previous
            {
                level.taken.insert(previous);
            }
        }
    }

    fn sibling(
        &mut self,
        nodes: &[Node],
        index: usize,
        element: &Element,
        level: &mut Level,
    ) -> Result<(), CapaError> {
        if level.taken.contains(&index) {
            return Ok(());
        }
        if let (Some(direct), Some(current)) = (level.direct.get(&index), self.current) {
            match *direct {
                Direct::Skip => {}
                Direct::GroupLabel => self.push(Part::GroupLabel(current.unit)),
                Direct::GroupDescription(at) => self.push(Part::GroupDescription(current.unit, at)),
            }
            return Ok(());
        }
        if let Some(kind) = kind_of(&element.name) {
            let unit = self.units.len();
            let previous = previous_element(nodes, index).map(|(_, element)| element);
            self.response(kind, element, previous)?;
            if self.units[unit].response.is_some() {
                claim_sets(unit, element, nodes, index, level);
            }
            return Ok(());
        }
        if let Some(set) = level.feedback_sets.remove(&index) {
            return self.feedback_set(&set, element, nodes, index, level);
        }
        let pools = level.solution_sets.remove(&index).unwrap_or_else(|| self.pools.clone());
        let outer_pools = std::mem::replace(&mut self.pools, pools);
        let moving = level.moving.remove(&index).or_else(|| self.moving.clone());
        let outer_moving = std::mem::replace(&mut self.moving, moving);
        let result = if element.name == "solution" {
            self.solution(element, &tail(nodes, index));
            Ok(())
        } else {
            self.element(element)
        };
        self.pools = outer_pools;
        self.moving = outer_moving;
        result
    }

    fn element(&mut self, element: &Element) -> Result<(), CapaError> {
        let name = element.name.as_str();
        if REMOVED.contains(&name) || is_hidden_hint(element) {
            return Ok(());
        }
        if input_tag(name).is_some() {
            return self.input(name);
        }
        match name {
            "script" if !element.attr("type").is_some_and(|kind| kind.contains("javascript")) => {}
            "problem" => return self.renamed("div", element),
            "text" => return self.renamed("span", element),
            "math" => {
                let mut html = String::new();
                push_text(&mut html, &mark_math(&element.text()));
                let part = Part::Math(Template::new(self.hooks.html(html)));
                self.push(part);
            }
            "clarification" => self.clarification(element),
            "solution" => self.solution(element, ""),
            "targetedfeedback" => {
                self.html.push_str("<section class=\"targeted-feedback-span\"><span>");
                push_html(&mut self.html, element);
                self.html.push_str("</span></section>");
            }
            _ if is_void(name) => {
                push_void(&mut self.html, element);
                return self.children(element);
            }
            _ => {
                push_start_tag(&mut self.html, element);
                if is_raw_text(name) {
                    push_raw_text(&mut self.html, element);
                } else {
                    self.children(element)?;
                }
                push_end_tag(&mut self.html, name);
            }
        }
        Ok(())
    }

    fn renamed(&mut self, name: &str, element: &Element) -> Result<(), CapaError> {
        self.html.push('<');
        self.html.push_str(name);
        self.html.push('>');
        self.children(element)?;
        push_end_tag(&mut self.html, name);
        Ok(())
    }

    fn input(&mut self, name: &str) -> Result<(), CapaError> {
        let Some(current) = &mut self.current else {
            return Err(CapaError::generic(format!("the input {name} is outside any response")));
        };
        if current.shown {
            let part = Part::Input { unit: current.unit, input: current.next_input };
            current.next_input += 1;
            self.push(part);
        }
        Ok(())
    }

    /// Walks a response: its leading text is dropped.
    fn response(
        &mut self,
        kind: &'static ResponseKind,
        element: &Element,
        previous: Option<&Element>,
    ) -> Result<(), CapaError> {
        let Prepared { unit, taken } = self.prepare(kind, element, previous)?;
        let index = self.units.len();
        let shown = unit.response.is_some() || !unit.inputs.is_empty();
        let mut level = Level::default();
        if shown {
            level.direct = direct_children(element, &taken, unit.inputs.len());
        }
        self.units.push(unit);
        self.flush();
        self.open.push(Vec::new());
        let outer = self.current.replace(Current { unit: index, shown, next_input: 0 });
        let start = element.children.iter().take_while(|node| node.as_text().is_some()).count();
        let result = self.nodes(&element.children, start, level);
        self.current = outer;
        result?;
        let parts = self.close_parts();
        self.push(Part::Response(index, parts));
        Ok(())
    }

    fn clarification(&mut self, element: &Element) {
        let text = stored_inner_xml(element);
        self.html.push_str(
            "<span class=\"clarification\" tabindex=\"0\" role=\"note\" aria-label=\"Clarification\">\
             <span data-tooltip=\"",
        );
        push_attribute_value(&mut self.html, &text);
        self.html.push_str(
            "\" data-tooltip-show-on-click=\"true\" class=\"fa fa-info-circle\" aria-hidden=\"true\"></span>\
             <span class=\"sr\">(",
        );
        push_text(&mut self.html, &text);
        self.html.push_str(")</span></span>");
    }

    /// Walks the feedback for the choices of a response (capa §6.4).
    fn feedback_set(
        &mut self,
        set: &FeedbackFor,
        element: &Element,
        nodes: &[Node],
        index: usize,
        level: &mut Level,
    ) -> Result<(), CapaError> {
        push_start_tag(&mut self.html, element);
        for node in &element.children {
            match node {
                Node::Element(child) if child.name == "targetedfeedback" => self.feedback(set.unit, child),
                Node::Element(child) => self.element(child)?,
                Node::Text(text) | Node::CData(text) => push_text(&mut self.html, text),
                Node::Comment(_) | Node::Pi(_) => {}
            }
        }
        if set.always
            && let Some((at, solution, explanation_id)) = moving_solution(nodes, index, set)
        {
            let feedback = self.moved_html(solution);
            self.push(Part::MovedSolution(feedback));
            level.moving.insert(at, Moving { unit: set.unit, explanation_id });
        }
        push_end_tag(&mut self.html, &element.name);
        Ok(())
    }
}

/// Returns what the direct children of a response that is shown mean.
fn direct_children(response: &Element, taken: &Taken, inputs: usize) -> BTreeMap<usize, Direct> {
    let mut direct = BTreeMap::new();
    let (mut label_seen, mut descriptions) = (false, 0);
    for (index, node) in response.children.iter().enumerate() {
        let Some(child) = node.as_element() else { continue };
        match child.name.as_str() {
            "label" if !label_seen => {
                label_seen = true;
                match (inputs, taken) {
                    (2.., _) => drop(direct.insert(index, Direct::GroupLabel)),
                    (1, Taken::Child) => drop(direct.insert(index, Direct::Skip)),
                    _ => {}
                }
            }
            "description" if inputs > 1 => {
                direct.insert(index, Direct::GroupDescription(descriptions));
                descriptions += 1;
            }
            "description" if inputs == 1 => drop(direct.insert(index, Direct::Skip)),
            _ => {}
        }
    }
    direct
}

fn previous_element(nodes: &[Node], index: usize) -> Option<(usize, &Element)> {
    let before = nodes[..index].iter().enumerate().rev();
    before.into_iter().find_map(|(at, node)| Some((at, node.as_element()?)))
}

fn next_elements(nodes: &[Node], index: usize) -> impl Iterator<Item = (usize, &Element)> {
    let after = nodes.iter().enumerate().skip(index + 1);
    after.filter_map(|(at, node)| Some((at, node.as_element()?)))
}

/// Finds the sets after a response that belong to it.
fn claim_sets(unit: usize, response: &Element, nodes: &[Node], index: usize, level: &mut Level) {
    let group = || response.descendants().find(|element| element.name == "choicegroup");
    if group().is_some_and(|group| group.attr("answer-pool").is_some_and(|size| size != "0"))
        && let Some((at, _)) = next_elements(nodes, index).find(|(_, element)| element.name == "solutionset")
    {
        level.solution_sets.entry(at).or_default().push(unit);
    }
    let targeted = response.attr("targeted-feedback").filter(|_| response.name == "multiplechoiceresponse");
    let Some(kind) = targeted else { return };
    let is_set = |element: &Element| element.name == "targetedfeedbackset";
    if let Some((at, _)) = next_elements(nodes, index).find(|(_, element)| is_set(element)) {
        let choices = group().into_iter().flat_map(Element::child_elements);
        let mut right = choices.filter(|choice| {
            choice.attr("correct").is_some_and(|correct| correct.eq_ignore_ascii_case("true"))
        });
        level.feedback_sets.insert(
            at,
            FeedbackFor {
                unit,
                always: kind == "alwaysShowCorrectChoiceExplanation",
                right: right.next_back().and_then(|choice| choice.attr("explanation-id")).map(str::to_owned),
            },
        );
    }
}

/// Finds the solution that explains the right choice: the next sibling, or one inside it.
fn moving_solution<'n>(
    nodes: &'n [Node],
    index: usize,
    set: &FeedbackFor,
) -> Option<(usize, &'n Element, Option<String>)> {
    let (at, next) = next_elements(nodes, index).next()?;
    match next.name.as_str() {
        "solution" => Some((at, next, None)),
        "solutionset" => {
            let right = set.right.as_deref()?;
            let mut solutions = next.child_elements().filter(|child| child.name == "solution");
            let solution = solutions.find(|child| child.attr("explanation-id") == Some(right))?;
            Some((at, solution, Some(right.to_owned())))
        }
        _ => None,
    }
}

/// Marks the formulas of an old `<math>` element: on each line, from the first to the last dollar sign.
fn mark_math(text: &str) -> String {
    let (text, tag) = match text.contains("\\displaystyle") {
        true => (text.replace("\\displaystyle", ""), "mathjax"),
        false => (text.to_owned(), "mathjaxinline"),
    };
    let mark = |line: &str| match (line.find('$'), line.rfind('$')) {
        (Some(first), Some(last)) if first < last => {
            format!("{}[{tag}]{}[/{tag}]{}", &line[..first], &line[first + 1..last], &line[last + 1..])
        }
        _ => line.to_owned(),
    };
    text.split('\n').map(mark).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_formulas_greedily_per_line() {
        assert_eq!(mark_math("a $x$ b $y$\n$z"), "a [mathjaxinline]x$ b $y[/mathjaxinline]\n$z");
        assert_eq!(mark_math("$\\displaystyle x$"), "[mathjax] x[/mathjax]");
    }
}
