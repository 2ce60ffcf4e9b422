//! A problem is answered, graded and remembered (capa §12, xblock-rest-api §2.4 and §3.5).

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::{
    app::{Answer, BLOCKS, TestApp, Who, attributes, count, text},
    content::{INTRO, LIBRARY, P1, UNIT, choice},
};

const LEARNER: Who = Who::Learner(7);

async fn submit(app: &TestApp, usage: &str, choice: &str) -> Answer {
    let path = app.handler(usage, "7", "xmodule_handler/problem_check");
    app.learn(Method::POST, &path).form(&[(&format!("input_{usage}_2_1"), choice)]).send().await
}

async fn view(app: &TestApp, usage: &str) -> Answer {
    app.get(&format!("{BLOCKS}{usage}/view/student_view/"), LEARNER).await.is(200)
}

#[actix_web::test]
async fn an_answer_is_graded_remembered_and_told() {
    let app = TestApp::new().await;
    let fresh = view(&app, UNIT).await.html();
    assert_eq!(attributes(&fresh, "input[type=radio]", "value"), ["choice_0", "choice_1"]);
    let answer = submit(&app, P1, "choice_0").await.is(200).json();
    assert_eq!((&answer["success"], &answer["attempts_used"]), (&json!("incorrect"), &json!(1)));
    let answer = submit(&app, P1, "choice_1").await.is(200).json();
    assert_eq!((&answer["success"], &answer["attempts_used"]), (&json!("correct"), &json!(2)));
    assert_eq!((&answer["current_score"], &answer["total_possible"]), (&json!(1), &json!(1)));

    // Attempts are used up: the page knows, and the handler refuses.
    let page = view(&app, UNIT).await.html();
    assert!(text(&page, ".submission-feedback").starts_with("You have used 2 of 2"));
    assert_eq!(attributes(&page, "input[checked]", "value"), ["choice_1"]);
    assert_eq!(count(&page, "button.submit[disabled]"), 1);
    let closed = submit(&app, P1, "choice_1").await.is(409).json();
    assert!(closed["success"].as_str().unwrap().contains("has changed"));

    let state = app.state("7", &[P1]).await;
    let row = &state.blocks[&P1.parse().unwrap()];
    assert_eq!((row.score, row.fields["attempts"].as_i64()), (Some((1.0, 1.0)), Some(2)));
    let events = app.events().await;
    let checks: Vec<_> = events.iter().filter(|event| event.name == "problem_check").collect();
    assert_eq!(checks.len(), 2);
    assert_eq!(checks[1].learner.as_ref().unwrap().0.as_ref(), "7");
    assert_eq!(checks[1].block.as_ref().unwrap().as_str(), P1);
    assert_eq!((&checks[1].data["success"], &checks[1].data["grade"]), (&json!("correct"), &json!(1)));
    let fails = events.iter().filter(|event| event.name == "problem_check_fail").count();
    assert_eq!(fails, 1);

    // Others start afresh, and previews in studio touch nothing.
    let other = app.get(&format!("{BLOCKS}{P1}/view/student_view/"), Who::Learner(8)).await.is(200);
    assert!(text(&other.html(), ".submission-feedback").starts_with("You have used 0 of 2"));
    let before = app.events().await.len();
    let path = app.handler(P1, "1", "xmodule_handler/problem_check");
    let preview = app.studio(Method::POST, &path).form(&[(&format!("input_{P1}_2_1"), "choice_1")]);
    assert_eq!(preview.send().await.is(200).json()["success"], "correct");
    assert!(app.state("1", &[P1]).await.blocks.is_empty());
    assert_eq!(app.events().await.len(), before);
}

