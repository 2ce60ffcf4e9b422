//! Who is asking: tokens, sessions, anonymous learners, and those who pretend.

use actix_web::{cookie::Cookie, http::Method};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use learning_context::Role;
use serde_json::json;
use server::token::{Claims, sign_jwt};

use crate::{
    app::{BLOCKS, NOW, STUDIO, TestApp, Who, text},
    content::{COURSE, INTRO, LIBRARY, P1, block},
};

const LEARNER: Who = Who::Learner(7);
const SESSION: &str = "exedra_session";
const ANONYMOUS: &str = "exedra_anonymous";

/// A page that only people with an account may see.
fn page() -> String {
    format!("/units/{}", block("vertical", "fixed"))
}

#[actix_web::test]
async fn a_token_in_the_header_signs_in() {
    let app = TestApp::new().await;
    let token = app.jwt(&LEARNER.claims());
    let ask =
        async |value: String| app.learn(Method::GET, &page()).header("Authorization", &value).send().await;
    ask(format!("JWT {token}")).await.is(200);
    ask(format!("Bearer {token}")).await.is(200);
    for bad in [format!("Basic {token}"), token.clone(), String::new(), "JWT".into(), "JWT ".into()] {
        ask(bad).await.is(401);
    }
}

#[actix_web::test]
async fn forged_and_expired_tokens_are_refused() {
    let app = TestApp::new().await;
    let claims = LEARNER.claims();
    let good = app.jwt(&claims);
    let parts: Vec<_> = good.split('.').collect();
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let other = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
    let staff =
        URL_SAFE_NO_PAD.encode(json!({"user_id": 7, "administrator": true, "exp": NOW + 9}).to_string());
    let nobody = Claims { exp: NOW + 9, ..Claims::default() };
    for (what, token) in [
        ("another key", sign_jwt(b"another key", &claims)),
        ("no algorithm", format!("{none}.{}.", parts[1])),
        ("no algorithm, old signature", format!("{none}.{}.{}", parts[1], parts[2])),
        ("another algorithm", format!("{other}.{}.{}", parts[1], parts[2])),
        ("changed claims", format!("{}.{staff}.{}", parts[0], parts[2])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("expired", app.jwt(&Claims { exp: NOW, ..claims.clone() })),
        ("not valid yet", app.jwt(&Claims { nbf: Some(NOW + 1), ..claims.clone() })),
        ("nobody", app.jwt(&nobody)),
        ("too long", "a".repeat(20_000)),
        ("no token", "..".to_owned()),
    ] {
        for path in [page(), format!("{BLOCKS}{INTRO}/"), "/api/exedra/v1/contexts/".to_owned()] {
            let ask = app.learn(Method::GET, &path).header("Authorization", &format!("JWT {token}"));
            let answer = ask.send().await;
            assert_eq!(answer.status, 401, "{what} on {path}");
            assert_eq!(answer.header("www-authenticate"), "JWT realm=\"api\"", "{what}");
            assert!(answer.json()["detail"].is_string(), "{what}");
        }
        let login = app.get(&format!("/login?token={token}"), Who::Nobody).await.is(401);
        assert!(login.cookie(SESSION).is_none(), "{what}");
        // A cookie that does not hold is as good as none.
        let cookie = Cookie::new(SESSION, token);
        app.learn(Method::GET, &page()).cookie(&cookie).send().await.is(403);
    }
}

async fn sign_in(app: &TestApp, who: Who) -> Cookie<'static> {
    let token = app.jwt(&who.claims());
    let answer = app
        .get(&format!("/login?token={token}&next={}", page().replace('+', "%2B")), Who::Nobody)
        .await
        .is(303);
    assert_eq!(answer.header("location"), page());
    answer.cookie(SESSION).unwrap()
}

#[actix_web::test]
async fn a_session_signs_in_until_it_ends() {
    let app = TestApp::new().await;
    let session = sign_in(&app, LEARNER).await;
    assert_eq!((session.http_only(), session.path()), (Some(true), Some("/")));
    assert_eq!(session.same_site(), Some(actix_web::cookie::SameSite::Lax));
    let open = async || app.learn(Method::GET, &page()).cookie(&session).send().await;
    open().await.is(200);
    app.wait(14 * 24 * 3600 - 1);
    open().await.is(200);
    app.wait(1);
    open().await.is(403);
    let out = app.learn(Method::POST, "/logout").cookie(&session).send().await.is(303);
    assert_eq!(out.cookie(SESSION).unwrap().value(), "");
}

