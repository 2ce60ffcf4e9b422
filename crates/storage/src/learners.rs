//! [`LearnerStore`] on a database.

mod events;
mod gather;
mod reports;
mod together;
mod write;

use std::collections::HashMap;

use async_trait::async_trait;
use learner::{
    BlockChange, BlockResult, BlocksOf, Changes, EventPage, EventQuery, Gather, LearnerError, LearnerId,
    LearnerRow, LearnerSelection, LearnerStore, Learners, StateSet,
};
use opaque_keys::UsageKey;
use serde::de::DeserializeOwned;

use crate::{
    Database, StorageError,
    database::{micros, time_of},
    sql::learners as sql,
};
use gather::{Lists, state_set};

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
        let plan = changes.plan(learner, &stored, time_of(now)?)?;
        write::write(&mut tx, learner, &plan, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn event_page(&self, query: &EventQuery) -> Result<EventPage, LearnerError> {
        Ok(events::page(&self.engine, query).await?)
    }

    async fn selected_by(
        &self,
        references: &[UsageKey],
    ) -> Result<HashMap<UsageKey, HashMap<String, u64>>, LearnerError> {
        Ok(reports::selected_by(&self.engine, references).await?)
    }

    async fn learners_with_state(&self, blocks: &[UsageKey]) -> Result<HashMap<UsageKey, u64>, LearnerError> {
        Ok(reports::learners_with_state(&self.engine, blocks).await?)
    }

    async fn selections_of(
        &self,
        reference: &UsageKey,
        after: Option<&LearnerId>,
        limit: u32,
    ) -> Result<Vec<LearnerSelection>, LearnerError> {
        Ok(reports::selections_of(&self.engine, reference, after, limit).await?)
    }

    async fn results(
        &self,
        learners: &[LearnerId],
        blocks: BlocksOf<'_>,
    ) -> Result<Vec<BlockResult>, LearnerError> {
        Ok(reports::results(&self.engine, learners, blocks).await?)
    }

    async fn rows_of(&self, block: &UsageKey, of: Learners<'_>) -> Result<Vec<LearnerRow>, LearnerError> {
        Ok(reports::rows_of(&self.engine, block, of).await?)
    }

    async fn persist_each(&self, changes: &[BlockChange]) -> Result<Vec<LearnerId>, LearnerError> {
        together::persist_each(self, changes).await
    }
}

fn parse<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StorageError> {
    serde_json::from_str(text).map_err(|error| StorageError::corrupt(what, error))
}
