//! How far a learner is: points and completion of the blocks they are shown, and of no others
//! (unit-composition §5.5).

use std::{collections::HashMap, sync::Arc};

use compositor::ComposedBlock;
use learner::{BlockStateRow, Gather, StateSet};
use learning_context::{NodeId, Structure};
use opaque_keys::UsageKey;
use serde::Serialize;
use xblock::{Block, BlockState, CompletionMode, Definition, Fields, PointsTold};

use crate::{
    app::App,
    caller::Caller,
    http::error::{ApiError, Code},
    runtime::{
        compose::{Composition, changes_of_all, compose_all},
        find::context_error,
        persist,
        render::TRIES,
    },
};

/// Points and completion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Progress {
    /// Points earned; `None` where the learner may not know yet.
    pub earned: Option<f64>,
    /// Points that can be earned, with what was not answered yet.
    pub possible: f64,
    /// Share of the blocks that can be completed, in 0..=1; `None` where there are none.
    pub completion: Option<f64>,
}

/// Progress in one block that counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlockProgress {
    /// The block.
    pub usage_key: UsageKey,
    /// Its type.
    pub block_type: Arc<str>,
    /// How far the learner is.
    #[serde(flatten)]
    pub progress: Progress,
    /// Points earned that are told only as a part of those of the whole context.
    #[serde(skip)]
    pub included: f64,
}

/// Progress in one unit.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitProgress {
    /// The unit.
    pub unit: UsageKey,
    /// The blocks shown that count, in order.
    pub blocks: Vec<BlockProgress>,
}

impl UnitProgress {
    /// Returns the progress in the unit.
    pub fn total(&self) -> Progress {
        total(&self.blocks)
    }
}

/// Returns the progress in all blocks of a context together.
pub fn whole(units: &[UnitProgress]) -> Progress {
    let blocks = || units.iter().flat_map(|unit| &unit.blocks);
    let mut whole = total(blocks());
    let included: f64 = blocks().map(|block| block.included).sum();
    whole.earned = whole.earned.map(|earned| earned + included);
    whole
}

/// Returns the progress in some blocks together, with the points that may be known.
fn total<'a>(blocks: impl IntoIterator<Item = &'a BlockProgress>) -> Progress {
    let (mut total, mut completed, mut completable) = (Progress::default(), 0.0, 0_u32);
    let mut earned = 0.0;
    for BlockProgress { progress, .. } in blocks {
        earned += progress.earned.unwrap_or_default();
        total.possible += progress.possible;
        if let Some(completion) = progress.completion {
            completed += completion;
            completable += 1;
        }
    }
    total.earned = Some(earned);
    total.completion = (completable > 0).then(|| completed / f64::from(completable));
    total
}

/// Works out a learner's progress in units of one context, drawing what was not drawn yet as every look does;
/// `keeps`: and keeping that, as only the learner's own look may. Learners are not told what their authors hide from
/// them.
/// The number of statements does not depend on the number of units or blocks.
///
/// # Errors
/// 409 when other requests of the learner keep winning; storage failures.
pub async fn progress(
    app: &App,
    learner: &Caller,
    structure: &Arc<Structure>,
    units: &[NodeId],
    keeps: bool,
) -> Result<Vec<UnitProgress>, ApiError> {
    for _ in 0..TRIES {
        let plans = app.plans.plans(structure, units).await.map_err(context_error)?;
        let compositions = compose_all(app, learner, plans).await?;
        let hides = keeps && !learner.info.staff;
        let answer = measure(app, learner, &compositions, hides).await?;
        let changes = changes_of_all(&compositions, app.clock.now(), &structure.key);
        if !keeps || persist::keep(app, learner, &changes).await? {
            let keys = units.iter().map(|unit| structure.node(*unit).usage.clone());
            return Ok(keys.zip(answer).map(|(unit, blocks)| UnitProgress { unit, blocks }).collect());
        }
    }
    Err(ApiError::problem(Code::Conflict, "Other requests keep drawing for this learner; try again."))
}

