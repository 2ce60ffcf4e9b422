//! What a learner did: field values, scores, completion, selections and the events that tell of it.
//!
//! A request *gathers* a [`StateSet`] in one read, computes on plain values, and hands one [`Changes`] back,
//! which the store writes in one transaction. Views that change nothing produce empty changes and write
//! nothing.

pub mod ephemeral;
pub mod error;
pub mod moves;
pub mod plan;
pub mod report;
pub mod state;
mod store;
mod together;

pub use ephemeral::{EphemeralLimits, EphemeralState};
pub use error::LearnerError;
pub use moves::{MoveState, Moved, Moves};
pub use plan::{Plan, PlannedBlock, STATE_BYTES};
pub use report::{BlockResult, BlocksOf, EventPage, EventQuery, LearnerSelection, REPORTED_STATE};
pub use state::{
    BlockStateRow, Changes, Event, Gather, LearnerId, ScoreChange, SelectionRow, StateSet, StateWrite,
};
pub use store::LearnerStore;
pub use together::{BlockChange, LearnerRow, Learners};
