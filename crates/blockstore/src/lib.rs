//! Bundles, drafts, versions and assets.
//!
//! A *bundle* is a versioned folder of files. Its *versions* are immutable and numbered from 1 without
//! gaps; a named *draft* holds what changed on top of the version it is based on. File bytes live once,
//! under their BLAKE2b-160 digest, so whatever is read by digest may be cached for ever.
//!
//! This crate holds the vocabulary ([`types`]), the rules ([`path`], [`digest`], [`limits`]) and the two
//! traits: [`Blockstore`] for bundles and [`BlobStore`] for large bytes. `storage` implements the first on
//! SQLite and PostgreSQL; [`blob`] has the second on a folder and in memory.

pub mod blob;
pub mod digest;
pub mod error;
pub mod limits;
pub mod path;
mod store;
pub mod types;

pub use blob::{BlobStore, BoundedBlobs, FolderBlobs, MemoryBlobs};
pub use digest::{Digest, SnapshotDigest, SnapshotFile};
pub use error::BlockstoreError;
pub use limits::Limits;
pub use path::FilePath;
pub use store::Blockstore;
pub use types::{
    At, Bundle, BundleId, Change, Commit, Dependency, Draft, DraftName, FileEntry, Link, NewBundle, Version,
};
