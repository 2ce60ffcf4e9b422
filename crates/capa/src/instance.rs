//! A problem as one learner sees it: ids, order of choices, variables; grading.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::answers::{Answers, Value};
use crate::correct_map::CorrectMap;
use crate::markup::push_text;
use crate::preview::PreviewKind;
use crate::problem::{Problem, Solution, Unit};
use crate::python::SharedRandom;
use crate::responses::{Arrangement, Permutation};
use crate::vars::Vars;

/// An instance of a [`Problem`]: cheap to make, made for each request.
#[derive(Debug)]
pub struct Instance<'p> {
    pub(crate) problem: &'p Problem,
    pub(crate) prefix: String,
    pub(crate) vars: Vars,
    /// The order of choices of each unit, where it is not the order written.
    pub(crate) arrangements: Vec<Option<Arrangement>>,
}

/// Points earned and possible.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Score {
    /// Points earned.
    pub raw_earned: f64,
    /// Points possible.
    pub raw_possible: f64,
}

/// An answer that is shown on request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Shown {
    /// HTML.
    Text(String),
    /// Names of choices.
    List(Vec<String>),
    /// The areas of a picture, as the author wrote them.
    Areas {
        /// Rectangles, `(x1,y1)-(x2,y2)` with `;` between them.
        rectangle: Option<String>,
        /// Points of regions, a JSON list.
        regions: Option<String>,
    },
}

impl<'p> Instance<'p> {
    pub(crate) fn new(problem: &'p Problem, prefix: &str, vars: Vars) -> Self {
        let mut random = SharedRandom::new(vars.seed);
        let arrange = |unit: &Unit| unit.response.as_ref().and_then(|response| response.arrange(&mut random));
        let arrangements = problem.units.iter().map(arrange).collect();
        Self { problem, prefix: prefix.to_owned(), vars, arrangements }
    }

    /// Returns `P_n`, the id of the response at `unit`.
    pub(crate) fn part_id(&self, unit: usize) -> String {
        format!("{}_{}", self.prefix, unit + 1)
    }

    pub(crate) fn input_suffix(unit: usize, input: usize) -> String {
        format!("{}_{}", unit + 2, input + 1)
    }

    /// Returns `P_{n+1}_{m}`, the id of an input.
    pub(crate) fn input_id(&self, unit: usize, input: usize) -> String {
        format!("{}_{}_{}", self.prefix, unit + 2, input + 1)
    }

    /// Returns `P_solution_k`.
    pub(crate) fn solution_id(&self, solution: usize) -> String {
        format!("{}_solution_{}", self.prefix, solution + 1)
    }

    /// Returns the ids of all graded inputs in document order.
    pub fn input_ids(&self) -> Vec<String> {
        self.inputs().map(|(_, _, id)| id).collect()
    }

    /// Returns the unit, the place in it and the id of all graded inputs in document order.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = (usize, usize, String)> {
        self.graded_units()
            .flat_map(|(unit, found)| (0..found.inputs.len()).map(move |input| (unit, input)))
            .map(|(unit, input)| (unit, input, self.input_id(unit, input)))
    }

    /// Returns the same of all inputs that are shown, graded or not.
    pub(crate) fn all_inputs(&self) -> impl Iterator<Item = (usize, usize, String)> {
        let units = self.problem.units.iter().enumerate();
        units
            .flat_map(|(unit, found)| (0..found.inputs.len()).map(move |input| (unit, input)))
            .map(|(unit, input)| (unit, input, self.input_id(unit, input)))
    }

    /// Returns what the input of that id previews; `None` when it previews nothing or there is no such input.
    pub fn preview_kind(&self, input_id: &str) -> Option<PreviewKind> {
        let (unit, at, _) = self.all_inputs().find(|(_, _, id)| id == input_id)?;
        self.problem.units[unit].inputs[at].kind.preview()
    }

    pub(crate) fn graded_units(&self) -> impl Iterator<Item = (usize, &'p Unit)> + use<'p> {
        let ready = self.is_ready();
        let units = self.problem.units.iter().enumerate();
        units.filter(move |(_, unit)| ready && unit.response.is_some())
    }

    /// Returns whether the instance has what its script computes. Without it only the text is shown.
    pub fn is_ready(&self) -> bool {
        self.problem.script.is_none() || self.vars.are_computed()
    }

    pub(crate) fn value<'a>(&self, answers: &'a Answers, unit: usize, input: usize) -> Option<&'a Value> {
        answers.input(&self.input_id(unit, input), &Self::input_suffix(unit, input))
    }

    /// Returns the score that a correct map stands for; entries of unknown inputs do not count.
    pub fn score(&self, correct_map: &CorrectMap) -> Score {
        let ids = self.input_ids();
        let entries = ids.iter().filter_map(|id| correct_map.get(id));
        Score {
            raw_earned: entries.fold(0.0, |sum, entry| sum + entry.points()),
            raw_possible: self.problem.max_score() as f64,
        }
    }

    /// Returns the points that can be earned.
    pub fn max_score(&self) -> i64 {
        self.problem.max_score()
    }

    /// Returns the answers and solutions to show, by input and solution id. Inputs without a right answer are left
    /// out.
    ///
    /// Solutions are XML text; [`crate::close_empty_elements`] makes them safe for a browser.
    pub fn answers_shown(&self) -> BTreeMap<String, Shown> {
        let mut shown = BTreeMap::new();
        for (index, unit) in self.graded_units() {
            let Some(response) = &unit.response else { continue };
            let ids: Vec<String> = (0..unit.inputs.len()).map(|input| self.input_id(index, input)).collect();
            shown.extend(response.shown_by_id(&ids, &self.vars));
        }
        for (index, solution) in self.problem.solutions.iter().enumerate() {
            if self.has_solution(solution) {
                let id = self.solution_id(index);
                let (before, after) = &solution.xml;
                let mut xml = before.resolve(&self.vars).to_string();
                push_text(&mut xml, &id);
                xml.push_str(&after.resolve(&self.vars));
                shown.insert(id, Shown::Text(xml));
            }
        }
        shown
    }

    /// Returns whether the solution is there for this learner: pools keep the one for the choice they drew.
    pub(crate) fn has_solution(&self, solution: &Solution) -> bool {
        solution.pools.iter().all(|&unit| match &self.arrangements[unit] {
            Some(arrangement) if arrangement.permutation == Permutation::AnswerPool => {
                arrangement.explanation_id == solution.explanation_id
            }
            _ => true,
        })
    }

    /// Returns the demand hints as HTML, in order.
    pub fn demand_hints(&self) -> Vec<String> {
        self.problem.demand_hints.iter().map(|hint| hint.resolve(&self.vars).to_string()).collect()
    }

    /// Returns how choices were permuted, by input id: the kind, and the names in the order shown.
    pub fn permutations(&self) -> BTreeMap<String, (Permutation, Vec<String>)> {
        let mut permutations = BTreeMap::new();
        for (unit, arrangement) in self.arrangements.iter().enumerate() {
            let Some(arrangement) = arrangement else { continue };
            let Some(crate::inputs::InputKind::Choices(group)) =
                self.problem.units[unit].inputs.first().map(|input| &input.kind)
            else {
                continue;
            };
            let names = arrangement.order.iter().filter_map(|&at| group.choices.get(at));
            let names = names.map(|choice| choice.name.resolve(&self.vars).to_string()).collect();
            permutations.insert(self.input_id(unit, 0), (arrangement.permutation, names));
        }
        permutations
    }
}
