//! What a bundle store is asked for and answers with.

use std::{fmt, str::FromStr, sync::Arc};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{BlockstoreError, Digest, FilePath, SnapshotDigest};

/// Identifies a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BundleId(pub Uuid);

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// The name of a draft within its bundle; 1 to 180 characters, none of them a control character.
/// Libraries and courses use [`DraftName::studio`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DraftName(Arc<str>);

impl DraftName {
    /// Returns `studio_draft`, the working draft of every library and course (blockstore-api §6.1).
    pub fn studio() -> Self {
        DraftName("studio_draft".into())
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DraftName {
    type Err = BlockstoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.chars().count() {
            1..=180 if !text.contains(char::is_control) => Ok(DraftName(text.into())),
            _ => Err(BlockstoreError::InvalidDraftName(text.chars().take(200).collect())),
        }
    }
}

/// A bundle to be created.
#[derive(Clone, Debug)]
pub struct NewBundle {
    /// Its identifier, chosen by the caller.
    pub id: BundleId,
    /// Human title, at most 180 characters.
    pub title: String,
    /// Unicode slug, at most 50 characters; not unique.
    pub slug: String,
    /// Free text, at most 10,000 characters.
    pub description: String,
}

/// A bundle as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Its identifier.
    pub id: BundleId,
    /// Human title.
    pub title: String,
    /// Unicode slug.
    pub slug: String,
    /// Free text.
    pub description: String,
    /// Number of the newest version; 0 when there is none yet.
    pub latest_version: u32,
}

/// One state of a bundle that can be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum At {
    /// The version of this number; 0 reads as empty.
    Version(u32),
    /// The draft of this name, or the newest version where the draft was never opened.
    Draft(DraftName),
}

/// One file of a version or draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Path within the bundle.
    pub path: FilePath,
    /// BLAKE2b-160 of the bytes.
    pub digest: Digest,
    /// Size in bytes.
    pub size: u64,
    /// True when a draft sets this file; always false for versions.
    pub modified: bool,
}

/// A version or draft revision depends on another bundle at a fixed version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dependency {
    /// The bundle depended on.
    pub bundle: BundleId,
    /// Its version number, at least 1.
    pub version: u32,
    /// The digest of that version's snapshot.
    pub snapshot: SnapshotDigest,
}

/// A named link of a bundle to another one, with everything that one depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Name, unique within the bundle.
    pub name: String,
    /// What the link names.
    pub direct: Dependency,
    /// All dependencies of the linked snapshot, sorted, without duplicates.
    pub indirect: Vec<Dependency>,
    /// True when a draft set this link.
    pub modified: bool,
}

/// One change to a draft.
#[derive(Clone, Debug)]
pub enum Change {
    /// Sets a file's bytes.
    Put(FilePath, Bytes),
    /// Sets a file to bytes that the store has already, under their digest: copies without reading.
    PutKnown(FilePath, Digest),
    /// Removes a file; removing what is not there is no error.
    Delete(FilePath),
    /// Sets a link to a version that exists.
    Link {
        /// Name of the link.
        name: String,
        /// The bundle linked to.
        bundle: BundleId,
        /// The version linked to.
        version: u32,
    },
    /// Removes a link; removing what is not there is no error.
    Unlink(String),
}

/// A draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its identifier.
    pub id: Uuid,
    /// The bundle it belongs to.
    pub bundle: BundleId,
    /// Its name.
    pub name: DraftName,
    /// The version it is based on; 0 when the bundle had none.
    pub base_version: u32,
    /// Grows by one with every accepted write or commit; a cache key for what was read from it.
    pub revision: u64,
    /// Whether it holds changes that are not committed.
    pub has_changes: bool,
    /// When it was opened.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

/// How a draft is committed.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// The version's name; the store writes `v<N>` when absent.
    pub name: Option<String>,
    /// What changed, in the author's words; at most 1,000 characters.
    pub description: String,
    /// Who committed, if known.
    pub author: Option<String>,
    /// Refuse ([`BlockstoreError::Stale`]) unless the draft is based on this version and it is the newest.
    pub expect_base: Option<u32>,
    /// Refuse ([`BlockstoreError::Stale`]) a draft that stands at another revision.
    pub expect_revision: Option<u64>,
    /// Refuse a draft without changes instead of making an equal version.
    pub reject_empty: bool,
}

/// A version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The bundle.
    pub bundle: BundleId,
    /// 1, 2, 3 …
    pub number: u32,
    /// The name given at publish, or `v<N>`.
    pub name: String,
    /// What changed.
    pub description: String,
    /// Who committed, if known.
    pub author: Option<String>,
    /// When.
    pub created_at: OffsetDateTime,
    /// Digest over the whole listing (blockstore-api §1.4); `None` until someone asked for it.
    pub snapshot: Option<SnapshotDigest>,
}
