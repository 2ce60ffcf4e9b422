//! Writing what one request changed.

use learner::{Event, LearnerId, Plan};
use serde_json::{Value, json};

use crate::{
    StorageError,
    database::micros,
    engine::{Param, Tx},
    sql::learners as sql,
};

/// Writes planned rows, each table in one statement.
pub(super) async fn write(
    tx: &mut Tx<'_>,
    learner: &LearnerId,
    plan: &Plan<'_>,
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
    if let Some(rows) = list(plan.events.iter().map(|told| event(told))) {
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

/// Returns an event as `PUT_EVENTS` takes it.
pub(super) fn event(event: &Event) -> Value {
    let data = event.data.to_string();
    json!([event.name, event.learner, event.context, event.block, data, micros(event.at)])
}

/// Returns a JSON array, or nothing for an empty one.
pub(super) fn list(items: impl Iterator<Item = Value>) -> Option<String> {
    let items: Vec<Value> = items.collect();
    (!items.is_empty()).then(|| Value::Array(items).to_string())
}
