//! What authors wrote of a reference is never lost: whatever is done to it, and whatever it is (unit-composition
//! §4.3, §8).

use actix_web::http::Method;
use learning_context::Role;
use olx::{Document, Limits};
use serde_json::{Value, json};

use crate::{
    app::{BLOCKS, TestApp, Who},
    content::{COURSE, LIBRARY, block},
};

const API: &str = "/api/exedra/v1";

/// Overrides for a field no type has, of a wrong type, that are forbidden, for a block that is not in the pool, for
/// a type nobody knows, and one that applies.
const FOR_ALL: &str = r#"{"max_attempts": 7, "no_such": [1, {"a": null}], "weight": "heavy", "children": ["x"], "showanswer": null}"#;
const FOR_ONE: &str = r#"{"lb:Org1:lib1:problem:gone": {"max_attempts": 1}, "lb:Org1:lib1:alien:thing": {"anything": {"deep": [1.5]}}, "lb:Org1:lib1:html:intro": {"display_name": "Renamed", "no_such": ""}, "nonsense": {"x": 1}, "lb:Org1:other:html:intro": {"display_name": "Elsewhere"}}"#;

fn attribute(json: &str) -> String {
    json.replace('"', "&quot;")
}

/// Both sites, and a course whose reference has all kinds of overrides.
async fn overridden() -> (TestApp, String) {
    let app = TestApp::new().await;
    let course = app.shared.contexts.record(&COURSE.parse().unwrap()).await.unwrap();
    let reference = format!(
        "<vertical><lib_ref url_name=\"odd\" library_key=\"{LIBRARY}\" library_version=\"1\" \
         blocks=\"[&quot;html:intro&quot;, &quot;problem:p1&quot;]\" unknown=\"kept\" \
         field_overrides=\"{}\" block_field_overrides=\"{}\"/></vertical>",
        attribute(FOR_ALL),
        attribute(FOR_ONE)
    );
    app.write(course.bundle, &[("vertical/random.xml", &reference)]).await;
    app.publish(course.bundle).await;
    for key in [COURSE, LIBRARY] {
        app.role(key, Role::Author).await;
    }
    (app, block("lib_ref", "odd"))
}

async fn send(app: &TestApp, method: Method, path: &str, body: Value) -> Value {
    let answer = app.studio(method, &format!("{API}{path}")).by(Who::Staff).json(&body).send().await;
    assert!(answer.status < 300, "{path}: {}", answer.text());
    if answer.status == 204 { Value::Null } else { answer.json() }
}

/// Asserts that a reference still has all that was written of it, as text in its OLX and as fields.
async fn keeps_all(app: &TestApp, reference: &str, after: &str) {
    let olx = app.get_studio(&format!("{BLOCKS}{reference}/olx/"), Who::Staff).await.is(200).json();
    let olx = olx["olx"].as_str().unwrap();
    let element = Document::parse(olx, &Limits::default()).unwrap().root;
    for (name, expected) in [("field_overrides", FOR_ALL), ("block_field_overrides", FOR_ONE)] {
        let text = element.attr(name).unwrap_or_else(|| panic!("{after}: no {name} in {olx}"));
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), expected, "{after}: {name}");
    }
    assert_eq!(element.attr("unknown"), Some("kept"), "{after}");
}

