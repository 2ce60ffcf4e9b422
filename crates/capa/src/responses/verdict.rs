//! What the code of a `customresponse` says about an answer (capa §6.11).

use serde_json::Value;

use super::Grading;
use crate::CapaError;
use crate::correct_map::{Correctness, Entry};
use crate::python::{display, is_true};
use crate::script::Globals;
use crate::tidy::tidy;

/// The judgement of all inputs, before points are counted.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    correct: Vec<Option<Correctness>>,
    messages: Vec<String>,
    /// The part of the points of each input.
    decimals: Option<Vec<f64>>,
    overall: String,
}

impl Verdict {
    /// Reads what a check function returned for a number of inputs.
    ///
    /// # Errors
    /// Dictionaries that say nothing of what is right, or not of every input.
    pub(super) fn returned(value: Option<&Value>, inputs: usize) -> Result<Self, CapaError> {
        let unreadable = || {
            CapaError::Response(
                "CustomResponse: check function returned no value that can be read".to_owned(),
            )
        };
        let value = value.ok_or_else(unreadable)?;
        let Value::Object(told) = value else {
            return Ok(Self { correct: vec![Some(mark(value)); inputs], ..Self::default() });
        };
        if let Some(ok) = told.get("ok") {
            let mark = mark(ok);
            let decimal = decimal(told.get("grade_decimal"), part(mark))?;
            let message = text(told.get("msg"));
            let mut verdict = Self {
                correct: vec![Some(mark); inputs],
                decimals: Some(vec![decimal; inputs]),
                ..Self::default()
            };
            match inputs {
                1 => verdict.messages = vec![message],
                _ => verdict.overall = message,
            }
            return Ok(verdict);
        }
        let Some(list) = told.get("input_list") else {
            let message = "CustomResponse: check function returned an invalid dictionary!";
            return Err(CapaError::Response(message.to_owned()));
        };
        let list = list.as_array().filter(|list| list.len() >= inputs);
        let list = list.ok_or_else(|| CapaError::generic("input_list does not tell of every input"))?;
        let mut verdict = Self { overall: text(told.get("overall_message")), ..Self::default() };
        let mut decimals = Vec::with_capacity(inputs);
        for told in list.iter().take(inputs) {
            let ok = told.get("ok").ok_or_else(|| CapaError::generic("an entry of input_list has no ok"))?;
            let mark = mark(ok);
            // What is right but not called `true` earns nothing unless its part is given.
            let earned = match mark {
                Correctness::Correct if !display(ok).eq_ignore_ascii_case("true") => 0.0,
                other => part(other),
            };
            decimals.push(decimal(told.get("grade_decimal"), earned)?);
            verdict.correct.push(Some(mark));
            verdict.messages.push(text(told.get("msg")));
        }
        verdict.decimals = Some(decimals);
        Ok(verdict)
    }

    /// Reads the lists that inline code fills.
    ///
    /// # Errors
    /// Lists that do not tell of every input.
    pub(super) fn filled(globals: &Globals, inputs: usize) -> Result<Self, CapaError> {
        let list = |name: &str| globals.get(name).and_then(Value::as_array);
        let correct = list("correct").filter(|list| list.len() >= inputs);
        let correct = correct.ok_or_else(|| CapaError::generic("correct does not tell of every input"))?;
        let decimals = match globals.get("grade_decimals") {
            None | Some(Value::Null) => None,
            Some(value) => {
                let list = value.as_array().filter(|list| list.len() >= inputs);
                let list =
                    list.ok_or_else(|| CapaError::generic("grade_decimals does not tell of every input"))?;
                Some(list.iter().map(|value| decimal(Some(value), 0.0)).collect::<Result<_, _>>()?)
            }
        };
        Ok(Self {
            correct: correct.iter().take(inputs).map(written).collect(),
            messages: list("messages").into_iter().flatten().map(|message| text(Some(message))).collect(),
            decimals,
            overall: text(globals.get("overall_message")),
        })
    }

    /// Counts the points of inputs that are worth these.
    pub(super) fn grading(self, points: &[i64]) -> Grading {
        let entry = |(at, &points): (usize, &i64)| {
            let correctness = self.correct.get(at).copied().flatten();
            let decimal = match &self.decimals {
                Some(decimals) => decimals.get(at).copied().unwrap_or_default(),
                None => correctness.map_or(0.0, part),
            };
            Entry {
                correctness,
                npoints: Some(points as f64 * decimal),
                msg: self.messages.get(at).map(|message| tidy(message)).unwrap_or_default(),
                ..Entry::default()
            }
        };
        let entries = points.iter().enumerate().map(entry).collect();
        let overall = tidy(&self.overall);
        Grading { entries, overall_message: (!overall.is_empty()).then_some(overall) }
    }
}

/// Reads what stands for right and wrong in what a function returns.
fn mark(value: &Value) -> Correctness {
    let printed = display(value).to_lowercase();
    if !is_true(value) || printed == "false" {
        Correctness::Incorrect
    } else if printed.contains("partial") {
        Correctness::PartiallyCorrect
    } else {
        Correctness::Correct
    }
}

/// Reads the word that inline code wrote; others say nothing.
fn written(value: &Value) -> Option<Correctness> {
    match value.as_str() {
        Some("correct") => Some(Correctness::Correct),
        Some("incorrect") => Some(Correctness::Incorrect),
        Some("partially-correct" | "partial") => Some(Correctness::PartiallyCorrect),
        Some(_) => None,
        None => Some(mark(value)),
    }
}

/// Returns the part of the points that a mark earns by itself.
fn part(mark: Correctness) -> f64 {
    match mark {
        Correctness::Correct => 1.0,
        Correctness::PartiallyCorrect => 0.5,
        Correctness::Incorrect | Correctness::Incomplete => 0.0,
    }
}

fn decimal(value: Option<&Value>, default: f64) -> Result<f64, CapaError> {
    match value {
        None | Some(Value::Null) => Ok(default),
        Some(Value::Bool(flag)) => Ok(f64::from(u8::from(*flag))),
        Some(value) => {
            let number = value.as_f64().filter(|number| number.is_finite());
            number
                .ok_or_else(|| CapaError::generic(format!("the part of the points {value} is not a number")))
        }
    }
}

fn text(value: Option<&Value>) -> String {
    value.filter(|value| !value.is_null()).map(display).unwrap_or_default()
}
