//! Which blocks of a reference's pool one learner sees (unit-composition §5.1 to §5.3).
//!
//! Blocks are *tokens*: the `lb:` key without version for references, `type@id` for the children of
//! `library_content` and `itembank`. Everything here is a function of its input; storing the result, and not
//! asking at all while a library is unavailable, is the caller's part.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::draw::{Pick, Seed};

/// What a selection depends on.
#[derive(Debug, Clone, Copy)]
pub struct SelectInput<'a> {
    /// The pool in its order. Blocks that are listed again count once.
    pub pool: &'a [&'a str],
    /// What was selected before, in the order shown. Blocks that are listed again count once.
    pub stored: &'a [&'a str],
    /// How many blocks to show; all of them if negative.
    pub count: i64,
    /// Whether the learner gets an order of their own rather than that of the pool.
    pub shuffle: bool,
    /// Blocks to draw only when no others are left: those seen before. Empty unless the reference avoids them.
    pub seen: &'a HashSet<&'a str>,
    /// Blocks that hold state of the learner: dropped only when no others are left.
    pub has_state: &'a HashSet<&'a str>,
    /// The source of chance.
    pub seed: &'a Seed,
}

/// The blocks a learner sees from now on, and what changed. The lists other than `selected` are ordered by
/// block type, then by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection<'a> {
    /// The blocks in the order shown.
    pub selected: Vec<&'a str>,
    /// Blocks drawn now.
    pub added: Vec<&'a str>,
    /// Blocks that left the pool.
    pub invalid: Vec<&'a str>,
    /// Blocks dropped because fewer are shown than before.
    pub overlimit: Vec<&'a str>,
    /// Whether there is anything to store and to report.
    pub changed: bool,
}

/// Selects the blocks of one reference.
///
/// A stored selection stays as it is while it fits: a pool that merely grows changes nothing.
pub fn select<'a>(input: &SelectInput<'a>) -> Selection<'a> {
    let mut draw = Draw::new(input);
    let (mut kept, invalid) = draw.keep();
    let overlimit = draw.drop_overlimit(&mut kept);
    let added = match draw.want().saturating_sub(kept.len()) {
        // Also what keeps a learner who comes back from paying for a draw.
        0 => Vec::new(),
        missing => {
            let mut taken = vec![false; draw.pool.len()];
            kept.iter().for_each(|&block| taken[block] = true);
            let mut candidates = draw.candidates(|block| taken[block]);
            candidates.truncate(missing);
            candidates
        }
    };
    draw.finish(kept, Changes { added, invalid, overlimit, duplicate: Vec::new() })
}

/// What left a selection and what came in, in any order. Numbers are places in the pool.
#[derive(Default)]
pub(crate) struct Changes<'a> {
    pub(crate) added: Vec<usize>,
    pub(crate) invalid: Vec<&'a str>,
    pub(crate) overlimit: Vec<usize>,
    pub(crate) duplicate: Vec<usize>,
}

/// The steps of a selection. Blocks are numbered by their place in the pool.
pub(crate) struct Draw<'a> {
    input: SelectInput<'a>,
    /// The pool without repetitions.
    pub(crate) pool: Vec<&'a str>,
    places: HashMap<&'a str, usize>,
    /// The picks needed so far.
    picks: Vec<Option<Pick>>,
}

impl<'a> Draw<'a> {
    pub(crate) fn new(input: &SelectInput<'a>) -> Self {
        let mut pool = Vec::with_capacity(input.pool.len());
        let mut places = HashMap::with_capacity(input.pool.len());
        for &block in input.pool {
            places.entry(block).or_insert_with(|| {
                pool.push(block);
                pool.len() - 1
            });
        }
        let picks = vec![None; pool.len()];
        Self { input: *input, pool, places, picks }
    }

    /// Returns how many blocks to show: never more than there are.
    pub(crate) fn want(&self) -> usize {
        usize::try_from(self.input.count).map_or(self.pool.len(), |count| count.min(self.pool.len()))
    }

    /// Splits what was stored into what is still in the pool and what is not, both in stored order.
    pub(crate) fn keep(&self) -> (Vec<usize>, Vec<&'a str>) {
        let (mut kept, mut invalid) = (Vec::new(), Vec::new());
        let mut met = HashSet::with_capacity(self.input.stored.len());
        for &block in self.input.stored.iter().filter(|&&block| met.insert(block)) {
            match self.places.get(block) {
                Some(&place) => kept.push(place),
                None => invalid.push(block),
            }
        }
        (kept, invalid)
    }

    fn pick(&mut self, block: usize) -> Pick {
        *self.picks[block].get_or_insert_with(|| self.input.seed.pick(self.pool[block]))
    }

    /// Removes from `kept` what is too much, untouched blocks and late picks first, and returns it.
    pub(crate) fn drop_overlimit(&mut self, kept: &mut Vec<usize>) -> Vec<usize> {
        let excess = kept.len().saturating_sub(self.want());
        if excess == 0 {
            return Vec::new();
        }
        let mut dropped = kept.clone();
        dropped.sort_by_cached_key(|&block| {
            (self.input.has_state.contains(self.pool[block]), Reverse(self.pick(block)))
        });
        dropped.truncate(excess);
        let mut leaves = vec![false; self.pool.len()];
        dropped.iter().for_each(|&block| leaves[block] = true);
        kept.retain(|&block| !leaves[block]);
        dropped
    }

    /// Returns the blocks that can be drawn, the first to draw first.
    pub(crate) fn candidates(&mut self, taken: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut candidates: Vec<usize> = (0..self.pool.len()).filter(|&block| !taken(block)).collect();
        candidates
            .sort_by_cached_key(|&block| (self.input.seen.contains(self.pool[block]), self.pick(block)));
        candidates
    }

    /// Puts the blocks in the order shown, and the lists in theirs.
    pub(crate) fn finish(mut self, kept: Vec<usize>, changes: Changes<'a>) -> Selection<'a> {
        let Changes { mut added, mut invalid, overlimit, duplicate } = changes;
        let changed =
            !(added.is_empty() && invalid.is_empty() && overlimit.is_empty() && duplicate.is_empty());
        let mut selected = kept;
        if self.input.shuffle {
            added.sort_by_cached_key(|&block| self.pick(block));
            for &block in &added {
                let order = self.input.seed.order(self.pool[block]);
                insert(&mut selected, block, order);
            }
        } else if changed {
            selected.extend(&added);
            selected.sort_unstable();
        }
        sort_by_type(&mut invalid);
        Selection {
            selected: self.names(selected),
            added: self.names_by_type(added),
            invalid,
            overlimit: self.names_by_type(overlimit),
            changed,
        }
    }

    fn names(&self, blocks: Vec<usize>) -> Vec<&'a str> {
        blocks.into_iter().map(|block| self.pool[block]).collect()
    }

    pub(crate) fn names_by_type(&self, blocks: Vec<usize>) -> Vec<&'a str> {
        let mut names = self.names(blocks);
        sort_by_type(&mut names);
        names
    }
}

fn insert(selected: &mut Vec<usize>, block: usize, order: u64) {
    let places = selected.len() as u64 + 1;
    // Less than `places`, so it fits and is in range.
    let place = usize::try_from(order % places).unwrap_or(selected.len());
    selected.insert(place, block);
}

/// Orders tokens by block type, then by id.
fn sort_by_type(tokens: &mut [&str]) {
    tokens.sort_unstable_by_key(|token| {
        // Neither type nor id of a library block holds a colon, and no type holds an @.
        if token.starts_with("lb:") { token.rsplit_once(':') } else { token.split_once('@') }
    });
}
