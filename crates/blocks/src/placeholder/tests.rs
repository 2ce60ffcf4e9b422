use serde_json::json;
use xblock::{BlockType, NoFiles, OlxMode, ReadInput, Site};

use super::Placeholder;
use crate::testing::{Fixture, POST, Page};

fn read(olx: &str) -> xblock::Authored {
    let document = olx::Document::parse(olx, &olx::Limits::default()).unwrap();
    let input = ReadInput {
        mode: OlxMode::V2,
        element: &document.root,
        url_name: None,
        files: &NoFiles,
        policy: None,
    };
    Placeholder.read(&input).unwrap()
}

#[test]
fn keeps_the_element_and_reports_its_tag() {
    let olx = "<openassessment display_name=\"Essay\"><prompt>Why?</prompt></openassessment>";
    let authored = read(olx);
    assert_eq!(authored.problems[0].code, "unknown_block_type");
    assert!(authored.problems[0].message.contains("<openassessment>"));
    assert_eq!(Placeholder.write(&authored.fields, &[]).unwrap(), olx);
}

#[test]
fn authors_see_which_tag_it_is_and_learners_that_it_is_missing() {
    let mut fixture = Fixture::new(&Placeholder, json!({"display_name": "Essay"}));
    fixture.definition.block_type = "openassessment".into();
    fixture.definition.problems = read("<openassessment/>").problems;
    let (fragment, html, _) = fixture.view();
    assert_eq!(fragment.js_init, None);
    assert_eq!(Page::new(&html).text(".block-unavailable"), "This content is not available here.");
    fixture.site = Site::Studio;
    let (_, html, _) = fixture.view();
    assert_eq!(Page::new(&html).text(".block-unavailable-title"), "Essay <openassessment>");
    assert!(fixture.call("publish_completion", &POST).0.is_err());
}
