//! Composition of a found block for one learner: stored draws in, the blocks to show out.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use compositor::{Composed, ComposedBlock, Learner, Outcome, Plan, StoredDraw, Unit};
use learner::{Changes, Event, Gather, LearnerId, SelectionRow};
use opaque_keys::{LearningContextKey, UsageKey};
use time::OffsetDateTime;

use crate::{
    app::App,
    caller::Caller,
    http::error::ApiError,
    runtime::find::{Found, context_error},
};

/// A block and what is below it, as one learner sees it.
pub struct Composition {
    /// What does not depend on the learner.
    plan: Arc<Plan>,
    /// What this learner sees.
    composed: Composed,
    /// The draws that were stored when it was composed.
    stored: Arc<HashMap<UsageKey, SelectionRow>>,
    learner: LearnerId,
}

/// Composes a found block for a caller. A block used through a reference is found in its unit, composed.
///
/// # Errors
/// Storage failures.
pub async fn compose(app: &App, caller: &Caller, found: &Found) -> Result<Composition, ApiError> {
    let root = match found.usage.as_lib_ref() {
        Some(_) => Unit::around(&found.structure, found.node),
        None => found.node,
    };
    let plan = app.plans.plan(&found.structure, root).await.map_err(context_error)?;
    let composed = compose_all(app, caller, vec![plan]).await?.pop();
    composed.ok_or_else(|| ApiError::Internal(format!("{}: nothing was composed", found.usage)))
}

/// Composes units for a caller: draws are read once for all of them, and so is the state that decides which
/// blocks go where fewer are shown than before.
///
/// # Errors
/// Storage failures.
pub async fn compose_all(
    app: &App,
    caller: &Caller,
    plans: Vec<Arc<Plan>>,
) -> Result<Vec<Composition>, ApiError> {
    let learner = caller.learner();
    let mut selections: Vec<UsageKey> = plans.iter().flat_map(|plan| plan.draws()).collect();
    selections.sort();
    selections.dedup();
    let mut stored = HashMap::new();
    if !selections.is_empty() {
        stored = gathered(app, caller, &Gather { selections, ..Gather::default() }).await?.selections;
    }
    let stored = Arc::new(stored);
    let mut composed = outcomes(app, &learner, &plans, &stored, None);
    let needed = composed.iter().filter_map(|outcome| match outcome {
        Outcome::NeedsState(blocks) => Some(blocks.iter().cloned()),
        Outcome::Ready(_) => None,
    });
    let blocks: Vec<UsageKey> = needed.flatten().collect();
    if !blocks.is_empty() {
        let state = gathered(app, caller, &Gather { blocks, ..Gather::default() }).await?;
        let rows = state.blocks.into_iter().filter(|(_, row)| !row.fields.is_empty());
        let touched: HashSet<UsageKey> = rows.map(|(usage, _)| usage).collect();
        composed = outcomes(app, &learner, &plans, &stored, Some(&touched));
    }
    let ready = plans.iter().zip(composed).map(|(plan, outcome)| match outcome {
        Outcome::Ready(composed) => Ok(Composition {
            plan: Arc::clone(plan),
            composed: *composed,
            stored: Arc::clone(&stored),
            learner: learner.clone(),
        }),
        Outcome::NeedsState(_) => Err(ApiError::Internal("composing asks for state again".to_owned())),
    });
    ready.collect()
}

fn outcomes(
    app: &App,
    learner: &LearnerId,
    plans: &[Arc<Plan>],
    stored: &HashMap<UsageKey, SelectionRow>,
    touched: Option<&HashSet<UsageKey>>,
) -> Vec<Outcome> {
    let draw = draws(|reference| {
        let row: &SelectionRow = stored.get(reference)?;
        Some(StoredDraw { selected: &row.selected, seen: &row.seen, epoch: row.epoch })
    });
    let secret = &app.config.selection_secret;
    let learner = Learner { id: &learner.0, secret, stored: &draw, touched };
    plans.iter().map(|plan| plan.compose(&learner)).collect()
}

