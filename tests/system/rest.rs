//! The XBlock REST interface, endpoint by endpoint (xblock-rest-api §2).

use actix_web::http::Method;
use learning_context::Role;
use serde_json::json;

use crate::{
    app::{BLOCKS, LEARN, STUDIO, TestApp, Who, attributes, count, text},
    content::{COURSE, INTRO, LIBRARY, P1, PRIVATE, PRIVATE_INTRO, UNIT, block},
};

const LEARNER: Who = Who::Learner(7);

#[actix_web::test]
async fn metadata_tells_what_was_asked_for() {
    let app = TestApp::new().await;
    let bare = json!({"block_id": P1, "block_type": "problem", "display_name": "Pick one"});
    app.get(&format!("{BLOCKS}{P1}/"), Who::Nobody).await.says(200, &bare);
    app.get(&format!("{BLOCKS}{P1}/?include=everything,,"), Who::Nobody).await.says(200, &bare);
    let asked = format!("{BLOCKS}{P1}/?include=student_view_data,index_dictionary,children");
    let answer = app.get(&asked, LEARNER).await.is(200).json();
    assert_eq!(answer["index_dictionary"]["content_type"], "CAPA");
    assert_eq!(answer["index_dictionary"]["problem_types"], json!(["multiplechoiceresponse"]));
    assert_eq!(answer.get("student_view_data"), Some(&json!(null)));
    assert_eq!(answer["children"], json!([]));
    let unit = json!({"block_id": UNIT, "block_type": "unit", "display_name": "Unit one",
        "children": [P1], "editable_children": [P1]});
    app.get(&format!("{BLOCKS}{UNIT}/?include=children,editable_children"), LEARNER).await.says(200, &unit);
}

#[actix_web::test]
async fn each_site_shows_its_own_version_and_studio_the_others() {
    let app = TestApp::new().await;
    app.role(LIBRARY, Role::Read).await;
    let shown = async |site_is_studio: bool, version: &str| {
        let path = format!("{BLOCKS}{INTRO}{version}/view/student_view/");
        let answer = match site_is_studio {
            true => app.get_studio(&path, Who::Author).await,
            false => app.get(&path, Who::Author).await,
        };
        text(&answer.is(200).html(), "p")
    };
    assert_eq!(shown(false, "").await, "Hello");
    assert_eq!(shown(false, "@published").await, "Hello");
    for (version, text) in
        [("", "Draft"), ("@draft", "Draft"), ("@published", "Hello"), ("@1", "Old"), ("@2", "Hello")]
    {
        assert_eq!(shown(true, version).await, text, "{version}");
    }
    for version in ["@draft", "@1", "@2"] {
        app.get(&format!("{BLOCKS}{INTRO}{version}/"), Who::Author).await.is(403).refused(version);
    }
    for version in ["@3", "@0", "@99999999999999999999"] {
        let missing = format!("The requested version of component '{INTRO}' does not exist.");
        let answer = app.get_studio(&format!("{BLOCKS}{INTRO}{version}/"), Who::Author).await;
        answer.says(404, &json!({"detail": missing}));
    }
    for version in ["@", "@v1", "@-1", "@Draft", "@1@2"] {
        app.get_studio(&format!("{BLOCKS}{INTRO}{version}/"), Who::Author).await.problem(404, "not_found");
    }
}

