//! Blobs in memory, and blob stores that fill up.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;

use super::BlobStore;
use crate::{BlockstoreError, Digest};

/// Keeps blobs in memory; for tests and stores that live as long as the process.
#[derive(Clone, Debug, Default)]
pub struct MemoryBlobs(Arc<Mutex<HashMap<Digest, Bytes>>>);

impl MemoryBlobs {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<Digest, Bytes>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl BlobStore for MemoryBlobs {
    async fn put(&self, digest: Digest, bytes: Bytes) -> Result<(), BlockstoreError> {
        self.with(|blobs| {
            blobs.entry(digest).or_insert(bytes);
        });
        Ok(())
    }

    async fn get(&self, digest: Digest) -> Result<Option<Bytes>, BlockstoreError> {
        Ok(self.with(|blobs| blobs.get(&digest).cloned()))
    }

    async fn contains(&self, digest: Digest) -> Result<bool, BlockstoreError> {
        Ok(self.with(|blobs| blobs.contains_key(&digest)))
    }
}

/// Refuses to put more bytes than a budget into another store, as a full disk does.
#[derive(Clone, Debug)]
pub struct BoundedBlobs<B> {
    inner: B,
    left: Arc<AtomicU64>,
}

impl<B: BlobStore> BoundedBlobs<B> {
    /// Wraps a store that may take `budget` more bytes.
    pub fn new(inner: B, budget: u64) -> Self {
        BoundedBlobs { inner, left: Arc::new(AtomicU64::new(budget)) }
    }
}

#[async_trait]
impl<B: BlobStore> BlobStore for BoundedBlobs<B> {
    async fn put(&self, digest: Digest, bytes: Bytes) -> Result<(), BlockstoreError> {
        if self.inner.contains(digest).await? {
            return Ok(());
        }
        let size = bytes.len() as u64;
        self.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(size)).map_err(
            |left| BlockstoreError::Blob(format!("no space left for {size} bytes, only for {left}")),
        )?;
        self.inner.put(digest, bytes).await
    }

    async fn get(&self, digest: Digest) -> Result<Option<Bytes>, BlockstoreError> {
        self.inner.get(digest).await
    }

    async fn contains(&self, digest: Digest) -> Result<bool, BlockstoreError> {
        self.inner.contains(digest).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bounded_store_takes_its_budget_and_no_more() {
        let blobs = BoundedBlobs::new(MemoryBlobs::default(), 5);
        let put = async |text: &'static str| blobs.put(Digest::of(text.as_bytes()), text.into()).await;
        put("abc").await.expect("fits");
        assert!(matches!(put("def").await, Err(BlockstoreError::Blob(_))));
        put("abc").await.expect("is there already");
        put("de").await.expect("fits");
        assert_eq!(blobs.get(Digest::of(b"abc")).await, Ok(Some("abc".into())));
        assert_eq!(blobs.get(Digest::of(b"def")).await, Ok(None));
    }
}
