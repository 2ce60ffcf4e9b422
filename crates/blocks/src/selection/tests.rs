use serde_json::{Value, json};
use xblock::Site;

use super::{ITEMBANK, LIB_REF, LIBRARY_CONTENT, RANDOM_LIB_REF};
use crate::testing::{Fixture, POST, Page, body};

#[test]
fn shows_the_selected_children_like_a_vertical() {
    let fixture = Fixture::new(&ITEMBANK, json!({})).with_children(&["a", "b"]);
    let (_, html, _) = fixture.view();
    let page = Page::new(&html);
    assert_eq!(page.count(".vert-mod > .vert"), 2);
    assert_eq!(page.count("button"), 0);
}

#[test]
fn the_reset_button_is_a_plain_form_that_comes_back() {
    let authored = json!({"allow_resetting_children": true});
    let fixture = Fixture::new(&LIBRARY_CONTENT, authored).with_children(&["a"]);
    let (_, html, _) = fixture.view();
    let page = Page::new(&html);
    assert_eq!(page.text(".problem-reset-btn-wrapper button.problem-reset-btn"), "Reset Problems");
    assert_eq!(
        page.attr("form[method=post]", "action").unwrap(),
        "https://learn.test/lb:Org:lib:library_content:b1/handler/reset_selected_children/\
         ?return=/units/u1%3Fa%3D1"
    );
}

#[test]
fn reset_clears_the_selection_and_the_state_of_the_selected_children() {
    let authored = json!({"allow_resetting_children": true});
    let fixture = Fixture::new(&ITEMBANK, authored).with_children(&["a", "b"]);
    let (answer, effects) = fixture.call("reset_selected_children", &POST);
    assert_eq!(body(&answer), Value::from(""));
    assert_eq!(effects.reset.len(), 2);
    assert_eq!((effects.set[0].field.as_str(), &effects.set[0].value), ("selected", &json!([])));
}

#[test]
fn reset_is_refused_unless_allowed() {
    let fixture = Fixture::new(&RANDOM_LIB_REF, json!({})).with_children(&["a"]);
    let (answer, effects) = fixture.call("reset_selected_children", &POST);
    let answer = answer.unwrap();
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body, b"\"Resetting selected children\" is not allowed for this XBlock");
    assert!(effects.is_empty());
}

#[test]
fn a_reference_tells_authors_what_it_draws_from_and_learners_nothing() {
    let authored = json!({"library_key": "lib:X:probs", "library_version": 5, "count": 2});
    let mut fixture = Fixture::new(&RANDOM_LIB_REF, authored);
    assert!(fixture.view().0.is_empty());
    fixture.site = Site::Studio;
    let (_, html, _) = fixture.view();
    assert_eq!(
        Page::new(&html).text(".library-reference p:last-child"),
        "Each learner sees 2 of the chosen blocks of lib:X:probs, version 5."
    );
    let mut unset = Fixture::new(&LIB_REF, json!({})).with_children(&["a"]);
    unset.site = Site::Studio;
    let (_, html, _) = unset.view();
    let page = Page::new(&html);
    assert_eq!(page.text(".library-reference p:last-child"), "A library has not yet been selected.");
    assert_eq!(page.count(".vert-mod > .vert"), 1);
}