#[actix_web::test]
async fn a_view_is_a_wrapped_fragment() {
    let app = TestApp::new().await;
    let answer = app.get(&format!("{BLOCKS}{INTRO}@published/view/student_view/"), LEARNER).await.is(200);
    let json = answer.json();
    let keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "block_id",
        "block_type",
        "display_name",
        "content",
        "resources",
        "js_init_fn",
        "js_init_version",
        "json_init_args",
    ];
    assert_eq!(keys, expected);
    assert_eq!((&json["block_id"], &json["display_name"]), (&json!(INTRO), &json!("Intro")));
    assert_eq!(json["js_init_fn"], json!(null));
    let html = answer.html();
    let wrapper = ".xblock-v1.xblock-v1-student_view.xmodule_display.xmodule_HtmlBlock";
    assert_eq!(attributes(&html, wrapper, "data-usage"), [INTRO]);
    assert_eq!(attributes(&html, wrapper, "data-block-type"), ["html"]);
    assert!(answer.header("cache-control").contains("private"));

    let unit = app.get(&format!("{BLOCKS}{UNIT}/view/student_view/"), LEARNER).await.is(200);
    let inside = format!("[data-usage='{UNIT}'] [data-usage='{P1}']");
    assert_eq!(count(&unit.html(), &inside), 1, "children are inside their parent");
    for resource in unit.json()["resources"].as_array().unwrap() {
        let data = resource["data"].as_str().unwrap();
        assert!(resource["kind"] != "url" || data.starts_with(LEARN), "{data} is absolute");
    }
    for view in ["no_such_view", "__init__", "handle", "student_view%20"] {
        app.get(&format!("{BLOCKS}{INTRO}/view/{view}/"), LEARNER).await.is(404).refused(view);
    }
    app.get(&format!("{BLOCKS}{INTRO}/view/public_view/"), Who::Nobody).await.is(200);
    let refused = json!({"detail": "You do not have permission to perform this action."});
    app.get(&format!("{BLOCKS}{INTRO}/view/student_view/"), Who::Nobody).await.says(403, &refused);
    app.get_studio(&format!("{BLOCKS}{INTRO}/view/author_view/"), LEARNER).await.says(403, &refused);
}

#[actix_web::test]
async fn an_embedded_block_is_a_page_that_may_be_framed() {
    let app = TestApp::new().await;
    app.role(LIBRARY, Role::Read).await;
    let path = |query: &str| format!("/xblocks/v2/{UNIT}/embed/student_view/{query}");
    let page = app.get(&path(""), LEARNER).await.is(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("x-frame-options"), "");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'self' https://lms.example.org"), "{policy}");
    let html = page.html();
    assert_eq!(attributes(&html, "base", "target"), ["_blank"]);
    assert_eq!(count(&html, &format!("[data-usage='{P1}']")), 1);
    assert_eq!(count(&html, ".xblock-title"), 0);
    let titled = app.get(&path("?show_title=yes"), LEARNER).await.is(200).html();
    assert_eq!(text(&titled, ".xblock-title"), "Unit one");
    for word in ["true", "T", "1", "on", "false", "F", "0", "off"] {
        app.get(&path(&format!("?show_title={word}")), LEARNER).await.is(200);
    }
    for word in ["", "2", "maybe", "tRuE"] {
        let answer = app.get(&path(&format!("?show_title={word}")), LEARNER).await;
        answer.says(400, &json!(["Must be a valid boolean."]));
    }
    for version in ["foo", "+3", "-1", "1.0", ""] {
        let answer = app.get_studio(&path(&format!("?version={version}")), Who::Author).await;
        answer.says(400, &json!(["Invalid version specifier"]));
    }
    let intro = |version| format!("/xblocks/v2/{INTRO}/embed/student_view/?version={version}");
    for (version, shown) in [("draft", "Draft"), ("published", "Hello"), ("1", "Old")] {
        let page = app.get_studio(&intro(version), Who::Author).await.is(200);
        assert_eq!(text(&page.html(), "p"), shown, "{version}");
    }
    app.get_studio(&intro("9"), Who::Author).await.is(404).refused("version 9");
    app.get(&format!("{}&course_id=nonsense", path("?version=published")), LEARNER).await.is(200);
    app.get(&format!("/xblocks/v2/{INTRO}@draft/embed/student_view/"), LEARNER).await.is(404).refused("@");
    app.get(&format!("/xblocks/v2/{INTRO}/embed/"), LEARNER).await.is(404).refused("no view");
    app.get(&path(""), Who::Nobody).await.is(403).refused("anonymous");
    app.get(&format!("/xblocks/v2/{INTRO}/embed/public_view/"), Who::Nobody).await.is(200);
}

