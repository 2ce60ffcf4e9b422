use serde_json::{Value, json};

use super::SEQUENTIAL;
use crate::testing::{Fixture, Page, body};

#[test]
fn lists_links_to_the_children() {
    let fixture = Fixture::new(&SEQUENTIAL, json!({"display_name": "Part <1>"})).with_children(&["a", "b"]);
    let (_, html, _) = fixture.view();
    let page = Page::new(&html);
    assert_eq!(page.attr("nav.outline", "aria-label").unwrap(), "Part <1>");
    assert_eq!(page.text("li.is-complete a"), "a");
    assert_eq!(page.text("li:not(.is-complete)"), "b");
    assert_eq!(page.attr("li.is-complete a", "href").unwrap(), "/pages/lb:Org:lib:html:c0");
}

#[test]
fn goto_position_stores_where_the_learner_is() {
    let fixture = Fixture::new(&SEQUENTIAL, json!({}));
    for (sent, stored) in [(json!(3), 3), (json!(0), 1), (json!("2"), 1), (json!(null), 1)] {
        let (answer, effects) = fixture.post_json("goto_position", "", &json!({"position": sent}));
        assert_eq!(body(&answer), json!({"success": true}));
        assert_eq!(effects.set[0].value, Value::from(stored));
    }
}

#[test]
fn get_completion_tells_whether_a_child_is_complete() {
    let fixture = Fixture::new(&SEQUENTIAL, json!({})).with_children(&["a", "b"]);
    for (usage, complete) in [("lb:Org:lib:html:c0", true), ("lb:Org:lib:html:c1", false), ("x", false)] {
        let (answer, _) = fixture.post_json("get_completion", "", &json!({"usage_key": usage}));
        assert_eq!(body(&answer), json!({"complete": complete}));
    }
}
