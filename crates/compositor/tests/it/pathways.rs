//! Items of pathways: references to one block each, shown under the item's own key (unit-composition §10).

use compositor::ComposedBlock;
use serde_json::json;

use crate::world::{Draws, World, findings, hidden};

const PATHWAY: &str = "lx-pathway:5d2a1b7e-0000-4000-8000-000000000000";

fn item(rest: &str) -> String {
    format!("lx-pb:5d2a1b7e-0000-4000-8000-000000000000:{rest}")
}

const BLOCKS: &[(&str, &str)] = &[
    ("problem/p", "<problem display_name='P'/>"),
    ("html/h", "<html/>"),
    (
        "unit/u",
        "<unit><xblock-include definition='html/h'/><xblock-include definition='unit/in'/><xblock-include definition='html/h'/></unit>",
    ),
    ("unit/in", "<unit><xblock-include definition='problem/p'/><xblock-include definition='html/h'/></unit>"),
];

fn keys(block: &ComposedBlock) -> Vec<String> {
    block.walk().map(|block| block.usage.to_string()).collect()
}

#[tokio::test]
async fn an_item_is_its_original_under_a_key_of_its_own() {
    let world = World::new();
    world.library("lib:O:L", 2, 1, BLOCKS);
    world.pathway(PATHWAY, 3, 1, &json!([
        {"original_usage_id": "lb:O:L:problem:p", "id": "a", "version": 1, "overrides": {"max_attempts": 3, "attempts": 9}},
        {"original_usage_id": "lb:O:L:problem:p", "id": "b"},
    ]));
    let mut draws = Draws::new();
    let first = world.compose(&item("problem:a"), "ann", &mut draws).await;
    assert_eq!(keys(&first.root), [item("problem:a")]);
    assert_eq!((first.root.overridden.len(), &*first.root.overridden[0]), (1, "max_attempts"));
    let origin = first.root.origin.as_ref().unwrap();
    assert_eq!((origin.library.as_str(), origin.version), ("lib:O:L", 1));
    assert_eq!(findings(&*world.plan(&item("problem:a")).await), ["override_forbidden"]);
    let second = world.compose(&item("problem:b"), "ann", &mut draws).await;
    assert_eq!((keys(&second.root), second.root.overridden.len()), (vec![item("problem:b")], 0));
    // What is stored of one item says nothing of the other.
    assert_eq!(draws.len(), 2);
    assert!(world.compose(&item("problem:a"), "ann", &mut draws).await.changed.is_empty());
}

#[tokio::test]
async fn blocks_inside_an_item_are_named_by_item_type_and_id() {
    let world = World::new();
    world.library("lib:O:L", 2, 1, BLOCKS);
    world.pathway(PATHWAY, 3, 1, &json!([{"original_usage_id": "lb:O:L:unit:u", "id": "x"}]));
    let mut draws = Draws::new();
    let composed = world.compose(&item("unit:x"), "ann", &mut draws).await;
    let expected = ["unit:x", "html:x:h", "unit:x:in", "problem:x:p", "html:x:h!2", "html:x:h!3"];
    assert_eq!(keys(&composed.root), expected.map(item));
    for key in keys(&composed.root) {
        let found = world.locate(&key).await;
        assert_eq!(found.structure.node(found.node).usage.as_str(), item("unit:x"), "{key}");
    }
}

#[tokio::test]
async fn items_without_a_version_follow_the_newest_at_once() {
    let world = World::new();
    world.library("lib:O:L", 2, 1, BLOCKS);
    world.pathway(
        PATHWAY,
        3,
        1,
        &json!([
            {"original_usage_id": "lb:O:L:problem:p", "id": "new"},
            {"original_usage_id": "lb:O:L:problem:p", "id": "old", "version": 1},
        ]),
    );
    let mut draws = Draws::new();
    let mut versions = Vec::new();
    for version in [1, 2] {
        world.library("lib:O:L", 2, version, BLOCKS);
        for id in ["new", "old"] {
            let composed = world.compose(&item(&format!("problem:{id}")), "ann", &mut draws).await;
            versions.push(composed.root.origin.unwrap().version);
        }
    }
    assert_eq!(versions, [1, 1, 2, 1]);
    assert!(findings(&*world.plan(&item("problem:new")).await).is_empty());
}

#[tokio::test]
async fn an_item_whose_original_is_gone_is_hidden_and_comes_back() {
    let world = World::new();
    world.pathway(
        PATHWAY,
        3,
        1,
        &json!([
            {"original_usage_id": "lb:O:L:problem:p", "id": "a"},
            {"original_usage_id": "lb:O:L:problem:gone", "id": "b"},
        ]),
    );
    let mut draws = Draws::new();
    let missing = world.compose(&item("problem:a"), "ann", &mut draws).await;
    assert_eq!((hidden(&missing), keys(&missing.root).len()), (vec!["library_missing"], 1));
    assert!(missing.root.origin.is_none() && draws.is_empty());
    world.library("lib:O:L", 2, 1, BLOCKS);
    assert!(world.compose(&item("problem:a"), "ann", &mut draws).await.root.origin.is_some());
    let unknown = world.compose(&item("problem:b"), "ann", &mut draws).await;
    assert!(unknown.root.origin.is_none());
    let findings = findings(&*world.plan(&item("problem:b")).await);
    assert!(findings.contains(&"block_not_in_version"), "{findings:?}");
}
