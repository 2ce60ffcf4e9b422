//! Pathways: edited on studio, published, and learned from under keys of their own (unit-composition §10,
//! learning-context-plugin §3).

use actix_web::http::Method;
use blockstore::{Blockstore as _, DraftName};
use learning_context::{ContextStore as _, Role};
use serde_json::{Value, json};
use server::token::Claims;

use crate::{
    app::{Answer, BLOCKS, LEARN, TestApp, Who, attributes, count, text},
    content::{INTRO, LIBRARY, P1, PRIVATE, PRIVATE_INTRO, UNIT, block, choice},
};

const PATHWAYS: &str = "/api/lx-pathways/v1/pathway/";
const LEARNER: Who = Who::Learner(7);

/// Creates a pathway as staff; returns its key.
async fn create(app: &TestApp, items: Value) -> String {
    let body = json!({"draft_data": {"title": "Way", "items": items}});
    let answer = app.studio(Method::POST, PATHWAYS).by(Who::Staff).json(&body).send().await.is(201).json();
    answer["id"].as_str().unwrap().to_owned()
}

async fn publish(app: &TestApp, key: &str) -> Value {
    app.studio(Method::POST, &format!("{PATHWAYS}{key}/publish/")).by(Who::Staff).send().await.is(200).json()
}

/// Creates and publishes a pathway; returns its key.
async fn published(app: &TestApp, items: Value) -> String {
    let key = create(app, items).await;
    publish(app, &key).await;
    key
}

async fn change(app: &TestApp, key: &str, draft: Value) -> Answer {
    let path = format!("{PATHWAYS}{key}/");
    app.studio(Method::PATCH, &path).by(Who::Staff).json(&json!({"draft_data": draft})).send().await
}

fn item(key: &str, rest: &str) -> String {
    format!("{}:{rest}", key.replace("lx-pathway:", "lx-pb:"))
}

fn problem(id: &str) -> Value {
    json!({"original_usage_id": P1, "id": id})
}