#[actix_web::test]
async fn a_multipart_form_is_as_good() {
    let app = TestApp::new().await;
    let path = app.handler(P1, "7", "xmodule_handler/problem_check");
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"input_{P1}_2_1\"\r\n\r\nchoice_1\r\n--b--\r\n"
    );
    let ask = app.learn(Method::POST, &path).body("multipart/form-data; boundary=b", body.clone());
    assert_eq!(ask.send().await.is(200).json()["success"], "correct");
    for (what, media_type, body) in [
        ("no boundary", "multipart/form-data", body.clone()),
        ("another boundary", "multipart/form-data; boundary=c", body.clone()),
        ("cut short", "multipart/form-data; boundary=b", body[..body.len() - 12].to_owned()),
        ("no name", "multipart/form-data; boundary=b", body.replace("form-data; name", "file; x")),
    ] {
        let answer = app.learn(Method::POST, &path).body(media_type, body).send().await;
        assert_eq!(answer.status, 400, "{what}: {}", answer.text());
    }
    let state = app.state("7", &[P1]).await;
    assert_eq!(state.blocks[&P1.parse().unwrap()].fields["attempts"], 1, "only the first one counted");
}

#[actix_web::test]
async fn of_many_submissions_at_once_as_many_count_as_are_allowed() {
    let app = TestApp::empty().await;
    app.context("lib:O:one", true, &[("problem/p/definition.xml", &choice("max_attempts=\"1\""))]).await;
    let usage = "lb:O:one:problem:p";
    let answers = futures_util::future::join_all((0..20).map(|_| submit(&app, usage, "choice_1"))).await;
    let accepted = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(accepted, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 409)));
    let state = app.state("7", &[usage]).await;
    assert_eq!(state.blocks[&usage.parse().unwrap()].fields["attempts"], 1);
    let checks = app.events().await.iter().filter(|event| event.name == "problem_check").count();
    assert_eq!(checks, 1);
}

#[actix_web::test]
async fn of_many_submissions_at_once_none_is_lost() {
    let app = TestApp::new().await;
    let usage = "lb:Org1:lib1:problem:p2";
    let answers = futures_util::future::join_all((0..6).map(|_| submit(&app, usage, "choice_0"))).await;
    let accepted = answers.iter().filter(|answer| answer.status == 200).count();
    let state = app.state("7", &[usage]).await;
    assert_eq!(state.blocks[&usage.parse().unwrap()].fields["attempts"], accepted);
    assert!(accepted > 0 && answers.iter().all(|answer| matches!(answer.status, 200 | 409)));
}

#[actix_web::test]
async fn handlers_answer_as_documented() {
    let app = TestApp::new().await;
    let call = async |usage: &str, method: Method, tail: &str, body: &str| {
        let path = app.handler(usage, "7", tail);
        app.learn(method, &path).body("application/json", body.to_owned()).send().await
    };
    call(P1, Method::POST, "no_such_handler/", "{}").await.problem(404, "not_found");
    let get = call(P1, Method::GET, "xmodule_handler/problem_check", "").await;
    assert_eq!(get.header("allow"), "POST");
    get.says(405, &json!({"error": "Method must be POST"}));
    call(INTRO, Method::POST, "publish_completion/", "{\"completion\": 1")
        .await
        .says(400, &json!({"error": "Invalid JSON"}));
    call(INTRO, Method::GET, "publish_completion/", "")
        .await
        .says(405, &json!({"error": "Method must be POST"}));
    call(INTRO, Method::POST, "publish_completion/", "{\"completion\": 1}")
        .await
        .says(200, &json!({"result": "ok"}));
    assert_eq!(app.state("7", &[INTRO]).await.blocks[&INTRO.parse().unwrap()].completion, Some(1.0));
    for completion in ["2", "-1", "\"x\"", "null", "1e999"] {
        let body = format!("{{\"completion\": {completion}}}");
        call(INTRO, Method::POST, "publish_completion/", &body).await.is(400).refused(completion);
    }
    // Suffixes with and without a slash at the end are the same.
    for tail in ["xmodule_handler/problem_get", "xmodule_handler/problem_get/"] {
        let answer = call(P1, Method::POST, tail, "").await.is(200);
        assert_eq!(count(&answer.html(), "input[type=radio]"), 2);
    }
    // A handler of a block that is gone, or of one that was never there.
    let gone = "lb:Org1:lib1:problem:gone";
    let missing = json!({"detail": format!("The component '{gone}' does not exist.")});
    call(gone, Method::POST, "xmodule_handler/problem_get", "").await.says(404, &missing);
    let closed = "lb:Org1:closed:html:intro";
    call(closed, Method::POST, "publish_completion/", "{\"completion\": 1}").await.is(403).refused(closed);
}

