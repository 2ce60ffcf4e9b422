//! What is refused, by every endpoint in the same words, and that nothing changes then.

use std::collections::BTreeSet;

use actix_web::http::Method;
use learning_context::Role;
use serde_json::json;

use crate::{
    app::{Answer, Who},
    content::{COURSE, LIBRARY, P1, PRIVATE_INTRO, UNIT, block},
    surface::{Endpoint, May, endpoints, let_in, stored, surface, well_formed},
};

/// Asserts a status, and the code of a problem or none.
#[track_caller]
fn is(answer: &Answer, status: u16, code: Option<&str>, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    well_formed(answer, what);
    let told = answer.json();
    assert_eq!(told.get("code").and_then(|code| code.as_str()), code, "{what}: {told}");
}

#[actix_web::test]
async fn the_table_has_every_endpoint_and_a_request_that_it_grants() {
    let (app, pathway) = surface().await;
    let document = app.get("/api/exedra/v1/openapi.json", Who::Nobody).await.is(200).json();
    let mut documented = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        if path.starts_with("/api/exedra/") || path.starts_with("/api/lx-pathways/") {
            let methods = methods.as_object().unwrap().keys();
            documented.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
        }
    }
    let known: BTreeSet<String> = endpoints(&pathway).iter().map(Endpoint::name).collect();
    assert_eq!(known, documented);
    drop(app);
    for at in 0..known.len() {
        let (app, pathway) = surface().await;
        let endpoint = &endpoints(&pathway)[at];
        let answer = endpoint.ask(&app).by(Who::Staff).send().await;
        assert_eq!(answer.status, endpoint.status, "{}: {}", endpoint.name(), answer.text());
        well_formed(&answer, &endpoint.name());
    }
}

#[actix_web::test]
async fn who_may_not_is_refused_everywhere_and_nothing_changes() {
    let (app, pathway) = surface().await;
    let before = stored(&app).await;
    for endpoint in endpoints(&pathway) {
        let name = endpoint.name();
        let nobody = endpoint.ask(&app).send().await;
        let learner = endpoint.ask(&app).by(Who::Learner(7)).send().await;
        let open = endpoint.template == "/api/exedra/v1/contexts/";
        match endpoint.may {
            May::Learn if open => {
                let told = nobody.json();
                let keys: Vec<_> =
                    told["results"].as_array().unwrap().iter().map(|row| &row["key"]).collect();
                assert_eq!(keys, [LIBRARY], "{name}: what is public");
            }
            // Drafts are for authors, also those of public courses.
            May::Learn => {
                is(&nobody, 403, None, &name);
                is(&learner, 403, None, &name);
            }
            _ => {
                assert!(matches!(nobody.status, 401 | 403), "{name}: {}", nobody.status);
                assert!(nobody.status == 401 || !endpoint.writes(), "{name}: {}", nobody.status);
                well_formed(&nobody, &name);
                is(&learner, 403, None, &name);
            }
        }
    }
    let_in(&app, &pathway, Role::Read).await;
    for endpoint in endpoints(&pathway) {
        let name = endpoint.name();
        let reader = endpoint.ask(&app).by(Who::Author).send().await;
        match endpoint.may {
            May::Learn | May::View => assert_eq!(reader.status, 200, "{name}: {}", reader.text()),
            May::Edit | May::Create => is(&reader, 403, None, &name),
        }
    }
    let_in(&app, &pathway, Role::Admin).await;
    for endpoint in endpoints(&pathway) {
        let name = endpoint.name();
        if endpoint.may == May::Create {
            is(&endpoint.ask(&app).by(Who::Author).send().await, 403, None, &name);
        }
        if endpoint.writes() {
            for who in [Who::Author, Who::Staff] {
                let ask = app.learn(endpoint.method.clone(), &endpoint.path()).by(who);
                let ask = match &endpoint.body {
                    Some(body) => ask.json(body),
                    None => ask,
                };
                is(&ask.send().await, 403, None, &format!("{name} on learn"));
            }
        }
    }
    assert_eq!(stored(&app).await, before);
}

