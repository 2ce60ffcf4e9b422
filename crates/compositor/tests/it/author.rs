//! What authors see beside the blocks of a learner (unit-composition §1.5, §2.1, §7).

use std::{collections::HashMap, sync::Arc};

use opaque_keys::LearningContextKey;
use serde_json::{Value, json};

use crate::world::{Draws, World};

const UNIT: &str = "block-v1:edX+UseLib+1+type@vertical+block@u";
const REFERENCE: &str = "block-v1:edX+UseLib+1+type@random_lib_ref+block@r";

fn library(world: &World) {
    world.library(
        "lib:O:L",
        2,
        1,
        &[
            ("problem/a_b", "<problem/>"),
            ("problem/b", "<problem display_name='Beta'/>"),
            ("html/c", "<html display_name='  '/>"),
            ("unit/u", "<unit display_name='Unit'><xblock-include definition='html/c'/></unit>"),
        ],
    );
}

/// Returns what an author of the unit gets who may look into the libraries that `may_view` names.
async fn author(world: &World, may_view: &[&str]) -> Value {
    let plan = world.plan(UNIT).await;
    let may_view = |key: &LearningContextKey| may_view.contains(&key.as_str());
    let sources = plan.pool_sources(&may_view);
    let definitions = world.definitions.load(&sources).await.unwrap();
    let found: HashMap<_, _> = sources.iter().map(|source| source.digest).zip(definitions).collect();
    let composed = world.compose(UNIT, "ann", &mut Draws::new()).await;
    let view = plan.author(plan.findings(), &composed.hidden, &may_view, &|source| {
        found.get(&source.digest).map(Arc::clone)
    });
    serde_json::to_value(view).unwrap()
}

