//! The trait every store of learner state implements.

use std::collections::HashMap;

use async_trait::async_trait;
use opaque_keys::UsageKey;

use crate::{
    BlockChange, BlockResult, BlocksOf, Changes, EventPage, EventQuery, Gather, LearnerError, LearnerId,
    LearnerRow, LearnerSelection, Learners, StateSet,
};

/// Keeps learner state. Implemented on SQLite and PostgreSQL by `storage`, and in memory for anonymous
/// learners and author previews by [`crate::EphemeralState`].
#[async_trait]
pub trait LearnerStore: Send + Sync {
    /// Reads everything a page needs for one learner: the number of statements does not depend on how many
    /// keys are asked for.
    async fn gather(&self, learner: &LearnerId, what: &Gather) -> Result<StateSet, LearnerError>;

    /// Writes all changes in one transaction, or none, with the events that tell of them
    /// ([`Changes::plan`]).
    ///
    /// [`LearnerError::Conflict`] when a row moved on since it was gathered (its `revision` differs): the
    /// caller gathers again and recomputes.
    async fn persist(&self, learner: &LearnerId, changes: &Changes) -> Result<(), LearnerError>;

    /// Reads events in the order in which they became visible.
    async fn event_page(&self, query: &EventQuery) -> Result<EventPage, LearnerError>;

    /// Reads events in order, after a cursor (0 = from the start); at most `limit`.
    async fn events(&self, after: i64, limit: u32) -> Result<Vec<(i64, crate::Event)>, LearnerError> {
        let query = EventQuery { after, limit, ..EventQuery::default() };
        Ok(self.event_page(&query).await?.events)
    }

    /// Returns how many learners each reference shows each block to now, by token; what nobody has is left
    /// out. One statement.
    async fn selected_by(
        &self,
        references: &[UsageKey],
    ) -> Result<HashMap<UsageKey, HashMap<String, u64>>, LearnerError>;

    /// Returns how many learners did something in each block (state, score or completion); blocks nobody
    /// touched are left out.
    async fn learners_with_state(&self, blocks: &[UsageKey]) -> Result<HashMap<UsageKey, u64>, LearnerError>;

    /// Reads a page of the learners a reference gave blocks to, ordered by id bytewise, after one of them.
    async fn selections_of(
        &self,
        reference: &UsageKey,
        after: Option<&LearnerId>,
        limit: u32,
    ) -> Result<Vec<LearnerSelection>, LearnerError>;

    /// Reads what some learners did in some blocks, ordered by learner, then by block; rows that were cleared
    /// are left out.
    async fn results(
        &self,
        learners: &[LearnerId],
        blocks: BlocksOf<'_>,
    ) -> Result<Vec<BlockResult>, LearnerError>;

    /// Reads what learners have of one block, with the revisions, ordered by learner id bytewise. Rows that were
    /// cleared are left out. One statement.
    async fn rows_of(&self, block: &UsageKey, of: Learners<'_>) -> Result<Vec<LearnerRow>, LearnerError>;

    /// Writes what changes for several learners, at most one change each, in one transaction and in a number of
    /// statements that does not depend on how many they are, each as [`LearnerStore::persist`] does. Returns the
    /// learners whose rows moved on since they were read: nothing is written for those.
    ///
    /// Other errors of one change are errors of all, and nothing is written.
    async fn persist_each(&self, changes: &[BlockChange]) -> Result<Vec<LearnerId>, LearnerError>;
}
