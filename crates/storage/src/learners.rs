//! [`LearnerStore`] on a database.

use std::collections::HashMap;

use async_trait::async_trait;
use learner::{
    BlockStateRow, Changes, Event, Gather, LearnerError, LearnerId, LearnerStore, Plan, SelectionRow,
    StateSet,
};
use opaque_keys::UsageKey;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{
    Database, StorageError,
    database::{micros, time_of},
    engine::{Param, Record, Tx},
    sql::learners as sql,
};

#[async_trait]
impl LearnerStore for Database {
    async fn gather(&self, learner: &LearnerId, what: &Gather) -> Result<StateSet, LearnerError> {
        let lists = Lists::of(what);
        let rows = self.engine.rows(&sql::GATHER, &lists.params(learner)).await?;
        Ok(state_set(&rows, what)?)
    }

    async fn persist(&self, learner: &LearnerId, changes: &Changes) -> Result<(), LearnerError> {
        if changes.is_empty() {
            return Ok(());
        }
        let touched = changes.touched();
        let now = changes.at.map_or_else(|| self.now(), micros);
        let mut tx = self.engine.begin().await?;
        let stored = if touched.blocks.is_empty() && touched.selections.is_empty() {
            StateSet::default()
        } else {
            tx.on_postgres(&sql::LOCK_LEARNER, &[learner.0.as_ref().into()]).await?;
            let rows = tx.rows(&sql::GATHER, &Lists::of(&touched).params(learner)).await?;
            state_set(&rows, &touched)?
        };
        let plan = changes.plan(&stored)?;
        write(&mut tx, learner, &plan, &changes.events, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn events(&self, after: i64, limit: u32) -> Result<Vec<(i64, Event)>, LearnerError> {
        let mut tx = self.engine.begin().await?;
        tx.on_postgres(&sql::LOCK_EVENTS, &[]).await?;
        let rows = tx.rows(&sql::EVENTS, &[after.into(), limit.into()]).await?;
        tx.commit().await?;
        Ok(rows.iter().map(event).collect::<Result<_, _>>()?)
    }
}

/// The lists of a gather as JSON texts.
struct Lists {
    blocks: String,
    types: String,
    user_info: bool,
    selections: String,
}

impl Lists {
    fn of(what: &Gather) -> Self {
        let keys =
            |keys: &[UsageKey]| json!(keys.iter().map(UsageKey::as_str).collect::<Vec<_>>()).to_string();
        Lists {
            blocks: keys(&what.blocks),
            types: json!(what.types).to_string(),
            user_info: what.user_info,
            selections: keys(&what.selections),
        }
    }

    fn params<'a>(&'a self, learner: &'a LearnerId) -> [Param<'a>; 5] {
        [
            (&self.blocks).into(),
            learner.0.as_ref().into(),
            (&self.types).into(),
            self.user_info.into(),
            (&self.selections).into(),
        ]
    }
}

/// Sorts the rows of [`sql::GATHER`] into a state set, under the keys that were asked for.
fn state_set(rows: &[Record], what: &Gather) -> Result<StateSet, StorageError> {
    let asked: HashMap<&str, &UsageKey> =
        what.blocks.iter().chain(&what.selections).map(|key| (key.as_str(), key)).collect();
    let key_of = |text: &str| {
        let key = asked.get(text).map(|key| (*key).clone());
        key.ok_or_else(|| StorageError::corrupt("usage key", text))
    };
    let mut set = StateSet::default();
    for row in rows {
        let (key, field): (&str, &str) = (row.get(1)?, row.get(2)?);
        let body: &str = row.get(3)?;
        match row.get::<i64>(0)? {
            1 => {
                let score = row.get::<Option<f64>>(5)?.zip(row.get(6)?);
                let state = BlockStateRow {
                    fields: parse("state", body)?,
                    score,
                    completion: row.get(7)?,
                    revision: row.number(9)?,
                };
                set.blocks.insert(key_of(key)?, state);
            }
            2 => {
                let fields = set.summary.entry(key_of(key)?).or_default();
                fields.insert(field.to_owned(), parse("summary", body)?);
            }
            3 => {
                let fields = set.preferences.entry(key.into()).or_default();
                fields.insert(field.to_owned(), parse("preference", body)?);
            }
            4 => {
                set.user_info.insert(field.to_owned(), parse("user_info", body)?);
            }
            _ => {
                let selection = SelectionRow {
                    selected: parse("selection", body)?,
                    seen: parse("selection", row.get(4)?)?,
                    epoch: row.number(8)?,
                    revision: row.number(9)?,
                };
                set.selections.insert(key_of(key)?, selection);
            }
        }
    }
    Ok(set)
}

/// Writes planned rows, each table in one statement.
async fn write(
    tx: &mut Tx<'_>,
    learner: &LearnerId,
    plan: &Plan<'_>,
    events: &[Event],
    now: i64,
) -> Result<(), StorageError> {
    let id: Param<'_> = learner.0.as_ref().into();
    let now: Param<'_> = now.into();
    if let Some(rows) = list(plan.blocks.iter().map(|b| json!([b.block, b.fields_json, b.row.revision]))) {
        tx.execute(&sql::PUT_BLOCKS, &[id, (&rows).into(), now]).await?;
        write_results(tx, id, plan).await?;
    }
    if let Some(rows) = list(plan.summary.iter().map(|(b, f, v)| json!([b, f, v.to_string()]))) {
        tx.execute(&sql::PUT_SUMMARIES, &[(&rows).into(), now]).await?;
    }
    if let Some(rows) = list(plan.preferences.iter().map(|(t, f, v)| json!([t, f, v.to_string()]))) {
        tx.execute(&sql::PUT_PREFERENCES, &[id, (&rows).into(), now]).await?;
    }
    if let Some(rows) = list(plan.user_info.iter().map(|(f, v)| json!([f, v.to_string()]))) {
        tx.execute(&sql::PUT_INFO, &[id, (&rows).into(), now]).await?;
    }
    let selections = plan.selections.iter().map(|(reference, row)| {
        let (selected, seen) = (json!(row.selected).to_string(), json!(row.seen).to_string());
        json!([reference, selected, seen, row.epoch, row.revision])
    });
    if let Some(rows) = list(selections) {
        tx.execute(&sql::PUT_SELECTIONS, &[id, (&rows).into(), now]).await?;
    }
    let events = events.iter().map(|event| {
        let data = event.data.to_string();
        json!([event.name, event.learner, event.context, event.block, data, micros(event.at)])
    });
    if let Some(rows) = list(events) {
        tx.execute(&sql::PUT_EVENTS, &[(&rows).into()]).await?;
    }
    Ok(())
}

/// Writes the scores and completions that changed. Those that become empty go in one statement; the others
/// are few, since only handlers publish them.
async fn write_results(tx: &mut Tx<'_>, learner: Param<'_>, plan: &Plan<'_>) -> Result<(), StorageError> {
    let mut cleared = Vec::new();
    for planned in plan.blocks.iter().filter(|planned| planned.result_changed) {
        let (score, completion) = (planned.row.score, planned.row.completion);
        if score.is_none() && completion.is_none() {
            cleared.push(json!(planned.block));
            continue;
        }
        let params = [
            learner,
            planned.block.as_str().into(),
            score.map(|(earned, _)| earned).into(),
            score.map(|(_, possible)| possible).into(),
            completion.into(),
        ];
        tx.execute(&sql::SET_RESULT, &params).await?;
    }
    if let Some(blocks) = list(cleared.into_iter()) {
        tx.execute(&sql::CLEAR_RESULTS, &[learner, (&blocks).into()]).await?;
    }
    Ok(())
}

/// Returns a JSON array, or nothing for an empty one.
fn list(items: impl Iterator<Item = Value>) -> Option<String> {
    let items: Vec<Value> = items.collect();
    (!items.is_empty()).then(|| Value::Array(items).to_string())
}

fn parse<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StorageError> {
    serde_json::from_str(text).map_err(|error| StorageError::corrupt(what, error))
}

/// Reads a row of [`sql::EVENTS`].
fn event(row: &Record) -> Result<(i64, Event), StorageError> {
    let event = Event {
        name: row.get(1)?,
        learner: row.get::<Option<&str>>(2)?.map(|id| LearnerId(id.into())),
        context: row.get(3)?,
        block: row.get(4)?,
        data: parse("event", row.get(5)?)?,
        at: time_of(row.get(6)?)?,
    };
    Ok((row.get(0)?, event))
}
