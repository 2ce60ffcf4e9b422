//! Other names of usages, and learner state that follows them.

use learner::{
    Changes, Gather, LearnerStore as _, MoveState as _, Moved, Moves, ScoreChange, SelectionRow, StateWrite,
};
use learning_context::{AliasStore as _, UsageAlias};
use opaque_keys::UsageKey;
use rstest::rstest;
use serde_json::json;

use crate::{
    bench::{Backend, Bench},
    learners::{fields, learner},
};

fn old(id: &str) -> UsageKey {
    format!("block-v1:O+C+R+type@problem+block@{id}").parse().expect("usage key")
}

fn new(id: &str) -> UsageKey {
    format!("lb-ref:bank:problem:{id}:O+C+R+type@random_lib_ref+block@lc").parse().expect("usage key")
}

fn bank() -> (UsageKey, UsageKey) {
    let key = |block_type: &str| format!("block-v1:O+C+R+type@{block_type}+block@lc").parse().expect("key");
    (key("library_content"), key("random_lib_ref"))
}

fn source(id: &str) -> UsageKey {
    format!("lb:O:bank:problem:{id}").parse().expect("usage key")
}

fn alias(alias: &UsageKey, usage: &UsageKey, source: Option<UsageKey>) -> UsageAlias {
    UsageAlias { alias: alias.clone(), usage: usage.clone(), source }
}

#[rstest]
#[tokio::test]
async fn aliases_lead_both_ways_and_are_kept_by_context(
    #[values(Backend::Sqlite, Backend::SqliteInMemory, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let (from, to) = bank();
    let context = from.context_key();
    let all = [
        alias(&from, &to, None),
        alias(&old("a"), &new("p"), Some(source("p"))),
        alias(&old("b"), &new("p"), Some(source("p"))),
    ];
    bench.db.put_aliases(&context, &[]).await.expect("nothing");
    bench.db.put_aliases(&context, &all).await.expect("put");
    let expected = [all[0].clone(), all[1].clone(), all[2].clone()];
    assert_eq!(bench.db.aliases(&context).await.expect("aliases"), expected);
    assert_eq!(bench.db.aliases(&"course-v1:O+C+S".parse().unwrap()).await.expect("aliases"), []);
    for (usage, others) in [
        (&from, vec![to.clone()]),
        (&to, vec![from.clone()]),
        (&old("a"), vec![old("b"), new("p")]),
        (&new("p"), vec![old("a"), old("b")]),
        (&old("z"), vec![]),
    ] {
        assert_eq!(bench.db.other_keys(usage).await.expect("other keys"), others, "{usage}");
    }
    // Converted again, into something else.
    bench.db.put_aliases(&context, &[alias(&old("b"), &new("q"), Some(source("q")))]).await.expect("put");
    assert_eq!(bench.db.other_keys(&old("b")).await.expect("other keys"), [new("q")]);
    assert_eq!(bench.db.other_keys(&new("p")).await.expect("other keys"), [old("a")]);
    assert_eq!(bench.db.aliases(&context).await.expect("aliases").len(), 3);
    bench.close().await;
}

/// Lets a learner answer a block.
async fn answer(bench: &Bench, who: &str, block: UsageKey, earned: f64) {
    let changes = Changes {
        states: vec![StateWrite {
            block: block.clone(),
            fields: fields(json!({"answer": earned})),
            revision: 0,
        }],
        scores: vec![ScoreChange { block, earned, possible: 10.0, only_if_higher: false }],
        ..Changes::default()
    };
    bench.db.persist(&learner(who), &changes).await.expect("persist");
}

async fn draw(bench: &Bench, who: &str, reference: UsageKey, selected: &[&str]) {
    let row = SelectionRow {
        selected: selected.iter().map(|token| (*token).to_owned()).collect(),
        seen: vec!["problem@a".to_owned()],
        epoch: 2,
        revision: 0,
    };
    let changes = Changes { selections: vec![(reference, row)], ..Changes::default() };
    bench.db.persist(&learner(who), &changes).await.expect("persist");
}

/// Returns what a learner earned under some keys.
async fn earned(bench: &Bench, who: &str, blocks: &[UsageKey]) -> Vec<Option<f64>> {
    let gather = Gather { blocks: blocks.to_vec(), ..Gather::default() };
    let state = bench.db.gather(&learner(who), &gather).await.expect("gather");
    let earned = |block| Some(state.blocks.get(block)?.score?.0);
    blocks.iter().map(earned).collect()
}

