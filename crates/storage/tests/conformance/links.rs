//! Links between bundles.

use blockstore::{
    At, Blockstore as _, BlockstoreError, BundleId, Change, Commit, Dependency, Link, SnapshotDigest,
};
use rstest::rstest;

use crate::bench::{Backend, Bench, bundle_id, draft_name, studio};

fn link(name: &str, bundle: BundleId, version: u32) -> Change {
    Change::Link { name: name.to_owned(), bundle, version }
}

async fn change(bench: &Bench, bundle: BundleId, change: Change) -> Result<u64, BlockstoreError> {
    Ok(bench.db.write_draft(bundle, &studio(), vec![change], None).await?.revision)
}

async fn dependency(bench: &Bench, bundle: BundleId, version: u32) -> Dependency {
    let snapshot = bench.db.version(bundle, version).await.expect("version").expect("is there").snapshot;
    Dependency { bundle, version, snapshot: snapshot.expect("digest") }
}

async fn links(bench: &Bench, bundle: BundleId, at: At) -> Vec<Link> {
    bench.db.links(bundle, &at).await.expect("links")
}

#[rstest]
#[tokio::test]
async fn a_link_holds_everything_its_target_depends_on(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let [a, b, c] = [bench.bundle(3).await, bench.bundle(2).await, bench.bundle(1).await];
    bench.write(a, &[("f", Some("1"))]).await;
    bench.commit(a).await;
    bench.commit(a).await;
    change(&bench, b, link("to a", a, 2)).await.expect("link");
    change(&bench, b, link("to old a", a, 1)).await.expect("link");
    bench.commit(b).await;
    change(&bench, c, link("to b", b, 1)).await.expect("link");
    change(&bench, c, link("", a, 1)).await.expect("an empty name is accepted");

    let (a1, a2, b1) =
        (dependency(&bench, a, 1).await, dependency(&bench, a, 2).await, dependency(&bench, b, 1).await);
    let to = |name: &str, direct: &Dependency, indirect: &[&Dependency], modified| Link {
        name: name.to_owned(),
        direct: direct.clone(),
        indirect: indirect.iter().map(|d| (*d).clone()).collect(),
        modified,
    };
    assert_eq!(
        links(&bench, b, At::Version(1)).await,
        [to("to a", &a2, &[], false), to("to old a", &a1, &[], false)]
    );
    let drafted = [to("", &a1, &[], true), to("to b", &b1, &[&a1, &a2], true)];
    assert_eq!(links(&bench, c, At::Draft(studio())).await, drafted);
    bench.commit(c).await;
    let committed = [to("", &a1, &[], false), to("to b", &b1, &[&a1, &a2], false)];
    assert_eq!(links(&bench, c, At::Version(1)).await, committed);

    // The snapshot digest covers links.
    let version = bench.db.version(c, 1).await.expect("version").expect("is there");
    let digest = SnapshotDigest::compute(c, version.created_at, [], &committed);
    assert_eq!(version.snapshot, Some(digest));

    // Deleting the linked bundle leaves the borrower's metadata alone.
    bench.db.delete_bundle(a).await.expect("delete");
    assert_eq!(links(&bench, c, At::Version(1)).await, committed);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn a_committed_link_stays_marked_in_the_draft_that_set_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let (target, bundle) = (bench.bundle(1).await, bench.bundle(2).await);
    bench.write(target, &[("f", Some("1"))]).await;
    bench.commit(target).await;
    bench.commit(target).await;
    let first = change(&bench, bundle, link("x", target, 1)).await.expect("link");
    assert_eq!(change(&bench, bundle, link("x", target, 1)).await, Ok(first));
    assert_eq!(change(&bench, bundle, Change::Unlink("other".into())).await, Ok(first));
    bench.commit(bundle).await;

    let state = async |at| {
        let links = links(&bench, bundle, at).await;
        links.iter().map(|link| (link.direct.version, link.modified)).collect::<Vec<_>>()
    };
    let draft = || At::Draft(studio());
    assert_eq!(state(draft()).await, [(1, true)]);
    assert!(!bench.db.draft(bundle, &studio()).await.expect("draft").expect("is there").has_changes);
    bench.commit(bundle).await;
    assert_eq!(state(At::Version(2)).await, [(1, false)]);
    assert_eq!(state(At::Draft(draft_name("other"))).await, [(1, false)]);

    change(&bench, bundle, link("x", target, 2)).await.expect("link");
    assert_eq!(state(draft()).await, [(2, true)]);
    assert_eq!(state(At::Version(2)).await, [(1, false)]);
    change(&bench, bundle, link("x", target, 1)).await.expect("link back");
    assert!(!bench.db.draft(bundle, &studio()).await.expect("draft").expect("is there").has_changes);
    change(&bench, bundle, Change::Unlink("x".into())).await.expect("unlink");
    assert_eq!(state(draft()).await, []);
    bench.commit(bundle).await;
    assert_eq!(state(draft()).await, []);
    assert_eq!(state(At::Version(3)).await, []);
    assert_eq!(state(At::Version(2)).await, [(1, false)]);
    change(&bench, bundle, link("x", target, 2)).await.expect("link again");
    bench.commit(bundle).await;
    assert_eq!(state(At::Version(4)).await, [(2, false)]);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn the_commit_of_an_older_draft_takes_links_back_too(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let (target, bundle, other) = (bench.bundle(1).await, bench.bundle(2).await, draft_name("other"));
    bench.write(target, &[("f", Some("1"))]).await;
    bench.commit(target).await;
    for name in ["kept", "removed"] {
        change(&bench, bundle, link(name, target, 1)).await.expect("link");
    }
    bench.commit(bundle).await;
    bench.write_to(bundle, &other, &[("mine", Some("1"))]).await;
    change(&bench, bundle, link("added", target, 1)).await.expect("link");
    change(&bench, bundle, Change::Unlink("removed".into())).await.expect("unlink");
    bench.commit(bundle).await;
    bench.db.commit(bundle, &other, Commit::default()).await.expect("commit");
    let names = async |at| {
        let links = links(&bench, bundle, at).await;
        links.into_iter().map(|link| link.name).collect::<Vec<_>>()
    };
    assert_eq!(names(At::Version(2)).await, ["added", "kept"]);
    assert_eq!(names(At::Version(3)).await, ["kept", "removed"]);
    assert_eq!(names(At::Draft(studio())).await, ["added", "kept"]);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn links_that_cannot_be_are_refused_and_nothing_else_is_written(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let (a, b) = (bench.bundle(1).await, bench.bundle(2).await);
    bench.write(a, &[("f", Some("1"))]).await;
    bench.commit(a).await;
    change(&bench, b, link("to a", a, 1)).await.expect("link");
    bench.commit(b).await;
    let before = bench.db.draft(a, &studio()).await;

    let missing = |bundle, version| Err(BlockstoreError::NoSuchVersion { bundle, version });
    assert_eq!(change(&bench, a, link("x", b, 2)).await, missing(b, 2));
    assert_eq!(change(&bench, a, link("x", b, 0)).await, missing(b, 0));
    assert_eq!(change(&bench, a, link("x", bundle_id(9), 1)).await, missing(bundle_id(9), 1));
    let cycle = Err(BlockstoreError::LinkCycle { bundle: a, name: "x".into() });
    assert_eq!(change(&bench, a, link("x", b, 1)).await, cycle);
    assert_eq!(change(&bench, a, link("x", a, 1)).await, cycle);
    let both = vec![Change::Put("f".parse().expect("path"), "2".into()), link("x", b, 1)];
    let result = bench.db.write_draft(a, &studio(), both, None).await;
    assert!(matches!(result, Err(BlockstoreError::LinkCycle { .. })), "{result:?}");
    assert_eq!(bench.db.draft(a, &studio()).await, before);
    assert_eq!(links(&bench, a, At::Draft(studio())).await, []);
    bench.close().await;
}
