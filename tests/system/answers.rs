//! How answers are distributed: for authors, without a name.

use actix_web::http::Method;
use learning_context::Role;
use serde_json::{Value, json};

use crate::{
    app::{TestApp, Who, attributes, count, text},
    content::{COURSE, INTRO, LIBRARY, P1, UNIT, block},
    surface::API,
};

async fn submit(app: &TestApp, usage: &str, learner: u64, choice: &str) {
    let path = app.handler(usage, &learner.to_string(), "xmodule_handler/problem_check");
    let field = format!("input_{usage}_2_1");
    app.learn(Method::POST, &path).form(&[(&field, choice)]).send().await.is(200);
}

async fn report(app: &TestApp, usage: &str, query: &str) -> Value {
    let path = format!("{API}/blocks/{usage}/answers/{query}");
    app.get_studio(&path, Who::Author).await.is(200).json()
}

#[actix_web::test]
async fn authors_see_how_many_answered_what_and_nobody_is_named() {
    let app = TestApp::new().await;
    app.role(LIBRARY, Role::Author).await;
    let nobody = report(&app, P1, "").await;
    assert_eq!((&nobody["learners"], &nobody["attempts_mean"]), (&json!(0), &Value::Null));
    let unchosen = |answer: &str| json!({"answer": [answer], "correctness": null, "count": 0, "share": 0.0});
    assert_eq!(nobody["questions"][0]["answers"], json!([unchosen("Wrong"), unchosen("Right")]));

    submit(&app, P1, 70_001, "choice_0").await;
    for learner in 70_001..70_004 {
        submit(&app, P1, learner, "choice_1").await;
    }
    submit(&app, P1, 70_004, "choice_0").await;
    // What the page does not offer is told only when several sent it.
    submit(&app, P1, 70_005, "made up by 70005").await;
    // Answers that were saved and not graded do not count.
    let save = app.handler(P1, "70006", "xmodule_handler/problem_save");
    let saved = app.learn(Method::POST, &save).form(&[(&format!("input_{P1}_2_1"), "choice_0")]);
    saved.send().await.is(200);

    let told = report(&app, P1, "").await;
    assert_eq!(told["display_name"], "Pick one");
    assert_eq!(
        (&told["learners"], &told["submitted"], &told["complete"]),
        (&json!(6), &json!(5), &json!(true))
    );
    assert_eq!(told["attempts_mean"], 1.2);
    let expected = json!([{
        "input": "2_1", "label": "Pick one", "learners": 5, "others": 1,
        "answers": [
            {"answer": ["Right"], "correctness": "correct", "count": 3, "share": 0.6},
            {"answer": ["Wrong"], "correctness": "incorrect", "count": 1, "share": 0.2},
        ],
    }]);
    assert_eq!(told["questions"], expected);
    assert!(!told.to_string().contains("7000"), "{told}");
    let first = report(&app, P1, "?limit=1").await;
    assert_eq!(first["questions"][0]["answers"].as_array().unwrap().len(), 1);
    assert_eq!(first["questions"][0]["others"], 2);
    for query in ["?limit=0", "?limit=101", "?limit=x"] {
        app.get_studio(&format!("{API}/blocks/{P1}/answers/{query}"), Who::Author)
            .await
            .problem(400, "bad_request");
    }
}

#[actix_web::test]
async fn blocks_used_through_a_reference_are_reported_where_they_are_used() {
    let app = TestApp::new().await;
    app.role(COURSE, Role::Author).await;
    let unit = block("vertical", "fixed");
    let page =
        app.get(&format!("{API}/units/{unit}/view/student_view/"), Who::Learner(7)).await.is(200).html();
    let used = attributes(&page, "[data-usage^='lb-ref:'][data-block-type=problem]", "data-usage").remove(0);
    submit(&app, &used, 7, "choice_1").await;
    submit(&app, P1, 8, "choice_0").await;
    let told = report(&app, &used, "").await;
    assert_eq!(
        (&told["learners"], &told["questions"][0]["answers"][0]["answer"]),
        (&json!(1), &json!(["Right"]))
    );
    // What learners did in the library itself is not theirs to see.
    app.get_studio(&format!("{API}/blocks/{P1}/answers/"), Who::Author).await.is(403);
}

#[actix_web::test]
async fn only_those_who_edit_read_answers_and_only_of_blocks_that_ask() {
    let app = TestApp::new().await;
    submit(&app, P1, 7, "choice_1").await;
    let path = format!("{API}/blocks/{P1}/answers/");
    app.get_studio(&path, Who::Nobody).await.is(401);
    app.role(LIBRARY, Role::Read).await;
    for who in [Who::Learner(7), Who::Author] {
        app.get_studio(&path, who).await.is(403);
        app.get(&path, who).await.is(403);
        let page = app.studio(Method::GET, &format!("/answers/{P1}")).by(who).header("Accept", "text/html");
        assert_eq!(page.send().await.status, 403);
    }
    for usage in [INTRO, "lb:Org1:lib1:problem:gone", "lb:Org1:gone:problem:p1", "nonsense"] {
        app.get_studio(&format!("{API}/blocks/{usage}/answers/"), Who::Staff).await.is(404);
    }
    app.get(&format!("/answers/{P1}"), Who::Staff).await.problem(404, "not_found");
}

#[actix_web::test]
async fn statements_do_not_grow_with_learners_of_a_page() {
    let app = TestApp::new().await;
    let ask = || app.studio(Method::GET, &format!("{API}/blocks/{P1}/answers/")).by(Who::Staff);
    submit(&app, P1, 1, "choice_1").await;
    app.counted(ask()).await.1.is(200);
    let (few, answer) = app.counted(ask()).await;
    assert_eq!(answer.is(200).json()["learners"], 1);
    for learner in 2..40 {
        submit(&app, P1, learner, "choice_1").await;
    }
    let (many, answer) = app.counted(ask()).await;
    assert_eq!(answer.is(200).json()["learners"], 39);
    assert_eq!(many, few);
}

#[actix_web::test]
async fn the_page_says_the_same_in_a_table_and_units_lead_to_it() {
    let app = TestApp::new().await;
    app.role(LIBRARY, Role::Author).await;
    submit(&app, P1, 7, "choice_1").await;
    let unit = app.get_studio(&format!("/units/{UNIT}"), Who::Author).await.is(200).html();
    let links = attributes(&unit, "[aria-labelledby=unit-answers] a", "href");
    assert_eq!(links, [format!("/answers/{P1}")]);
    let page = app.get_studio(&links[0], Who::Author).await.is(200).html();
    assert_eq!(text(&page, "h2"), "Pick one");
    assert_eq!(text(&page, "tbody th"), "Right");
    assert_eq!((count(&page, "thead th[scope=col]"), count(&page, "tbody th[scope=row]")), (4, 2));
    // Neither readers nor learners are led there.
    app.role(LIBRARY, Role::Read).await;
    for page in [
        app.get_studio(&format!("/units/{UNIT}"), Who::Author).await,
        app.get(&format!("/units/{UNIT}"), Who::Staff).await,
    ] {
        assert_eq!(count(&page.is(200).html(), "[aria-labelledby=unit-answers]"), 0);
    }
}
