//! A block as it is for all learners, for those who edit its context.

use std::sync::{Arc, LazyLock};

use compositor::{ComposedBlock, Unit};
use learner::LearnerId;
use learning_context::{Action, VersionSelector};
use opaque_keys::UsageKey;
use xblock::{Block, BlockState, BlockType, Definition, Fields, LearnerInfo};

use crate::{
    app::App,
    caller::Caller,
    http::error::{ApiError, Code},
    path::BlockPath,
    runtime::find::{Found, context_error, locate, permitted},
};

static NOTHING: LazyLock<Fields> = LazyLock::new(Fields::new);

/// A block as it is published, whether or not each learner is shown it now.
pub struct Everyones {
    /// The learn site.
    pub learn: App,
    /// Where it was found.
    pub found: Found,
    block: ComposedBlock,
    definition: Arc<Definition>,
}

impl Everyones {
    /// Finds a block where learners use it, for a caller who may edit its context.
    ///
    /// # Errors
    /// 403 without the right to edit the context; 404 when the published version has no such block.
    pub async fn find(learn: &App, staff: &Caller, usage: &UsageKey) -> Result<Self, ApiError> {
        let record = permitted(learn, staff, &usage.context_key(), Action::Edit).await?;
        let path = BlockPath { usage: usage.clone(), version: VersionSelector::Auto };
        let found = locate(learn, record, &path).await?;
        let root = match found.usage.as_lib_ref() {
            Some(_) => Unit::around(&found.structure, found.node),
            None => found.node,
        };
        let plan = learn.plans.plan(&found.structure, root).await.map_err(context_error)?;
        let composed = plan.author_view();
        let Some(block) = composed.root.find(&found.usage) else {
            return Err(ApiError::problem(Code::NotFound, format!("'{usage}' is not published.")));
        };
        let wanted = [(Arc::clone(block.source()), &*block.overrides)];
        let mut definitions = learn.definitions.load_with_overrides(&wanted).await.map_err(context_error)?;
        let definition =
            definitions.pop().ok_or_else(|| ApiError::Internal(format!("{usage}: not loaded")))?;
        let block = ComposedBlock { children: Vec::new(), ..block.clone() };
        Ok(Everyones { learn: learn.clone(), found, block, definition })
    }

    /// Returns the key that learner state knows the block by.
    pub fn usage(&self) -> &UsageKey {
        &self.block.usage
    }

    /// Returns its type.
    pub fn block_type(&self) -> &dyn BlockType {
        &**self.learn.registry.get(self.block.block_type())
    }

    /// Returns the block with what a learner did in it.
    pub fn block<'s>(&'s self, user_state: &'s Fields) -> Block<'s> {
        Block {
            usage: &self.block.usage,
            decl: self.block_type().decl(),
            definition: &self.definition,
            placement: self.block.placement(),
            state: BlockState { user_state, preferences: &NOTHING, user_info: &NOTHING, summary: &NOTHING },
        }
    }

    /// Returns what blocks may know of a learner of whom no more than the id is at hand.
    pub fn learner(&self, id: &LearnerId) -> LearnerInfo {
        LearnerInfo {
            id: id.0.as_ref().to_owned(),
            anonymous_id: self.learn.anonymous_id(&id.0),
            ..LearnerInfo::default()
        }
    }
}
