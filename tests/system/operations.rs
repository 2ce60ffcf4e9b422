//! What those who run the server and those who program against it need.

use actix_web::http::Method;
use serde_json::Value;

use crate::{
    app::{BLOCKS, TestApp, Who, count, text},
    content::{COURSE, INTRO},
};

/// Where the routes are.
const ROUTES: &str = include_str!("../../crates/server/src/http/mod.rs");

/// The document itself.
const ABOUT_ITSELF: &[&str] = &["/api/exedra/v1/openapi.json", "/api/exedra/v1/docs"];

/// Returns a path without the names of its parameters.
fn nameless(path: &str) -> String {
    let mut parts = path.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |done, part| done + "{}" + part.split_once('}').map_or("", |(_, rest)| rest))
}

#[actix_web::test]
async fn the_document_lists_every_route() {
    let app = TestApp::empty().await;
    let document = app.get("/api/exedra/v1/openapi.json", Who::Nobody).await.is(200).json();
    let paths = document["paths"].as_object().unwrap();
    let documented: Vec<String> = paths.keys().map(|path| nameless(path)).collect();
    for page in ["/units/{}", "/login", "/logout", "/assets/{}/{}/{}", "/xblocks/v2/{}/embed/{}/", "/readyz"]
    {
        assert!(documented.iter().any(|path| path == page), "{page} is not in {documented:?}");
    }
    let routes = ROUTES.split('"').skip(1).step_by(2).filter(|text| text.starts_with("/api/"));
    let routes: Vec<String> = routes.map(nameless).collect();
    assert!(routes.len() > 30, "the routes were not found");
    for route in routes.iter().filter(|route| !ABOUT_ITSELF.contains(&route.as_str())) {
        let is_listed = match route.as_str() {
            // The runtime tells its endpoints apart itself.
            "/api/xblock/v2/xblocks/{}" => {
                documented.iter().any(|path| path.starts_with("/api/xblock/v2/xblocks/"))
            }
            route => documented.iter().any(|path| path == route),
        };
        assert!(is_listed, "{route} is not in {documented:?}");
    }

    let is_routed = |path: &str| path.starts_with("/api/") && !path.starts_with("/api/xblock/");
    for (path, operations) in paths.iter().filter(|(path, _)| is_routed(path)) {
        let mut methods: Vec<_> =
            operations.as_object().unwrap().keys().map(|m| m.to_ascii_uppercase()).collect();
        if methods.contains(&"GET".to_owned()) {
            methods.push("HEAD".to_owned());
        }
        methods.sort_unstable();
        let address = nameless(path).replace("{}", "x");
        let answer = app.studio(Method::TRACE, &address).send().await;
        let mut allowed: Vec<_> = answer.header("allow").split(", ").map(str::to_owned).collect();
        allowed.sort_unstable();
        assert_eq!((answer.status, allowed), (405, methods), "{path}");
    }
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["responses"].as_object().is_some_and(|r| !r.is_empty()), "{method} {path}");
            let id = &operation["operationId"];
            let same = paths.values().flat_map(|o| o.as_object().unwrap().values());
            assert_eq!(same.filter(|o| o["operationId"] == *id).count(), 1, "{id} is used once");
        }
    }
    let page = app.get("/api/exedra/v1/docs", Who::Nobody).await.is(200);
    assert!(page.text().contains("/api/xblock/v2/xblocks/{usage}/fields/"));
}

