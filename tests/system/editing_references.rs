//! References as authors make, change, update and sever them.

use actix_web::http::Method;
use learning_context::Role;
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp, Who, attributes},
    content::{COURSE, LIBRARY, PRIVATE, block, choice},
};

const REFERENCES: &str = "/api/exedra/v1/references/";
const AUTHOR: Who = Who::Author;

fn at(id: &str) -> String {
    let tag = if id == "drawn" { "random_lib_ref" } else { "lib_ref" };
    format!("{REFERENCES}{}/", block(tag, id))
}

async fn authored() -> TestApp {
    let app = TestApp::new().await;
    app.role(COURSE, Role::Author).await;
    app.role(LIBRARY, Role::Read).await;
    app
}

async fn send(app: &TestApp, method: Method, path: &str, body: Value) -> Answer {
    app.studio(method, path).by(AUTHOR).json(&body).send().await
}

async fn create(app: &TestApp, body: Value) -> Answer {
    let path = format!("/api/exedra/v1/units/{}/references/", block("vertical", "random"));
    send(app, Method::POST, &path, body).await
}

async fn patch(app: &TestApp, id: &str, fields: Value) -> Answer {
    send(app, Method::PATCH, &at(id), json!({"fields": fields})).await
}

async fn read(app: &TestApp, id: &str) -> Value {
    app.get_studio(&at(id), AUTHOR).await.is(200).json()
}

fn codes(answer: &Answer) -> Vec<String> {
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    errors
        .iter()
        .map(|e| format!("{} {}", e["code"].as_str().unwrap(), e["field"].as_str().unwrap()))
        .collect()
}

#[actix_web::test]
async fn a_reference_is_made_pinned_and_read_with_its_pool() {
    let app = authored().await;
    let body = json!({"block_type": "lib_ref", "id": "made", "index": 0,
        "fields": {"library_key": LIBRARY, "blocks": ["problem:p1", "html:intro"], "field_overrides": {"display_name": "Mine"}}});
    let answer = create(&app, body.clone()).await.is(201);
    let key = block("lib_ref", "made");
    assert!(answer.header("location").ends_with(&format!("/api/exedra/v1/references/{key}/")));
    let told = answer.json();
    assert_eq!(told["usage_key"], json!(key));
    assert_eq!((&told["fields"]["library_version"], &told["version"]), (&json!(2), &json!("draft")));
    assert_eq!(told["update"], json!({"pinned": 2, "latest": 2, "declined": null, "state": "current"}));
    assert_eq!(
        told["pool"][0],
        json!({"block": "lb:Org1:lib1:problem:p1",
        "usage_key": format!("lb-ref:lib1:problem:p1:{}", &key["block-v1:".len()..]),
        "block_type": "problem", "display_name": "Mine", "overridden": ["display_name"]})
    );
    assert_eq!(told["pool"].as_array().unwrap().len(), 2);
    assert_eq!(told["findings"], json!([]));
    assert_eq!(read(&app, "made").await, told);
    create(&app, body).await.problem(409, "already_exists");
    // Learners see nothing of it before it is published.
    app.get(&at("made"), AUTHOR).await.is(404);
    let made = create(&app, json!({"block_type": "random_lib_ref"})).await.is(201).json();
    assert_eq!(made["findings"][0]["code"], "library_not_selected");
    assert_eq!(made["library"], Value::Null);
    let id = made["usage_key"].as_str().unwrap().rsplit('@').next().unwrap().to_owned();
    assert_eq!(id.len(), 32);
}

