//! Names and neighbours of blocks in their context: what pages show around a unit.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use compositor::Unit;
pub use compositor::is_navigation;
use learning_context::{ContextKind, DefinitionSource, NodeId, Structure};
use serde_json::Value;
use xblock::Fields;

use crate::{app::Shared, http::error::ApiError, runtime::find::context_error};

/// Names of blocks, read in one batch.
#[derive(Default)]
pub struct Names {
    names: HashMap<NodeId, String>,
    hidden: HashSet<NodeId>,
}

impl Names {
    /// Reads the names of some blocks. Items of pathways are called what their originals are.
    pub async fn of(app: &Shared, structure: &Arc<Structure>, ids: &[NodeId]) -> Result<Names, ApiError> {
        let mut names = Names::default();
        let mut blocks: Vec<(NodeId, Arc<DefinitionSource>, Overrides)> = Vec::new();
        if structure.kind == ContextKind::Pathway {
            let plans = app.plans.plans(structure, ids).await.map_err(context_error)?;
            for (id, plan) in ids.iter().zip(plans) {
                match plan.author_view().root.children.first() {
                    Some(block) => {
                        blocks.push((*id, Arc::clone(block.source()), Arc::clone(&block.overrides)));
                    }
                    None => {
                        names.hidden.insert(*id);
                    }
                }
            }
        } else {
            let own = |id: &NodeId| (*id, Arc::clone(&structure.node(*id).source), Arc::default());
            blocks.extend(ids.iter().map(own));
        }
        let sources: Vec<_> = blocks.iter().map(|(_, source, _)| Arc::clone(source)).collect();
        let definitions = app.definitions.load(&sources).await.map_err(context_error)?;
        for ((id, _, overrides), definition) in blocks.iter().zip(&definitions) {
            let overridden = overrides.iter().find_map(|fields| fields.get(DISPLAY_NAME));
            let given = overridden.or_else(|| definition.fields.get(DISPLAY_NAME)).and_then(Value::as_str);
            names.names.insert(*id, name(structure.node(*id).usage.block_id(), given));
        }
        for id in &names.hidden {
            names.names.insert(*id, name(structure.node(*id).usage.block_id(), None));
        }
        Ok(names)
    }

    /// Returns a block's name; empty for those that were not asked for.
    pub fn get(&self, id: NodeId) -> &str {
        self.names.get(&id).map_or("", String::as_str)
    }

    /// Returns whether the block is an item of a pathway whose original is not here now: learners do not see
    /// it (unit-composition §7).
    pub fn is_hidden(&self, id: NodeId) -> bool {
        self.hidden.contains(&id)
    }
}

/// What goes over a block, highest precedence first.
type Overrides = Arc<[Arc<Fields>]>;

const DISPLAY_NAME: &str = "display_name";

/// Returns what a block is called: its display name, else its id with spaces (xblock-core §1).
fn name(id: &str, given: Option<&str>) -> String {
    match given.map(str::trim) {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => id.replace('_', " "),
    }
}

/// Returns whether a block is a page of its own: a container of content, or content outside of one.
pub fn is_page(structure: &Structure, id: NodeId) -> bool {
    Unit::is_page(structure, id)
}

/// Returns the pages of a context in document order.
pub fn pages(structure: &Structure) -> Vec<NodeId> {
    Unit::pages(structure)
}
