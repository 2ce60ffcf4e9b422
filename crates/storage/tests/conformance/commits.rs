//! Making versions.

use blockstore::{At, Blockstore as _, BlockstoreError, Commit, Digest, SnapshotDigest, SnapshotFile};
use futures_util::future::try_join_all;
use rstest::rstest;

use crate::bench::{Backend, Bench, bundle_id, draft_name, pairs, studio};

#[rstest]
#[tokio::test]
async fn versions_are_numbered_named_and_never_change(
    #[values(Backend::Sqlite, Backend::SqliteInMemory, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    bench.write(bundle, &[("a", Some("1")), ("b", Some("1"))]).await;
    let first = bench.commit(bundle).await;
    bench.write(bundle, &[("a", None), ("b", Some("2")), ("c", Some("2"))]).await;
    let commit = Commit {
        name: Some("Spring".into()),
        description: "New\nleaves".into(),
        author: Some("anna".into()),
        ..Commit::default()
    };
    let second = bench.db.commit(bundle, &studio(), commit).await.expect("commit");
    bench.write(bundle, &[("a", Some("3")), ("b", None)]).await;
    bench.commit(bundle).await;

    assert_eq!((first.number, first.name.as_str(), first.author.as_deref()), (1, "v1", None));
    assert_eq!((second.number, second.name.as_str(), second.author.as_deref()), (2, "Spring", Some("anna")));
    assert_eq!(second.description, "New\nleaves");
    assert!(second.created_at > first.created_at);
    let versions = bench.db.versions(bundle).await.expect("versions");
    assert_eq!(versions[..2], [first, second]);
    assert_eq!(versions.iter().map(|version| version.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(bench.db.bundle(bundle).await.expect("bundle").expect("is there").latest_version, 3);

    let at = async |number| bench.texts(bundle, &At::Version(number)).await;
    assert_eq!(at(0).await, []);
    assert_eq!(at(1).await, pairs(&[("a", "1"), ("b", "1")]));
    assert_eq!(at(2).await, pairs(&[("b", "2"), ("c", "2")]));
    assert_eq!(at(3).await, pairs(&[("a", "3"), ("c", "2")]));
    assert!(bench.db.files(bundle, &At::Version(3), None).await.expect("files").iter().all(|f| !f.modified));
    let draft = bench.db.draft(bundle, &studio()).await.expect("draft").expect("is there");
    assert_eq!((draft.base_version, draft.has_changes, draft.revision), (3, false, 6));
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn the_snapshot_digest_is_computed_on_first_demand_and_kept(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    bench.write(bundle, &[("a", Some("1")), ("é", Some("2"))]).await;
    let committed = bench.commit(bundle).await;
    assert_eq!(committed.snapshot, None);
    let file =
        |path, text: &str| SnapshotFile { path, size: 1, digest: Digest::of(text.as_bytes()), mime: None };
    let expected =
        SnapshotDigest::compute(bundle, committed.created_at, [file("a", "1"), file("é", "2")], &[]);
    let version = bench.db.version(bundle, 1).await.expect("version").expect("is there");
    assert_eq!(version.snapshot, Some(expected));
    assert_eq!(bench.db.versions(bundle).await, Ok(vec![version.clone()]));
    assert_eq!(bench.statements(bench.db.version(bundle, 1)).await, 1);
    assert_eq!(bench.db.version(bundle, 1).await, Ok(Some(version)));
    assert_eq!(bench.db.version(bundle, 2).await, Ok(None));
    assert_eq!(bench.db.version(bundle, 0).await, Ok(None));
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn an_empty_commit_makes_an_equal_version_unless_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    bench.write(bundle, &[("a", Some("1"))]).await;
    bench.commit(bundle).await;
    let strict = Commit { reject_empty: true, ..Commit::default() };
    assert_eq!(
        bench.db.commit(bundle, &studio(), strict.clone()).await,
        Err(BlockstoreError::NothingToCommit)
    );
    assert_eq!(bench.commit(bundle).await.number, 2);
    assert_eq!(bench.texts(bundle, &At::Version(2)).await, pairs(&[("a", "1")]));
    bench.write(bundle, &[("a", Some("2"))]).await;
    assert_eq!(bench.db.commit(bundle, &studio(), strict).await.expect("commit").number, 3);

    // A draft that never held anything makes an empty version.
    let empty = bench.bundle(2).await;
    bench.write(empty, &[]).await;
    assert_eq!(bench.commit(empty).await.number, 1);
    assert_eq!(bench.db.files(empty, &At::Version(1), None).await, Ok(vec![]));
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn what_is_not_there_is_an_error_that_names_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let (bundle, nowhere) = (bench.bundle(1).await, bundle_id(9));
    let commit = async |bundle| bench.db.commit(bundle, &studio(), Commit::default()).await;
    assert_eq!(commit(nowhere).await, Err(BlockstoreError::NoSuchBundle(nowhere)));
    let name = "studio_draft".to_owned();
    assert_eq!(commit(bundle).await, Err(BlockstoreError::NoSuchDraft { bundle, name }));
    for (bundle, version) in [(bundle, 1), (nowhere, 4)] {
        let missing = BlockstoreError::NoSuchVersion { bundle, version };
        let at = At::Version(version);
        assert_eq!(bench.db.files(bundle, &at, None).await, Err(missing.clone()));
        assert_eq!(bench.db.file(bundle, &at, &"a".parse().expect("path")).await, Err(missing.clone()));
        assert_eq!(bench.db.links(bundle, &at).await, Err(missing));
    }
    bench.write(bundle, &[("a", Some("1"))]).await;
    for commit in [
        Commit { description: "d".repeat(1_001), ..Commit::default() },
        Commit { name: Some("n".repeat(181)), ..Commit::default() },
    ] {
        let error = bench.db.commit(bundle, &studio(), commit).await.expect_err("too long");
        assert!(matches!(error, BlockstoreError::TooLarge { .. }), "{error}");
    }
    assert_eq!(bench.db.versions(bundle).await, Ok(vec![]));
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn the_commit_of_an_older_draft_is_its_base_and_its_own_changes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let (bundle, other) = (bench.bundle(1).await, draft_name("other"));
    bench.write(bundle, &[("kept", Some("0")), ("changed", Some("0")), ("deleted", Some("0"))]).await;
    bench.commit(bundle).await;
    bench.write_to(bundle, &other, &[("mine", Some("2")), ("both", Some("2"))]).await;
    bench.write(bundle, &[("changed", Some("1")), ("deleted", None)]).await;
    bench.write(bundle, &[("both", Some("1")), ("added", Some("1"))]).await;
    bench.commit(bundle).await;

    let expect = Commit { expect_base: Some(1), ..Commit::default() };
    let stale = BlockstoreError::Stale { expected: 1, found: 2 };
    assert_eq!(bench.db.commit(bundle, &other, expect).await, Err(stale));
    let expect = Commit { expect_base: Some(2), ..Commit::default() };
    let stale = BlockstoreError::Stale { expected: 2, found: 1 };
    assert_eq!(bench.db.commit(bundle, &other, expect).await, Err(stale));

    assert_eq!(bench.db.commit(bundle, &other, Commit::default()).await.expect("commit").number, 3);
    let mine = [("both", "2"), ("changed", "0"), ("deleted", "0"), ("kept", "0"), ("mine", "2")];
    assert_eq!(bench.texts(bundle, &At::Version(3)).await, pairs(&mine));
    let second = [("added", "1"), ("both", "1"), ("changed", "1"), ("kept", "0")];
    assert_eq!(bench.texts(bundle, &At::Version(2)).await, pairs(&second));

    // The first draft is still based on its own version 2, and takes it back when committed again.
    assert_eq!(bench.texts(bundle, &At::Draft(studio())).await, pairs(&second));
    assert_eq!(bench.commit(bundle).await.number, 4);
    assert_eq!(bench.texts(bundle, &At::Version(4)).await, pairs(&second));
    let expect = Commit { expect_base: Some(4), ..Commit::default() };
    assert_eq!(bench.db.commit(bundle, &studio(), expect).await.expect("commit").number, 5);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn drafts_committed_at_once_get_a_version_each(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    let commit = async |number: usize| {
        let (name, path) = (draft_name(&format!("draft {number}")), format!("f{number}"));
        bench.write_to(bundle, &name, &[(&path, Some("1"))]).await;
        bench.db.commit(bundle, &name, Commit::default()).await.map(|version| (version.number, path))
    };
    let mut made = try_join_all((0..12).map(commit)).await.expect("all are accepted");
    made.sort();
    for (expected, (number, path)) in (1..).zip(&made) {
        assert_eq!(*number, expected);
        let files = bench.db.files(bundle, &At::Version(*number), None).await.expect("files");
        assert!(files.iter().any(|file| file.path.as_str() == path));
    }
    assert_eq!(bench.db.bundle(bundle).await.expect("bundle").expect("is there").latest_version, 12);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn statements_of_a_commit_do_not_depend_on_the_size_of_the_bundle(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let mut counts = Vec::new();
    for (number, size) in [(1, 3), (2, 700)] {
        let bundle = bench.bundle(number).await;
        let paths: Vec<String> = (0..size).map(|n| format!("folder/{n}")).collect();
        bench.write(bundle, &paths.iter().map(|path| (path.as_str(), Some("1"))).collect::<Vec<_>>()).await;
        let whole = bench.statements(bench.commit(bundle)).await;
        bench.write(bundle, &[("folder/1", Some("2"))]).await;
        let change = bench.statements(bench.commit(bundle)).await;
        counts.push((whole, change));
    }
    assert_eq!(counts[0], counts[1]);
    assert_eq!(counts[0].0, counts[0].1);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn a_commit_can_ask_for_the_revision_it_was_meant_for(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    bench.write(bundle, &[("f", Some("1"))]).await;
    bench.write(bundle, &[("f", Some("2"))]).await;
    let at = |revision| Commit { expect_revision: Some(revision), ..Commit::default() };
    let stale = BlockstoreError::Stale { expected: 1, found: 2 };
    assert_eq!(bench.db.commit(bundle, &studio(), at(1)).await, Err(stale));
    assert_eq!(bench.db.commit(bundle, &studio(), at(2)).await.expect("commit").number, 1);
    bench.close().await;
}