async fn selection(bench: &Bench, who: &str, reference: &UsageKey) -> Option<SelectionRow> {
    let gather = Gather { selections: vec![reference.clone()], ..Gather::default() };
    bench.db.gather(&learner(who), &gather).await.expect("gather").selections.remove(reference)
}

fn moves() -> Moves {
    let mut moves = Moves::default();
    let (from, to) = bank();
    moves.selection(from, to);
    for (old_id, new_id) in [("a", "p"), ("b", "q")] {
        moves.block(old(old_id), new(new_id));
        moves.token(format!("problem@{old_id}"), source(new_id).to_string());
    }
    moves
}

#[rstest]
#[tokio::test]
async fn what_learners_did_follows_to_the_new_keys(
    #[values(Backend::Sqlite, Backend::SqliteInMemory, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let (from, to) = bank();
    answer(&bench, "ann", old("a"), 1.0).await;
    answer(&bench, "ann", old("b"), 2.0).await;
    answer(&bench, "ann", old("c"), 3.0).await;
    draw(&bench, "ann", from.clone(), &["problem@b", "problem@a", "problem@c"]).await;
    // Bob was there already, with one of the two.
    answer(&bench, "bob", old("a"), 4.0).await;
    answer(&bench, "bob", new("p"), 5.0).await;
    answer(&bench, "bob", old("b"), 6.0).await;
    draw(&bench, "bob", from.clone(), &["problem@a"]).await;
    draw(&bench, "bob", to.clone(), &["lb:O:bank:problem:q"]).await;
    draw(&bench, "eve", from.clone(), &["problem@a"]).await;

    let moved = bench.db.move_state(&moves()).await.expect("move");
    assert_eq!(moved, Moved { learners: 3, blocks: 3, selections: 2 });
    let keys = [old("a"), old("b"), old("c"), new("p"), new("q")];
    assert_eq!(earned(&bench, "ann", &keys).await, [None, None, Some(3.0), Some(1.0), Some(2.0)]);
    assert_eq!(earned(&bench, "bob", &keys).await, [Some(4.0), None, None, Some(5.0), Some(6.0)]);
    let of_ann = selection(&bench, "ann", &to).await.expect("it moved");
    assert_eq!(of_ann.selected, ["lb:O:bank:problem:q", "lb:O:bank:problem:p", "problem@c"]);
    assert_eq!((of_ann.seen, of_ann.epoch), (vec!["lb:O:bank:problem:p".to_owned()], 2));
    assert_eq!(selection(&bench, "ann", &from).await, None);
    assert!(selection(&bench, "bob", &from).await.is_some(), "what cannot move stays");
    assert_eq!(selection(&bench, "bob", &to).await.expect("his own").selected, ["lb:O:bank:problem:q"]);

    assert_eq!(bench.db.move_state(&moves()).await.expect("again"), Moved::default());
    assert_eq!(bench.db.move_state(&Moves::default()).await.expect("nothing"), Moved::default());
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn many_learners_move_in_batches(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = Bench::open(backend).await else { return };
    const LEARNERS: usize = 450;
    for n in 0..LEARNERS {
        answer(&bench, &format!("l{n}"), old("a"), 1.0).await;
    }
    let before = bench.db.statement_count();
    let moved = bench.db.move_state(&moves()).await.expect("move");
    assert_eq!((moved.learners, moved.blocks), (LEARNERS as u64, LEARNERS as u64));
    assert!(bench.db.statement_count() - before < 25, "they go by the hundred");
    assert_eq!(earned(&bench, "l449", &[old("a"), new("p")]).await, [None, Some(1.0)]);
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn two_who_move_the_same_at_once_do_it_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    for n in 0..20 {
        answer(&bench, &format!("l{n}"), old("a"), 1.0).await;
        draw(&bench, &format!("l{n}"), bank().0, &["problem@a"]).await;
    }
    let moves = moves();
    let (one, other) = tokio::join!(bench.db.move_state(&moves), bench.db.move_state(&moves));
    let (one, other) = (one.expect("move"), other.expect("move"));
    assert_eq!((one.blocks + other.blocks, one.selections + other.selections), (20, 20));
    bench.close().await;
}
