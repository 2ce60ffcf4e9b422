//! Pathways: the document, and the references its items become.

use std::sync::Arc;

use blockstore::At;
use learning_context::{
    LearningContext, PathwayContext, ResolvedAt, Structure,
    pathway::{MAX_ITEMS, PathwayDocument},
};
use opaque_keys::{LearningContextKey, PathwayKey};
use serde_json::{Value, json};

use crate::support::{FixedBundles, bundle, draft, record};

const PATHWAY: &str = "lx-pathway:5d2a1b7e-0000-4000-8000-000000000000";
const PROBLEM: &str = "lb:O:L:problem:p";

fn key() -> PathwayKey {
    let key: LearningContextKey = PATHWAY.parse().unwrap();
    key.as_pathway().unwrap().clone()
}

fn read(document: &Value) -> Result<PathwayDocument, String> {
    let mut made = 0;
    let mut new_id = || {
        made += 1;
        format!("new{made}")
    };
    let read = PathwayDocument::default().patched(&key(), document, &mut new_id);
    read.map_err(|error| error.to_string())
}

fn items(items: Value) -> Result<PathwayDocument, String> {
    read(&json!({"items": items}))
}

fn problem(items: Value) -> String {
    self::items(items).unwrap_err()
}

async fn structure(document: &str) -> Structure {
    let bundles = Arc::new(FixedBundles::default());
    bundles.put(bundle(1), At::Version(1), [("pathway.json", document.to_owned())]);
    let plugin = PathwayContext::new(bundles);
    plugin.structure(&record(PATHWAY, bundle(1), 1, None), ResolvedAt::Version(1)).await.unwrap()
}

#[test]
fn a_document_is_read_as_it_was_written() {
    let document = read(&json!({
        "title": "T", "description": "D", "color": "red", "data": {"a": [1]},
        "items": [
            {"original_usage_id": PROBLEM, "id": "one", "version": 3, "note": "n", "data": {"b": null}, "overrides": {"weight": 2}},
            {"original_usage_id": "block-v1:O+C+R+type@html+block@x"},
        ],
    }))
    .unwrap();
    let expected = json!({
        "title": "T", "description": "D", "data": {"a": [1], "color": "red"},
        "items": [
            {"usage_key": "lx-pb:5d2a1b7e-0000-4000-8000-000000000000:problem:one", "original_usage_id": PROBLEM,
             "id": "one", "version": 3, "data": {"b": null, "note": "n"}, "overrides": {"weight": 2}},
            {"usage_key": "lx-pb:5d2a1b7e-0000-4000-8000-000000000000:html:new1",
             "original_usage_id": "block-v1:O+C+R+type@html+block@x", "id": "new1", "version": null, "data": {}},
        ],
    });
    assert_eq!(document.to_json(), expected);
    assert_eq!(PathwayDocument::from_bytes(&key(), &document.to_bytes()).unwrap(), document);
    assert_eq!(read(&expected).unwrap(), document, "what was answered may be sent back");
}

#[test]
fn a_patch_replaces_what_it_names() {
    let before =
        read(&json!({"title": "T", "data": {"a": 1}, "items": [{"original_usage_id": PROBLEM, "id": "x"}]}))
            .unwrap();
    let patch = |patch: Value| before.patched(&key(), &patch, &mut String::new).unwrap();
    assert_eq!(patch(json!({})), before);
    let renamed = patch(json!({"title": "U", "description": null}));
    assert_eq!((&*renamed.title, &renamed.items, &renamed.data), ("U", &before.items, &before.data));
    assert!(patch(json!({"items": []})).items.is_empty());
    assert_eq!(patch(json!({"data": null})).data.len(), 0);
}

#[test]
fn what_is_no_pathway_is_refused_with_its_place() {
    assert_eq!(read(&json!([])).unwrap_err(), "$: not an object");
    assert_eq!(read(&json!({"title": 3})).unwrap_err(), "title: not a text");
    assert_eq!(read(&json!({"title": "a\0"})).unwrap_err(), "title: has the character U+0000");
    assert_eq!(read(&json!({"title": "x".repeat(181)})).unwrap_err(), "title: longer than 180 characters");
    assert_eq!(read(&json!({"data": "x"})).unwrap_err(), "data: not an object");
    assert_eq!(read(&json!({"items": {}})).unwrap_err(), "items: not a list");
    assert_eq!(problem(json!([3])), "items[0]: not an object");
    assert_eq!(problem(json!([{}])), "items[0].original_usage_id: not a usage key");
    let with = |name: &str, value: Value| {
        let mut item = json!({"original_usage_id": PROBLEM});
        item[name] = value;
        problem(json!([item]))
    };
    for original in ["lib:O:L", "nonsense", "lb:O:L:problem", ""] {
        let told = with("original_usage_id", original.into());
        assert!(told.starts_with("items[0].original_usage_id: "), "{told}");
    }
    let inner = "lx-pb:5d2a1b7e-0000-4000-8000-000000000000:problem:p";
    let within = format!("lb-ref:L:problem:p:{}", inner.replace("lx-pb:", "lx-pb="));
    for original in [inner.to_owned(), within] {
        let told = with("original_usage_id", original.into());
        assert_eq!(told, "items[0].original_usage_id: a pathway cannot hold items of pathways");
    }
    let versioned = "block-v1:O+C+R+branch@draft+type@html+block@x";
    assert!(with("original_usage_id", versioned.into()).contains("names a branch or version"));
    for id in [json!(""), json!("a:b"), json!(" "), json!(7), json!("x".repeat(300))] {
        assert!(with("id", id.clone()).starts_with("items[0].id: "), "{id}");
    }
    for version in [json!(-1), json!(1.5), json!("1"), json!(true), json!(4_294_967_296_u64)] {
        let told = with("version", version);
        assert_eq!(told, "items[0].version: null, 0 or the number of a version is meant");
    }
    assert_eq!(with("data", json!([])), "items[0].data: not an object");
    assert_eq!(with("overrides", json!(1)), "items[0].overrides: not an object");
    assert!(with("overrides", json!({"a": "x".repeat(70_000)})).contains("more than 65536"));
}