#[actix_web::test]
async fn the_server_tells_how_it_is() {
    let app = TestApp::new().await;
    assert_eq!(app.get("/healthz", Who::Nobody).await.is(200).json()["status"], "ok");
    assert_eq!(app.get("/readyz", Who::Nobody).await.is(200).json()["database"], "ok");
    app.get(&format!("{BLOCKS}{INTRO}/"), Who::Nobody).await.is(200);
    app.get_studio("/no/such/page", Who::Nobody).await.is(404);
    for made_up in ["AAAA", "BBBB"] {
        app.learn(Method::from_bytes(made_up.as_bytes()).unwrap(), "/").send().await.is(405);
    }
    let metrics = app.get("/metrics", Who::Nobody).await.is(200);
    assert!(!metrics.text().contains("AAAA"), "labels are kept for ever, so callers do not choose them");
    for line in [
        "exedra_http_requests_total{site=\"learn\",method=\"GET\",route=\"/api/xblock/v2/xblocks/{rest:.*}\",status=\"200\"} 1",
        "exedra_http_requests_total{site=\"studio\",method=\"GET\",route=\"none\",status=\"404\"} 1",
        "exedra_http_requests_total{site=\"learn\",method=\"other\",route=\"/\",status=\"405\"} 2",
        "exedra_http_request_duration_seconds_count{",
        "exedra_sql_statements ",
        "# EOF",
    ] {
        assert!(metrics.text().contains(line), "{line}\n{}", metrics.text());
    }
    app.shared.database.close().await;
    let down = app.get("/readyz", Who::Nobody).await.is(503);
    assert_eq!(down.json()["database"], "unavailable");
    app.get("/healthz", Who::Nobody).await.is(200);
    let failed = app.get(&format!("{BLOCKS}{INTRO}/"), Who::Nobody).await;
    assert!(failed.status >= 500 && failed.json()["code"].is_string(), "{}", failed.text());
}

#[actix_web::test]
async fn every_request_has_an_id() {
    let app = TestApp::empty().await;
    let given = app.learn(Method::GET, "/healthz").header("X-Request-Id", "abc-123").send().await;
    assert_eq!(given.header("x-request-id"), "abc-123");
    let one = app.get("/healthz", Who::Nobody).await;
    let two = app.get("/nowhere", Who::Nobody).await;
    assert!(!one.header("x-request-id").is_empty());
    assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
    for bad in ["a b\"><script>", &"x".repeat(500), "ünicode"] {
        let answer = app.learn(Method::GET, "/healthz").header("X-Request-Id", bad).send().await.is(200);
        assert_ne!(answer.headers.get("x-request-id").unwrap().as_bytes(), bad.as_bytes());
    }
}

#[actix_web::test]
async fn browsers_get_pages_also_for_errors_and_programs_get_json() {
    let app = TestApp::new().await;
    for (path, status) in [
        ("/nowhere".to_owned(), 404),
        ("/units/nonsense".to_owned(), 404),
        (format!("/contexts/{COURSE}"), 403),
        ("/contexts/lib:No:body".to_owned(), 404),
    ] {
        let browser = app.learn(Method::GET, &path).header("Accept", "text/html,*/*;q=0.8").send().await;
        let page = browser.is(status);
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(!text(&page.html(), "h1").is_empty(), "{path}");
        assert!(page.header("content-security-policy").contains("script-src 'self'"), "{path}");
        app.get(&path, Who::Nobody).await.is(status).refused(&path);
    }
    let home = app.get("/", Who::Learner(7)).await.is(200).html();
    assert_eq!(count(&home, "main a[href^='/contexts/']"), 2);
}

#[actix_web::test]
async fn the_blocks_of_a_context_are_listed() {
    let app = TestApp::new().await;
    let path = format!("/api/exedra/v1/contexts/{COURSE}/blocks/");
    let answer = app.get(&path, Who::Learner(7)).await.is(200).json();
    let blocks = answer["blocks"].as_array().unwrap();
    let pages: Vec<&Value> = blocks.iter().filter(|block| block["is_page"] == true).collect();
    assert_eq!((blocks.len(), pages.len(), &answer["version"]), (9, 2, &Value::from(1)));
    assert_eq!(answer.get("placeholders"), None, "learners are not told");
    let author = app.get_studio(&path, Who::Staff).await.is(200).json();
    assert!(author["placeholders"].as_object().unwrap().is_empty());
    for bad in ["nonsense", "lib:No:body", "course-v1:No+Such+Run", "%FF", "lib%3AOrg1%3Alib1%00"] {
        app.get(&format!("/api/exedra/v1/contexts/{bad}/blocks/"), Who::Staff).await.is(404).refused(bad);
    }
    app.get(&format!("{path}?version=x"), Who::Staff).await.problem(400, "bad_request");
    app.get("/api/exedra/v1/contexts/?after=nonsense", Who::Staff).await.problem(400, "bad_request");
}
