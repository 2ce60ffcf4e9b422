//! Names and neighbours of blocks in their context: what pages show around a unit.

use std::{collections::HashMap, sync::Arc};

use compositor::Unit;
use learning_context::{NodeId, Structure};
use xblock::Definition;

use crate::{app::Shared, http::error::ApiError, runtime::find::context_error};

/// Names of blocks, read in one batch.
pub struct Names(HashMap<NodeId, String>);

impl Names {
    /// Reads the names of some blocks.
    pub async fn of(app: &Shared, structure: &Structure, ids: &[NodeId]) -> Result<Names, ApiError> {
        let sources: Vec<_> = ids.iter().map(|id| Arc::clone(&structure.node(*id).source)).collect();
        let definitions = app.definitions.load(&sources).await.map_err(context_error)?;
        let names = ids
            .iter()
            .zip(&definitions)
            .map(|(id, definition)| (*id, name(structure.node(*id).usage.block_id(), definition)))
            .collect();
        Ok(Names(names))
    }

    /// Returns a block's name; empty for those that were not asked for.
    pub fn get(&self, id: NodeId) -> &str {
        self.0.get(&id).map_or("", String::as_str)
    }
}

/// Returns what a block is called: its display name, else its id with spaces (xblock-core §1).
fn name(id: &str, definition: &Definition) -> String {
    match definition.fields.get("display_name").and_then(|v| v.as_str()).map(str::trim) {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => id.replace('_', " "),
    }
}

/// Returns whether a block is a page of its own: a container of content, or content outside of one.
pub fn is_page(structure: &Structure, id: NodeId) -> bool {
    Unit::is_page(structure, id)
}

/// Returns whether a type is for finding one's way, not a page.
pub fn is_navigation(block_type: &str) -> bool {
    matches!(block_type, "course" | "chapter" | "sequential" | "section" | "subsection")
}

/// Returns the pages of a context in document order.
pub fn pages(structure: &Structure) -> Vec<NodeId> {
    Unit::pages(structure)
}
