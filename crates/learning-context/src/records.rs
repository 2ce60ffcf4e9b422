//! The stored record of a learning context.

use std::sync::Arc;

use blockstore::BundleId;
use opaque_keys::LearningContextKey;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What kind of context a record is; stored as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContextKind {
    /// A content library.
    Library,
    /// A course run.
    Course,
    /// A pathway.
    Pathway,
}

/// What a person may do in one context; ordered from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// See authored content, also its OLX.
    Read,
    /// Change it.
    Author,
    /// Change who may.
    Admin,
}

/// A context to be created.
#[derive(Clone, Debug)]
pub struct NewContext {
    /// Its key.
    pub key: LearningContextKey,
    /// What it is.
    pub kind: ContextKind,
    /// The bundle that holds its content; created before.
    pub bundle: BundleId,
    /// Human title.
    pub title: String,
    /// Free text.
    pub description: String,
    /// Licence text, may be empty.
    pub license: String,
    /// Anyone, also anonymous, may learn from it.
    pub allow_public_learning: bool,
    /// Any signed-in author may read it.
    pub allow_public_read: bool,
    /// Other keys it is found under (`library-v1:…`, old course keys).
    pub aliases: Vec<LearningContextKey>,
    /// When.
    pub created_at: OffsetDateTime,
}

/// A context as stored, with the pointers that say which content is current.
#[derive(Clone, Debug, PartialEq)]
pub struct ContextRecord {
    /// Its key (never an alias).
    pub key: LearningContextKey,
    /// What it is.
    pub kind: ContextKind,
    /// The bundle that holds its content.
    pub bundle: BundleId,
    /// Number of the newest published version; 0 when nothing was published.
    pub latest_version: u32,
    /// Revision of the working draft (`studio_draft`); `None` when it was never opened.
    pub draft_revision: Option<u64>,
    /// Human title.
    pub title: Arc<str>,
    /// Free text.
    pub description: Arc<str>,
    /// Licence text.
    pub license: Arc<str>,
    /// Anyone, also anonymous, may learn from it.
    pub allow_public_learning: bool,
    /// Any signed-in author may read it.
    pub allow_public_read: bool,
    /// When it was created.
    pub created_at: OffsetDateTime,
}
