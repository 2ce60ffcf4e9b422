//! Requests nobody sends by mistake: refused in a way that tells why, with nothing written.

use std::sync::Arc;

use actix_web::http::Method;
use blockstore::{BoundedBlobs, FolderBlobs};
use learning_context::Role;
use serde_json::json;

use crate::{
    app::{BLOCKS, LEARN, TestApp, Who},
    content::{INTRO, LIBRARY, P1, PRIVATE},
};

#[actix_web::test]
async fn hostile_keys_name_nothing() {
    let app = TestApp::new().await;
    let long = format!("lb:Org1:lib1:html:{}", "a".repeat(60_000));
    let colons = ":".repeat(30_000);
    for key in [
        "nonsense",
        "%",
        "%25",
        "%zz",
        "%00",
        "lb:Org1:lib1:html:%00",
        "lb:Org1:lib1:html:intro%00",
        "lb:Org1:lib1:html:%FF",
        "%C0%AE%C0%AE",
        "lb:Org1:lib1:html:intro%0A",
        "lb:Org1:lib1:html:in%0Atro",
        "lb:Org1:lib1:html:intro%0D%0AX-Evil:%201",
        "lb:Org1:lib1:html:..%2F..",
        "lb:Org1:lib1:html:%3Cscript%3E",
        "lb:Org1:lib1:html:a'b\"",
        "lb:Org1:lib1:html:a;drop%20table%20blob",
        "lb:Org1:lib1:html",
        "lb:Org1:lib1:html:intro:more",
        "lb::::",
        LIBRARY,
        "lib:Org1:lib1@1",
        "course-v1:Org1+C1+2026",
        "lct:Org1:lib1:unit:none",
        "i4x://Org1/C1/html/intro",
        "lb-ref:",
        "lb-ref:x:y:z",
        "block-v1:Org1+C1+2026+type@html",
        "block-v1:Org1+C1+2026+type@html+block@%00",
        "%F0%9F%92%A9",
        "lb:Org1:lib1:html:%E2%80%AEintro",
        &long,
        &colons,
    ] {
        let name = &key[..key.len().min(60)];
        for path in [
            format!("{BLOCKS}{key}/"),
            format!("{BLOCKS}{key}/view/student_view/"),
            format!("{BLOCKS}{key}/olx/"),
            format!("{BLOCKS}{key}/handler/7-0/x/"),
            format!("/xblocks/v2/{key}/embed/student_view/"),
            format!("/api/exedra/v1/units/{key}/"),
            format!("/units/{key}"),
        ] {
            let answer = app.get(&path, Who::Staff).await;
            // A key that can be read gets as far as its block, or its token, which is not there.
            assert!(matches!(answer.status, 403 | 404), "{name}: {} {}", answer.status, answer.text());
            assert!(answer.body.len() < 2_000, "{name}: the answer does not repeat the request");
            answer.refused(name);
        }
        app.get(&format!("/contexts/{key}"), Who::Staff).await;
    }
    app.get(&format!("{BLOCKS}{INTRO}/"), Who::Staff).await.is(200);
}

#[actix_web::test]
async fn percent_encoded_keys_are_the_same_keys() {
    let app = TestApp::new().await;
    let plain = app.get(&format!("{BLOCKS}{INTRO}/"), Who::Learner(7)).await.is(200);
    let encoded = format!("{BLOCKS}lb%3AOrg1%3Alib1%3Ahtml%3Aintro%40published%2F");
    assert_eq!(app.get(&encoded, Who::Learner(7)).await.is(200).body, plain.body);
    app.get(&format!("/units/{}", INTRO.replace(':', "%3A")), Who::Learner(7)).await.is(200);
    app.get("/xblocks/v2/lb%3AOrg1%3Alib1%3Ahtml%3Aintro%2Fembed%2Fstudent_view%2F", Who::Learner(7))
        .await
        .is(200);
}