#[actix_web::test]
async fn what_cannot_be_saved_is_told_field_by_field_and_nothing_is_written() {
    let app = authored().await;
    let before = app.draft(COURSE).await;
    for (fields, told) in [
        (json!({"count": 0}), vec!["count_invalid count"]),
        (json!({"count": -2}), vec!["count_invalid count"]),
        (json!({"blocks": "[\"problem"}), vec!["field_invalid blocks"]),
        (json!({"field_overrides": "{"}), vec!["field_invalid field_overrides"]),
        (json!({"group": "a b"}), vec!["group_invalid group"]),
        (json!({"no_such": 1, "shuffle": 7}), vec!["field_invalid no_such", "field_invalid shuffle"]),
        (json!({"library_key": "lib:Org1:nowhere"}), vec!["library_missing library_key"]),
        (json!({"library_key": PRIVATE}), vec!["library_missing library_key"]),
        (json!({"library_version": 9}), vec!["library_version_missing library_version"]),
        (json!({"library_version": "spring"}), vec!["library_version_missing library_version"]),
        (json!({"field_overrides": {"children": []}}), vec!["override_forbidden children"]),
        (
            json!({"field_overrides": {"max_attempts": "x", "never": 1}}),
            vec!["override_bad_type max_attempts", "override_unknown_field never"],
        ),
        (
            json!({"block_field_overrides": {"lb:Org1:lib1:problem:p1": {"never": 1}}}),
            vec!["override_unknown_field never"],
        ),
        (
            json!({"field_overrides": {"display_name": "x".repeat(70_000)}}),
            vec!["overrides_too_large field_overrides"],
        ),
    ] {
        let answer = patch(&app, "drawn", fields.clone()).await;
        let code = told[0].split(' ').next().unwrap();
        answer.problem(422, code);
        assert_eq!(codes(&answer), told, "{fields}");
    }
    let there = patch(&app, "drawn", json!({"library_version": 9})).await;
    assert!(there.json()["detail"].as_str().unwrap().contains("there are versions 1, 2"), "{}", there.text());
    let block = patch(&app, "drawn", json!({"block_field_overrides": {"problem:p1": {"data": "x"}}})).await;
    assert_eq!(block.json()["errors"][0]["block"], "problem:p1");
    // Nobody learns which libraries there are from how the answer differs.
    let [gone, closed] =
        ["lib:Org1:gonegone", PRIVATE].map(|key| patch(&app, "drawn", json!({"library_key": key})));
    let (gone, closed) =
        (gone.await.text().replace("lib:Org1:gonegone", ""), closed.await.text().replace(PRIVATE, ""));
    assert_eq!(gone, closed);
    patch(&app, "drawn", json!({"library_key": "lib:Org2:lib1"})).await.problem(409, "library_slug_conflict");
    for body in [json!({"block_type": "html"}), json!({"block_type": "lib_ref", "id": "a b"})] {
        create(&app, body).await.problem(422, "field_invalid");
    }
    for body in ["", "{", "[]", "{\"fields\": 3}", "{\"other\": {}}"] {
        let ask = app.studio(Method::PATCH, &at("drawn")).by(AUTHOR).body("application/json", body);
        assert_eq!(ask.send().await.status, 400, "{body}");
    }
    assert_eq!(app.draft(COURSE).await, before);
}

