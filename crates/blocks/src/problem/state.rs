//! What a learner did with a problem: the user_state fields of capa §9, read and written.

use capa::{Answers, CorrectMap, Score};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use xblock::{Block, Effects, Fields};

use super::dates;

/// What a learner did with a problem.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// Number of graded tries.
    pub(super) attempts: i64,
    /// What was submitted or saved last.
    pub(super) answers: Answers,
    /// The last grading.
    pub(super) correct_map: CorrectMap,
    /// What inputs keep between requests, by input id.
    pub(super) input_state: Fields,
    /// Whether the answers were graded and the problem not reset since.
    pub(super) done: bool,
    /// Whether the answers were saved after the last grading.
    pub(super) has_saved_answers: bool,
    /// The score by the grading method.
    pub(super) score: Option<Score>,
    /// The seed, once it is kept.
    pub(super) seed: Option<i64>,
    /// When the last try was.
    pub(super) last_submission: Option<OffsetDateTime>,
}

impl State {
    /// Reads a block's state; what cannot be read counts as not there.
    pub(super) fn of(block: &Block<'_>) -> Self {
        let stored = block.state.user_state;
        if stored.is_empty() {
            return State::default();
        }
        State {
            attempts: block.int("attempts").unwrap_or(0).max(0),
            answers: read(stored, "student_answers"),
            correct_map: read(stored, "correct_map"),
            input_state: read(stored, "input_state"),
            done: block.flag("done"),
            has_saved_answers: block.flag("has_saved_answers"),
            score: stored.get("score").and_then(score),
            seed: block.int("seed"),
            last_submission: stored.get("last_submission_time").and_then(dates::moment),
        }
    }

    /// Emits the fields a grading, saving or reset changes.
    pub(super) fn store(&self, effects: &mut Effects) {
        effects.set_state("student_answers", json_of(&self.answers));
        effects.set_state("correct_map", json_of(&self.correct_map));
        effects.set_state("done", self.done.into());
        effects.set_state("has_saved_answers", self.has_saved_answers.into());
        effects.set_state("input_state", Value::Object(self.input_state.clone()));
        effects.set_state("seed", self.seed.into());
        if let Some(score) = self.score {
            effects.set_state("score", score_json(score));
        }
    }

    /// Returns what events tell of the state.
    pub(super) fn for_events(&self) -> Value {
        json!({
            "seed": self.seed,
            "student_answers": self.answers,
            "has_saved_answers": self.has_saved_answers,
            "correct_map": self.correct_map,
            "input_state": self.input_state,
            "done": self.done,
        })
    }
}

/// Returns a list field with one more entry.
pub(super) fn appended(block: &Block<'_>, field: &str, entry: Value) -> Value {
    let mut entries = match block.state.user_state.get(field) {
        Some(Value::Array(entries)) => entries.clone(),
        _ => Vec::new(),
    };
    entries.push(entry);
    Value::Array(entries)
}

/// Returns the scores of all tries so far.
pub(super) fn score_history(block: &Block<'_>) -> Vec<Score> {
    match block.state.user_state.get("score_history") {
        Some(Value::Array(entries)) => entries.iter().filter_map(score).collect(),
        _ => Vec::new(),
    }
}

/// Returns the stored form of a score.
pub(super) fn score_json(score: Score) -> Value {
    json!({"raw_earned": number(score.raw_earned), "raw_possible": number(score.raw_possible)})
}

/// Returns a number as JSON, whole ones without decimals.
pub(super) fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    // The cast is exact for whole numbers in this range.
    if value.fract() == 0.0 && value.abs() < EXACT { (value as i64).into() } else { value.into() }
}

/// Returns a value of `capa` in its stored form.
pub(super) fn json_of(value: &impl Serialize) -> Value {
    // These are maps with text keys; they always have a JSON form.
    serde_json::to_value(value).unwrap_or_default()
}

fn read<'de, T: Deserialize<'de> + Default>(stored: &'de Fields, field: &str) -> T {
    stored.get(field).and_then(|value| T::deserialize(value).ok()).unwrap_or_default()
}

/// Reads a score, an object or a pair.
fn score(value: &Value) -> Option<Score> {
    let (earned, possible) = match value {
        Value::Object(score) => (score.get("raw_earned")?, score.get("raw_possible")?),
        Value::Array(pair) => (pair.first()?, pair.get(1)?),
        _ => return None,
    };
    Some(Score { raw_earned: earned.as_f64()?, raw_possible: possible.as_f64()? })
}
