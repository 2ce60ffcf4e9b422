//! `html`: text an author wrote, shown as it is (student-view-html §4).

mod keywords;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Value, json};
use xblock::{
    Authored, Block, BlockCx, BlockDecl, BlockType, CompileCx, Compiled, ContentProblem, Fields, Fragment,
    HandlerError, HandlerRequest, HandlerResponse, Piece, ReadInput, View, ViewError,
};

use self::keywords::Segment;
use crate::{completion, decl, io, markup, notice};

/// The `html` type.
pub(crate) struct Html;

/// Author HTML with formulas converted, cut at the keywords that differ between learners. A page without
/// keywords is one segment, shared by all its views.
struct Text {
    segments: Vec<Segment>,
}

impl BlockType for Html {
    fn decl(&self) -> &'static BlockDecl {
        &decl::html::DECL
    }

    fn read(&self, input: &ReadInput<'_>) -> Result<Authored, olx::OlxError> {
        io::read(self.decl(), input)
    }

    fn write(&self, fields: &Fields, includes: &[olx::Element]) -> Result<String, ViewError> {
        io::write(self.decl(), fields, includes)
    }

    fn compile(&self, fields: &Fields, cx: &CompileCx<'_>, problems: &mut Vec<ContentProblem>) -> Compiled {
        let html = (cx.math)(data(fields), problems);
        Arc::new(Text { segments: keywords::split(&html) })
    }

    fn view(&self, block: &Block<'_>, view: &View, cx: &mut BlockCx<'_>) -> Result<Fragment, ViewError> {
        if !view.is_learner() {
            return Err(notice::no_such_view(block, view));
        }
        let Some(text) = block.compiled::<Text>() else {
            return notice::unavailable(block, true, cx);
        };
        let mut fragment = Fragment::default();
        for segment in &text.segments {
            fragment.content.push(match segment {
                Segment::Text(html) => Piece::Shared(html.clone()),
                Segment::Keyword(keyword) => Piece::Html(keyword.value(block, cx.learner)),
            });
        }
        Ok(fragment)
    }

    fn handle(
        &self,
        block: &Block<'_>,
        name: &str,
        request: &HandlerRequest<'_>,
        cx: &mut BlockCx<'_>,
    ) -> Result<HandlerResponse, HandlerError> {
        completion::handle(block, name, request, cx)
    }

    fn index_dictionary(&self, block: &Block<'_>) -> Value {
        let text = markup::plain_text(&block.text("data"));
        json!({
            "content": {"display_name": block.display_name(), "html_content": text},
            "content_type": "Text",
        })
    }

    fn student_view_data(&self, block: &Block<'_>) -> Option<Value> {
        Some(json!({"enabled": true, "html": block.text("data")}))
    }
}

fn data(fields: &Fields) -> &str {
    fields.get("data").and_then(Value::as_str).unwrap_or_default()
}