#[actix_web::test]
async fn bodies_that_cannot_be_read_are_refused_by_all() {
    let (app, pathway) = surface().await;
    let before = stored(&app).await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies: [&[u8]; 11] = [
        b"{",
        b"{\"na",
        b"\xff\xfe",
        b"{\"key\": \"\xff\"}",
        b"{} {}",
        b"[]",
        b"3",
        b"\"x\"",
        b"{\"no_such\": 1}",
        b"<xml/>",
        deep.as_bytes(),
    ];
    for endpoint in endpoints(&pathway).iter().filter(|endpoint| endpoint.body.is_some()) {
        let (name, path) = (endpoint.name(), endpoint.path());
        let send = async |body: Vec<u8>| {
            let ask = app.studio(endpoint.method.clone(), &path).by(Who::Staff);
            ask.body("application/json", body).send().await
        };
        for body in bodies {
            let what = format!("{name} {:?}", String::from_utf8_lossy(&body[..body.len().min(20)]));
            let answer = send(body.to_vec()).await;
            let readable = serde_json::from_slice::<serde_json::Value>(body).is_ok();
            let code =
                if name.contains("lx-pathways") && readable { "invalid_pathway" } else { "bad_request" };
            is(&answer, 400, Some(code), &what);
            assert!(answer.body.len() < 1_000, "{what}: the answer does not repeat the request");
        }
        let large = json!({"reason": "x".repeat(2 << 20)}).to_string();
        is(&send(large.into_bytes()).await, 413, Some("too_large"), &name);
        // Each member of another kind than it has.
        for (member, value) in endpoint.body.as_ref().and_then(|body| body.as_object()).unwrap() {
            for wrong in [json!(1.5), json!([[]]), json!({"a": {}}), json!(true)] {
                let mut body = endpoint.body.clone().unwrap();
                if wrong.is_object() && value.is_object() || member == "to" || wrong == *value {
                    continue;
                }
                body[member] = wrong.clone();
                let answer = send(body.to_string().into_bytes()).await;
                let code = if name.contains("lx-pathways") { "invalid_pathway" } else { "bad_request" };
                is(&answer, 400, Some(code), &format!("{name} {member}: {wrong}"));
            }
        }
    }
    assert_eq!(stored(&app).await, before);
}

/// What may stand where a block of a course is meant, and is none of those that are there.
fn no_blocks() -> Vec<(String, &'static str)> {
    vec![
        ("nonsense".to_owned(), "no key"),
        (COURSE.to_owned(), "a course"),
        (LIBRARY.to_owned(), "a library"),
        ("block-v1:Org1+C1+2026+type@html".to_owned(), "half a key"),
        ("lb:Org1:lib1:html".to_owned(), "half a key"),
        ("lb-ref:lib1:html:intro:nonsense".to_owned(), "a reference in no key"),
        (block("html", "gone"), "a block that is not there"),
        (block("problem", "words"), "a block of another type"),
        ("block-v1:Org1+Gone+2026+type@html+block@words".to_owned(), "a course that is not there"),
        ("lb:Org1:gone:html:words".to_owned(), "a library that is not there"),
        ("lx-pb:5d2a1b7e-0000-4000-8000-000000000000:html:a".to_owned(), "a pathway that is not there"),
        ("lb:Org1:lib1:html:gone".to_owned(), "a library block that is not there"),
    ]
}

#[actix_web::test]
async fn keys_of_nothing_are_not_found_by_all() {
    let (app, pathway) = surface().await;
    let before = stored(&app).await;
    let contexts = [
        "nonsense",
        "lib:Org1:gone",
        "course-v1:Org1+Gone+2026",
        "lx-pathway:5d2a1b7e-0000-4000-8000-000000000000",
        "lx-pathway:5D2A1B7E-0000-4000-8000-000000000000",
        "lb:Org1:lib1:html:intro",
        "lib:Org1",
    ];
    for endpoint in endpoints(&pathway) {
        let of_context = endpoint.template.contains("/contexts/") || endpoint.template.contains("/pathway/");
        let Some(_) = endpoint.keys.first() else { continue };
        let others: Vec<String> = if of_context {
            contexts.iter().map(|key| (*key).to_owned()).collect()
        } else {
            no_blocks().into_iter().map(|(key, _)| key).collect()
        };
        for other in others {
            let mut keys = endpoint.keys.clone();
            keys[0] = other.clone();
            let ask = app.studio(endpoint.method.clone(), &endpoint.path_of(&keys)).by(Who::Staff);
            let ask = match &endpoint.body {
                Some(body) => ask.json(body),
                None => ask,
            };
            let answer = ask.send().await;
            let what = format!("{} {other}", endpoint.name());
            // Aliases are told of keys that are in no content any more.
            if endpoint.template.contains("/aliases/") && answer.status == 200 {
                assert_eq!(
                    (&answer.json()["current"], &answer.json()["other_keys"]),
                    (&json!(null), &json!([])),
                    "{what}"
                );
                continue;
            }
            assert_eq!(answer.status, 404, "{what}: {}", answer.text());
            well_formed(&answer, &what);
        }
    }
    // A pathway is no library, and a library no pathway.
    for endpoint in endpoints(&pathway).iter().filter(|endpoint| endpoint.template.contains("/pathway/{key}"))
    {
        for key in [LIBRARY, COURSE] {
            let ask =
                app.studio(endpoint.method.clone(), &endpoint.path_of(&[key.to_owned()])).by(Who::Staff);
            let ask = match &endpoint.body {
                Some(body) => ask.json(body),
                None => ask,
            };
            is(&ask.send().await, 404, Some("not_found"), &format!("{} {key}", endpoint.name()));
        }
    }
    assert_eq!(stored(&app).await, before);
}