/// Returns the closure as it is: its draws live as long as the rows, not as the key it is asked with.
fn draws<'a, F: Fn(&UsageKey) -> Option<StoredDraw<'a>>>(closure: F) -> F {
    closure
}

async fn gathered(app: &App, caller: &Caller, gather: &Gather) -> Result<learner::StateSet, ApiError> {
    let states = app.states(caller);
    states.gather(&caller.learner(), gather).await.map_err(|e| ApiError::Internal(e.to_string()))
}

impl Composition {
    /// Returns the block of a key and all below it, a parent before its children; each with the places of its
    /// children in that list. `None` when this learner does not see the block.
    pub fn blocks(&self, usage: &UsageKey) -> Option<Vec<(&ComposedBlock, Vec<usize>)>> {
        let mut flat = Vec::new();
        flatten(self.composed.root.find(usage)?, &mut flat);
        Some(flat)
    }

    /// Returns all blocks, a parent before its children.
    pub fn walk(&self) -> impl Iterator<Item = &ComposedBlock> {
        self.composed.root.walk()
    }

    /// Returns the reference that drew a block directly, if the learner may draw again there.
    pub fn draw_again(&self, block: &ComposedBlock, parent: &ComposedBlock) -> Option<UsageKey> {
        let origin = block.origin.as_ref()?;
        let is_direct =
            parent.origin.as_ref().is_none_or(|of_parent| of_parent.reference != origin.reference);
        (is_direct && self.plan.may_draw_again(&origin.reference)).then(|| origin.reference.clone())
    }

    /// Returns the draws as they were stored.
    pub fn stored(&self) -> &HashMap<UsageKey, SelectionRow> {
        &self.stored
    }

    /// Returns what composing changed: new draws, and the events that tell of them.
    pub fn changes(&self, now: OffsetDateTime, context: &LearningContextKey) -> Changes {
        let revision = |reference: &UsageKey| self.stored.get(reference).map_or(0, |row| row.revision);
        let selections = self.composed.changed.iter().map(|draw| {
            let row = SelectionRow {
                selected: draw.selected.clone(),
                seen: draw.seen.clone(),
                epoch: draw.epoch,
                revision: revision(&draw.reference),
            };
            (draw.reference.clone(), row)
        });
        let events = self.composed.events.iter().map(|event| Event {
            name: event.name.clone(),
            learner: Some(self.learner.clone()),
            context: Some(context.clone()),
            block: Some(event.reference.clone()),
            data: event.data.clone(),
            at: now,
        });
        let based_on = self.composed.based_on.iter().map(|read| (read.clone(), revision(read)));
        Changes {
            selections: selections.collect(),
            based_on: based_on.collect(),
            events: events.collect(),
            at: Some(now),
            ..Changes::default()
        }
    }

    /// Returns what does not depend on the learner.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns what this learner sees.
    pub fn composed(&self) -> &Composed {
        &self.composed
    }
}

/// Returns what composing units changed, as one: a draw that several of them tell of, since they show the same
/// group, is told once.
pub fn changes_of_all(
    compositions: &[Composition],
    now: OffsetDateTime,
    context: &LearningContextKey,
) -> Changes {
    let mut all = Changes { at: Some(now), ..Changes::default() };
    let mut drawn: HashSet<UsageKey> = HashSet::new();
    for composition in compositions {
        let one = composition.changes(now, context);
        let is_new = |reference: &UsageKey| !drawn.contains(reference);
        let events = one.events.into_iter().filter(|event| event.block.as_ref().is_none_or(is_new));
        all.events.extend(events);
        all.selections.extend(one.selections.into_iter().filter(|(reference, _)| is_new(reference)));
        all.based_on.extend(one.based_on);
        drawn.extend(all.selections.iter().map(|(reference, _)| reference.clone()));
    }
    all
}

fn flatten<'a>(block: &'a ComposedBlock, flat: &mut Vec<(&'a ComposedBlock, Vec<usize>)>) -> usize {
    let at = flat.len();
    flat.push((block, Vec::with_capacity(block.children.len())));
    for child in &block.children {
        let child = flatten(child, flat);
        flat[at].1.push(child);
    }
    at
}
