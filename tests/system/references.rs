//! Units with references to library blocks, as one learner sees them (unit-composition §2 to §5).

use std::collections::BTreeSet;

use actix_web::http::Method;
use learning_context::Role;
use serde_json::Value;

use crate::{
    app::{BLOCKS, TestApp, Who, attributes, count, text},
    content::{COURSE, INTRO, LIBRARY, P1, UNIT, block, choice},
};

const LEARNER: Who = Who::Learner(7);

async fn children(app: &TestApp, unit: &str, who: Who) -> Vec<Value> {
    let path = format!("/api/exedra/v1/units/{}/", block("vertical", unit));
    let answer = app.get(&path, who).await.is(200).json();
    answer["children"].as_array().unwrap().clone()
}

fn keys(children: &[Value]) -> Vec<String> {
    let inside = |child: &Value| match child["children"].as_array() {
        Some(more) => keys(more),
        None => vec![child["usage_key"].as_str().unwrap().to_owned()],
    };
    children.iter().flat_map(inside).collect()
}

#[actix_web::test]
async fn chosen_blocks_have_keys_of_their_own_and_overrides_apply() {
    let app = TestApp::new().await;
    let blocks = keys(&children(&app, "fixed", LEARNER).await);
    assert_eq!(blocks.len(), 3, "the missing library hides its reference alone: {blocks:?}");
    assert_eq!(blocks[0], block("html", "words"));
    let (intro, problem) = (&blocks[1], &blocks[2]);
    for key in [intro, problem] {
        assert!(key.starts_with("lb-ref:"), "{key}");
        assert_eq!(key.parse::<opaque_keys::UsageKey>().unwrap().to_string(), *key);
    }
    let page = app.get(&format!("/units/{}", block("vertical", "fixed")), LEARNER).await.is(200).html();
    for key in &blocks {
        assert_eq!(count(&page, &format!("[data-usage='{key}']")), 1, "{key}");
    }
    assert!(
        text(&page, ".submission-feedback").starts_with("You have used 0 of 7"),
        "max_attempts is overridden"
    );
    // Version 1 is pinned, whatever was published since.
    assert_eq!(text(&page, &format!("[data-usage='{intro}'] p")), "Old");
    let answer = app.get(&format!("{BLOCKS}{intro}/"), LEARNER).await.is(200).json();
    assert_eq!((&answer["display_name"], &answer["block_id"]), (&"Renamed".into(), &(**intro).into()));
    let own = app.get(&format!("{BLOCKS}{P1}/view/student_view/"), LEARNER).await.is(200).html();
    assert!(text(&own, ".submission-feedback").starts_with("You have used 0 of 2"), "only there");
}

#[actix_web::test]
async fn authors_are_told_what_is_hidden() {
    let app = TestApp::new().await;
    let path = format!("/api/exedra/v1/units/{}/?view=author", block("vertical", "fixed"));
    let answer = app.get_studio(&path, Who::Staff).await.is(200);
    assert!(answer.json()["hidden"].to_string().contains(&block("lib_ref", "lost")), "{}", answer.text());
    assert!(answer.json()["problems"].to_string().contains("no_such"), "{}", answer.text());
    app.get(&path, LEARNER).await.is(403).refused("learners are not told");
}