/// Reads what is needed of the blocks that count, for all units at once, and returns the progress in each.
async fn measure(
    app: &App,
    learner: &Caller,
    compositions: &[Composition],
    hides: bool,
) -> Result<Vec<Vec<BlockProgress>>, ApiError> {
    let counting: Vec<Vec<&ComposedBlock>> =
        compositions.iter().map(|unit| unit.walk().filter(|block| counts(app, block)).collect()).collect();
    let all = || counting.iter().flatten().copied();
    // Only a score depends on what the block says.
    let scored: Vec<&ComposedBlock> =
        all().filter(|block| app.registry.get(block.block_type()).decl().has_score).collect();
    let sources: Vec<_> = scored.iter().map(|b| (Arc::clone(b.source()), &*b.overrides)).collect();
    let definitions = app.definitions.load_with_overrides(&sources).await.map_err(context_error)?;
    let definitions: HashMap<&UsageKey, Arc<Definition>> =
        scored.iter().map(|block| &block.usage).zip(definitions).collect();
    let gather = Gather { blocks: all().map(|block| block.usage.clone()).collect(), ..Gather::default() };
    let state = if gather.blocks.is_empty() {
        StateSet::default()
    } else {
        let states = app.states(learner);
        states.gather(&learner.learner(), &gather).await.map_err(|e| ApiError::Internal(e.to_string()))?
    };
    let of = |block: &ComposedBlock| {
        let (row, definition) = (state.blocks.get(&block.usage), definitions.get(&block.usage));
        block_progress(app, block, definition.map(|definition| &**definition), row, hides)
    };
    Ok(counting.iter().map(|unit| unit.iter().map(|block| of(block)).collect()).collect())
}

/// Returns whether a block can be completed or earn points by itself. Containers only gather: neither a
/// reference nor a bank is graded.
fn counts(app: &App, block: &ComposedBlock) -> bool {
    let decl = app.registry.get(block.block_type()).decl();
    decl.has_score || decl.completion_mode == CompletionMode::Completable
}

fn block_progress(
    app: &App,
    block: &ComposedBlock,
    definition: Option<&Definition>,
    row: Option<&BlockStateRow>,
    hides: bool,
) -> BlockProgress {
    let block_type = app.registry.get(block.block_type());
    let nothing = Fields::new();
    let points = definition.and_then(|definition| {
        let block = Block {
            usage: &block.usage,
            decl: block_type.decl(),
            definition,
            placement: block.placement(),
            state: BlockState {
                user_state: row.map_or(&nothing, |row| &row.fields),
                preferences: &nothing,
                user_info: &nothing,
                summary: &nothing,
            },
        };
        let (earned, possible) = block_type.points(&block, row.and_then(|row| row.score))?;
        Some(match block_type.points_told(&block, app.clock.now()) {
            PointsTold::InTheWhole if hides => (None, earned, possible),
            PointsTold::Nowhere if hides => (None, 0.0, possible),
            _ => (Some(earned), 0.0, possible),
        })
    });
    let (earned, included, possible) = points.unwrap_or((Some(0.0), 0.0, 0.0));
    let completion = row.map_or(0.0, |row| {
        // A score is what completes a block that has one.
        row.completion.unwrap_or(if row.score.is_some() { 1.0 } else { 0.0 })
    });
    let is_completable = block_type.decl().completion_mode == CompletionMode::Completable;
    BlockProgress {
        usage_key: block.usage.clone(),
        block_type: Arc::clone(block.block_type()),
        progress: Progress { earned, possible, completion: is_completable.then_some(completion) },
        included,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(earned: f64, possible: f64, completion: Option<f64>) -> BlockProgress {
        BlockProgress {
            usage_key: "lb:Org:lib:problem:p".parse().expect("usage key"),
            block_type: "problem".into(),
            progress: Progress { earned: Some(earned), possible, completion },
            included: 0.0,
        }
    }

    #[test]
    fn totals_add_points_and_share_completion_among_what_can_be_completed() {
        let blocks = [block(1.0, 2.0, Some(1.0)), block(0.0, 3.0, Some(0.0)), block(0.0, 0.0, None)];
        assert_eq!(total(&blocks), Progress { earned: Some(1.0), possible: 5.0, completion: Some(0.5) });
        assert_eq!(total(&blocks[2..]), Progress { earned: Some(0.0), ..Progress::default() });
        assert_eq!(total([]).completion, None);
    }
}
