//! Block types by tag.

use std::{collections::HashMap, sync::Arc};

use crate::BlockType;

/// Block types by tag, made once at start.
pub struct Registry {
    types: HashMap<&'static str, Arc<dyn BlockType>>,
    fallback: Arc<dyn BlockType>,
}

impl Registry {
    /// Returns a registry; `fallback` stands in for tags no type is registered for.
    pub fn new(types: impl IntoIterator<Item = Arc<dyn BlockType>>, fallback: Arc<dyn BlockType>) -> Self {
        let types = types.into_iter().map(|t| (t.decl().block_type, t)).collect();
        Registry { types, fallback }
    }

    /// Returns the type of a tag, or `None` when there is none.
    pub fn known(&self, tag: &str) -> Option<&Arc<dyn BlockType>> {
        self.types.get(tag)
    }

    /// Returns the type of a tag, or the one that stands in for unknown tags.
    pub fn get(&self, tag: &str) -> &Arc<dyn BlockType> {
        self.types.get(tag).unwrap_or(&self.fallback)
    }

    /// Returns the type that stands in for unknown tags.
    pub fn fallback(&self) -> &Arc<dyn BlockType> {
        &self.fallback
    }

    /// Returns all registered tags, sorted.
    pub fn tags(&self) -> Vec<&'static str> {
        let mut tags: Vec<_> = self.types.keys().copied().collect();
        tags.sort_unstable();
        tags
    }
}