#[test]
fn there_are_at_most_a_hundred_items_with_ids_of_their_own() {
    let one = |id: &str| json!({"original_usage_id": PROBLEM, "id": id});
    let many = |count: usize| Value::from((0..count).map(|n| one(&n.to_string())).collect::<Vec<_>>());
    assert_eq!(items(many(MAX_ITEMS)).unwrap().items.len(), 100);
    assert_eq!(problem(many(MAX_ITEMS + 1)), "items: 101 items, more than 100");
    assert_eq!(problem(json!([one("a"), one("b"), one("a")])), "items[2].id: 'a' is the id of another item");
    // An id that is made is never one that is given, wherever that stands.
    let made = items(json!([{"original_usage_id": PROBLEM}, one("new1"), {"original_usage_id": PROBLEM}]));
    let ids: Vec<_> = made.unwrap().items.iter().map(|item| item.id().to_owned()).collect();
    assert_eq!(ids, ["new2", "new1", "new3"]);
    let same = PathwayDocument::default().patched(
        &key(),
        &json!({"items": [{"original_usage_id": PROBLEM}, {"original_usage_id": PROBLEM}]}),
        &mut || "same".to_owned(),
    );
    assert_eq!(same.unwrap_err().to_string(), "items[1].id: is missing");
}

#[tokio::test]
async fn items_become_references_to_one_block_each() {
    let document = json!({"title": "T", "items": [
        {"original_usage_id": PROBLEM, "id": "a", "version": 2, "overrides": {"display_name": "<\"&'\u{fffe}"}},
        {"original_usage_id": "lb:O:L:unit:u", "id": "b"},
    ]});
    let structure = structure(&document.to_string()).await;
    assert_eq!((structure.len(), structure.roots.len(), structure.problems.len()), (2, 2, 0));
    let node = structure.node(structure.roots[0]);
    assert_eq!(node.usage.as_str(), "lx-pb:5d2a1b7e-0000-4000-8000-000000000000:problem:a");
    assert_eq!(&**node.block_type(), "lib_ref");
    let olx = &node.source.inline.as_ref().unwrap().olx;
    let element = olx::Document::parse(olx, &olx::Limits::default()).unwrap().root;
    assert_eq!((element.attr("library_key"), element.attr("library_version")), (Some("lib:O:L"), Some("2")));
    assert_eq!(element.attr("blocks"), Some(r#"["lb:O:L:problem:p"]"#));
    let overrides: Value = serde_json::from_str(element.attr("block_field_overrides").unwrap()).unwrap();
    assert_eq!(overrides, json!({PROBLEM: {"display_name": "<\"&'\u{fffe}"}}));
    let floating = &structure.node(structure.roots[1]).source.inline.as_ref().unwrap().olx;
    assert_eq!(&**floating, r#"<lib_ref library_key="lib:O:L" blocks="[&quot;lb:O:L:unit:u&quot;]"/>"#);
    let entry = |usage: &str| structure.entry(&usage.parse().unwrap()).map(|id| &structure.node(id).usage);
    let inside = "lx-pb:5d2a1b7e-0000-4000-8000-000000000000:html:b:intro";
    assert_eq!(entry(inside).unwrap().block_id(), "b");
    assert_eq!(entry("lx-pb:5d2a1b7e-0000-4000-8000-000000000000:html:c:intro"), None);
    assert_eq!(entry("lx-pb:5d2a1b7e-0000-4000-8000-000000000000:html:a"), None, "of another type");
}

#[tokio::test]
async fn a_file_that_is_no_pathway_reads_as_empty_with_a_problem() {
    for text in ["", "{", "[]", r#"{"items": [{}]}"#] {
        let structure = structure(text).await;
        assert!(structure.is_empty(), "{text}");
        assert_eq!(structure.problems[0].code, "definition_unreadable", "{text}");
    }
}

#[tokio::test]
async fn reading_takes_two_calls_and_nothing_saved_is_no_fault() {
    let bundles = Arc::new(FixedBundles::default());
    let items: Vec<_> =
        (0..100).map(|n| json!({"original_usage_id": PROBLEM, "id": n.to_string()})).collect();
    bundles.put(bundle(1), draft(), [("pathway.json", json!({"items": items}).to_string())]);
    let plugin = PathwayContext::new(Arc::clone(&bundles) as Arc<_>);
    let record = record(PATHWAY, bundle(1), 0, Some(1));
    let full = plugin.structure(&record, ResolvedAt::Draft { revision: 1 }).await.unwrap();
    assert_eq!((full.len(), bundles.calls()), (100, 2));
    let empty = plugin.structure(&record, ResolvedAt::Version(0)).await.unwrap();
    assert!(empty.is_empty() && empty.problems.is_empty());
}