#[actix_web::test]
async fn bodies_are_read_up_to_their_limit() {
    let app = TestApp::new().await;
    app.role(LIBRARY, Role::Author).await;
    let before = app.draft(LIBRARY).await;
    let fields = format!("{BLOCKS}{INTRO}/fields/");
    let body = json!({"data": "x".repeat(2 << 20)}).to_string();
    let save = app.studio(Method::POST, &fields).by(Who::Author).body("application/json", body);
    save.send().await.problem(413, "too_large");
    let deep = format!("{{\"data\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let save = app.studio(Method::POST, &fields).by(Who::Author).body("application/json", deep);
    save.send().await.is(400).refused("deep JSON");
    assert_eq!(app.draft(LIBRARY).await, before);

    let handler = app.handler(P1, "7", "xmodule_handler/problem_check");
    let body = format!("input_{P1}_2_1={}", "x".repeat(10 << 20));
    let check = app.learn(Method::POST, &handler).body("application/x-www-form-urlencoded", body);
    check.send().await.problem(413, "too_large");
    // What may be sent may still be more than a problem takes, which says so in its own words.
    let body = format!("input_{P1}_2_1={}", "x".repeat(3 << 20));
    let check = app.learn(Method::POST, &handler).body("application/x-www-form-urlencoded", body);
    let refused = check.send().await.is(413).json();
    assert!(refused["success"].as_str().is_some_and(|text| text.contains("too long")), "{refused}");
    assert!(app.state("7", &[P1]).await.blocks.is_empty());
    assert!(app.events().await.is_empty());
}

#[actix_web::test]
async fn odd_parameters_and_headers_are_answered() {
    let app = TestApp::new().await;
    for query in ["?include=%FF", "?%FF=1", "?include=%"] {
        let answer = app.get(&format!("{BLOCKS}{INTRO}/{query}"), Who::Learner(7)).await;
        assert!(answer.status < 500, "{query}: {}", answer.text());
    }
    for (name, value) in [
        ("Cookie", "exedra_session=\"; exedra_anonymous=%00; a"),
        ("Accept-Language", "x-;q=nonsense,,"),
        ("Range", "bytes=-"),
        ("Content-Type", "multipart/form-data; boundary="),
        ("If-None-Match", "\""),
        ("Origin", "://"),
        ("Host", "evil.example"),
    ] {
        let ask = app.learn(Method::GET, &format!("{BLOCKS}{INTRO}/view/public_view/")).header(name, value);
        let answer = ask.send().await.is(200);
        assert!(!answer.text().contains("evil.example"), "{name}: addresses are made from the configuration");
    }
    let page =
        app.get(&format!("/units/{INTRO}?x=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"), Who::Learner(7)).await;
    assert!(!page.is(200).text().contains("<script>alert(1)"));
    let error =
        app.learn(Method::GET, "/units/%3Cscript%3Ealert(1)%3C%2Fscript%3E").header("Accept", "text/html");
    assert!(!error.send().await.is(404).text().contains("<script>alert(1)"));
}

#[actix_web::test]
async fn on_a_full_disk_saving_fails_clearly_and_nothing_is_half_written() {
    let app = TestApp::on(|folder| {
        Arc::new(BoundedBlobs::new(FolderBlobs::open(folder.join("blobs")).unwrap(), 150_000))
    })
    .await;
    crate::content::fill(&app).await;
    app.role(LIBRARY, Role::Author).await;
    let path = format!("{BLOCKS}{INTRO}/fields/");
    let save = async |letter: &str| {
        let body = json!({"data": letter.repeat(100_000), "metadata": {"display_name": letter}});
        app.studio(Method::POST, &path).by(Who::Author).json(&body).send().await
    };
    save("a").await.is(200);
    let before = app.draft(LIBRARY).await;
    let failed = save("b").await;
    assert!(failed.status >= 500, "{}", failed.text());
    assert_eq!(failed.header("content-type"), "application/problem+json");
    assert!(failed.json()["code"].is_string());
    assert_eq!(app.draft(LIBRARY).await, before);
    let read = app.get_studio(&path, Who::Author).await.is(200).json();
    assert_eq!((&read["display_name"], read["data"].as_str().map(str::len)), (&json!("a"), Some(100_000)));
    // What was there is shown as before, and small things can still be saved.
    app.get(&format!("{BLOCKS}{INTRO}/view/student_view/"), Who::Learner(7)).await.is(200);
    let small = app.studio(Method::POST, &path).by(Who::Author).json(&json!({"data": "small"}));
    small.send().await.is(200);
}

#[actix_web::test]
async fn nothing_of_a_closed_library_leaks() {
    let app = TestApp::new().await;
    for path in [
        format!("/contexts/{PRIVATE}"),
        format!("/api/exedra/v1/contexts/{PRIVATE}/blocks/"),
        "/units/lb:Org1:closed:html:intro".to_owned(),
        "/api/exedra/v1/units/lb:Org1:closed:html:intro/".to_owned(),
        "/api/exedra/v1/units/lb:Org1:closed:html:intro/view/public_view/".to_owned(),
        format!("{BLOCKS}lb:Org1:closed:html:intro/view/public_view/"),
        "/xblocks/v2/lb:Org1:closed:html:intro/embed/public_view/".to_owned(),
    ] {
        for who in [Who::Nobody, Who::Learner(7)] {
            for answer in [app.get(&path, who).await, app.get_studio(&path, who).await] {
                let answer = answer.is(403);
                assert!(!answer.text().contains("Secret") && !answer.text().contains("Title of"), "{path}");
            }
        }
    }
    let home = app.get("/", Who::Learner(7)).await.is(200);
    assert!(!home.text().contains(PRIVATE) && !home.text().contains(LEARN));
}
