//! What happens to one learner's selection, and what those who teach see of it (unit-composition §5, §11).

use actix_web::http::Method;
use learning_context::Role;
use serde_json::{Value, json};

use crate::{
    app::{TestApp, Who, attributes, count},
    content::{COURSE, LIBRARY, block, choice},
};

const LEARNER: Who = Who::Learner(7);
const UNIT: &str = "page";

/// The body of the course's only page.
fn course(body: &str) -> String {
    format!(
        "<course url_name=\"2026\" org=\"Org1\" course=\"C1\"><chapter url_name=\"ch\"><sequential url_name=\"sq\">\
         <vertical url_name=\"{UNIT}\">{body}</vertical></sequential></chapter></course>"
    )
}

/// A reference that draws two of the library's problems.
fn drawn(attributes: &str) -> String {
    format!(
        "<random_lib_ref url_name=\"drawn\" library_key=\"{LIBRARY}\" library_version=\"1\" count=\"2\" \
         block_types='[\"problem\"]' {attributes}/>"
    )
}

/// Returns an app with a library of four problems and a course with that page.
async fn app_with(body: &str) -> TestApp {
    let app = TestApp::empty().await;
    let files: Vec<_> = (1..=4).map(|n| (format!("problem/p{n}/definition.xml"), choice(""))).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    app.context(LIBRARY, true, &files).await;
    app.context(COURSE, false, &[("course.xml", &course(body))]).await;
    app.role(COURSE, Role::Author).await;
    app
}

fn reference() -> String {
    block("random_lib_ref", "drawn")
}

/// Returns the keys a learner sees on the page that came from a library.
async fn shown(app: &TestApp, who: Who) -> Vec<String> {
    let page = app.get(&format!("/units/{}", block("vertical", UNIT)), who).await.is(200).html();
    attributes(&page, "[data-usage^='lb-ref:']", "data-usage")
}

/// Answers a problem right.
async fn answer(app: &TestApp, who: Who, usage: &str) {
    let path = app.handler(usage, &who.id(), "xmodule_handler/problem_check");
    let page =
        app.get(&format!("/api/xblock/v2/xblocks/{usage}/view/student_view/"), who).await.is(200).html();
    let name = attributes(&page, "input[type=radio]", "name").remove(0);
    app.learn(Method::POST, &path).form(&[(&name, "choice_1")]).send().await.is(200);
}

async fn score(app: &TestApp, who: Who, usage: &str) -> Option<(f64, f64)> {
    app.state(&who.id(), &[usage]).await.blocks.get(&usage.parse().unwrap()).and_then(|row| row.score)
}

fn named<'e>(events: &'e [learner::Event], name: &str) -> Vec<&'e learner::Event> {
    events.iter().filter(|event| event.name == name).collect()
}

#[actix_web::test]
async fn a_page_offers_to_draw_the_blocks_of_a_reference_again() {
    let app = app_with(&format!(
        "<html url_name=\"before\"/>{}<html url_name=\"after\"/>",
        drawn("allow_reset=\"true\"")
    ))
    .await;
    let first = shown(&app, LEARNER).await;
    assert_eq!(first.len(), 2);
    answer(&app, LEARNER, &first[0]).await;
    let path = format!("/units/{}", block("vertical", UNIT));
    let page = app.get(&path, LEARNER).await.is(200).html();
    let last = &first[1];
    let behind =
        format!("[data-id='{last}'] + .problem-reset-btn-wrapper form[method=post] button[type=submit]");
    assert_eq!(count(&page, &behind), 1, "it stands behind the last of its blocks: {}", page.html());
    assert_eq!(count(&page, ".problem-reset-btn"), 1);

    let action = attributes(&page, ".problem-reset-btn-wrapper form", "action").remove(0);
    let action = action.strip_prefix(crate::app::LEARN).unwrap();
    assert!(
        action.contains(&reference().replace('+', "%2B").replace('@', "%40"))
            || action.contains(&reference())
    );
    let answer = app.learn(Method::POST, action).form(&[]).send().await.is(303);
    assert_eq!(answer.header("location"), path);
    assert_eq!(score(&app, LEARNER, &first[0]).await, None);
    let second = shown(&app, LEARNER).await;
    assert!(second.len() == 2 && second.iter().all(|key| !first.contains(key)), "{first:?} {second:?}");

    let events = app.events().await;
    let reset = named(&events, "exedra.selection.reset");
    assert_eq!(reset.len(), 1);
    assert_eq!(reset[0].data, json!({"epoch": 1, "cleared": first}));
    assert_eq!(named(&events, "exedra.state.cleared")[0].data, json!({"score_deleted": true}));
    let assigned = named(&events, "edx.librarycontentblock.content.assigned");
    assert_eq!(
        (assigned.len(), &assigned[1].data["epoch"], &assigned[1].data["previous_count"]),
        (2, &1.into(), &0.into())
    );
}

