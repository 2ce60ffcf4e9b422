//! Reading many files at once, where some may be gone.

use std::collections::{HashMap, HashSet};

use blockstore::{Blockstore, BlockstoreError, Digest};
use bytes::Bytes;

/// Reads each distinct digest with one call; those the store does not have are left out, at the price of
/// another call each, which only a damaged store ever pays.
pub(crate) async fn read_all(
    store: &dyn Blockstore,
    digests: impl IntoIterator<Item = Digest>,
) -> Result<HashMap<Digest, Bytes>, BlockstoreError> {
    let mut seen = HashSet::new();
    let mut wanted: Vec<Digest> = digests.into_iter().filter(|digest| seen.insert(*digest)).collect();
    while !wanted.is_empty() {
        match store.read(&wanted).await {
            Ok(bytes) => return Ok(wanted.into_iter().zip(bytes).collect()),
            Err(BlockstoreError::NoSuchBlob(gone)) if wanted.contains(&gone) => {
                wanted.retain(|digest| *digest != gone);
            }
            Err(other) => return Err(other),
        }
    }
    Ok(HashMap::new())
}
