//! What can go wrong with bundles.

use thiserror::Error;

use crate::{BundleId, Digest};

/// An error of a bundle store.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BlockstoreError {
    /// There is no such bundle.
    #[error("there is no bundle {0}")]
    NoSuchBundle(BundleId),
    /// A bundle of that id is there already.
    #[error("bundle {0} already exists")]
    BundleExists(BundleId),
    /// The bundle has no such version.
    #[error("bundle {bundle} has no version {version}")]
    NoSuchVersion {
        /// The bundle.
        bundle: BundleId,
        /// The version asked for.
        version: u32,
    },
    /// The draft was never opened, or was thrown away.
    #[error("bundle {bundle} has no draft '{name}'")]
    NoSuchDraft {
        /// The bundle.
        bundle: BundleId,
        /// The draft's name.
        name: String,
    },
    /// No bytes are known under that digest.
    #[error("there are no bytes with digest {0}")]
    NoSuchBlob(Digest),
    /// A path breaks the rules of blockstore-api §4.
    #[error("\"{path}\" is not a valid file name: {problem}")]
    InvalidPath {
        /// The path, shortened when it is very long.
        path: String,
        /// The rule it breaks.
        problem: &'static str,
    },
    /// A draft name is empty, too long, or has control characters.
    #[error("\"{0}\" is not a valid draft name")]
    InvalidDraftName(String),
    /// A digest is not 40 hexadecimal digits.
    #[error("\"{0}\" is not a digest of 40 hexadecimal digits")]
    InvalidDigest(String),
    /// A text has characters that cannot be kept.
    #[error("{0} may not contain the character U+0000")]
    InvalidText(&'static str),
    /// A link would make a bundle depend on itself.
    #[error("link cycle detected: link '{name}' makes bundle {bundle} depend on itself")]
    LinkCycle {
        /// The bundle that was to be linked from.
        bundle: BundleId,
        /// The link's name.
        name: String,
    },
    /// The draft moved on, or is not based on the version the caller expects.
    #[error("expected revision or version {expected}, but found {found}")]
    Stale {
        /// The revision or base version the caller named.
        expected: u64,
        /// The one that is there.
        found: u64,
    },
    /// The draft has no changes.
    #[error("draft has no changes to commit")]
    NothingToCommit,
    /// Something is larger than the limit.
    #[error("{what} is {size} long; at most {limit} is allowed")]
    TooLarge {
        /// What is too large, with its unit.
        what: String,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The database did not do what it should; the text is for the log only.
    #[error("bundles could not be read or written: {0}")]
    Storage(String),
    /// The blob store did not do what it should; the text is for the log only.
    #[error("file contents could not be read or written: {0}")]
    Blob(String),
}