#[actix_web::test]
async fn the_older_name_of_allow_reset_is_as_good() {
    let app = app_with(&drawn("allow_resetting_children=\"true\"")).await;
    shown(&app, LEARNER).await;
    let page = app.get(&format!("/units/{}", block("vertical", UNIT)), LEARNER).await.is(200).html();
    assert_eq!(count(&page, ".problem-reset-btn"), 1);
    let path = app.handler(&reference(), "7", "reset_selected_children/");
    let answer = app.learn(Method::POST, &path).form(&[]).send().await.is(200);
    let body = answer.json().as_str().unwrap().to_owned();
    assert_eq!(
        body.matches("class=\"problem-reset-btn\"").count(),
        1,
        "the new blocks and their button: {body}"
    );
}

#[actix_web::test]
async fn drawing_again_is_refused_where_it_is_not_allowed() {
    let app = app_with(&drawn("")).await;
    let first = shown(&app, LEARNER).await;
    let page = app.get(&format!("/units/{}", block("vertical", UNIT)), LEARNER).await.is(200).html();
    assert_eq!(count(&page, ".problem-reset-btn"), 0);
    let path = app.handler(&reference(), "7", "reset_selected_children/");
    let answer = app.learn(Method::POST, &path).form(&[]).send().await.is(400);
    assert_eq!(answer.text(), "\"Resetting selected children\" is not allowed for this XBlock");
    assert_eq!(shown(&app, LEARNER).await, first);
    assert!(named(&app.events().await, "exedra.selection.reset").is_empty());
}

#[actix_web::test]
async fn a_first_look_that_asks_to_draw_again_draws_once() {
    let app = app_with(&drawn("allow_reset=\"true\"")).await;
    let path = app.handler(&reference(), "7", "reset_selected_children/");
    app.learn(Method::POST, &path).form(&[]).send().await.is(200);
    let events = app.events().await;
    assert_eq!(named(&events, "edx.librarycontentblock.content.assigned").len(), 1);
    assert!(named(&events, "exedra.selection.reset").is_empty(), "nothing was there to be reset");
}

