//! Response types: what grades an answer.
//!
//! To add one: write its file with a type that implements [`Response`], and give its row in the table the function
//! that compiles it. Rows without one are known by name only: they render as a placeholder and are not graded.

mod annotation;
mod arrangement;
mod checkbox;
mod choice_text;
mod code;
mod custom;
mod formula;
pub(crate) mod hint_function;
mod hint_group;
mod image;
mod multiple_choice;
mod numerical;
mod option;
mod polygon;
mod range;
mod samples;
mod string;
mod table;
mod tolerance;
mod verdict;

use std::fmt::Debug;

use olx::Element;

pub(crate) use annotation::{ANNOTATION_POINTS, Annotated, verdict};
pub(crate) use arrangement::Arrangement;
pub use arrangement::Permutation;
pub(crate) use checkbox::compound_id;
pub(crate) use image::answered_point;
pub(crate) use table::{ResponseKind, kind_of};

use crate::CapaError;
use crate::answers::Value;
use crate::correct_map::{Entry, HintMode};
use crate::external::Delivery;
use crate::grading::Attempt;
use crate::hints::Feedback;
use crate::instance::Shown;
use crate::python::SharedRandom;
use crate::script::Globals;
use crate::vars::{Template, Vars};

/// What a response is compiled from.
pub(crate) struct Source<'a> {
    pub(crate) element: &'a Element,
    /// Its inputs in document order.
    pub(crate) inputs: &'a [&'a Element],
}

impl Source<'_> {
    /// Returns the attribute, or an empty text.
    pub(crate) fn attr(&self, name: &str) -> &str {
        self.element.attr(name).unwrap_or_default()
    }
}

/// Everything a response may look at while grading.
pub(crate) struct Submission<'a> {
    pub(crate) vars: &'a Vars,
    /// One value per input; `None` when not answered.
    pub(crate) values: Vec<Option<&'a Value>>,
    /// Id of each input, `P_{n+1}_{m}`.
    pub(crate) ids: Vec<String>,
    /// Points of each input.
    pub(crate) points: Vec<i64>,
    /// The choices this learner sees, when that is not all in the order written.
    pub(crate) arrangement: Option<&'a Arrangement>,
    /// What became of the answers that external graders judge.
    pub(crate) deliveries: &'a [Delivery],
    /// `P_n`.
    pub(crate) part_id: String,
    /// The try all this is part of.
    pub(crate) attempt: &'a Attempt<'a>,
    /// The script of the problem.
    pub(crate) script: &'a str,
    /// What the code that the response asked for came to.
    pub(crate) outcome: Option<&'a Globals>,
}

/// Code of the author's that a response wants run.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) text: String,
    pub(crate) globals: serde_json::Map<String, serde_json::Value>,
}

impl<'a> Submission<'a> {
    /// Returns the value of the first input.
    pub(crate) fn first(&self) -> Option<&'a Value> {
        self.values.first().copied().flatten()
    }

    /// Returns what the code came to.
    ///
    /// # Errors
    /// It was not run.
    pub(crate) fn outcome(&self) -> Result<&'a Globals, CapaError> {
        self.outcome.ok_or_else(|| CapaError::generic("the code of the author has to run first"))
    }

    /// Returns the text of the first input; `None` when not answered.
    pub(crate) fn first_text(&self) -> Option<&'a str> {
        self.first().and_then(Value::as_text)
    }
}

/// A hint of a `hintgroup`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupHint {
    pub(crate) html: String,
    pub(crate) mode: Option<HintMode>,
}

/// What a response says about hints.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Hint {
    /// Extended hints, which become the message.
    Extended(Feedback),
    /// A hint of a `hintgroup`, which replaces extended hints.
    Group(GroupHint),
}

/// How a submission was judged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grading {
    /// One entry per input.
    pub(crate) entries: Vec<Entry>,
    /// A message for the whole problem, as HTML; the last response that has one is heard (capa §5).
    pub(crate) overall_message: Option<String>,
}

impl From<Vec<Entry>> for Grading {
    fn from(entries: Vec<Entry>) -> Self {
        Self { entries, overall_message: None }
    }
}

/// A compiled response, the same for every learner and seed.
pub(crate) trait Response: Debug + Send + Sync {
    /// Returns the code whose outcome grading needs.
    fn code(&self, _submission: &Submission<'_>) -> Result<Option<Code>, CapaError> {
        Ok(None)
    }

    /// Grades the submission.
    fn grade(&self, submission: &Submission<'_>) -> Result<Grading, CapaError>;

    /// Returns the hint for a submission that was graded like this.
    fn hint(&self, submission: &Submission<'_>, entries: &[Entry]) -> Result<Option<Hint>, CapaError>;

    /// Returns the answer to show for each input; `None` where there is none.
    fn shown(&self, vars: &Vars) -> Vec<Option<Shown>>;

    /// Returns what to show under which id: by default the answers of the inputs.
    fn shown_by_id(&self, ids: &[String], vars: &Vars) -> Vec<(String, Shown)> {
        let shown = ids.iter().zip(self.shown(vars));
        shown.filter_map(|(id, shown)| Some((id.clone(), shown?))).collect()
    }

    /// Returns what the author wrote that will fail when an answer is graded.
    fn faults(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns who judges the answers, when that is somebody else.
    fn external(&self) -> Option<&External> {
        None
    }

    /// Returns what stands in the field before anything was answered.
    fn initial_display(&self) -> Option<&Template> {
        None
    }

    /// Returns the order of choices for one seed, when that is not the order written.
    fn arrange(&self, _random: &mut SharedRandom) -> Option<Arrangement> {
        None
    }

    /// Returns the name of the choice whose feedback a learner with this answer should read, and whether it is right.
    fn targeted_choice(&self, _answer: &Value, _vars: &Vars) -> Option<TargetedChoice> {
        None
    }
}

/// How an external grader gets the answers of a response.
#[derive(Debug)]
pub(crate) struct External {
    /// The queue the author named.
    pub(crate) queue: Option<String>,
    /// What the author tells the grader.
    pub(crate) grader_payload: String,
}

/// The chosen choice, as targeted feedback sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TargetedChoice {
    pub(crate) explanation_id: Option<String>,
    pub(crate) correct: bool,
}

/// The single kind of partial credit a response allows, read at grading time.
///
/// # Errors
/// More than one kind, or one that is not in `allowed`.
pub(crate) fn single_credit<'t>(
    attribute: Option<&'t str>,
    allowed: &'static [&'static str],
    kind: &str,
) -> Result<Option<&'t str>, CapaError> {
    let Some(attribute) = attribute.filter(|text| *text != "false") else { return Ok(None) };
    let mut parts = attribute.split(',');
    let first = parts.next().unwrap_or_default();
    if parts.next().is_some() {
        return Err(CapaError::problem(format!(
            "Only one type of partial credit is allowed for {kind} problems."
        )));
    }
    let name = crate::python::strip(first);
    match allowed.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(known) if *known == "false" => Ok(None),
        Some(known) => Ok(Some(known)),
        None => Err(CapaError::problem(format!(
            "partial_credit attribute should be one of: {}",
            allowed.join(",")
        ))),
    }
}
