//! The pool of a reference as authors look at it.

use std::sync::Arc;

use learning_context::{DefinitionSource, NodeId};
use opaque_keys::UsageKey;
use xblock::{Definition, Fields, Registry};

use crate::{Library, PoolBlock, Reference, author::pool_block, pool::Pool};

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
    pub fn blocks(&self, definitions: &[Arc<Definition>]) -> Vec<PoolBlock<'_>> {
        let pairs = self.0.entries.iter().zip(definitions);
        pairs.map(|(entry, title)| pool_block(&self.0, entry, &|_| Some(Arc::clone(title)))).collect()
    }
}
