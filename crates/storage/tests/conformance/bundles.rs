//! Bundles as such.

use blockstore::{At, Blockstore as _, BlockstoreError, NewBundle};
use rstest::rstest;
use storage::{Database, StorageError};

use crate::bench::{Backend, Bench, bundle_id, options, studio};

fn new_bundle() -> NewBundle {
    NewBundle {
        id: bundle_id(7),
        title: "Wetterkunde ☂".into(),
        slug: "wetter-kunde".into(),
        description: "Clouds\nand 'rain'".into(),
    }
}

#[rstest]
#[tokio::test]
async fn a_bundle_is_found_as_it_was_made(
    #[values(Backend::Sqlite, Backend::SqliteInMemory, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    assert_eq!(bench.db.bundle(bundle_id(7)).await, Ok(None));
    let made = bench.db.create_bundle(new_bundle()).await.expect("create");
    assert_eq!((made.title.as_str(), made.latest_version), ("Wetterkunde ☂", 0));
    assert_eq!(bench.db.bundle(bundle_id(7)).await, Ok(Some(made)));
    assert_eq!(bench.db.create_bundle(new_bundle()).await, Err(BlockstoreError::BundleExists(bundle_id(7))));
    bench.db.ping().await.expect("ping");
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn texts_that_cannot_be_kept_are_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    for bundle in [
        NewBundle { title: "é".repeat(181), ..new_bundle() },
        NewBundle { slug: "s".repeat(51), ..new_bundle() },
        NewBundle { description: "d".repeat(10_001), ..new_bundle() },
    ] {
        let error = bench.db.create_bundle(bundle).await.expect_err("too long");
        assert!(matches!(error, BlockstoreError::TooLarge { .. }), "{error}");
    }
    let bundle = NewBundle { title: "a\0b".into(), ..new_bundle() };
    let error = bench.db.create_bundle(bundle).await.expect_err("U+0000");
    assert_eq!(error, BlockstoreError::InvalidText("bundle title"));
    assert_eq!(bench.db.bundle(bundle_id(7)).await, Ok(None));
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn deleting_a_bundle_takes_its_versions_and_drafts_along(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let (bundle, other) = (bench.bundle(1).await, bench.bundle(2).await);
    for id in [bundle, other] {
        bench.write(id, &[("a", Some("1"))]).await;
        bench.commit(id).await;
        bench.write(id, &[("b", Some("2"))]).await;
    }
    assert_eq!(bench.db.delete_bundle(bundle).await, Ok(true));
    assert_eq!(bench.db.delete_bundle(bundle).await, Ok(false));
    assert_eq!(bench.db.bundle(bundle).await, Ok(None));
    assert_eq!(bench.db.draft(bundle, &studio()).await, Ok(None));
    assert_eq!(bench.db.versions(bundle).await, Ok(vec![]));
    assert_eq!(bench.db.files(bundle, &At::Draft(studio()), None).await, Ok(vec![]));

    // One made again under the same id starts empty; the neighbour has lost nothing.
    bench.bundle(1).await;
    assert_eq!(bench.db.files(bundle, &At::Draft(studio()), None).await, Ok(vec![]));
    assert_eq!(bench.texts(other, &At::Draft(studio())).await.len(), 2);
    bench.close().await;
}

#[tokio::test]
async fn a_url_of_no_known_database_is_refused_without_printing_it() {
    let blobs = std::sync::Arc::new(blockstore::MemoryBlobs::default());
    let error = Database::connect("mysql://user:secret@host/db", blobs, options()).await.expect_err("mysql");
    assert!(matches!(&error, StorageError::UnknownUrl(scheme) if scheme == "mysql"), "{error}");
}
