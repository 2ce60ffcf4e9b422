//! Sizes, circles and conflicts, through HTTP (unit-composition §2.3, §3.2, §8).

use actix_web::http::Method;
use learning_context::Role;
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp, Who},
    content::{COURSE, LIBRARY, block},
};

const API: &str = "/api/exedra/v1";
const LEARNER: Who = Who::Learner(7);

async fn send(app: &TestApp, method: Method, path: &str, body: Value) -> Answer {
    app.studio(method, &format!("{API}{path}")).by(Who::Staff).json(&body).send().await
}

/// Publishes a library of texts `h0`, `h1`, …
async fn texts(app: &TestApp, key: &str, number: usize) {
    let files: Vec<_> = (0..number).map(|n| format!("html/h{n}/definition.xml")).collect();
    let files: Vec<_> = files.iter().map(|path| (&**path, "<html/>")).collect();
    app.context(key, true, &files).await;
}

/// Publishes a course with one unit `u`.
async fn course(app: &TestApp, inside: &str) {
    let course = format!(
        "<course url_name=\"2026\" org=\"Org1\" course=\"C1\"><chapter url_name=\"c\"><sequential url_name=\"s\">\
         <vertical url_name=\"u\">{inside}<html url_name=\"w\">words</html></vertical></sequential></chapter></course>"
    );
    app.context(COURSE, false, &[("course.xml", &course)]).await;
}

async fn unit(app: &TestApp, key: &str) -> Value {
    app.get(&format!("{API}/units/{key}/"), LEARNER).await.is(200).json()
}

/// Returns the codes of what authors are told of a unit.
async fn told(app: &TestApp, key: &str) -> Vec<String> {
    let answer = app.get_studio(&format!("{API}/units/{key}/?view=author"), Who::Staff).await.is(200).json();
    let rows = ["problems", "hidden"]
        .into_iter()
        .flat_map(|name| answer[name].as_array().cloned().unwrap_or_default());
    rows.map(|row| row["code"].as_str().unwrap_or_default().to_owned()).collect()
}

#[actix_web::test]
async fn pools_of_two_thousand_blocks_are_saved_and_drawn_from_and_larger_ones_refused() {
    let app = TestApp::empty().await;
    for (slug, number) in [("half", 500), ("full", 2_000), ("over", 2_001)] {
        texts(&app, &format!("lib:O:{slug}"), number).await;
    }
    course(&app, "").await;
    let page = block("vertical", "u");
    for (slug, number) in [("half", 500), ("full", 2_000)] {
        let body = json!({"block_type": "random_lib_ref", "id": slug, "fields": {"library_key": format!("lib:O:{slug}"), "count": 3}});
        let made = send(&app, Method::POST, &format!("/units/{page}/references/"), body).await.is(201).json();
        assert_eq!(made["pool"].as_array().unwrap().len(), number);
    }
    let before = app.draft(COURSE).await;
    let body = json!({"block_type": "lib_ref", "id": "over", "fields": {"library_key": "lib:O:over"}});
    send(&app, Method::POST, &format!("/units/{page}/references/"), body)
        .await
        .problem(422, "pool_too_large");
    let change = json!({"fields": {"library_key": "lib:O:over"}});
    let full = format!("/references/{}/", block("random_lib_ref", "full"));
    send(&app, Method::PATCH, &full, change).await.problem(422, "pool_too_large");
    assert_eq!(app.draft(COURSE).await, before);
    // Picked by hand or by type, the pool is small again.
    let body = json!({"block_type": "lib_ref", "id": "picked", "fields": {"library_key": "lib:O:over", "blocks": ["html:h2000"]}});
    send(&app, Method::POST, &format!("/units/{page}/references/"), body).await.is(201);
    send(&app, Method::POST, &format!("/contexts/{COURSE}/publish/"), json!({"name": "n"})).await.is(200);
    let (statements, answer) =
        app.counted(app.learn(Method::GET, &format!("{API}/units/{page}/")).by(Who::Learner(8))).await;
    assert_eq!(answer.is(200).json()["children"].as_array().unwrap().len(), 8);
    assert_eq!(unit(&app, &page).await["children"].as_array().unwrap().len(), 8);
    let (again, answer) =
        app.counted(app.learn(Method::GET, &format!("{API}/units/{page}/")).by(LEARNER)).await;
    answer.is(200);
    assert!(again <= 4 && statements < 30, "{statements} and {again} statements");
}

