//! `vertical`: a page of a course (student-view-html §4).

use serde::Serialize;
use xblock::{Block, BlockCx, Fragment, ViewError};

use crate::{
    completion,
    container::Container,
    decl,
    markup::{ChildContext, child_contexts, render_with_children},
};

/// The `vertical` type.
pub(crate) const VERTICAL: Container =
    Container { decl: &decl::vertical::DECL, view, handle: completion::handle };

#[derive(Serialize)]
struct Context<'a> {
    children: Vec<ChildContext<'a>>,
}

fn view(_block: &Block<'_>, cx: &BlockCx<'_>) -> Result<Fragment, ViewError> {
    let context = Context { children: child_contexts(cx) };
    render_with_children(cx, "blocks/vertical/view.html", context)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::VERTICAL;
    use crate::testing::{Fixture, body};

    #[test]
    fn wraps_each_child_and_counts_the_empty_ones() {
        let fixture = Fixture::new(&VERTICAL, json!({})).with_children(&["a", "", "b"]);
        let (_, html, _) = fixture.view();
        assert_eq!(
            html,
            "<div class=\"vert-mod\">\
             <div class=\"vert vert-0\" data-id=\"lb:Org:lib:html:c0\">[0]</div>\
             <div class=\"vert vert-2\" data-id=\"lb:Org:lib:html:c2\">[2]</div></div>"
        );
    }

    #[test]
    fn is_as_complete_as_its_children_only() {
        let fixture = Fixture::new(&VERTICAL, json!({}));
        let (answer, effects) = fixture.post_json("publish_completion", "", &json!({"completion": 1}));
        assert_eq!(body(&answer), json!({"error": "Block not configured for completion on view."}));
        assert!(effects.is_empty());
    }
}
