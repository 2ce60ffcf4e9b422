//! Compiled units of published versions.

use blockstore::{Blockstore as _, BundleId};
use compositor::{UnitRecord, UnitRecords as _, UnitVersion};
use opaque_keys::UsageKey;
use rstest::rstest;

use crate::bench::{Backend, Bench, bundle_id};

fn unit(id: &str) -> UsageKey {
    format!("block-v1:Ex+C+R+type@vertical+block@{id}").parse().expect("usage key")
}

fn record(id: &str, body: &str) -> UnitRecord {
    UnitRecord { unit: unit(id), body: body.to_owned() }
}

/// Makes a bundle of two versions.
async fn published(bench: &Bench) -> BundleId {
    let bundle = bench.bundle(1).await;
    for text in ["1", "2"] {
        bench.write(bundle, &[("course.xml", Some(text))]).await;
        bench.commit(bundle).await;
    }
    bundle
}

fn at(bundle: BundleId, version: u32, format: u32) -> UnitVersion {
    UnitVersion { bundle, version, format }
}

async fn body(bench: &Bench, of: UnitVersion, id: &str) -> Option<String> {
    bench.db.unit(of, &unit(id)).await.expect("unit")
}

#[rstest]
#[tokio::test]
async fn a_unit_is_kept_for_its_version(
    #[values(Backend::Sqlite, Backend::SqliteInMemory, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = published(&bench).await;
    let one = at(bundle, 1, 1);
    let text = r#"{"a": "\u0000 \\ \" 'é' $1"}"#;
    bench.db.put_units(one, vec![record("u", text), record("a", "{}")]).await.expect("put");
    assert_eq!(body(&bench, one, "u").await.as_deref(), Some(text));
    assert_eq!(bench.db.units(one).await.expect("units"), [unit("a"), unit("u")]);
    for other in [at(bundle, 2, 1), at(bundle, 1, 2), at(bundle_id(9), 1, 1)] {
        assert_eq!(body(&bench, other, "u").await, None);
        assert_eq!(bench.db.units(other).await.expect("units"), []);
    }
    assert_eq!(body(&bench, one, "missing").await, None);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn a_record_gives_way_to_one_of_the_same_or_a_newer_format(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = published(&bench).await;
    for (format, text, now) in [
        (2, "first", (None, Some("first"))),
        (2, "again", (None, Some("again"))),
        (1, "older", (None, Some("again"))),
        (3, "newer", (None, None)),
    ] {
        bench.db.put_units(at(bundle, 1, format), vec![record("u", text)]).await.expect("put");
        let (old, current) =
            (body(&bench, at(bundle, 1, 1), "u").await, body(&bench, at(bundle, 1, 2), "u").await);
        assert_eq!((old.as_deref(), current.as_deref()), now, "{text}");
    }
    assert_eq!(body(&bench, at(bundle, 1, 3), "u").await.as_deref(), Some("newer"));
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn nothing_is_kept_of_versions_that_are_not_there(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = published(&bench).await;
    for of in [at(bundle, 3, 1), at(bundle_id(9), 1, 1)] {
        bench.db.put_units(of, vec![record("u", "{}")]).await.expect("put");
        assert_eq!(body(&bench, of, "u").await, None);
    }
    bench.db.put_units(at(bundle, 1, 1), vec![record("u", "{}")]).await.expect("put");
    assert!(bench.db.delete_bundle(bundle).await.expect("delete"));
    assert_eq!(bench.db.units(at(bundle, 1, 1)).await.expect("units"), []);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn two_thousand_units_are_a_few_statements(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = published(&bench).await;
    let of = at(bundle, 2, 1);
    let records: Vec<_> = (0..2_000).map(|n| record(&format!("u{n}"), &"x".repeat(1_000))).collect();
    let put = async |records| bench.db.put_units(of, records).await.expect("put");
    assert_eq!(bench.statements(put(records)).await, 4, "half a megabyte each");
    assert_eq!(bench.statements(put(vec![])).await, 0);
    let read = bench.statements(async { assert!(body(&bench, of, "u1999").await.is_some()) }).await;
    let listed =
        bench.statements(async { assert_eq!(bench.db.units(of).await.expect("units").len(), 2_000) }).await;
    assert_eq!((read, listed), (1, 1));
    bench.close().await;
}
