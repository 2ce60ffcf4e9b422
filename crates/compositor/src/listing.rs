//! The pool of a reference as authors look at it.

use std::sync::Arc;

use learning_context::{DefinitionSource, NodeId};
use opaque_keys::UsageKey;
use serde::Serialize;
use serde_json::Value;
use xblock::{Definition, Fields, Registry};

use crate::{Library, Reference, pool::Pool};

/// A block of a pool.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PoolBlock {
    /// Its key in the library.
    pub block: UsageKey,
    /// Its key where it is used.
    pub usage_key: Option<UsageKey>,
    /// Its type.
    pub block_type: String,
    /// What learners see it called.
    pub display_name: String,
    /// Names of the fields that are overridden, sorted.
    pub overridden: Arc<[Arc<str>]>,
}

/// The pool of a reference in order.
#[derive(Debug)]
pub struct PoolListing(Pool);

impl PoolListing {
    /// Returns what a reference draws from.
    pub fn new(usage: &UsageKey, reference: &Reference, library: &Library, registry: &Registry) -> Self {
        PoolListing(Pool::of_library(usage, reference, library, registry, &mut Vec::new()))
    }

    /// Returns the sources whose definitions [`PoolListing::blocks`] needs: they hold the titles.
    pub fn sources(&self) -> Vec<Arc<DefinitionSource>> {
        let Pool { structure, entries, .. } = &self.0;
        entries.iter().map(|entry| Arc::clone(&structure.node(entry.node).source)).collect()
    }

    /// Returns the places of the blocks in the library.
    pub fn nodes(&self) -> Vec<NodeId> {
        self.0.entries.iter().map(|entry| entry.node).collect()
    }

    /// Returns the overrides that apply to a block of the pool or one below it, highest precedence first.
    pub fn overrides(&self, node: NodeId) -> Vec<Arc<Fields>> {
        self.0.overrides(node).levels.to_vec()
    }

    /// Returns the blocks; `definitions` pair up with [`PoolListing::sources`].
    pub fn blocks(&self, definitions: &[Arc<Definition>], registry: &Registry) -> Vec<PoolBlock> {
        let pairs = self.0.entries.iter().zip(definitions);
        let block = |(entry, definition): (&crate::pool::Entry, &Arc<Definition>)| {
            let node = self.0.structure.node(entry.node);
            let applied = self.0.overrides(entry.node);
            let levels = applied.levels.iter().map(|fields| &**fields);
            let title = levels.chain([&definition.fields]).find_map(|fields| fields.get("display_name"));
            let title = title.and_then(Value::as_str).filter(|title| !title.trim().is_empty());
            let of_type = || registry.known(node.block_type()).map(|known| known.decl().title.to_owned());
            PoolBlock {
                block: node.usage.clone(),
                usage_key: self.0.key(entry),
                block_type: node.block_type().to_string(),
                display_name: title
                    .map(str::to_owned)
                    .or_else(of_type)
                    .unwrap_or_else(|| node.usage.block_id().replace('_', " ")),
                overridden: Arc::clone(&applied.names),
            }
        };
        pairs.map(block).collect()
    }
}
