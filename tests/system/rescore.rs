//! Problems that were wrong are mended, and what learners submitted is graded again (capa §12.1).

use actix_web::http::Method;
use blockstore::BundleId;
use learning_context::Role;
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp, Who},
    content::{COURSE, LIBRARY, P1, block, choice},
};

/// Returns the problem with the other choice right.
fn mended(attributes: &str) -> String {
    let wrong = choice(attributes);
    wrong.replace("\"true\"", "\"?\"").replace("\"false\"", "\"true\"").replace("\"?\"", "\"false\"")
}

async fn submit(app: &TestApp, learner: u32, usage: &str, choice: &str) {
    let path = app.handler(usage, &learner.to_string(), "xmodule_handler/problem_check");
    app.learn(Method::POST, &path).form(&[(&format!("input_{usage}_2_1"), choice)]).send().await.is(200);
}

async fn rescore(app: &TestApp, who: Who, usage: &str, query: &str, body: Value) -> Answer {
    let path = format!("/api/exedra/v1/blocks/{usage}/rescore/{query}");
    app.studio(Method::POST, &path).by(who).json(&body).send().await
}

async fn score(app: &TestApp, learner: u32, usage: &str) -> Option<(f64, f64)> {
    app.state(&learner.to_string(), &[usage])
        .await
        .blocks
        .get(&usage.parse().unwrap())
        .and_then(|row| row.score)
}

/// Returns a library with a problem that learners 1 to `learners` answered with what will be right.
async fn answered(learners: u32) -> (TestApp, BundleId) {
    let app = TestApp::empty().await;
    let bundle = app.context(LIBRARY, true, &[("problem/p1/definition.xml", &choice(""))]).await;
    app.role(LIBRARY, Role::Author).await;
    for learner in 1..=learners {
        submit(&app, learner, P1, "choice_0").await;
    }
    app.write(bundle, &[("problem/p1/definition.xml", &mended(""))]).await;
    app.publish(bundle).await;
    (app, bundle)
}

#[actix_web::test]
async fn all_learners_are_graded_again_page_by_page() {
    let (app, _) = answered(5).await;
    let told = app.events().await.len();
    let answer = rescore(&app, Who::Author, P1, "?limit=3", json!({})).await.is(200).json();
    assert_eq!(answer["usage_key"], P1);
    let expected = |learner: &str| {
        json!({"learner": learner, "outcome": "rescored", "message": null,
               "before": {"earned": 0.0, "possible": 1.0}, "after": {"earned": 1.0, "possible": 1.0}})
    };
    assert_eq!(answer["results"], json!([expected("1"), expected("2"), expected("3")]));
    assert_eq!(answer["next"], "3");
    assert_eq!((score(&app, 3, P1).await, score(&app, 4, P1).await), (Some((1.0, 1.0)), Some((0.0, 1.0))));
    let answer = rescore(&app, Who::Author, P1, "?limit=3&after=3", json!({})).await.is(200).json();
    assert_eq!(answer["results"], json!([expected("4"), expected("5")]));
    assert_eq!(answer["next"], Value::Null);

    let events = &app.events().await[told..];
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["problem_rescore", "grade"].repeat(5));
    let of = |event: &learner::Event| event.learner.as_ref().unwrap().0.to_string();
    assert_eq!((of(&events[0]), of(&events[9])), ("1".to_owned(), "5".to_owned()));
    assert_eq!(events[0].block.as_ref().unwrap().as_str(), P1);
    let data = &events[0].data;
    assert_eq!((&data["actor"], &data["problem_id"]), (&json!("5"), &json!(P1)));
    assert_eq!(
        (&data["orig_score"], &data["new_score"], &data["attempts"]),
        (&json!(0), &json!(1), &json!(1))
    );
    assert_eq!(app.state("1", &[P1]).await.blocks[&P1.parse().unwrap()].fields["attempts"], 1);
}

#[actix_web::test]
async fn one_learner_is_graded_again_and_keeps_higher_points_when_asked() {
    let (app, bundle) = answered(2).await;
    submit(&app, 3, P1, "choice_0").await;
    let one = |learner: &str, keeps: bool| json!({"learner": learner, "only_if_higher": keeps});
    rescore(&app, Who::Author, P1, "", one("1", false)).await.is(200);
    assert_eq!((score(&app, 1, P1).await, score(&app, 2, P1).await), (Some((1.0, 1.0)), Some((0.0, 1.0))));

    // The problem is made wrong again.
    app.write(bundle, &[("problem/p1/definition.xml", &choice(""))]).await;
    app.publish(bundle).await;
    let told = app.events().await.len();
    let answer = rescore(&app, Who::Author, P1, "", one("3", true)).await.is(200).json();
    assert_eq!(answer["results"][0]["outcome"], "kept");
    assert_eq!((app.events().await.len(), score(&app, 3, P1).await), (told, Some((1.0, 1.0))));
    rescore(&app, Who::Author, P1, "", one("3", false)).await.is(200);
    assert_eq!(score(&app, 3, P1).await, Some((0.0, 1.0)));
}

