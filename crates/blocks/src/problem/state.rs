//! What a learner did with a problem: the user_state fields of capa §9, read and written.

use std::collections::BTreeMap;

use capa::{Answers, CorrectMap, Correctness, Entry, Score};
use serde::{Deserialize as _, Serialize};
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
        let keys = Keys { html_id: &block.usage.html_id() };
        State {
            attempts: block.int("attempts").unwrap_or(0).max(0),
            answers: keys.entries(stored.get("student_answers")).filter_map(answer).collect(),
            correct_map: keys.entries(stored.get("correct_map")).filter_map(verdict).collect(),
            input_state: keys.entries(stored.get("input_state")).collect(),
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

/// Reads answers as they are stored.
pub(super) fn answers_of(block: &Block<'_>, stored: &Value) -> Answers {
    Keys { html_id: &block.usage.html_id() }.entries(Some(stored)).filter_map(answer).collect()
}

/// Reads an answer as it is stored; nulls are no answers.
fn answer((key, value): (String, Value)) -> Option<(String, capa::Value)> {
    let value = match value {
        // The reference stores what its browsers send; these were put there by programs.
        Value::Number(number) => capa::Value::Text(number.to_string()),
        other => capa::Value::deserialize(other).ok()?,
    };
    Some((key, value))
}

/// Reads how an input was graded, also in the old form that is only a word.
fn verdict((key, value): (String, Value)) -> Option<(String, Entry)> {
    let entry = match value {
        word @ Value::String(_) => {
            Entry { correctness: Some(Correctness::deserialize(word).ok()?), ..Entry::default() }
        }
        object @ Value::Object(_) => Entry::deserialize(object).ok()?,
        _ => return None,
    };
    Some((key, entry))
}

/// The keys of the inputs of a problem.
///
/// They begin with the id of the problem. State that was stored elsewhere, or before the block was moved, has the id
/// it had there, or only the number of the input; what it says is about the same input.
struct Keys<'a> {
    html_id: &'a str,
}

impl Keys<'_> {
    /// Returns the entries of an object under the keys that they have here. What is stored under such a key counts more
    /// than what had to be renamed.
    fn entries(&self, stored: Option<&Value>) -> impl Iterator<Item = (String, Value)> + use<> {
        let mut entries = BTreeMap::new();
        if let Some(Value::Object(fields)) = stored {
            let (own, other): (Vec<_>, Vec<_>) = fields.iter().partition(|(key, _)| self.is_own(key));
            for (key, value) in own {
                entries.insert(key.clone(), value.clone());
            }
            for (key, value) in other {
                let (renamed, value) = self.renamed(key, value);
                entries.entry(renamed).or_insert(value);
            }
        }
        entries.into_iter()
    }

    fn is_own(&self, key: &str) -> bool {
        key.strip_prefix(self.html_id).is_some_and(|rest| rest.starts_with('_'))
    }

    fn renamed(&self, key: &str, value: &Value) -> (String, Value) {
        let key = key.strip_prefix("input_").unwrap_or(key);
        let (id, rest) = key.strip_suffix("_dynamath").map_or((key, ""), |id| (id, "_dynamath"));
        let mut parts = id.rsplitn(3, '_');
        let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let numbers = (parts.next().filter(is_number), parts.next().filter(is_number));
        let (Some(input), Some(response)) = numbers else { return (key.to_owned(), value.clone()) };
        let renamed = format!("{}_{response}_{input}", self.html_id);
        // The fields inside an input have its id too.
        let value = match value {
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| match name.strip_prefix(id) {
                    Some(rest) => ([&renamed, rest].concat(), value.clone()),
                    None => (name.clone(), value.clone()),
                })
                .collect(),
            other => other.clone(),
        };
        (renamed + rest, value)
    }
}

/// Reads a score, an object or a pair.
pub(super) fn score(value: &Value) -> Option<Score> {
    let (earned, possible) = match value {
        Value::Object(score) => (score.get("raw_earned")?, score.get("raw_possible")?),
        Value::Array(pair) => (pair.first()?, pair.get(1)?),
        _ => return None,
    };
    Some(Score { raw_earned: earned.as_f64()?, raw_possible: possible.as_f64()? })
}
