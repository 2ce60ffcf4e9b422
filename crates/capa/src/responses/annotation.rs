//! `annotationresponse` (capa §6.14).

use serde::Deserialize;
use serde_json::Value as Json;

use super::{Grading, Hint, Response, Source, Submission};
use crate::CapaError;
use crate::correct_map::{Correctness, Entry};
use crate::inputs::annotation_options;
use crate::instance::Shown;
use crate::vars::{Template, Vars};

/// The points of an annotation, whatever the author wrote.
pub(crate) const ANNOTATION_POINTS: i64 = 2;

#[derive(Debug)]
struct Annotation {
    /// The verdict on each option; none when the author gave it none that is known.
    verdicts: Vec<Option<Correctness>>,
    shown: Option<Template>,
}

/// What was answered: the options chosen, and a comment.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Annotated {
    options: Vec<Json>,
    pub(crate) comment: String,
}

impl Annotated {
    /// Reads an answer; `null` is an empty one.
    pub(crate) fn read(text: &str) -> Result<Self, serde_json::Error> {
        Ok(serde_json::from_str::<Option<Self>>(text)?.unwrap_or_default())
    }

    /// Returns whether an option was chosen, be it one that there is or not.
    pub(crate) fn has_options(&self) -> bool {
        !self.options.is_empty()
    }

    /// Returns whether the option is among the chosen.
    pub(crate) fn is_chosen(&self, option: usize) -> bool {
        self.options.iter().any(|chosen| chosen.as_u64() == Some(option as u64))
    }

    /// Returns the one option that was chosen.
    pub(crate) fn option(&self) -> Option<usize> {
        let [option] = self.options.as_slice() else { return None };
        option.as_u64().and_then(|option| usize::try_from(option).ok())
    }
}

/// Compiles an `annotationresponse`.
pub(super) fn compile(source: &Source<'_>) -> Result<Box<dyn Response>, CapaError> {
    let options = source.inputs.iter().flat_map(|input| annotation_options(input));
    let options: Vec<_> = options.map(|option| (verdict(option.attr("choice")), option.text())).collect();
    let right = options.iter().find(|(verdict, _)| *verdict == Some(Correctness::Correct));
    Ok(Box::new(Annotation {
        shown: right.map(|(_, description)| Template::new(description.as_str())),
        verdicts: options.into_iter().map(|(verdict, _)| verdict).collect(),
    }))
}

pub(crate) fn verdict(choice: Option<&str>) -> Option<Correctness> {
    match choice? {
        "correct" => Some(Correctness::Correct),
        "partially-correct" => Some(Correctness::PartiallyCorrect),
        "incorrect" => Some(Correctness::Incorrect),
        _ => None,
    }
}

impl Response for Annotation {
    fn grade(&self, submission: &Submission<'_>) -> Result<Grading, CapaError> {
        let text = submission.first_text().ok_or_else(|| CapaError::generic("there is no annotation"))?;
        let answer = Annotated::read(text)
            .map_err(|error| CapaError::generic(format!("the annotation is no JSON: {error}")))?;
        let verdict = answer.option().and_then(|option| self.verdicts.get(option).copied().flatten());
        let points = |verdict| match verdict {
            Correctness::Correct => 2.0,
            Correctness::PartiallyCorrect => 1.0,
            _ => 0.0,
        };
        let entry = match verdict {
            Some(verdict) => Entry { npoints: Some(points(verdict)), ..Entry::new(verdict) },
            None => Entry::graded(false),
        };
        Ok(vec![entry].into())
    }

    fn hint(&self, _submission: &Submission<'_>, _entries: &[Entry]) -> Result<Option<Hint>, CapaError> {
        Ok(None)
    }

    fn shown(&self, vars: &Vars) -> Vec<Option<Shown>> {
        vec![self.shown.as_ref().map(|description| Shown::Text(description.resolve(vars).to_string()))]
    }

    fn faults(&self) -> Vec<String> {
        let unknown = self.verdicts.iter().enumerate().filter(|(_, verdict)| verdict.is_none());
        let fault = |at| format!("option {at} has no choice that is correct, partially-correct or incorrect");
        unknown.map(|(at, _)| fault(at + 1)).collect()
    }
}
