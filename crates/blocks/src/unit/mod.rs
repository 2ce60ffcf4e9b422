//! `unit`: an ordered list of blocks on one page of a library (student-view-html §4).

use serde::Serialize;
use xblock::{Block, BlockCx, Fragment, ViewError};

use crate::{
    completion,
    container::Container,
    decl,
    markup::{ChildContext, child_contexts, render_with_children},
};

/// The `unit` type.
pub(crate) const UNIT: Container = Container { decl: &decl::unit::DECL, view, handle: completion::handle };

#[derive(Serialize)]
struct Context<'a> {
    children: Vec<ChildContext<'a>>,
}

fn view(_block: &Block<'_>, cx: &BlockCx<'_>) -> Result<Fragment, ViewError> {
    let context = Context { children: child_contexts(cx) };
    render_with_children(cx, "blocks/unit/view.html", context)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::UNIT;
    use crate::testing::Fixture;

    #[test]
    fn shows_its_children_in_order_without_the_empty_ones() {
        let fixture = Fixture::new(&UNIT, json!({})).with_children(&["a", "", "b"]);
        let (fragment, html, _) = fixture.view();
        assert_eq!(html, "<div class=\"unit-xblock vertical\">[0][2]</div>");
        assert_eq!(fragment.js_init, None);
    }
}
