//! Reading and saving authored fields (xblock-rest-api §2.6).

use actix_web::http::Method;
use learning_context::Role;
use serde_json::{Value, json};

use crate::{
    app::{Answer, BLOCKS, TestApp, Who},
    content::{INTRO, LIBRARY, P1, choice},
};

fn path(usage: &str) -> String {
    format!("{BLOCKS}{usage}/fields/")
}

async fn save(app: &TestApp, usage: &str, body: &Value) -> Answer {
    app.studio(Method::POST, &path(usage)).by(Who::Author).json(body).send().await
}

async fn authored() -> TestApp {
    let app = TestApp::new().await;
    app.role(LIBRARY, Role::Author).await;
    app
}

#[actix_web::test]
async fn fields_are_read_and_saved_as_editors_do() {
    let app = authored().await;
    let stored =
        json!({"display_name": "Intro", "metadata": {"display_name": "Intro"}, "data": "<p>Draft</p>"});
    app.get_studio(&path(INTRO), Who::Author).await.says(200, &stored);
    let body = json!({"category": "html", "courseKey": LIBRARY, "data": "<p>New</p>", "has_changes": true,
        "id": INTRO, "metadata": {"display_name": "New title"}});
    let saved = json!({"id": INTRO, "display_name": "New title",
        "metadata": {"display_name": "New title"}, "data": "<p>New</p>"});
    save(&app, INTRO, &body).await.says(200, &saved);
    let view = app.get_studio(&format!("{BLOCKS}{INTRO}/view/student_view/"), Who::Author).await.is(200);
    assert!(view.json()["content"].as_str().unwrap().contains("<p>New</p>"), "the draft is shown at once");
    let learn = app.get(&format!("{BLOCKS}{INTRO}/view/student_view/"), Who::Author).await.is(200);
    assert!(
        learn.json()["content"].as_str().unwrap().contains("<p>Hello</p>"),
        "learners see what is published"
    );
}

#[actix_web::test]
async fn null_resets_and_absent_leaves() {
    let app = authored().await;
    let metadata = async |body: Value| save(&app, P1, &body).await.is(200).json()["metadata"].clone();
    let set = json!({"metadata": {"weight": 2.5, "showanswer": "always"}});
    assert_eq!(
        metadata(set).await,
        json!({"display_name": "Pick one", "max_attempts": 2, "weight": 2.5, "showanswer": "always"})
    );
    let reset = json!({"data": null, "metadata": {"max_attempts": null, "showanswer": null}});
    assert_eq!(metadata(reset).await, json!({"display_name": "Pick one", "weight": 2.5}));
    let read = app.get_studio(&path(P1), Who::Author).await.is(200).json();
    assert_eq!(read["metadata"], json!({"display_name": "Pick one", "weight": 2.5}));
    assert!(read["data"].as_str().unwrap().contains("multiplechoiceresponse"), "the content is unchanged");
}

#[actix_web::test]
async fn saving_what_is_there_already_writes_nothing() {
    let app = authored().await;
    let before = app.draft(LIBRARY).await;
    for body in [
        json!({}),
        json!({"data": "<p>Draft</p>", "metadata": {"display_name": "Intro"}}),
        json!({"data": null}),
    ] {
        save(&app, INTRO, &body).await.is(200);
    }
    assert_eq!(app.draft(LIBRARY).await, before);
}

#[actix_web::test]
async fn what_cannot_be_saved_is_refused_and_nothing_is_written() {
    let app = authored().await;
    let before = app.draft(LIBRARY).await;
    for (usage, body) in [
        (INTRO, json!({"metadata": {"no_such_field": 1}})),
        (INTRO, json!({"metadata": {"data": "<p>not a setting</p>"}})),
        (INTRO, json!({"metadata": ["display_name"]})),
        (P1, json!({"metadata": {"max_attempts": "many"}})),
        (P1, json!({"metadata": {"attempts": 3}})),
        (P1, json!({"metadata": {"display_name": "fine", "weight": "heavy"}})),
        (P1, json!({"data": {"not": "text"}})),
        ("lb:Org1:lib1:unit:u1", json!({"data": "units have none"})),
    ] {
        let answer = save(&app, usage, &body).await.is(400);
        let told = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(told.starts_with("Invalid data"), "{body}: {told}");
    }
    let versioned = json!(["Cannot specify a version when saving changes"]);
    for version in ["@draft", "@published", "@1", "@99"] {
        save(&app, &format!("{INTRO}{version}"), &json!({"data": "x"})).await.says(400, &versioned);
    }
    for text in ["", "{", "nonsense", "\"text\"", "[]", "{\"data\": 1} x"] {
        let ask = app.studio(Method::POST, &path(INTRO)).by(Who::Author);
        ask.body("application/json", text).send().await.is(400).refused(text);
    }
    assert_eq!(app.draft(LIBRARY).await, before);
}