#[actix_web::test]
async fn what_was_written_too_large_elsewhere_is_shown_up_to_the_limit_and_told_of() {
    let app = TestApp::empty().await;
    texts(&app, "lib:O:over", 2_001).await;
    texts(&app, "lib:O:many", 600).await;
    course(
        &app,
        "<lib_ref url_name=\"many\" library_key=\"lib:O:many\" library_version=\"1\"/>\
         <random_lib_ref url_name=\"over\" library_key=\"lib:O:over\" library_version=\"1\"/>",
    )
    .await;
    let page = block("vertical", "u");
    assert_eq!(unit(&app, &page).await["children"].as_array().unwrap().len(), 500);
    let codes = told(&app, &page).await;
    assert!(codes.iter().any(|code| code == "pool_too_large"), "{codes:?}");
}

/// A reference to the unit `u` of a library.
fn to_unit(id: &str, key: &str) -> String {
    format!("<lib_ref url_name=\"{id}\" library_key=\"{key}\" library_version=\"1\" blocks='[\"unit:u\"]'/>")
}

/// Returns the block ids of what learner 7 is shown of the unit `u` of the course.
async fn shown(app: &TestApp) -> Vec<String> {
    let unit = unit(app, &block("vertical", "u")).await;
    let children = unit["children"].as_array().unwrap().iter();
    children
        .map(|child| child["usage_key"].as_str().unwrap().split(':').nth(3).unwrap_or("own").to_owned())
        .collect()
}

#[actix_web::test]
async fn libraries_that_refer_to_each_other_and_to_themselves_are_not_followed() {
    let app = TestApp::empty().await;
    for (key, other) in [("lib:O:one", "lib:O:two"), ("lib:O:two", "lib:O:one"), ("lib:O:self", "lib:O:self")]
    {
        let files = [
            (
                "unit/u/definition.xml",
                "<unit><xblock-include definition=\"html/own\"/><xblock-include definition=\"lib_ref/on\"/></unit>",
            ),
            ("lib_ref/on/definition.xml", &*to_unit("on", other)),
            ("html/own/definition.xml", "<html/>"),
        ];
        app.context(key, true, &files).await;
    }
    course(&app, &format!("{}{}", to_unit("a", "lib:O:one"), to_unit("b", "lib:O:self"))).await;
    assert_eq!(shown(&app).await, ["u~own", "u~own", "own"]);
    assert_eq!(told(&app, &block("vertical", "u")).await, ["reference_in_library", "reference_in_library"]);
    for usage in ["lb:O:one:unit:u", "lb:O:two:unit:u", "lb:O:self:unit:u"] {
        app.get(&format!("/units/{usage}"), LEARNER).await.is(200);
        app.get_studio(&format!("/units/{usage}"), Who::Staff).await.is(200);
    }
}

#[actix_web::test]
async fn circles_of_includes_end_where_they_close() {
    let app = TestApp::empty().await;
    let include = |paths: [&str; 2]| {
        let [first, second] = paths.map(|path| format!("<xblock-include definition=\"{path}\"/>"));
        format!("<unit>{first}{second}</unit>")
    };
    let files = [
        ("unit/u/definition.xml", include(["html/a", "unit/v"])),
        ("unit/v/definition.xml", include(["html/b", "unit/u"])),
        ("unit/w/definition.xml", include(["html/a", "unit/w"])),
        ("html/a/definition.xml", "<html/>".to_owned()),
        ("html/b/definition.xml", "<html/>".to_owned()),
    ];
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, &**text)).collect();
    app.context("lib:O:round", true, &files).await;
    course(
        &app,
        &format!(
            "{}{}",
            to_unit("a", "lib:O:round"),
            to_unit("b", "lib:O:round").replace("unit:u", "unit:w")
        ),
    )
    .await;
    assert_eq!(shown(&app).await, ["u~a", "u~v~b", "w~a", "own"]);
    let answer =
        app.get_studio(&format!("{API}/contexts/lib:O:round/blocks/"), Who::Staff).await.is(200).json();
    let problems = answer["problems"].as_array().unwrap();
    let paths = [
        "lb:O:round:unit:u > lb:O:round:unit:v > lb:O:round:unit:u",
        "lb:O:round:unit:w > lb:O:round:unit:w",
    ];
    assert_eq!(problems.len(), paths.len(), "told of where they can be mended: {problems:?}");
    for (problem, path) in problems.iter().zip(paths) {
        assert_eq!(problem["code"], "include_cycle");
        assert!(problem["message"].as_str().unwrap().ends_with(path), "{problem}");
    }
    for usage in ["lb:O:round:unit:u", "lb:O:round:unit:v", "lb:O:round:unit:w"] {
        app.get(&format!("/units/{usage}"), LEARNER).await.is(200);
    }
}

