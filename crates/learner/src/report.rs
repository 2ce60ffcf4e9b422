//! What is asked across learners: how many were given a block, and what they did.

use opaque_keys::{LearningContextKey, UsageKey};
use serde_json::{Map, Value};

use crate::{Event, LearnerId, SelectionRow};

/// Longest state, in characters of JSON, that a report repeats.
pub const REPORTED_STATE: u32 = 16_384;

/// The blocks whose results a report asks for.
#[derive(Clone, Copy, Debug)]
pub enum BlocksOf<'a> {
    /// Every block used through a reference (`lb-ref:` keys), those it no longer shows included.
    Reference(&'a UsageKey),
    /// These.
    Keys(&'a [UsageKey]),
}

/// What one learner was given by a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnerSelection {
    /// Who.
    pub learner: LearnerId,
    /// Their draw.
    pub selection: SelectionRow,
}

/// What one learner did in one block.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockResult {
    /// Who.
    pub learner: LearnerId,
    /// The block.
    pub block: UsageKey,
    /// user_state fields; `None` when they are longer than [`REPORTED_STATE`].
    pub fields: Option<Map<String, Value>>,
    /// Earned and possible points.
    pub score: Option<(f64, f64)>,
    /// Completion in 0..=1.
    pub completion: Option<f64>,
}

impl BlockResult {
    /// Returns whether nothing is left of what the learner did: cleared rows stay, empty.
    pub fn is_empty(&self) -> bool {
        self.score.is_none() && self.completion.is_none() && self.fields.as_ref().is_some_and(Map::is_empty)
    }
}

/// Which events to read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventQuery {
    /// Cursor the page starts after; 0 is the start.
    pub after: i64,
    /// Most events to read.
    pub limit: u32,
    /// Only events of that name.
    pub name: Option<String>,
    /// Only events of that context.
    pub context: Option<LearningContextKey>,
}

/// A page of events.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPage {
    /// Events in order, each with its cursor.
    pub events: Vec<(i64, Event)>,
    /// The cursor to go on from: never before the one asked with, and past everything that was looked at.
    pub next: i64,
}

impl EventPage {
    /// Returns the page of a query; `last` is the cursor of the newest event there is, of any name and
    /// context.
    pub fn new(query: &EventQuery, events: Vec<(i64, Event)>, last: i64) -> Self {
        let is_full = events.len() >= query.limit as usize;
        let end = events.last().map_or(query.after, |(cursor, _)| *cursor);
        EventPage { next: if is_full { end } else { last.max(query.after) }, events }
    }
}