#[actix_web::test]
async fn a_pathway_is_drafted_published_changed_and_reverted() {
    let app = TestApp::new().await;
    let draft = json!({
        "title": "Way", "description": "About", "color": "red", "data": {"deep": [1, null]},
        "items": [{"original_usage_id": INTRO, "note": 1}, {"original_usage_id": P1, "id": "p", "version": 1}],
    });
    let body = json!({"draft_data": draft});
    let made = app.studio(Method::POST, PATHWAYS).by(Who::Staff).json(&body).send().await.is(201).json();
    let key = made["id"].as_str().unwrap();
    let path = format!("{PATHWAYS}{key}/");
    assert!(key.starts_with("lx-pathway:"));
    let first = made["draft_data"]["items"][0].clone();
    let id = first["id"].as_str().unwrap();
    assert!(id.len() == 8 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    assert_eq!(
        first,
        json!({"usage_key": item(key, &format!("html:{id}")), "original_usage_id": INTRO, "id": id, "version": null, "data": {"note": 1}})
    );
    assert_eq!(made["draft_data"]["data"], json!({"deep": [1, null], "color": "red"}));
    assert_eq!((&made["published_data"], &made["version"]), (&Value::Null, &0.into()));
    assert_eq!(made["has_unpublished_changes"], true);
    app.get(&path, LEARNER).await.is(404).refused("nothing is published");
    assert_eq!(app.get_studio(&path, Who::Staff).await.is(200).json(), made);

    let after = publish(&app, key).await;
    assert_eq!(
        (&after["published_data"], &after["version"], &after["has_unpublished_changes"]),
        (&made["draft_data"], &1.into(), &false.into())
    );
    let seen = json!({"id": key, "published_data": made["draft_data"], "version": 1});
    app.get(&path, LEARNER).await.says(200, &seen);
    assert_eq!(publish(&app, key).await["version"], 1, "there is nothing to publish");

    // Of what is sent back only what differs counts.
    let changed = change(&app, key, json!({"title": "Road", "items": [first]})).await.is(200).json();
    assert_eq!(
        (&changed["draft_data"]["title"], &changed["draft_data"]["description"]),
        (&"Road".into(), &"About".into())
    );
    assert_eq!(changed["draft_data"]["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&changed["published_data"], &changed["has_unpublished_changes"]),
        (&made["draft_data"], &true.into())
    );
    app.get(&path, LEARNER).await.says(200, &seen);
    let reverted =
        app.studio(Method::DELETE, &format!("{path}publish/")).by(Who::Staff).send().await.is(200).json();
    assert_eq!(reverted, after);
    assert_eq!(
        change(&app, key, json!({"title": "Road"})).await.is(200).json()["draft_data"]["title"],
        "Road"
    );
    assert_eq!(publish(&app, key).await["version"], 2);

    let list = app.get("/api/exedra/v1/contexts/", LEARNER).await.is(200).json();
    let row = list["results"].as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
    assert_eq!(
        (&row["kind"], &row["title"], &row["latest_version"]),
        (&"pathway".into(), &"Road".into(), &2.into())
    );
    app.studio(Method::DELETE, &path).by(Who::Staff).send().await.is(204);
    app.get(&path, LEARNER).await.is(404).refused("it is gone");
    app.get_studio(&path, Who::Staff).await.is(404).refused("it is gone");
}

#[actix_web::test]
async fn drafts_show_on_studio_and_what_is_published_on_learn() {
    let app = TestApp::new().await;
    let key = published(&app, json!([problem("a")])).await;
    change(&app, &key, json!({"items": [problem("b")]})).await.is(200);
    let (a, b) = (item(&key, "problem:a"), item(&key, "problem:b"));
    for (usage, learn, studio) in [(&a, 200, 404), (&b, 404, 200)] {
        for path in
            [format!("{BLOCKS}{usage}/"), format!("/units/{usage}"), format!("/api/exedra/v1/units/{usage}/")]
        {
            assert_eq!(app.get(&path, LEARNER).await.status, learn, "{path}");
            assert_eq!(app.get_studio(&path, Who::Staff).await.status, studio, "{path}");
        }
    }
    app.get_studio(&format!("{BLOCKS}{a}@published/"), Who::Staff).await.is(200);
    app.get_studio(&format!("{BLOCKS}{a}@1/"), Who::Staff).await.is(200);
    app.get(&format!("{BLOCKS}{b}@draft/"), LEARNER).await.is(403).refused("drafts are for authors");
    let page = app.get(&format!("/contexts/{key}"), LEARNER).await.is(200).html();
    assert_eq!(attributes(&page, "main a[href^='/units/']", "href"), [format!("/units/{a}")]);
}

#[actix_web::test]
async fn an_item_is_shown_with_its_overrides_and_answered() {
    let app = TestApp::new().await;
    let overridden = json!({"original_usage_id": P1, "id": "a", "version": 1, "overrides": {"max_attempts": 5, "display_name": "Mine"}});
    let key = published(&app, json!([overridden])).await;
    let usage = item(&key, "problem:a");
    let about = app.get(&format!("{BLOCKS}{usage}/"), LEARNER).await.is(200).json();
    assert_eq!(about, json!({"block_id": usage, "block_type": "problem", "display_name": "Mine"}));
    let page = app.get(&format!("/units/{usage}"), LEARNER).await.is(200).html();
    assert_eq!(count(&page, &format!("[data-usage='{usage}'][data-block-type=problem]")), 1);
    assert!(text(&page, ".submission-feedback").starts_with("You have used 0 of 5"));
    let name = attributes(&page, "input[type=radio]", "name").remove(0);
    let url = app.get(&format!("{BLOCKS}{usage}/handler_url/xmodule_handler/"), LEARNER).await.is(200).json();
    let url = url["handler_url"].as_str().unwrap().strip_prefix(LEARN).unwrap().to_owned();
    let path = format!("{}/problem_check", url.trim_end_matches('/'));
    let answer = app.learn(Method::POST, &path).form(&[(&name, "choice_1")]).send().await.is(200).json();
    assert_eq!((&answer["success"], &answer["attempts_used"]), (&"correct".into(), &1.into()));
    let composed = app.get(&format!("/api/exedra/v1/units/{usage}/"), LEARNER).await.is(200).json();
    assert_eq!(composed["usage_key"], *usage);
}

#[actix_web::test]
async fn state_is_the_items_own() {
    let app = TestApp::new().await;
    let (one, two) = (
        published(&app, json!([problem("a"), problem("b")])).await,
        published(&app, json!([problem("a")])).await,
    );
    let used = item(&one, "problem:a");
    let others = [item(&one, "problem:b"), item(&two, "problem:a"), P1.to_owned()];
    let page = app.get(&format!("{BLOCKS}{used}/view/student_view/"), LEARNER).await.is(200).html();
    let name = attributes(&page, "input[type=radio]", "name").remove(0);
    let path = app.handler(&used, "7", "xmodule_handler/problem_check");
    app.learn(Method::POST, &path).form(&[(&name, "choice_1")]).send().await.is(200);
    let mut usages: Vec<&str> = others.iter().map(String::as_str).collect();
    usages.push(&used);
    let state = app.state("7", &usages).await;
    assert_eq!(state.blocks.keys().map(|key| key.as_str()).collect::<Vec<_>>(), [&*used]);
    assert_eq!(state.blocks[&used.parse().unwrap()].score, Some((1.0, 1.0)));
    for usage in &others {
        let page = app.get(&format!("{BLOCKS}{usage}/view/student_view/"), LEARNER).await.is(200).html();
        assert!(text(&page, ".submission-feedback").starts_with("You have used 0 of"), "{usage}");
    }
}

#[actix_web::test]
async fn a_unit_as_an_item_has_children_below_it() {
    let app = TestApp::new().await;
    let key = published(&app, json!([{"original_usage_id": UNIT, "id": "u"}])).await;
    let (unit, child) = (item(&key, "unit:u"), item(&key, "problem:u:p1"));
    let path = format!("{BLOCKS}{unit}/?include=children,editable_children");
    let about = app.get(&path, LEARNER).await.is(200).json();
    assert_eq!((&about["children"], &about["editable_children"]), (&json!([child]), &json!([])));
    let page = app.get(&format!("/units/{unit}"), LEARNER).await.is(200).html();
    assert_eq!(count(&page, &format!("[data-usage='{unit}'] [data-usage='{child}']")), 1);
    let name = attributes(&page, "input[type=radio]", "name").remove(0);
    let path = app.handler(&child, "7", "xmodule_handler/problem_check");
    let answer = app.learn(Method::POST, &path).form(&[(&name, "choice_1")]).send().await.is(200).json();
    assert_eq!(answer["success"], "correct");
    for gone in ["problem:u:p2", "problem:u:", "html:u:p1", "problem:v:p1", "html:u"] {
        let path = format!("{BLOCKS}{}/", item(&key, gone));
        app.get(&path, LEARNER).await.is(404).refused(gone);
    }
}

#[actix_web::test]
async fn versions_follow_are_pinned_or_resolved_when_saved() {
    let app = TestApp::new().await;
    let item_at =
        |id: &str, version: Value| json!({"original_usage_id": INTRO, "id": id, "version": version});
    let items = json!([item_at("float", Value::Null), item_at("now", 0.into()), item_at("first", 1.into())]);
    let key = published(&app, items).await;
    let saved = app.get(&format!("{PATHWAYS}{key}/"), LEARNER).await.is(200).json();
    let versions: Vec<_> =
        saved["published_data"]["items"].as_array().unwrap().iter().map(|i| i["version"].clone()).collect();
    assert_eq!(versions, [Value::Null, 2.into(), 1.into()]);
    let shown = async |id: &str| {
        let page =
            app.get(&format!("/units/{}", item(&key, &format!("html:{id}"))), LEARNER).await.is(200).html();
        text(&page, ".xblock-v1[data-block-type=html] p")
    };
    assert_eq!([shown("float").await, shown("now").await, shown("first").await], ["Hello", "Hello", "Old"]);
    // What is published in the library shows at once where nothing is pinned.
    let record = app.shared.database.contexts(&[LIBRARY.parse().unwrap()]).await.unwrap().remove(0).1;
    app.publish(record.bundle).await;
    assert_eq!([shown("float").await, shown("now").await, shown("first").await], ["Draft", "Hello", "Old"]);
    for version in [4, 99] {
        let answer = change(&app, &key, json!({"items": [item_at("first", version.into())]})).await;
        answer.problem(422, "library_version_missing");
    }
}

#[actix_web::test]
async fn what_cannot_be_saved_is_refused_and_nothing_is_saved() {
    let app = TestApp::new().await;
    let key = create(&app, json!([problem("a")])).await;
    let before = app.draft(&key).await;
    let many: Vec<Value> = (0..101).map(|n| problem(&n.to_string())).collect();
    let inner = item(&key, "problem:a");
    for (items, place) in [
        (json!(many), "draft_data.items:"),
        (json!([problem("a"), problem("a")]), "draft_data.items[1].id:"),
        (json!([{"original_usage_id": inner}]), "draft_data.items[0].original_usage_id:"),
        (json!([{"original_usage_id": P1, "version": "x"}]), "draft_data.items[0].version:"),
        (json!("x"), "draft_data.items:"),
    ] {
        let answer = change(&app, &key, json!({"items": items})).await;
        answer.problem(400, "invalid_pathway");
        assert!(answer.json()["detail"].as_str().unwrap().starts_with(place), "{}", answer.text());
    }
    let with = |overrides: Value| json!({"items": [{"original_usage_id": P1, "overrides": overrides}]});
    for (draft, code) in [
        (json!({"items": [{"original_usage_id": block("html", "words")}]}), "original_unsupported"),
        (json!({"items": [{"original_usage_id": "lb:Org1:nowhere:html:x"}]}), "library_missing"),
        (with(json!({"no_such": 1})), "override_unknown_field"),
        (with(json!({"max_attempts": "many"})), "override_bad_type"),
        (with(json!({"attempts": 0})), "override_forbidden"),
    ] {
        change(&app, &key, draft).await.problem(422, code);
    }
    let path = format!("{PATHWAYS}{key}/");
    let patch = |body: &'static str| {
        app.studio(Method::PATCH, &path).by(Who::Staff).body("application/json", body).send()
    };
    for body in [" ", "{", "{\"draft_data\": {\"title\": \"\\ud800\"}}", "\u{0}"] {
        patch(body).await.is(400).refused(body);
    }
    for body in ["[]", "3", "{\"title\": \"x\"}", "{\"draft_data\": []}", "{\"allow_public_learning\": 1}"] {
        patch(body).await.problem(400, "invalid_pathway");
    }
    let deep = format!("{{\"draft_data\": {{\"data\": {}1{}}}}}", "{\"a\":".repeat(500), "}".repeat(500));
    app.studio(Method::PATCH, &path)
        .by(Who::Staff)
        .body("application/json", deep)
        .send()
        .await
        .is(400)
        .refused("deep");
    let long = format!("{{\"draft_data\": {{\"description\": \"{}\"}}}}", "x".repeat(3 << 20));
    app.studio(Method::PATCH, &path)
        .by(Who::Staff)
        .body("application/json", long)
        .send()
        .await
        .problem(413, "too_large");
    assert_eq!(app.draft(&key).await, before);
    for (path, method) in [
        (PATHWAYS.to_owned(), Method::GET),
        (path, Method::PUT),
        (format!("{PATHWAYS}{key}/publish/"), Method::GET),
    ] {
        app.studio(method, &path).by(Who::Staff).send().await.is(405);
    }
    for no_pathway in [LIBRARY, "nonsense", "lx-pathway:5d2a1b7e-0000-4000-8000-000000000000"] {
        app.get_studio(&format!("{PATHWAYS}{no_pathway}/"), Who::Staff).await.is(404).refused(no_pathway);
    }
}

#[actix_web::test]
async fn only_people_with_a_role_edit_and_accounts_learn() {
    let app = TestApp::new().await;
    let key = published(&app, json!([{"original_usage_id": PRIVATE_INTRO, "id": "x"}])).await;
    let path = format!("{PATHWAYS}{key}/");
    let body = json!({"draft_data": {"title": "Mine"}});
    for (who, status) in [(Who::Nobody, 401), (LEARNER, 403)] {
        app.studio(Method::POST, PATHWAYS).by(who).json(&body).send().await.is(status).refused("create");
        app.studio(Method::PATCH, &path).by(who).json(&body).send().await.is(status).refused("change");
        app.studio(Method::DELETE, &path).by(who).send().await.is(status).refused("delete");
        let publish = format!("{path}publish/");
        app.studio(Method::POST, &publish).by(who).send().await.is(status).refused("publish");
        app.studio(Method::DELETE, &publish).by(who).send().await.is(status).refused("revert");
        app.get_studio(&path, who).await.is(403).refused("drafts are for authors");
    }
    for method in [Method::PATCH, Method::DELETE] {
        app.learn(method, &path).by(Who::Staff).json(&body).send().await.is(403).refused("on learn");
    }
    // Learners need no right on the library; nobody who is not signed in sees anything before it is public.
    let usage = item(&key, "html:x");
    let view = format!("{BLOCKS}{usage}/view/public_view/");
    app.get(&format!("{BLOCKS}{PRIVATE_INTRO}/"), LEARNER).await.is(403);
    assert!(app.get(&view, LEARNER).await.is(200).text().contains("Secret"));
    app.get(&path, LEARNER).await.is(200);
    for hidden in
        [&path, &view, &format!("{BLOCKS}{usage}/"), &format!("/units/{usage}"), &format!("/contexts/{key}")]
    {
        let answer = app.get(hidden, Who::Nobody).await;
        assert!(matches!(answer.status, 401 | 403), "{hidden}: {}", answer.status);
    }
    let public = json!({"allow_public_learning": true});
    app.studio(Method::PATCH, &path).by(Who::Staff).json(&public).send().await.is(200);
    assert!(app.get(&view, Who::Nobody).await.is(200).text().contains("Secret"));
    app.get(&path, Who::Nobody).await.is(200);

    // An author edits and publishes; only administrators remove.
    app.role(&key, Role::Read).await;
    app.get_studio(&path, Who::Author).await.is(200);
    app.studio(Method::PATCH, &path).by(Who::Author).json(&body).send().await.is(403);
    app.role(&key, Role::Author).await;
    app.studio(Method::PATCH, &path).by(Who::Author).json(&body).send().await.is(200);
    app.studio(Method::POST, &format!("{path}publish/")).by(Who::Author).send().await.is(200);
    app.studio(Method::DELETE, &path).by(Who::Author).send().await.is(403);
    app.role(&key, Role::Admin).await;
    app.studio(Method::DELETE, &path).by(Who::Author).send().await.is(204);
}

#[actix_web::test]
async fn whoever_adds_an_item_must_be_allowed_to_view_it() {
    let app = TestApp::new().await;
    let key = create(&app, json!([{"original_usage_id": PRIVATE_INTRO, "id": "x"}])).await;
    app.role(&key, Role::Author).await;
    let path = format!("{PATHWAYS}{key}/");
    let patch = async |items: Value| {
        let body = json!({"draft_data": {"items": items}});
        app.studio(Method::PATCH, &path).by(Who::Author).json(&body).send().await
    };
    let known = json!({"original_usage_id": PRIVATE_INTRO, "id": "x"});
    let missing = patch(json!([known, {"original_usage_id": "lb:Org1:nowhere:html:x"}])).await;
    let closed = patch(json!([known, {"original_usage_id": "lb:Org1:closed:html:other"}])).await;
    missing.problem(422, "library_missing");
    assert_eq!(missing.body, closed.body, "no hint that the library is there");
    // What somebody else added stays and may be moved.
    patch(json!([known])).await.is(200);
    patch(json!([{"original_usage_id": PRIVATE_INTRO, "id": "y", "version": 1}])).await.is(200);
    // Its text is for those who may view it where it is.
    let usage = item(&key, "html:y");
    for endpoint in ["olx", "fields"] {
        app.get_studio(&format!("{BLOCKS}{usage}/{endpoint}/"), Who::Author).await.is(403).refused(endpoint);
    }
    app.role(PRIVATE, Role::Read).await;
    let olx = app.get_studio(&format!("{BLOCKS}{usage}/olx/"), Who::Author).await.is(200).json();
    assert!(olx["olx"].as_str().unwrap().contains("Secret"));
    patch(json!([{"original_usage_id": PRIVATE_INTRO, "id": "y", "version": 1, "overrides": {"display_name": "Mine"}}])).await.is(200);
    let fields = app.get_studio(&format!("{BLOCKS}{usage}/fields/"), Who::Author).await.is(200).json();
    assert_eq!(
        (&fields["display_name"], fields["data"].as_str().unwrap().trim()),
        (&"Mine".into(), "<p>Secret</p>")
    );
    let write = app.studio(Method::POST, &format!("{BLOCKS}{usage}/fields/")).by(Who::Author);
    write
        .json(&json!({"metadata": {"display_name": "Theirs"}}))
        .send()
        .await
        .is(422)
        .refused("not edited here");
}

#[actix_web::test]
async fn whoever_may_create_courses_makes_pathways_and_administers_them() {
    let app = TestApp::new().await;
    let claims = Claims { course_creator: true, ..Who::Author.claims() };
    let token = format!("JWT {}", app.jwt(&claims));
    let made = app
        .studio(Method::POST, PATHWAYS)
        .header("Authorization", &token)
        .json(&json!({}))
        .send()
        .await
        .is(201)
        .json();
    let key = made["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(app.shared.database.role(&key, "5").await.unwrap(), Some(Role::Admin));
    let path = format!("{PATHWAYS}{key}/");
    app.studio(Method::DELETE, &path).header("Authorization", &token).send().await.is(204);
    app.studio(Method::DELETE, &path)
        .header("Authorization", &token)
        .send()
        .await
        .is(404)
        .refused("it is gone");
}

#[actix_web::test]
async fn an_item_whose_library_is_gone_comes_back_with_it() {
    let app = TestApp::new().await;
    let key = published(&app, json!([problem("a"), {"original_usage_id": INTRO, "id": "b"}])).await;
    let usage = item(&key, "problem:a");
    let page = app.get(&format!("/units/{usage}"), LEARNER).await.is(200).html();
    let name = attributes(&page, "input[type=radio]", "name").remove(0);
    let path = app.handler(&usage, "7", "xmodule_handler/problem_check");
    app.learn(Method::POST, &path).form(&[(&name, "choice_1")]).send().await.is(200);
    let library = LIBRARY.parse().unwrap();
    let record = app.shared.database.contexts(std::slice::from_ref(&library)).await.unwrap().remove(0).1;
    app.shared.database.delete_context(&library).await.unwrap();

    let gone = app.get(&format!("/units/{usage}"), LEARNER).await.is(200).html();
    assert_eq!(count(&gone, "input[type=radio]"), 0);
    app.learn(Method::POST, &path).form(&[(&name, "choice_1")]).send().await.is(404).refused("hidden");
    app.get(&format!("/contexts/{key}"), LEARNER).await.is(200);
    let told =
        app.get_studio(&format!("/api/exedra/v1/units/{usage}/?view=author"), Who::Staff).await.is(200);
    assert!(told.text().contains("library_missing"), "{}", told.text());
    // Other members change while it is away, and the item stays.
    let changed = change(&app, &key, json!({"title": "Still"})).await.is(200).json();
    assert_eq!(changed["draft_data"]["items"].as_array().unwrap().len(), 2);
    app.get_studio(&format!("{BLOCKS}{usage}/olx/"), Who::Staff).await.is(404).refused("hidden");

    let again = learning_context::NewContext {
        key: record.key.clone(),
        kind: record.kind,
        bundle: record.bundle,
        title: record.title.to_string(),
        description: String::new(),
        license: String::new(),
        allow_public_learning: true,
        allow_public_read: false,
        aliases: Vec::new(),
        created_at: record.created_at,
    };
    app.shared.database.create_context(again).await.unwrap();
    let back = app.get(&format!("/units/{usage}"), LEARNER).await.is(200).html();
    assert!(text(&back, ".submission-feedback").starts_with("You have used 1 of"), "what was done is there");
}

#[actix_web::test]
async fn authors_who_save_at_once_lose_nothing() {
    let app = TestApp::new().await;
    let key = create(&app, json!([])).await;
    let key = key.as_str();
    let saves = (0..8).map(|n| {
        let data = json!({"data": {"winner": n}, format!("by{n}"): true});
        change(&app, key, data)
    });
    let answers = futures_util::future::join_all(saves).await;
    let saved = answers.iter().filter(|answer| answer.status == 200).count();
    assert!(saved >= 1 && answers.iter().all(|answer| matches!(answer.status, 200 | 409)));
    let bundle = app.shared.database.contexts(&[key.parse().unwrap()]).await.unwrap().remove(0).1.bundle;
    let draft = app.shared.database.draft(bundle, &DraftName::studio()).await.unwrap().unwrap();
    assert_eq!(draft.revision, 1 + saved as u64, "each save that was told to be there is one revision");
}

#[actix_web::test]
async fn statements_do_not_grow_with_the_number_of_items() {
    let app = TestApp::new().await;
    let problems: Vec<(String, String)> = (0..100)
        .map(|n| (format!("problem/q{n}/definition.xml"), choice(&format!("display_name=\"Q{n}\""))))
        .collect();
    let files: Vec<_> = problems.iter().map(|(path, olx)| (&**path, &**olx)).collect();
    app.context("lib:O:many", false, &files).await;
    let items = |count: usize| -> Value {
        let one = |n: usize| json!({"original_usage_id": format!("lb:O:many:problem:q{n}"), "id": format!("i{n}"), "overrides": {"weight": 2}});
        (0..count).map(one).collect()
    };
    let (few, many) = (create(&app, items(2)).await, create(&app, items(100)).await);
    for key in [&few, &many] {
        publish(&app, key).await;
    }
    for path in
        ["/units/ITEM", "/api/exedra/v1/units/ITEM/", "/contexts/KEY", "/api/lx-pathways/v1/pathway/KEY/"]
    {
        let mut counts = Vec::new();
        for key in [&few, &many] {
            let path = path.replace("KEY", key).replace("ITEM", &item(key, "problem:i0"));
            let ask = || app.learn(Method::GET, &path).by(LEARNER);
            ask().send().await.is(200);
            let (statements, answer) = app.counted(ask()).await;
            answer.is(200);
            counts.push(statements);
        }
        assert_eq!(counts[0], counts[1], "{path}");
        assert!(counts[0] <= 6, "{path}: {counts:?}");
    }
    let mut counts = Vec::new();
    for (key, count) in [(&few, 2), (&many, 100)] {
        let mut items = items(count);
        for item in items.as_array_mut().unwrap() {
            item["version"] = 0.into();
        }
        let path = format!("{PATHWAYS}{key}/");
        let body = json!({"draft_data": {"items": items}});
        let (statements, answer) =
            app.counted(app.studio(Method::PATCH, &path).by(Who::Staff).json(&body)).await;
        answer.is(200);
        counts.push(statements);
    }
    assert_eq!(counts[0], counts[1], "a save");
}

#[actix_web::test]
async fn lists_call_items_what_learners_see() {
    let app = TestApp::new().await;
    let named = json!({"original_usage_id": P1, "id": "b", "overrides": {"display_name": "Mine"}});
    let gone = json!({"original_usage_id": "lb:Org1:lib1:html:gone_away", "id": "c"});
    let key = published(&app, json!([problem("a"), named, gone])).await;
    let page = app.get(&format!("/contexts/{key}"), LEARNER).await.is(200).html();
    let selector = scraper::Selector::parse("main a[href^='/units/']").unwrap();
    let titles: Vec<String> =
        page.select(&selector).map(|a| a.text().collect::<String>().trim().to_owned()).collect();
    assert_eq!(titles, ["Pick one", "Mine"]);
    let page = app.get(&format!("/units/{}", item(&key, "problem:a")), LEARNER).await.is(200);
    assert!(page.text().contains("Mine"), "the next page is named");
}
