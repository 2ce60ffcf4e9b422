//! Course runs: `course-v1:` contexts whose content is the OLX tree of one run, as exported (import-export §2,
//! layout C0: `course.xml`, `course/`, `chapter/`, …, `policies/<run>/policy.json`, `static/`).

pub(crate) mod defaults;
mod inheritance;
pub(crate) mod pointer;
pub(crate) mod policy;
pub(crate) mod tree;

use std::sync::Arc;

use async_trait::async_trait;
use blockstore::Blockstore;
use xblock::Registry;

use crate::{
    ContextError, ContextRecord, LearningContext, ResolvedAt, Structure, library::bundle_state,
    structure::FileList,
};

pub use inheritance::{INHERITABLE, INHERITED_OVER_LIBRARY};

/// The plugin of course runs.
pub struct CourseContext {
    store: Arc<dyn Blockstore>,
    registry: Arc<Registry>,
}

impl CourseContext {
    /// Returns the plugin; `registry` says which types have children.
    pub fn new(store: Arc<dyn Blockstore>, registry: Arc<Registry>) -> Self {
        CourseContext { store, registry }
    }
}

#[async_trait]
impl LearningContext for CourseContext {
    fn namespace(&self) -> &'static str {
        "course-v1"
    }

    async fn structure(&self, record: &ContextRecord, at: ResolvedAt) -> Result<Structure, ContextError> {
        let entries = self.store.files(record.bundle, &bundle_state(at), None).await?;
        let files = Arc::new(FileList::new(entries));
        tree::read(&*self.store, &self.registry, record, at, files).await
    }
}
