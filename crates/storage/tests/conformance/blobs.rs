//! The bytes of files.

use std::sync::Arc;

use blockstore::{
    At, BlobStore as _, Blockstore as _, BlockstoreError, BoundedBlobs, Change, Digest, MemoryBlobs,
};
use bytes::Bytes;
use rstest::rstest;
use storage::Database;

use crate::bench::{Backend, Bench, options, studio};

const INLINE: usize = 64 << 10;

fn put(path: &str, bytes: &Bytes) -> Change {
    Change::Put(path.parse().expect("path"), bytes.clone())
}

#[rstest]
#[tokio::test]
async fn small_files_are_in_the_database_and_large_ones_in_the_blob_store(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    let small: Bytes = (0..INLINE).map(|n| (n % 251) as u8).collect();
    let large: Bytes = (0..=INLINE).map(|n| (n % 241) as u8).collect();
    let empty = Bytes::new();
    let changes = vec![put("small", &small), put("large", &large), put("empty", &empty), put("copy", &small)];
    bench.db.write_draft(bundle, &studio(), changes, None).await.expect("write");
    let [of_small, of_large, of_empty] = [&small, &large, &empty].map(|bytes| Digest::of(bytes));
    assert_eq!(bench.blobs.contains(of_small).await, Ok(false));
    assert_eq!(bench.blobs.get(of_large).await, Ok(Some(large.clone())));

    let asked = [of_large, of_empty, of_small, of_large];
    assert_eq!(bench.db.read(&asked).await, Ok(vec![large.clone(), empty, small, large]));
    assert_eq!(bench.statements(bench.db.read(&asked)).await, 1);
    assert_eq!(bench.db.read(&[]).await, Ok(vec![]));
    let unknown = Digest::of(b"never written");
    assert_eq!(bench.db.read(&[of_small, unknown]).await, Err(BlockstoreError::NoSuchBlob(unknown)));
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn many_megabytes_in_one_write_come_back_whole(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    let files: Vec<Bytes> = (0..60_u32).map(|n| n.to_le_bytes().repeat(12_000).into()).collect();
    let changes = files.iter().enumerate().map(|(n, bytes)| put(&format!("f{n:02}"), bytes)).collect();
    bench.db.write_draft(bundle, &studio(), changes, None).await.expect("write");
    let listed = bench.db.files(bundle, &At::Draft(studio()), None).await.expect("files");
    let digests: Vec<Digest> = listed.iter().map(|file| file.digest).collect();
    assert_eq!(bench.db.read(&digests).await.expect("read"), files);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn a_full_disk_is_a_clear_error_and_nothing_is_written(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    bench.write(bundle, &[("old", Some("text"))]).await;
    let before = bench.db.draft(bundle, &studio()).await;
    let full = BoundedBlobs::new(MemoryBlobs::default(), 100_000);
    let db = Database::connect(&bench.url, Arc::new(full), options()).await.expect("connect");
    let large = |byte: u8| Bytes::from(vec![byte; 70_000]);
    let changes = vec![put("new", &Bytes::from_static(b"small")), put("x", &large(1)), put("y", &large(2))];
    let error = db.write_draft(bundle, &studio(), changes, None).await.expect_err("the disk is full");
    assert!(matches!(&error, BlockstoreError::Blob(text) if text.contains("no space left")), "{error}");
    assert_eq!(db.draft(bundle, &studio()).await, before);
    let listed = db.files(bundle, &At::Draft(studio()), None).await.expect("files");
    assert_eq!(listed.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["old"]);

    // The store goes on with what fits.
    db.write_draft(bundle, &studio(), vec![put("new", &Bytes::from_static(b"small"))], None)
        .await
        .expect("fits");
    db.close().await;
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn a_blob_lost_from_the_blob_store_is_named(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    let large = Bytes::from(vec![7; INLINE + 1]);
    bench.db.write_draft(bundle, &studio(), vec![put("large", &large)], None).await.expect("write");
    let (digest, wrong) = (Digest::of(&large), MemoryBlobs::default());
    let db = Database::connect(&bench.url, Arc::new(wrong.clone()), options()).await.expect("connect");
    let error = db.read(&[digest]).await.expect_err("missing");
    assert!(matches!(&error, BlockstoreError::Blob(text) if text.contains(&digest.to_string())), "{error}");
    wrong.put(digest, Bytes::from_static(b"cut")).await.expect("put");
    let error = db.read(&[digest]).await.expect_err("cut short");
    assert!(matches!(&error, BlockstoreError::Blob(text) if text.contains("3 bytes")), "{error}");
    db.close().await;
    bench.close().await;
}
