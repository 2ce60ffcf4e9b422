//! Writing and reading drafts.

use std::sync::Arc;

use blockstore::{At, Blockstore as _, BlockstoreError, Change};
use futures_util::future::{join_all, try_join_all};
use rstest::rstest;
use storage::Database;

use crate::bench::{Backend, Bench, bundle_id, changes, draft_name, options, pairs, studio};

#[rstest]
#[tokio::test]
async fn a_draft_is_its_base_overlaid_with_its_changes(
    #[values(Backend::Sqlite, Backend::SqliteInMemory, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let (bundle, at) = (bench.bundle(1).await, At::Draft(studio()));
    assert_eq!(bench.db.draft(bundle, &studio()).await, Ok(None));
    assert_eq!(bench.texts(bundle, &at).await, []);
    bench.write(bundle, &[("a", Some("1")), ("b", Some("1")), ("c", Some("1"))]).await;
    bench.commit(bundle).await;
    bench.write(bundle, &[("b", Some("2")), ("c", None), ("d", Some(""))]).await;

    let files = bench.db.files(bundle, &at, None).await.expect("files");
    let seen: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.modified)).collect();
    assert_eq!(seen, [("a", false), ("b", true), ("d", true)]);
    assert_eq!(bench.texts(bundle, &at).await, pairs(&[("a", "1"), ("b", "2"), ("d", "")]));
    let draft = bench.db.draft(bundle, &studio()).await.expect("draft").expect("is there");
    assert_eq!((draft.base_version, draft.has_changes), (1, true));
    assert!(draft.updated_at > draft.created_at);

    // A draft nobody opened reads as the newest version, as does that version itself.
    let version = pairs(&[("a", "1"), ("b", "1"), ("c", "1")]);
    assert_eq!(bench.texts(bundle, &At::Draft(draft_name("other"))).await, version);
    assert_eq!(bench.texts(bundle, &At::Version(1)).await, version);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn files_are_sorted_by_code_point_and_found_by_prefix(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    let sorted = ["Z", "_", "a", "a b", "a%", "a/b", "a/b/c", "aa", "é", "\u{fffd}", "😀", "\u{10fffd}"];
    let mut files: Vec<_> = sorted.iter().map(|path| (*path, Some(*path))).collect();
    files.reverse();
    bench.write(bundle, &files).await;
    bench.commit(bundle).await;
    bench.write(bundle, &[("a/d", Some("new"))]).await;
    for at in [At::Version(1), At::Draft(studio())] {
        let is_draft = at != At::Version(1);
        let list = async |prefix| {
            let files = bench.db.files(bundle, &at, prefix).await.expect("files");
            files.iter().map(|file| file.path.to_string()).collect::<Vec<_>>()
        };
        let mut all: Vec<&str> = sorted.to_vec();
        if is_draft {
            all.insert(7, "a/d");
        }
        assert_eq!(list(None).await, all);
        assert_eq!(list(Some("")).await, all);
        let below = if is_draft { vec!["a/b", "a/b/c", "a/d"] } else { vec!["a/b", "a/b/c"] };
        assert_eq!(list(Some("a/")).await, below);
        assert_eq!(list(Some("a%")).await, ["a%"]);
        assert_eq!(list(Some("\u{10fffd}")).await, ["\u{10fffd}"]);
        assert_eq!(list(Some("nothing")).await, Vec::<String>::new());
        for path in sorted {
            let file = bench.db.file(bundle, &at, &path.parse().expect("path")).await.expect("file");
            assert_eq!(file.expect("is there").path.as_str(), path);
        }
        let missing =
            bench.db.file(bundle, &at, &"a/".repeat(9).trim_matches('/').parse().expect("path")).await;
        assert_eq!(missing, Ok(None));
    }
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn what_changes_nothing_keeps_the_revision(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    let write = async |files: &[(&str, Option<&str>)]| {
        bench.db.write_draft(bundle, &studio(), changes(files), None).await.expect("write")
    };
    // Opening is a change, also without any other.
    let opened = write(&[]).await;
    assert_eq!((opened.revision, opened.has_changes), (1, false));
    assert_eq!(write(&[]).await, opened);
    assert_eq!(write(&[("gone", None)]).await, opened);

    let written = write(&[("a", Some("1"))]).await;
    assert_eq!((written.revision, written.has_changes), (2, true));
    assert_eq!(write(&[("a", Some("1"))]).await, written);
    // The last change of a path counts.
    assert_eq!(write(&[("a", Some("2")), ("b", Some("b")), ("a", Some("1")), ("b", None)]).await, written);

    bench.commit(bundle).await;
    assert_eq!(write(&[("a", Some("9"))]).await.revision, 4);
    let reverted = write(&[("a", Some("1"))]).await;
    assert_eq!((reverted.revision, reverted.has_changes), (5, false));
    assert_eq!(write(&[("a", None)]).await.revision, 6);
    assert!(!write(&[("a", Some("1"))]).await.has_changes);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn a_write_that_expects_another_revision_writes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    let write = async |text: &str, expect| {
        bench.db.write_draft(bundle, &studio(), changes(&[("a", Some(text))]), expect).await
    };
    let stale = |expected, found| Err(BlockstoreError::Stale { expected, found });
    assert_eq!(write("1", Some(3)).await, stale(3, 0));
    assert_eq!(bench.db.draft(bundle, &studio()).await, Ok(None));
    let draft = write("1", Some(0)).await.expect("no draft yet");
    assert_eq!(write("2", Some(0)).await, stale(0, draft.revision));
    assert_eq!(bench.texts(bundle, &At::Draft(studio())).await, pairs(&[("a", "1")]));
    assert_eq!(write("2", Some(draft.revision)).await.expect("write").revision, draft.revision + 1);

    // Of writers that expect the same revision exactly one gets through.
    let texts: Vec<String> = (10..20).map(|n| n.to_string()).collect();
    let results = join_all(texts.iter().map(|text| write(text, Some(draft.revision + 1)))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn revisions_are_not_used_twice_after_a_draft_was_thrown_away(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    bench.write(bundle, &[("a", Some("1"))]).await;
    bench.write(bundle, &[("a", Some("2"))]).await;
    for expected in [0, 1, 3] {
        let deleted = bench.db.delete_draft(bundle, &studio(), Some(expected)).await;
        assert_eq!(deleted, Err(BlockstoreError::Stale { expected, found: 2 }));
    }
    assert_eq!(bench.texts(bundle, &At::Draft(studio())).await, pairs(&[("a", "2")]));
    assert_eq!(bench.db.delete_draft(bundle, &studio(), Some(2)).await, Ok(true));
    assert_eq!(bench.db.delete_draft(bundle, &studio(), Some(0)).await, Ok(false));
    bench.write(bundle, &[("a", Some("3"))]).await;
    assert_eq!(bench.db.delete_draft(bundle, &studio(), None).await, Ok(true));
    assert_eq!(bench.db.delete_draft(bundle, &studio(), None).await, Ok(false));
    assert_eq!(bench.db.delete_draft(bundle_id(9), &studio(), None).await, Ok(false));
    assert_eq!(bench.texts(bundle, &At::Draft(studio())).await, []);
    let again = bench.db.write_draft(bundle, &studio(), changes(&[("a", Some("4"))]), Some(0)).await;
    assert_eq!(again.expect("write").revision, 4);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn limits_are_kept_and_nothing_is_written_beyond_them(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let limited = Bench::open_with(backend, |options| {
        options.limits.file_bytes = 4;
        options.limits.files = 2;
    });
    let Some(bench) = limited.await else { return };
    let bundle = bench.bundle(1).await;
    let refused = async |files: &[(&str, Option<&str>)]| {
        let result = bench.db.write_draft(bundle, &studio(), changes(files), None).await;
        assert!(matches!(result, Err(BlockstoreError::TooLarge { .. })), "{result:?}");
    };
    refused(&[("a", Some("12345"))]).await;
    refused(&[("a", Some("1")), ("b", Some("1")), ("c", Some("1"))]).await;
    assert_eq!(bench.db.draft(bundle, &studio()).await, Ok(None));

    bench.write(bundle, &[("a", Some("1")), ("b", Some("1"))]).await;
    bench.commit(bundle).await;
    refused(&[("c", Some("1"))]).await;
    bench.write(bundle, &[("c", Some("1")), ("a", None)]).await;
    refused(&[("a", Some("1"))]).await;
    assert_eq!(bench.texts(bundle, &At::Draft(studio())).await, pairs(&[("b", "1"), ("c", "1")]));
    bench.commit(bundle).await;
    refused(&[("a", Some("1"))]).await;
    let other = bench.db.write_draft(bundle, &draft_name("other"), changes(&[("d", Some("1"))]), None).await;
    assert!(matches!(other, Err(BlockstoreError::TooLarge { .. })), "{other:?}");
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn a_draft_of_no_bundle_cannot_be_written(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let result = bench.db.write_draft(bundle_id(9), &studio(), changes(&[("a", Some("1"))]), None).await;
    assert_eq!(result, Err(BlockstoreError::NoSuchBundle(bundle_id(9))));
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn forty_writers_at_once_lose_nothing(
    #[values(Backend::Sqlite, Backend::SqliteInMemory, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    let write = async |number: usize| {
        let change = Change::Put(format!("f{number:02}").parse()?, number.to_string().into());
        bench.db.write_draft(bundle, &studio(), vec![change], None).await
    };
    let drafts = try_join_all((0..40).map(write)).await.expect("all are accepted");
    let mut revisions: Vec<u64> = drafts.iter().map(|draft| draft.revision).collect();
    revisions.sort_unstable();
    assert_eq!(revisions, (1..=40).collect::<Vec<_>>());
    let expected: Vec<_> = (0..40).map(|n| (format!("f{n:02}"), n.to_string())).collect();
    assert_eq!(bench.texts(bundle, &At::Draft(studio())).await, expected);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn writers_of_two_processes_lose_nothing_either(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    let second =
        Database::connect(&bench.url, Arc::new(bench.blobs.clone()), options()).await.expect("connect");
    let write = async |number: usize| {
        let db = if number.is_multiple_of(2) { &bench.db } else { &second };
        let change = Change::Put(format!("f{number:02}").parse()?, number.to_string().into());
        db.write_draft(bundle, &studio(), vec![change], None).await
    };
    try_join_all((0..40).map(write)).await.expect("all are accepted");
    let expected: Vec<_> = (0..40).map(|n| (format!("f{n:02}"), n.to_string())).collect();
    assert_eq!(bench.texts(bundle, &At::Draft(studio())).await, expected);
    second.close().await;
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn statements_of_a_write_do_not_depend_on_how_much_is_written(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    bench.write(bundle, &[("first", Some("1"))]).await;
    let paths: Vec<String> = (0..500).map(|n| format!("folder/{n}")).collect();
    let files: Vec<_> = paths.iter().map(|path| (path.as_str(), Some(path.as_str()))).collect();
    let one = bench.statements(bench.write(bundle, &files[..1])).await;
    let many = bench.statements(bench.write(bundle, &files)).await;
    assert_eq!(one, many);
    assert!(one <= 10, "{one} statements for one file");
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn files_are_copied_by_digest_also_between_bundles(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let (from, to) = (bench.bundle(1).await, bench.bundle(2).await);
    let large = "x".repeat(200_000);
    bench.write(from, &[("small", Some("1")), ("large", Some(&large))]).await;
    let files = bench.db.files(from, &At::Draft(studio()), None).await.expect("files");
    let copies: Vec<_> = files.iter().map(|f| Change::PutKnown(f.path.clone(), f.digest)).collect();
    bench.db.write_draft(to, &studio(), copies.clone(), None).await.expect("write");
    let copied = bench.db.files(to, &At::Draft(studio()), None).await.expect("files");
    assert_eq!(copied, files);
    assert_eq!(bench.texts(to, &At::Draft(studio())).await, pairs(&[("large", &large), ("small", "1")]));
    let again = bench.db.write_draft(to, &studio(), copies, None).await.expect("write");
    assert_eq!(again.revision, 1, "nothing changed");

    let unknown = blockstore::Digest::of(b"nobody wrote this");
    let change = Change::PutKnown("x".parse().expect("path"), unknown);
    let refused = bench.db.write_draft(to, &studio(), vec![change], None).await;
    assert_eq!(refused, Err(BlockstoreError::NoSuchBlob(unknown)));
    bench.close().await;
}
