//! Learning contexts.

use blockstore::{Blockstore as _, BundleId};
use learning_context::{ContextError, ContextKind, ContextRecord, ContextStore as _, NewContext, Role};
use opaque_keys::LearningContextKey;
use rstest::rstest;
use time::macros::datetime;

use crate::bench::{Backend, Bench, bundle_id, draft_name, studio};

fn key(text: &str) -> LearningContextKey {
    text.parse().expect("context key")
}

fn library(text: &str, bundle: BundleId) -> NewContext {
    NewContext {
        key: key(text),
        kind: ContextKind::Library,
        bundle,
        title: "Títle".into(),
        description: "about 'it'".into(),
        license: "CC-BY".into(),
        allow_public_learning: true,
        allow_public_read: false,
        aliases: vec![],
        created_at: datetime!(2026-05-04 03:02:01.000_789 UTC),
    }
}

async fn one(bench: &Bench, text: &str) -> Option<ContextRecord> {
    let mut found = bench.db.contexts(&[key(text)]).await.expect("contexts");
    assert!(found.len() <= 1);
    found.pop().map(|(_, record)| record)
}

fn keys(records: &[ContextRecord]) -> Vec<&str> {
    records.iter().map(|record| record.key.as_str()).collect()
}

#[rstest]
#[tokio::test]
async fn a_context_is_found_by_key_and_alias_with_its_pointers(
    #[values(Backend::Sqlite, Backend::SqliteInMemory, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    let new = NewContext { aliases: vec![key("library-v1:Ex+old")], ..library("lib:Ex:a", bundle) };
    bench.db.create_context(new).await.expect("create");
    let record = one(&bench, "lib:Ex:a").await.expect("is there");
    let expected = ContextRecord {
        key: key("lib:Ex:a"),
        kind: ContextKind::Library,
        bundle,
        latest_version: 0,
        draft_revision: None,
        title: "Títle".into(),
        description: "about 'it'".into(),
        license: "CC-BY".into(),
        allow_public_learning: true,
        allow_public_read: false,
        created_at: datetime!(2026-05-04 03:02:01.000_789 UTC),
    };
    assert_eq!(record, expected);

    bench.write_to(bundle, &draft_name("other"), &[("f", Some("0"))]).await;
    assert_eq!(one(&bench, "lib:Ex:a").await.expect("is there").draft_revision, None);
    bench.write(bundle, &[("f", Some("1"))]).await;
    assert_eq!(one(&bench, "lib:Ex:a").await.expect("is there").draft_revision, Some(1));
    bench.commit(bundle).await;
    let by_alias = one(&bench, "library-v1:Ex+old").await.expect("is there");
    assert_eq!((by_alias.latest_version, by_alias.draft_revision), (1, Some(2)));
    assert_eq!(by_alias.key, key("lib:Ex:a"));
    bench.db.delete_draft(bundle, &studio(), None).await.expect("delete");
    assert_eq!(one(&bench, "lib:Ex:a").await.expect("is there").draft_revision, None);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn a_context_gets_further_keys_that_nobody_has(
    #[values(Backend::Sqlite, Backend::SqliteInMemory, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    for (n, text) in [(1, "lib:Ex:a"), (2, "lib:Ex:b")] {
        let bundle = bench.bundle(n).await;
        bench.db.create_context(library(text, bundle)).await.expect("create");
    }
    let (a, b) = (key("lib:Ex:a"), key("lib:Ex:b"));
    let aliases = [key("library-v1:Ex+a"), key("library-v1:Ex+old")];
    assert_eq!(bench.db.add_aliases(&a, &aliases).await.expect("add"), []);
    assert_eq!(bench.db.add_aliases(&key("library-v1:Ex+a"), &aliases[1..]).await.expect("again"), []);
    let wanted = [b.clone(), aliases[1].clone(), key("library-v1:Ex+b"), a.clone()];
    let taken = bench.db.add_aliases(&b, &wanted).await.expect("add");
    assert_eq!(taken, [a, aliases[1].clone()]);
    for (alias, context) in
        [("library-v1:Ex+a", "lib:Ex:a"), ("library-v1:Ex+old", "lib:Ex:a"), ("library-v1:Ex+b", "lib:Ex:b")]
    {
        assert_eq!(one(&bench, alias).await.expect("is there").key, key(context), "{alias}");
    }
    let nowhere = bench.db.add_aliases(&key("lib:Ex:none"), &aliases).await;
    assert!(matches!(nowhere, Err(ContextError::NotFound(_))));
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn any_number_of_contexts_is_one_statement(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let names: Vec<String> = (0..40).map(|n| format!("lib:Ex:n{n}")).collect();
    for (name, number) in names.iter().zip(1..) {
        bench.db.create_context(library(name, bundle_id(number))).await.expect("create");
    }
    let mut asked: Vec<_> = names.iter().map(|name| key(name)).collect();
    asked.push(key("lib:Ex:missing"));
    let mut found = Vec::new();
    let count = bench.statements(async { found = bench.db.contexts(&asked).await.expect("contexts") }).await;
    assert_eq!((count, found.len()), (1, 40));
    assert!(found.iter().all(|(asked, record)| *asked == record.key));
    assert_eq!(bench.db.contexts(&[]).await.expect("none").len(), 0);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn a_taken_key_or_alias_is_refused_and_nothing_is_made(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let new = NewContext { aliases: vec![key("library-v1:Ex+old")], ..library("lib:Ex:a", bundle_id(1)) };
    bench.db.create_context(new).await.expect("create");
    let refused = async |new: NewContext, taken: &str| {
        let error = bench.db.create_context(new).await.expect_err("taken");
        assert!(matches!(&error, ContextError::AlreadyExists(found) if *found == key(taken)), "{error}");
    };
    refused(library("lib:Ex:a", bundle_id(2)), "lib:Ex:a").await;
    refused(library("library-v1:Ex+old", bundle_id(2)), "library-v1:Ex+old").await;
    let with_alias = |alias| NewContext { aliases: vec![key(alias)], ..library("lib:Ex:b", bundle_id(2)) };
    refused(with_alias("lib:Ex:a"), "lib:Ex:a").await;
    refused(with_alias("library-v1:Ex+old"), "library-v1:Ex+old").await;
    assert_eq!(one(&bench, "lib:Ex:b").await, None);
    bench.db.create_context(with_alias("lib:Ex:b")).await.expect("its own key as an alias is no clash");

    // Of those who make the same context at once exactly one gets through.
    let makers = (0..8).map(|n| bench.db.create_context(library("lib:Ex:c", bundle_id(10 + n))));
    let results = futures_util::future::join_all(makers).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let others = results.iter().filter_map(|result| result.as_ref().err());
    for error in others {
        assert!(matches!(error, ContextError::AlreadyExists(_)), "{error}");
    }
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn contexts_are_listed_by_key_kind_and_page(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    for (name, number) in ["lib:Ex:b", "lib:Ex:B", "lib:Ex:a"].into_iter().zip(1..) {
        bench.db.create_context(library(name, bundle_id(number))).await.expect("create");
    }
    let course = NewContext { kind: ContextKind::Course, ..library("course-v1:Ex+101+2026", bundle_id(4)) };
    bench.db.create_context(course).await.expect("create");
    let pathway = "lx-pathway:5d2a1b7e-0000-4000-8000-000000000000";
    let new = NewContext { kind: ContextKind::Pathway, ..library(pathway, bundle_id(5)) };
    bench.db.create_context(new).await.expect("create");
    let all = bench.db.list_contexts(None, None, 10).await.expect("list");
    assert_eq!(keys(&all), ["course-v1:Ex+101+2026", "lib:Ex:B", "lib:Ex:a", "lib:Ex:b", pathway]);
    let libraries = bench.db.list_contexts(Some(ContextKind::Library), None, 2).await.expect("list");
    assert_eq!(keys(&libraries), ["lib:Ex:B", "lib:Ex:a"]);
    let rest = bench.db.list_contexts(Some(ContextKind::Library), Some(&key("lib:Ex:a")), 2).await;
    assert_eq!(keys(&rest.expect("list")), ["lib:Ex:b"]);
    let courses = bench.db.list_contexts(Some(ContextKind::Course), None, 10).await.expect("list");
    assert_eq!(keys(&courses), ["course-v1:Ex+101+2026"]);
    let pathways = bench.db.list_contexts(Some(ContextKind::Pathway), None, 10).await.expect("list");
    assert_eq!((keys(&pathways), pathways[0].kind), (vec![pathway], ContextKind::Pathway));
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn an_update_changes_what_it_names(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = Bench::open(backend).await else { return };
    bench.db.create_context(library("lib:Ex:a", bundle_id(1))).await.expect("create");
    let before = one(&bench, "lib:Ex:a").await.expect("is there");
    let id = key("lib:Ex:a");
    bench.db.update_context(&id, None, None, None, None).await.expect("update");
    assert_eq!(one(&bench, "lib:Ex:a").await, Some(before.clone()));
    bench.db.update_context(&id, Some("New"), None, None, Some(true)).await.expect("update");
    let expected = ContextRecord { title: "New".into(), allow_public_read: true, ..before };
    assert_eq!(one(&bench, "lib:Ex:a").await, Some(expected.clone()));
    bench.db.update_context(&id, None, Some(""), Some(false), None).await.expect("update");
    let expected = ContextRecord { description: "".into(), allow_public_learning: false, ..expected };
    assert_eq!(one(&bench, "lib:Ex:a").await, Some(expected));
    let error = bench.db.update_context(&key("lib:Ex:x"), Some("New"), None, None, None).await;
    assert!(matches!(error, Err(ContextError::NotFound(_))), "{error:?}");
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn roles_are_set_read_and_taken_away(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = Bench::open(backend).await else { return };
    let (id, missing) = (key("lib:Ex:a"), key("lib:Ex:x"));
    let new = NewContext { aliases: vec![key("library-v1:Ex+old")], ..library("lib:Ex:a", bundle_id(1)) };
    bench.db.create_context(new).await.expect("create");
    let role = async |user| bench.db.role(&id, user).await.expect("role");
    assert_eq!(role("anna").await, None);
    for set in [Role::Read, Role::Admin, Role::Author] {
        bench.db.set_role(&id, "anna", Some(set)).await.expect("set");
        assert_eq!(role("anna").await, Some(set));
    }
    assert_eq!(role("Anna").await, None);
    assert_eq!(bench.db.role(&key("library-v1:Ex+old"), "anna").await.expect("role"), Some(Role::Author));
    assert_eq!(bench.db.role(&missing, "anna").await.expect("role"), None);
    bench.db.set_role(&id, "anna", None).await.expect("take away");
    bench.db.set_role(&id, "anna", None).await.expect("taking nothing away is no error");
    assert_eq!(role("anna").await, None);
    for set in [Some(Role::Read), None] {
        let error = bench.db.set_role(&missing, "anna", set).await.expect_err("no context");
        assert!(matches!(error, ContextError::NotFound(_)), "{error}");
    }
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn deleting_a_context_frees_its_keys_and_leaves_its_bundle(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    let new = || NewContext { aliases: vec![key("library-v1:Ex+old")], ..library("lib:Ex:a", bundle) };
    bench.db.create_context(new()).await.expect("create");
    bench.db.set_role(&key("lib:Ex:a"), "anna", Some(Role::Admin)).await.expect("set");
    assert!(bench.db.delete_context(&key("lib:Ex:a")).await.expect("delete"));
    assert!(!bench.db.delete_context(&key("lib:Ex:a")).await.expect("delete again"));
    assert_eq!(one(&bench, "library-v1:Ex+old").await, None);
    assert!(bench.db.bundle(bundle).await.expect("bundle").is_some());
    bench.db.create_context(new()).await.expect("the keys are free");
    assert_eq!(bench.db.role(&key("lib:Ex:a"), "anna").await.expect("role"), None);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn the_roles_of_a_person_are_one_statement(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let names: Vec<String> = (0..40).map(|n| format!("lib:Ex:n{n}")).collect();
    for (name, number) in names.iter().zip(1..) {
        let aliases = if number == 1 { vec![key("library-v1:Ex+old")] } else { Vec::new() };
        let new = NewContext { aliases, ..library(name, bundle_id(number)) };
        bench.db.create_context(new).await.expect("create");
    }
    bench.db.set_role(&key("lib:Ex:n0"), "anna", Some(Role::Read)).await.expect("set");
    bench.db.set_role(&key("lib:Ex:n7"), "anna", Some(Role::Admin)).await.expect("set");
    bench.db.set_role(&key("lib:Ex:n8"), "berta", Some(Role::Admin)).await.expect("set");
    let mut asked: Vec<_> = names.iter().map(|name| key(name)).collect();
    asked.extend([key("lib:Ex:missing"), key("library-v1:Ex+old")]);
    let mut found = Vec::new();
    let count =
        bench.statements(async { found = bench.db.roles(&asked, "anna").await.expect("roles") }).await;
    found.sort();
    let expected = [
        (key("lib:Ex:n0"), Role::Read),
        (key("lib:Ex:n7"), Role::Admin),
        (key("library-v1:Ex+old"), Role::Read),
    ];
    assert_eq!((count, found), (1, expected.to_vec()));
    assert_eq!(bench.db.roles(&[], "anna").await.expect("none"), []);
    bench.close().await;
}
