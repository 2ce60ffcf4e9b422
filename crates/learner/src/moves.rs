//! Learner state that follows blocks to other keys (unit-composition §9.4).

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use opaque_keys::UsageKey;

use crate::LearnerError;

/// What moves where, for all learners. What a learner has under the new key stays, and so does what is under the
/// old one then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    blocks: BTreeMap<UsageKey, UsageKey>,
    selections: BTreeMap<UsageKey, UsageKey>,
    tokens: BTreeMap<String, String>,
}

impl Moves {
    /// Adds a block: fields, results and summary. Only the first of several that would end under one key moves.
    pub fn block(&mut self, from: UsageKey, to: UsageKey) {
        self.blocks.entry(from).or_insert(to);
    }

    /// Adds a block whose selections move, with its own fields.
    pub fn selection(&mut self, from: UsageKey, to: UsageKey) {
        self.block(from.clone(), to.clone());
        self.selections.entry(from).or_insert(to);
    }

    /// Adds what a block is called in stored selections, and is to be called.
    pub fn token(&mut self, from: String, to: String) {
        self.tokens.entry(from).or_insert(to);
    }

    /// Returns whether nothing moves.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Returns the blocks that move: from, to.
    pub fn blocks(&self) -> impl Iterator<Item = (&UsageKey, &UsageKey)> {
        one_each(&self.blocks)
    }

    /// Returns the blocks whose selections move: from, to.
    pub fn selections(&self) -> impl Iterator<Item = (&UsageKey, &UsageKey)> {
        one_each(&self.selections)
    }

    /// Returns a selection in its new words; tokens nobody named stay.
    pub fn tokens(&self, selection: &[String]) -> Vec<String> {
        selection.iter().map(|token| self.tokens.get(token).unwrap_or(token).clone()).collect()
    }
}

fn one_each(pairs: &BTreeMap<UsageKey, UsageKey>) -> impl Iterator<Item = (&UsageKey, &UsageKey)> {
    let mut taken = HashSet::new();
    pairs.iter().filter(move |(from, to)| from != to && taken.insert(*to))
}

/// How much was moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Learners something was moved for.
    pub learners: u64,
    /// Blocks, counted for each learner.
    pub blocks: u64,
    /// Selections.
    pub selections: u64,
}

/// Moves learner state. Implemented by `storage`; what is kept in memory is gone soon anyway.
#[async_trait]
pub trait MoveState: Send + Sync {
    /// Moves state, a number of learners at a time, each in whole or not at all. What was moved stays moved when
    /// it stops in between; asked again it goes on, and in the end does nothing.
    async fn move_state(&self, moves: &Moves) -> Result<Moved, LearnerError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str) -> UsageKey {
        format!("block-v1:O+C+R+type@problem+block@{id}").parse().unwrap()
    }

    #[test]
    fn nothing_is_moved_onto_something_that_was_moved() {
        let mut moves = Moves::default();
        for (from, to) in [("a", "x"), ("b", "x"), ("c", "c"), ("a", "y")] {
            moves.block(key(from), key(to));
        }
        assert_eq!(moves.blocks().collect::<Vec<_>>(), [(&key("a"), &key("x"))]);
    }

    #[test]
    fn selections_are_renamed_where_the_block_is_known() {
        let mut moves = Moves::default();
        assert!(moves.is_empty());
        moves.selection(key("bank"), key("ref"));
        moves.token("problem@a".to_owned(), "lb:O:L:problem:p".to_owned());
        assert_eq!(moves.blocks().count(), 1);
        let selection = ["problem@z".to_owned(), "problem@a".to_owned()];
        assert_eq!(moves.tokens(&selection), ["problem@z", "lb:O:L:problem:p"]);
    }
}
