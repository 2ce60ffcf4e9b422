//! External graders behind a queue (capa §6.12): submissions go to the queue, replies come to
//! [`crate::http::xqueue`].
//!
//! Only the configured address is ever asked, redirects are not followed, and everything is bounded: a learner waits
//! for a queue that does not answer as long as for one that is not there, a few seconds, while no transaction is open.

mod client;
mod form;

use std::sync::{Mutex, PoisonError};

use futures_util::future::join_all;
use learning_context::VersionSelector;
use opaque_keys::{LearningContextKey, UsageKey};
use serde_json::json;
use xblock::{GraderDelivery, GraderReceipt, GraderSubmission};

use crate::{
    app::App,
    clock::random_hex,
    config::XQueueConfig,
    runtime::links::block_segment,
    token::{keyed_id, same},
};

/// The queue of external graders.
#[derive(Debug)]
pub struct XQueue {
    config: XQueueConfig,
    /// The session there, once it was opened.
    session: Mutex<Option<String>>,
}

/// Whose answer a submission is.
#[derive(Clone, Copy)]
pub struct Submitter<'a> {
    /// The learner's id.
    pub learner: &'a str,
    /// The block, as the learner uses it.
    pub usage: &'a UsageKey,
    /// The version asked for.
    pub asked: VersionSelector,
    /// Where the block is from.
    pub context: &'a LearningContextKey,
}

impl XQueue {
    /// Returns the queue of a configuration; nothing was asked of it yet.
    pub fn new(config: XQueueConfig) -> Self {
        XQueue { config, session: Mutex::default() }
    }

    /// Returns the seconds a learner waits between submissions while one is with a grader.
    pub fn wait_seconds(&self) -> u32 {
        self.config.wait_seconds
    }

    /// Sends submissions, all at once, and returns what became of each.
    pub async fn deliver(
        &self,
        app: &App,
        whose: Submitter<'_>,
        submissions: Vec<GraderSubmission>,
    ) -> Vec<GraderDelivery> {
        join_all(submissions.into_iter().map(|submission| self.deliver_one(app, whose, submission))).await
    }

    async fn deliver_one(&self, app: &App, whose: Submitter<'_>, sent: GraderSubmission) -> GraderDelivery {
        let queue = sent.queue.unwrap_or_else(|| default_queue(whose.context));
        // Who has the key can reply, so it must not follow from what learners know.
        let key = random_hex(app.clock.as_ref(), 16);
        let header = json!({
            "lms_callback_url": self.callback(app, whose, sent.reply_to),
            "lms_key": key,
            "queue_name": queue,
        });
        let boundary = random_hex(app.clock.as_ref(), 16);
        let submitted = self.submit(&header.to_string(), &sent.body, &sent.files, &boundary).await;
        let outcome = match submitted {
            Ok(message) => Ok(GraderReceipt { key, message }),
            Err(error) => {
                tracing::warn!(queue, reason = %error, "a submission could not be delivered to the grader");
                Err(error.to_string())
            }
        };
        GraderDelivery { input: sent.input, time: sent.time, outcome }
    }

    /// Returns where a grader's reply to a learner's submission goes. The address is a permission of its own: handler
    /// tokens live for days, and graders may take longer. It is good for nothing without a key that waits.
    fn callback(&self, app: &App, whose: Submitter<'_>, dispatch: &str) -> String {
        let signature = reply_signature(&app.config.grader_secret, whose.learner, whose.usage);
        let (root, block) = (&self.config.callback_root, block_segment(whose.usage, whose.asked));
        format!("{root}/xqueue/{block}/{}-{signature}/{dispatch}", whose.learner)
    }

    fn session(&self) -> Option<String> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep_session(&self, session: &str) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session.to_owned());
    }
}

fn reply_signature(secret: &[u8], learner: &str, usage: &UsageKey) -> String {
    // Learner ids have no blanks.
    keyed_id(secret, &format!("{learner} {usage}"))
}

/// Returns whether a signature is the one of a learner's block, in time that tells nothing of it.
pub fn is_signed(secret: &[u8], learner: &str, usage: &UsageKey, signature: &str) -> bool {
    same(reply_signature(secret, learner, usage).as_bytes(), signature.as_bytes())
}

/// Returns the queue of problems that name none: organisation and course, as in the reference.
fn default_queue(context: &LearningContextKey) -> String {
    match (context.org(), context.course().or_else(|| context.slug())) {
        (Some(org), Some(name)) => format!("{org}-{name}"),
        _ => context.to_string(),
    }
}
