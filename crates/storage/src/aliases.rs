//! [`AliasStore`] and [`MoveState`] on a database.

use async_trait::async_trait;
use learner::{LearnerError, MoveState, Moved, Moves};
use learning_context::{AliasStore, ContextError, UsageAlias};
use opaque_keys::{LearningContextKey, UsageKey};
use serde_json::{Value, json};

use crate::{Database, StorageError, sql::aliases as sql};

/// Learners whose state moves in one transaction.
const BATCH_LEARNERS: u32 = 200;

#[async_trait]
impl AliasStore for Database {
    async fn put_aliases(
        &self,
        context: &LearningContextKey,
        aliases: &[UsageAlias],
    ) -> Result<(), ContextError> {
        if aliases.is_empty() {
            return Ok(());
        }
        let row = |alias: &UsageAlias| json!([alias.alias, alias.usage, alias.source]);
        let list = Value::Array(aliases.iter().map(row).collect()).to_string();
        let params = [context.as_str().into(), (&list).into(), self.now().into()];
        self.engine.execute(&sql::PUT_ALIASES, &params).await?;
        Ok(())
    }

    async fn other_keys(&self, usage: &UsageKey) -> Result<Vec<UsageKey>, ContextError> {
        let rows = self.engine.rows(&sql::OTHER_KEYS, &[usage.as_str().into()]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect::<Result<_, StorageError>>()?)
    }

    async fn aliases(&self, context: &LearningContextKey) -> Result<Vec<UsageAlias>, ContextError> {
        let rows = self.engine.rows(&sql::ALIASES, &[context.as_str().into()]).await?;
        let alias = |row: &crate::engine::Record| {
            Ok(UsageAlias { alias: row.get(0)?, usage: row.get(1)?, source: row.get(2)? })
        };
        Ok(rows.iter().map(alias).collect::<Result<_, StorageError>>()?)
    }
}

#[async_trait]
impl MoveState for Database {
    async fn move_state(&self, moves: &Moves) -> Result<Moved, LearnerError> {
        if moves.is_empty() {
            return Ok(Moved::default());
        }
        let blocks = pairs(moves.blocks());
        let selections = pairs(moves.selections());
        self.engine.execute(&sql::MOVE_SUMMARIES, &[(&blocks).into()]).await.map_err(LearnerError::from)?;
        let mut moved = Moved::default();
        loop {
            let of_batch = move_batch(self, moves, &blocks, &selections).await?;
            moved.learners += of_batch.learners;
            moved.blocks += of_batch.blocks;
            moved.selections += of_batch.selections;
            // A batch that moves nothing was moved by someone else meanwhile.
            if of_batch.learners < u64::from(BATCH_LEARNERS) || of_batch.blocks + of_batch.selections == 0 {
                return Ok(moved);
            }
        }
    }
}

/// Moves what some learners have, in one transaction.
async fn move_batch(
    db: &Database,
    moves: &Moves,
    blocks: &str,
    selections: &str,
) -> Result<Moved, StorageError> {
    let mut tx = db.engine.begin().await?;
    let limit = [blocks.into(), selections.into(), BATCH_LEARNERS.into()];
    let rows = tx.rows(&sql::MOVING_LEARNERS, &limit).await?;
    let learners = rows.iter().map(|row| row.get::<&str>(0)).collect::<Result<Vec<_>, _>>()?;
    if learners.is_empty() {
        return Ok(Moved::default());
    }
    let list = json!(learners).to_string();
    tx.on_postgres(&sql::LOCK_LEARNERS, &[(&list).into()]).await?;
    let mut moved = Moved { learners: learners.len() as u64, ..Moved::default() };
    moved.blocks = tx.execute(&sql::MOVE_BLOCKS, &[blocks.into(), (&list).into()]).await?;
    let rows = tx.rows(&sql::MOVING_SELECTIONS, &[selections.into(), (&list).into()]).await?;
    if !rows.is_empty() {
        let renamed = |text: &str| -> Result<String, StorageError> {
            let tokens: Vec<String> =
                serde_json::from_str(text).map_err(|error| StorageError::corrupt("selection", error))?;
            Ok(json!(moves.tokens(&tokens)).to_string())
        };
        let row = |row: &crate::engine::Record| -> Result<Value, StorageError> {
            let (learner, from, to): (&str, &str, &str) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(json!([learner, from, to, renamed(row.get(3)?)?, renamed(row.get(4)?)?]))
        };
        let list = Value::Array(rows.iter().map(row).collect::<Result<_, _>>()?).to_string();
        moved.selections = tx.execute(&sql::MOVE_SELECTIONS, &[(&list).into()]).await?;
    }
    tx.commit().await?;
    Ok(moved)
}

fn pairs<'a>(pairs: impl Iterator<Item = (&'a UsageKey, &'a UsageKey)>) -> String {
    Value::Array(pairs.map(|(from, to)| json!([from, to])).collect()).to_string()
}
