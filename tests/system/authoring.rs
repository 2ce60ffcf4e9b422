//! Changing drafts, publishing them, and new runs.

use actix_web::http::Method;
use learning_context::Role;
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp, Who},
    content::{COURSE, INTRO, LIBRARY, PRIVATE_INTRO, UNIT, block},
};

const API: &str = "/api/exedra/v1";

/// Both sites, with a course and a library that user 5 may change.
async fn authored() -> TestApp {
    let app = TestApp::new().await;
    app.role(COURSE, Role::Author).await;
    app.role(LIBRARY, Role::Author).await;
    app
}

async fn post(app: &TestApp, path: &str, body: &Value) -> Answer {
    app.studio(Method::POST, &format!("{API}{path}")).by(Who::Author).json(body).send().await
}

async fn delete(app: &TestApp, path: &str) -> Answer {
    app.studio(Method::DELETE, &format!("{API}{path}")).by(Who::Author).send().await
}

/// Returns the keys of a block's children, as the site shows them to authors.
async fn children(app: &TestApp, context: &str, parent: &str) -> Vec<String> {
    let answer =
        app.get_studio(&format!("{API}/contexts/{context}/blocks/"), Who::Author).await.is(200).json();
    let blocks = answer["blocks"].as_array().unwrap();
    let parent =
        blocks.iter().find(|row| row["usage_key"] == parent).unwrap_or_else(|| panic!("no {parent}"));
    let children = parent["children"].as_array().unwrap().iter();
    children.map(|key| key.as_str().unwrap().to_owned()).collect()
}

