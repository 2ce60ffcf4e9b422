//! Groups: no block twice, and nobody starves who need not.

use std::collections::HashSet;

use compositor::draw::{Seed, seed};
use compositor::group::{MemberSelection, allocate};
use compositor::selection::SelectInput;
use proptest::prelude::*;

/// A member as data.
#[derive(Debug, Clone, Default)]
struct Member {
    pool: Vec<String>,
    stored: Vec<String>,
    has_state: Vec<String>,
    count: i64,
}

fn member(pool: &str, count: i64) -> Member {
    Member { pool: letters(pool), count, ..Member::default() }
}

fn letters(text: &str) -> Vec<String> {
    text.chars().map(String::from).collect()
}

/// Allocates, and gives the results to `check`, because they borrow from the members.
fn with_allocation<T>(
    members: &[Member],
    learner: &str,
    check: impl FnOnce(Vec<MemberSelection<'_>>) -> T,
) -> T {
    fn slices(texts: &[String]) -> Vec<&str> {
        texts.iter().map(String::as_str).collect()
    }
    let seeds: Vec<Seed> =
        (0..members.len()).map(|at| seed(b"secret", learner, &format!("ref{at}"), 0)).collect();
    let pools: Vec<Vec<&str>> = members.iter().map(|member| slices(&member.pool)).collect();
    let stored: Vec<Vec<&str>> = members.iter().map(|member| slices(&member.stored)).collect();
    let states: Vec<HashSet<&str>> =
        members.iter().map(|member| member.has_state.iter().map(String::as_str).collect()).collect();
    let seen = HashSet::new();
    let inputs: Vec<SelectInput<'_>> = (0..members.len())
        .map(|at| SelectInput {
            pool: &pools[at],
            stored: &stored[at],
            count: members[at].count,
            shuffle: true,
            seen: &seen,
            has_state: &states[at],
            seed: &seeds[at],
        })
        .collect();
    check(allocate(&inputs))
}

fn sorted(tokens: &[&str]) -> String {
    let mut tokens = tokens.to_vec();
    tokens.sort_unstable();
    tokens.concat()
}

#[test]
fn later_small_pools_are_not_starved() {
    for learner in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        with_allocation(&[member("abc", 1), member("a", 1), member("ab", 1)], learner, |result| {
            assert_eq!(result[0].selection.selected, ["c"], "the only way to serve all three");
            assert_eq!(result[1].selection.selected, ["a"]);
            assert_eq!(result[2].selection.selected, ["b"]);
        });
    }
}

#[test]
fn what_is_left_goes_to_members_that_take_all() {
    with_allocation(&[member("abcdef", -1), member("abcdef", 2)], "a", |result| {
        assert_eq!((result[0].selection.selected.len(), result[1].selection.selected.len()), (4, 2));
        assert_eq!((result[0].short, result[1].short), (0, 0));
    });
}

#[test]
fn missing_blocks_are_counted() {
    with_allocation(&[member("abcde", 3), member("abcde", 3), member("", 2)], "a", |result| {
        assert_eq!(result.iter().map(|member| member.short).collect::<Vec<_>>(), [0, 1, 2]);
    });
}

#[test]
fn block_of_two_members_stays_where_the_learner_worked() {
    let mut members = [member("abcdef", 2), member("abcdef", 2)];
    members[0].stored = letters("ab");
    members[1].stored = letters("bc");
    with_allocation(&members, "a", |result| {
        assert_eq!((result[0].duplicate.as_slice(), result[1].duplicate.as_slice()), (&[][..], &["b"][..]));
        assert!(!result[0].selection.changed && result[1].selection.changed);
    });
    members[1].has_state = letters("b");
    with_allocation(&members, "a", |result| {
        assert_eq!((result[0].duplicate.as_slice(), result[1].duplicate.as_slice()), (&["b"][..], &[][..]));
        assert!(result[1].selection.selected.contains(&"b"));
        assert_eq!(result[0].selection.added.len(), 1);
    });
}

#[test]
fn long_chains_of_moves_do_not_recurse() {
    // Member i can get blocks i and i + 1; the last one only the first block, so everybody has to move.
    let size = 3000;
    let name = |at: usize| format!("b{at:05}");
    let mut members: Vec<Member> = (0..size)
        .map(|at| Member { pool: vec![name(at), name(at + 1)], count: 1, ..Member::default() })
        .collect();
    members.push(Member { pool: vec![name(0)], count: 1, ..Member::default() });
    with_allocation(&members, "a", |result| {
        assert!(result.iter().all(|member| member.short == 0));
    });
}

/// The size of the largest possible allocation, by trying for each member every set of blocks.
fn best(members: &[Member], taken: &HashSet<&str>) -> usize {
    let Some((first, rest)) = members.split_first() else { return 0 };
    let free: Vec<&str> =
        first.pool.iter().map(String::as_str).filter(|block| !taken.contains(block)).collect();
    let limit = usize::try_from(first.count).unwrap_or(0);
    (0..1u32 << free.len())
        .filter(|set| set.count_ones() as usize <= limit)
        .map(|set| {
            let mine = free.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, block)| *block);
            let taken: HashSet<&str> = taken.iter().copied().chain(mine).collect();
            set.count_ones() as usize + best(rest, &taken)
        })
        .max()
        .unwrap_or(0)
}

fn any_member() -> impl Strategy<Value = Member> {
    let letter = || prop::sample::select(letters("abcdef"));
    let pool = prop::collection::hash_set(letter(), 0..5);
    let history = (prop::collection::vec(letter(), 0..4), prop::collection::vec(letter(), 0..3));
    (pool, history, -1i64..4).prop_map(|(pool, (stored, has_state), count)| {
        let mut pool: Vec<String> = pool.into_iter().collect();
        pool.sort_unstable();
        Member { pool, stored, has_state, count }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_block_twice_and_nothing_changes_on_the_next_visit(
        mut members in prop::collection::vec(any_member(), 0..5), learner in "[a-z]{2}",
    ) {
        let selected: Vec<Vec<String>> = with_allocation(&members, &learner, |result| {
            let mut met = HashSet::new();
            for (member, result) in members.iter().zip(&result) {
                for block in &result.selection.selected {
                    prop_assert!(met.insert(block.to_string()), "{} twice", block);
                    prop_assert!(member.pool.iter().any(|other| other == block));
                }
                let most = usize::try_from(member.count).unwrap_or(usize::MAX);
                prop_assert!(result.selection.selected.len() <= most);
            }
            Ok(result
                .iter()
                .map(|result| result.selection.selected.iter().map(|block| (*block).to_owned()).collect())
                .collect())
        })?;
        for (member, selected) in members.iter_mut().zip(selected) {
            member.stored = selected;
        }
        with_allocation(&members, &learner, |result| {
            for result in result {
                prop_assert!(!result.selection.changed && result.duplicate.is_empty());
            }
            Ok(())
        })?;
    }

    #[test]
    fn free_slots_are_filled_as_far_as_can_be(
        mut members in prop::collection::vec(any_member(), 0..4), learner in "[a-z]{2}",
    ) {
        for member in &mut members {
            member.stored.clear();
            member.count = member.count.max(0);
        }
        let best = best(&members, &HashSet::new());
        let got = with_allocation(&members, &learner, |result| {
            result.iter().map(|member| sorted(&member.selection.selected).len()).sum::<usize>()
        });
        prop_assert_eq!(got, best);
    }
}
