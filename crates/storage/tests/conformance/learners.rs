//! Learner state, on every store: the databases and the one that forgets.

use std::sync::Arc;

use futures_util::future::join_all;
use learner::{
    BlockStateRow, Changes, EphemeralState, Event, Gather, LearnerError, LearnerId, LearnerStore,
    STATE_BYTES, ScoreChange, SelectionRow, StateSet, StateWrite,
};
use opaque_keys::UsageKey;
use rstest::rstest;
use serde_json::{Map, Value, json};
use time::macros::datetime;

use crate::bench::{Backend, Bench};

/// The stores the suite runs on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Database(Backend),
    Ephemeral,
}

/// An empty store.
pub(crate) struct Store {
    pub(crate) learners: Arc<dyn LearnerStore>,
    pub(crate) bench: Option<Bench>,
}

impl Store {
    pub(crate) async fn open(kind: Kind) -> Option<Self> {
        Some(match kind {
            Kind::Ephemeral => Store { learners: Arc::new(EphemeralState::default()), bench: None },
            Kind::Database(backend) => {
                let bench = Bench::open(backend).await?;
                Store { learners: Arc::clone(&bench.db) as _, bench: Some(bench) }
            }
        })
    }

    pub(crate) async fn close(self) {
        drop(self.learners);
        if let Some(bench) = self.bench {
            bench.close().await;
        }
    }

    pub(crate) async fn gather(&self, who: &str, what: &Gather) -> StateSet {
        self.learners.gather(&learner(who), what).await.expect("gather")
    }

    pub(crate) async fn persist(&self, who: &str, changes: &Changes) -> Result<(), LearnerError> {
        self.learners.persist(&learner(who), changes).await
    }

    pub(crate) async fn row(&self, who: &str, id: &str) -> Option<BlockStateRow> {
        self.gather(who, &gather(&[id])).await.blocks.remove(&block(id))
    }
}

pub(crate) fn learner(who: &str) -> LearnerId {
    LearnerId(who.into())
}

fn block(id: &str) -> UsageKey {
    format!("lb:Ex:lib:problem:{id}").parse().expect("usage key")
}

pub(crate) fn gather_keys(keys: &[&UsageKey]) -> Gather {
    Gather { blocks: keys.iter().map(|key| (*key).clone()).collect(), ..Gather::default() }
}

fn gather(ids: &[&str]) -> Gather {
    Gather { blocks: ids.iter().map(|id| block(id)).collect(), ..Gather::default() }
}

pub(crate) fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

fn state(id: &str, value: Value, revision: u64) -> Changes {
    let write = StateWrite { block: block(id), fields: fields(value), revision };
    Changes { states: vec![write], ..Changes::default() }
}

fn score(id: &str, earned: f64, possible: f64, only_if_higher: bool) -> Changes {
    let score = ScoreChange { block: block(id), earned, possible, only_if_higher };
    Changes { scores: vec![score], ..Changes::default() }
}