#[actix_web::test]
async fn a_block_used_through_a_reference_is_answered_and_kept_apart() {
    let app = TestApp::new().await;
    let key = keys(&children(&app, "fixed", LEARNER).await).pop().unwrap();
    let page = app.get(&format!("/units/{}", block("vertical", "fixed")), LEARNER).await.html();
    let name = attributes(&page, &format!("[data-usage='{key}'] input[type=radio]"), "name").remove(0);
    let path = app.handler(&key, "7", "xmodule_handler/problem_check");
    let answer = app.learn(Method::POST, &path).form(&[(&name, "choice_1")]).send().await.is(200).json();
    assert_eq!((&answer["success"], &answer["attempts_used"]), (&"correct".into(), &1.into()));
    let state = app.state("7", &[&key, P1]).await;
    assert_eq!(state.blocks[&key.parse().unwrap()].score, Some((1.0, 1.0)));
    assert_eq!(state.blocks.len(), 1, "the library's own block is another one");
    for _ in 0..6 {
        app.learn(Method::POST, &path).form(&[(&name, "choice_0")]).send().await.is(200);
    }
    app.learn(Method::POST, &path).form(&[(&name, "choice_1")]).send().await.is(409);
    // What the reference does not stand for is not there, though the library has it.
    let other = key.replace("p1", "p2");
    assert_ne!(other, key);
    let path = app.handler(&other, "7", "xmodule_handler/problem_check");
    app.learn(Method::POST, &path).form(&[]).send().await.is(404).refused(&other);
    app.get(&format!("{BLOCKS}{other}/"), LEARNER).await.is(404).refused(&other);
}

#[actix_web::test]
async fn a_draw_stays_and_only_what_was_drawn_is_there() {
    let app = TestApp::new().await;
    let first = children(&app, "random", LEARNER).await;
    assert_eq!(keys(&first).len(), 2);
    let page = app.get(&format!("/units/{}", block("vertical", "random")), LEARNER).await.is(200).html();
    let shown: Vec<_> = attributes(&page, "[data-usage^='lb-ref:']", "data-usage");
    assert_eq!(shown, keys(&first));
    for _ in 0..3 {
        assert_eq!(children(&app, "random", LEARNER).await, first);
    }
    let mut drawn = BTreeSet::new();
    for id in 100..116 {
        let keys = keys(&children(&app, "random", Who::Learner(id)).await);
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 2);
        drawn.extend(keys);
    }
    assert_eq!(drawn.len(), 4, "all of the pool is drawn by somebody: {drawn:?}");
    let mine = keys(&first);
    for key in &drawn {
        let path = app.handler(key, "7", "xmodule_handler/problem_get");
        let answer = app.learn(Method::POST, &path).form(&[]).send().await;
        let expected = if mine.contains(key) { 200 } else { 404 };
        assert_eq!(answer.status, expected, "{key}");
        let answer = app.get(&format!("{BLOCKS}{key}/view/student_view/"), LEARNER).await;
        assert_eq!(answer.status, expected, "{key}");
    }
}

#[actix_web::test]
async fn a_draw_survives_new_versions_of_the_library() {
    let app = TestApp::new().await;
    let first = children(&app, "random", LEARNER).await;
    let key = LIBRARY.parse().unwrap();
    let record = app.shared.contexts.record(&key).await.unwrap();
    let more: Vec<_> = (0..9).map(|i| (format!("problem/new{i}/definition.xml"), "<problem/>")).collect();
    let more: Vec<_> = more.iter().map(|(path, text)| (&**path, *text)).collect();
    app.write(record.bundle, &more).await;
    app.publish(record.bundle).await;
    assert_eq!(children(&app, "random", LEARNER).await, first);
}

#[actix_web::test]
async fn parallel_first_looks_draw_once() {
    let app = TestApp::new().await;
    let looks = futures_util::future::join_all((0..8).map(|_| async {
        let path = format!("/api/exedra/v1/units/{}/view/student_view/", block("vertical", "random"));
        let answer = app.get(&path, LEARNER).await.is(200);
        attributes(&answer.html(), "[data-usage^='lb-ref:']", "data-usage")
    }))
    .await;
    assert!(looks.iter().all(|look| look == &looks[0] && look.len() == 2), "{looks:?}");
    let drawn = app.events().await.iter().filter(|e| e.name.contains("assigned")).count();
    assert_eq!(drawn, 1, "{:?}", app.events().await);
}

