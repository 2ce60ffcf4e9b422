//! The worked example of the proposal that asked for references to libraries: two of a library's problems,
//! at most three attempts each, one with a title of its own (unit-composition §1.1, §2.1).

use std::sync::Arc;

use compositor::{Composed, ComposedBlock, CompositionJson};
use serde_json::json;
use xblock::{Block, BlockState, Definition, Fields};

use crate::{
    support::registry,
    world::{Draws, World, findings},
};

const UNIT: &str = "block-v1:edX+UseLib+1+type@vertical+block@1";

async fn world() -> World {
    let world = World::new();
    world.library(
        "lib:orgX:someProblems",
        2,
        5,
        &[
            (
                "problem/abc",
                "<problem display_name='Library-defined problem title for ABC' max_attempts='1'/>",
            ),
            ("problem/xyz", "<problem display_name='Library-defined problem title for XYZ'/>"),
        ],
    );
    world.course(1, r#"<chapter url_name='c'><sequential url_name='s' max_attempts='9' weight='2'>
        <vertical url_name="1" display_name="Unit">
          <html url_name="2">words</html>
          <random_lib_ref url_name="3" library_key="lib:orgX:someProblems:v5" count="2"
             field_overrides='{"max_attempts": 3}'
             block_field_overrides='{"lb:orgX:someProblems:problem:xyz": {"display_name": "Custom problem title for XYZ!"}}'/>
          <video url_name="4"/>
        </vertical></sequential></chapter>"#);
    world
}

/// Returns a learner whose order is that of the example.
async fn learner_who_sees_abc_first(world: &World) -> String {
    for n in 0..100 {
        let learner = format!("learner-{n}");
        let composed = world.compose(UNIT, &learner, &mut Draws::new()).await;
        if composed.root.children[1].usage.as_str().contains(":abc:") {
            return learner;
        }
    }
    panic!("a shuffle of two blocks never gives their order");
}

#[tokio::test]
async fn it_comes_out_as_printed() {
    let world = world().await;
    assert!(findings(&*world.plan(UNIT).await).is_empty());
    let learner = learner_who_sees_abc_first(&world).await;
    let composed = world.compose(UNIT, &learner, &mut Draws::new()).await;

    assert_eq!(composed.root.usage.as_str(), UNIT);
    let name = |text: &str| Some(text.to_owned());
    assert_eq!(
        seen(&world, &composed).await,
        [
            ("block-v1:edX+UseLib+1+type@html+block@2", Some(9), None),
            (
                "lb-ref:someProblems:problem:abc:edX+UseLib+1+type@random_lib_ref+block@3",
                Some(3),
                name("Library-defined problem title for ABC"),
            ),
            (
                "lb-ref:someProblems:problem:xyz:edX+UseLib+1+type@random_lib_ref+block@3",
                Some(3),
                name("Custom problem title for XYZ!"),
            ),
            ("block-v1:edX+UseLib+1+type@video+block@4", Some(9), None),
        ]
    );
}

#[tokio::test]
async fn its_json_is_that_of_the_contract() {
    let world = world().await;
    let learner = learner_who_sees_abc_first(&world).await;
    let mut draws = Draws::new();
    let composed = world.compose(UNIT, &learner, &mut draws).await;
    let reference = "block-v1:edX+UseLib+1+type@random_lib_ref+block@3";
    let problem = |id: &str, overridden: &[&str]| {
        json!({
            "usage_key": format!("lb-ref:someProblems:problem:{id}:edX+UseLib+1+type@random_lib_ref+block@3"),
            "block_type": "problem",
            "definition": {
                "library": "lib:orgX:someProblems",
                "version": 5,
                "block": format!("lb:orgX:someProblems:problem:{id}"),
            },
            "source": reference,
            "overridden": overridden,
        })
    };
    let block = |block_type: &str, id: &str| {
        let key = format!("block-v1:edX+UseLib+1+type@{block_type}+block@{id}");
        json!({"usage_key": key, "block_type": block_type})
    };
    let expected = json!({"usage_key": UNIT, "children": [
        block("html", "2"),
        problem("abc", &["max_attempts"]),
        problem("xyz", &["display_name", "max_attempts"]),
        block("video", "4"),
    ]});
    assert_eq!(serde_json::to_value(composed.learner_json()).unwrap(), expected);
    // Authors get more beside it, and nothing of it changes.
    let plan = world.plan(UNIT).await;
    let author = Some(plan.author(plan.findings(), &composed.hidden, &|_| true, &|_| None));
    let json = serde_json::to_value(CompositionJson { author, ..composed.learner_json() }).unwrap();
    assert_eq!(
        (&json["children"], &json["hidden"], &json["problems"]),
        (&expected["children"], &json!([]), &json!([]))
    );
    assert_eq!(json["references"][0]["usage_key"], reference);

    // The event tells what was drawn, in the words of the learning record.
    let event = &composed.events[0];
    assert_eq!((composed.events.len(), event.name.as_str()), (1, "edx.librarycontentblock.content.assigned"));
    assert_eq!(event.data["previous_count"], json!(0));
    assert_eq!(event.data["max_count"], json!(2));
    assert_eq!(event.data["location"], json!(reference));
    assert_eq!(event.data["result"].as_array().unwrap().len(), 2);
    assert_eq!(
        event.data["added"][0],
        json!({
            "usage_key": "lb-ref:someProblems:problem:abc:edX+UseLib+1+type@random_lib_ref+block@3",
            "original_usage_key": "lb:orgX:someProblems:problem:abc",
            "original_usage_version": 5,
            "descendants": [],
        })
    );

    // Stored once: the second time nothing is drawn and nothing is told.
    let again = world.compose(UNIT, &learner, &mut draws).await;
    assert!(again.changed.is_empty() && again.events.is_empty());
    let keys = |c: &compositor::Composed| c.root.walk().map(|b| b.usage.clone()).collect::<Vec<_>>();
    assert_eq!(keys(&again), keys(&composed));
}

#[tokio::test]
async fn a_course_may_put_what_it_passes_on_before_what_libraries_set() {
    for (option, attempts) in [("", [7, 1, 3]), ("inherited_over_library='true'", [7, 9, 3])] {
        let world = World::new();
        let library =
            [("problem/a", "<problem max_attempts='1'/>"), ("problem/b", "<problem max_attempts='1'/>")];
        world.library("lib:O:L", 2, 1, &library);
        let unit = format!(
            r#"<chapter url_name='c'><sequential url_name='s' max_attempts='9' {option}><vertical url_name='v'>
                <problem url_name='own' max_attempts='7'/>
                <lib_ref url_name='r' library_key='lib:O:L' library_version='1'
                    block_field_overrides='{{"problem:b": {{"max_attempts": 3}}}}'/>
            </vertical></sequential></chapter>"#
        );
        world.course(1, &unit);
        let unit = "block-v1:edX+UseLib+1+type@vertical+block@v";
        let composed = world.compose(unit, "learner", &mut Draws::new()).await;
        let seen: Vec<_> = seen(&world, &composed).await.into_iter().map(|(_, max, _)| max).collect();
        assert_eq!(seen, attempts.map(Some), "{option}");
    }
}

/// Returns the blocks of a page with the attempts they allow and the titles they were given.
async fn seen<'c>(world: &World, composed: &'c Composed) -> Vec<(&'c str, Option<i64>, Option<String>)> {
    let blocks = &composed.root.children;
    let requests: Vec<_> =
        blocks.iter().map(|block| (Arc::clone(block.source()), &*block.overrides)).collect();
    let definitions = world.definitions.load_with_overrides(&requests).await.unwrap();
    let (registry, nothing) = (registry(), Fields::new());
    let nothing =
        BlockState { user_state: &nothing, preferences: &nothing, user_info: &nothing, summary: &nothing };
    let values = |(composed, definition): (&'c ComposedBlock, &Arc<Definition>)| {
        let block = Block {
            usage: &composed.usage,
            decl: registry.get(&definition.block_type).decl(),
            definition,
            placement: composed.placement(),
            state: nothing,
        };
        let title = block.lookup("display_name").filter(|(_, is_set)| *is_set);
        let title = title.map(|(title, _)| title.as_str().unwrap().to_owned());
        (composed.usage.as_str(), block.int("max_attempts"), title)
    };
    blocks.iter().zip(&definitions).map(values).collect()
}
