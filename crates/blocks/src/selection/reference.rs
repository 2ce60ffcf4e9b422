//! What authors see of a reference to library blocks. Learners see the blocks themselves, in its place.

use serde::Serialize;
use xblock::{Block, BlockCx, Fragment, ViewError};

use crate::{
    markup::{ChildContext, child_contexts, render_with_children},
    notice,
};

#[derive(Serialize)]
struct Context<'a> {
    display_name: &'a str,
    library_key: &'a str,
    library_version: &'a str,
    shows_all: bool,
    count: i64,
    children: Vec<ChildContext<'a>>,
}

/// Renders what the reference draws from and how many, and the pool when the children are given.
pub(super) fn view(block: &Block<'_>, cx: &BlockCx<'_>) -> Result<Fragment, ViewError> {
    if !notice::is_for_author(cx) {
        return Ok(Fragment::default());
    }
    let count = block.int("count").unwrap_or(-1);
    let context = Context {
        display_name: &block.display_name(),
        library_key: &block.text("library_key"),
        library_version: &block.text("library_version"),
        shows_all: count < 0,
        count,
        children: child_contexts(cx.children),
    };
    render_with_children(cx, "blocks/lib_ref/author.html", context)
}