fn codes(findings: &Value) -> Vec<&str> {
    findings.as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn authors_see_references_with_their_pools() {
    let world = World::new();
    library(&world);
    world.course(1, r#"<vertical url_name='u'><random_lib_ref url_name='r' library_key='lib:O:L' library_version='1' count='9' group='g'
        blocks='["problem:b", "lct:O:L:unit:u", "problem:a_b", "html:c"]' field_overrides='{"weight": 2}' block_field_overrides='{"problem:a_b": {"display_name": "Mine"}, "html:gone": {"weight": 1}}'/></vertical>"#);
    let view = author(&world, &["lib:O:L"]).await;
    let reference = &view["references"][0];
    assert_eq!(reference["usage_key"], REFERENCE);
    let key = |block: &str| format!("lb-ref:L:{block}:{}", REFERENCE.replace("block-v1:", ""));
    let block = |block_type: &str, id: &str, display_name: &str, overridden: &[&str]| {
        json!({
            "usage_key": key(&format!("{block_type}:{id}")),
            "block": format!("lb:O:L:{block_type}:{id}"),
            "block_type": block_type,
            "display_name": display_name,
            "overridden": overridden,
        })
    };
    assert_eq!(
        reference["pool"],
        json!([
            block("problem", "b", "Beta", &["weight"]),
            // A unit is one block of the pool.
            block("unit", "u", "Unit", &["weight"]),
            block("problem", "a_b", "Mine", &["display_name", "weight"]),
            block("html", "c", "c", &["weight"]),
        ])
    );
    let settings = [
        "library_key",
        "version",
        "library_version",
        "count",
        "shuffle",
        "manual",
        "allow_reset",
        "group",
        "summary",
        "display_name",
    ];
    let said: Vec<&Value> = settings.iter().map(|name| &reference[name]).collect();
    let expected = json!(["lib:O:L", 1, "1", 9, true, true, false, "g", null, "Problem Bank"]);
    assert_eq!(said, expected.as_array().unwrap().iter().collect::<Vec<_>>());
    assert_eq!(codes(&reference["findings"]), ["pool_too_small", "override_orphan"]);
    assert_eq!(view["problems"], reference["findings"]);
    assert_eq!(view["hidden"], json!([]));
}

#[tokio::test]
async fn the_first_error_is_the_summary_and_hides_its_reference_alone() {
    let world = World::new();
    library(&world);
    world.course(
        1,
        r#"<vertical url_name='u'><lib_ref url_name='none' display_name='x'/>
        <random_lib_ref url_name='r' library_key='lib:O:L' library_version='3' count='0' shuffle='maybe'/>
        <lib_ref url_name='ok' library_key='lib:O:L' library_version='1' blocks='["html:c"]'/></vertical>"#,
    );
    let view = author(&world, &["lib:O:L"]).await;
    let references = view["references"].as_array().unwrap();
    assert_eq!(
        codes(&references[1]["findings"]),
        ["count_invalid", "field_invalid", "library_version_missing"]
    );
    let summaries: Vec<_> = references
        .iter()
        .map(|r| (r["summary"]["code"].clone(), r["remedies"].clone(), r["pool"].is_null()))
        .collect();
    assert_eq!(
        summaries,
        [
            (json!("library_not_selected"), json!(["choose_library"]), true),
            (json!("count_invalid"), json!(["set_count"]), true),
            (Value::Null, json!([]), false),
        ]
    );
    assert_eq!(codes(&view["hidden"]), ["library_not_selected", "library_version_missing"]);
    assert_eq!(world.compose(UNIT, "ann", &mut Draws::new()).await.root.children.len(), 1);
}

#[tokio::test]
async fn a_library_an_author_may_not_view_looks_like_a_missing_one() {
    // Its blocks are on the page, so that it is here is known; what is in it is not told.
    let world = World::new();
    library(&world);
    world.course(1, r#"<vertical url_name='u'><random_lib_ref url_name='r' library_key='lib:O:L' library_version='1' count='9' shuffle='maybe' blocks='["problem:b", "html:gone"]' field_overrides='{"nothing": 1}'/></vertical>"#);
    let view = author(&world, &[]).await;
    assert_eq!(codes(&view["problems"]), ["field_invalid", "library_no_access"]);
    let reference = &view["references"][0];
    assert_eq!((&reference["pool"], &reference["version"]), (&Value::Null, &Value::Null));
    assert_eq!(reference["summary"]["code"], "library_no_access");
    assert!(!view.to_string().contains("Beta") && !view.to_string().contains("gone"));

    // A version that is missing and a library that is missing cannot be told apart.
    let mut views = Vec::new();
    for is_here in [true, false] {
        let world = World::new();
        if is_here {
            library(&world);
        }
        world.course(1, "<vertical url_name='u'><random_lib_ref url_name='r' library_key='lib:O:L' library_version='7'/></vertical>");
        views.push(author(&world, &[]).await);
    }
    assert_eq!(views[0], views[1]);
    assert_eq!(codes(&views[0]["problems"]), ["library_missing"]);
    assert_eq!(codes(&views[0]["hidden"]), ["library_missing"]);
}

#[tokio::test]
async fn authors_are_told_of_blocks_of_a_pool_that_cannot_be_read() {
    let world = World::new();
    world.library(
        "lib:O:L",
        2,
        1,
        &[("html/good", "<html>x</html>"), ("problem/bad", "<problem><p></problem>")],
    );
    world.course(
        1,
        "<vertical url_name='u'><lib_ref url_name='r' library_key='lib:O:L' library_version='1'/></vertical>",
    );
    let view = author(&world, &["lib:O:L"]).await;
    assert_eq!(codes(&view["problems"]), ["definition_unreadable"]);
    assert_eq!(view["problems"][0]["source"], "lb:O:L:problem:bad");
    assert_eq!(view["references"][0]["summary"], Value::Null, "the others of the pool are shown");
    // What is wrong inside a library is told to those who may look into it.
    assert_eq!(codes(&author(&world, &[]).await["problems"]), ["library_no_access"]);
}
