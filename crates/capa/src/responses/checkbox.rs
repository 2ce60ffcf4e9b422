//! `choiceresponse` (capa §6.5).

use std::collections::BTreeSet;

use olx::Element;

use super::{Grading, Hint, Response, Source, Submission, single_credit};
use crate::CapaError;
use crate::answers::Value;
use crate::correct_map::{Correctness, Entry};
use crate::hints::{Feedback, HintText, Trigger, TriggerType, TriggeredHint};
use crate::inputs::{ChoiceNaming, choices_of};
use crate::instance::Shown;
use crate::vars::{Template, Vars};

#[derive(Debug)]
struct Checkbox {
    choices: Vec<Choice>,
    compound: Vec<CompoundHint>,
    partial_credit: Option<String>,
}

#[derive(Debug)]
struct Choice {
    name: String,
    correct: Template,
    /// The upper-cased id that compound hints use.
    id: String,
    /// Hints with the state of the choice they are for.
    hints: Vec<(bool, HintText)>,
}

impl Choice {
    fn is_correct(&self, vars: &Vars) -> bool {
        self.correct.resolve(vars).eq_ignore_ascii_case("true")
    }
}

#[derive(Debug)]
struct CompoundHint {
    ids: BTreeSet<String>,
    hint: HintText,
}

/// Compiles a `choiceresponse`.
pub(super) fn compile(source: &Source<'_>) -> Result<Box<dyn Response>, CapaError> {
    let group = source.inputs[0];
    let mut choices = Vec::new();
    for (index, (name, element)) in choices_of(group, ChoiceNaming::Numbered).into_iter().enumerate() {
        let hints =
            element.child_elements().filter(|child| child.name == "choicehint").filter_map(|hint| match hint
                .attr("selected")
                .unwrap_or_default()
                .to_lowercase()
                .as_str()
            {
                "true" => Some((true, HintText::of(hint))),
                "false" => Some((false, HintText::of(hint))),
                _ => None,
            });
        choices.push(Choice {
            name,
            correct: Template::new(element.attr("correct").unwrap_or_default()),
            id: compound_id(element, index),
            hints: hints.collect(),
        });
    }
    let compound = group.descendants().filter(|element| element.name == "compoundhint");
    let compound = compound.map(|element| CompoundHint {
        ids: element
            .attr("value")
            .unwrap_or_default()
            .to_uppercase()
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        hint: HintText::of_text(element),
    });
    Ok(Box::new(Checkbox {
        compound: compound.collect(),
        choices,
        partial_credit: source.element.attr("partial_credit").map(str::to_owned),
    }))
}

/// Returns the id by which compound hints name a choice: without one `A`, `B`, and on through the character table.
pub(crate) fn compound_id(choice: &Element, index: usize) -> String {
    let letter = || u32::try_from(index).ok().and_then(|index| char::from_u32(65 + index));
    match choice.attr("id") {
        Some(id) => id.to_uppercase(),
        None => letter().map(String::from).unwrap_or_default(),
    }
}

/// Rounds to two digits, halves away from zero.
fn two_digits(points: f64) -> f64 {
    (points * 100.0).round() / 100.0
}

