//! What the rows of one learner become when changes are applied: the rules every store shares.

use std::{borrow::Cow, collections::BTreeMap};

use opaque_keys::UsageKey;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::{BlockStateRow, Changes, Event, Gather, LearnerError, LearnerId, SelectionRow, StateSet};

/// Name of the event that tells of a score: `{"value", "max_value", "only_if_higher"}`, as it counts from now on.
pub const GRADE: &str = "grade";
/// Name of the event that tells of completion: `{"completion"}`.
pub const COMPLETION: &str = "completion";
/// Name of the event that tells that a learner's state of a block was cleared: `{"score_deleted"}`.
pub const CLEARED: &str = "exedra.state.cleared";

/// Most bytes of JSON kept for the state of one block, or for one other value.
pub const STATE_BYTES: usize = 1 << 20;

/// The rows to write, each list in the order of its keys and without duplicates: stores that lock rows lock
/// them in one order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan<'a> {
    /// Block rows.
    pub blocks: Vec<PlannedBlock<'a>>,
    /// user_state_summary values: (block, field, value).
    pub summary: Vec<(&'a UsageKey, &'a str, &'a Value)>,
    /// Preferences: (block type, field, value).
    pub preferences: Vec<(&'a str, &'a str, &'a Value)>,
    /// user_info values.
    pub user_info: Vec<(&'a str, &'a Value)>,
    /// Selections.
    pub selections: Vec<(&'a UsageKey, SelectionRow)>,
    /// Everything to be told, in order: what was cleared, the events given, scores and completion.
    pub events: Vec<Cow<'a, Event>>,
}

/// The new row of one block.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedBlock<'a> {
    /// The block.
    pub block: &'a UsageKey,
    /// The row, with its new revision.
    pub row: BlockStateRow,
    /// The row's fields as JSON text.
    pub fields_json: String,
    /// Whether score or completion differ from what is stored.
    pub result_changed: bool,
}

impl Changes {
    /// Returns what has to be read to plan these changes.
    pub fn touched(&self) -> Gather {
        let states = self.states.iter().map(|write| &write.block);
        let scores = self.scores.iter().map(|change| &change.block);
        let completions = self.completions.iter().map(|(block, _)| block);
        let mut blocks: Vec<UsageKey> =
            states.chain(scores).chain(completions).chain(&self.cleared).cloned().collect();
        blocks.sort();
        blocks.dedup();
        let written = self.selections.iter().map(|(reference, _)| reference);
        let read = self.based_on.iter().map(|(reference, _)| reference);
        let selections = written.chain(read).cloned().collect();
        Gather { blocks, selections, ..Gather::default() }
    }

    /// Works out the new rows from what is stored now for [`Changes::touched`].
    ///
    /// Clearing comes first, then state, scores and completion. A cleared row stays, empty, so its revision
    /// is never used twice. Scores, completion and clearing are told by events made here, so that no way of
    /// writing them goes untold; a score that does not count because the old one is higher is not told.
    /// Errors: [`LearnerError::Conflict`], [`LearnerError::TooLarge`], [`LearnerError::InvalidNumber`].
    pub fn plan<'a>(
        &'a self,
        learner: &LearnerId,
        stored: &StateSet,
        at: OffsetDateTime,
    ) -> Result<Plan<'a>, LearnerError> {
        for event in &self.events {
            check_size(&event.name, &event.data)?;
        }
        let mut told = Told { learner, at, cleared: Vec::new(), results: Vec::new() };
        let mut plan = Plan { blocks: self.plan_blocks(stored, &mut told)?, ..Plan::default() };
        let own = told.cleared.into_iter().map(Cow::Owned);
        let given = self.events.iter().map(Cow::Borrowed);
        plan.events = own.chain(given).chain(told.results.into_iter().map(Cow::Owned)).collect();

        let mut summary = BTreeMap::new();
        for (block, field, value) in &self.summary {
            check_size(block.as_str(), value)?;
            summary.insert((block, field.as_str()), value);
        }
        plan.summary = summary.into_iter().map(|((block, field), value)| (block, field, value)).collect();

        let mut preferences = BTreeMap::new();
        for (block_type, field, value) in &self.preferences {
            check_size(field, value)?;
            preferences.insert((block_type.as_ref(), field.as_str()), value);
        }
        plan.preferences =
            preferences.into_iter().map(|((block_type, field), value)| (block_type, field, value)).collect();

        let mut user_info = BTreeMap::new();
        for (field, value) in &self.user_info {
            check_size(field, value)?;
            user_info.insert(field.as_str(), value);
        }
        plan.user_info = user_info.into_iter().collect();

        let written = self.selections.iter().map(|(reference, row)| (reference, row.revision));
        let read = self.based_on.iter().map(|(reference, revision)| (reference, *revision));
        for (reference, revision) in written.chain(read) {
            if stored.selections.get(reference).map_or(0, |row| row.revision) != revision {
                return Err(LearnerError::Conflict(reference.to_string()));
            }
        }
        let selections: BTreeMap<_, _> = self
            .selections
            .iter()
            .map(|(reference, row)| (reference, SelectionRow { revision: row.revision + 1, ..row.clone() }))
            .collect();
        plan.selections = selections.into_iter().collect();
        Ok(plan)
    }

    fn plan_blocks(
        &self,
        stored: &StateSet,
        told: &mut Told<'_>,
    ) -> Result<Vec<PlannedBlock<'_>>, LearnerError> {
        let mut rows: BTreeMap<&UsageKey, BlockStateRow> = BTreeMap::new();
        for block in &self.cleared {
            // Nothing is stored, so nothing is cleared.
            if let Some(row) = stored.blocks.get(block) {
                let empty = BlockStateRow { revision: row.revision, ..BlockStateRow::default() };
                if rows.insert(block, empty.clone()).is_none() && *row != empty {
                    let event = told.event(CLEARED, block, json!({"score_deleted": row.score.is_some()}));
                    told.cleared.push(event);
                }
            }
        }
        fn row<'r, 'k>(
            rows: &'r mut BTreeMap<&'k UsageKey, BlockStateRow>,
            stored: &StateSet,
            block: &'k UsageKey,
        ) -> &'r mut BlockStateRow {
            rows.entry(block).or_insert_with(|| stored.blocks.get(block).cloned().unwrap_or_default())
        }
        for write in &self.states {
            let row = row(&mut rows, stored, &write.block);
            if row.revision != write.revision {
                return Err(LearnerError::Conflict(write.block.to_string()));
            }
            row.fields = write.fields.clone();
        }
        for change in &self.scores {
            check_number(&change.block, "points earned", change.earned, 0.0, f64::MAX)?;
            check_number(&change.block, "points possible", change.possible, 0.0, f64::MAX)?;
            let row = row(&mut rows, stored, &change.block);
            let is_lower = row.score.is_some_and(|old| share(old) > share((change.earned, change.possible)));
            if !(change.only_if_higher && is_lower) {
                row.score = Some((change.earned, change.possible));
                let data = json!({
                    "value": change.earned,
                    "max_value": change.possible,
                    "only_if_higher": change.only_if_higher,
                });
                told.results.push(told.event(GRADE, &change.block, data));
            }
        }
        for (block, completion) in &self.completions {
            check_number(block, "completion", *completion, 0.0, 1.0)?;
            row(&mut rows, stored, block).completion = Some(*completion);
            told.results.push(told.event(COMPLETION, block, json!({"completion": completion})));
        }
        rows.into_iter().map(|(block, row)| planned(block, row, stored.blocks.get(block))).collect()
    }
}

