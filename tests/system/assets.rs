//! Files of blocks: signed addresses, ranges, caching, and a policy for files that are pages.

use actix_web::http::Method;

use crate::{
    app::{Ask, BLOCKS, LEARN, STUDIO, TestApp, Who, attributes, count},
    content::INTRO,
};

const PICTURE: &str = "lb:Org1:lib1:html:picture";

/// Returns the addresses of the pictures a site shows.
async fn pictures(app: &TestApp, studio: bool) -> Vec<String> {
    let path = format!("{BLOCKS}{PICTURE}/view/student_view/");
    let answer = match studio {
        true => app.get_studio(&path, Who::Staff).await,
        false => app.get(&path, Who::Learner(7)).await,
    };
    attributes(&answer.is(200).html(), "img", "src")
}

fn read<'a>(app: &'a TestApp, path: &str) -> Ask<'a> {
    app.learn(Method::GET, path)
}

#[actix_web::test]
async fn an_asset_is_served_to_those_who_have_its_address() {
    let app = TestApp::new().await;
    let found = pictures(&app, false).await;
    assert_eq!(found[1], "/static/gone.svg", "what is not there keeps its link");
    let url = found[0].strip_prefix(LEARN).unwrap();
    assert!(url.ends_with("/a%20b.svg") && url.contains("@2/"), "{url}");
    let file = read(&app, url).send().await.is(200);
    assert_eq!((file.header("content-type"), file.header("accept-ranges")), ("image/svg+xml", "bytes"));
    assert!(file.text().starts_with("<svg"));
    assert!(file.header("cache-control").contains("immutable"));
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    let policy = file.header("content-security-policy");
    assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("allow-same-origin"), "a file never runs with the rights of this site");

    let draft = pictures(&app, true).await;
    let draft = draft[0].strip_prefix(STUDIO).unwrap();
    assert!(draft.contains("@draft/"), "{draft}");
    let file = app.studio(Method::GET, draft).send().await.is(200);
    assert!(file.header("cache-control").contains("no-cache"), "drafts change");
}

#[actix_web::test]
async fn a_page_of_an_author_is_one_of_this_site_only_in_a_frame_of_this_site() {
    let app = TestApp::new().await;
    let bench = "<problem><customresponse cfn=\"f\"><jsinput html_file=\"/static/bench.html\"/></customresponse></problem>";
    let files = [
        ("problem/bench/definition.xml", bench),
        ("problem/bench/static/bench.html", "<title>Bench</title>"),
    ];
    app.context("lib:Org1:bench", true, &files).await;
    let files = [
        ("course.xml", "<course url_name=\"r\" org=\"Org1\" course=\"B\"/>"),
        (
            "course/r.xml",
            "<course><chapter url_name=\"c\"><sequential url_name=\"s\"><vertical url_name=\"v\">\
             <problem url_name=\"bench\"/></vertical></sequential></chapter></course>",
        ),
        ("problem/bench.xml", bench),
        ("static/bench.html", "<title>Bench</title>"),
    ];
    app.context("course-v1:Org1+B+r", true, &files).await;
    for block in ["lb:Org1:bench:problem:bench", "block-v1:Org1+B+r+type@problem+block@bench"] {
        framed_only_here(&app, block).await;
    }
}

async fn framed_only_here(app: &TestApp, block: &str) {
    let answer =
        app.get(&format!("{BLOCKS}{block}/view/student_view/"), Who::Learner(7)).await.is(200).html();
    let found = attributes(&answer, "iframe", "src");
    let url = found[0].strip_prefix(LEARN).expect("a link to a file is rewritten in a frame too");
    let policy = |fetch: Option<(&'static str, &'static str)>| {
        let ask = read(app, url);
        let ask = match fetch {
            Some((dest, site)) => ask.header("Sec-Fetch-Dest", dest).header("Sec-Fetch-Site", site),
            None => ask,
        };
        async {
            let file = ask.send().await.is(200);
            assert_eq!(file.header("vary"), "Sec-Fetch-Dest, Sec-Fetch-Site");
            file.header("content-security-policy").to_owned()
        }
    };
    assert!(policy(Some(("iframe", "same-origin"))).await.contains("allow-same-origin"));
    for other in [
        None,
        Some(("document", "same-origin")),
        Some(("iframe", "cross-site")),
        Some(("iframe", "same-site")),
        Some(("iframe", "none")),
        Some(("empty", "same-origin")),
    ] {
        let policy = policy(other).await;
        assert!(policy.contains("sandbox") && !policy.contains("allow-same-origin"), "{other:?}: {policy}");
    }
}