#[actix_web::test]
async fn a_unit_is_one_fragment_with_all_its_handlers() {
    let app = TestApp::new().await;
    let unit = block("vertical", "fixed");
    let path = format!("/api/exedra/v1/units/{unit}/view/student_view/");
    let answer = app.get(&path, LEARNER).await.is(200);
    let json = answer.json();
    let handlers: Vec<_> = json["handler_urls"].as_object().unwrap().keys().cloned().collect();
    for key in keys(&children(&app, "fixed", LEARNER).await) {
        assert!(handlers.contains(&key), "{key} in {handlers:?}");
    }
    assert!(json["url"].as_str().unwrap().ends_with(&format!("/units/{unit}")));
    app.get(&path, Who::Nobody).await.is(403).refused("anonymous");
    app.get("/api/exedra/v1/units/nonsense/", LEARNER).await.is(404).refused("nonsense");
    app.get(&format!("/api/exedra/v1/units/{INTRO}/"), LEARNER).await.is(200);
}

#[actix_web::test]
async fn drawing_again_clears_what_is_inside_the_children_too() {
    let app = TestApp::empty().await;
    let course = format!(
        "<course url_name=\"2026\" org=\"Org1\" course=\"C1\"><chapter url_name=\"ch\"><sequential url_name=\"sq\">\
         <vertical url_name=\"v\"><library_content url_name=\"bank\" max_count=\"1\" allow_resetting_children=\"true\">\
         <vertical url_name=\"inner\">{}</vertical></library_content></vertical></sequential></chapter></course>",
        choice("url_name=\"deep\"")
    );
    app.context(COURSE, false, &[("course.xml", &course)]).await;
    let (bank, problem) = (block("library_content", "bank"), block("problem", "deep"));
    let page = app.get(&format!("/units/{}", block("vertical", "v")), LEARNER).await.is(200).html();
    let name = attributes(&page, "input[type=radio]", "name").remove(0);
    let check = app.handler(&problem, "7", "xmodule_handler/problem_check");
    app.learn(Method::POST, &check).form(&[(&name, "choice_1")]).send().await.is(200);
    assert_eq!(app.state("7", &[&problem]).await.blocks[&problem.parse().unwrap()].score, Some((1.0, 1.0)));
    let again = app.handler(&bank, "7", "reset_selected_children/");
    let answer = app.learn(Method::POST, &again).form(&[]).send().await.is(200);
    assert!(answer.json().as_str().unwrap().contains("data-usage"), "{}", answer.text());
    let state = app.state("7", &[&problem]).await;
    let row = &state.blocks[&problem.parse().unwrap()];
    assert_eq!((row.score, row.fields.len()), (None, 0));
}

#[actix_web::test]
async fn a_unit_of_a_library_answers_to_its_container_key() {
    let app = TestApp::new().await;
    for path in ["/api/exedra/v1/units/", BLOCKS] {
        let by_block = app.get(&format!("{path}{UNIT}/"), Who::Staff).await.is(200).json();
        let by_container = app.get(&format!("{path}lct:Org1:lib1:unit:u1/"), Who::Staff).await.is(200).json();
        assert_eq!(by_container, by_block);
        app.get(&format!("{path}lct:Org1:lib1:unit:none/"), Who::Staff).await.is(404);
        app.get(&format!("{path}lct:Org1:nowhere:unit:u1/"), Who::Staff).await.is(404);
        app.get_studio(&format!("{path}lct:Org1:lib1:unit:u1@1/"), Who::Staff).await.is(200);
    }
    let page = app.get("/units/lct:Org1:lib1:unit:u1", Who::Staff).await.is(200).html();
    assert_eq!(count(&page, &format!("[data-usage='{P1}']")), 1);
    app.get("/units/lct:Org1:closed:unit:u1", LEARNER).await.is(403);
}