#[actix_web::test]
async fn overrides_of_all_kinds_survive_whatever_is_done() {
    let (app, odd) = overridden().await;
    keeps_all(&app, &odd, "written").await;
    let at = format!("/references/{odd}/");
    send(
        &app,
        Method::PATCH,
        &at,
        json!({"fields": {"count": 1, "display_name": "T <&\">", "shuffle": true}}),
    )
    .await;
    keeps_all(&app, &odd, "other settings").await;
    send(&app, Method::PATCH, &at, json!({"fields": {"count": null, "shuffle": null}})).await;
    for to in [2, 1] {
        send(&app, Method::POST, &format!("{at}update/"), json!({"to": to, "confirm_removed": true})).await;
        keeps_all(&app, &odd, &format!("version {to}")).await;
    }
    send(&app, Method::DELETE, &format!("{at}update/"), json!({})).await;
    keeps_all(&app, &odd, "declined").await;
    let all = json!({"confirm_removed": true, "keys": [odd]});
    let done =
        send(&app, Method::POST, "/references/update/?context=course-v1%3AOrg1%2BC1%2B2026", all).await;
    assert_eq!(done["results"][0]["status"], "updated", "{done}");
    keeps_all(&app, &odd, "updated with others").await;

    let unit = block("vertical", "random");
    let copy = send(&app, Method::POST, &format!("/units/{unit}/duplicate/"), json!({})).await;
    keeps_all(&app, copy["blocks"][&odd].as_str().unwrap(), "duplicated with its unit").await;
    let copy = send(&app, Method::POST, &format!("/units/{odd}/duplicate/"), json!({})).await;
    keeps_all(&app, copy["usage_key"].as_str().unwrap(), "duplicated").await;
    let copy = send(
        &app,
        Method::POST,
        &format!("/units/{}/children/", block("vertical", "fixed")),
        json!({"copy": odd}),
    )
    .await;
    let copy = copy["usage_key"].as_str().unwrap().to_owned();
    keeps_all(&app, &copy, "pasted").await;
    send(&app, Method::POST, &format!("/blocks/{copy}/move/"), json!({"parent": unit, "index": 0})).await;
    keeps_all(&app, &copy, "moved").await;
    send(&app, Method::POST, &format!("/contexts/{COURSE}/publish/"), json!({"name": "n"})).await;
    keeps_all(&app, &odd, "published").await;
    send(&app, Method::POST, &format!("/contexts/{COURSE}/rerun/"), json!({"key": "course-v1:Org1+C1+2027"}))
        .await;
    keeps_all(&app, &odd.replace("2026", "2027"), "in a new run").await;
    let unit = app
        .get(
            &format!("{API}/units/{}/", block("vertical", "random").replace("2026", "2027")),
            Who::Learner(7),
        )
        .await
        .is(200)
        .json();
    let last = unit["children"].as_array().unwrap().last().unwrap();
    assert!(last["overridden"].to_string().contains("max_attempts"), "{unit}");

    // Those that are taken back are told of, and may be brought back.
    let gone = send(&app, Method::DELETE, &format!("{at}customizations/"), json!({})).await;
    assert_eq!(gone["previous"]["field_overrides"], serde_json::from_str::<Value>(FOR_ALL).unwrap());
    assert_eq!(gone["previous"]["block_field_overrides"], serde_json::from_str::<Value>(FOR_ONE).unwrap());
}

#[actix_web::test]
async fn overrides_that_cannot_be_read_are_told_of_and_kept_as_they_are() {
    for (number, written) in
        ["{", "[]", "3", "{\"max_attempts\": }", "{'max_attempts': 3}", "null", "{\"a\":1}{}", "not JSON", ""]
            .into_iter()
            .enumerate()
    {
        let app = TestApp::new().await;
        let course = app.shared.contexts.record(&COURSE.parse().unwrap()).await.unwrap();
        for name in ["field_overrides", "block_field_overrides", "blocks", "block_types"] {
            let reference = format!(
                "<vertical><lib_ref url_name=\"r{number}\" library_key=\"{LIBRARY}\" library_version=\"1\" {name}=\"{}\"/></vertical>",
                attribute(written)
            );
            app.write(course.bundle, &[("vertical/random.xml", &reference)]).await;
            app.publish(course.bundle).await;
            let key = block("lib_ref", &format!("r{number}"));
            let what = format!("{name}={written}");
            let unit = app
                .get(&format!("{API}/units/{}/", block("vertical", "random")), Who::Learner(7))
                .await
                .is(200)
                .json();
            let empty_pool = name == "blocks" && written == "x";
            assert_eq!(unit["children"].as_array().unwrap().is_empty(), empty_pool, "{what}: {unit}");
            let told = app.get_studio(&format!("{API}/references/{key}/"), Who::Staff).await.is(200).json();
            if !matches!(written, "[]" | "null" | "") {
                assert!(!told["findings"].as_array().unwrap().is_empty(), "{what}: {told}");
            }
            let path = format!("{API}/references/{key}/");
            let body = json!({"fields": {"display_name": "New"}});
            app.studio(Method::PATCH, &path).by(Who::Staff).json(&body).send().await.is(200);
            let olx = app.get_studio(&format!("{BLOCKS}{key}/olx/"), Who::Staff).await.is(200).json();
            let olx = olx["olx"].as_str().unwrap().to_owned();
            let element = Document::parse(&olx, &Limits::default()).unwrap().root;
            assert_eq!(element.attr(name), Some(written), "{what}: {olx}");
            assert_eq!(element.attr("display_name"), Some("New"));
        }
    }
}