#[actix_web::test]
async fn what_is_not_there_or_not_allowed_is_refused() {
    let (app, _) = answered(1).await;
    rescore(&app, Who::Learner(7), P1, "", json!({})).await.is(403).refused("learners");
    rescore(&app, Who::Nobody, P1, "", json!({})).await.is(401).refused("nobody");
    for (body, status, code) in [
        (json!({"learner": "9"}), 404, "not_found"),
        (json!({"learner": "anon0123456789abcdef0123"}), 404, "not_found"),
        (json!({"learner": "\u{0}"}), 404, "not_found"),
        (json!({"only_if_higher": 1}), 400, "bad_request"),
        (json!({"learners": ["1"]}), 400, "bad_request"),
    ] {
        rescore(&app, Who::Author, P1, "", body).await.problem(status, code);
    }
    rescore(&app, Who::Author, P1, "?limit=101", json!({})).await.problem(400, "bad_request");
    rescore(&app, Who::Author, "nonsense", "", json!({})).await.problem(404, "not_found");
    rescore(&app, Who::Author, "lb:Org1:lib1:problem:gone", "", json!({})).await.is(404);
}

#[actix_web::test]
async fn what_was_not_submitted_is_not_graded_and_blocks_without_points_are_refused() {
    let app = TestApp::new().await;
    app.role(LIBRARY, Role::Author).await;
    let path = app.handler(P1, "7", "xmodule_handler/problem_save");
    app.learn(Method::POST, &path).form(&[(&format!("input_{P1}_2_1"), "choice_1")]).send().await.is(200);
    let answer = rescore(&app, Who::Author, P1, "", json!({})).await.is(200).json();
    assert_eq!(answer["results"][0]["outcome"], "unanswered");
    assert_eq!(app.events().await.last().unwrap().name, "problem_rescore_fail");
    let intro = "lb:Org1:lib1:html:intro";
    rescore(&app, Who::Author, intro, "", json!({})).await.problem(422, "cannot_rescore");
}

#[actix_web::test]
async fn blocks_used_through_references_are_graded_with_the_version_and_overrides_they_have_there() {
    let app = TestApp::empty().await;
    let library = app.context(LIBRARY, true, &[("problem/p1/definition.xml", &choice(""))]).await;
    app.write(library, &[("problem/p1/definition.xml", &mended(""))]).await;
    app.publish(library).await;
    let course = |version: u32| {
        format!(
            "<course url_name=\"2026\" org=\"Org1\" course=\"C1\"><chapter url_name=\"ch\"><sequential url_name=\"sq\">\
             <vertical url_name=\"page\"><lib_ref url_name=\"chosen\" library_key=\"{LIBRARY}\" \
             library_version=\"{version}\" blocks='[\"problem:p1\"]' field_overrides='{{\"weight\": 4}}'/></vertical>\
             </sequential></chapter></course>"
        )
    };
    let bundle = app.context(COURSE, false, &[("course.xml", &course(1))]).await;
    app.role(COURSE, Role::Author).await;
    let page =
        app.get(&format!("/units/{}", block("vertical", "page")), Who::Learner(7)).await.is(200).html();
    let usage = crate::app::attributes(&page, "[data-usage^='lb-ref:']", "data-usage").remove(0);
    submit(&app, 7, &usage, "choice_0").await;
    assert_eq!(score(&app, 7, &usage).await, Some((0.0, 1.0)));
    rescore(&app, Who::Author, &usage, "", json!({})).await.is(200);
    assert_eq!(score(&app, 7, &usage).await, Some((0.0, 1.0)));
    app.write(bundle, &[("course.xml", &course(2))]).await;
    app.publish(bundle).await;
    rescore(&app, Who::Author, &usage, "", json!({})).await.is(200);
    assert_eq!(score(&app, 7, &usage).await, Some((1.0, 1.0)));
    // The right to edit the library is not the right to grade in the course, nor the other way round.
    rescore(&app, Who::Author, P1, "", json!({})).await.is(403);
}

#[actix_web::test]
async fn grading_again_takes_as_many_statements_for_forty_learners_as_for_one() {
    let mut counts = Vec::new();
    for learners in [1, 40] {
        let (app, _) = answered(learners).await;
        // What is the same for all is read once.
        rescore(&app, Who::Author, P1, "?after=999", json!({})).await.is(200);
        let path = format!("/api/exedra/v1/blocks/{P1}/rescore/");
        let (count, answer) =
            app.counted(app.studio(Method::POST, &path).by(Who::Author).json(&json!({}))).await;
        assert_eq!(answer.json()["results"].as_array().unwrap().len(), learners as usize);
        counts.push(count);
    }
    assert_eq!(counts[0], counts[1]);
    assert!(counts[0] <= 12, "{counts:?}");
}
