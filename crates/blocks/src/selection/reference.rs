//! A reference to library blocks by itself: authors see what it draws from. Learners see the blocks it drew,
//! which on the page of a unit stand in its place.

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

#[derive(Serialize)]
struct Drawn<'a> {
    children: Vec<ChildContext<'a>>,
}

/// Renders the children given; for authors, before them what the reference draws from and how many.
pub(super) fn view(block: &Block<'_>, cx: &BlockCx<'_>) -> Result<Fragment, ViewError> {
    if !notice::is_for_author(cx) {
        if cx.children.is_empty() {
            return Ok(Fragment::default());
        }
        return render_with_children(cx, "blocks/lib_ref/drawn.html", Drawn { children: child_contexts(cx) });
    }
    let count = block.int("count").unwrap_or(-1);
    let context = Context {
        display_name: &block.display_name(),
        library_key: &block.text("library_key"),
        library_version: &block.text("library_version"),
        shows_all: count < 0,
        count,
        children: child_contexts(cx),
    };
    render_with_children(cx, "blocks/lib_ref/author.html", context)
}
