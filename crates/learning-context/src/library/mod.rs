//! Content libraries: `lib:` contexts whose blocks are files of a bundle (learning-context-plugin §5).
//!
//! A block is the file `<type>/<id>/definition.xml` with its assets in `<type>/<id>/static/`. Containers
//! name their children with `<xblock-include>`, also in bundles the library's bundle links to.

mod expand;
mod gather;

use std::sync::Arc;

use async_trait::async_trait;
use blockstore::{At, Blockstore, DraftName};
use xblock::Registry;

use crate::{ContextError, ContextKind, ContextRecord, LearningContext, ResolvedAt, Structure};

/// Deepest nesting of includes (unit-composition §2.3).
const MAX_DEPTH: usize = 8;

/// The plugin of content libraries.
pub struct LibraryContext {
    store: Arc<dyn Blockstore>,
    registry: Arc<Registry>,
}

impl LibraryContext {
    /// Returns the plugin; `registry` says which types have children.
    pub fn new(store: Arc<dyn Blockstore>, registry: Arc<Registry>) -> Self {
        LibraryContext { store, registry }
    }
}

#[async_trait]
impl LearningContext for LibraryContext {
    fn namespace(&self) -> &'static str {
        "lib"
    }

    async fn structure(&self, record: &ContextRecord, at: ResolvedAt) -> Result<Structure, ContextError> {
        let gathered = gather::gather(&*self.store, &self.registry, record.bundle, &bundle_state(at)).await?;
        Ok(expand::expand(
            gathered,
            &self.registry,
            record.key.clone(),
            ContextKind::Library,
            record.bundle,
            at,
        ))
    }
}

/// Returns the state of the bundle that a state of its context stands for.
pub(crate) fn bundle_state(at: ResolvedAt) -> At {
    match at {
        ResolvedAt::Version(number) => At::Version(number),
        ResolvedAt::Draft { .. } => At::Draft(DraftName::studio()),
    }
}
