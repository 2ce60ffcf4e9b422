//! Answers that an external grader judges: what a handler asks to be sent, and what it is told of that.
//!
//! A handler that has something to send puts it into [`crate::Effects::submissions`]. Nothing else it did counts then:
//! the server sends it, with no transaction open, and calls the handler again with a [`GraderDelivery`] for each.

use std::sync::Arc;

/// A file that came with a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedFile {
    /// Name of the form field.
    pub field: String,
    /// Name of the file as the sender has it, without folders.
    pub name: String,
    /// What is in it.
    pub bytes: Arc<[u8]>,
}

/// Something to send to an external grader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraderSubmission {
    /// Id of the input it is the answer to; deliveries are told apart by it.
    pub input: String,
    /// The queue the author named.
    pub queue: Option<String>,
    /// What the reply is for: `score_update` or `ungraded_response`.
    pub reply_to: &'static str,
    /// When the learner submitted it, `%Y%m%d%H%M%S` in UTC.
    pub time: String,
    /// The body for the grader, JSON text.
    pub body: String,
    /// Files that belong to it.
    pub files: Vec<UploadedFile>,
}

/// What became of a [`GraderSubmission`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraderDelivery {
    /// Id of the input.
    pub input: String,
    /// [`GraderSubmission::time`].
    pub time: String,
    /// Where it waits, or why it could not be delivered, in words for learners.
    pub outcome: Result<GraderReceipt, String>,
}

/// A submission that the grader has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraderReceipt {
    /// What the reply will name it by. Only the grader may know it: who has it can reply.
    pub key: String,
    /// What the grader said, e.g. how many submissions wait there.
    pub message: String,
}

/// The way to external graders, where there is one.
#[derive(Clone, Copy, Debug)]
pub struct GraderQueue<'a> {
    /// Seconds a learner waits between submissions while one is with a grader.
    pub wait_seconds: u32,
    /// What became of what this call asked to be sent.
    pub deliveries: &'a [GraderDelivery],
}