#[actix_web::test]
async fn staff_draw_again_for_a_learner_and_say_why() {
    let app = app_with(&drawn("")).await;
    let first = shown(&app, LEARNER).await;
    answer(&app, LEARNER, &first[0]).await;
    let path = format!("/api/exedra/v1/references/{}/learners/7/redraw/", reference());
    let redraw = |who: Who, body: Value| app.studio(Method::POST, &path).by(who).json(&body).send();
    redraw(LEARNER, json!({})).await.is(403).refused("learners");
    redraw(Who::Nobody, json!({})).await.is(401).refused("nobody");
    redraw(Who::Author, json!({"reason": "x".repeat(501)})).await.problem(400, "bad_request");
    redraw(Who::Author, json!({"reasons": "x"})).await.problem(400, "bad_request");
    assert_eq!(shown(&app, LEARNER).await, first);

    let reason = "Saw the answers <b>\"early\"</b>";
    let answer = redraw(Who::Author, json!({ "reason": reason })).await.is(200).json();
    assert_eq!((&answer["epoch"], &answer["learner"]), (&1.into(), &"7".into()));
    let second = shown(&app, LEARNER).await;
    assert_eq!(answer["selected"], json!(second));
    assert!(second.iter().all(|key| !first.contains(key)), "{first:?} {second:?}");
    assert_eq!(score(&app, LEARNER, &first[0]).await, None);
    let events = app.events().await;
    let redrawn = named(&events, "exedra.selection.redrawn");
    assert_eq!(redrawn[0].data, json!({"epoch": 1, "cleared": first, "actor": "5", "reason": reason}));
    assert_eq!(redrawn[0].learner.as_ref().unwrap().0.as_ref(), "7");
    assert!(named(&events, "exedra.selection.reset").is_empty());
    // Without a body and on the other site too.
    let answer = app.learn(Method::POST, &path).by(Who::Staff).send().await.is(200).json();
    assert_eq!(answer["epoch"], 2);

    for (path, status) in [
        (format!("/api/exedra/v1/references/{}/learners/8/redraw/", reference()), 404),
        (format!("/api/exedra/v1/references/{}/learners/anon0123456789abcdef0123/redraw/", reference()), 404),
        (format!("/api/exedra/v1/references/{}/learners/7/redraw/", block("vertical", UNIT)), 404),
        (format!("/api/exedra/v1/references/{}/learners/7/redraw/", block("lib_ref", "gone")), 404),
        ("/api/exedra/v1/references/nonsense/learners/7/redraw/".to_owned(), 404),
    ] {
        let answer = app.learn(Method::POST, &path).by(Who::Staff).send().await;
        assert_eq!(answer.status, status, "{path}");
        answer.refused(&path);
    }
    app.learn(Method::GET, &path).by(Who::Staff).send().await.is(405);
}

