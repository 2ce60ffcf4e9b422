//! What all types with children have in common: they keep their fields, compile to nothing, and differ in what
//! they put around their children.

use std::sync::Arc;

use xblock::{
    Authored, Block, BlockCx, BlockDecl, BlockType, CompileCx, Compiled, ContentProblem, Fields, Fragment,
    HandlerError, HandlerRequest, HandlerResponse, ReadInput, View, ViewError,
};

use crate::{io, notice};

/// A type with children.
pub(crate) struct Container {
    /// What it is.
    pub(crate) decl: &'static BlockDecl,
    /// Puts something around the children.
    pub(crate) view: fn(&Block<'_>, &BlockCx<'_>) -> Result<Fragment, ViewError>,
    /// Answers handler calls.
    pub(crate) handle: Handle,
}

/// Answers a handler call by name.
pub(crate) type Handle =
    fn(&Block<'_>, &str, &HandlerRequest<'_>, &mut BlockCx<'_>) -> Result<HandlerResponse, HandlerError>;

/// The compiled form of types that need none; what is compiled to anything else could not be read.
struct Nothing;

impl BlockType for Container {
    fn decl(&self) -> &'static BlockDecl {
        self.decl
    }

    fn read(&self, input: &ReadInput<'_>) -> Result<Authored, olx::OlxError> {
        io::read(self.decl, input)
    }

    fn write(&self, fields: &Fields, includes: &[olx::Element]) -> Result<String, ViewError> {
        io::write(self.decl, fields, includes)
    }

    fn compile(
        &self,
        _fields: &Fields,
        _cx: &CompileCx<'_>,
        _problems: &mut Vec<ContentProblem>,
    ) -> Compiled {
        Arc::new(Nothing)
    }

    fn compiles(&self) -> &'static [&'static str] {
        &[]
    }

    fn view(&self, block: &Block<'_>, view: &View, cx: &mut BlockCx<'_>) -> Result<Fragment, ViewError> {
        if !view.is_learner() {
            return Err(notice::no_such_view(block, view));
        }
        match block.compiled::<Nothing>() {
            Some(Nothing) => (self.view)(block, cx),
            None => notice::unavailable(block, true, cx),
        }
    }

    fn handle(
        &self,
        block: &Block<'_>,
        name: &str,
        request: &HandlerRequest<'_>,
        cx: &mut BlockCx<'_>,
    ) -> Result<HandlerResponse, HandlerError> {
        (self.handle)(block, name, request, cx)
    }
}