#[actix_web::test]
async fn a_handler_url_carries_the_recorded_token() {
    let app = TestApp::new().await;
    let ask = |version: &str| format!("{BLOCKS}{INTRO}{version}/handler_url/get_fields/");
    let url = |root: &str, version: &str| {
        let url = format!("{root}{BLOCKS}{INTRO}{version}/handler/7-94da310cd3349260bc3b/get_fields/");
        json!({"handler_url": url})
    };
    app.get_studio(&ask("@published"), LEARNER).await.says(200, &url(STUDIO, "@published"));
    app.get(&ask(""), LEARNER).await.says(200, &url(LEARN, ""));
    // Neither permission nor existence is asked.
    app.get(&format!("{BLOCKS}{PRIVATE_INTRO}/handler_url/x/"), LEARNER).await.is(200);
    app.get(&format!("{BLOCKS}lb:No:body:html:x/handler_url/x/"), LEARNER).await.is(200);
}

#[actix_web::test]
async fn olx_is_the_stored_text_and_for_authors_only() {
    let app = TestApp::new().await;
    app.role(LIBRARY, Role::Read).await;
    let olx =
        |text: &str| json!({"olx": format!("<html display_name=\"Intro\"><![CDATA[<p>{text}</p>]]></html>")});
    let path = |version: &str| format!("{BLOCKS}{INTRO}{version}/olx/");
    app.get_studio(&path("@draft"), Who::Author).await.says(200, &olx("Draft"));
    app.get_studio(&path("@1"), Who::Author).await.says(200, &olx("Old"));
    app.get(&path(""), Who::Author).await.says(200, &olx("Hello"));
    let refused = format!("You don't have permission to access the OLX of component '{INTRO}'.");
    for who in [Who::Nobody, LEARNER] {
        app.get_studio(&path(""), who).await.says(403, &json!({"detail": refused}));
    }
    let missing = "lb:Org1:lib1:html:none";
    let answer = app.get_studio(&format!("{BLOCKS}{missing}/olx/"), Who::Author).await;
    answer.says(404, &json!({"detail": format!("The component '{missing}' does not exist.")}));
}

#[actix_web::test]
async fn what_is_not_there_or_not_open_is_told_as_documented() {
    let app = TestApp::new().await;
    app.role(LIBRARY, Role::Read).await;
    let detail = |text: &str| json!({"detail": text});
    for (who, usage) in [(LEARNER, "lb:valid:key:video:123"), (Who::Nobody, "lb:valid:key:video:123")] {
        let gone = detail("Content Library 'lib:valid:key' does not exist");
        app.get(&format!("{BLOCKS}{usage}/"), who).await.says(404, &gone);
        app.get(&format!("{BLOCKS}{usage}/view/public_view/"), who).await.says(404, &gone);
        app.get_studio(&format!("{BLOCKS}{usage}/olx/"), who).await.says(404, &gone);
    }
    let video = "lb:Org1:lib1:video:123";
    let gone = detail(&format!("The component '{video}' does not exist."));
    for path in ["", "view/student_view/", "olx/", "fields/"] {
        app.get_studio(&format!("{BLOCKS}{video}/{path}"), Who::Author).await.says(404, &gone);
    }
    // Permission is decided before existence: a refused caller learns nothing.
    for usage in [PRIVATE_INTRO, "lb:Org1:closed:html:none"] {
        let closed = detail(&format!("You don't have permission to access the component '{usage}'."));
        for who in [LEARNER, Who::Nobody] {
            app.get(&format!("{BLOCKS}{usage}/"), who).await.says(403, &closed);
        }
        app.get(&format!("{BLOCKS}{usage}/view/student_view/"), LEARNER).await.says(403, &closed);
        app.get(&format!("/xblocks/v2/{usage}/embed/student_view/"), LEARNER).await.says(403, &closed);
    }
    app.get(&format!("{BLOCKS}{PRIVATE_INTRO}/"), Who::Staff).await.is(200);
    app.get(&format!("/contexts/{PRIVATE}"), LEARNER).await.is(403);
    let needed = detail("Authentication credentials were not provided.");
    let fields = app.get_studio(&format!("{BLOCKS}{INTRO}/fields/"), Who::Nobody).await;
    assert_eq!(fields.header("www-authenticate"), "JWT realm=\"api\"");
    fields.says(401, &needed);
}

