//! The trait every store of learner state implements.

use async_trait::async_trait;

use crate::{Changes, Gather, LearnerError, LearnerId, StateSet};

/// Keeps learner state. Implemented on SQLite and PostgreSQL by `storage`, and in memory for anonymous
/// learners and author previews by [`crate::EphemeralState`].
#[async_trait]
pub trait LearnerStore: Send + Sync {
    /// Reads everything a page needs for one learner: the number of statements does not depend on how many
    /// keys are asked for.
    async fn gather(&self, learner: &LearnerId, what: &Gather) -> Result<StateSet, LearnerError>;

    /// Writes all changes in one transaction, or none.
    ///
    /// [`LearnerError::Conflict`] when a row moved on since it was gathered (its `revision` differs): the
    /// caller gathers again and recomputes.
    async fn persist(&self, learner: &LearnerId, changes: &Changes) -> Result<(), LearnerError>;

    /// Reads events in order, after a cursor (0 = from the start); at most `limit`.
    async fn events(&self, after: i64, limit: u32) -> Result<Vec<(i64, crate::Event)>, LearnerError>;
}
