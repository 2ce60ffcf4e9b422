//! The trait behind an OLX tag.

use std::{any::Any, sync::Arc};

use thiserror::Error;
use time::OffsetDateTime;

use crate::answers::{Answered, Question};
use crate::{
    Authored, Block, BlockCx, BlockDecl, ContentProblem, Fields, Fragment, HandlerError, HandlerRequest,
    HandlerResponse, LearnerInfo, ReadInput, View,
};

/// What a type makes of a definition's fields once, for all its views.
pub type Compiled = Arc<dyn Any + Send + Sync>;

/// What compiling may use.
pub struct CompileCx<'a> {
    /// Turns the formulas in author HTML into MathML and reports those it cannot.
    pub math: &'a dyn Fn(&str, &mut Vec<ContentProblem>) -> String,
}

/// A view that could not be made.
#[derive(Debug, Error)]
pub enum ViewError {
    /// The type has no such view.
    #[error("{block_type} blocks have no view '{view}'")]
    NoSuchView {
        /// The type.
        block_type: String,
        /// The view asked for.
        view: String,
    },
    /// The content or a template failed; shown to authors, logged for everyone else.
    #[error("{0}")]
    Failed(String),
}

/// Where learners may know the points they earned in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointsTold {
    /// Wherever points are told.
    Everywhere,
    /// Only as a part of the points of the whole context.
    InTheWhole,
    /// Nowhere.
    Nowhere,
}

/// Points before and after a submission was graded again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rescored {
    /// Earned and possible points before.
    pub before: (f64, f64),
    /// Earned and possible points by the content as it is now, whether or not they count.
    pub after: (f64, f64),
}

/// Why a submission was not graded again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RescoreError {
    /// The type does not grade again, or the block has parts that are graded elsewhere.
    #[error("the block cannot be graded again")]
    Unsupported,
    /// The learner submitted nothing.
    #[error("nothing was submitted")]
    Unanswered,
    /// The content as it is now cannot grade what was submitted.
    #[error("the submission cannot be graded: {0}")]
    Failed(String),
}

/// The code behind an OLX tag. Implementations hold no state; every method is pure.
pub trait BlockType: Send + Sync {
    /// Returns what the type is.
    fn decl(&self) -> &'static BlockDecl;

    /// Reads a block from OLX (xblock-core §4).
    fn read(&self, input: &ReadInput<'_>) -> Result<Authored, olx::OlxError>;

    /// Writes a block's `definition.xml` (xblock-core §5, learning-context runtime). `includes` are child
    /// elements to be written as they are.
    fn write(&self, fields: &Fields, includes: &[olx::Element]) -> Result<String, ViewError>;

    /// Compiles authored fields, once per definition. Problems go to `problems`; a type that can make
    /// nothing of its content compiles to something that says so to authors.
    fn compile(&self, fields: &Fields, cx: &CompileCx<'_>, problems: &mut Vec<ContentProblem>) -> Compiled;

    /// Returns the fields other than those of the definition that `compile` depends on; an override of one
    /// makes the definition compile anew.
    fn compiles(&self) -> &'static [&'static str] {
        &["data"]
    }

    /// Renders a view. Children, already rendered, are in `cx.children`.
    fn view(&self, block: &Block<'_>, view: &View, cx: &mut BlockCx<'_>) -> Result<Fragment, ViewError>;

    /// Answers a handler call; [`HandlerError::NoSuchHandler`] for names it does not know.
    fn handle(
        &self,
        block: &Block<'_>,
        name: &str,
        request: &HandlerRequest<'_>,
        cx: &mut BlockCx<'_>,
    ) -> Result<HandlerResponse, HandlerError> {
        let _ = (block, request, cx);
        Err(HandlerError::NoSuchHandler(name.to_owned()))
    }

    /// Returns the assets a handler call will read, as paths below the block's `static/` folder; the server
    /// reads those that exist before it calls [`BlockType::handle`], which does no I/O.
    fn handler_assets(&self, block: &Block<'_>, name: &str, request: &HandlerRequest<'_>) -> Vec<String> {
        let _ = (block, name, request);
        Vec::new()
    }

    /// Returns the points earned and possible as they count for the learner, weighted, from the score that was
    /// published last: before anything was answered, the points that can be earned. `None` for blocks that
    /// nothing can be earned in, as all types without a score.
    fn points(&self, block: &Block<'_>, published: Option<(f64, f64)>) -> Option<(f64, f64)> {
        let _ = block;
        published.filter(|_| self.decl().has_score)
    }

    /// Returns where a learner may know at this moment how many points they earned (capa §10).
    fn points_told(&self, block: &Block<'_>, now: OffsetDateTime) -> PointsTold {
        let _ = (block, now);
        PointsTold::Everywhere
    }

    /// Grades what the learner submitted again, with the content as it is now (xblock-core §11); `only_if_higher`:
    /// and keeps the old points where they are higher. What changes, and the events that tell of it or of the
    /// failure, are in the effects.
    fn rescore(
        &self,
        block: &Block<'_>,
        only_if_higher: bool,
        cx: &mut BlockCx<'_>,
    ) -> Result<Rescored, RescoreError> {
        let _ = (block, only_if_higher, cx);
        Err(RescoreError::Unsupported)
    }

    /// Returns the questions of the block, in order, for reports on what learners answered; `None` for types that ask
    /// nothing.
    fn questions(&self, block: &Block<'_>) -> Option<Vec<Question>> {
        let _ = block;
        None
    }

    /// Returns what the learner submitted last; `None` when nothing was, or it has changed since it was graded.
    fn answered(&self, block: &Block<'_>, learner: &LearnerInfo) -> Option<Answered> {
        let _ = (block, learner);
        None
    }

    /// Returns what search indexes know of the block (xblock-rest-api §2.1).
    fn index_dictionary(&self, block: &Block<'_>) -> serde_json::Value {
        let _ = block;
        serde_json::json!({})
    }

    /// Returns the data mobile clients show, if the type has any.
    fn student_view_data(&self, block: &Block<'_>) -> Option<serde_json::Value> {
        let _ = block;
        None
    }
}