#[actix_web::test]
async fn signing_in_leads_to_pages_of_this_site_only() {
    let app = TestApp::new().await;
    let token = app.jwt(&LEARNER.claims());
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        // Browsers drop tabs and line ends from addresses.
        "/%09/evil.example/",
        "/%0A/evil.example/",
        "/%0D%0ASet-Cookie:%20a=b",
        "evil",
        "",
        "javascript:alert(1)",
    ] {
        let answer = app.get(&format!("/login?token={token}&next={next}"), Who::Nobody).await.is(303);
        assert_eq!(answer.header("location"), "/", "{next}");
    }
}

#[actix_web::test]
async fn a_session_is_good_for_posts_of_our_own_pages_only() {
    let app = TestApp::new().await;
    app.role(LIBRARY, Role::Author).await;
    let token = app.jwt(&Who::Author.claims());
    let login = app.studio(Method::GET, &format!("/login?token={token}")).send().await.is(303);
    // One host may serve both sites, and a browser keeps one cookie of a name for it.
    assert!(login.cookie(SESSION).is_none());
    let session = login.cookie("exedra_studio_session").unwrap();
    let before = app.draft(LIBRARY).await;
    let post = |origin: Option<&str>| {
        let ask = app.studio(Method::POST, &format!("{BLOCKS}{INTRO}/fields/")).cookie(&session);
        let ask = ask.json(&json!({"data": "<p>posted</p>"}));
        match origin {
            Some(origin) => ask.header("Origin", origin),
            None => ask,
        }
    };
    for origin in ["https://evil.example", "null", "http://studio.test.evil.example", "http://evil.test"] {
        post(Some(origin)).send().await.problem(403, "cross_origin");
    }
    let logout =
        app.studio(Method::POST, "/logout").cookie(&session).header("Origin", "https://evil.example");
    logout.send().await.problem(403, "cross_origin");
    assert_eq!(app.draft(LIBRARY).await, before);
    post(Some(STUDIO)).send().await.is(200);
    assert_ne!(app.draft(LIBRARY).await, before);
    post(None).send().await.is(200);
}

#[actix_web::test]
async fn an_anonymous_learner_keeps_an_id_and_state() {
    let app = TestApp::new().await;
    let path = format!("{BLOCKS}{P1}/handler_url/xmodule_handler/");
    let first = app.get(&path, Who::Nobody).await.is(200);
    let cookie = first.cookie(ANONYMOUS).unwrap();
    let url = first.json()["handler_url"].as_str().unwrap().to_owned();
    let again = app.learn(Method::GET, &path).cookie(&cookie).send().await.is(200);
    assert_eq!(again.json()["handler_url"], url.as_str());
    assert!(again.cookie(ANONYMOUS).is_none(), "the id is known");
    let other = app.get(&path, Who::Nobody).await.is(200);
    assert_ne!(other.json()["handler_url"], url.as_str(), "others have ids of their own");

    let learner = url.split("/handler/").nth(1).unwrap().split('-').next().unwrap().to_owned();
    assert!(server::caller::is_anonymous_id(&learner), "{learner}");
    let answer = [(&*format!("input_{P1}_2_1"), "choice_1")];
    let check = app.handler(P1, &learner, "xmodule_handler/problem_check");
    let graded = app.learn(Method::POST, &check).form(&answer).send().await.is(200);
    assert_eq!(graded.json()["success"], "correct");
    let view = format!("{BLOCKS}{P1}/view/public_view/");
    let shown = app.learn(Method::GET, &view).cookie(&cookie).send().await.is(200);
    assert!(text(&shown.html(), ".submission-feedback").starts_with("You have used 1 of 2"));
    let stranger = app.get(&view, Who::Nobody).await.is(200);
    assert!(text(&stranger.html(), ".submission-feedback").starts_with("You have used 0 of 2"));
    assert!(app.state(&learner, &[P1]).await.blocks.is_empty(), "no grades for anonymous learners");
    assert!(app.events().await.iter().all(|event| event.learner.is_none()), "nor events in the database");
}

#[actix_web::test]
async fn the_cookie_of_an_anonymous_learner_is_no_account() {
    let app = TestApp::new().await;
    let cookie = app.get("/", Who::Nobody).await.is(200).cookie(ANONYMOUS).unwrap();
    let token = cookie.value().to_owned();
    let header = app.learn(Method::GET, &page()).header("Authorization", &format!("JWT {token}"));
    header.send().await.is(401);
    let session = Cookie::new(SESSION, token.clone());
    app.learn(Method::GET, &page()).cookie(&session).send().await.is(403);
    app.get(&format!("/login?token={token}"), Who::Nobody).await.is(401);
    // Nor is a person's token an anonymous id.
    let person = Cookie::new(ANONYMOUS, app.jwt(&LEARNER.claims()));
    app.learn(Method::GET, &page()).cookie(&person).send().await.is(403);
}

