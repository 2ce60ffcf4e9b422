//! What is asked across learners, on every store.

use learner::{
    BlockResult, BlocksOf, Changes, Event, EventQuery, LearnerId, REPORTED_STATE, ScoreChange, SelectionRow,
    StateWrite,
};
use opaque_keys::UsageKey;
use rstest::rstest;
use serde_json::{Value, json};
use time::macros::datetime;

use crate::{
    bench::{Backend, Bench},
    learners::{Kind, Store, fields, learner},
};

const REFERENCE: &str = "block-v1:Ex+C_1+R+type@random_lib_ref+block@r_1";
/// A key that `LIKE` takes for [`REFERENCE`]: `_` stands for any character, and SQLite ignores case.
const SIMILAR: &str = "block-v1:EX+CX1+R+type@random_lib_ref+block@rX1";

fn key(text: &str) -> UsageKey {
    text.parse().expect("usage key")
}

/// Returns the key of a library block used through a reference.
fn used(id: &str, reference: &str) -> UsageKey {
    UsageKey::lib_ref("probs", "problem", &[id], 1, &key(reference)).expect("usage key")
}

fn token(id: &str) -> String {
    format!("lb:Ex:probs:problem:{id}")
}

fn selection(reference: &str, ids: &[&str]) -> Changes {
    let row = SelectionRow { selected: ids.iter().map(|id| token(id)).collect(), ..SelectionRow::default() };
    Changes { selections: vec![(key(reference), row)], ..Changes::default() }
}

fn answered(block: UsageKey, text: &str) -> Changes {
    let fields = fields(json!({ "student_answers": text }));
    let score = ScoreChange { block: block.clone(), earned: 1.0, possible: 2.0, only_if_higher: false };
    Changes {
        states: vec![StateWrite { block: block.clone(), fields, revision: 0 }],
        scores: vec![score],
        completions: vec![(block, 1.0)],
        ..Changes::default()
    }
}

