//! What authors reach through references and copies, and what they do not.

use actix_web::http::Method;
use learning_context::{ContextStore as _, Role};
use serde_json::{Value, json};

use crate::{
    app::{Answer, BLOCKS, TestApp, Who},
    content::{COURSE, LIBRARY, PRIVATE, block},
};

const API: &str = "/api/exedra/v1";
/// A course that draws from the library nobody was let into.
const CLOSED_COURSE: &str = "course-v1:Org1+Closed+1";
const AUTHOR: Who = Who::Author;

async fn authored() -> TestApp {
    let app = TestApp::new().await;
    app.role(COURSE, Role::Author).await;
    app.role(LIBRARY, Role::Author).await;
    app
}

async fn post(app: &TestApp, path: &str, body: Value) -> Answer {
    app.studio(Method::POST, path).by(AUTHOR).json(&body).send().await
}

/// Publishes a course with one unit that has a reference to the closed library; user 5 may read it.
async fn closed_course(app: &TestApp) -> String {
    let unit = format!(
        "<vertical><lib_ref url_name=\"r\" library_key=\"{PRIVATE}\" library_version=\"1\" blocks='[\"html:intro\"]'/></vertical>"
    );
    let files = [
        ("course.xml", "<course url_name=\"1\" org=\"Org1\" course=\"Closed\"/>"),
        (
            "course/1.xml",
            "<course><chapter url_name=\"c\"><sequential url_name=\"s\"><vertical url_name=\"u\"/></sequential></chapter></course>",
        ),
        ("vertical/u.xml", &unit),
    ];
    app.context(CLOSED_COURSE, false, &files).await;
    app.role(CLOSED_COURSE, Role::Read).await;
    "block-v1:Org1+Closed+1+type@vertical+block@u".to_owned()
}

#[actix_web::test]
async fn saving_fields_of_a_reference_is_checked_like_saving_the_reference() {
    let app = authored().await;
    let fields = |id: &str| format!("{BLOCKS}{}/fields/", block("lib_ref", id));
    let before = app.draft(COURSE).await;
    for library in [PRIVATE, "lib:Org1:gonegone"] {
        let body =
            json!({"metadata": {"library_key": library, "library_version": "1", "blocks": ["html:intro"]}});
        post(&app, &fields("lost"), body).await.problem(422, "library_missing");
    }
    let body = json!({"metadata": {"count": -7}});
    post(&app, &fields("chosen"), body).await.problem(422, "count_invalid");
    assert_eq!(app.draft(COURSE).await, before, "nothing was written");
    let page = app.get_studio(&format!("/units/{}", block("vertical", "fixed")), AUTHOR).await.is(200);
    assert!(!page.text().contains("Secret"));

    let body =
        json!({"metadata": {"display_name": "Mine", "library_version": "2", "blocks": ["html:intro"]}});
    let saved = post(&app, &fields("chosen"), body).await.is(200).json();
    assert_eq!((&saved["metadata"]["library_version"], &saved["display_name"]), (&json!(2), &json!("Mine")));
    let read = app.get_studio(&fields("chosen"), AUTHOR).await.is(200).json();
    assert_eq!(read["metadata"]["blocks"], json!(["html:intro"]));
}

#[actix_web::test]
async fn references_to_closed_libraries_are_not_carried_out_of_a_course_one_may_only_read() {
    let app = authored().await;
    let unit = closed_course(&app).await;
    let paste = format!("{API}/units/{}/children/", block("sequential", "sq"));
    let rerun = format!("{API}/contexts/{CLOSED_COURSE}/rerun/");
    let creator = || {
        let claims = server::token::Claims { course_creator: true, ..AUTHOR.claims() };
        format!("JWT {}", app.jwt(&claims))
    };
    let run_again = async |run: &str| {
        let body = json!({"key": format!("course-v1:Org1+Closed+{run}")});
        app.studio(Method::POST, &rerun).header("Authorization", &creator()).json(&body).send().await
    };
    post(&app, &paste, json!({"copy": unit})).await.problem(422, "library_missing");
    run_again("2").await.problem(422, "library_missing");
    app.get_studio(&format!("{API}/contexts/course-v1:Org1+Closed+2/versions/"), Who::Staff).await.is(404);
    // Who may see the library, or change the course, takes them along.
    app.role(PRIVATE, Role::Read).await;
    post(&app, &paste, json!({"copy": unit})).await.is(201);
    app.shared.database.set_role(&PRIVATE.parse().unwrap(), "5", None).await.unwrap();
    app.role(CLOSED_COURSE, Role::Author).await;
    run_again("2").await.is(201);
}

#[actix_web::test]
async fn lists_do_not_tell_of_contexts_that_are_not_for_the_caller() {
    let app = TestApp::empty().await;
    for number in 0..205 {
        let key = format!("lib:Hidden:l{number:03}");
        app.context(&key, false, &[]).await;
    }
    app.context("lib:Zebra:open", true, &[]).await;
    let path = format!("{API}/contexts/");
    let answer = app.get(&path, Who::Learner(7)).await.is(200);
    assert!(!answer.text().contains("Hidden"), "{}", answer.text());
    assert_eq!(answer.json()["results"][0]["key"], "lib:Zebra:open");
    let all = app.get(&path, Who::Staff).await.is(200).json();
    let next = all["next"].as_str().unwrap();
    assert_eq!(next, "lib:Hidden:l199");
    let rest = app.get(&format!("{path}?after={next}"), Who::Staff).await.is(200).json();
    assert_eq!((rest["results"].as_array().unwrap().len(), &rest["next"]), (6, &Value::Null));
}

#[actix_web::test]
async fn looking_at_the_progress_of_a_learner_draws_nothing_for_them() {
    let app = authored().await;
    let whole = format!("{API}/contexts/{COURSE}/progress/");
    let unit = format!("{API}/units/{}/progress/", block("vertical", "random"));
    let asked = app.get(&format!("{whole}?learner=7"), AUTHOR).await.is(200).json();
    assert_eq!(asked["learner"], "7");
    app.get_studio(&format!("{unit}?learner=7"), AUTHOR).await.is(200);
    let report = format!("{API}/references/{}/learners/", block("random_lib_ref", "drawn"));
    let told = app.get(&report, AUTHOR).await.is(200).json();
    assert_eq!(told["results"], json!([]));
    assert!(app.events().await.is_empty());
    // What they are told is what the learner gets.
    let own = app.get(&unit, Who::Learner(7)).await.is(200).json();
    let of_course = app.get(&format!("{unit}?learner=7"), AUTHOR).await.is(200).json();
    assert_eq!(of_course, own);
    assert_eq!(asked["units"][1]["possible"], own["possible"]);
}