#[actix_web::test]
async fn the_ninth_level_is_hidden_and_told_of() {
    let app = TestApp::empty().await;
    let mut files = vec![("html/h/definition.xml".to_owned(), "<html/>".to_owned())];
    for depth in 1..=12 {
        let inside = format!(
            "<xblock-include definition=\"html/h\"/><xblock-include definition=\"unit/u{}\"/>",
            depth + 1
        );
        files.push((format!("unit/u{depth}/definition.xml"), format!("<unit>{inside}</unit>")));
    }
    files.push(("unit/u13/definition.xml".to_owned(), "<unit/>".to_owned()));
    let files: Vec<_> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    app.context("lib:O:deep", true, &files).await;
    course(&app, &to_unit("r", "lib:O:deep").replace("unit:u", "unit:u1")).await;
    let shown = shown(&app).await;
    let depths: Vec<usize> = shown.iter().map(|path| path.matches('~').count()).collect();
    assert_eq!(depths, [1, 2, 3, 4, 5, 6, 7, 0], "{shown:?}");
    assert!(told(&app, &block("vertical", "u")).await.contains(&"include_too_deep".to_owned()));
    app.get("/units/lb:O:deep:unit:u1", LEARNER).await.is(200);
}

#[actix_web::test]
async fn a_unit_never_gets_a_fifty_first_reference() {
    let app = TestApp::new().await;
    let record = app.shared.contexts.record(&COURSE.parse().unwrap()).await.unwrap();
    let references: String = (0..50)
        .map(|n| format!("<lib_ref url_name=\"n{n}\" library_key=\"{LIBRARY}\" library_version=\"1\" blocks='[\"html:intro\"]'/>"))
        .collect();
    app.write(record.bundle, &[("vertical/random.xml", &format!("<vertical>{references}</vertical>"))]).await;
    app.publish(record.bundle).await;
    let (page, one) = (block("vertical", "random"), block("lib_ref", "n7"));
    assert_eq!(unit(&app, &page).await["children"].as_array().unwrap().len(), 50);
    let before = app.draft(COURSE).await;
    let other = block("lib_ref", "chosen");
    for (path, body) in [
        (format!("/units/{page}/references/"), json!({"block_type": "lib_ref"})),
        (format!("/units/{one}/duplicate/"), json!({})),
        (format!("/units/{page}/children/"), json!({"copy": one})),
        (format!("/blocks/{other}/move/"), json!({"parent": page})),
    ] {
        let answer = send(&app, Method::POST, &path, body).await;
        answer.problem(422, "too_many_references");
    }
    assert_eq!(app.draft(COURSE).await, before);
    // The unit itself may be copied.
    send(&app, Method::POST, &format!("/units/{page}/duplicate/"), json!({})).await.is(201);
    send(&app, Method::POST, &format!("/blocks/{one}/move/"), json!({"parent": page, "index": 0}))
        .await
        .is(200);
}

#[actix_web::test]
async fn a_reference_never_comes_to_draw_from_another_library_of_the_slug() {
    let app = TestApp::new().await;
    texts(&app, "lib:Org2:lib1", 2).await;
    let path = format!("/references/{}/", block("lib_ref", "chosen"));
    for key in ["lib:Org2:lib1", "lib:Org2:lib1:v1", "lib:other.example:Org1:lib1"] {
        send(&app, Method::PATCH, &path, json!({"fields": {"library_key": key}}))
            .await
            .problem(409, "library_slug_conflict");
    }
    // Not in two steps either.
    send(&app, Method::PATCH, &path, json!({"fields": {"library_key": null}})).await.is(200);
    let answer = send(&app, Method::PATCH, &path, json!({"fields": {"library_key": "lib:Org2:lib1"}})).await;
    answer.problem(409, "library_slug_conflict");
    send(&app, Method::PATCH, &path, json!({"fields": {"library_key": LIBRARY}})).await.is(200);
}