#[actix_web::test]
async fn hostile_content_is_refused_with_a_reason() {
    let app = authored().await;
    let before = app.draft(LIBRARY).await;
    let deep = format!("<problem>{}{}</problem>", "<a>".repeat(10_000), "</a>".repeat(10_000));
    let attributes = format!("<problem {}/>", (0..5_000).map(|i| format!("a{i}='' ")).collect::<String>());
    let bomb = "<!DOCTYPE problem [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;\">]><problem>&b;</problem>";
    for (what, data) in [
        ("10,000 deep", &*deep),
        ("an entity bomb", bomb),
        ("a duplicate attribute", "<problem><p id=\"a\" id=\"b\"/></problem>"),
        ("5,000 attributes", &attributes),
        ("an open tag", "<problem><p></problem>"),
        ("an unknown entity", "<problem>&nosuch;</problem>"),
    ] {
        let answer = save(&app, P1, &json!({"data": data})).await;
        assert_eq!(answer.status, 400, "{what}: {}", answer.text());
        let told = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(told.starts_with("Invalid data (") && told.len() < 1_000, "{what}: {told}");
    }
    assert_eq!(app.draft(LIBRARY).await, before);
}

#[actix_web::test]
async fn only_authors_save() {
    let app = TestApp::new().await;
    let body = json!({"data": "<p>mine</p>"});
    let post = async |who: Who| app.studio(Method::POST, &path(INTRO)).by(who).json(&body).send().await;
    let before = app.draft(LIBRARY).await;
    post(Who::Nobody).await.says(401, &json!({"detail": "Authentication credentials were not provided."}));
    let refused = format!("You don't have permission to access the component '{INTRO}'.");
    post(Who::Learner(7)).await.says(403, &json!({"detail": refused}));
    app.role(LIBRARY, Role::Read).await;
    post(Who::Author).await.says(403, &json!({"detail": refused}));
    app.get_studio(&path(INTRO), Who::Author).await.is(200);
    app.get_studio(&path(INTRO), Who::Learner(7)).await.is(403).refused("reading");
    assert_eq!(app.draft(LIBRARY).await, before);
    post(Who::Staff).await.is(200);
    assert_ne!(app.draft(LIBRARY).await, before);
}

#[actix_web::test]
async fn parallel_saves_of_different_blocks_all_arrive() {
    let app = authored().await;
    let usages = ["p1", "p2", "p3", "p4"].map(|id| format!("lb:Org1:lib1:problem:{id}"));
    let body = json!({"data": choice(""), "metadata": {"display_name": "Saved"}});
    let saves = usages.iter().map(|usage| save(&app, usage, &body));
    for answer in futures_util::future::join_all(saves).await {
        answer.is(200);
    }
    for usage in &usages {
        assert_eq!(app.get_studio(&path(usage), Who::Author).await.json()["display_name"], "Saved");
    }
}

#[actix_web::test]
async fn the_learn_site_saves_nothing_over_a_draft() {
    let app = authored().await;
    let before = app.draft(LIBRARY).await;
    let body = json!({"metadata": {"display_name": "From the published version"}});
    let answer = app.learn(Method::POST, &path(INTRO)).by(Who::Author).json(&body).send().await.is(403);
    assert!(answer.text().contains("Use the latest draft."), "{}", answer.text());
    assert_eq!(app.draft(LIBRARY).await, before);
}

#[actix_web::test]
async fn parallel_first_saves_of_one_block_lose_nothing() {
    let app = TestApp::empty().await;
    app.context("lib:O:fresh", true, &[("html/h/definition.xml", "<html display_name=\"H\">Old</html>")])
        .await;
    app.role("lib:O:fresh", Role::Author).await;
    let usage = "lb:O:fresh:html:h";
    let saves = [json!({"data": "<p>New</p>"}), json!({"metadata": {"display_name": "Renamed"}})];
    let saves = saves.iter().map(|body| save(&app, usage, body));
    for answer in futures_util::future::join_all(saves).await {
        answer.is(200);
    }
    let read = app.get_studio(&path(usage), Who::Author).await.is(200).json();
    assert_eq!((&read["display_name"], &read["data"]), (&json!("Renamed"), &json!("<p>New</p>")));
}

#[actix_web::test]
async fn a_setting_is_not_saved_over_content_that_cannot_be_read() {
    let app = TestApp::empty().await;
    app.context("lib:O:broken", true, &[("problem/p/definition.xml", "<problem><p>dear</problem>")]).await;
    app.role("lib:O:broken", Role::Author).await;
    let usage = "lb:O:broken:problem:p";
    let answer = save(&app, usage, &json!({"metadata": {"display_name": "P"}})).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    let olx = app.get_studio(&format!("{BLOCKS}{usage}/olx/"), Who::Author).await.is(200);
    assert!(olx.text().contains("dear"), "{}", olx.text());
    save(&app, usage, &json!({"data": choice("")})).await.is(200);
}
