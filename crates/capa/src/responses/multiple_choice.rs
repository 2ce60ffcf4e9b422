//! `multiplechoiceresponse` (capa §6.1) and `truefalseresponse` (§6.2).

use std::collections::BTreeSet;

use super::arrangement::{self, Item, Rule};
use super::{Arrangement, Grading, Hint, Response, Source, Submission, TargetedChoice, single_credit};
use crate::CapaError;
use crate::answers::Value;
use crate::correct_map::Entry;
use crate::hints::{Feedback, HintText};
use crate::inputs::{ChoiceNaming, choices_of};
use crate::instance::Shown;
use crate::python::{SharedRandom, parse_float};
use crate::vars::{Template, Vars};

/// Points for a partially correct choice without `point_value`.
const DEFAULT_PARTIAL: f64 = 0.5;

#[derive(Debug)]
struct MultipleChoice {
    true_false: bool,
    choices: Vec<Choice>,
    partial_credit: Option<String>,
    rule: Rule,
}

#[derive(Debug)]
struct Choice {
    name: Template,
    correct: Template,
    point_value: Option<String>,
    hint: Option<HintText>,
    fixed: bool,
    explanation_id: Option<String>,
}

impl Choice {
    fn correctness(&self, vars: &Vars) -> String {
        self.correct.resolve(vars).to_lowercase()
    }

    fn is_correct(&self, vars: &Vars) -> bool {
        match self.correct.fixed() {
            Some(text) => text.eq_ignore_ascii_case("true"),
            None => self.correctness(vars) == "true",
        }
    }

    fn is_named(&self, name: &str, vars: &Vars) -> bool {
        match self.name.fixed() {
            Some(text) => text == name,
            None => *self.name.resolve(vars) == *name,
        }
    }
}

/// Compiles a `multiplechoiceresponse`.
pub(super) fn compile(source: &Source<'_>) -> Result<Box<dyn Response>, CapaError> {
    compile_kind(source, false)
}

/// Compiles a `truefalseresponse`.
pub(super) fn compile_true_false(source: &Source<'_>) -> Result<Box<dyn Response>, CapaError> {
    compile_kind(source, true)
}

fn compile_kind(source: &Source<'_>, true_false: bool) -> Result<Box<dyn Response>, CapaError> {
    let group = source.inputs[0];
    let mut choices = Vec::new();
    for (name, element) in choices_of(group, ChoiceNaming::ByName) {
        let correct =
            element.attr("correct").ok_or_else(|| CapaError::generic("a choice has no attribute correct"))?;
        choices.push(Choice {
            name: Template::new(name),
            correct: Template::new(correct),
            point_value: element.attr("point_value").map(str::to_owned),
            hint: HintText::child(element, "choicehint"),
            fixed: element.attr("fixed") == Some("true"),
            explanation_id: element.attr("explanation-id").map(str::to_owned),
        });
    }
    let flags: Vec<bool> =
        choices.iter().map(|choice| choice.correct.raw().eq_ignore_ascii_case("true")).collect();
    let rule = Rule::read(group, &flags)?;
    Ok(Box::new(MultipleChoice {
        true_false,
        choices,
        partial_credit: source.element.attr("partial_credit").map(str::to_owned),
        rule,
    }))
}

impl MultipleChoice {
    fn grade_set(&self, value: Option<&Value>, vars: &Vars) -> bool {
        let submitted: BTreeSet<&str> = match value {
            Some(Value::Text(name)) => BTreeSet::from([name.as_str()]),
            Some(Value::List(names)) => names.iter().map(String::as_str).collect(),
            _ => BTreeSet::new(),
        };
        let names: Vec<_> = self
            .choices
            .iter()
            .filter(|choice| choice.is_correct(vars))
            .map(|choice| choice.name.resolve(vars))
            .collect();
        submitted == names.iter().map(|name| &**name).collect()
    }

    fn grade_one(&self, name: Option<&str>, vars: &Vars) -> Result<Entry, CapaError> {
        let credit = single_credit(self.partial_credit.as_deref(), &["points", "false"], "Multiple Choice")?;
        let Some(name) = name else { return Ok(Entry::graded(false)) };
        let chosen = || self.choices.iter().filter(|choice| choice.is_named(name, vars));
        if chosen().any(|choice| choice.is_correct(vars)) {
            return Ok(Entry::graded(true));
        }
        let partial = |choice: &&Choice| credit.is_some() && choice.correctness(vars) == "partial";
        Ok(match chosen().find(partial) {
            None => Entry::graded(false),
            Some(choice) => Entry::partial(match &choice.point_value {
                None => DEFAULT_PARTIAL,
                Some(text) => parse_float(text)
                    .filter(|points| points.is_finite())
                    .ok_or_else(|| CapaError::generic(format!("point_value {text:?} is not a number")))?,
            }),
        })
    }
}

impl Response for MultipleChoice {
    fn grade(&self, submission: &Submission<'_>) -> Result<Grading, CapaError> {
        let entry = if self.true_false {
            Entry::graded(self.grade_set(submission.first(), submission.vars))
        } else {
            self.grade_one(submission.first_text(), submission.vars)?
        };
        Ok(vec![entry].into())
    }

    fn hint(&self, submission: &Submission<'_>, _entries: &[Entry]) -> Result<Option<Hint>, CapaError> {
        let name = match submission.first() {
            Some(Value::Text(name)) => name.as_str(),
            Some(Value::List(names)) => {
                names.first().ok_or_else(|| CapaError::generic("list index out of range"))?
            }
            _ => return Ok(None),
        };
        // A choice that was not drawn from the pool has no hint.
        let drawn = |at: usize| submission.arrangement.is_none_or(|shown| shown.order.contains(&at));
        let chosen = self
            .choices
            .iter()
            .enumerate()
            .find(|(at, choice)| choice.is_named(name, submission.vars) && drawn(*at))
            .map(|(_, choice)| choice);
        Ok(chosen.and_then(|choice| {
            let hint = choice.hint.as_ref()?;
            Some(Hint::Extended(Feedback::single(choice.is_correct(submission.vars), hint, name)))
        }))
    }

    fn shown(&self, vars: &Vars) -> Vec<Option<Shown>> {
        let correct = self.choices.iter().filter(|choice| choice.is_correct(vars));
        vec![Some(Shown::List(correct.map(|choice| choice.name.resolve(vars).to_string()).collect()))]
    }

    fn arrange(&self, random: &mut SharedRandom) -> Option<Arrangement> {
        let items: Vec<Item<'_>> = self
            .choices
            .iter()
            .map(|choice| Item {
                fixed: choice.fixed,
                correct: choice.correct.raw().eq_ignore_ascii_case("true"),
                explanation_id: choice.explanation_id.as_deref(),
            })
            .collect();
        arrangement::arrange(self.rule, &items, random)
    }

    fn targeted_choice(&self, answer: &Value, vars: &Vars) -> Option<TargetedChoice> {
        let name = answer.as_text()?;
        let choice = self.choices.iter().find(|choice| choice.is_named(name, vars))?;
        Some(TargetedChoice {
            explanation_id: choice.explanation_id.clone(),
            correct: choice.is_correct(vars),
        })
    }
}
