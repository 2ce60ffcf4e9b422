//! Draws of reference groups in every store: the same script gives the same rows everywhere, also when several
//! handles and processes carry it out at once (unit-composition §5.4, §6).

use std::{
    collections::HashSet,
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
    sync::Arc,
};

use blockstore::MemoryBlobs;
use compositor::{
    draw::{Seed, seed},
    group::allocate_around,
    selection::SelectInput,
};
use futures_util::future::join_all;
use learner::{Changes, Event, Gather, LearnerError, LearnerId, LearnerStore, SelectionRow, StateSet};
use opaque_keys::UsageKey;
use rstest::rstest;
use serde_json::json;
use storage::Database;
use time::OffsetDateTime;

use crate::{
    bench::{Backend, Bench, options},
    learners::{Kind, Store, learner},
};

/// Tells a child which database to work on.
const DATABASE: &str = "EXEDRA_TEST_GROUPS_DATABASE";
const MEMBERS: usize = 4;
const LEARNERS: usize = 12;
/// Learners over whom two processes compete.
const MANY: usize = 150;

/// What authors made of a group at some time, the pool and the count of each member, and how often each was reset
/// by then.
#[derive(Clone, Copy)]
struct Phase([(&'static str, i64); MEMBERS], [u32; MEMBERS]);

/// Instead of a pool: the library is away.
const AWAY: &str = "?";

/// Pools grow, shrink and vanish, and so do libraries; counts go up and down; learners draw again.
const PHASES: [Phase; 9] = [
    Phase([("abcdef", 2), ("abcdef", 2), ("ab", 1), ("", 3)], [0, 0, 0, 0]),
    Phase([("abcdefgh", 2), ("cdef", 2), ("ab", 2), ("abcdefgh", -1)], [0, 0, 0, 0]),
    Phase([("abcdefgh", 2), (AWAY, 2), ("ab", 2), ("abcdefgh", -1)], [1, 1, 0, 0]),
    Phase([("defgh", 3), ("cdefgh", 1), ("", 2), ("abcdefgh", -1)], [1, 1, 0, 0]),
    Phase([(AWAY, 3), (AWAY, 1), ("abcdefghijkl", 4), ("abcdefgh", 2)], [1, 1, 2, 1]),
    Phase([("abcdefghijkl", 1), ("abcdefghijkl", 4), ("ij", 2), ("klm", 2)], [1, 1, 2, 1]),
    Phase([("a", 1), ("ab", 1), ("abc", 1), ("abcd", 1)], [1, 1, 2, 1]),
    Phase([("abcdefghijkl", 3), ("abcdefghijkl", 3), (AWAY, 3), ("abcdefghijkl", 3)], [2, 1, 3, 1]),
    Phase([("abcdefghijkl", 3), ("abcdefghijkl", 3), ("abcdefghijkl", 3), ("abcdefghijkl", 3)], [2, 1, 3, 5]),
];

fn reference(member: usize) -> UsageKey {
    format!("block-v1:O+C+R+type@random_lib_ref+block@r{member}").parse().expect("usage key")
}

fn references() -> Gather {
    Gather { selections: (0..MEMBERS).map(reference).collect(), ..Gather::default() }
}

/// Returns what a visit changes, computed from the rows that were read.
fn compute(who: &str, phase: Phase, set: &StateSet) -> Changes {
    let row = |at: usize| set.selections.get(&reference(at)).cloned().unwrap_or_default();
    let Phase(members, epochs) = phase;
    let mut changes = Changes::default();
    let (away, active): (Vec<usize>, Vec<usize>) = (0..MEMBERS).partition(|at| members[*at].0 == AWAY);
    let waiting: Vec<SelectionRow> = away.iter().map(|at| row(*at)).collect();
    changes.based_on = away.iter().zip(&waiting).map(|(at, row)| (reference(*at), row.revision)).collect();
    let reserved: HashSet<&str> = waiting.iter().flat_map(|row| &row.selected).map(String::as_str).collect();
    let rows: Vec<SelectionRow> = active.iter().map(|at| again(row(*at), epochs[*at])).collect();
    let token = |id: char| format!("lb:O:L:problem:{id}");
    let pools: Vec<Vec<String>> =
        active.iter().map(|at| members[*at].0.chars().map(token).collect()).collect();
    let pools: Vec<Vec<&str>> = pools.iter().map(|pool| pool.iter().map(String::as_str).collect()).collect();
    let stored: Vec<Vec<&str>> =
        rows.iter().map(|row| row.selected.iter().map(String::as_str).collect()).collect();
    let seen: Vec<HashSet<&str>> =
        rows.iter().map(|row| row.seen.iter().map(String::as_str).collect()).collect();
    let seed =
        |(at, row): (&usize, &SelectionRow)| seed(b"secret", who, reference(*at).as_str(), row.epoch.into());
    let seeds: Vec<Seed> = active.iter().zip(&rows).map(seed).collect();
    let none = HashSet::new();
    let inputs: Vec<SelectInput<'_>> = (0..active.len())
        .map(|place| SelectInput {
            pool: &pools[place],
            stored: &stored[place],
            count: members[active[place]].1,
            shuffle: true,
            seen: &seen[place],
            has_state: &none,
            seed: &seeds[place],
        })
        .collect();
    for ((at, before), member) in active.iter().zip(&rows).zip(allocate_around(&inputs, &reserved)) {
        if !member.selection.changed && before.epoch == row(*at).epoch {
            changes.based_on.push((reference(*at), before.revision));
            continue;
        }
        let selected = member.selection.selected.iter().map(|token| (*token).to_owned()).collect();
        changes.selections.push((reference(*at), SelectionRow { selected, ..before.clone() }));
        changes.events.push(Event {
            name: "draw".into(),
            learner: Some(learner(who)),
            context: None,
            block: Some(reference(*at)),
            data: json!(member.selection.selected),
            at: OffsetDateTime::UNIX_EPOCH,
        });
    }
    changes
}

/// Returns a row as it is once it was reset that often.
fn again(mut row: SelectionRow, epoch: u32) -> SelectionRow {
    if row.epoch < epoch {
        let selected = std::mem::take(&mut row.selected);
        row.seen.extend(selected.into_iter().filter(|token| !row.seen.contains(token)).collect::<Vec<_>>());
        row.epoch = epoch;
    }
    row
}

/// Visits until nobody was faster, and returns what was seen.
async fn visit(store: &dyn LearnerStore, who: &str, phase: Phase) -> StateSet {
    let id: LearnerId = learner(who);
    loop {
        let set = store.gather(&id, &references()).await.expect("gather");
        let changes = compute(who, phase, &set);
        if changes.selections.is_empty() {
            return set;
        }
        match store.persist(&id, &changes).await {
            Ok(()) => {}
            Err(error) => assert!(matches!(error, LearnerError::Conflict(_)), "{error}"),
        }
    }
}

/// Carries out the script.
async fn script(store: &dyn LearnerStore) {
    for phase in PHASES {
        for number in 0..LEARNERS {
            visit(store, &number.to_string(), phase).await;
        }
    }
}

/// Returns all rows and what was told, learner by learner.
async fn outcome(store: &dyn LearnerStore, learners: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for number in 0..learners {
        let who = number.to_string();
        let set = store.gather(&learner(&who), &references()).await.expect("gather");
        let mut met = HashSet::new();
        for at in 0..MEMBERS {
            let row = set.selections.get(&reference(at)).cloned().unwrap_or_default();
            assert!(row.selected.iter().all(|token| met.insert(token.clone())), "a block twice: {row:?}");
            lines.push(format!(
                "{who} r{at} {} {} {:?} {:?}",
                row.revision, row.epoch, row.selected, row.seen
            ));
        }
    }
    let events = store.events(0, u32::MAX).await.expect("events");
    let mut told: Vec<String> = events
        .iter()
        .map(|(_, event)| format!("{:?} {:?} {}", event.learner, event.block, event.data))
        .collect();
    told.sort();
    lines.extend(told);
    lines
}

/// Returns what the script comes to where nobody else is at work.
async fn expected() -> Vec<String> {
    let store = learner::EphemeralState::default();
    script(&store).await;
    outcome(&store, LEARNERS).await
}

#[rstest]
#[tokio::test]
async fn every_store_gives_the_same_draws(
    #[values(Kind::Database(Backend::Sqlite), Kind::Database(Backend::Postgres))] kind: Kind,
) {
    let Some(store) = Store::open(kind).await else { return };
    script(&*store.learners).await;
    assert_eq!(outcome(&*store.learners, LEARNERS).await, expected().await);
    store.close().await;
}

#[rstest]
#[tokio::test]
async fn two_handles_at_once_make_one_draw_each(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let other = open(&bench.url).await;
    for phase in PHASES {
        let visits = (0..LEARNERS).flat_map(|number| {
            let who = number.to_string();
            [&*bench.db, &other].into_iter().flat_map(move |db| {
                let who = who.clone();
                (0..3).map(move |_| {
                    let who = who.clone();
                    async move { visit(db, &who, phase).await.selections }
                })
            })
        });
        let seen = join_all(visits).await;
        for same in seen.chunks(6) {
            assert!(same.windows(2).all(|pair| pair[0] == pair[1]), "all see the same draw");
        }
    }
    assert_eq!(outcome(&*bench.db, LEARNERS).await, expected().await, "and each draw is told once");
    other.close().await;
    bench.close().await;
}

#[rstest]
#[tokio::test]
async fn another_process_at_once_changes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new(program)
        .args(["--exact", "groups::child", "--ignored", "--nocapture"])
        .env(DATABASE, &bench.url)
        .stdout(Stdio::piped())
        .spawn()
        .expect("start the child");
    let mut said = BufReader::new(child.stdout.take().expect("piped")).lines();
    assert!(said.any(|line| line.expect("line") == "ready"), "the child begins");
    first_visits(&*bench.db).await;
    assert!(said.all(|line| line.is_ok()) && child.wait().expect("wait").success());
    let alone = learner::EphemeralState::default();
    first_visits(&alone).await;
    assert_eq!(outcome(&*bench.db, MANY).await, outcome(&alone, MANY).await);
    bench.close().await;
}

async fn first_visits(store: &dyn LearnerStore) {
    for number in 0..MANY {
        visit(store, &number.to_string(), PHASES[1]).await;
    }
}

/// Runs in the child: the first visits of all learners, at the same time as its parent.
#[tokio::test]
#[ignore = "run by the test that competes with it"]
async fn child() {
    #[expect(clippy::disallowed_methods, reason = "how the parent tells its child where to work")]
    let Ok(url) = std::env::var(DATABASE) else { return };
    let db = open(&url).await;
    writeln!(std::io::stdout(), "\nready").expect("parent listens");
    first_visits(&db).await;
    db.close().await;
}

async fn open(url: &str) -> Database {
    Database::connect(url, Arc::new(MemoryBlobs::default()), options()).await.expect("connect")
}
