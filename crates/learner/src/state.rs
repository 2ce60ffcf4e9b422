//! The values learner stores read and write.

use std::{collections::HashMap, fmt, sync::Arc};

use opaque_keys::{LearningContextKey, UsageKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

/// The stable opaque id of a learner: a user id of the LMS, or `anon` + 20 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LearnerId(pub Arc<str>);

impl fmt::Display for LearnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What to read in one go.
#[derive(Clone, Debug, Default)]
pub struct Gather {
    /// Blocks whose user state, summary and score are wanted.
    pub blocks: Vec<UsageKey>,
    /// Block types whose preferences are wanted.
    pub types: Vec<Arc<str>>,
    /// Whether the learner's user_info fields are wanted.
    pub user_info: bool,
    /// References whose stored selection is wanted (usage keys of reference blocks).
    pub selections: Vec<UsageKey>,
}

/// The row of one block for one learner.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockStateRow {
    /// user_state fields, stored JSON form.
    pub fields: Map<String, Value>,
    /// Earned and possible points, as last published.
    pub score: Option<(f64, f64)>,
    /// Completion in 0..=1.
    pub completion: Option<f64>,
    /// Grows with every write; 0 when there is no row yet.
    pub revision: u64,
}

/// The stored draw of one reference for one learner (unit-composition §5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelectionRow {
    /// Tokens in display order (`lb:` keys, or `type@id` for course children).
    pub selected: Vec<String>,
    /// Tokens shown to this learner before.
    pub seen: Vec<String>,
    /// Number of resets.
    pub epoch: u32,
    /// Grows with every write; 0 when there is no row yet.
    pub revision: u64,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct StateSet {
    /// Per block; absent when nothing is stored.
    pub blocks: HashMap<UsageKey, BlockStateRow>,
    /// user_state_summary fields per block, shared by all learners of the store.
    pub summary: HashMap<UsageKey, Map<String, Value>>,
    /// preferences per block type.
    pub preferences: HashMap<Arc<str>, Map<String, Value>>,
    /// user_info fields.
    pub user_info: Map<String, Value>,
    /// Selections per reference block.
    pub selections: HashMap<UsageKey, SelectionRow>,
}

/// New user state of one block.
#[derive(Clone, Debug)]
pub struct StateWrite {
    /// The block.
    pub block: UsageKey,
    /// All its user_state fields after the change.
    pub fields: Map<String, Value>,
    /// The revision the change was computed from.
    pub revision: u64,
}

/// A published score.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreChange {
    /// The block.
    pub block: UsageKey,
    /// Points earned.
    pub earned: f64,
    /// Points possible.
    pub possible: f64,
    /// Keep the old score if it is higher.
    pub only_if_higher: bool,
}

/// Something that happened, for the event outbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its name, e.g. `problem_check`.
    pub name: String,
    /// Who, or nobody.
    pub learner: Option<LearnerId>,
    /// Where.
    pub context: Option<LearningContextKey>,
    /// The block it is about.
    pub block: Option<UsageKey>,
    /// Payload.
    pub data: Value,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// Everything one request changes; written in one transaction.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// user_state rows, each checked against the revision it was computed from.
    pub states: Vec<StateWrite>,
    /// user_state_summary fields set: (block, field, value).
    pub summary: Vec<(UsageKey, String, Value)>,
    /// preferences set: (block type, field, value).
    pub preferences: Vec<(Arc<str>, String, Value)>,
    /// user_info fields set.
    pub user_info: Vec<(String, Value)>,
    /// Scores published.
    pub scores: Vec<ScoreChange>,
    /// Completion published: (block, 0..=1).
    pub completions: Vec<(UsageKey, f64)>,
    /// Selections, each checked against the revision it was computed from.
    pub selections: Vec<(UsageKey, SelectionRow)>,
    /// Selections that `selections` were computed from without changing them, with the revisions they had (0
    /// for those not there): the other members of a group. They are checked, not written.
    pub based_on: Vec<(UsageKey, u64)>,
    /// Blocks whose user state, score and completion are cleared (learner reset).
    pub cleared: Vec<UsageKey>,
    /// Events told in the same transaction.
    pub events: Vec<Event>,
    /// When the changes were made.
    pub at: Option<OffsetDateTime>,
}

impl Changes {
    /// Returns whether there is nothing to write; what was only read does not count.
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
            && self.summary.is_empty()
            && self.preferences.is_empty()
            && self.user_info.is_empty()
            && self.scores.is_empty()
            && self.completions.is_empty()
            && self.selections.is_empty()
            && self.cleared.is_empty()
            && self.events.is_empty()
    }
}
