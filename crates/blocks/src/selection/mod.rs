//! `library_content`, `itembank` and references to libraries: children of which each learner sees some.
//!
//! Which ones is decided before these types are asked (unit-composition §5): `cx.children` holds the selected
//! children, in views and in handlers.

mod reference;
pub(crate) mod reset;
#[cfg(test)]
mod tests;

use minijinja::Value;
use serde::Serialize;
use xblock::{Block, BlockCx, Fragment, ViewError};

use crate::{
    container::Container,
    decl,
    markup::{ChildContext, attribute, child_contexts, render_with_children},
};

/// The `library_content` type.
pub(crate) const LIBRARY_CONTENT: Container =
    Container { decl: &decl::library_content::DECL, view, handle: reset::handle };

/// The `itembank` type.
pub(crate) const ITEMBANK: Container = Container { decl: &decl::itembank::DECL, view, handle: reset::handle };

/// The `lib_ref` type.
pub(crate) const LIB_REF: Container =
    Container { decl: &decl::lib_ref::DECL, view: reference::view, handle: reset::handle };

/// The `library_sourced` type.
pub(crate) const LIBRARY_SOURCED: Container =
    Container { decl: &decl::library_sourced::DECL, view: reference::view, handle: reset::handle };

/// The `random_lib_ref` type.
pub(crate) const RANDOM_LIB_REF: Container =
    Container { decl: &decl::random_lib_ref::DECL, view: reference::view, handle: reset::handle };

#[derive(Serialize)]
struct Context<'a> {
    children: Vec<ChildContext<'a>>,
    reset_url: Option<Value>,
}

fn view(block: &Block<'_>, cx: &BlockCx<'_>) -> Result<Fragment, ViewError> {
    let reset_url = reset::is_allowed(block).then(|| attribute(&reset::url(block.usage, cx)));
    let context = Context { children: child_contexts(cx), reset_url };
    render_with_children(cx, "blocks/selection/view.html", context)
}
