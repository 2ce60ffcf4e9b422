//! Selections: recorded draws, and the rules every selection keeps.

use std::collections::HashSet;

use compositor::draw::{Seed, seed};
use compositor::selection::{SelectInput, Selection, select};
use proptest::prelude::*;

const REFERENCE: &str = "block-v1:edX+UseLib+1+type@random_lib_ref+block@3";

fn alice(epoch: u64) -> Seed {
    seed(b"vector-secret-s", "s-alice", REFERENCE, epoch)
}

fn problems(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("lb:orgX:someProblems:problem:{name}")).collect()
}

fn ten() -> Vec<String> {
    problems(&["q00", "q01", "q02", "q03", "q04", "q05", "q06", "q07", "q08", "q09"])
}

fn slices(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// The last parts of tokens, for short expectations.
fn ids(tokens: &[&str]) -> Vec<String> {
    tokens.iter().map(|token| token.rsplit([':', '@']).next().unwrap_or_default().to_owned()).collect()
}

#[derive(Clone)]
struct Case<'a> {
    pool: Vec<&'a str>,
    stored: Vec<&'a str>,
    count: i64,
    shuffle: bool,
    seen: HashSet<&'a str>,
    has_state: HashSet<&'a str>,
    seed: Seed,
}

impl<'a> Case<'a> {
    fn new(pool: Vec<&'a str>, count: i64) -> Self {
        Self {
            pool,
            count,
            stored: Vec::new(),
            shuffle: true,
            seen: HashSet::new(),
            has_state: HashSet::new(),
            seed: alice(0),
        }
    }

    fn select(&self) -> Selection<'_> {
        select(&SelectInput {
            pool: &self.pool,
            stored: &self.stored,
            count: self.count,
            shuffle: self.shuffle,
            seen: &self.seen,
            has_state: &self.has_state,
            seed: &self.seed,
        })
    }
}

#[test]
fn first_visit_draws_and_the_next_one_changes_nothing() {
    let pool = ten();
    let mut case = Case::new(slices(&pool), 2);
    let first = case.select();
    assert_eq!(ids(&first.selected), ["q00", "q04"]);
    assert_eq!((first.added.len(), first.changed), (2, true));
    case.stored =
        first.selected.iter().rev().map(|token| pool.iter().find(|p| p == token).unwrap().as_str()).collect();
    let again = case.select();
    assert_eq!(ids(&again.selected), ["q04", "q00"], "stored order comes back");
    assert!(!again.changed && again.added.is_empty());
}

#[test]
fn growing_inserts_and_shrinking_drops_untouched_blocks_first() {
    let (pool, stored) = (ten(), problems(&["q00", "q04"]));
    let mut case = Case::new(slices(&pool), 5);
    case.stored = slices(&stored);
    assert_eq!(ids(&case.select().selected), ["q07", "q00", "q09", "q04", "q03"]);

    let five = problems(&["q07", "q00", "q09", "q04", "q03"]);
    case.stored = slices(&five);
    case.count = 3;
    let smaller = case.select();
    assert_eq!(ids(&smaller.selected), ["q07", "q00", "q04"]);
    assert_eq!(ids(&smaller.overlimit), ["q03", "q09"]);

    case.has_state = HashSet::from([case.stored[0], case.stored[1], case.stored[2]]);
    let smaller = case.select();
    assert_eq!(
        ids(&smaller.selected),
        ["q07", "q00", "q09"],
        "answered blocks stay, though q09 would go before q04"
    );
    assert_eq!(ids(&smaller.overlimit), ["q03", "q04"]);
}

#[test]
fn reset_draws_unseen_blocks_first() {
    let pool = ten();
    let mut case = Case::new(slices(&pool), 2);
    case.seed = alice(1);
    case.seen = HashSet::from([case.pool[0], case.pool[4]]);
    assert_eq!(ids(&case.select().selected), ["q02", "q09"]);
    case.pool.truncate(2);
    case.seen.insert(case.pool[1]);
    assert_eq!(case.select().selected.len(), 2, "seen blocks are better than none");
}

#[test]
fn without_shuffle_the_pool_gives_the_order() {
    let (pool, stored) = (ten(), problems(&["q08", "q01", "gone"]));
    let mut case = Case::new(slices(&pool), -1);
    case.shuffle = false;
    assert_eq!(case.select().selected, case.pool);
    case.stored = slices(&stored);
    case.count = 2;
    let selection = case.select();
    assert_eq!(ids(&selection.selected), ["q01", "q08"], "put in order because a block left");
    assert_eq!(ids(&selection.invalid), ["gone"]);
}

#[test]
fn repetitions_count_once() {
    let pool = problems(&["q00", "q01", "q00", "q02", "q01"]);
    let stored = problems(&["q01", "q01", "q02"]);
    let mut case = Case::new(slices(&pool), 2);
    case.stored = slices(&stored);
    let selection = case.select();
    assert_eq!(ids(&selection.selected), ["q01", "q02"]);
    assert!(!selection.changed);
}

#[test]
fn nothing_to_show_is_nothing_to_store() {
    assert_eq!(Case::new(Vec::new(), 3).select(), Selection::default());
}

#[test]
fn lists_go_by_type_then_id() {
    let mut case = Case::new(vec!["problem-b@a", "problem@z", "html@c", "problem@b:@1", "problem@a"], -1);
    case.stored = vec!["html@y", "html-x@a"];
    let selection = case.select();
    assert_eq!(selection.added, ["html@c", "problem@a", "problem@b:@1", "problem@z", "problem-b@a"]);
    assert_eq!(selection.invalid, ["html@y", "html-x@a"]);
    let pool = ["lb:o:s:problem-b:a", "lb:o:s:problem:z", "lb:o:s:html:c"];
    let selection = Case::new(pool.to_vec(), -1).select().added.join(" ");
    assert_eq!(selection, "lb:o:s:html:c lb:o:s:problem:z lb:o:s:problem-b:a");
}

