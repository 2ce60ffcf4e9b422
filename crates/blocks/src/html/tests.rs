use serde_json::json;
use xblock::{BlockType, HandlerError, Piece, Published};

use super::Html;
use crate::testing::{Fixture, POST, body};

#[test]
fn a_page_without_keywords_is_shared_between_views() {
    let fixture = Fixture::new(&Html, json!({"data": "<p>\\(x\\)</p>"}));
    let (first, html, effects) = fixture.view();
    assert_eq!(html, "<p><math><mi>x</mi></math></p>");
    assert!(effects.is_empty());
    let (second, ..) = fixture.view();
    let (Piece::Shared(a), Piece::Shared(b)) = (&first.content[0], &second.content[0]) else {
        panic!("{first:?}");
    };
    assert!(std::sync::Arc::ptr_eq(a, b));
}

#[test]
fn keywords_become_what_they_stand_for_escaped() {
    let mut fixture = Fixture::new(&Html, json!({"data": "%%USER_ID%% <i>%%USER_EMAIL%%</i> %%COURSE_ID%%"}));
    assert_eq!(fixture.view().1, "f00d <i>a&amp;b@example.org</i> lib:Org:lib");
    fixture.learner.anonymous = true;
    assert_eq!(fixture.view().1, "%%USER_ID%% <i>%%USER_EMAIL%%</i> lib:Org:lib");
}

#[test]
fn all_learner_views_are_the_same_and_others_do_not_exist() {
    let fixture = Fixture::new(&Html, json!({"data": "<p>1</p>"}));
    let student = fixture.view().0;
    assert_eq!(fixture.view_named("public_view").0.unwrap(), student);
    assert_eq!(fixture.view_named("author_view").0.unwrap(), student);
    assert!(fixture.view_named("studio_view").0.is_err());
}

#[test]
fn what_could_not_be_compiled_shows_a_notice() {
    let mut fixture = Fixture::new(&Html, json!({}));
    fixture.definition.compiled = std::sync::Arc::new(());
    let (_, html, _) = fixture.view();
    assert!(html.contains("This content is not available here."));
}

#[test]
fn completion_is_published_once_checked() {
    let fixture = Fixture::new(&Html, json!({}));
    let (answer, effects) = fixture.post_json("publish_completion", "", &json!({"completion": 0.5}));
    assert_eq!(body(&answer), json!({"result": "ok"}));
    assert_eq!(effects.published, [Published::Completion(0.5)]);
    for wrong in [json!({"completion": 1.5}), json!({"completion": "1"}), json!({})] {
        let (answer, effects) = fixture.post_json("publish_completion", "", &wrong);
        assert_eq!(answer.unwrap().status, 400);
        assert!(effects.is_empty());
    }
    let (answer, _) = fixture.call("other", &POST);
    assert!(matches!(answer, Err(HandlerError::NoSuchHandler(name)) if name == "other"));
}

#[test]
fn search_knows_the_text_without_markup() {
    let fixture = Fixture::new(&Html, json!({"display_name": "T", "data": "<p>One</p><p>two</p>"}));
    assert_eq!(
        fixture.block(|b| Html.index_dictionary(b)),
        json!({"content": {"display_name": "T", "html_content": "One two"}, "content_type": "Text"})
    );
    assert_eq!(
        fixture.block(|b| Html.student_view_data(b)),
        Some(json!({"enabled": true, "html": "<p>One</p><p>two</p>"}))
    );
}
