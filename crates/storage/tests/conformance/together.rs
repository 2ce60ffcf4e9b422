//! What is read and written for many learners at once, on every store.

use learner::{
    BlockChange, Changes, Event, EventQuery, LearnerError, LearnerId, LearnerRow, LearnerStore as _,
    Learners, STATE_BYTES, ScoreChange, StateWrite,
};
use opaque_keys::UsageKey;
use rstest::rstest;
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};

use crate::{
    bench::{Backend, Bench},
    learners::{Kind, Store, fields, learner},
};

const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

fn block(id: &str) -> UsageKey {
    format!("lb:Ex:lib:problem:{id}").parse().expect("usage key")
}

async fn answered(store: &Store, who: &str, id: &str, earned: f64) {
    let fields = fields(json!({"who": who}));
    let changes = Changes {
        states: vec![StateWrite { block: block(id), fields, revision: 0 }],
        scores: vec![ScoreChange { block: block(id), earned, possible: 3.0, only_if_higher: false }],
        completions: vec![(block(id), 1.0)],
        ..Changes::default()
    };
    store.persist(who, &changes).await.expect("persist");
}

fn change(who: &str, id: &str, value: Value, revision: u64, score: Option<(f64, f64, bool)>) -> BlockChange {
    let event = Event {
        name: "told".into(),
        learner: Some(learner(who)),
        context: Some(block(id).context_key()),
        block: Some(block(id)),
        data: json!({"who": who}),
        at: NOW,
    };
    let state = StateWrite { block: block(id), fields: fields(value), revision };
    BlockChange::new(learner(who), &block(id), Some(state), score, vec![event], NOW)
}

fn ids(rows: &[LearnerRow]) -> Vec<&str> {
    rows.iter().map(|row| &*row.learner.0).collect()
}

#[rstest]
#[tokio::test]
async fn rows_of_a_block_are_read_in_pages_or_by_learner(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    for who in ["2", "10", "B", "a"] {
        answered(&store, who, "p1", 1.0).await;
    }
    answered(&store, "3", "p2", 1.0).await;
    answered(&store, "9", "p1", 1.0).await;
    store.persist("9", &Changes { cleared: vec![block("p1")], ..Changes::default() }).await.expect("clear");

    let page = |after: Option<&'static str>, limit| {
        let (store, after) = (&store, after.map(learner));
        async move {
            let of = Learners::Page { after: after.as_ref(), limit };
            store.learners.rows_of(&block("p1"), of).await.expect("rows")
        }
    };
    assert_eq!(ids(&page(None, 10).await), ["10", "2", "B", "a"]);
    assert_eq!(ids(&page(None, 2).await), ["10", "2"]);
    let rest = page(Some("2"), 2).await;
    assert_eq!(ids(&rest), ["B", "a"]);
    let row = &rest[0].row;
    assert_eq!(row.fields, fields(json!({"who": "B"})));
    assert_eq!((row.score, row.completion, row.revision), (Some((1.0, 3.0)), Some(1.0), 1));

    let these = [learner("a"), learner("9"), learner("3"), learner("2")];
    let rows = store.learners.rows_of(&block("p1"), Learners::These(&these)).await.expect("rows");
    assert_eq!(ids(&rows), ["2", "a"]);
    assert!(store.learners.rows_of(&block("p1"), Learners::These(&[])).await.expect("rows").is_empty());
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn several_learners_are_written_together_and_those_who_moved_on_are_left(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    for (who, earned) in [("1", 1.0), ("2", 3.0), ("3", 1.0)] {
        answered(&store, who, "p1", earned).await;
    }
    let precise = 0.1 + 0.2;
    let changes = [
        change("1", "p1", json!({"new": 1}), 1, Some((precise, 2.0 / 3.0, false))),
        change("2", "p1", json!({"new": 2}), 1, Some((1.0, 3.0, true))),
        change("3", "p1", json!({"new": 3}), 7, Some((2.0, 3.0, false))),
        change("4", "p2", json!({"new": 4}), 0, None),
    ];
    let before = store.learners.events(0, 100).await.expect("events").len();
    let conflicts = store.learners.persist_each(&changes).await.expect("persist");
    assert_eq!(conflicts, [learner("3")]);

    let rows =
        store.learners.rows_of(&block("p1"), Learners::Page { after: None, limit: 9 }).await.expect("rows");
    let found: Vec<_> =
        rows.iter().map(|row| (row.row.score, row.row.completion, row.row.revision)).collect();
    let expected = [
        (Some((precise, 2.0 / 3.0)), Some(1.0), 2),
        (Some((3.0, 3.0)), Some(1.0), 2),
        (Some((1.0, 3.0)), Some(1.0), 1),
    ];
    assert_eq!(found, expected);
    assert_eq!(rows[1].row.fields, fields(json!({"new": 2})));
    assert_eq!(rows[2].row.fields, fields(json!({"who": "3"})));
    assert_eq!(
        store.gather("4", &learner::Gather { blocks: vec![block("p2")], ..Default::default() }).await.blocks
            [&block("p2")]
            .revision,
        1
    );

    let events = store.learners.events(0, 100).await.expect("events");
    let told: Vec<_> = events[before..].iter().map(|(_, e)| (e.name.as_str(), e.learner.clone())).collect();
    let of = |who: &str| Some(learner(who));
    assert_eq!(told, [("told", of("1")), ("grade", of("1")), ("told", of("2")), ("told", of("4"))]);
    assert!(store.learners.persist_each(&[]).await.expect("nothing").is_empty());
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn an_error_of_one_learner_is_an_error_of_all(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    let long = json!({"x": "x".repeat(STATE_BYTES)});
    let changes = [change("1", "p1", json!({"new": 1}), 0, None), change("2", "p1", long, 0, None)];
    let error = store.learners.persist_each(&changes).await.expect_err("too large");
    assert!(matches!(error, LearnerError::TooLarge { .. }), "{error}");
    let wrong = [change("1", "p1", json!({}), 0, Some((f64::NAN, 1.0, false)))];
    let error = store.learners.persist_each(&wrong).await.expect_err("no number");
    assert!(matches!(error, LearnerError::InvalidNumber { .. }), "{error}");
    let of: &[LearnerId] = &[learner("1"), learner("2")];
    assert!(store.learners.rows_of(&block("p1"), Learners::These(of)).await.expect("rows").is_empty());
    let query = EventQuery { limit: 9, ..EventQuery::default() };
    assert!(store.learners.event_page(&query).await.expect("events").events.is_empty());
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn writing_many_takes_as_many_statements_as_writing_one(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let changes: Vec<BlockChange> =
        (0..40).map(|n| change(&n.to_string(), "p1", json!({"n": n}), 0, Some((1.0, 2.0, false)))).collect();
    // BEGIN, rows read, rows, results and events written, COMMIT; where several may write, the locks.
    let expected = 6 + u64::from(backend == Backend::Postgres);
    for part in [&changes[..1], &changes[1..]] {
        let write = async { assert!(bench.db.persist_each(part).await.expect("persist").is_empty()) };
        assert_eq!(bench.statements(write).await, expected, "{} learners", part.len());
    }
    let of = Learners::Page { after: None, limit: 40 };
    let read = async { assert_eq!(bench.db.rows_of(&block("p1"), of).await.expect("rows").len(), 40) };
    assert_eq!(bench.statements(read).await, 1);
    bench.close().await;
}