/// The events a plan makes itself.
struct Told<'a> {
    learner: &'a LearnerId,
    at: OffsetDateTime,
    cleared: Vec<Event>,
    results: Vec<Event>,
}

impl Told<'_> {
    fn event(&self, name: &str, block: &UsageKey, data: Value) -> Event {
        Event {
            name: name.to_owned(),
            learner: Some(self.learner.clone()),
            context: Some(block.context_key()),
            block: Some(block.clone()),
            data,
            at: self.at,
        }
    }
}

fn planned<'a>(
    block: &'a UsageKey,
    mut row: BlockStateRow,
    stored: Option<&BlockStateRow>,
) -> Result<PlannedBlock<'a>, LearnerError> {
    row.revision += 1;
    let fields_json = json(block.as_str(), &row.fields)?;
    let result_changed =
        (row.score, row.completion) != stored.map_or((None, None), |old| (old.score, old.completion));
    Ok(PlannedBlock { block, row, fields_json, result_changed })
}

/// Returns the share of the possible points that was earned.
fn share((earned, possible): (f64, f64)) -> f64 {
    if possible > 0.0 { earned / possible } else { 0.0 }
}

/// Returns the JSON text of fields, unless it is too long to be kept.
fn json(key: &str, fields: &Map<String, Value>) -> Result<String, LearnerError> {
    let text = serde_json::to_string(fields).map_err(|error| LearnerError::Storage(error.to_string()))?;
    check_bytes(key, text.len())?;
    Ok(text)
}

fn check_size(key: &str, value: &Value) -> Result<(), LearnerError> {
    check_bytes(key, value.to_string().len())
}

fn check_bytes(key: &str, size: usize) -> Result<(), LearnerError> {
    if size > STATE_BYTES {
        return Err(LearnerError::TooLarge { key: key.to_owned(), size, limit: STATE_BYTES });
    }
    Ok(())
}

fn check_number(
    block: &UsageKey,
    what: &'static str,
    value: f64,
    least: f64,
    most: f64,
) -> Result<(), LearnerError> {
    // Written so that NaN is refused.
    if value >= least && value <= most {
        return Ok(());
    }
    Err(LearnerError::InvalidNumber { key: block.to_string(), what, value })
}
