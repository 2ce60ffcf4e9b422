//! The bytes of files: small ones in the database, large ones in the blob store.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use blockstore::{BlockstoreError, Digest};
use bytes::Bytes;
use serde_json::json;

use crate::{Database, engine::Tx, sql::bundles as sql};

/// Bytes to be sent in one statement, before they are written as hexadecimal digits.
const BATCH_BYTES: usize = 512 << 10;

/// Puts the large ones into the blob store. Done before the transaction that refers to them: bytes nobody
/// refers to do no harm, the reverse would be a broken bundle.
pub(super) async fn put_large(db: &Database, blobs: &BTreeMap<Digest, Bytes>) -> Result<(), BlockstoreError> {
    for (digest, bytes) in blobs.iter().filter(|(_, bytes)| !is_inline(db, bytes)) {
        db.blobs.put(*digest, bytes.clone()).await?;
    }
    Ok(())
}

/// Enters blobs into the database, the small ones with their bytes; in the order of digests, so that two
/// writers never wait for each other.
pub(super) async fn put(
    db: &Database,
    tx: &mut Tx<'_>,
    blobs: &BTreeMap<Digest, Bytes>,
) -> Result<(), BlockstoreError> {
    let mut batch = Vec::new();
    let mut batched = 0;
    for (digest, bytes) in blobs {
        let inline = is_inline(db, bytes).then(|| hex::encode(bytes));
        batched += inline.as_ref().map_or(0, |_| bytes.len());
        batch.push(json!([digest, bytes.len(), inline]));
        if batched >= BATCH_BYTES {
            put_batch(tx, std::mem::take(&mut batch)).await?;
            batched = 0;
        }
    }
    put_batch(tx, batch).await
}

async fn put_batch(tx: &mut Tx<'_>, batch: Vec<serde_json::Value>) -> Result<(), BlockstoreError> {
    if !batch.is_empty() {
        let batch = serde_json::Value::Array(batch).to_string();
        tx.execute(&sql::PUT_BLOBS, &[(&batch).into()]).await?;
    }
    Ok(())
}

fn is_inline(db: &Database, bytes: &Bytes) -> bool {
    bytes.len() <= db.options.inline_bytes
}

/// Returns the sizes of those digests whose bytes are known.
pub(super) async fn sizes(
    db: &Database,
    digests: &BTreeSet<Digest>,
) -> Result<HashMap<Digest, u64>, BlockstoreError> {
    if digests.is_empty() {
        return Ok(HashMap::new());
    }
    let list = json!(digests).to_string();
    let rows = db.engine.rows(&sql::BLOB_SIZES, &[(&list).into()]).await?;
    rows.iter().map(|row| Ok((Digest::try_from(row.get::<&[u8]>(0)?)?, row.number(1)?))).collect()
}

/// Returns the bytes of each digest, in the order asked.
pub(super) async fn read(db: &Database, digests: &[Digest]) -> Result<Vec<Bytes>, BlockstoreError> {
    if digests.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = json!(digests).to_string();
    let rows = db.engine.rows(&sql::BLOBS, &[(&wanted).into()]).await?;
    let mut found: HashMap<Digest, Bytes> = HashMap::with_capacity(rows.len());
    for row in &rows {
        let digest = Digest::try_from(row.get::<&[u8]>(0)?)?;
        let bytes = match row.get::<Option<Vec<u8>>>(2)? {
            Some(bytes) => bytes.into(),
            None => large(db, digest, row.number(1)?).await?,
        };
        found.insert(digest, bytes);
    }
    digests
        .iter()
        .map(|digest| found.get(digest).cloned().ok_or(BlockstoreError::NoSuchBlob(*digest)))
        .collect()
}

async fn large(db: &Database, digest: Digest, size: usize) -> Result<Bytes, BlockstoreError> {
    match db.blobs.get(digest).await? {
        Some(bytes) if bytes.len() == size => Ok(bytes),
        Some(bytes) => Err(BlockstoreError::Blob(format!(
            "blob {digest} has {} bytes in the blob store instead of {size}",
            bytes.len()
        ))),
        None => Err(BlockstoreError::Blob(format!("blob {digest} is missing from the blob store"))),
    }
}
