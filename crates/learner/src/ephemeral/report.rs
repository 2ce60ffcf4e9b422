//! What is asked across the learners kept in memory.

use std::collections::{HashMap, HashSet};

use opaque_keys::UsageKey;

use crate::{
    BlockResult, BlocksOf, LearnerId, LearnerRow, LearnerSelection, Learners, REPORTED_STATE, StateSet,
};

pub(super) fn selected_by<'a>(
    learners: impl Iterator<Item = (&'a LearnerId, &'a StateSet)>,
    references: &[UsageKey],
) -> HashMap<UsageKey, HashMap<String, u64>> {
    let mut counts: HashMap<UsageKey, HashMap<String, u64>> = HashMap::new();
    for (_, state) in learners {
        for reference in references {
            let selected = state.selections.get(reference).map_or(&[][..], |row| &row.selected);
            for token in selected {
                *counts.entry(reference.clone()).or_default().entry(token.clone()).or_default() += 1;
            }
        }
    }
    counts
}

pub(super) fn with_state<'a>(
    learners: impl Iterator<Item = (&'a LearnerId, &'a StateSet)>,
    blocks: &[UsageKey],
) -> HashMap<UsageKey, u64> {
    let mut counts = HashMap::new();
    let blocks: HashSet<&UsageKey> = blocks.iter().collect();
    for (_, state) in learners {
        for &block in &blocks {
            let row = state.blocks.get(block);
            let is_touched = row
                .is_some_and(|row| !row.fields.is_empty() || row.score.is_some() || row.completion.is_some());
            if is_touched {
                *counts.entry(block.clone()).or_default() += 1;
            }
        }
    }
    counts
}

pub(super) fn rows_of<'a>(
    learners: impl Iterator<Item = (&'a LearnerId, &'a StateSet)>,
    block: &UsageKey,
    of: Learners<'_>,
) -> Vec<LearnerRow> {
    let is_asked = |learner: &LearnerId| match of {
        Learners::Page { after, .. } => after.is_none_or(|after| learner > after),
        Learners::These(learners) => learners.contains(learner),
    };
    let mut found: Vec<LearnerRow> = learners
        .filter(|(learner, _)| is_asked(learner))
        .filter_map(|(learner, state)| {
            Some(LearnerRow { learner: learner.clone(), row: state.blocks.get(block)?.clone() })
        })
        .filter(|row| !row.is_empty())
        .collect();
    found.sort_by(|a, b| a.learner.cmp(&b.learner));
    if let Learners::Page { limit, .. } = of {
        found.truncate(limit as usize);
    }
    found
}

pub(super) fn selections_of<'a>(
    learners: impl Iterator<Item = (&'a LearnerId, &'a StateSet)>,
    reference: &UsageKey,
    after: Option<&LearnerId>,
    limit: u32,
) -> Vec<LearnerSelection> {
    let mut found: Vec<LearnerSelection> = learners
        .filter(|(learner, _)| after.is_none_or(|after| *learner > after))
        .filter_map(|(learner, state)| {
            let selection = state.selections.get(reference)?.clone();
            Some(LearnerSelection { learner: learner.clone(), selection })
        })
        .collect();
    found.sort_by(|a, b| a.learner.cmp(&b.learner));
    found.truncate(limit as usize);
    found
}

pub(super) fn results<'a>(
    learners: impl Iterator<Item = (&'a LearnerId, &'a StateSet)>,
    asked: &[LearnerId],
    blocks: BlocksOf<'_>,
) -> Vec<BlockResult> {
    let is_asked = |block: &UsageKey| match blocks {
        BlocksOf::Keys(keys) => keys.contains(block),
        BlocksOf::Reference(reference) => block.as_lib_ref().is_some_and(|key| key.reference() == *reference),
    };
    let mut found = Vec::new();
    for (learner, state) in learners.filter(|(learner, _)| asked.contains(learner)) {
        for (block, row) in state.blocks.iter().filter(|(block, _)| is_asked(block)) {
            let is_short = serde_json::Value::Object(row.fields.clone()).to_string().chars().count()
                <= REPORTED_STATE as usize;
            found.push(BlockResult {
                learner: learner.clone(),
                block: block.clone(),
                fields: is_short.then(|| row.fields.clone()),
                score: row.score,
                completion: row.completion,
            });
        }
    }
    found.retain(|row| !row.is_empty());
    found.sort_by(|a, b| (&a.learner, a.block.as_str()).cmp(&(&b.learner, b.block.as_str())));
    found
}
