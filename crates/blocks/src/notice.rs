//! What stands where a block cannot be shown.

use serde::Serialize;
use xblock::{Block, BlockCx, Fragment, Severity, Site, View, ViewError};

use crate::markup::render;

/// Returns whether the page is for someone who can do something about content.
pub(crate) fn is_for_author(cx: &BlockCx<'_>) -> bool {
    cx.site == Site::Studio || cx.learner.staff
}

#[derive(Serialize)]
struct Notice<'a> {
    for_author: bool,
    block_type: &'a str,
    display_name: &'a str,
    known: bool,
    problems: Vec<&'a str>,
}

/// Renders a labelled, harmless box: authors read which tag it is and what is wrong, learners that the
/// content is not available. `known` tells whether there is a type for the tag.
pub(crate) fn unavailable(block: &Block<'_>, known: bool, cx: &BlockCx<'_>) -> Result<Fragment, ViewError> {
    let problems = &block.definition.problems;
    let errors = problems.iter().filter(|p| p.severity == Severity::Error);
    let context = Notice {
        for_author: is_for_author(cx),
        block_type: &block.definition.block_type,
        display_name: &block.display_name(),
        known,
        problems: errors.map(|p| p.message.as_str()).collect(),
    };
    render(cx, "blocks/placeholder/view.html", context).map(Fragment::html)
}

/// Returns the error for a view a type does not have.
pub(crate) fn no_such_view(block: &Block<'_>, view: &View) -> ViewError {
    ViewError::NoSuchView { block_type: block.decl.block_type.to_owned(), view: view.0.clone() }
}