#[test]
fn every_block_has_its_chance() {
    let pool = ten();
    let mut case = Case::new(slices(&pool), 1);
    let mut drawn = HashSet::new();
    for learner in 0..200 {
        case.seed = seed(b"secret", &learner.to_string(), REFERENCE, 0);
        drawn.extend(ids(&case.select().selected));
    }
    assert_eq!(drawn.len(), 10);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rules_hold_for_any_history(
        pool in prop::collection::vec("[a-l]", 0..14), stored in prop::collection::vec("[a-q]", 0..14),
        count in -2i64..16, shuffle in any::<bool>(), seen in prop::collection::hash_set("[a-l]", 0..6),
        state in prop::collection::hash_set("[a-q]", 0..6), learner in "[a-z]{3}",
    ) {
        let case = Case {
            pool: slices(&pool),
            stored: slices(&stored),
            count,
            shuffle,
            seen: seen.iter().map(String::as_str).collect(),
            has_state: state.iter().map(String::as_str).collect(),
            seed: seed(b"secret", &learner, REFERENCE, 0),
        };
        let result = case.select();
        let set = |tokens: &[&str]| tokens.iter().map(|token| (*token).to_owned()).collect::<HashSet<_>>();
        let (pool, stored, selected) = (set(&case.pool), set(&case.stored), set(&result.selected));
        let (added, invalid, overlimit) = (set(&result.added), set(&result.invalid), set(&result.overlimit));
        let want = if count < 0 { pool.len() } else { pool.len().min(usize::try_from(count).unwrap_or(0)) };

        prop_assert_eq!(result.selected.len(), want);
        prop_assert_eq!(selected.len(), want, "no block twice");
        prop_assert!(selected.is_subset(&pool));
        prop_assert_eq!(&invalid, &(&stored - &pool));
        let kept = &(&stored & &pool) - &overlimit;
        prop_assert_eq!(&selected, &(&kept | &added));
        prop_assert!(added.is_disjoint(&stored));
        prop_assert!(added.is_empty() || overlimit.is_empty());
        prop_assert_eq!(result.changed, !(added.is_empty() && invalid.is_empty() && overlimit.is_empty()));

        let mut met = HashSet::new();
        let before: Vec<&str> = case.stored.iter().copied().filter(|b| met.insert(*b) && kept.contains(*b)).collect();
        let after: Vec<&str> = result.selected.iter().copied().filter(|b| kept.contains(*b)).collect();
        if shuffle || !result.changed {
            prop_assert_eq!(before, after, "kept blocks keep their relative order");
        } else {
            let place = |block: &&str| case.pool.iter().position(|other| other == block);
            prop_assert!(result.selected.is_sorted_by_key(place));
        }
        let untouched = |tokens: &HashSet<String>| tokens.iter().filter(|b| !state.contains(*b)).count();
        prop_assert!(untouched(&overlimit) == overlimit.len() || untouched(&kept) == 0, "state is dropped last");
        let unseen = |tokens: &HashSet<String>| tokens.iter().filter(|b| !seen.contains(*b)).count();
        let left = &(&pool - &stored) - &added;
        prop_assert!(unseen(&added) == added.len() || unseen(&left) == 0, "seen blocks are drawn last");

        let again = Case { stored: result.selected.clone(), ..case.clone() };
        prop_assert!(!again.select().changed, "a second visit changes nothing");
    }
}

/// The statistic of frequencies of draws without replacement is distributed as chi-square with a degree of
/// freedom less than there are blocks, once the variance of a block is taken as `p (1 - p)`.
#[test]
fn every_block_of_a_pool_is_drawn_as_often_as_chance_has_it() {
    // The value that chi-square with 49 degrees of freedom stays below in 999 of 1000 cases.
    const BOUND: f64 = 85.35;
    const LEARNERS: u32 = 2_000;
    let tokens: Vec<String> = (0..50).map(|n| format!("lb:orgX:someProblems:problem:p{n}")).collect();
    for count in [5, 30] {
        let (mut drawn, mut first) = ([0_u32; 50], [0_u32; 50]);
        let mut case = Case::new(slices(&tokens), count);
        for learner in 0..LEARNERS {
            case.seed = seed(b"a fixed secret of this test", &format!("s-{learner}"), REFERENCE, 0);
            for (place, token) in case.select().selected.iter().enumerate() {
                let block = tokens.iter().position(|known| known == token).unwrap();
                drawn[block] += 1;
                first[block] += u32::from(place == 0);
            }
        }
        let statistic = |frequencies: &[u32], share: f64| {
            let expected = f64::from(LEARNERS) * share;
            let squares: f64 = frequencies.iter().map(|&n| (f64::from(n) - expected).powi(2)).sum();
            squares * 49.0 / (50.0 * expected * (1.0 - share))
        };
        let (of_draws, of_places) = (statistic(&drawn, count as f64 / 50.0), statistic(&first, 1.0 / 50.0));
        assert!(of_draws < BOUND, "{count} of 50: {of_draws}");
        assert!(of_places < BOUND, "the first of {count}: {of_places}");
        // As far from chance in the other direction would be as odd: 99.9 % are above.
        assert!(of_draws > 23.98 && of_places > 23.98, "{count} of 50: {of_draws}, {of_places}");
    }
}
