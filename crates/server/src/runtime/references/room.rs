//! How many references stand on a page (unit-composition §2.3).

use std::sync::Arc;

use compositor::{MAX_REFERENCES, Unit};
use learning_context::{NodeId, Structure};

use super::save::rejection;
use crate::{
    app::App,
    http::error::ApiError,
    runtime::{find::context_error, outline::is_navigation},
};

/// Refuses more references in a container than its page may have.
///
/// # Errors
/// 422 `too_many_references`; storage failures.
pub async fn check_room(
    app: &App,
    structure: &Arc<Structure>,
    container: NodeId,
    more: usize,
) -> Result<(), ApiError> {
    // What is put between pages brings pages of its own.
    if more == 0 || is_navigation(structure.node(container).block_type()) {
        return Ok(());
    }
    let page = Unit::around(structure, container);
    let references = app.plans.references(structure).await.map_err(context_error)?;
    let there = references.iter().filter(|placed| Unit::around(structure, placed.node) == page).count();
    if there + more <= MAX_REFERENCES {
        return Ok(());
    }
    let message = format!("the unit has {there} references; {MAX_REFERENCES} are the most");
    Err(ApiError::Rejected(vec![rejection("too_many_references", "block_type", message)]))
}

/// As [`check_room`], for a block that moves into a container with the references in it.
///
/// # Errors
/// As [`check_room`].
pub async fn check_room_for_moved(
    app: &App,
    structure: &Arc<Structure>,
    moved: NodeId,
    container: NodeId,
) -> Result<(), ApiError> {
    if Unit::around(structure, moved) == Unit::around(structure, container) {
        return Ok(());
    }
    let references = app.plans.references(structure).await.map_err(context_error)?;
    let is_inside = |node: NodeId| node == moved || structure.ancestors(node).any(|outer| outer == moved);
    let more = references.iter().filter(|placed| is_inside(placed.node)).count();
    check_room(app, structure, container, more).await
}
