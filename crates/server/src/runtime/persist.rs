//! From what views and handlers changed to what is written.

use compositor::StoredDraw;
use learner::{Changes, Event, LearnerError, ScoreChange, SelectionRow, StateWrite};
use opaque_keys::UsageKey;
use serde_json::{Value, json};
use time::OffsetDateTime;
use xblock::{Effects, Published, Scope};

use crate::{
    app::App,
    caller::Caller,
    http::error::{ApiError, Code},
    runtime::Scene,
};

/// Writes changes in one transaction; false when a row moved on since it was gathered, and everything has to be
/// gathered and computed again. Nothing to write is nothing done.
///
/// # Errors
/// 413 for values larger than are kept; storage failures.
pub async fn keep(app: &App, caller: &Caller, changes: &Changes) -> Result<bool, ApiError> {
    if changes.is_empty() {
        return Ok(true);
    }
    match app.states(caller).persist(&caller.learner(), changes).await {
        Ok(()) => Ok(true),
        Err(LearnerError::Conflict(_)) => Ok(false),
        Err(e @ LearnerError::TooLarge { .. }) => Err(ApiError::problem(Code::TooLarge, e.to_string())),
        Err(e) => Err(ApiError::Internal(e.to_string())),
    }
}

/// Adds what one block changed.
pub fn collect(
    changes: &mut Changes,
    scene: &Scene,
    index: usize,
    effects: Effects,
    caller: &Caller,
    now: OffsetDateTime,
) {
    let block = &scene.blocks[index];
    let usage = &block.usage;
    changes.at = Some(now);
    if !effects.reset.is_empty()
        && let Some(data) = reset(changes, scene, index, &effects.reset)
    {
        changes.events.push(event(scene, index, RESET.into(), data, caller, now));
    }
    let user_state = effects.set.iter().any(|e| e.scope == Scope::UserState && e.field != "selected");
    if user_state {
        let row = scene.state.blocks.get(usage);
        let mut fields = effects.apply(Scope::UserState, scene.user_state(index));
        // Selections have rows of their own.
        fields.shift_remove("selected");
        changes.states.push(StateWrite {
            block: usage.clone(),
            fields,
            revision: row.map_or(0, |row| row.revision),
        });
    }
    for set in effects.set {
        match set.scope {
            Scope::Preferences => {
                changes.preferences.push((block.source.block_type.clone(), set.field, set.value));
            }
            Scope::UserInfo => changes.user_info.push((set.field, set.value)),
            Scope::UserStateSummary => changes.summary.push((usage.clone(), set.field, set.value)),
            // User state is written as a whole; authored fields are not written by learners.
            Scope::UserState | Scope::Content | Scope::Settings | Scope::Children | Scope::Parent => {}
        }
    }
    let signed_in = !caller.info.anonymous;
    for published in effects.published {
        match published {
            Published::Grade { value, max_value, only_if_higher } if signed_in => {
                changes.scores.push(ScoreChange {
                    block: usage.clone(),
                    earned: value,
                    possible: max_value,
                    only_if_higher,
                });
                // Blocks with a score are completed by being answered.
                changes.completions.push((usage.clone(), 1.0));
            }
            Published::Completion(value) if signed_in => changes.completions.push((usage.clone(), value)),
            Published::Grade { value, max_value, only_if_higher } => {
                let data = json!({"value": value, "max_value": max_value, "only_if_higher": only_if_higher});
                changes.events.push(event(scene, index, "grade".into(), data, caller, now));
            }
            Published::Completion(value) => {
                let data = json!({"completion": value});
                changes.events.push(event(scene, index, "completion".into(), data, caller, now));
            }
            Published::Event { name, data } => {
                changes.events.push(event(scene, index, name, data, caller, now))
            }
        }
    }
}

/// Name of the event that tells that a learner asked for another draw.
const RESET: &str = "exedra.selection.reset";

/// Clears the state of children that were shown and of all below them, and draws anew at the next look
/// (unit-composition §5.1). Returns what events tell of it, or nothing where nothing was stored: what is drawn
/// now was drawn by this very request. Where nothing is shown the draw may be waiting for its library (§7) and stays.
pub fn reset(changes: &mut Changes, scene: &Scene, index: usize, shown: &[UsageKey]) -> Option<Value> {
    let usage = &scene.blocks[index].usage;
    let row = scene.state.selections.get(usage).filter(|_| !shown.is_empty())?;
    // A child may be a container: what is inside goes with it.
    let mut pending = scene.blocks[index].children.clone();
    pending.retain(|child| shown.contains(&scene.blocks[*child].usage));
    let told: Vec<&UsageKey> = pending.iter().map(|child| &scene.blocks[*child].usage).collect();
    let data = json!({"epoch": row.epoch + 1, "cleared": told});
    while let Some(child) = pending.pop() {
        changes.cleared.push(scene.blocks[child].usage.clone());
        pending.extend(&scene.blocks[child].children);
    }
    let stored = StoredDraw { selected: &row.selected, seen: &row.seen, epoch: row.epoch };
    let new = stored.reset(usage);
    let row =
        SelectionRow { selected: new.selected, seen: new.seen, epoch: new.epoch, revision: row.revision };
    // What this request drew itself is void, and so is what it would have told of that.
    changes.selections.retain(|(reference, _)| reference != usage);
    changes.events.retain(|event| event.block.as_ref() != Some(usage));
    changes.selections.push((usage.clone(), row));
    Some(data)
}

/// Returns an event about a block of a scene.
pub fn event(
    scene: &Scene,
    index: usize,
    name: String,
    data: Value,
    caller: &Caller,
    now: OffsetDateTime,
) -> Event {
    Event {
        name,
        learner: Some(caller.learner()),
        context: Some(scene.found.record.key.clone()),
        block: Some(scene.blocks[index].usage.clone()),
        data,
        at: now,
    }
}
