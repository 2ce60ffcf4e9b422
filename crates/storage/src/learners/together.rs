//! Writing what changes for several learners in one transaction.

use std::collections::HashMap;

use learner::{BlockChange, LearnerError, LearnerId, Plan, PlannedBlock, StateSet};
use serde_json::{Value, json};

use super::{reports, write};
use crate::{
    Database, StorageError,
    database::{micros, time_of},
    engine::{Record, Tx},
    sql::learners as sql,
};

/// Writes the changes; returns the learners whose rows moved on.
pub(super) async fn persist_each(
    database: &Database,
    changes: &[BlockChange],
) -> Result<Vec<LearnerId>, LearnerError> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = database.engine.begin().await?;
    let stored = stored(&mut tx, changes).await?;
    let (nothing, mut conflicts, mut plans) = (StateSet::default(), Vec::new(), Vec::new());
    let now = database.now();
    for change in changes {
        let at = time_of(change.changes().at.map_or(now, micros))?;
        match change.changes().plan(change.learner(), stored.get(change.learner()).unwrap_or(&nothing), at) {
            Ok(plan) => plans.push((change.learner(), plan)),
            Err(LearnerError::Conflict(_)) => conflicts.push(change.learner().clone()),
            Err(error) => return Err(error),
        }
    }
    let at = changes.iter().find_map(|change| change.changes().at).map_or(now, micros);
    put(&mut tx, &plans, at).await?;
    tx.commit().await?;
    Ok(conflicts)
}

/// Locks the learners and reads the rows that change.
async fn stored(
    tx: &mut Tx<'_>,
    changes: &[BlockChange],
) -> Result<HashMap<LearnerId, StateSet>, StorageError> {
    let mut learners: Vec<&LearnerId> = changes.iter().map(BlockChange::learner).collect();
    learners.sort();
    let learners = json!(learners).to_string();
    tx.on_postgres(&sql::LOCK_LEARNERS, &[(&learners).into()]).await?;
    let wanted = changes.iter().flat_map(|change| {
        let blocks = change.changes().touched().blocks;
        blocks.into_iter().map(|block| json!([change.learner(), block])).collect::<Vec<_>>()
    });
    let Some(wanted) = write::list(wanted) else { return Ok(HashMap::new()) };
    let rows: Vec<Record> = tx.rows(&sql::ROWS, &[(&wanted).into()]).await?;
    let mut found: HashMap<LearnerId, StateSet> = HashMap::new();
    for (record, row) in rows.iter().zip(reports::learner_rows(&rows)?) {
        found.entry(row.learner).or_default().blocks.insert(record.get(6)?, row.row);
    }
    Ok(found)
}

async fn put(tx: &mut Tx<'_>, plans: &[(&LearnerId, Plan<'_>)], now: i64) -> Result<(), StorageError> {
    let blocks =
        || plans.iter().flat_map(|(learner, plan)| plan.blocks.iter().map(move |block| (*learner, block)));
    let row = |(learner, block): (&LearnerId, &PlannedBlock<'_>)| {
        json!([learner, block.block, block.fields_json, block.row.revision])
    };
    if let Some(rows) = write::list(blocks().map(row)) {
        tx.execute(&sql::PUT_ROWS, &[(&rows).into(), now.into()]).await?;
    }
    let result = |(learner, block): (&LearnerId, &PlannedBlock<'_>)| {
        let (earned, possible) = block.row.score.unzip();
        json!([learner, block.block, earned, possible, block.row.completion])
    };
    let results = blocks().filter(|(_, block)| block.result_changed).map(result);
    if let Some(results) = write::list(results) {
        tx.execute(&sql::SET_RESULTS, &[(&results).into()]).await?;
    }
    let events: Vec<Value> =
        plans.iter().flat_map(|(_, plan)| plan.events.iter()).map(|e| write::event(e)).collect();
    if let Some(events) = write::list(events.into_iter()) {
        tx.execute(&sql::PUT_EVENTS, &[(&events).into()]).await?;
    }
    Ok(())
}