#[actix_web::test]
async fn settings_of_references_are_checked_wherever_they_are_saved() {
    let app = TestApp::new().await;
    let key = block("lib_ref", "chosen");
    let before = app.draft(COURSE).await;
    let path = format!("/api/xblock/v2/xblocks/{key}/fields/");
    for metadata in [
        json!({"count": 0}),
        json!({"library_key": "lib:Org2:lib1"}),
        json!({"field_overrides": {"display_name": "x".repeat(70_000)}}),
        json!({"field_overrides": {"children": []}}),
        json!({"blocks": "x"}),
    ] {
        let body = json!({"metadata": metadata});
        let answer = app.studio(Method::POST, &path).by(Who::Staff).json(&body).send().await;
        answer.refused(&metadata.to_string());
    }
    assert_eq!(app.draft(COURSE).await, before);
}

#[actix_web::test]
async fn an_entity_tag_never_names_two_states() {
    let app = TestApp::new().await;
    app.role(COURSE, Role::Author).await;
    let mut met: Vec<(String, String)> = Vec::new();
    let versions = format!("{API}/contexts/{COURSE}/versions/");
    let reference = format!("{API}/references/{}/", block("lib_ref", "chosen"));
    let path = format!("/references/{}/", block("lib_ref", "chosen"));
    for round in 0..3 {
        for step in 0..4 {
            let body = json!({"fields": {"display_name": format!("{round} {step}")}});
            match step {
                0 | 1 => drop(send(&app, Method::PATCH, &path, body).await.is(200)),
                2 if round % 2 == 0 => drop(
                    send(&app, Method::POST, &format!("/contexts/{COURSE}/publish/"), json!({"name": "n"}))
                        .await
                        .is(200),
                ),
                2 => drop(
                    send(&app, Method::DELETE, &format!("/contexts/{COURSE}/draft/"), json!({}))
                        .await
                        .is(204),
                ),
                _ => {}
            }
            let state = format!("{:?}", app.draft(COURSE).await.1);
            for tag in [
                app.get_studio(&versions, Who::Staff).await.is(200),
                app.get_studio(&reference, Who::Staff).await.is(200),
            ] {
                let tag = tag.header("etag").to_owned();
                assert!(!tag.is_empty());
                let other = met.iter().find(|(old, content)| *old == tag && *content != state);
                assert_eq!(other, None, "{tag} in round {round}, step {step}");
                met.push((tag, state.clone()));
            }
        }
    }
}

#[actix_web::test]
async fn a_unit_stays_when_its_last_block_goes() {
    let app = TestApp::empty().await;
    texts(&app, "lib:O:one", 1).await;
    course(&app, "").await;
    let (page, words) = (block("vertical", "u"), block("html", "w"));
    let gone = app.studio(Method::DELETE, &format!("{API}/blocks/{words}/")).by(Who::Staff).send().await;
    gone.is(204);
    let path = format!("{API}/units/{page}/");
    app.get_studio(&path, Who::Staff).await.is(200);
    let body = json!({"block_type": "lib_ref", "id": "only", "fields": {"library_key": "lib:O:one"}});
    send(&app, Method::POST, &format!("/units/{page}/references/"), body).await.is(201);
    let only = block("lib_ref", "only");
    app.studio(Method::DELETE, &format!("{API}/references/{only}/")).by(Who::Staff).send().await.is(204);
    app.get_studio(&path, Who::Staff).await.is(200);
    send(&app, Method::POST, &format!("/units/{page}/duplicate/"), json!({})).await.is(201);
}

#[actix_web::test]
async fn updates_that_make_a_pool_too_large_are_refused_one_by_one_and_together() {
    let app = TestApp::empty().await;
    texts(&app, "lib:O:grows", 2_000).await;
    let library = app.shared.contexts.record(&"lib:O:grows".parse().unwrap()).await.unwrap().bundle;
    course(&app, "<lib_ref url_name=\"r\" library_key=\"lib:O:grows\" library_version=\"1\"/>").await;
    app.write(library, &[("html/more/definition.xml", "<html/>")]).await;
    assert_eq!(app.publish(library).await, 2);
    let before = app.draft(COURSE).await;
    let key = block("lib_ref", "r");
    let one = send(&app, Method::POST, &format!("/references/{key}/update/"), json!({"to": 2})).await;
    one.problem(422, "pool_too_large");
    let all = "/references/update/?context=course-v1%3AOrg1%2BC1%2B2026";
    let done = send(&app, Method::POST, all, json!({})).await.is(200).json();
    assert_eq!(done["results"][0]["status"], "refused");
    assert_eq!(done["results"][0]["errors"][0]["code"], "pool_too_large");
    assert_eq!(app.draft(COURSE).await, before);
}