#[actix_web::test]
async fn ranges_and_caches_work() {
    let app = TestApp::new().await;
    let url = pictures(&app, false).await.remove(0);
    let url = url.strip_prefix(LEARN).unwrap();
    let whole = read(&app, url).send().await.is(200);
    let (total, etag) = (whole.body.len(), whole.header("etag").to_owned());
    let range = |range: &str| read(&app, url).header("Range", range);
    let part = range("bytes=1-4").send().await.is(206);
    assert_eq!(
        (&part.body[..], part.header("content-range")),
        (&b"svg "[..], &*format!("bytes 1-4/{total}"))
    );
    assert_eq!(range("bytes=-4").send().await.is(206).body[..], whole.body[total - 4..]);
    let outside = range(&format!("bytes={total}-")).send().await.is(416);
    assert_eq!(outside.header("content-range"), format!("bytes */{total}"));
    for all in ["bytes=0-1,3-4", "lines=1-2", "bytes=x"] {
        assert_eq!(range(all).send().await.is(200).body, whole.body, "{all}");
    }
    range("bytes=0-1").header("If-Range", "\"other\"").send().await.is(200);
    range("bytes=0-1").header("If-Range", &etag).send().await.is(206);
    for tag in [&*etag, "*", &format!("W/{etag}"), &format!("\"x\", {etag}")] {
        let unchanged = read(&app, url).header("If-None-Match", tag).send().await.is(304);
        assert_eq!((unchanged.body.len(), unchanged.header("etag")), (0, &*etag), "{tag}");
    }
    read(&app, url).header("If-None-Match", "\"other\"").send().await.is(200);
    let head = app.learn(Method::HEAD, url).send().await.is(200);
    assert_eq!(head.header("etag"), etag);
}

#[actix_web::test]
async fn an_address_that_was_not_made_here_leads_nowhere() {
    let app = TestApp::new().await;
    let url = pictures(&app, false).await.remove(0);
    let url = url.strip_prefix(LEARN).unwrap();
    let signature = url.split('/').nth(3).unwrap();
    for bad in [
        url.replace(signature, &"0".repeat(32)),
        url.replace(signature, &signature[1..]),
        url.replace("@2/", "@1/"),
        url.replace("@2/", "@draft/"),
        url.replace("@2/", "@02/"),
        url.replace("html:picture", "html:intro"),
        url.replace("Org1", "Org2"),
        url.replace("/assets/", "/assets//"),
        format!("{url}/"),
        format!("{url}x"),
        url.replace("a%20b.svg", "../../intro/definition.xml"),
        url.replace("a%20b.svg", "..%2F..%2Fintro%2Fdefinition.xml"),
        url.replace("a%20b.svg", "definition.xml"),
        url.replace("a%20b.svg", "a%20b.svg%00"),
        url.replace("a%20b.svg", "%FF"),
        url.replace("a%20b.svg", ""),
        url.replace("a%20b.svg", "./a%20b.svg"),
        url.replace("a%20b.svg", "static/a%20b.svg"),
        url.replace("a%20b.svg", "%2E%2E/a%20b.svg"),
        "/assets/".to_owned(),
        "/assets///".to_owned(),
        "/static/exedra/../../Cargo.toml".to_owned(),
        "/static/exedra/0/player.js".to_owned(),
    ] {
        assert_ne!(bad, url);
        read(&app, &bad).send().await.problem(404, "not_found");
    }
}

#[actix_web::test]
async fn our_own_files_are_where_pages_say() {
    let app = TestApp::new().await;
    let page = app.get(&format!("/units/{INTRO}"), Who::Learner(7)).await.is(200);
    let html = page.html();
    let mut files = attributes(&html, "link[rel=stylesheet]", "href");
    files.extend(attributes(&html, "script[src]", "src"));
    assert!(!files.is_empty());
    for url in files {
        let file = read(&app, &url).send().await.is(200);
        assert!(file.header("cache-control").contains("immutable"), "{url}");
        read(&app, &url).header("If-None-Match", file.header("etag")).send().await.is(304);
    }
    let nonce = page.header("content-security-policy").contains("nonce-");
    assert!(nonce || count(&html, "script:not([src])") == 0);
}
