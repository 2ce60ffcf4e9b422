//! `sequential`, `chapter`, `course`, and a library's `section` and `subsection`: the way to the pages. They are navigation, not page content, so their
//! view is an outline of their children.

mod position;
#[cfg(test)]
mod tests;

use serde::Serialize;
use xblock::{Block, BlockCx, Fragment, ViewError};

use crate::{completion, container::Container, decl, markup};

/// The `sequential` type.
pub(crate) const SEQUENTIAL: Container =
    Container { decl: &decl::sequential::DECL, view, handle: position::handle };

/// The `chapter` type.
pub(crate) const CHAPTER: Container =
    Container { decl: &decl::chapter::DECL, view, handle: completion::handle };

/// The `section` type: what library archives call a chapter.
pub(crate) const SECTION: Container =
    Container { decl: &decl::section::SECTION, view, handle: completion::handle };

/// The `subsection` type: what library archives call a sequence.
pub(crate) const SUBSECTION: Container =
    Container { decl: &decl::section::SUBSECTION, view, handle: completion::handle };

/// The `course` type.
pub(crate) const COURSE: Container = Container { decl: &decl::course::DECL, view, handle: position::handle };

#[derive(Serialize)]
struct Context<'a> {
    display_name: &'a str,
    entries: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    usage: &'a str,
    display_name: &'a str,
    url: Option<minijinja::Value>,
    complete: bool,
}

fn view(block: &Block<'_>, cx: &BlockCx<'_>) -> Result<Fragment, ViewError> {
    let entry = |child: &'_ xblock::Child| cx.urls.page_url(&child.usage).map(|url| markup::attribute(&url));
    let entries = cx.children.iter().map(|child| Entry {
        usage: child.usage.as_str(),
        display_name: &child.display_name,
        url: entry(child),
        complete: child.completion == Some(1.0),
    });
    let context = Context { display_name: &block.display_name(), entries: entries.collect() };
    markup::render(cx, "blocks/outline/view.html", context).map(Fragment::html)
}