#[actix_web::test]
async fn answers_no_form_sends_are_refused_and_cost_nothing() {
    let app = TestApp::new().await;
    let path = app.handler(P1, "7", "xmodule_handler/problem_check");
    let many = "a_1=x&".repeat(3_000);
    let input = format!("input_{P1}_2_1");
    for (body, status) in [
        ("answer=1".to_owned(), 400),
        (format!("{input}=%FF%FE"), 400),
        (format!("{input}%7B%7D=nonsense"), 400),
        (many, 413),
    ] {
        let ask = app.learn(Method::POST, &path).body("application/x-www-form-urlencoded", body.clone());
        let answer = ask.send().await;
        assert_eq!(answer.status, status, "{}: {}", &body[..body.len().min(60)], answer.text());
    }
    assert!(app.state("7", &[P1]).await.blocks.is_empty());
    // What no choice of the problem is, is wrong, not an error, and is shown escaped.
    let answer = submit(&app, P1, "</script><img src=x onerror=alert(1)>").await.is(200);
    assert_eq!(answer.json()["success"], "incorrect");
    assert_eq!(count(&view(&app, P1).await.html(), "img"), 0);
    let _: Value = app.events().await.last().unwrap().data.clone();
    assert_eq!(app.draft(LIBRARY).await.1.len(), 8, "learners change no content");
}

#[actix_web::test]
async fn hidden_results_are_not_told_by_the_progress_either() {
    let app = TestApp::empty().await;
    let hidden = choice("show_correctness=\"never\"");
    let unit = "<unit><xblock-include definition=\"problem/p1\"/></unit>";
    let files = [("problem/p1/definition.xml", &*hidden), ("unit/u1/definition.xml", unit)];
    app.context(LIBRARY, true, &files).await;
    submit(&app, P1, "choice_1").await.is(200);
    let path = format!("/api/exedra/v1/units/{UNIT}/progress/");
    let own = app.get(&path, LEARNER).await.is(200).json();
    assert_eq!((&own["blocks"][0]["earned"], &own["earned"]), (&Value::Null, &json!(0.0)));
    assert_eq!((&own["possible"], &own["completion"]), (&json!(1.0), &json!(1.0)));
    let told = app.get(&format!("{path}?learner=7"), Who::Staff).await.is(200).json();
    assert_eq!((&told["blocks"][0]["earned"], &told["earned"]), (&json!(1.0), &json!(1.0)));
    // Points that count all the same are told in the whole, not by the problem or its unit.
    let counted = choice("show_correctness=\"never_but_include_grade\"");
    let other = "lb:Org1:lib2:problem:p1";
    let files = [("problem/p1/definition.xml", &*counted), ("unit/u1/definition.xml", unit)];
    app.context("lib:Org1:lib2", true, &files).await;
    submit(&app, other, "choice_1").await.is(200);
    let own = app.get("/api/exedra/v1/units/lb:Org1:lib2:unit:u1/progress/", LEARNER).await.is(200).json();
    assert_eq!((&own["blocks"][0]["earned"], &own["earned"]), (&Value::Null, &json!(0.0)));
    let own = app.get("/api/exedra/v1/contexts/lib:Org1:lib2/progress/", LEARNER).await.is(200).json();
    assert_eq!((&own["units"][0]["earned"], &own["earned"]), (&json!(0.0), &json!(1.0)));
}
