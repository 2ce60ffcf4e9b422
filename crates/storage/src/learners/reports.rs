//! What is asked across learners.

use std::collections::HashMap;

use learner::{
    BlockResult, BlockStateRow, BlocksOf, LearnerId, LearnerRow, LearnerSelection, Learners, REPORTED_STATE,
    SelectionRow,
};
use opaque_keys::UsageKey;
use serde_json::json;

use super::parse;
use crate::{
    StorageError,
    engine::{Engine, Record},
    sql::reports as sql,
};

pub(super) async fn selected_by(
    engine: &Engine,
    references: &[UsageKey],
) -> Result<HashMap<UsageKey, HashMap<String, u64>>, StorageError> {
    let mut counts: HashMap<UsageKey, HashMap<String, u64>> = HashMap::new();
    if references.is_empty() {
        return Ok(counts);
    }
    for row in engine.rows(&sql::SELECTED_BY, &[(&keys(references)).into()]).await? {
        counts.entry(row.get(0)?).or_default().insert(row.get(1)?, row.number(2)?);
    }
    Ok(counts)
}

pub(super) async fn learners_with_state(
    engine: &Engine,
    blocks: &[UsageKey],
) -> Result<HashMap<UsageKey, u64>, StorageError> {
    if blocks.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = engine.rows(&sql::WITH_STATE, &[(&keys(blocks)).into()]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.number(1)?))).collect()
}

pub(super) async fn selections_of(
    engine: &Engine,
    reference: &UsageKey,
    after: Option<&LearnerId>,
    limit: u32,
) -> Result<Vec<LearnerSelection>, StorageError> {
    let after = after.map_or("", |learner| &learner.0);
    let params = [reference.as_str().into(), after.into(), limit.into()];
    let rows = engine.rows(&sql::SELECTIONS_OF, &params).await?;
    rows.iter()
        .map(|row| {
            let selection = SelectionRow {
                selected: parse("selection", row.get(1)?)?,
                seen: parse("selection", row.get(2)?)?,
                epoch: row.number(3)?,
                revision: row.number(4)?,
            };
            Ok(LearnerSelection { learner: LearnerId(row.get::<&str>(0)?.into()), selection })
        })
        .collect()
}

pub(super) async fn results(
    engine: &Engine,
    learners: &[LearnerId],
    blocks: BlocksOf<'_>,
) -> Result<Vec<BlockResult>, StorageError> {
    if learners.is_empty() {
        return Ok(Vec::new());
    }
    let learners = json!(learners).to_string();
    let found = match blocks {
        BlocksOf::Keys([]) => return Ok(Vec::new()),
        BlocksOf::Keys(blocks) => {
            let blocks = keys(blocks);
            let params = [(&learners).into(), REPORTED_STATE.into(), (&blocks).into()];
            read(&engine.rows(&sql::RESULTS_OF_BLOCKS, &params).await?)?
        }
        BlocksOf::Reference(reference) => {
            let pattern = pattern(reference);
            let params = [(&learners).into(), REPORTED_STATE.into(), (&pattern).into()];
            let mut found = read(&engine.rows(&sql::RESULTS_OF_REFERENCE, &params).await?)?;
            found.retain(|row| row.block.as_lib_ref().is_some_and(|key| key.reference() == *reference));
            found
        }
    };
    Ok(found.into_iter().filter(|row| !row.is_empty()).collect())
}

pub(super) async fn rows_of(
    engine: &Engine,
    block: &UsageKey,
    of: Learners<'_>,
) -> Result<Vec<LearnerRow>, StorageError> {
    let rows = match of {
        Learners::Page { after, limit } => {
            let after = after.map_or("", |learner| &learner.0);
            engine.rows(&sql::ROWS_OF_PAGE, &[block.as_str().into(), after.into(), limit.into()]).await?
        }
        Learners::These([]) => return Ok(Vec::new()),
        Learners::These(learners) => {
            let learners = json!(learners).to_string();
            engine.rows(&sql::ROWS_OF_LEARNERS, &[block.as_str().into(), (&learners).into()]).await?
        }
    };
    Ok(learner_rows(&rows)?.into_iter().filter(|row| !row.is_empty()).collect())
}

/// Reads rows of `ROWS_OF_PAGE` and `ROWS_OF_LEARNERS`.
pub(super) fn learner_rows(rows: &[Record]) -> Result<Vec<LearnerRow>, StorageError> {
    rows.iter()
        .map(|row| {
            let stored = BlockStateRow {
                fields: parse("state", row.get(1)?)?,
                score: row.get::<Option<f64>>(2)?.zip(row.get(3)?),
                completion: row.get(4)?,
                revision: row.number(5)?,
            };
            Ok(LearnerRow { learner: LearnerId(row.get::<&str>(0)?.into()), row: stored })
        })
        .collect()
}

/// Returns a `LIKE` pattern that every key of a block used through a reference matches: such a key ends in
/// what stands for the reference.
fn pattern(reference: &UsageKey) -> String {
    let (namespace, body) = reference.as_str().split_once(':').unwrap_or_default();
    let tail = if namespace == "block-v1" { body.to_owned() } else { format!("{namespace}={body}") };
    let mut pattern = String::from("%:");
    for c in tail.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

fn read(rows: &[Record]) -> Result<Vec<BlockResult>, StorageError> {
    rows.iter()
        .map(|row| {
            let fields = row.get::<Option<&str>>(2)?.map(|text| parse("state", text)).transpose()?;
            Ok(BlockResult {
                learner: LearnerId(row.get::<&str>(0)?.into()),
                block: row.get(1)?,
                fields,
                score: row.get::<Option<f64>>(3)?.zip(row.get(4)?),
                completion: row.get(5)?,
            })
        })
        .collect()
}

fn keys(blocks: &[UsageKey]) -> String {
    json!(blocks.iter().map(UsageKey::as_str).collect::<Vec<_>>()).to_string()
}
