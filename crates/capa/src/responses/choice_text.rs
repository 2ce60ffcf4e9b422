//! `choicetextresponse` (capa §6.15).

use std::collections::BTreeSet;

use num_complex::Complex64;
use serde_json::Value as Json;

use super::tolerance::{self, Tolerance};
use super::{Grading, Hint, Response, Source, Submission};
use crate::CapaError;
use crate::answers::Value;
use crate::calc;
use crate::correct_map::Entry;
use crate::inputs::{choice_name, field_name, text_choices, text_fields};
use crate::instance::Shown;
use crate::python::{escape_entities, parse_complex, strip};
use crate::vars::{Template, Vars};

#[derive(Debug)]
struct ChoiceText {
    choices: Vec<Choice>,
}

#[derive(Debug)]
struct Choice {
    correct: bool,
    fields: Vec<Field>,
    /// The right texts of the fields, to be shown.
    written: Vec<Template>,
}

/// A field for a number.
#[derive(Debug)]
struct Field {
    /// None for a decoy.
    answer: Option<Template>,
    tolerance: Template,
}

/// Compiles a `choicetextresponse`.
pub(super) fn compile(source: &Source<'_>) -> Result<Box<dyn Response>, CapaError> {
    let choices = source.inputs.iter().flat_map(|input| text_choices(input));
    let choices = choices.map(|choice| {
        let correct = choice.attr("correct").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let fields = text_fields(choice).into_iter().map(|field| Field {
            answer: field.attr("answer").map(Template::new),
            tolerance: Template::new(field.attr("tolerance").unwrap_or(tolerance::DEFAULT)),
        });
        let written = choice.child_elements().filter(|_| correct).map(|child| {
            let answer = child.attr("answer").map(Template::new);
            answer.ok_or_else(|| {
                CapaError::generic(format!("a {} of a right choice has no answer", child.name))
            })
        });
        Ok(Choice { correct, fields: fields.collect(), written: written.collect::<Result<_, CapaError>>()? })
    });
    Ok(Box::new(ChoiceText { choices: choices.collect::<Result<_, CapaError>>()? }))
}

impl Field {
    /// Returns whether the text is the right number; a decoy takes any number.
    fn accepts(&self, text: Option<&str>, vars: &Vars) -> Result<bool, CapaError> {
        let student = text.map(student_number).transpose()?;
        let Some(answer) = &self.answer else { return Ok(true) };
        let staff = parse_complex(&answer.resolve(vars)).ok_or_else(|| {
            CapaError::StudentInput("The Staff answer could not be interpreted as a number.".to_owned())
        })?;
        let tolerance = Tolerance::parse(&self.tolerance.resolve(vars))
            .map_err(|error| CapaError::generic(error.to_string()))?;
        Ok(student.is_some_and(|student| tolerance.accepts(student, staff)))
    }
}

fn student_number(text: &str) -> Result<Complex64, CapaError> {
    let number = calc::evaluate(text).and_then(|number| number.to_complex());
    number.map_err(|_| {
        CapaError::StudentInput(format!("Could not interpret '{}' as a number.", escape_entities(text)))
    })
}

impl Response for ChoiceText {
    fn grade(&self, submission: &Submission<'_>) -> Result<Grading, CapaError> {
        let (Some(value), Some(id)) = (submission.first(), submission.ids.first()) else {
            return Ok(vec![Entry::graded(false)].into());
        };
        let Value::Object(answer) = value else {
            return Err(CapaError::generic("a choice with numbers must be an object"));
        };
        let chosen: BTreeSet<&str> =
            answer.keys().map(String::as_str).filter(|name| name.ends_with("bc")).collect();
        let mut right = true;
        let mut known = 0;
        for (at, choice) in self.choices.iter().enumerate() {
            let is_chosen = chosen.contains(choice_name(id, at).as_str());
            right &= is_chosen == choice.correct;
            if !is_chosen {
                continue;
            }
            known += 1;
            for (field_at, field) in choice.fields.iter().enumerate() {
                let text = answer.get(&field_name(id, at, field_at)).and_then(Json::as_str);
                right &= field.accepts(text, submission.vars)?;
            }
        }
        Ok(vec![Entry::graded(right && known == chosen.len())].into())
    }

    fn hint(&self, _submission: &Submission<'_>, _entries: &[Entry]) -> Result<Option<Hint>, CapaError> {
        Ok(None)
    }

    fn shown(&self, _vars: &Vars) -> Vec<Option<Shown>> {
        Vec::new()
    }

    fn shown_by_id(&self, ids: &[String], vars: &Vars) -> Vec<(String, Shown)> {
        let Some(id) = ids.first() else { return Vec::new() };
        let right = || self.choices.iter().enumerate().filter(|(_, choice)| choice.correct);
        let names = right().map(|(at, _)| choice_name(id, at)).collect();
        let texts = right().map(|(at, choice)| {
            let texts: Vec<_> = choice.written.iter().map(|text| text.resolve(vars)).collect();
            (choice_name(id, at), Shown::Text(texts.join(", ")))
        });
        std::iter::once((id.clone(), Shown::List(names))).chain(texts).collect()
    }

    fn faults(&self) -> Vec<String> {
        let fields = self.choices.iter().flat_map(|choice| &choice.fields);
        let mut faults = Vec::new();
        for field in fields {
            let answer = field.answer.as_ref().and_then(Template::fixed);
            if let Some(text) = answer.filter(|text| parse_complex(text).is_none()) {
                faults.push(format!("the answer {text:?} is no number"));
            }
            let tolerance = field.tolerance.fixed();
            if let Some(text) = tolerance.filter(|text| Tolerance::parse(strip(text)).is_err()) {
                faults.push(format!("the tolerance {text:?} is no number"));
            }
        }
        faults
    }
}
