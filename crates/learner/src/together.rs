//! What is read and written for many learners at once: what they have of one block.

use opaque_keys::UsageKey;
use time::OffsetDateTime;

use crate::{BlockStateRow, Changes, Event, LearnerId, ScoreChange, StateWrite};

/// The learners whose rows of a block are read.
#[derive(Clone, Copy, Debug)]
pub enum Learners<'a> {
    /// Those who did something, in the order of their ids, after one of them; at most `limit`.
    Page {
        /// The learner the page starts after.
        after: Option<&'a LearnerId>,
        /// Most learners.
        limit: u32,
    },
    /// These, as far as they did something.
    These(&'a [LearnerId]),
}

/// What one learner has of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnerRow {
    /// Who.
    pub learner: LearnerId,
    /// Their row.
    pub row: BlockStateRow,
}

impl LearnerRow {
    /// Returns whether nothing is left of what the learner did: cleared rows stay, empty.
    pub fn is_empty(&self) -> bool {
        self.row.fields.is_empty() && self.row.score.is_none() && self.row.completion.is_none()
    }
}

/// What changes in one block for one learner, and what is told of it.
#[derive(Clone, Debug)]
pub struct BlockChange {
    learner: LearnerId,
    changes: Changes,
}

impl BlockChange {
    /// Makes a change that was computed from a row. `score`: earned and possible points, and whether the old ones
    /// are kept where they are higher.
    pub fn new(
        learner: LearnerId,
        block: &UsageKey,
        state: Option<StateWrite>,
        score: Option<(f64, f64, bool)>,
        events: Vec<Event>,
        at: OffsetDateTime,
    ) -> Self {
        let scores = score.map(|(earned, possible, only_if_higher)| ScoreChange {
            block: block.clone(),
            earned,
            possible,
            only_if_higher,
        });
        let changes = Changes {
            states: state.into_iter().collect(),
            scores: scores.into_iter().collect(),
            events,
            at: Some(at),
            ..Changes::default()
        };
        BlockChange { learner, changes }
    }

    /// Returns whose change it is.
    pub fn learner(&self) -> &LearnerId {
        &self.learner
    }

    /// Returns what changes: state, score and events.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }
}