fn submitted<'a>(submission: &Submission<'a>) -> Vec<&'a str> {
    match submission.first() {
        Some(Value::Text(name)) => vec![name],
        Some(Value::List(names)) => names.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

impl Checkbox {
    /// Every decision counts: a right choice selected, a wrong one left.
    fn grade_decisions(&self, selected: &BTreeSet<&str>, correct: &BTreeSet<&str>, points: f64) -> Entry {
        let right = self
            .choices
            .iter()
            .filter(|choice| {
                selected.contains(choice.name.as_str()) == correct.contains(choice.name.as_str())
            })
            .count();
        match right {
            right if right == self.choices.len() => Entry::graded(true),
            0 => Entry { npoints: Some(0.0), ..Entry::graded(false) },
            right => Entry::partial(two_digits(points * right as f64 / self.choices.len() as f64)),
        }
    }

    /// One error halves the points, a second one halves them again, when there are choices enough.
    fn grade_halves(&self, selected: &BTreeSet<&str>, correct: &BTreeSet<&str>, points: f64) -> Entry {
        let known = |name: &str| self.choices.iter().any(|choice| choice.name == name);
        let errors = selected.symmetric_difference(correct).filter(|name| known(name)).count();
        match (errors, self.choices.len()) {
            (0, _) => Entry { npoints: Some(points), ..Entry::graded(true) },
            (1, 3..) => Entry::partial(two_digits(points / 2.0)),
            (2, 5..) => Entry::partial(two_digits(points / 4.0)),
            _ => Entry::graded(false),
        }
    }

    fn compound_feedback(&self, answer: &Value, selected: &[&str], correct: bool) -> Option<Feedback> {
        let chosen: Vec<&Choice> =
            self.choices.iter().filter(|choice| selected.contains(&choice.name.as_str())).collect();
        let ids: BTreeSet<&str> = chosen.iter().map(|choice| choice.id.as_str()).collect();
        let hit = self.compound.iter().find(|compound| {
            compound.ids.len() == ids.len() && compound.ids.iter().all(|id| ids.contains(id.as_str()))
        })?;
        let trigger = selected.iter().map(|&name| Trigger { choice: name.to_owned(), selected: true });
        Some(Feedback {
            hints: vec![TriggeredHint { text: hit.hint.xml.clone(), trigger: trigger.collect() }],
            trigger_type: TriggerType::Compound,
            ..self.feedback(answer.clone(), correct, hit.hint.label.clone(), false)
        })
    }

    fn choice_feedback(&self, answer: Value, selected: &[&str], correct: bool) -> Option<Feedback> {
        let mut hints = Vec::new();
        let mut labels = Vec::new();
        for choice in &self.choices {
            let state = selected.contains(&choice.name.as_str());
            for (_, hint) in choice.hints.iter().filter(|(when, _)| *when == state) {
                labels.extend(hint.label.as_deref());
                let trigger = vec![Trigger { choice: choice.name.clone(), selected: state }];
                hints.push(TriggeredHint { text: hint.xml.clone(), trigger });
            }
        }
        if hints.is_empty() {
            return None;
        }
        let label = (labels.len() == 1).then(|| labels[0].to_owned());
        Some(Feedback { hints, ..self.feedback(answer, correct, label, true) })
    }

    fn feedback(&self, answer: Value, correct: bool, label: Option<String>, multi_line: bool) -> Feedback {
        Feedback {
            correct,
            label,
            hints: Vec::new(),
            multi_line,
            trigger_type: TriggerType::Single,
            student_answer: answer,
            choice_all: Some(self.choices.iter().map(|choice| choice.name.clone()).collect()),
        }
    }
}

impl Response for Checkbox {
    fn grade(&self, submission: &Submission<'_>) -> Result<Grading, CapaError> {
        let selected: BTreeSet<&str> = submitted(submission).into_iter().collect();
        if selected.is_empty() {
            return Ok(vec![Entry::graded(false)].into());
        }
        let credit = single_credit(self.partial_credit.as_deref(), &["edc", "halves", "false"], "Checkbox")?;
        let correct: BTreeSet<&str> = self
            .choices
            .iter()
            .filter(|choice| choice.is_correct(submission.vars))
            .map(|choice| choice.name.as_str())
            .collect();
        let points = submission.points.first().map_or(1.0, |&points| points as f64);
        Ok(vec![match credit {
            Some("edc") => self.grade_decisions(&selected, &correct, points),
            Some(_) => self.grade_halves(&selected, &correct, points),
            None => Entry::graded(selected == correct),
        }]
        .into())
    }

    fn hint(&self, submission: &Submission<'_>, entries: &[Entry]) -> Result<Option<Hint>, CapaError> {
        let correct = entries.first().is_some_and(|entry| entry.correctness == Some(Correctness::Correct));
        let selected = submitted(submission);
        let answer = submission.first();
        let compound = answer.and_then(|answer| self.compound_feedback(answer, &selected, correct));
        let answer = || answer.cloned().unwrap_or_else(|| Value::List(Vec::new()));
        Ok(compound.or_else(|| self.choice_feedback(answer(), &selected, correct)).map(Hint::Extended))
    }

    fn shown(&self, vars: &Vars) -> Vec<Option<Shown>> {
        let correct = self.choices.iter().filter(|choice| choice.is_correct(vars));
        vec![Some(Shown::List(correct.map(|choice| choice.name.clone()).collect()))]
    }
}