#[actix_web::test]
async fn blocks_that_are_there_and_no_references_are_refused_by_what_references_have() {
    let (app, pathway) = surface().await;
    let before = stored(&app).await;
    let shown = "lb-ref:lib1:problem:p1:Org1+C1+2026+type@lib_ref+block@chosen";
    for endpoint in endpoints(&pathway) {
        let wants = ["/references/{", "/legacy/"].iter().any(|part| endpoint.template.contains(part));
        if !wants {
            continue;
        }
        for other in
            [&block("html", "words"), &block("vertical", "fixed"), &block("course", "2026"), P1, UNIT, shown]
        {
            let mut keys = endpoint.keys.clone();
            keys[0] = other.to_owned();
            let ask = app.studio(endpoint.method.clone(), &endpoint.path_of(&keys)).by(Who::Staff);
            let ask = match &endpoint.body {
                Some(body) => ask.json(body),
                None => ask,
            };
            let answer = ask.send().await;
            let what = format!("{} {other}", endpoint.name());
            well_formed(&answer, &what);
            let told = (answer.status, answer.json()["code"].as_str().map(str::to_owned));
            let expected = [(404, None), (404, Some("not_found")), (422, Some("cannot_edit"))];
            let expected = expected.map(|(status, code)| (status, code.map(str::to_owned)));
            assert!(expected.contains(&told), "{what}: {}", answer.text());
        }
    }
    assert_eq!(stored(&app).await, before);
}

#[actix_web::test]
async fn changes_meant_for_another_state_are_stale() {
    let (app, pathway) = surface().await;
    let before = stored(&app).await;
    for endpoint in endpoints(&pathway).iter().filter(|endpoint| endpoint.matches) {
        for tag in ["\"other\"", "", "nonsense", "W/\"x\", \"y\"", "\"\u{fc}\""] {
            let answer = endpoint.ask(&app).by(Who::Staff).header("If-Match", tag).send().await;
            is(&answer, 412, Some("stale"), &format!("{} {tag}", endpoint.name()));
        }
    }
    assert_eq!(stored(&app).await, before);
}

#[actix_web::test]
async fn queries_that_cannot_be_read_are_refused() {
    let (app, _) = surface().await;
    let drawn = block("random_lib_ref", "drawn");
    let chosen = block("lib_ref", "chosen");
    let context = "context=course-v1%3AOrg1%2BC1%2B2026";
    for path in [
        "contexts/?after=nonsense".to_owned(),
        "contexts/?kind=nonsense".to_owned(),
        format!("contexts/{COURSE}/blocks/?version=nonsense"),
        format!("contexts/{COURSE}/progress/?learner=%20"),
        "events/?after=nonsense".to_owned(),
        "events/?after=99999999999999999999".to_owned(),
        "events/?limit=0".to_owned(),
        "events/?limit=-1".to_owned(),
        "events/?context=nonsense".to_owned(),
        "events/?name=%FF".to_owned(),
        format!("references/{drawn}/learners/?limit=0"),
        format!("references/{drawn}/learners/?limit=51"),
        "references/".to_owned(),
        "references/?context=nonsense".to_owned(),
        format!("references/?{context}&updates=maybe"),
        "references/summary/".to_owned(),
        format!("references/{chosen}/update/preview/?to=-1"),
        format!("references/{chosen}/update/preview/?to=v2"),
    ] {
        let answer = app.get_studio(&format!("/api/exedra/v1/{path}"), Who::Staff).await;
        is(&answer, 400, Some("bad_request"), &path);
    }
    let answer =
        app.get_studio(&format!("/api/exedra/v1/references/{chosen}/update/preview/?to=0"), Who::Staff).await;
    is(&answer, 422, Some("library_version_missing"), "version 0");
}

#[actix_web::test]
async fn content_that_is_not_for_the_caller_is_not_taken_along() {
    let (app, pathway) = surface().await;
    let_in(&app, &pathway, Role::Author).await;
    let before = stored(&app).await;
    let unit = block("vertical", "fixed");
    let send =
        async |path: String, body| app.studio(Method::POST, &path).by(Who::Author).json(&body).send().await;
    let pasted = send(format!("/api/exedra/v1/units/{unit}/children/"), json!({"copy": PRIVATE_INTRO})).await;
    is(&pasted, 403, None, "paste");
    let body = json!({"block_type": "lib_ref", "fields": {"library_key": "lib:Org1:closed"}});
    let made = send(format!("/api/exedra/v1/units/{unit}/references/"), body).await;
    is(&made, 422, Some("library_missing"), "reference");
    assert_eq!(stored(&app).await, before);
}