#[actix_web::test]
async fn overrides_that_apply_to_nothing_are_never_dropped() {
    let app = authored().await;
    let kept = read(&app, "chosen").await["fields"].clone();
    assert_eq!(kept["field_overrides"], json!({"max_attempts": 7, "no_such": 1}));
    let mut overrides = kept["block_field_overrides"].clone();
    overrides["lb:Org1:lib1:video:gone"] = json!({"whatever": [1, {"a": null}]});
    let changed = patch(&app, "chosen", json!({"block_field_overrides": overrides, "display_name": "T"}))
        .await
        .is(200)
        .json();
    assert_eq!(changed["fields"]["field_overrides"], kept["field_overrides"]);
    assert_eq!(changed["fields"]["block_field_overrides"], overrides);
    let told = changed["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["code"].as_str().unwrap())
        .collect::<Vec<_>>();
    assert!(told.contains(&"override_orphan"), "{told:?}");
    let update = format!("{}update/", at("chosen"));
    for to in [2, 1] {
        let updated = send(&app, Method::POST, &update, json!({"to": to})).await.is(200).json();
        assert_eq!(updated["fields"]["library_version"], to);
        assert_eq!(updated["fields"]["field_overrides"], kept["field_overrides"]);
        assert_eq!(updated["fields"]["block_field_overrides"], overrides);
    }
}

#[actix_web::test]
async fn only_authors_change_references_on_the_studio_site() {
    let app = authored().await;
    let body = json!({"fields": {"count": 1}});
    app.learn(Method::PATCH, &at("drawn")).by(AUTHOR).json(&body).send().await.is(403).refused("learn");
    app.studio(Method::PATCH, &at("drawn"))
        .by(Who::Learner(7))
        .json(&body)
        .send()
        .await
        .is(403)
        .refused("role");
    app.studio(Method::PATCH, &at("drawn")).json(&body).send().await.is(401).refused("nobody");
    app.get_studio(&at("drawn"), Who::Nobody).await.is(401).refused("nobody");
    app.get_studio(&at("drawn"), Who::Learner(7)).await.is(403).refused("role");
    app.get_studio(&at("none"), AUTHOR).await.is(404).refused("none");
    app.get_studio(&format!("{REFERENCES}{}/", block("html", "words")), AUTHOR)
        .await
        .problem(404, "not_found");
    app.get_studio(&format!("{REFERENCES}nonsense/"), AUTHOR).await.problem(404, "not_found");
    app.studio(Method::PUT, &at("drawn")).by(AUTHOR).json(&body).send().await.is(405);
    app.role(COURSE, Role::Read).await;
    app.studio(Method::PATCH, &at("drawn")).by(AUTHOR).json(&body).send().await.is(403).refused("read only");
    app.get_studio(&at("drawn"), AUTHOR).await.is(200);
}

#[actix_web::test]
async fn a_library_the_author_may_not_see_is_told_of_like_one_that_is_missing() {
    let app = TestApp::new().await;
    app.role(COURSE, Role::Author).await;
    let hidden = read(&app, "drawn").await;
    assert_eq!((&hidden["pool"], &hidden["library"]["title"]), (&json!([]), &Value::Null));
    assert_eq!(hidden["update"]["state"], "pinned_missing");
    assert_eq!(hidden["findings"][0]["code"], "library_missing");
    // What is not about the library can be saved all the same.
    let saved = patch(&app, "drawn", json!({"count": 3})).await.is(200).json();
    assert_eq!((&saved["fields"]["count"], &saved["fields"]["library_version"]), (&json!(3), &json!(1)));
}

#[actix_web::test]
async fn an_update_is_previewed_applied_and_declined() {
    let app = authored().await;
    let update = format!("{}update/", at("chosen"));
    let state = app.get_studio(&update, AUTHOR).await.is(200).json();
    assert_eq!(
        (&state["pinned"], &state["latest"], &state["state"]),
        (&json!(1), &json!(2), &json!("update_available"))
    );
    assert_eq!((&state["versions"][1]["num"], &state["versions"][1]["name"]), (&json!(2), &json!("v2")));
    let preview = app.get_studio(&format!("{update}preview/"), AUTHOR).await.is(200);
    let told = preview.json();
    assert_eq!(
        told["changed"],
        json!([{"block": "lb:Org1:lib1:html:intro", "fields": [], "content_changed": true, "assets_changed": false}])
    );
    assert_eq!((&told["pool"], &told["removed"]), (&json!({"before": 2, "after": 2}), &json!([])));
    app.get_studio(&format!("{update}preview/?to=9"), AUTHOR).await.problem(422, "library_version_missing");
    app.get_studio(&format!("{update}preview/?to=x"), AUTHOR).await.problem(400, "bad_request");
    // Declined, it is no longer told of; updated, it is current.
    let declined = send(&app, Method::DELETE, &update, json!({})).await.is(200).json();
    assert_eq!(declined["update"], json!({"pinned": 1, "latest": 2, "declined": 2, "state": "declined"}));
    let stale = app.studio(Method::POST, &update).by(AUTHOR).header("If-Match", preview.header("etag"));
    stale.json(&json!({"to": 2})).send().await.problem(412, "stale");
    let fresh = app.get_studio(&format!("{update}preview/?to=2"), AUTHOR).await.is(200);
    let ask = app.studio(Method::POST, &update).by(AUTHOR).header("If-Match", fresh.header("etag"));
    let updated =
        ask.json(&json!({"to": 2, "discard": ["lb:Org1:lib1:html:intro"]})).send().await.is(200).json();
    assert_eq!(updated["update"]["state"], "current");
    assert_eq!(updated["fields"].get("block_field_overrides"), None);
    assert_eq!(
        updated["previous"]["block_field_overrides"]["lb:Org1:lib1:html:intro"],
        json!({"display_name": "Renamed"})
    );
    let back = patch(&app, "chosen", updated["previous"].clone()).await.is(200).json();
    assert_eq!(
        back["fields"]["block_field_overrides"]["lb:Org1:lib1:html:intro"],
        json!({"display_name": "Renamed"})
    );
    for to in [json!(9), json!("spring"), json!(0), json!(null)] {
        assert_eq!(send(&app, Method::POST, &update, json!({"to": to})).await.status / 100, 4, "{to}");
    }
    app.learn(Method::POST, &update).by(AUTHOR).json(&json!({"to": 1})).send().await.is(403);
}

#[actix_web::test]
async fn a_library_published_since_the_preview_makes_it_stale() {
    let app = authored().await;
    let update = format!("{}update/", at("chosen"));
    let preview = app.get_studio(&format!("{update}preview/"), AUTHOR).await.is(200);
    let found = learning_context::ContextStore::contexts(&*app.shared.database, &[LIBRARY.parse().unwrap()])
        .await
        .unwrap();
    app.publish(found[0].1.bundle).await;
    let ask = app.studio(Method::POST, &update).by(AUTHOR).header("If-Match", preview.header("etag"));
    ask.json(&json!({"to": 2})).send().await.problem(412, "stale");
    send(&app, Method::POST, &update, json!({"to": 2})).await.is(200);
}

/// A library with `problem/a` and `problem/b`, then with `problem/b` alone, and a course that pins the first.
async fn shrinking() -> (TestApp, String) {
    let app = TestApp::empty().await;
    let (a, b) = (choice("display_name=\"A\""), choice("display_name=\"B\""));
    let bundle = app
        .context("lib:O:two", true, &[("problem/a/definition.xml", &a), ("problem/b/definition.xml", &b)])
        .await;
    let gone = blockstore::Change::Delete("problem/a/definition.xml".parse().unwrap());
    let draft = blockstore::DraftName::studio();
    blockstore::Blockstore::write_draft(&*app.shared.database, bundle, &draft, vec![gone], None)
        .await
        .unwrap();
    app.publish(bundle).await;
    let unit = |n: u32| {
        format!(
            "<vertical url_name=\"v{n}\"><lib_ref url_name=\"r{n}\" library_key=\"lib:O:two\" library_version=\"1\"/></vertical>"
        )
    };
    let course = format!(
        "<course url_name=\"R\" org=\"O\" course=\"C\"><chapter url_name=\"c\"><sequential url_name=\"s\">{}{}</sequential></chapter></course>",
        unit(1),
        unit(2)
    );
    app.context("course-v1:O+C+R", false, &[("course.xml", &course)]).await;
    app.role("course-v1:O+C+R", Role::Author).await;
    app.role("lib:O:two", Role::Read).await;
    (app, "block-v1:O+C+R+type@lib_ref+block@r".to_owned())
}

#[actix_web::test]
async fn blocks_that_learners_have_leave_only_when_that_is_confirmed() {
    let (app, key) = shrinking().await;
    let unit = "/api/exedra/v1/units/block-v1:O+C+R+type@vertical+block@v1/";
    for learner in [7, 8] {
        app.get(unit, Who::Learner(learner)).await.is(200);
    }
    let update = format!("{REFERENCES}{key}1/update/");
    let removed = json!([{"block": "lb:O:two:problem:a", "block_type": "problem", "selected_by": 2, "has_state": false}]);
    let preview = app.get_studio(&format!("{update}preview/?to=2"), AUTHOR).await.is(200).json();
    assert_eq!(preview["removed"], removed);
    let refused = send(&app, Method::POST, &update, json!({"to": 2})).await;
    refused.problem(409, "removed_blocks_in_use");
    assert_eq!(refused.json()["removed"], removed);
    // All at once: what nobody has is updated, the other is told of.
    let context = "?context=course-v1%3AO%2BC%2BR";
    let all = format!("{REFERENCES}update/{context}");
    let done = send(&app, Method::POST, &all, json!({"to": "latest"})).await.is(200).json();
    assert_eq!(
        (&done["results"][0]["status"], &done["results"][0]["removed"]),
        (&json!("refused"), &removed)
    );
    assert_eq!(done["results"][0]["errors"][0]["code"], "removed_blocks_in_use");
    assert_eq!((&done["results"][1]["status"], &done["results"][1]["to"]), (&json!("updated"), &json!(2)));
    let summary = app.get_studio(&format!("{REFERENCES}summary/{context}"), AUTHOR).await.is(200);
    summary.says(200, &json!({"ready_to_sync_count": 1, "total_count": 2}));
    let updated =
        send(&app, Method::POST, &update, json!({"to": 2, "confirm_removed": true})).await.is(200).json();
    assert_eq!(updated["pool"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn many_are_listed_updated_and_declined_in_constant_statements() {
    let (app, key) = shrinking().await;
    let context = "?context=course-v1%3AO%2BC%2BR";
    let list = format!("{REFERENCES}{context}");
    let rows = app.get_studio(&list, AUTHOR).await.is(200).json();
    assert_eq!(
        rows["results"][0],
        json!({"usage_key": format!("{key}1"), "block_type": "lib_ref",
        "unit": "block-v1:O+C+R+type@vertical+block@v1", "library_key": "lib:O:two", "pinned": 1, "latest": 2,
        "declined": null, "state": "update_available"})
    );
    let (statements, _) = app.counted(app.studio(Method::GET, &list).by(AUTHOR)).await;
    assert!(statements <= 4, "{statements} statements");
    let one = json!({"keys": [format!("{key}1"), "block-v1:O+C+R+type@lib_ref+block@none"]});
    let declined =
        send(&app, Method::DELETE, &format!("{REFERENCES}update/{context}"), one).await.is(200).json();
    let statuses: Vec<_> =
        declined["results"].as_array().unwrap().iter().map(|r| r["status"].clone()).collect();
    assert_eq!(statuses, ["declined", "refused"]);
    assert_eq!(declined["results"][1]["errors"][0]["code"], "not_found");
    let left = app.get_studio(&format!("{list}&updates=true"), AUTHOR).await.is(200).json();
    assert_eq!(left["results"].as_array().unwrap().len(), 1);
    let revision = app.draft("course-v1:O+C+R").await.0.unwrap();
    let all = json!({"keys": [format!("{key}1"), format!("{key}2")], "confirm_removed": true});
    let done = send(&app, Method::POST, &format!("{REFERENCES}update/{context}"), all).await.is(200).json();
    assert!(done["results"].as_array().unwrap().iter().all(|r| r["status"] == "updated"), "{done}");
    assert_eq!(app.draft("course-v1:O+C+R").await.0, Some(revision + 1), "one write for all");
    app.get_studio(REFERENCES, AUTHOR).await.problem(400, "bad_request");
    app.get_studio(&format!("{REFERENCES}?context=course-v1:No%2BC%2BR"), AUTHOR).await.is(404);
    app.get_studio(&list, Who::Learner(7)).await.is(403);
    send(&app, Method::POST, &format!("{REFERENCES}update/{context}"), json!({"to": "first"}))
        .await
        .problem(400, "bad_request");
}

#[actix_web::test]
async fn customisations_are_listed_and_taken_back() {
    let app = authored().await;
    let path = format!("{}customizations/", at("chosen"));
    let listed = app.get_studio(&path, AUTHOR).await.is(200).json();
    assert_eq!(
        listed["blocks"],
        json!([
            {"block": "lb:Org1:lib1:html:intro", "block_type": "html", "orphan": false, "fields": [
                {"field": "display_name", "level": "block", "value": "Renamed", "library_value": "Intro", "effective_value": "Renamed"}]},
            {"block": "lb:Org1:lib1:problem:p1", "block_type": "problem", "orphan": false, "fields": [
                {"field": "max_attempts", "level": "reference", "value": 7, "library_value": 2, "effective_value": 7}]},
        ])
    );
    let one = format!("{path}?block=lb:Org1:lib1:html:intro&field=display_name");
    let cleared = send(&app, Method::DELETE, &one, json!({})).await.is(200).json();
    assert_eq!(
        cleared["previous"],
        json!({"block_field_overrides": {"lb:Org1:lib1:html:intro": {"display_name": "Renamed"}}})
    );
    let all = send(&app, Method::DELETE, &path, json!({})).await.is(200).json();
    assert_eq!(all["previous"], json!({"field_overrides": {"max_attempts": 7, "no_such": 1}}));
    assert_eq!(app.get_studio(&path, AUTHOR).await.is(200).json()["blocks"], json!([]));
    let restored = patch(&app, "chosen", cleared["previous"].clone()).await.is(200).json();
    assert_eq!(restored["pool"][0]["overridden"], json!(["display_name"]));
    app.learn(Method::DELETE, &path).by(AUTHOR).send().await.is(403);
}

#[actix_web::test]
async fn a_removed_reference_is_gone_from_the_draft_only() {
    let app = authored().await;
    app.studio(Method::DELETE, &at("drawn"))
        .by(AUTHOR)
        .header("If-Match", "\"other\"")
        .send()
        .await
        .problem(412, "stale");
    app.studio(Method::DELETE, &at("drawn")).by(AUTHOR).send().await.is(204);
    app.get_studio(&at("drawn"), AUTHOR).await.is(404);
    app.get(&at("drawn"), AUTHOR).await.is(200);
}

#[actix_web::test]
async fn a_unit_has_at_most_fifty_references() {
    let app = authored().await;
    let references: String =
        (0..50).map(|n| format!("<lib_ref url_name=\"n{n}\" display_name=\"R\"/>")).collect();
    let found = learning_context::ContextStore::contexts(&*app.shared.database, &[COURSE.parse().unwrap()])
        .await
        .unwrap();
    app.write(found[0].1.bundle, &[("vertical/random.xml", &format!("<vertical>{references}</vertical>"))])
        .await;
    create(&app, json!({"block_type": "lib_ref"})).await.problem(422, "too_many_references");
}

#[actix_web::test]
async fn a_library_cannot_come_to_stand_in_itself() {
    let app = TestApp::empty().await;
    let unit = |inside: &str| format!("<unit>{inside}</unit>");
    let to = |key: &str| format!("<lib_ref url_name=\"back\" library_key=\"{key}\" library_version=\"1\"/>");
    app.context("lib:O:one", true, &[("unit/u/definition.xml", &unit(""))]).await;
    let back = ("lib_ref/back/definition.xml", &*to("lib:O:one"));
    let include = unit("<xblock-include definition=\"lib_ref/back\"/>");
    app.context("lib:O:two", true, &[("unit/u/definition.xml", &include), back]).await;
    for key in ["lib:O:one", "lib:O:two"] {
        app.role(key, Role::Author).await;
    }
    for key in ["lib:O:one", "lib:O:two"] {
        let body = json!({"block_type": "lib_ref", "id": "made", "fields": {"library_key": key}});
        let answer = send(&app, Method::POST, "/api/exedra/v1/units/lb:O:one:unit:u/references/", body).await;
        answer.problem(422, "include_cycle");
    }
}

#[actix_web::test]
async fn a_severed_reference_leaves_ordinary_blocks_with_its_overrides_and_files() {
    let app = authored().await;
    let fields = json!({"blocks": ["html:intro", "html:picture", "problem:p1"]});
    patch(&app, "chosen", fields).await.is(200);
    let unlinked =
        send(&app, Method::POST, &format!("{}unlink/", at("chosen")), json!({})).await.is(200).json();
    assert_eq!(unlinked["state"], "unlinked");
    let keys = [block("html", "intro"), block("html", "picture"), block("problem", "p1")];
    assert_eq!(unlinked["blocks"], json!(keys));
    assert_eq!(unlinked["previous"]["library_key"], LIBRARY);
    let unit = app
        .get_studio(&format!("/api/exedra/v1/units/{}/", block("vertical", "fixed")), AUTHOR)
        .await
        .is(200)
        .json();
    let shown: Vec<_> = unit["children"].as_array().unwrap().iter().map(|c| c["usage_key"].clone()).collect();
    assert_eq!(shown[1..], keys.map(Value::from));
    let fields = async |key: &str| {
        app.get_studio(&format!("/api/xblock/v2/xblocks/{key}/fields/"), AUTHOR).await.is(200).json()
    };
    let intro = fields(&block("html", "intro")).await;
    assert_eq!(
        (&intro["display_name"], intro["data"].as_str().unwrap().trim()),
        (&json!("Renamed"), "<p>Old</p>")
    );
    assert_eq!(fields(&block("problem", "p1")).await["metadata"]["max_attempts"], 7);
    let files = app.draft(COURSE).await.1;
    assert!(files.iter().any(|(path, _)| path == "static/a b.svg"), "{files:?}");
    app.get_studio(&at("chosen"), AUTHOR).await.is(404);
    // Where each learner is given some, a bank goes on choosing.
    let drawn = send(&app, Method::POST, &format!("{}unlink/", at("drawn")), json!({})).await.is(200).json();
    assert_eq!(drawn["blocks"], json!([block("itembank", "drawn")]));
    let unit = app
        .get_studio(&format!("/api/exedra/v1/units/{}/", block("vertical", "random")), AUTHOR)
        .await
        .is(200)
        .json();
    assert_eq!(unit["children"][0]["children"].as_array().unwrap().len(), 2, "{unit}");
}

#[actix_web::test]
async fn what_learners_did_goes_along_when_a_reference_is_severed() {
    const LEARNER: Who = Who::Learner(7);
    let app = authored().await;
    let shown = async || -> Vec<String> {
        let path = format!("/api/exedra/v1/units/{}/", block("vertical", "random"));
        let unit = app.get(&path, LEARNER).await.is(200).json();
        let children = match unit["children"][0]["children"].as_array() {
            Some(of_bank) => of_bank.clone(),
            None => unit["children"].as_array().unwrap().clone(),
        };
        children.iter().map(|child| child["usage_key"].as_str().unwrap().to_owned()).collect()
    };
    let before = shown().await;
    assert_eq!(before.len(), 2);
    let page = app.get(&format!("/units/{}", block("vertical", "random")), LEARNER).await.is(200).html();
    let name =
        attributes(&page, &format!("[data-usage='{}'] input[type=radio]", before[1]), "name").remove(0);
    let check = app.handler(&before[1], "7", "xmodule_handler/problem_check");
    app.learn(Method::POST, &check).form(&[(&name, "choice_1")]).send().await.is(200);

    send(&app, Method::POST, &format!("{}unlink/", at("drawn")), json!({})).await.is(200);
    assert_eq!(shown().await, before, "nothing changes before it is published");
    let publish = format!("/api/exedra/v1/contexts/{COURSE}/publish/");
    send(&app, Method::POST, &publish, json!({"name": "Severed"})).await.is(200);

    let after = shown().await;
    let id = |key: &String| key.parse::<opaque_keys::UsageKey>().unwrap().block_id().to_owned();
    assert_eq!(after.iter().map(id).collect::<Vec<_>>(), before.iter().map(id).collect::<Vec<_>>());
    assert!(after.iter().all(|key| key.starts_with("block-v1:")), "{after:?}");
    let state = app.state("7", &[&after[1], &before[1]]).await;
    assert_eq!(state.blocks[&after[1].parse().unwrap()].score, Some((1.0, 1.0)));
    // Addresses made before are understood, with the tokens made for them.
    let get = app.handler(&before[1], "7", "xmodule_handler/problem_get");
    app.learn(Method::POST, &get).form(&[]).send().await.is(200);
}

#[actix_web::test]
async fn of_references_named_many_times_each_is_told_of_once() {
    let app = authored().await;
    let path = format!("{REFERENCES}update/?context={}", COURSE.replace('+', "%2B"));
    let mut keys = vec![block("lib_ref", "chosen"); 2_000];
    keys.extend((0..4_000).map(|n| block("lib_ref", &format!("gone{}", n % 2_000))));
    let told = send(&app, Method::POST, &path, json!({"keys": keys})).await.is(200).json();
    let told = told["results"].as_array().unwrap().clone();
    assert_eq!((told.len(), &told[0]["status"]), (2_001, &json!("updated")));
    let path = format!("{REFERENCES}?context={}%00", COURSE.replace('+', "%2B"));
    app.get_studio(&path, AUTHOR).await.problem(400, "bad_request");
}

#[actix_web::test]
async fn a_circle_through_a_closed_library_does_not_name_it() {
    let app = TestApp::empty().await;
    let to = |key: &str| format!("<lib_ref library_key=\"{key}\" library_version=\"1\"/>");
    app.context("lib:O:one", true, &[("unit/u/definition.xml", "<unit/>")]).await;
    app.context("lib:O:closed", false, &[("lib_ref/r/definition.xml", &to("lib:O:one"))]).await;
    app.context("lib:O:two", true, &[("lib_ref/r/definition.xml", &to("lib:O:closed"))]).await;
    app.role("lib:O:one", Role::Author).await;
    app.role("lib:O:two", Role::Read).await;
    let body = json!({"block_type": "lib_ref", "fields": {"library_key": "lib:O:two"}});
    let answer = send(&app, Method::POST, "/api/exedra/v1/units/lb:O:one:unit:u/references/", body).await;
    answer.problem(422, "include_cycle");
    let told = answer.json()["detail"].as_str().unwrap().to_owned();
    assert_eq!(told, "lib:O:one would stand in itself: lib:O:one → lib:O:two → another library → lib:O:one");
}