#[actix_web::test]
async fn a_handler_token_is_good_for_one_learner_block_and_time() {
    let app = TestApp::new().await;
    let refused = json!({"detail": "Invalid/expired auth token."});
    let call = async |path: &str| app.learn(Method::POST, path).form(&[]).send().await;
    let path = app.handler(P1, "7", "xmodule_handler/problem_get");
    call(&path).await.is(200);
    call(&path.replace("/7-", "/8-")).await.says(403, &refused);
    call(&path.replace("problem:p1", "problem:p2")).await.says(403, &refused);
    let token = path.split("/7-").nth(1).unwrap().split('/').next().unwrap();
    call(&path.replace(token, &token.to_uppercase())).await.says(403, &refused);
    call(&path.replace(token, "0")).await.says(403, &refused);
    // The token does not bind the version, nor the handler.
    call(&path.replace(P1, &format!("{P1}@published"))).await.is(200);
    app.wait(2 * 172_800);
    call(&path).await.says(403, &refused);

    for learner in ["anonymous", "anon12", "anonX123456789abcdef0123"] {
        let path = app.handler(P1, learner, "xmodule_handler/problem_get");
        call(&path).await.says(403, &json!({"detail": "Invalid user ID format."}));
    }
}

#[actix_web::test]
async fn a_session_of_another_learner_is_a_conflict() {
    let app = TestApp::new().await;
    let path = app.handler(P1, "7", "xmodule_handler/problem_get");
    let call = async |session: &Cookie<'static>| {
        app.learn(Method::POST, &path).cookie(session).form(&[]).send().await
    };
    call(&sign_in(&app, LEARNER).await).await.is(200);
    let conflict = json!({"detail": "Authentication conflict."});
    call(&sign_in(&app, Who::Learner(8)).await).await.says(403, &conflict);
    call(&Cookie::new(SESSION, "forged")).await.is(200);
}

#[actix_web::test]
async fn handlers_are_open_to_all_origins_and_say_so() {
    let app = TestApp::new().await;
    let path = app.handler(P1, "7", "xmodule_handler/problem_get");
    let options = app.learn(Method::OPTIONS, &path).header("Origin", "https://lms.example.org");
    let options = options.header("Access-Control-Request-Method", "POST").send().await.is(204);
    assert_eq!(options.header("access-control-allow-origin"), "*");
    assert!(options.header("access-control-allow-methods").contains("POST"));
    assert!(options.header("access-control-allow-headers").contains("content-type"));
    let call = app.learn(Method::POST, &path).header("Origin", "https://lms.example.org").form(&[]);
    let answer = call.send().await.is(200);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    let refused = app.learn(Method::POST, &path.replace("/7-", "/8-")).form(&[]).send().await.is(403);
    assert_eq!(refused.header("access-control-allow-origin"), "*", "so that scripts can read why");
}

#[actix_web::test]
async fn forms_without_scripts_come_back_to_this_site_only() {
    let app = TestApp::new().await;
    let path = app.handler(P1, "7", "xmodule_handler/problem_save");
    let call =
        async |back: &str| app.learn(Method::POST, &format!("{path}?return={back}")).form(&[]).send().await;
    assert_eq!(call("/units/x%3Fa=b").await.is(303).header("location"), "/units/x?a=b");
    for back in ["//evil.example", "https://evil.example", "/%5Cevil.example", "/%09/evil", "/%0d%0aA:b", ""]
    {
        let answer = call(back).await.is(200);
        assert_eq!(answer.header("location"), "", "{back}");
    }
}

#[actix_web::test]
async fn lists_hold_what_the_caller_may_use() {
    let app = TestApp::new().await;
    let keys = async |who: Who| {
        let answer = app.get("/api/exedra/v1/contexts/", who).await.is(200).json();
        let rows = answer["results"].as_array().unwrap().clone();
        rows.iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(keys(Who::Nobody).await, [LIBRARY]);
    assert_eq!(keys(LEARNER).await, [COURSE, LIBRARY]);
    assert_eq!(keys(Who::Staff).await.len(), 3);
    app.role("lib:Org1:closed", Role::Read).await;
    assert_eq!(keys(Who::Author).await.len(), 3);
}

#[actix_web::test]
async fn a_session_cookie_is_no_token() {
    let app = TestApp::new().await;
    let session = sign_in(&app, LEARNER).await;
    // The keys of tokens may be an LMS's: what lasts two weeks here must not last as long there.
    let header = format!("JWT {}", session.value());
    app.learn(Method::GET, &page()).header("Authorization", &header).send().await.is(401);
    app.get(&format!("/login?token={}", session.value()), Who::Nobody).await.is(401);
    let missing = app.get("/login", Who::Nobody).await.is(400);
    assert_eq!(missing.json()["code"], "bad_request");
}
