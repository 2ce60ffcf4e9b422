//! `video`: files in the browser's own player, or a YouTube video behind a click (student-view-html §4).

mod handlers;
mod language;
mod metadata;
mod settings;
#[cfg(test)]
mod tests;
mod transcript;
mod view;

use std::sync::Arc;

use serde_json::{Map, Value, json};
use xblock::{
    Authored, Block, BlockCx, BlockDecl, BlockType, CompileCx, Compiled, ContentProblem, Fields, Fragment,
    HandlerError, HandlerRequest, HandlerResponse, ReadInput, View, ViewError,
};

use self::settings::Settings;
use crate::{decl, io, notice};

/// The `video` type.
pub(crate) struct Video;

/// The compiled form: fields are read at each view, since every one of them can be overridden.
struct Nothing;

impl BlockType for Video {
    fn decl(&self) -> &'static BlockDecl {
        &decl::video::DECL
    }

    fn read(&self, input: &ReadInput<'_>) -> Result<Authored, olx::OlxError> {
        io::read(self.decl(), input)
    }

    fn write(&self, fields: &Fields, includes: &[olx::Element]) -> Result<String, ViewError> {
        io::write(self.decl(), fields, includes)
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
            Some(Nothing) => view::view(block, cx),
            None => notice::unavailable(block, true, cx),
        }
    }

    fn handler_assets(&self, block: &Block<'_>, name: &str, request: &HandlerRequest<'_>) -> Vec<String> {
        handlers::assets(block, name, request)
    }

    fn handle(
        &self,
        block: &Block<'_>,
        name: &str,
        request: &HandlerRequest<'_>,
        cx: &mut BlockCx<'_>,
    ) -> Result<HandlerResponse, HandlerError> {
        handlers::handle(block, name, request, cx)
    }

    fn index_dictionary(&self, block: &Block<'_>) -> Value {
        json!({"content": {"display_name": block.display_name()}, "content_type": "Video"})
    }

    fn student_view_data(&self, block: &Block<'_>) -> Option<Value> {
        let settings = Settings::of(block);
        let mut encoded = Map::new();
        if let Some(id) = settings.youtube_id() {
            let url = ["https://www.youtube.com/watch?v=", id].concat();
            encoded.insert("youtube".to_owned(), json!({"url": url, "file_size": 0}));
        }
        if let Some(url) = settings.sources.first() {
            encoded.insert("fallback".to_owned(), json!({"url": url, "file_size": 0}));
        }
        Some(json!({
            "only_on_web": block.flag("only_on_web"),
            "duration": null,
            "transcripts": settings.transcripts.keys().collect::<Vec<_>>(),
            "encoded_videos": encoded,
            "all_sources": settings.sources,
        }))
    }
}