fn new_key(answer: &Answer) -> String {
    answer.json()["usage_key"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_duplicate_stands_beside_its_original_with_fresh_ids() {
    let app = authored().await;
    let (unit, sequence) = (block("vertical", "fixed"), block("sequential", "sq"));
    let answer =
        post(&app, &format!("/units/{unit}/duplicate/"), &json!({"display_name": "Again"})).await.is(201);
    let copy = new_key(&answer);
    assert_eq!(
        children(&app, COURSE, &sequence).await,
        [unit.clone(), copy.clone(), block("vertical", "random")]
    );
    let id = copy.rsplit('@').next().unwrap();
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{copy}");
    let map = answer.json()["blocks"].as_object().unwrap().clone();
    assert_eq!(map.len(), 4, "the unit, a text and two references: {map:?}");
    assert_eq!(map[&unit], copy);
    let expected: Vec<String> =
        children(&app, COURSE, &unit).await.iter().map(|key| map[key].as_str().unwrap().to_owned()).collect();
    assert_eq!(children(&app, COURSE, &copy).await, expected);
    app.get(&format!("/units/{copy}"), Who::Learner(7)).await.is(404);

    // A block inside another one, and one of a library with its files.
    let words = new_key(
        &post(&app, &format!("/units/{}/duplicate/", block("html", "words")), &json!({})).await.is(201),
    );
    assert_eq!(children(&app, COURSE, &unit).await[1], words);
    let picture = "lb:Org1:lib1:html:picture";
    let copy = new_key(&post(&app, &format!("/units/{picture}/duplicate/"), &json!({})).await.is(201));
    let folder = copy.replace("lb:Org1:lib1:html:", "html/");
    let (_, files) = app.draft(LIBRARY).await;
    assert!(files.iter().any(|(path, _)| *path == format!("{folder}/static/a b.svg")), "{files:?}");
    let whole = new_key(&post(&app, &format!("/units/{UNIT}/duplicate/"), &json!({})).await.is(201));
    assert_eq!(children(&app, LIBRARY, &whole).await.len(), 1);
}

#[actix_web::test]
async fn blocks_are_pasted_within_and_across_contexts() {
    let app = authored().await;
    let unit = block("vertical", "random");
    let path = format!("/units/{unit}/children/");
    // From the same course, from a library with its picture, and from another course.
    let words = post(&app, &path, &json!({"copy": block("html", "words"), "index": 0})).await.is(201);
    let picture = post(&app, &path, &json!({"copy": "lb:Org1:lib1:html:picture@1"})).await.is(201);
    let expected = [new_key(&words), block("random_lib_ref", "drawn"), new_key(&picture)];
    assert_eq!(children(&app, COURSE, &unit).await, expected);
    let (_, files) = app.draft(COURSE).await;
    assert!(files.iter().any(|(path, _)| path == "static/a b.svg"), "{files:?}");

    let other = "course-v1:Org1+C2+2026";
    let there = "<course url_name=\"2026\"><chapter url_name=\"c\"><sequential url_name=\"s\"><vertical url_name=\"v\">\
        <html url_name=\"h\"><img src=\"/static/one.png\"/><img src=\"/static/same.png\"/><img src=\"/static/two.png\"/></html>\
        </vertical></sequential></chapter></course>";
    let files =
        [("course.xml", there), ("static/one.png", "1"), ("static/same.png", "="), ("static/two.png", "2")];
    app.context(other, false, &files).await;
    app.role(other, Role::Read).await;
    let course = app.shared.contexts.record(&COURSE.parse().unwrap()).await.unwrap();
    app.write(course.bundle, &[("static/same.png", "="), ("static/two.png", "another")]).await;
    let copy = "block-v1:Org1+C2+2026+type@sequential+block@s";
    let answer = post(&app, &format!("/units/{}/children/", block("chapter", "ch")), &json!({"copy": copy}))
        .await
        .is(201);
    assert_eq!(answer.json()["asset_conflicts"], json!(["two.png"]));
    assert_eq!(answer.json()["blocks"].as_object().unwrap().len(), 3);
    let (_, files) = app.draft(COURSE).await;
    let digest = |path: &str| files.iter().find(|(p, _)| p == path).map(|(_, digest)| digest.clone());
    assert!(digest("static/one.png").is_some());
    assert_ne!(digest("static/two.png"), digest("static/one.png"));
    assert_eq!(app.draft(other).await.0.map(|_| ()), Some(()), "only read");
}

#[actix_web::test]
async fn moving_keeps_keys_and_removing_takes_files() {
    let app = authored().await;
    let (fixed, random) = (block("vertical", "fixed"), block("vertical", "random"));
    let (words, drawn) = (block("html", "words"), block("random_lib_ref", "drawn"));
    let body = json!({"parent": fixed, "index": 0});
    post(&app, &format!("/blocks/{drawn}/move/"), &body)
        .await
        .says(200, &json!({"usage_key": drawn, "parent": fixed}));
    let all = children(&app, COURSE, &fixed).await;
    assert_eq!(all[..2], [drawn.clone(), words.clone()]);
    assert!(children(&app, COURSE, &random).await.is_empty());
    delete(&app, &format!("/blocks/{words}/")).await.is(204);
    assert_eq!(children(&app, COURSE, &fixed).await[0], drawn);
    delete(&app, &format!("/blocks/{random}/")).await.is(204);
    let (_, files) = app.draft(COURSE).await;
    assert!(!files.iter().any(|(path, _)| path == "vertical/random.xml"), "{files:?}");
    delete(&app, &format!("/blocks/{random}/")).await.is(404);
    // Learners see what is published until it is published.
    app.get(&format!("/units/{random}"), Who::Learner(7)).await.is(200);
}

#[actix_web::test]
async fn settings_of_course_blocks_are_saved_where_they_are_written() {
    let app = authored().await;
    let path = format!("/api/xblock/v2/xblocks/{}/fields/", block("vertical", "fixed"));
    let body = json!({"metadata": {"display_name": "New <name>"}});
    let saved = app.studio(Method::POST, &path).by(Who::Author).json(&body).send().await.is(200);
    assert_eq!(saved.json()["display_name"], "New <name>");
    let read = app.get_studio(&path, Who::Author).await.is(200);
    assert_eq!(read.json()["display_name"], "New <name>");
    let reset = json!({"metadata": {"display_name": null}});
    app.studio(Method::POST, &path).by(Who::Author).json(&reset).send().await.is(200);
    assert_eq!(app.get_studio(&path, Who::Author).await.json()["metadata"].get("display_name"), None);
    let words = format!("/api/xblock/v2/xblocks/{}/fields/", block("html", "words"));
    app.studio(Method::POST, &words).by(Who::Author).json(&json!({"data": "x"})).send().await.is(400);
}

#[actix_web::test]
async fn who_may_not_is_refused_and_nothing_is_written() {
    let app = authored().await;
    let (unit, words) = (block("vertical", "fixed"), block("html", "words"));
    let before = app.draft(COURSE).await;
    let asks = [
        (Method::POST, format!("/units/{unit}/duplicate/"), json!({})),
        (Method::POST, format!("/units/{unit}/children/"), json!({"copy": words})),
        (Method::DELETE, format!("/blocks/{words}/"), json!({})),
        (Method::POST, format!("/blocks/{words}/move/"), json!({"parent": unit})),
        (Method::POST, format!("/contexts/{COURSE}/publish/"), json!({"name": "n"})),
        (Method::DELETE, format!("/contexts/{COURSE}/draft/"), json!({})),
        (Method::POST, format!("/contexts/{COURSE}/rerun/"), json!({"key": "course-v1:Org1+C1+2027"})),
    ];
    for (method, path, body) in asks {
        let path = format!("{API}{path}");
        let ask = |who| app.studio(method.clone(), &path).by(who).json(&body).send();
        assert_eq!(ask(Who::Nobody).await.status, 401, "{path}");
        assert_eq!(ask(Who::Learner(7)).await.status, 403, "{path}");
        let learn = app.learn(method.clone(), &path).by(Who::Staff).json(&body).send().await;
        assert_eq!(learn.status, 403, "{path}: {}", learn.text());
        let gone = path.replace("Org1+C1+2026", "Org1+C9+2026");
        let missing = app.studio(method.clone(), &gone).by(Who::Staff).json(&body).send().await;
        assert_eq!(missing.status, 404, "{gone}: {}", missing.text());
        if method == Method::POST {
            let broken =
                app.studio(Method::POST, &path).by(Who::Staff).body("application/json", "{\"na").send();
            broken.await.problem(400, "bad_request");
            let odd = app.studio(Method::POST, &path).by(Who::Staff).json(&json!({"no": 1})).send().await;
            odd.problem(400, "bad_request");
        }
        let wrong = app.studio(Method::PUT, &path).by(Who::Staff).json(&body).send().await;
        assert_eq!(wrong.status, 405, "{path}");
        assert_eq!(wrong.header("allow"), method.as_str());
    }
    // An author of the course may still not create courses, nor see a private library.
    let rerun = post(&app, &format!("/contexts/{COURSE}/rerun/"), &json!({"key": "course-v1:a+b+c"})).await;
    assert_eq!(rerun.status, 403);
    let paste = post(&app, &format!("/units/{unit}/children/"), &json!({"copy": PRIVATE_INTRO})).await;
    assert_eq!(paste.status, 403);
    assert_eq!(app.draft(COURSE).await, before);
}

#[actix_web::test]
async fn what_makes_no_sense_is_refused_and_nothing_is_written() {
    let app = authored().await;
    let (unit, words, chapter) = (block("vertical", "fixed"), block("html", "words"), block("chapter", "ch"));
    let before = app.draft(COURSE).await;
    let course = block("course", "course");
    for (path, body) in [
        (format!("/units/{course}/duplicate/"), json!({})),
        (format!("/units/{words}/children/"), json!({"copy": words})),
        (format!("/units/{unit}/children/"), json!({"copy": words, "index": 9})),
        (
            format!("/units/{unit}/children/"),
            json!({"copy": format!("lb-ref:lib1:html:intro:Org1+C1+2026+type@lib_ref+block@chosen")}),
        ),
        (format!("/blocks/{chapter}/move/"), json!({"parent": unit})),
        (format!("/blocks/{words}/move/"), json!({"parent": UNIT})),
        (format!("/blocks/{words}/move/"), json!({"parent": words})),
        (
            "/units/lb-ref:lib1:html:intro:Org1+C1+2026+type@lib_ref+block@chosen/duplicate/".to_owned(),
            json!({}),
        ),
    ] {
        let answer = post(&app, &path, &body).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (422, &json!("cannot_edit")),
            "{path} {}",
            answer.text()
        );
    }
    delete(&app, &format!("/blocks/{course}/")).await.problem(422, "cannot_edit");
    post(&app, &format!("/units/{unit}/children/"), &json!({"copy": "nonsense"}))
        .await
        .problem(400, "bad_request");
    post(&app, &format!("/blocks/{words}/move/"), &json!({"parent": "nonsense"}))
        .await
        .problem(400, "bad_request");
    post(&app, "/units/nonsense/duplicate/", &json!({})).await.problem(404, "not_found");
    let versioned = format!("/units/{INTRO}@1/duplicate/");
    post(&app, &versioned, &json!({})).await.problem(400, "bad_request");
    assert_eq!(app.draft(COURSE).await, before);
}

#[actix_web::test]
async fn a_change_is_made_on_the_state_it_was_meant_for() {
    let app = authored().await;
    let path = format!("{API}/units/{}/duplicate/", block("html", "words"));
    let versions = app.get_studio(&format!("{API}/contexts/{COURSE}/versions/"), Who::Author).await.is(200);
    let etag = versions.header("etag").to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");
    let on = |etag: &str| app.studio(Method::POST, &path).by(Who::Author).header("If-Match", etag).send();
    let first = on(&etag).await.is(201);
    assert_ne!(first.header("etag"), etag);
    on(&etag).await.problem(412, "stale");
    on(&format!("W/{}", first.header("etag"))).await.problem(412, "stale");
    on(&format!("\"x\", {}", first.header("etag"))).await.is(201);
    on("*").await.is(201);
    let publish = format!("{API}/contexts/{COURSE}/publish/");
    let stale = app.studio(Method::POST, &publish).by(Who::Author).header("If-Match", &etag);
    stale.json(&json!({"name": "n"})).send().await.problem(412, "stale");
    let discard = format!("{API}/contexts/{COURSE}/draft/");
    app.studio(Method::DELETE, &discard)
        .by(Who::Author)
        .header("If-Match", &etag)
        .send()
        .await
        .problem(412, "stale");
}

#[actix_web::test]
async fn changes_made_at_once_are_all_kept() {
    let app = authored().await;
    let unit = block("vertical", "fixed");
    let before = children(&app, COURSE, &unit).await.len();
    let path = format!("/units/{unit}/children/");
    let body = json!({"copy": block("html", "words")});
    let all = futures_util::future::join_all((0..6).map(|_| post(&app, &path, &body))).await;
    assert!(
        all.iter().all(|answer| answer.status == 201),
        "{:?}",
        all.iter().map(|a| a.status).collect::<Vec<_>>()
    );
    assert_eq!(children(&app, COURSE, &unit).await.len(), before + 6);
}

#[actix_web::test]
async fn publishing_takes_a_name_and_something_to_publish() {
    let app = authored().await;
    let path = format!("/contexts/{COURSE}/publish/");
    let versions = async || {
        app.get_studio(&format!("{API}/contexts/{COURSE}/versions/"), Who::Author).await.is(200).json()
    };
    post(&app, &path, &json!({"name": "First"})).await.problem(409, "nothing_to_publish");
    let copy =
        new_key(&post(&app, &format!("/units/{}/duplicate/", block("vertical", "fixed")), &json!({})).await);
    assert_eq!(versions().await["has_changes"], true);
    for body in [json!({}), json!({"name": ""}), json!({"name": " \n"}), json!({"name": null})] {
        post(&app, &path, &body).await.problem(422, "name_required");
    }
    post(&app, &path, &json!({"name": "n".repeat(181)})).await.problem(413, "too_large");
    post(&app, &path, &json!({"name": "n", "comment": "c".repeat(1_001)})).await.problem(413, "too_large");
    app.get(&format!("/units/{copy}"), Who::Learner(7)).await.is(404);
    let answer =
        post(&app, &path, &json!({"name": " Week 2 ", "comment": "More words"})).await.is(200).json();
    assert_eq!(answer["version"]["num"], 2);
    assert_eq!((&answer["version"]["name"], &answer["version"]["author"]), (&json!("Week 2"), &json!("5")));
    assert!(answer["findings"].is_array());
    app.get(&format!("/units/{copy}"), Who::Learner(7)).await.is(200);
    let listed = versions().await;
    assert_eq!((&listed["latest"], &listed["has_changes"]), (&json!(2), &json!(false)));
    assert_eq!(listed["results"][1], answer["version"]);
    post(&app, &path, &json!({"name": "Third"})).await.problem(409, "nothing_to_publish");
    let library = post(&app, &format!("/contexts/{LIBRARY}/publish/"), &json!({"name": "L3"})).await.is(200);
    assert_eq!(library.json()["version"]["num"], 3);
}

#[actix_web::test]
async fn a_discarded_draft_is_what_was_published() {
    let app = authored().await;
    let (unit, words) = (block("vertical", "fixed"), block("html", "words"));
    let before = children(&app, COURSE, &unit).await;
    delete(&app, &format!("/blocks/{words}/")).await.is(204);
    assert_ne!(children(&app, COURSE, &unit).await, before);
    let discard = format!("/contexts/{COURSE}/draft/");
    delete(&app, &discard).await.is(204);
    assert_eq!(children(&app, COURSE, &unit).await, before);
    delete(&app, &discard).await.is(204);
    delete(&app, &format!("/blocks/{words}/")).await.is(204);
    assert_ne!(children(&app, COURSE, &unit).await, before, "a new draft starts on what is published");
}

#[actix_web::test]
async fn a_new_run_has_the_same_blocks_under_its_own_key() {
    let app = authored().await;
    let new = "course-v1:Org2+C1+next";
    let path = format!("{API}/contexts/{COURSE}/rerun/");
    let run = |body: Value| app.studio(Method::POST, &path).by(Who::Staff).json(&body).send();
    let course = app.shared.contexts.record(&COURSE.parse().unwrap()).await.unwrap();
    app.write(
        course.bundle,
        &[
            (
                "policies/2026/policy.json",
                r#"{"course/2026": {"display_name": "Policy"}, "vertical/random": {"display_name": "P"}}"#,
            ),
            ("policies/2026/grading_policy.json", "{}"),
        ],
    )
    .await;
    app.publish(course.bundle).await;
    let answer = run(json!({"key": new, "title": "Next run"})).await.is(201).json();
    assert_eq!((&answer["key"], &answer["title"]), (&json!(new), &json!("Next run")));
    let blocks = async |key: &str, own: &str| -> Vec<String> {
        let answer =
            app.get_studio(&format!("{API}/contexts/{key}/blocks/"), Who::Staff).await.is(200).json();
        let rows = answer["blocks"].as_array().unwrap().iter();
        rows.map(|row| row["usage_key"].as_str().unwrap().replace(own, "RUN")).collect()
    };
    assert_eq!(blocks(new, "Org2+C1+next").await, blocks(COURSE, "Org1+C1+2026").await);
    let (_, files) = app.draft(new).await;
    let names: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let expected = [
        "course.xml",
        "course/next.xml",
        "policies/next/grading_policy.json",
        "policies/next/policy.json",
        "vertical/fixed.xml",
        "vertical/random.xml",
    ];
    assert_eq!(names, expected);
    let unit = "block-v1:Org2+C1+next+type@vertical+block@random";
    let fields = async |usage: &str| {
        app.get_studio(&format!("/api/xblock/v2/xblocks/{usage}/fields/"), Who::Staff).await.is(200).json()
    };
    assert_eq!(fields(unit).await["display_name"], "P");
    assert_eq!(fields("block-v1:Org2+C1+next+type@course+block@course").await["display_name"], "Next run");
    // Overrides came along, and a learner starts afresh.
    let children = |answer: Answer| answer.json()["children"].as_array().unwrap().clone();
    let fixed = "block-v1:Org2+C1+next+type@vertical+block@fixed";
    let old =
        children(app.get(&format!("{API}/units/{}/", block("vertical", "fixed")), Who::Learner(7)).await);
    let there = children(app.get(&format!("{API}/units/{fixed}/"), Who::Learner(7)).await.is(200));
    assert_eq!(there[1]["overridden"], old[1]["overridden"]);
    assert_eq!(there[1]["definition"], old[1]["definition"]);
    let lists = app.get_studio(&format!("{API}/contexts/{new}/versions/"), Who::Staff).await.is(200).json();
    assert_eq!((&lists["latest"], &lists["results"][0]["author"]), (&json!(1), &json!("1")));

    run(json!({"key": new})).await.problem(409, "already_exists");
    run(json!({"key": "lib:a:b"})).await.problem(422, "cannot_edit");
    run(json!({"key": "nonsense"})).await.problem(400, "bad_request");
    run(json!({"key": "course-v1:a+b+c", "title": "t".repeat(256)})).await.problem(413, "too_large");
    let library = format!("{API}/contexts/{LIBRARY}/rerun/");
    let body = json!({"key": "course-v1:a+b+c"});
    app.studio(Method::POST, &library).by(Who::Staff).json(&body).send().await.problem(422, "cannot_edit");
}

#[actix_web::test]
async fn contexts_are_listed_by_kind_and_text() {
    let app = authored().await;
    let list = async |query: &str| -> Vec<String> {
        let answer = app.get_studio(&format!("{API}/contexts/{query}"), Who::Author).await.is(200).json();
        answer["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["key"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(list("").await, [COURSE, LIBRARY]);
    assert_eq!(list("?kind=library").await, [LIBRARY]);
    assert_eq!(list("?kind=course&q=TITLE%20of").await, [COURSE]);
    assert!(list("?q=nowhere").await.is_empty());
    for bad in ["?kind=planet", "?after=x"] {
        app.get_studio(&format!("{API}/contexts/{bad}"), Who::Author).await.problem(400, "bad_request");
    }
}

#[actix_web::test]
async fn changes_take_the_same_number_of_statements_however_large_the_unit_is() {
    let app = authored().await;
    let mut counts = Vec::new();
    for blocks in [2, 60] {
        let inside: String = (0..blocks).map(|n| format!("<html url_name=\"h{blocks}x{n}\"/>")).collect();
        let text = format!(
            "<course url_name=\"r\"><chapter url_name=\"c\"><sequential url_name=\"s\"><vertical url_name=\"v\">{inside}</vertical></sequential></chapter></course>"
        );
        let mut files = vec![("course.xml".to_owned(), text)];
        files.extend((0..blocks).map(|n| (format!("html/h{blocks}x{n}.xml"), format!("<html>{n}</html>"))));
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
        let key = format!("course-v1:Org1+size{blocks}+r");
        app.context(&key, false, &files).await;
        app.role(&key, Role::Author).await;
        let unit = format!("block-v1:Org1+size{blocks}+r+type@vertical+block@v");
        let ask = app.studio(Method::POST, &format!("{API}/units/{unit}/duplicate/")).by(Who::Author);
        let (count, answer) = app.counted(ask).await;
        assert_eq!(answer.is(201).json()["blocks"].as_object().unwrap().len(), blocks + 1);
        counts.push(count);
    }
    assert_eq!(counts[0], counts[1]);
}

#[actix_web::test]
async fn a_new_run_has_a_title_and_a_key_that_can_be_used() {
    let app = authored().await;
    let path = format!("{API}/contexts/{COURSE}/rerun/");
    let run = |body: Value| app.studio(Method::POST, &path).by(Who::Staff).json(&body).send();
    for title in ["a\u{0}b", "a\u{1}b", "a\nb", "a\u{fffe}b"] {
        let answer = run(json!({"key": "course-v1:Org2+C1+odd", "title": title})).await;
        answer.refused(title);
    }
    for key in
        ["course-v1:Org1+C1+r+branch@draft-branch", "lib:Org1:new", "course-v1:Org1+C1", "course-v1:a+b+c%00"]
    {
        run(json!({ "key": key })).await.refused(key);
    }
    let listed = app.get_studio(&format!("{API}/contexts/"), Who::Staff).await.is(200).text().to_owned();
    assert!(!listed.contains("Org2") && !listed.contains("branch"), "{listed}");
}
