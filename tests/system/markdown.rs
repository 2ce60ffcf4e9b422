//! The text of the simple editor through the interface for authors.

use actix_web::http::Method;
use learning_context::Role;
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp, Who},
    content::LIBRARY,
};

async fn convert(app: &TestApp, who: Who, body: &Value) -> Answer {
    let path = format!("/api/exedra/v1/contexts/{LIBRARY}/problem-markdown/");
    app.studio(Method::POST, &path).by(who).json(body).send().await
}

#[actix_web::test]
async fn authors_convert_texts_both_ways_and_are_told_what_looks_wrong() {
    let app = TestApp::new().await;
    app.role(LIBRARY, Role::Author).await;
    let markdown = ">>Which?<<\n\n(x) this\n( ) that\n";
    let answer = convert(&app, Who::Author, &json!({"markdown": markdown})).await.is(200).json();
    assert_eq!(answer["problems"], json!([]));
    let olx = answer["olx"].as_str().unwrap();
    assert!(olx.contains("<label>Which?</label>"), "{olx}");
    let back = convert(&app, Who::Author, &json!({"olx": olx})).await.is(200).json();
    assert_eq!(back, json!({"markdown": markdown}));

    let answer =
        convert(&app, Who::Author, &json!({"markdown": "= 1\n\n---\n(x) R&D\n"})).await.is(200).json();
    assert_eq!(answer["problems"][0]["code"], "markdown_not_well_formed");
    assert_eq!(answer["problems"][0]["line"], 4);
}

#[actix_web::test]
async fn what_cannot_be_converted_is_refused_with_its_reasons() {
    let app = TestApp::new().await;
    let of = async |body: Value, status: u16, code: &str| {
        let answer = convert(&app, Who::Staff, &body).await.is(status).json();
        assert_eq!(answer["code"], code, "{answer}");
        answer
    };
    of(json!({}), 400, "bad_request").await;
    of(json!({"markdown": "", "olx": ""}), 400, "bad_request").await;
    of(json!({"markdown": "x".repeat((1 << 20) + 1)}), 413, "too_large").await;
    of(json!({"olx": "<problem>"}), 422, "invalid_content").await;
    of(json!({"olx": "<html/>"}), 422, "invalid_content").await;
    let answer = of(json!({"olx": "<problem>\n<customresponse/></problem>"}), 422, "not_markdown").await;
    assert_eq!(answer["errors"][0]["element"], "customresponse");
    assert_eq!(answer["errors"][0]["line"], 2);
}
