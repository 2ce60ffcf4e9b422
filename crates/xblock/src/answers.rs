//! What learners answered, for those who teach.

use std::collections::BTreeMap;

/// A question of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What the question is called in the block, the same for every learner.
    pub input: String,
    /// What is asked; empty when the question has no label of its own.
    pub label: String,
    /// The answers among which learners choose, in order; empty where they write.
    pub offers: Vec<String>,
}

/// What one learner answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// Number of submissions.
    pub attempts: u64,
    /// The answers of the last submission, by [`Question::input`].
    pub answers: BTreeMap<String, Answer>,
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What was written, or each of the answers that were chosen; nothing for an empty answer.
    pub texts: Vec<String>,
    /// `correct`, `incorrect`, `partially-correct`, or nothing while it is not graded.
    pub correctness: Option<&'static str>,
}
