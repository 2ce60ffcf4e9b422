//! `library_content`: brought up to date, and turned into references (unit-composition §9).

use actix_web::http::Method;
use blockstore::{At, Blockstore as _, DraftName};
use learning_context::{
    ContextKind, ContextStore as _, Role,
    legacy::{Era, derived_id},
};
use opaque_keys::UsageKey;
use serde_json::{Value, json};

use crate::{
    acceptance::import_path,
    app::{BLOCKS, TestApp, Who, attributes, count},
    content::choice,
};

const COURSE: &str = "course-v1:O+C+r";
const LIBRARY: &str = "lib:O:Bank";
const LIBRARY_BLOCK: &str = "lb:O:Bank:problem:";
const STRUCTURE: &str = "5f651b2e6cb7f7a0c2122b50";
const LEARNER: Who = Who::Learner(7);
const API: &str = "/api/exedra/v1/";

fn key(block_type: &str, id: &str) -> String {
    format!("block-v1:O+C+r+type@{block_type}+block@{id}")
}

fn derived(source: &str, era: Era) -> String {
    derived_id("library-v1:O+Bank+branch@library", source, "lc", era)
}

/// A question that says which one it is.
fn problem(name: &str, attributes: &str) -> String {
    choice(attributes).replace("Pick one", name)
}

/// Publishes a library of old: problems `a`, `b` and `c` and a text, in that order; then without `c`, with `d`.
async fn library(app: &TestApp) {
    let order = |blocks: &str| format!("{{\"title\": \"Bank\", \"order\": [{blocks}]}}");
    let first = order("\"problem/c\", \"problem/a\", \"problem/b\", \"html/t\"");
    let files = [
        ("library.json", first.as_str()),
        (
            "problem/a/definition.xml",
            &problem("A", "display_name=\"Of the library\" max_attempts=\"5\" markdown=\"x\""),
        ),
        ("problem/b/definition.xml", &problem("B", "weight=\"3\"")),
        ("problem/c/definition.xml", &problem("C", "")),
        ("html/t/definition.xml", "<html display_name=\"T\"><![CDATA[<img src=\"/static/f.svg\"/>]]></html>"),
        ("html/t/static/f.svg", "<svg/>"),
    ];
    let bundle = app.context(LIBRARY, false, &files).await;
    let alias = "library-v1:O+Bank".parse().unwrap();
    app.shared.database.add_aliases(&LIBRARY.parse().unwrap(), &[alias]).await.unwrap();
    let second = order("\"problem/d\", \"problem/a\", \"problem/b\"");
    let changed = problem("New A", "display_name=\"Renamed\" max_attempts=\"5\"");
    app.write(
        bundle,
        &[
            ("library.json", &second),
            ("problem/a/definition.xml", &changed),
            ("problem/d/definition.xml", &problem("D", "")),
        ],
    )
    .await;
    let gone = "problem/c/definition.xml".parse().unwrap();
    let change = vec![blockstore::Change::Delete(gone)];
    app.shared.database.write_draft(bundle, &DraftName::studio(), change, None).await.unwrap();
    let commit = blockstore::Commit { name: Some(STRUCTURE.to_owned()), ..blockstore::Commit::default() };
    app.shared.database.commit(bundle, &DraftName::studio(), commit).await.unwrap();
}

/// Publishes a course with a bank of copies of `a`, `b` and `c`.
async fn course(app: &TestApp, bank: &str) -> blockstore::BundleId {
    let (a, b, c) =
        (derived("a", Era::BytesLiteral), derived("b", Era::Plain), derived("c", Era::BytesLiteral));
    let children =
        format!("<problem url_name=\"{a}\"/><problem url_name=\"{c}\"/><problem url_name=\"{b}\"/>");
    let files = [
        ("course.xml", "<course url_name=\"r\" org=\"O\" course=\"C\"/>".to_owned()),
        ("course/r.xml", "<course><chapter url_name=\"c\"><sequential url_name=\"s\"><vertical url_name=\"u\"/></sequential></chapter></course>".to_owned()),
        ("vertical/u.xml", "<vertical><html url_name=\"before\">x</html><library_content url_name=\"lc\"/></vertical>".to_owned()),
        ("library_content/lc.xml", format!("<library_content {bank}>{children}</library_content>")),
        (&format!("problem/{a}.xml"), problem("A", "weight=\"7\" upstream_note=\"kept\"")),
        (&format!("problem/{b}.xml"), problem("B", "")),
        (&format!("problem/{c}.xml"), problem("C", "")),
    ];
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    app.context(COURSE, false, &files).await
}

