//! Drawing again for a learner, by someone who may edit the context (unit-composition §5.1).

use compositor::{is_bank, is_reference};
use learner::Changes;
use learning_context::{Action, VersionSelector};
use opaque_keys::UsageKey;
use serde_json::{Value, json};

use crate::{
    app::App,
    caller::Caller,
    http::error::{ApiError, Code},
    path::BlockPath,
    runtime::{
        Scene,
        find::{Found, locate, permitted},
        persist,
    },
};

/// How often it is tried again because requests of the learner were faster.
const TRIES: usize = 8;
/// Name of the event that tells who had a learner's blocks drawn again, and why.
const REDRAWN: &str = "exedra.selection.redrawn";

/// Finds a selecting block where learners use it, for someone who may see and change what they were given.
///
/// # Errors
/// 403 without the right to edit the context; 404 when the published version has no such reference or bank.
pub async fn selecting(learn: &App, staff: &Caller, usage: &UsageKey) -> Result<Found, ApiError> {
    let record = permitted(learn, staff, &usage.context_key(), Action::Edit).await?;
    let path = BlockPath { usage: usage.clone(), version: VersionSelector::Auto };
    let found = locate(learn, record, &path).await?;
    let block_type = found.structure.node(found.node).block_type();
    if found.usage.as_lib_ref().is_none() && (is_reference(block_type) || is_bank(block_type)) {
        return Ok(found);
    }
    Err(ApiError::problem(Code::NotFound, format!("'{usage}' is no reference or bank.")))
}

/// Clears a learner's draw at a reference or bank, with the state of the blocks that were shown, and draws
/// again: as the learner's own reset, whether or not that is allowed. Returns the learner's new blocks and the
/// number of resets.
///
/// The reset is one transaction with the event that tells of it; the draw that follows is the one the
/// learner's next look would make, and is left to that look if it cannot be made now.
///
/// # Errors
/// As [`selecting`]; 404 for learners without a draw; 409 when requests of the learner keep winning.
pub async fn redraw(
    learn: &App,
    staff: &Caller,
    usage: &UsageKey,
    learner: &Caller,
    reason: Option<&str>,
) -> Result<Value, ApiError> {
    for _ in 0..TRIES {
        let found = selecting(learn, staff, usage).await?;
        let scene = Scene::of(learn, learner, found).await?;
        let now = learn.clock.now();
        let mut changes = Changes { at: Some(now), ..Changes::default() };
        let shown: Vec<UsageKey> =
            scene.blocks[0].children.iter().map(|child| scene.blocks[*child].usage.clone()).collect();
        let Some(mut data) = persist::reset(&mut changes, &scene, 0, &shown) else {
            let nothing = format!("Nothing of '{usage}' was drawn for learner '{}'.", learner.info.id);
            return Err(ApiError::problem(Code::NotFound, nothing));
        };
        data["actor"] = staff.info.id.as_str().into();
        data["reason"] = reason.into();
        let epoch = data["epoch"].clone();
        changes.events.push(persist::event(&scene, 0, REDRAWN.into(), data, learner, now));
        if persist::keep(learn, learner, &changes).await? {
            let scene = Scene::of(learn, learner, selecting(learn, staff, usage).await?).await?;
            // Somebody else who drew in between drew the same.
            persist::keep(learn, learner, &scene.selection_changes(now)).await?;
            let children = scene.blocks[0].children.iter();
            let selected: Vec<&str> = children.map(|child| scene.blocks[*child].usage.as_str()).collect();
            return Ok(json!({
                "reference": usage,
                "learner": learner.info.id,
                "epoch": epoch,
                "selected": selected,
            }));
        }
    }
    Err(ApiError::problem(Code::Conflict, "The learner keeps changing these blocks; try again."))
}
