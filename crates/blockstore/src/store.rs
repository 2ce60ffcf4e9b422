//! The trait every bundle store implements.

use async_trait::async_trait;
use bytes::Bytes;

use crate::{
    At, BlockstoreError, Bundle, BundleId, Change, Commit, Digest, Draft, DraftName, FileEntry, FilePath,
    Link, NewBundle, Version,
};

/// Bundles with their drafts and versions (blockstore-api §1).
///
/// "Not there" is `Ok(None)` or an empty list; it becomes an error only where the call needs the thing.
/// Every write is one transaction: it is there completely once the call returns `Ok`, and not at all after
/// an error or a crash.
#[async_trait]
pub trait Blockstore: Send + Sync {
    /// Creates a bundle without versions; [`BlockstoreError::BundleExists`] when the id is taken.
    ///
    /// The caller makes the id, and never the same one twice, not even after the bundle was deleted: what was
    /// read from a version is cached for ever under it.
    async fn create_bundle(&self, bundle: NewBundle) -> Result<Bundle, BlockstoreError>;

    /// Returns one bundle with its latest version number.
    async fn bundle(&self, bundle: BundleId) -> Result<Option<Bundle>, BlockstoreError>;

    /// Removes a bundle with its versions and drafts. Blobs stay.
    async fn delete_bundle(&self, bundle: BundleId) -> Result<bool, BlockstoreError>;

    /// Returns the draft of that name, if it was ever opened.
    async fn draft(&self, bundle: BundleId, name: &DraftName) -> Result<Option<Draft>, BlockstoreError>;

    /// Applies changes to a draft, opening it on the newest version when there is none (all or nothing;
    /// concurrent calls on one draft are serialised, so none is lost).
    ///
    /// `expect_revision`: when given and the draft stands at another revision, nothing is written and
    /// [`BlockstoreError::Stale`] is returned.
    async fn write_draft(
        &self,
        bundle: BundleId,
        name: &DraftName,
        changes: Vec<Change>,
        expect_revision: Option<u64>,
    ) -> Result<Draft, BlockstoreError>;

    /// Makes the draft's state the bundle's next version and rebases the draft on it. Costs what changed
    /// since the draft's base, not what the bundle holds. Two drafts committed at once get two versions.
    ///
    /// A draft that was never opened is [`BlockstoreError::NoSuchDraft`], one without changes is
    /// [`BlockstoreError::NothingToCommit`] when `commit.reject_empty`.
    async fn commit(
        &self,
        bundle: BundleId,
        name: &DraftName,
        commit: Commit,
    ) -> Result<Version, BlockstoreError>;

    /// Throws the draft away; returns whether there was one. A draft opened under the same name later goes
    /// on counting revisions where this one ended. With `expect_revision`, as [`Blockstore::write_draft`].
    ///
    /// # Errors
    /// [`BlockstoreError::Stale`] for a draft at another revision.
    async fn delete_draft(
        &self,
        bundle: BundleId,
        name: &DraftName,
        expect_revision: Option<u64>,
    ) -> Result<bool, BlockstoreError>;

    /// Returns all versions, ascending.
    async fn versions(&self, bundle: BundleId) -> Result<Vec<Version>, BlockstoreError>;

    /// Returns one version; with its snapshot digest, computed on first demand.
    async fn version(&self, bundle: BundleId, number: u32) -> Result<Option<Version>, BlockstoreError>;

    /// Lists the files at a version or in a draft (base overlaid with changes), sorted by path in code
    /// point order, optionally only those whose path starts with `prefix`. A version that does not exist is
    /// [`BlockstoreError::NoSuchVersion`]; a draft that was never opened reads as the newest version.
    async fn files(
        &self,
        bundle: BundleId,
        at: &At,
        prefix: Option<&str>,
    ) -> Result<Vec<FileEntry>, BlockstoreError>;

    /// Returns one file's entry at a version or in a draft.
    async fn file(
        &self,
        bundle: BundleId,
        at: &At,
        path: &FilePath,
    ) -> Result<Option<FileEntry>, BlockstoreError>;

    /// Lists links at a version or in a draft, sorted by name.
    async fn links(&self, bundle: BundleId, at: &At) -> Result<Vec<Link>, BlockstoreError>;

    /// Returns the bytes of each digest, in the order asked, in one statement however many there are
    /// (large blobs are fetched from the blob store besides). An unknown digest is
    /// [`BlockstoreError::NoSuchBlob`].
    async fn read(&self, digests: &[Digest]) -> Result<Vec<Bytes>, BlockstoreError>;
}