const BANK: &str = "display_name=\"Two\" max_count=\"2\" allow_resetting_children=\"True\" source_library_id=\"library-v1:O+Bank\" source_library_version=\"5f651b2e6cb7f7a0c2122b50\" odd=\"kept\"";

async fn act(app: &TestApp, what: &str, who: Who) -> crate::app::Answer {
    let path = format!("{API}legacy/{}/{what}/", key("library_content", "lc"));
    app.studio(Method::POST, &path).by(who).send().await
}

/// Returns the text of a file of the draft; empty when it is not there.
async fn draft_file(app: &TestApp, bundle: blockstore::BundleId, path: &str) -> String {
    let files = app.shared.database.files(bundle, &At::Draft(DraftName::studio()), None).await.unwrap();
    let Some(file) = files.iter().find(|file| file.path.as_str() == path) else { return String::new() };
    let bytes = app.shared.database.read(&[file.digest]).await.unwrap().remove(0);
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[actix_web::test]
async fn libraries_whose_blocks_hold_one_another_in_many_ways_are_not_copied() {
    let app = TestApp::empty().await;
    let unit = |level: usize| {
        let include = |n| format!("<xblock-include definition=\"unit/l{level}n{n}\"/>");
        format!("<unit>{}</unit>", (0..12).map(include).collect::<String>())
    };
    let units: Vec<(String, String)> = (0..8)
        .flat_map(|level| (0..12).map(move |n| (level, n)))
        .map(|(level, n)| (format!("unit/l{level}n{n}/definition.xml"), unit(level + 1)))
        .collect();
    let files: Vec<_> = units.iter().map(|(path, text)| (&**path, &**text)).collect();
    app.context(LIBRARY, false, &files).await;
    course(&app, &format!("source_library_id=\"{LIBRARY}\"")).await;
    for what in ["sync", "convert"] {
        act(&app, what, Who::Staff).await.problem(422, "cannot_edit");
    }
}

#[actix_web::test]
async fn copies_are_brought_up_to_date_and_keep_ids_and_the_settings_of_the_course() {
    let app = TestApp::empty().await;
    library(&app).await;
    let bundle = course(&app, BANK).await;
    let answer = act(&app, "sync", Who::Staff).await.is(200).json();
    let (a, b, d) =
        (derived("a", Era::BytesLiteral), derived("b", Era::Plain), derived("d", Era::BytesLiteral));
    let t = derived("t", Era::BytesLiteral);
    assert_eq!((&answer["library"], &answer["version"]), (&json!(LIBRARY), &json!(2)));
    assert_eq!(answer["added"], json!([d, t]));
    assert_eq!(answer["updated"], json!([key("problem", &a)]));
    assert_eq!(answer["removed"], json!([key("problem", &derived("c", Era::BytesLiteral))]));

    let bank = draft_file(&app, bundle, "library_content/lc.xml").await;
    let places: Vec<_> = [&d, &a, &b, &t].map(|id| bank.find(id.as_str()).expect("it is there")).to_vec();
    assert!(places.is_sorted(), "the order of the library: {bank}");
    assert!(bank.contains(STRUCTURE) && bank.contains("odd=\"kept\""), "{bank}");
    assert_eq!(
        draft_file(&app, bundle, &format!("problem/{}.xml", derived("c", Era::BytesLiteral))).await,
        ""
    );
    assert_eq!(draft_file(&app, bundle, "static/f.svg").await, "<svg/>");

    let copy = draft_file(&app, bundle, &format!("problem/{a}.xml")).await;
    for (part, is_there) in [
        ("New A", true),
        ("weight=\"7\"", true),
        ("upstream_note=\"kept\"", true),
        ("max_attempts", false),
        ("Renamed", false),
    ] {
        assert_eq!(copy.contains(part), is_there, "{part}: {copy}");
    }
    let defaults: Value =
        serde_json::from_str(&draft_file(&app, bundle, "library_content/lc.defaults.json").await).unwrap();
    assert_eq!(
        (&defaults[&a]["max_attempts"], &defaults[&a]["display_name"]),
        (&json!(5), &json!("Renamed"))
    );
    assert_eq!(defaults[&b]["original_usage"], "lb:O:Bank:problem:b");
    assert_eq!((&defaults[&a]["markdown"], &defaults[&a]["data"]), (&Value::Null, &Value::Null));

    // Course over library over the type's own.
    app.publish(bundle).await;
    let name = |id: &str| {
        let path = format!("{BLOCKS}{}/", key("problem", id));
        let app = &app;
        async move { app.get(&path, Who::Staff).await.is(200).json()["display_name"].clone() }
    };
    assert_eq!((name(&a).await, name(&b).await), (json!("Renamed"), json!("Blank Problem")));

    let again = act(&app, "sync", Who::Staff).await.is(200).json();
    assert_eq!((&again["added"], &again["updated"], &again["removed"]), (&json!([]), &json!([]), &json!([])));
}

#[actix_web::test]
async fn only_problems_of_the_kind_asked_for_are_copied() {
    let app = TestApp::empty().await;
    library(&app).await;
    course(&app, &format!("{BANK} capa_type=\"numericalresponse\"")).await;
    let answer = act(&app, "sync", Who::Staff).await.is(200).json();
    assert_eq!(
        (answer["added"].as_array().unwrap().len(), answer["removed"].as_array().unwrap().len()),
        (0, 3)
    );
}

#[actix_web::test]
async fn banks_are_changed_by_authors_on_the_studio_site() {
    let app = TestApp::empty().await;
    library(&app).await;
    course(&app, BANK).await;
    for what in ["sync", "convert"] {
        act(&app, what, Who::Nobody).await.is(401);
        act(&app, what, LEARNER).await.is(403);
        let path = format!("{API}legacy/{}/{what}/", key("library_content", "lc"));
        app.learn(Method::POST, &path).by(Who::Staff).send().await.is(403);
        app.get_studio(&path, Who::Staff).await.is(405);
        let html = format!("{API}legacy/{}/{what}/", key("html", "before"));
        app.studio(Method::POST, &html).by(Who::Staff).send().await.problem(422, "cannot_edit");
        let missing = format!("{API}legacy/{}/{what}/", key("library_content", "nowhere"));
        app.studio(Method::POST, &missing).by(Who::Staff).send().await.is(404);
        let nonsense = format!("{API}legacy/nonsense/{what}/");
        app.studio(Method::POST, &nonsense).by(Who::Staff).send().await.problem(404, "not_found");
        let stale = app.studio(Method::POST, &path).by(Who::Staff).header("If-Match", "\"old\"").send().await;
        stale.problem(412, "stale");
        // Somebody who may change the course, and knows nothing of the library.
        app.role(COURSE, Role::Author).await;
        act(&app, what, Who::Author).await.problem(422, "library_missing");
        app.shared.database.set_role(&COURSE.parse().unwrap(), "5", None).await.unwrap();
    }
}

/// Returns the children of the unit a learner gets.
async fn children(app: &TestApp) -> Vec<Value> {
    let answer = app.get(&format!("{API}units/{}/", key("vertical", "u")), LEARNER).await.is(200).json();
    answer["children"].as_array().unwrap().clone()
}

fn keys(blocks: &[Value]) -> Vec<String> {
    blocks.iter().map(|block| block["usage_key"].as_str().unwrap().to_owned()).collect()
}

async fn settle(app: &TestApp) -> learner::Moved {
    let key = COURSE.parse().unwrap();
    app.shared.contexts.invalidate(&key);
    let record = app.shared.contexts.record(&key).await.unwrap();
    server::runtime::legacy::settle(&app.shared, &record).await.unwrap()
}

#[actix_web::test]
async fn a_bank_of_linked_copies_becomes_a_reference_to_what_they_are_copied_from_in_their_order() {
    let app = TestApp::empty().await;
    library(&app).await;
    let copies =
        [("d", ""), ("b", "max_attempts=\"2\""), ("a", "weight=\"7\" downstream_customized='[\"weight\"]'")];
    let copy = |(id, own): &(&str, &str)| {
        problem(
            id,
            &format!("url_name=\"own-{id}\" upstream=\"{LIBRARY_BLOCK}{id}\" upstream_version=\"2\" {own}"),
        )
    };
    let inside: String = copies.iter().map(copy).collect();
    let files = [
        ("course.xml", "<course url_name=\"r\" org=\"O\" course=\"C\"/>".to_owned()),
        (
            "course/r.xml",
            format!(
                "<course><chapter url_name=\"c\"><sequential url_name=\"s\"><vertical url_name=\"u\">\
                 <html url_name=\"before\">x</html><itembank url_name=\"bank\" max_count=\"2\">{inside}</itembank>\
                 </vertical></sequential></chapter></course>"
            ),
        ),
    ];
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    app.context(COURSE, false, &files).await;
    let before = keys(children_of_bank(&app).await.as_slice());
    assert_eq!(before.len(), 2);

    let path = format!("{API}legacy/{}/convert/", key("itembank", "bank"));
    let answer = app.studio(Method::POST, &path).by(Who::Staff).send().await.is(200).json();
    let reference = key("random_lib_ref", "bank");
    assert_eq!((&answer["reference"], &answer["library"]), (&json!(reference), &json!(LIBRARY)));
    let settings = app.get_studio(&format!("{API}references/{reference}/"), Who::Staff).await.is(200).json();
    let fields = &settings["fields"];
    assert_eq!(fields["blocks"], json!(["d", "b", "a"].map(|id| format!("{LIBRARY_BLOCK}{id}"))));
    assert_eq!((&fields["count"], &fields["manual"]), (&json!(2), &json!(true)));
    let overrides = &fields["block_field_overrides"];
    assert_eq!(overrides[format!("{LIBRARY_BLOCK}a")], json!({"weight": 7.0}), "what the author changed");
    assert_eq!(overrides[format!("{LIBRARY_BLOCK}b")], json!({"max_attempts": 2}), "what no library gives");

    let path = format!("{API}contexts/{COURSE}/publish/");
    let publish = app.studio(Method::POST, &path).by(Who::Staff).json(&json!({"name": "Converted"}));
    publish.send().await.is(200);
    let now: Vec<String> =
        before.iter().map(|old| answer["aliases"][old].as_str().expect("an alias").to_owned()).collect();
    assert_eq!(keys(&children(&app).await[1..]), now, "what was drawn stays drawn");
}

/// Returns the children of the bank that is the second block of the unit.
async fn children_of_bank(app: &TestApp) -> Vec<Value> {
    children(app).await[1]["children"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn what_was_converted_and_severed_before_it_is_published_keeps_what_learners_did() {
    let app = TestApp::empty().await;
    library(&app).await;
    course(&app, BANK).await;
    let of_bank = async || keys(children(&app).await[1]["children"].as_array().unwrap());
    let before = of_bank().await;
    let known: Vec<String> = [("a", Era::BytesLiteral), ("b", Era::Plain)]
        .map(|(id, era)| key("problem", &derived(id, era)))
        .into();
    let answered = before.iter().find(|key| known.contains(key)).expect("at most one copy is of no source");
    let page = app.get(&format!("/units/{}", key("vertical", "u")), LEARNER).await.is(200).html();
    let name = attributes(&page, &format!("[data-usage='{answered}'] input[type=radio]"), "name").remove(0);
    let path = app.handler(answered, "7", "xmodule_handler/problem_check");
    app.learn(Method::POST, &path).form(&[(&name, "choice_1")]).send().await.is(200);

    act(&app, "convert", Who::Staff).await.is(200);
    let unlink = format!("{API}references/{}/unlink/", key("random_lib_ref", "lc"));
    app.studio(Method::POST, &unlink).by(Who::Staff).json(&json!({})).send().await.is(200);
    let path = format!("{API}contexts/{COURSE}/publish/");
    let publish = app.studio(Method::POST, &path).by(Who::Staff).json(&json!({"name": "Severed"}));
    publish.send().await.is(200);
    assert_eq!(settle(&app).await, learner::Moved::default(), "the publish has moved it");

    let id = if *answered == known[0] { "a" } else { "b" };
    let now = key("problem", id);
    assert!(of_bank().await.contains(&now), "what was drawn stays drawn");
    let state = app.state("7", &[&now]).await;
    assert!(state.blocks[&now.parse::<UsageKey>().unwrap()].score.is_some());
    // The oldest key is still understood.
    app.learn(Method::POST, &app.handler(answered, "7", "xmodule_handler/problem_get"))
        .form(&[])
        .send()
        .await
        .is(200);
}

#[actix_web::test]
async fn a_bank_becomes_a_reference_and_what_learners_did_moves_along() {
    let app = TestApp::empty().await;
    library(&app).await;
    let bundle = course(&app, BANK).await;
    let before = keys(children(&app).await[1]["children"].as_array().unwrap());
    let answered = &before[0];
    let page = app.get(&format!("/units/{}", key("vertical", "u")), LEARNER).await.is(200).html();
    let name = attributes(&page, &format!("[data-usage='{answered}'] input[type=radio]"), "name").remove(0);
    let path = app.handler(answered, "7", "xmodule_handler/problem_check");
    app.learn(Method::POST, &path).form(&[(&name, "choice_1")]).send().await.is(200);

    let answer = act(&app, "convert", Who::Staff).await.is(200).json();
    let reference = key("random_lib_ref", "lc");
    assert_eq!((&answer["reference"], &answer["version"]), (&json!(reference), &json!(2)));
    assert_eq!(answer["version_is_named"], true);
    let (a, b, c) =
        (derived("a", Era::BytesLiteral), derived("b", Era::Plain), derived("c", Era::BytesLiteral));
    let new = |id: &str| format!("lb-ref:Bank:problem:{id}:O+C+r+type@random_lib_ref+block@lc");
    assert_eq!(answer["aliases"][key("problem", &a)], new("a"));
    assert_eq!(answer["aliases"][key("problem", &b)], new("b"));
    assert_eq!(answer["aliases"][key("library_content", "lc")], reference);
    assert_eq!(answer["unmatched"], json!([key("problem", &c)]), "the version named has no `c`");
    assert_eq!(answer["content_differs"], json!([key("problem", &a)]));
    let olx = draft_file(&app, bundle, "vertical/u.xml").await;
    for part in [
        "display_name=\"Two\"",
        "library_key=\"lib:O:Bank\"",
        "library_version=\"2\"",
        "count=\"2\"",
        "allow_reset=\"true\"",
        "odd=\"kept\"",
        "lb:O:Bank:problem:a",
        "weight",
    ] {
        assert!(olx.contains(part), "{part}: {olx}");
    }
    assert_eq!(draft_file(&app, bundle, "library_content/lc.xml").await, "");
    assert_eq!(draft_file(&app, bundle, &format!("problem/{a}.xml")).await, "");

    // Nothing changes for learners before it is published, and new keys are understood already.
    assert_eq!(settle(&app).await, learner::Moved::default());
    assert_eq!(keys(children(&app).await[1]["children"].as_array().unwrap()), before);
    let path = format!("{API}contexts/{COURSE}/publish/");
    let publish = app.studio(Method::POST, &path).by(Who::Staff).json(&json!({"name": "Converted"}));
    publish.send().await.is(200);
    let expected: Vec<String> = before
        .iter()
        .map(|old| answer["aliases"][old].as_str().map_or(String::new(), str::to_owned))
        .collect();
    let after = keys(&children(&app).await[1..]);
    assert_eq!(after.len(), 2);
    for key in expected.iter().filter(|key| !key.is_empty()) {
        assert!(after.contains(key), "{key} was drawn before: {after:?}");
    }
    // The answer went along, unless it was to the block that is gone.
    let now = answer["aliases"][answered].as_str().unwrap_or(answered);
    let state = app.state("7", &[now]).await;
    assert!(state.blocks[&now.parse::<UsageKey>().unwrap()].score.is_some());

    // Old keys are understood for ever, with the tokens made for them.
    for old in before.iter().filter(|old| answer["aliases"].get(old.as_str()).is_some()) {
        let new = answer["aliases"][old].as_str().unwrap();
        let block = app.get(&format!("{BLOCKS}{old}/view/student_view/"), LEARNER).await.is(200).html();
        assert_eq!(count(&block, &format!("[data-usage='{new}']")), 1, "{old}");
        let input = attributes(&block, "input[type=radio]", "name").remove(0);
        let path = app.handler(old, "7", "xmodule_handler/problem_check");
        app.learn(Method::POST, &path).form(&[(&input, "choice_0")]).send().await.is(200);
        let state = app.state("7", &[old, new]).await;
        assert_eq!(state.blocks.keys().map(UsageKey::as_str).collect::<Vec<_>>(), [new]);
        let names = app.get(&format!("{API}aliases/{old}/"), Who::Staff).await.is(200).json();
        assert_eq!((&names["other_keys"], &names["current"]), (&json!([new]), &json!(new)));
    }
    let names = app.get(&format!("{API}aliases/{reference}/"), Who::Staff).await.is(200).json();
    assert_eq!(names["other_keys"], json!([key("library_content", "lc")]));
    app.get(&format!("{API}aliases/{reference}/"), Who::Nobody).await.is(403);
    assert_eq!(settle(&app).await, learner::Moved::default(), "it is all where it belongs");
}

#[actix_web::test]
async fn old_keys_of_blocks_shown_through_a_reference_change_nothing_of_the_reference() {
    let app = TestApp::empty().await;
    library(&app).await;
    course(&app, BANK).await;
    let converted = act(&app, "convert", Who::Staff).await.is(200).json();
    let reference = converted["reference"].as_str().unwrap();
    let bank = key("library_content", "lc");
    let old = key("problem", &derived("a", Era::BytesLiteral));
    let before = app.draft(COURSE).await;
    let ask = |method: Method, path: String| app.studio(method, &path).by(Who::Staff);
    let unit = key("vertical", "u");
    for (method, path, body) in [
        (Method::DELETE, format!("{API}blocks/{old}/"), json!({})),
        (Method::POST, format!("{API}blocks/{old}/move/"), json!({"parent": unit, "index": 0})),
        (Method::POST, format!("{API}units/{old}/duplicate/"), json!({})),
        (Method::POST, format!("{API}units/{unit}/children/"), json!({"copy": old})),
        (Method::POST, format!("{BLOCKS}{old}/fields/"), json!({"metadata": {"display_name": "x"}})),
        (Method::PATCH, format!("{API}references/{old}/"), json!({"fields": {"display_name": "x"}})),
        (Method::POST, format!("{API}references/{old}/unlink/"), json!({})),
        (Method::DELETE, format!("{API}references/{old}/"), json!({})),
    ] {
        let answer = ask(method, path.clone()).json(&body).send().await;
        answer.problem(422, "cannot_edit");
    }
    assert_eq!(app.draft(COURSE).await, before);
    app.get_studio(&format!("{API}references/{old}/"), Who::Staff).await.problem(404, "not_found");
    // The bank's own old key names the reference, and what is told of it goes by its key of today.
    let path = format!("{API}references/{bank}/");
    let told = app.get_studio(&path, Who::Staff).await.is(200).json();
    assert_eq!(
        told,
        app.get_studio(&format!("{API}references/{reference}/"), Who::Staff).await.is(200).json()
    );
    assert_eq!(told["usage_key"], reference);
    let named = json!({"fields": {"display_name": "Named"}});
    let told = ask(Method::PATCH, path).json(&named).send().await.is(200).json();
    assert_eq!((&told["usage_key"], &told["fields"]["display_name"]), (&json!(reference), &json!("Named")));
}

#[actix_web::test]
async fn a_start_ends_what_a_publish_left() {
    let app = TestApp::empty().await;
    library(&app).await;
    let bundle = course(&app, BANK).await;
    let before = keys(children(&app).await[1]["children"].as_array().unwrap());
    let answer = act(&app, "convert", Who::Staff).await.is(200).json();
    // The version is there, and nobody was left to move anything.
    app.publish(bundle).await;
    server::runtime::units::end_publishes(&app.shared).await;
    assert_eq!(settle(&app).await, learner::Moved::default(), "it is moved already");
    let after = keys(&children(&app).await[1..]);
    for old in before.iter().filter_map(|old| answer["aliases"][old].as_str()) {
        assert!(after.iter().any(|key| key == old), "{old} was drawn before: {after:?}");
    }
}

#[actix_web::test]
async fn a_conversion_that_is_undone_leads_back() {
    let app = TestApp::empty().await;
    library(&app).await;
    let bundle = course(&app, BANK).await;
    let before = keys(children(&app).await[1]["children"].as_array().unwrap());
    let files = app.shared.database.files(bundle, &At::Version(1), None).await.unwrap();
    act(&app, "convert", Who::Staff).await.is(200);
    app.shared.database.delete_draft(bundle, &DraftName::studio(), None).await.unwrap();
    assert_eq!(settle(&app).await, learner::Moved::default());
    assert_eq!(keys(children(&app).await[1]["children"].as_array().unwrap()), before);

    act(&app, "convert", Who::Staff).await.is(200);
    app.publish(bundle).await;
    assert_eq!(settle(&app).await.selections, 1);
    // As it was before.
    let digests: Vec<_> = files.iter().map(|file| file.digest).collect();
    let bytes = app.shared.database.read(&digests).await.unwrap();
    let put = files.iter().zip(bytes).map(|(file, bytes)| blockstore::Change::Put(file.path.clone(), bytes));
    app.shared.database.write_draft(bundle, &DraftName::studio(), put.collect(), None).await.unwrap();
    app.publish(bundle).await;
    assert_eq!(settle(&app).await.selections, 1);
    let again = keys(children(&app).await[1]["children"].as_array().unwrap());
    let c = key("problem", &derived("c", Era::BytesLiteral));
    for old in before.iter().filter(|old| **old != c) {
        assert!(again.contains(old), "{old}: {again:?}");
    }
}

#[actix_web::test]
async fn a_course_of_other_people_is_converted_with_all_its_copies() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/demo-course");
    if !corpus.exists() {
        eprintln!("skipped: there is no demo-course in ../shared/corpus");
        return;
    }
    let app = TestApp::empty().await;
    for part in ["demo-content-library", "demo-course"] {
        import_path(&app, &corpus.join(part), |_| {}).await.unwrap();
    }
    let courses = app.shared.database.list_contexts(Some(ContextKind::Course), None, 10).await.unwrap();
    let course = courses[0].key.to_string().replace("course-v1:", "block-v1:");
    let bank = format!("{course}+type@library_content+block@34a4d5e71d974c029cbde1956bd7c820");
    let path = format!("{API}legacy/{bank}/convert/");
    let answer = app.studio(Method::POST, &path).by(Who::Staff).send().await.is(200).json();
    // Their ids were made below another parent; what they say tells where they are from.
    assert_eq!((&answer["unmatched"], &answer["content_differs"]), (&json!([]), &json!([])));
    assert_eq!(answer["aliases"].as_object().unwrap().len(), 7);
    assert_eq!(answer["version_is_named"], false);
}
