//! Grading: from answers to a correct map.

use crate::CapaError;
use crate::answers::Answers;
use crate::correct_map::{CorrectMap, Entry};
use crate::external::Delivery;
use crate::hints::FeedbackEvent;
use crate::instance::{Instance, Score};
use crate::problem::Unit;
use crate::responses::{Code, Grading, Hint, Submission, hint_function};
use crate::script::{Environment, Globals, Job, Outcomes, ScriptError};

/// What grading yields.
#[derive(Debug, Clone, PartialEq)]
pub struct Graded {
    /// One entry per input of each graded response.
    pub correct_map: CorrectMap,
    /// A message for the whole problem, as HTML.
    pub overall_message: String,
    /// The points of the map.
    pub score: Score,
    /// The hints that were shown, to be published under [`FeedbackEvent::NAME`].
    pub events: Vec<FeedbackEvent>,
}

/// A submission with what its grading may depend on.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// What was submitted.
    pub answers: &'a Answers,
    /// Which try it is, from 1.
    pub number: i64,
    /// The grading before it.
    pub previous: &'a CorrectMap,
    /// What became of the parts for external graders.
    pub deliveries: &'a [Delivery],
    /// Where the author's code runs.
    pub environment: &'a Environment,
}

/// How far grading got.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// To its end.
    Graded(Graded),
    /// These have to run first.
    Run(Vec<Job>),
}

impl Instance<'_> {
    /// Grades a submission.
    ///
    /// # Errors
    /// What the first response that cannot grade reports; nothing is graded then.
    pub fn grade(&self, answers: &Answers) -> Result<Graded, CapaError> {
        self.grade_with(answers, &[])
    }

    /// Grades a submission whose parts for external graders were delivered, or not, as told. Parts that nothing is
    /// told of have no grader.
    ///
    /// # Errors
    /// As [`Instance::grade`]; problems that were compiled for code that runs need [`Instance::grade_attempt`].
    pub fn grade_with(&self, answers: &Answers, deliveries: &[Delivery]) -> Result<Graded, CapaError> {
        let (previous, environment) = (CorrectMap::default(), Environment::default());
        let attempt =
            Attempt { answers, number: 1, previous: &previous, deliveries, environment: &environment };
        match self.grade_attempt(&attempt, &Outcomes::default())? {
            Step::Graded(graded) => Ok(graded),
            Step::Run(_) => Err(CapaError::generic("the code of the author has to run first")),
        }
    }

    /// Grades an attempt, or says which code of the author has to run before; with the outcomes of that it is asked
    /// again.
    ///
    /// # Errors
    /// As [`Instance::grade`], and what the code of the author raised.
    pub fn grade_attempt(&self, attempt: &Attempt<'_>, outcomes: &Outcomes) -> Result<Step, CapaError> {
        let mut correct_map = CorrectMap::default();
        let mut events = Vec::new();
        let mut overall_message = String::new();
        let mut jobs = Vec::new();
        for (index, unit) in self.graded_units() {
            let Some(graded) = self.grade_unit(index, unit, attempt, outcomes, &mut jobs)? else { continue };
            overall_message = graded.grading.overall_message.unwrap_or(overall_message);
            events.extend(graded.event);
            for (id, entry) in graded.ids.into_iter().zip(graded.grading.entries) {
                correct_map.insert(id, entry);
            }
        }
        if !jobs.is_empty() {
            return Ok(Step::Run(jobs));
        }
        let score = self.score(&correct_map);
        Ok(Step::Graded(Graded { correct_map, overall_message, score, events }))
    }

    /// Grades one response; none when a job has to run for it, which is added to `jobs`.
    fn grade_unit(
        &self,
        index: usize,
        unit: &Unit,
        attempt: &Attempt<'_>,
        outcomes: &Outcomes,
        jobs: &mut Vec<Job>,
    ) -> Result<Option<GradedUnit>, CapaError> {
        let Some(response) = &unit.response else { return Ok(None) };
        let count = unit.inputs.len();
        let mut submission = Submission {
            vars: &self.vars,
            values: (0..count).map(|input| self.value(attempt.answers, index, input)).collect(),
            part_id: self.part_id(index),
            ids: (0..count).map(|input| self.input_id(index, input)).collect(),
            points: unit.inputs.iter().map(|input| input.points).collect(),
            arrangement: self.arrangements[index].as_ref(),
            deliveries: attempt.deliveries,
            attempt,
            script: self.problem.script.as_deref().unwrap_or_default(),
            outcome: None,
        };
        // Runs code, or notes that it has to be run.
        let mut outcome = |code: Code| {
            let job = self.job(code, attempt.environment);
            let outcome = outcomes.get(&job);
            if outcome.is_none() {
                jobs.push(job);
            }
            outcome
        };
        if let Some(code) = response.code(&submission)? {
            let Some(found) = outcome(code) else { return Ok(None) };
            submission.outcome = Some(globals_of(found)?);
        }
        let mut grading = response.grade(&submission)?;
        let entries = &mut grading.entries;
        if let Some(function) = &unit.hint_function {
            let Some(found) = outcome(hint_function::code(function, &submission, entries)) else {
                return Ok(None);
            };
            hint_function::apply(globals_of(found)?, &submission, entries);
            return Ok(Some(GradedUnit { ids: submission.ids, grading, event: None }));
        }
        let event = match response.hint(&submission, entries)? {
            Some(hint) => apply_hint(hint, entries, &submission.part_id, unit.tag),
            None => None,
        };
        Ok(Some(GradedUnit { ids: submission.ids, grading, event }))
    }

    fn job(&self, code: Code, environment: &Environment) -> Job {
        let Code { text, globals } = code;
        Job { code: text, globals, seed: self.vars.seed, environment: environment.clone() }
    }
}

/// The grading of one response.
struct GradedUnit {
    ids: Vec<String>,
    grading: Grading,
    event: Option<FeedbackEvent>,
}

/// Writes a hint to the entries of its response, and returns the event that tells of it.
fn apply_hint(hint: Hint, entries: &mut [Entry], part_id: &str, tag: &str) -> Option<FeedbackEvent> {
    match hint {
        Hint::Extended(feedback) => {
            let message = feedback.message();
            if message.is_empty() {
                return None;
            }
            if let Some(first) = entries.first_mut() {
                first.msg = message;
            }
            Some(feedback.event(part_id, tag))
        }
        Hint::Group(hint) => {
            if let Some(last) = entries.last_mut() {
                last.hint = hint.html;
                last.hintmode = hint.mode;
            }
            None
        }
    }
}

/// Returns what code came to. What it raised is for the learner to read, as the reference has it.
fn globals_of(outcome: &Result<Globals, ScriptError>) -> Result<&Globals, CapaError> {
    outcome.as_ref().map_err(|error| match error {
        ScriptError::Raised(text) => CapaError::Response(text.clone()),
        ScriptError::NotRun(text) => CapaError::generic(text.clone()),
    })
}
