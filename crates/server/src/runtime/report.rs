//! What learners were given by a reference or bank, and what they did with it (unit-composition §5.5).

use std::collections::HashMap;

use compositor::{is_bank, token_usage};
use learner::{BlockResult, BlocksOf, LearnerError, LearnerId, LearnerSelection, LearnerStore as _};
use learning_context::{NodeId, Structure};
use opaque_keys::{LearningContextKey, UsageKey};
use serde_json::{Value, json};

use crate::{
    app::App,
    http::error::ApiError,
    runtime::find::{Found, context_error},
};

/// Reports on a page of the learners of a selecting block, after one of them: at most `limit`. The number of
/// statements does not depend on how many they are.
///
/// It tells what is stored, that is what each learner was shown last. A draw that the pin has left behind is
/// repaired when its learner looks again, not here.
///
/// # Errors
/// Storage failures.
pub async fn report(
    learn: &App,
    found: &Found,
    after: Option<&LearnerId>,
    limit: u32,
) -> Result<Value, ApiError> {
    let (db, reference) = (&learn.database, &found.usage);
    let failed = |e: LearnerError| ApiError::Internal(e.to_string());
    let mut page = db.selections_of(reference, after, limit + 1).await.map_err(failed)?;
    let is_last = page.len() <= limit as usize;
    page.truncate(limit as usize);
    let learners: Vec<LearnerId> = page.iter().map(|row| row.learner.clone()).collect();

    let plan = learn.plans.plan(&found.structure, found.node).await.map_err(context_error)?;
    let origin = plan.origin(reference);
    let of_bank = is_bank(found.structure.node(found.node).block_type());
    let results = if of_bank {
        let keys = keys_of_bank(found, &page);
        db.results(&learners, BlocksOf::Keys(&keys)).await
    } else {
        db.results(&learners, BlocksOf::Reference(reference)).await
    };
    let mut by_learner: HashMap<LearnerId, Vec<BlockResult>> = HashMap::new();
    for result in results.map_err(failed)? {
        by_learner.entry(result.learner.clone()).or_default().push(result);
    }
    let rows: Vec<Value> = page
        .iter()
        .map(|row| {
            let reader = Reader {
                found,
                of_bank,
                library: origin.map_or_else(|| library_of(row), |origin| Some(origin.library.clone())),
                version: origin.map(|origin| origin.version),
            };
            reader.row(row, by_learner.remove(&row.learner).unwrap_or_default())
        })
        .collect();
    let next = learners.last().filter(|_| !is_last);
    Ok(json!({"reference": reference, "results": rows, "next": next}))
}

/// Returns the keys of all blocks that the learners of a page may have used in a bank: what is in it now, and
/// what they were given before.
fn keys_of_bank(found: &Found, page: &[LearnerSelection]) -> Vec<UsageKey> {
    let mut keys = Vec::new();
    let mut pending = found.structure.node(found.node).children.clone();
    while let Some(id) = pending.pop() {
        let node = found.structure.node(id);
        keys.push(node.usage.clone());
        pending.extend(&node.children);
    }
    let tokens = page.iter().flat_map(|row| row.selection.selected.iter().chain(&row.selection.seen));
    keys.extend(tokens.filter_map(|token| token_usage(&found.usage, token)));
    keys.sort();
    keys.dedup();
    keys
}

/// Returns the library that a draw names, for when it is not here.
fn library_of(row: &LearnerSelection) -> Option<LearningContextKey> {
    let mut tokens = row.selection.selected.iter().chain(&row.selection.seen);
    tokens.find_map(|token| Some(token.parse::<UsageKey>().ok()?.context_key()))
}

/// Makes the rows of a report.
struct Reader<'a> {
    found: &'a Found,
    of_bank: bool,
    library: Option<LearningContextKey>,
    version: Option<u32>,
}

impl Reader<'_> {
    fn row(&self, row: &LearnerSelection, mut results: Vec<BlockResult>) -> Value {
        let mut selected = Vec::with_capacity(row.selection.selected.len());
        for token in &row.selection.selected {
            let Some(usage) = token_usage(&self.found.usage, token) else { continue };
            let (own, rest) = results.into_iter().partition(|result: &BlockResult| result.block == usage);
            let (inside, rest): (Vec<_>, _) =
                Vec::into_iter(rest).partition(|result: &BlockResult| self.is_inside(&result.block, &usage));
            results = rest;
            let mut block = self.block(&usage, self.version, Vec::into_iter(own).next());
            if !inside.is_empty() {
                block["inside"] = self.blocks(inside, self.version);
            }
            selected.push(block);
        }
        json!({
            "learner": row.learner,
            "epoch": row.selection.epoch,
            "selected": selected,
            "others": self.blocks(results, None),
        })
    }

    /// Returns whether a block is somewhere in one that was drawn.
    fn is_inside(&self, block: &UsageKey, drawn: &UsageKey) -> bool {
        if self.of_bank {
            return in_course(&self.found.structure, block, drawn);
        }
        match (block.as_lib_ref(), drawn.as_lib_ref()) {
            (Some(block), Some(drawn)) => {
                block.path().count() > 1 && block.path().next() == drawn.path().next()
            }
            _ => false,
        }
    }

    fn blocks(&self, results: Vec<BlockResult>, version: Option<u32>) -> Value {
        let rows = results.into_iter().map(|result| self.block(&result.block.clone(), version, Some(result)));
        rows.collect()
    }

    fn block(&self, usage: &UsageKey, version: Option<u32>, result: Option<BlockResult>) -> Value {
        let score = result.as_ref().and_then(|result| result.score);
        json!({
            "usage_key": usage,
            "source": self.source(usage),
            "version": version,
            "earned": score.map(|(earned, _)| earned),
            "possible": score.map(|(_, possible)| possible),
            "completion": result.as_ref().and_then(|result| result.completion),
            "state_omitted": result.as_ref().is_some_and(|result| result.fields.is_none()),
            "state": result.and_then(|result| result.fields),
        })
    }

    /// Returns the key of a block in its library; a child of a bank comes from nowhere else.
    fn source(&self, usage: &UsageKey) -> Option<UsageKey> {
        let key = usage.as_lib_ref()?;
        UsageKey::library_block(self.library.as_ref()?, key.block_type(), key.path().last()?).ok()
    }
}

fn in_course(structure: &Structure, block: &UsageKey, drawn: &UsageKey) -> bool {
    let is_drawn = |id: NodeId| structure.node(id).usage == *drawn;
    structure.find(block).is_some_and(|id| structure.ancestors(id).any(is_drawn))
}
