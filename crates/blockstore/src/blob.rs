//! Where the bytes of large files are kept.
//!
//! Bytes are put under their digest and never change, so putting is idempotent and what was read may be
//! kept for ever. A store acknowledges a put only when the bytes would survive a crash.

mod folder;
mod memory;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{BlockstoreError, Digest};

pub use folder::FolderBlobs;
pub use memory::{BoundedBlobs, MemoryBlobs};

/// Keeps bytes under their digest.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Keeps the bytes, whose digest the caller computed; putting what is there already does nothing.
    async fn put(&self, digest: Digest, bytes: Bytes) -> Result<(), BlockstoreError>;

    /// Returns the bytes, or `None` when there are none under that digest.
    async fn get(&self, digest: Digest) -> Result<Option<Bytes>, BlockstoreError>;

    /// Returns whether there are bytes under that digest.
    async fn contains(&self, digest: Digest) -> Result<bool, BlockstoreError>;
}