#[actix_web::test]
async fn a_report_tells_what_each_learner_was_given_and_did() {
    let app = app_with(&drawn("allow_reset=\"true\" avoid_seen=\"true\"")).await;
    let first = shown(&app, LEARNER).await;
    answer(&app, LEARNER, &first[0]).await;
    for id in 20..23 {
        shown(&app, Who::Learner(id)).await;
    }
    let path = |query: &str| format!("/api/exedra/v1/references/{}/learners/{query}", reference());
    app.get(&path(""), LEARNER).await.is(403).refused("learners");
    app.get(&path(""), Who::Nobody).await.is(403).refused("nobody");
    app.get(&path("?limit=51"), Who::Author).await.problem(400, "bad_request");

    let page = app.get_studio(&path("?limit=3"), Who::Author).await.is(200).json();
    let ids = |page: &Value| -> Vec<String> {
        page["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["learner"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!((ids(&page), &page["next"]), (vec!["20".into(), "21".into(), "22".into()], &"22".into()));
    let page = app.get(&path("?limit=3&after=22"), Who::Author).await.is(200).json();
    assert_eq!((ids(&page), &page["next"]), (vec!["7".into()], &Value::Null));
    let row = &page["results"][0];
    assert_eq!((&row["epoch"], &row["others"]), (&0.into(), &json!([])));
    let keys: Vec<_> =
        row["selected"].as_array().unwrap().iter().map(|b| b["usage_key"].as_str().unwrap()).collect();
    assert_eq!(keys, first);
    let answered = &row["selected"][0];
    let id = first[0].split(':').nth(3).unwrap();
    assert_eq!(answered["source"], format!("lb:Org1:lib1:problem:{id}"));
    assert_eq!(
        [&answered["version"], &answered["earned"], &answered["possible"], &answered["completion"]],
        [&json!(1), &json!(1.0), &json!(1.0), &json!(1.0)]
    );
    assert!(answered["state"]["student_answers"].to_string().contains("choice_1"), "{answered}");
    assert_eq!(row["selected"][1]["state"], Value::Null);

    // Answers to blocks that left the pool stay in sight.
    let key = COURSE.parse().unwrap();
    let bundle = app.shared.contexts.record(&key).await.unwrap().bundle;
    let others: Vec<_> = (1..=4).map(|n| format!("p{n}")).filter(|other| other != id).collect();
    let blocks = json!(others.iter().map(|id| format!("problem:{id}")).collect::<Vec<_>>());
    app.write(bundle, &[("course.xml", &course(&drawn(&format!("blocks='{blocks}'"))))]).await;
    app.publish(bundle).await;
    let now = shown(&app, LEARNER).await;
    assert!(!now.contains(&first[0]));
    let page = app.get(&path("?limit=1&after=22"), Who::Author).await.is(200).json();
    let row = &page["results"][0];
    assert_eq!(row["others"].as_array().unwrap().len(), 1, "{row}");
    assert_eq!(
        (&row["others"][0]["usage_key"], &row["others"][0]["earned"]),
        (&json!(first[0]), &json!(1.0))
    );
    let (few, _) = app.counted(app.learn(Method::GET, &path("?limit=1")).by(Who::Author)).await;
    let (many, _) = app.counted(app.learn(Method::GET, &path("?limit=50")).by(Who::Author)).await;
    assert_eq!(few, many);
}

#[actix_web::test]
async fn a_report_on_a_bank_lists_its_children_with_what_is_inside() {
    let inner = choice("url_name=\"deep\"");
    let bank = format!(
        "<itembank url_name=\"bank\" max_count=\"1\"><vertical url_name=\"inner\">{inner}</vertical></itembank>"
    );
    let app = app_with(&bank).await;
    let (deep, inner) = (block("problem", "deep"), block("vertical", "inner"));
    app.get(&format!("/units/{}", block("vertical", UNIT)), LEARNER).await.is(200);
    answer(&app, LEARNER, &deep).await;
    let path = format!("/api/exedra/v1/references/{}/learners/", block("itembank", "bank"));
    let page = app.get(&path, Who::Staff).await.is(200).json();
    let selected = &page["results"][0]["selected"];
    assert_eq!((&selected[0]["usage_key"], &selected[0]["source"]), (&json!(inner), &Value::Null));
    assert_eq!(
        (&selected[0]["inside"][0]["usage_key"], &selected[0]["inside"][0]["earned"]),
        (&json!(deep), &json!(1.0))
    );
    assert_eq!(page["results"][0]["others"], json!([]));
}

#[actix_web::test]
async fn events_are_read_on_from_a_cursor() {
    let app = app_with(&drawn("")).await;
    let first = shown(&app, LEARNER).await;
    answer(&app, LEARNER, &first[0]).await;
    let read = async |query: &str, who: Who| app.get(&format!("/api/exedra/v1/events/{query}"), who).await;
    let names = |page: &Value| -> Vec<String> {
        page["results"].as_array().unwrap().iter().map(|e| e["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = read("", Who::Staff).await.is(200).json();
    assert_eq!(
        names(&all),
        ["edx.librarycontentblock.content.assigned", "problem_check", "grade", "completion"]
    );
    let grade = &all["results"][2];
    assert_eq!(
        *grade,
        json!({"cursor": 3, "name": "grade", "learner": "7", "context": COURSE, "block": first[0],
               "data": {"value": 1.0, "max_value": 1.0, "only_if_higher": false}, "at": "2025-01-01T00:00:00Z"})
    );
    let page = read("?limit=2", Who::Staff).await.is(200).json();
    assert_eq!((names(&page).len(), &page["next"]), (2, &2.into()));
    let page = read("?limit=2&after=2", Who::Staff).await.is(200).json();
    assert_eq!((names(&page), &page["next"]), (vec!["grade".into(), "completion".into()], &4.into()));
    let page = read("?name=grade", Who::Staff).await.is(200).json();
    assert_eq!((names(&page), &page["next"]), (vec!["grade".into()], &4.into()));
    let page = read("?after=4", Who::Staff).await.is(200).json();
    assert_eq!((names(&page).len(), &page["next"]), (0, &4.into()));

    let own = format!("?context={}", COURSE.replace('+', "%2B"));
    assert_eq!(names(&read(&own, Who::Author).await.is(200).json()).len(), 4);
    read("", Who::Author).await.is(403).refused("everything");
    read(&format!("?context={LIBRARY}"), Who::Author).await.is(403).refused("another context");
    read(&own, LEARNER).await.is(403).refused("a learner");
    read("", Who::Nobody).await.is(401).refused("nobody");
    for bad in ["?after=x", "?after=-1", "?limit=0", "?limit=501", "?context=nonsense"] {
        read(bad, Who::Staff).await.problem(400, "bad_request");
    }
}