#[actix_web::test]
async fn other_methods_are_not_allowed() {
    let app = TestApp::new().await;
    let paths = ["", "view/student_view/", "handler_url/x/", "olx/", "fields/"];
    for path in paths.map(|tail| format!("{BLOCKS}{INTRO}/{tail}")) {
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let text = format!("Method \"{method}\" not allowed.");
            let answer = app.studio(method, &path).by(Who::Staff).send().await;
            assert!(answer.header("allow").starts_with("GET"), "{path}");
            answer.says(405, &json!({"detail": text}));
        }
    }
    let embed = format!("/xblocks/v2/{INTRO}/embed/student_view/");
    for path in [&*embed, "/", "/healthz", "/api/exedra/v1/contexts/"] {
        let answer = app.learn(Method::POST, path).by(LEARNER).send().await;
        assert_eq!(answer.header("allow"), "GET, HEAD", "{path}");
        answer.says(405, &json!({"detail": "Method \"POST\" not allowed."}));
        app.learn(Method::HEAD, path).by(LEARNER).send().await.is(200);
    }
}

#[actix_web::test]
async fn courses_have_the_same_interface() {
    let app = TestApp::new().await;
    let fixed = block("vertical", "fixed");
    let answer = app.get(&format!("{BLOCKS}{fixed}/?include=children"), LEARNER).await.is(200).json();
    assert_eq!((&answer["block_type"], &answer["display_name"]), (&json!("vertical"), &json!("Fixed")));
    let page = app.get(&format!("/units/{fixed}"), LEARNER).await.is(200).html();
    assert_eq!(count(&page, &format!("[data-usage='{}']", block("html", "words"))), 1);
    app.get(&format!("/units/{fixed}"), Who::Nobody).await.is(403);
    app.get_studio(&format!("/units/{fixed}"), LEARNER).await.is(403);
    app.get_studio(&format!("/units/{fixed}"), Who::Staff).await.is(200);
    let listing = app.get(&format!("/contexts/{COURSE}"), LEARNER).await.is(200);
    assert!(attributes(&listing.html(), "a", "href").contains(&format!("/units/{fixed}")));
}

#[actix_web::test]
async fn links_of_course_html_lead_to_pages_of_this_site() {
    let app = TestApp::new().await;
    let jump = format!("/courses/{COURSE}/jump_to_id");
    for (path, page) in [
        (format!("{jump}/fixed"), format!("/units/{}", block("vertical", "fixed"))),
        // Text is shown on the page of its unit.
        (format!("{jump}/words/"), format!("/units/{}", block("vertical", "fixed"))),
        (format!("/courses/{COURSE}/about"), format!("/contexts/{COURSE}")),
    ] {
        assert_eq!(app.get(&path, LEARNER).await.is(302).header("location"), page, "{path}");
    }
    app.get(&format!("{jump}/nothing"), LEARNER).await.is(404);
    app.get(&format!("{jump}/fixed"), Who::Nobody).await.is(403);
}

#[actix_web::test]
async fn metadata_is_the_same_for_everyone() {
    let app = TestApp::new().await;
    let random = format!("{BLOCKS}{}/?include=children,editable_children", block("vertical", "random"));
    let drawn = json!([block("random_lib_ref", "drawn")]);
    for id in 1..6 {
        let answer = app.get(&random, Who::Learner(id)).await.is(200);
        assert_eq!((&answer.json()["children"], &answer.json()["editable_children"]), (&drawn, &drawn));
        assert_eq!(answer.header("cache-control"), "private, no-cache");
    }
}