#[rstest]
#[tokio::test]
async fn learners_are_counted_by_the_blocks_they_have_now(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    for (who, reference, ids) in
        [("1", REFERENCE, ["a", "b"]), ("2", REFERENCE, ["b", "c"]), ("1", SIMILAR, ["a", "c"])]
    {
        store.persist(who, &selection(reference, &ids)).await.expect("persist");
    }
    let nobodys = key("lb:Ex:lib:lib_ref:none");
    let counts = store.learners.selected_by(&[key(REFERENCE), nobodys]).await.expect("counts");
    let first = [(token("a"), 1), (token("b"), 2), (token("c"), 1)].into();
    assert_eq!(counts, [(key(REFERENCE), first)].into());
    let both = store.learners.selected_by(&[key(REFERENCE), key(SIMILAR)]).await.expect("counts");
    assert_eq!(both[&key(SIMILAR)], [(token("a"), 1), (token("c"), 1)].into());
    assert_eq!(both[&key(REFERENCE)][&token("b")], 2);
    assert!(store.learners.selected_by(&[]).await.expect("counts").is_empty());
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn learners_are_counted_by_the_blocks_they_did_something_in(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    let blocks: Vec<UsageKey> = ["a", "b", "c", "d"].iter().map(|id| used(id, REFERENCE)).collect();
    store.persist("1", &answered(blocks[0].clone(), "x")).await.expect("persist");
    store.persist("2", &answered(blocks[0].clone(), "x")).await.expect("persist");
    let completed = Changes { completions: vec![(blocks[1].clone(), 0.0)], ..Changes::default() };
    store.persist("2", &completed).await.expect("persist");
    store.persist("3", &answered(blocks[2].clone(), "x")).await.expect("persist");
    let cleared = Changes { cleared: vec![blocks[2].clone()], ..Changes::default() };
    store.persist("3", &cleared).await.expect("clear");
    let counts = store.learners.learners_with_state(&blocks).await.expect("counts");
    assert_eq!(counts, [(blocks[0].clone(), 2), (blocks[1].clone(), 1)].into());
    assert!(store.learners.learners_with_state(&[]).await.expect("counts").is_empty());
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn the_learners_of_a_reference_come_in_pages_ordered_by_id(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    for who in ["7", "10", "b", "Z"] {
        store.persist(who, &selection(REFERENCE, &["a"])).await.expect("persist");
        store.persist(who, &selection(SIMILAR, &["b"])).await.expect("persist");
    }
    let page = async |after: Option<&str>, limit| {
        let after = after.map(learner);
        let rows = store.learners.selections_of(&key(REFERENCE), after.as_ref(), limit).await.expect("page");
        assert!(rows.iter().all(|row| row.selection.selected == [token("a")] && row.selection.revision == 1));
        rows.into_iter().map(|row| row.learner.0.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 10).await, ["10", "7", "Z", "b"]);
    assert_eq!(page(None, 2).await, ["10", "7"]);
    assert_eq!(page(Some("7"), 2).await, ["Z", "b"]);
    assert!(page(Some("b"), 2).await.is_empty());
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn results_are_those_of_the_reference_and_of_the_learners_asked_for(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    let long = "x".repeat(REPORTED_STATE as usize);
    let child = UsageKey::lib_ref("probs", "html", &["unit", "inner"], 2, &key(REFERENCE)).expect("key");
    let other = key("block-v1:Ex+C_1+R+type@problem+block@p");
    for (who, block, text) in [
        ("1", used("b", REFERENCE), "x"),
        ("1", used("a", REFERENCE), &*long),
        ("1", child.clone(), "x"),
        ("1", used("a", SIMILAR), "x"),
        ("1", other.clone(), "x"),
        ("2", used("a", REFERENCE), "x"),
        ("3", used("a", REFERENCE), "x"),
    ] {
        store.persist(who, &answered(block, text)).await.expect("persist");
    }
    store
        .persist("2", &Changes { cleared: vec![used("a", REFERENCE)], ..Changes::default() })
        .await
        .expect("clear");
    let asked: Vec<LearnerId> = ["2", "1"].map(learner).into();
    let result = |block: &UsageKey, fields: Option<Value>| BlockResult {
        learner: learner("1"),
        block: block.clone(),
        fields: fields.map(crate::learners::fields),
        score: Some((1.0, 2.0)),
        completion: Some(1.0),
    };
    let short = || Some(json!({"student_answers": "x"}));
    let found = store.learners.results(&asked, BlocksOf::Reference(&key(REFERENCE))).await.expect("results");
    assert_eq!(
        found,
        [
            result(&child, short()),
            result(&used("a", REFERENCE), None),
            result(&used("b", REFERENCE), short())
        ]
    );
    let keys = [other.clone(), used("a", SIMILAR)];
    let found = store.learners.results(&asked, BlocksOf::Keys(&keys)).await.expect("results");
    assert_eq!(found, [result(&other, short()), result(&used("a", SIMILAR), short())]);
    assert!(store.learners.results(&[], BlocksOf::Keys(&keys)).await.expect("results").is_empty());
    assert!(store.learners.results(&asked, BlocksOf::Keys(&[])).await.expect("results").is_empty());
    let library = key("lb:Ex:lib:lib_ref:r");
    let inside = UsageKey::lib_ref("probs", "problem", &["a"], 1, &library).expect("key");
    store.persist("2", &answered(inside.clone(), "x")).await.expect("persist");
    let found = store.learners.results(&asked, BlocksOf::Reference(&library)).await.expect("results");
    assert_eq!(found.into_iter().map(|row| row.block).collect::<Vec<_>>(), [inside]);
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn scores_completion_and_clearing_are_told_with_the_change_or_not_at_all(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    let block = used("a", REFERENCE);
    let at = datetime!(2026-05-04 03:02:01 UTC);
    let told = async |after| {
        let events = store.learners.events(after, 100).await.expect("events");
        events.into_iter().map(|(_, event)| (event.name, event.data)).collect::<Vec<_>>()
    };
    let first = Changes {
        events: vec![Event {
            name: "problem_check".into(),
            learner: Some(learner("1")),
            context: None,
            block: None,
            data: json!({}),
            at,
        }],
        at: Some(at),
        ..answered(block.clone(), "x")
    };
    store.persist("1", &first).await.expect("persist");
    let events = store.learners.events(0, 100).await.expect("events");
    let (last, grade) = (events[2].0, &events[1].1);
    assert_eq!(
        told(0).await,
        [
            ("problem_check".to_owned(), json!({})),
            ("grade".to_owned(), json!({"value": 1.0, "max_value": 2.0, "only_if_higher": false})),
            ("completion".to_owned(), json!({"completion": 1.0})),
        ]
    );
    assert_eq!(
        (&grade.learner, &grade.context, &grade.block, grade.at),
        (&Some(learner("1")), &Some(block.context_key()), &Some(block.clone()), at)
    );
    store.persist("1", &first).await.expect_err("a conflict");
    let lower = ScoreChange { block: block.clone(), earned: 0.0, possible: 2.0, only_if_higher: true };
    let lower = Changes { scores: vec![lower], ..Changes::default() };
    store.persist("1", &lower).await.expect("a score that does not count");
    let mut bad = Changes { completions: vec![(block.clone(), 2.0)], ..Changes::default() };
    bad.cleared = vec![block.clone()];
    store.persist("1", &bad).await.expect_err("no such completion");
    assert!(told(last).await.is_empty());
    assert_eq!(store.gather("1", &crate::learners::gather_keys(&[&block])).await.blocks[&block].revision, 2);
    let cleared = Changes { cleared: vec![block.clone(), used("b", REFERENCE)], ..Changes::default() };
    store.persist("1", &cleared).await.expect("clear");
    store.persist("1", &cleared).await.expect("clear again");
    assert_eq!(told(last).await, [("exedra.state.cleared".to_owned(), json!({"score_deleted": true}))]);
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn events_are_found_by_name_and_context_and_the_cursor_skips_what_was_looked_at(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    let event = |name: &str, context: Option<&str>| Event {
        name: name.to_owned(),
        learner: None,
        context: context.map(|key| key.parse().expect("context key")),
        block: None,
        data: json!(null),
        at: datetime!(2026-05-04 03:02:01 UTC),
    };
    let (one, two) = (Some("lib:Ex:one"), Some("lib:Ex:two"));
    let events = vec![event("a", one), event("b", one), event("a", two), event("a", None), event("b", two)];
    store.persist("1", &Changes { events, ..Changes::default() }).await.expect("persist");
    let page = async |after, limit, name: &str, context: Option<&str>| {
        let query = EventQuery {
            after,
            limit,
            name: (!name.is_empty()).then(|| name.to_owned()),
            context: context.map(|key| key.parse().expect("context key")),
        };
        let page = store.learners.event_page(&query).await.expect("page");
        (page.events.iter().map(|(cursor, _)| *cursor).collect::<Vec<_>>(), page.next)
    };
    assert_eq!(page(0, 10, "", None).await, (vec![1, 2, 3, 4, 5], 5));
    assert_eq!(page(0, 2, "a", None).await, (vec![1, 3], 3));
    assert_eq!(page(3, 2, "a", None).await, (vec![4], 5));
    assert_eq!(page(0, 10, "", one).await, (vec![1, 2], 5));
    assert_eq!(page(0, 10, "b", two).await, (vec![5], 5));
    assert_eq!(page(0, 10, "c", two).await, (vec![], 5));
    assert_eq!(page(9, 10, "", None).await, (vec![], 9));
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn what_is_asked_across_learners_takes_one_statement(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    use learner::LearnerStore as _;
    let Some(bench) = Bench::open(backend).await else { return };
    let (db, reference) = (&bench.db, key(REFERENCE));
    let learners: Vec<LearnerId> = (0..40).map(|n| learner(&n.to_string())).collect();
    let blocks: Vec<UsageKey> = (0..40).map(|n| used(&format!("p{n}"), REFERENCE)).collect();
    for who in &learners {
        db.persist(who, &selection(REFERENCE, &["a", "b"])).await.expect("persist");
    }
    assert_eq!(bench.statements(db.selected_by(std::slice::from_ref(&reference))).await, 1);
    assert_eq!(bench.statements(db.learners_with_state(&blocks)).await, 1);
    assert_eq!(bench.statements(db.selections_of(&reference, None, 40)).await, 1);
    assert_eq!(bench.statements(db.results(&learners, BlocksOf::Reference(&reference))).await, 1);
    assert_eq!(bench.statements(db.results(&learners, BlocksOf::Keys(&blocks))).await, 1);
    bench.close().await;
}
