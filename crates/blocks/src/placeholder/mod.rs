//! Stands in for tags no type is registered for: keeps the element, shows a notice, answers nothing.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::Value;
use xblock::{
    Authored, Block, BlockCx, BlockDecl, BlockType, CompileCx, Compiled, ContentProblem, Fields, Fragment,
    HandlerError, HandlerRequest, HandlerResponse, ReadInput, Severity, View, ViewError,
};

use crate::{decl, notice};

/// Code of the problem reported for tags without a type.
const UNKNOWN_BLOCK_TYPE: &str = "unknown_block_type";

/// The stand-in type.
pub(crate) struct Placeholder;

impl BlockType for Placeholder {
    fn decl(&self) -> &'static BlockDecl {
        &decl::placeholder::DECL
    }

    fn read(&self, input: &ReadInput<'_>) -> Result<Authored, olx::OlxError> {
        let element = input.element;
        let mut fields = Fields::new();
        if let Some(name) = element.attr("display_name") {
            fields.insert("display_name".to_owned(), Value::from(name));
        }
        fields.insert("data".to_owned(), Value::from(element.outer_xml()));
        let mut problem = ContentProblem::new(
            Severity::Error,
            UNKNOWN_BLOCK_TYPE,
            format!("there is no block type for <{}>; learners see a notice in its place", element.name),
        );
        problem.line = element.position.line;
        Ok(Authored { fields, children: Vec::new(), problems: vec![problem] })
    }

    fn write(&self, fields: &Fields, _includes: &[olx::Element]) -> Result<String, ViewError> {
        let data = fields.get("data").and_then(Value::as_str);
        data.map(str::to_owned).ok_or_else(|| ViewError::Failed("the block's OLX was not kept".to_owned()))
    }

    fn compile(
        &self,
        _fields: &Fields,
        _cx: &CompileCx<'_>,
        _problems: &mut Vec<ContentProblem>,
    ) -> Compiled {
        Arc::new(())
    }

    fn view(&self, block: &Block<'_>, _view: &View, cx: &mut BlockCx<'_>) -> Result<Fragment, ViewError> {
        let unknown = block.definition.problems.iter().any(|p| p.code == UNKNOWN_BLOCK_TYPE);
        notice::unavailable(block, !unknown, cx)
    }

    fn handle(
        &self,
        _block: &Block<'_>,
        name: &str,
        _request: &HandlerRequest<'_>,
        _cx: &mut BlockCx<'_>,
    ) -> Result<HandlerResponse, HandlerError> {
        Err(HandlerError::NoSuchHandler(name.to_owned()))
    }
}