#[rstest]
#[tokio::test]
async fn everything_is_read_back_as_it_was_written(
    #[values(
        Kind::Database(Backend::Sqlite),
        Kind::Database(Backend::SqliteInMemory),
        Kind::Database(Backend::Postgres),
        Kind::Ephemeral
    )]
    kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    let answers =
        json!({"a": [1, 2.5, null, true], "text": "quote \" é \u{0} 😀", "big": 12345678901234567_i64});
    let selection = SelectionRow {
        selected: vec!["lb:Ex:lib:problem:p2".into(), "problem@p 1".into()],
        seen: vec!["x".into()],
        epoch: 2,
        revision: 0,
    };
    let changes = Changes {
        states: vec![StateWrite { block: block("p1"), fields: fields(answers.clone()), revision: 0 }],
        summary: vec![
            (block("poll"), "votes".into(), json!({"yes": 3})),
            (block("poll"), "n".into(), json!(3)),
        ],
        preferences: vec![("video".into(), "speed".into(), json!(1.5))],
        user_info: vec![("name".into(), json!("Änne"))],
        scores: vec![ScoreChange {
            block: block("p1"),
            earned: 0.1 + 0.2,
            possible: 1.0,
            only_if_higher: false,
        }],
        completions: vec![(block("p2"), 1.0 / 3.0)],
        selections: vec![(block("ref"), selection.clone())],
        ..Changes::default()
    };
    store.persist("7", &changes).await.expect("persist");
    let what = Gather {
        types: vec!["video".into(), "html".into()],
        user_info: true,
        selections: vec![block("ref"), block("p1")],
        ..gather(&["p1", "p2", "p3", "poll"])
    };
    let set = store.gather("7", &what).await;
    let p1 = BlockStateRow {
        fields: fields(answers),
        score: Some((0.1 + 0.2, 1.0)),
        completion: None,
        revision: 1,
    };
    let p2 = BlockStateRow { completion: Some(1.0 / 3.0), revision: 1, ..BlockStateRow::default() };
    assert_eq!(set.blocks, [(block("p1"), p1), (block("p2"), p2)].into());
    assert_eq!(set.summary, [(block("poll"), fields(json!({"votes": {"yes": 3}, "n": 3})))].into());
    assert_eq!(set.preferences, [("video".into(), fields(json!({"speed": 1.5})))].into());
    assert_eq!(set.user_info, fields(json!({"name": "Änne"})));
    assert_eq!(set.selections, [(block("ref"), SelectionRow { revision: 1, ..selection })].into());

    // Only the summary is shared, and only what was asked for is read.
    let other = store.gather("8", &what).await;
    assert_eq!(other.summary, set.summary);
    assert!(other.blocks.is_empty() && other.preferences.is_empty());
    assert!(other.user_info.is_empty() && other.selections.is_empty());
    let nothing = store.gather("7", &Gather::default()).await;
    assert!(nothing.blocks.is_empty() && nothing.user_info.is_empty() && nothing.summary.is_empty());
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn values_are_replaced_field_by_field(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    for (number, keep) in [(1, "first"), (2, "second")] {
        let changes = Changes {
            summary: vec![
                (block("poll"), "n".into(), json!(0)),
                (block("poll"), keep.into(), json!(number)),
                (block("poll"), "n".into(), json!(number)),
            ],
            preferences: vec![
                ("video".into(), "speed".into(), json!(number)),
                ("video".into(), keep.into(), json!(1)),
            ],
            user_info: vec![("n".into(), json!(number)), (keep.into(), json!(1))],
            ..Changes::default()
        };
        store.persist("7", &changes).await.expect("persist");
    }
    let what = Gather { types: vec!["video".into()], user_info: true, ..gather(&["poll"]) };
    let set = store.gather("7", &what).await;
    assert_eq!(set.summary[&block("poll")], fields(json!({"n": 2, "first": 1, "second": 2})));
    assert_eq!(set.preferences["video"], fields(json!({"speed": 2, "first": 1, "second": 1})));
    assert_eq!(set.user_info, fields(json!({"n": 2, "first": 1, "second": 1})));
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn a_write_from_an_older_revision_is_a_conflict_and_writes_nothing(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    store.persist("7", &state("p1", json!({"n": 1}), 0)).await.expect("persist");
    let conflict = Err(LearnerError::Conflict(block("p1").to_string()));
    for revision in [0, 2] {
        let mut changes = state("p1", json!({"n": 2}), revision);
        changes.user_info.push(("seen".into(), json!(true)));
        changes.scores = score("p2", 1.0, 1.0, false).scores;
        assert_eq!(store.persist("7", &changes).await, conflict);
    }
    // A row that is not there has revision 0.
    let missing = Err(LearnerError::Conflict(block("p3").to_string()));
    assert_eq!(store.persist("7", &state("p3", json!({}), 1)).await, missing);
    let what = Gather { user_info: true, ..gather(&["p1", "p2", "p3"]) };
    let set = store.gather("7", &what).await;
    assert_eq!(set.blocks.len(), 1);
    assert_eq!(set.blocks[&block("p1")].fields, fields(json!({"n": 1})));
    assert!(set.user_info.is_empty());
    store.persist("7", &state("p1", json!({"n": 2}), 1)).await.expect("the newest revision");
    assert_eq!(store.row("7", "p1").await.expect("row").revision, 2);

    let selection = |revision| {
        let row = SelectionRow { selected: vec!["a".into()], revision, ..SelectionRow::default() };
        Changes { selections: vec![(block("ref"), row)], ..Changes::default() }
    };
    store.persist("7", &selection(0)).await.expect("persist");
    let conflict = Err(LearnerError::Conflict(block("ref").to_string()));
    assert_eq!(store.persist("7", &selection(0)).await, conflict);
    store.persist("7", &selection(1)).await.expect("persist");
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn a_draw_computed_from_rows_that_moved_since_is_a_conflict(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    let draw = |id: &str, revision, based_on: &[(&str, u64)]| Changes {
        selections: vec![(block(id), SelectionRow { revision, ..SelectionRow::default() })],
        based_on: based_on.iter().map(|(id, revision)| (block(id), *revision)).collect(),
        ..Changes::default()
    };
    store.persist("7", &draw("r1", 0, &[("r2", 0), ("r3", 0)])).await.expect("nothing is there yet");
    let conflict = |id: &str| Err(LearnerError::Conflict(block(id).to_string()));
    assert_eq!(store.persist("7", &draw("r2", 0, &[("r1", 0)])).await, conflict("r1"));
    assert_eq!(store.persist("7", &draw("r2", 0, &[("r3", 1)])).await, conflict("r3"));
    let what = Gather { selections: vec![block("r1"), block("r2"), block("r3")], ..Gather::default() };
    assert_eq!(store.gather("7", &what).await.selections.len(), 1, "what was only read is not written");
    store.persist("7", &draw("r2", 0, &[("r1", 1), ("r3", 0)])).await.expect("as it is now");
    let set = store.gather("7", &what).await;
    assert_eq!((set.selections[&block("r1")].revision, set.selections[&block("r2")].revision), (1, 1));
    store.persist("8", &draw("r2", 0, &[("r1", 0)])).await.expect("another learner");
    let only_read = Changes { based_on: vec![(block("r1"), 5)], ..Changes::default() };
    store.persist("7", &only_read).await.expect("nothing to write is nothing done");
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn of_writers_at_once_one_wins_and_the_others_are_told(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    for revision in 0..3 {
        let attempts: Vec<_> = (0..8).map(|n| state("p1", json!({"n": n}), revision)).collect();
        let results = join_all(attempts.iter().map(|changes| store.persist("7", changes))).await;
        let winner = results.iter().position(Result::is_ok).expect("one wins");
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        let losers = results.iter().filter_map(|result| result.as_ref().err());
        for error in losers {
            assert_eq!(*error, LearnerError::Conflict(block("p1").to_string()));
        }
        let row = store.row("7", "p1").await.expect("row");
        assert_eq!((row.fields, row.revision), (fields(json!({"n": winner})), revision + 1));
    }
    // Gathering again and recomputing gets everybody through, and nothing is lost.
    let count = async |_| loop {
        let row = store.row("7", "count").await.unwrap_or_default();
        let n = row.fields.get("n").and_then(Value::as_u64).unwrap_or_default();
        match store.persist("7", &state("count", json!({"n": n + 1}), row.revision)).await {
            Ok(()) => return,
            Err(error) => assert!(matches!(error, LearnerError::Conflict(_)), "{error}"),
        }
    };
    join_all((0..10).map(count)).await;
    assert_eq!(store.row("7", "count").await.expect("row").fields, fields(json!({"n": 10})));
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn a_higher_score_is_kept_where_that_is_asked(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    let stored = async || store.row("7", "p1").await.expect("row").score;
    store.persist("7", &score("p1", 1.0, 2.0, true)).await.expect("first score");
    assert_eq!(stored().await, Some((1.0, 2.0)));
    store.persist("7", &score("p1", 2.0, 5.0, true)).await.expect("a smaller share");
    assert_eq!(stored().await, Some((1.0, 2.0)));
    store.persist("7", &score("p1", 2.0, 4.0, true)).await.expect("an equal share");
    assert_eq!(stored().await, Some((2.0, 4.0)));
    store.persist("7", &score("p1", 0.0, 0.0, true)).await.expect("nothing possible");
    assert_eq!(stored().await, Some((2.0, 4.0)));
    store.persist("7", &score("p1", 0.0, 4.0, false)).await.expect("a lower one that counts");
    assert_eq!(stored().await, Some((0.0, 4.0)));
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn clearing_empties_rows_without_using_revisions_again(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    for id in ["p1", "p2", "p3"] {
        let mut changes = state(id, json!({"n": 1}), 0);
        changes.scores = score(id, 1.0, 1.0, false).scores;
        changes.completions = vec![(block(id), 1.0)];
        store.persist("7", &changes).await.expect("persist");
    }
    let mut changes =
        Changes { cleared: vec![block("p1"), block("p2"), block("none")], ..state("p2", json!({"n": 2}), 1) };
    changes.scores = score("p2", 0.0, 1.0, true).scores;
    store.persist("7", &changes).await.expect("clear");
    let empty = BlockStateRow { revision: 2, ..BlockStateRow::default() };
    assert_eq!(store.row("7", "p1").await, Some(empty));
    let renewed = BlockStateRow {
        fields: fields(json!({"n": 2})),
        score: Some((0.0, 1.0)),
        completion: None,
        revision: 2,
    };
    assert_eq!(store.row("7", "p2").await, Some(renewed));
    assert_eq!(store.row("7", "p3").await.expect("row").score, Some((1.0, 1.0)));
    assert_eq!(store.row("7", "none").await, None);
    let conflict = Err(LearnerError::Conflict(block("p1").to_string()));
    assert_eq!(store.persist("7", &state("p1", json!({}), 0)).await, conflict);
    store.persist("7", &state("p1", json!({}), 2)).await.expect("persist");
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn values_too_large_and_numbers_out_of_range_are_refused(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    let long = json!("x".repeat(STATE_BYTES));
    let too_large = [
        state("p1", json!({ "long": long }), 0),
        Changes { summary: vec![(block("p1"), "long".into(), long.clone())], ..Changes::default() },
        Changes { preferences: vec![("video".into(), "long".into(), long.clone())], ..Changes::default() },
        Changes { user_info: vec![("long".into(), long.clone())], ..Changes::default() },
    ];
    for changes in too_large {
        let error = store.persist("7", &changes).await.expect_err("too large");
        assert!(matches!(error, LearnerError::TooLarge { limit: STATE_BYTES, .. }), "{error}");
    }
    let completion = |value| Changes { completions: vec![(block("p1"), value)], ..Changes::default() };
    for changes in [
        score("p1", f64::NAN, 1.0, false),
        score("p1", 1.0, f64::INFINITY, false),
        score("p1", -1.0, 1.0, true),
        completion(1.5),
        completion(f64::NAN),
    ] {
        let error = store.persist("7", &changes).await.expect_err("no such number");
        assert!(matches!(error, LearnerError::InvalidNumber { .. }), "{error}");
    }
    assert_eq!(store.row("7", "p1").await, None);
    let fits = json!({"long": "x".repeat(STATE_BYTES - 11)});
    store.persist("7", &state("p1", fits.clone(), 0)).await.expect("exactly as large as allowed");
    assert_eq!(store.row("7", "p1").await.expect("row").fields, fields(fits));
    store.close().await;
}

fn event(number: i64, who: Option<&str>) -> Event {
    Event {
        name: format!("event {number}"),
        learner: who.map(learner),
        context: who.map(|_| "lib:Ex:lib".parse().expect("context key")),
        block: who.map(|_| block("p1")),
        data: json!({"number": number, "text": "é\u{0}\""}),
        at: datetime!(2026-05-04 03:02:01.5 UTC),
    }
}

#[rstest]
#[tokio::test]
async fn events_are_told_in_order_and_only_with_their_changes(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    let events = async |after, limit| store.learners.events(after, limit).await.expect("events");
    assert_eq!(events(0, 10).await, []);
    let told = Changes { events: vec![event(1, Some("7")), event(2, None)], ..state("p1", json!({}), 0) };
    store.persist("7", &told).await.expect("persist");
    store.persist("7", &told).await.expect_err("a conflict tells nothing");
    store
        .persist("8", &Changes { events: vec![event(3, Some("8"))], ..Changes::default() })
        .await
        .expect("persist");
    let all = events(0, 10).await;
    let found: Vec<_> = all.iter().map(|(_, event)| event.clone()).collect();
    assert_eq!(found, [event(1, Some("7")), event(2, None), event(3, Some("8"))]);
    assert!(all.is_sorted_by(|(a, _), (b, _)| a < b));
    assert_eq!(events(0, 2).await, all[..2]);
    assert_eq!(events(all[1].0, 10).await, all[2..]);
    assert_eq!(events(all[2].0, 10).await, []);
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn a_reader_of_events_never_steps_over_one(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres), Kind::Ephemeral)] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    let write = async |number: i64| {
        let changes = Changes { events: vec![event(number, None)], ..Changes::default() };
        store.persist(&number.to_string(), &changes).await.expect("persist");
    };
    let read = async {
        let (mut after, mut seen) = (0, Vec::new());
        while seen.len() < 60 {
            for (number, event) in store.learners.events(after, 7).await.expect("events") {
                after = number;
                seen.push(event.name);
            }
            tokio::task::yield_now().await;
        }
        seen
    };
    let (_, mut seen) = tokio::join!(join_all((0..60).map(write)), read);
    seen.sort();
    let mut expected: Vec<_> = (0..60).map(|number| event(number, None).name).collect();
    expected.sort();
    assert_eq!(seen, expected);
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn statements_do_not_depend_on_the_number_of_blocks(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let ids: Vec<String> = (0..60).map(|n| format!("p{n}")).collect();
    let keys: Vec<UsageKey> = ids.iter().map(|id| block(id)).collect();
    let counts = async |keys: &[UsageKey], who: &str| {
        let writes =
            keys.iter().map(|block| StateWrite { block: block.clone(), fields: Map::new(), revision: 0 });
        let selections = keys.iter().map(|key| (key.clone(), SelectionRow::default())).collect();
        let changes = Changes { states: writes.collect(), selections, ..Changes::default() };
        let what = Gather { blocks: keys.to_vec(), selections: keys.to_vec(), ..Gather::default() };
        let persisted = bench.statements(bench.db.persist(&learner(who), &changes)).await;
        let gathered = bench.statements(bench.db.gather(&learner(who), &what)).await;
        assert_eq!(bench.db.gather(&learner(who), &what).await.expect("gather").blocks.len(), keys.len());
        (persisted, gathered)
    };
    let one = counts(&keys[..1], "7").await;
    assert_eq!(counts(&keys, "8").await, one);
    assert_eq!(one.1, 1);
    assert_eq!(bench.statements(bench.db.persist(&learner("7"), &Changes::default())).await, 0);
    bench.close().await;
}