/// A course with a reference to the open library and one to the library nobody was let into.
async fn with_a_closed_library(app: &TestApp) -> String {
    let course = "<course url_name=\"r\" org=\"O\" course=\"C\"><chapter url_name=\"c\"><sequential url_name=\"s\">\
        <vertical url_name=\"u\"><random_lib_ref url_name=\"a\" display_name=\"Two of it\" library_key=\"lib:Org1:lib1\" \
        library_version=\"1\" count=\"2\" block_types='[\"problem\"]' block_field_overrides='{\"problem:p1\": {\"display_name\": \"Mine\"}}'/>\
        <lib_ref url_name=\"b\" library_key=\"lib:Org1:closed\" library_version=\"1\" colour=\"blue\"/>\
        </vertical></sequential></chapter></course>";
    app.context("course-v1:O+C+r", false, &[("course.xml", course)]).await;
    "block-v1:O+C+r+type@vertical+block@u".to_owned()
}

#[actix_web::test]
async fn the_author_view_tells_of_libraries_what_this_author_may_know() {
    let app = TestApp::new().await;
    let unit = with_a_closed_library(&app).await;
    app.role("course-v1:O+C+r", Role::Author).await;
    app.role(LIBRARY, Role::Read).await;
    let path = format!("/api/exedra/v1/units/{unit}/?view=author");
    let codes = |findings: &Value| -> Vec<String> {
        let codes = findings.as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap().to_owned());
        codes.collect()
    };
    let names = |pool: &Value| -> Vec<String> {
        let blocks = pool.as_array().unwrap().iter();
        blocks.map(|block| block["display_name"].as_str().unwrap().to_owned()).collect()
    };
    let author = app.get_studio(&path, Who::Author).await.is(200).json();
    let (open, closed) = (&author["references"][0], &author["references"][1]);
    assert_eq!(names(&open["pool"]), ["Mine", "Pick two", "Pick two", "Pick two"]);
    assert_eq!(codes(&open["findings"]), ["update_available"]);
    assert_eq!(codes(&closed["findings"]), ["unknown_attribute", "library_no_access"]);
    assert_eq!((&closed["pool"], &closed["version"]), (&Value::Null, &Value::Null));
    // What learners see is the same for everyone.
    let staff = app.get_studio(&path, Who::Staff).await.is(200).json();
    assert_eq!(names(&staff["references"][1]["pool"]), ["Intro"]);
    let learner = app.get(&format!("/api/exedra/v1/units/{unit}/"), LEARNER).await.is(200).json();
    assert_eq!(learner["children"].as_array().unwrap().len(), 3);
    assert!(learner.get("references").is_none());
}

#[actix_web::test]
async fn the_studio_page_boxes_references_above_what_a_learner_sees() {
    let app = TestApp::new().await;
    let unit = with_a_closed_library(&app).await;
    let page = app.get_studio(&format!("/units/{unit}"), Who::Staff).await.is(200).html();
    assert_eq!(count(&page, "article.reference"), 2);
    assert_eq!(text(&page, "article.reference h3"), "Two of it");
    assert_eq!(
        text(&page, ".reference-draws"),
        "Each learner sees 2 of the 4 blocks of the pool, in an order of their own. It is drawn from lib:Org1:lib1, version 1."
    );
    assert_eq!(count(&page, "article.reference:first-of-type details li"), 4);
    assert_eq!(attributes(&page, ".reference details a", "href")[0], format!("/units/{P1}"));
    assert_eq!(text(&page, ".reference-overridden"), "changed here: Title");
    assert_eq!(count(&page, "main [data-usage^='lb-ref:']"), 3);
    // No box for learners, nor where there is no reference.
    let learners = app.get(&format!("/units/{unit}"), Who::Staff).await.is(200).html();
    assert_eq!(count(&learners, "article.reference, .unit-references"), 0);
    let plain = app.get_studio(&format!("/units/{UNIT}"), Who::Staff).await.is(200).html();
    assert_eq!(count(&plain, "article.reference, .unit-references"), 0);
}
