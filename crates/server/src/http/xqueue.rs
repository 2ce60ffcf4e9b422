//! `POST /xqueue/…`: replies of external graders (capa §6.12).

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use serde::Deserialize;
use serde_json::{Value, json};
use xblock::Site;

use crate::{
    app::App,
    caller::Caller,
    http::{
        body,
        error::{ApiError, Code},
        private,
    },
    path::block_path,
    runtime::call::{Call, call},
    xqueue::is_signed,
};

/// Most bytes of a reply.
const REPLY_LIMIT: usize = 1 << 20;
/// What replies are for.
const DISPATCHES: [&str; 2] = ["score_update", "ungraded_response"];

/// The part of a header that this server looks at.
#[derive(Deserialize)]
struct Header {
    lms_key: String,
}

/// Takes the reply of an external grader to a learner's submission. The address comes from the submission's header and
/// does not expire; the key in the reply's header has to be one that an answer waits under.
///
/// A reply that no answer waits for, e.g. one that is sent a second time, is answered with 200 and `success: false`, so
/// that the queue does not send it again and again.
#[utoipa::path(post, path = "/xqueue/{usage}/{learner_and_signature}/{dispatch}", tag = "xblock",
    params(("usage" = String, Path, description = "Usage key, optionally `@version`"), ("learner_and_signature" = String, Path, description = "`<learner>-<signature>`"),
        ("dispatch" = String, Path, description = "`score_update` or `ungraded_response`")),
    request_body(content_type = "application/x-www-form-urlencoded", content = String, description = "`xqueue_header`: JSON with `lms_key`; `xqueue_body`: JSON `{correct, score, msg}`"),
    responses((status = 200, description = "`success`: whether an answer waited for the reply; `msg` if none did"), (status = 400, description = "This is no reply"),
        (status = 403, description = "The signature is not valid"), (status = 404, description = "No such block, or not the learn site")))]
pub(super) async fn reply(
    request: HttpRequest,
    app: Data<App>,
    path: Path<(String, String, String)>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let (usage, who, dispatch) = path.into_inner();
    let nothing = || ApiError::problem(Code::NotFound, "There is nothing at this address.");
    let block = block_path(&usage).ok_or_else(nothing)?;
    let (learner, signature) = who.split_once('-').ok_or_else(nothing)?;
    // Previews are not graded by others.
    if app.site != Site::Learn || !DISPATCHES.contains(&dispatch.as_str()) {
        return Err(nothing());
    }
    if !is_signed(&app.config.grader_secret, learner, &block.usage, signature) {
        return Err(ApiError::forbidden("The signature of this address is not valid."));
    }
    let bytes = body::read(payload, REPLY_LIMIT).await?;
    let mut form = body::form(&request, &bytes).await?.fields;
    let mut take = |wanted: &str| {
        let at = form.iter().position(|(name, _)| name == wanted)?;
        Some(form.swap_remove(at).1)
    };
    let no_reply = |what: &str| ApiError::problem(Code::BadRequest, format!("A reply has {what}."));
    let header = take("xqueue_header").and_then(|header| serde_json::from_str::<Header>(&header).ok());
    let Header { lms_key } = header.ok_or_else(|| no_reply("an xqueue_header, JSON with lms_key"))?;
    let reply = take("xqueue_body").ok_or_else(|| no_reply("an xqueue_body"))?;
    let caller = Caller::of_handler_url(&app, learner)?;
    let called = Call {
        name: "xmodule_handler".to_owned(),
        suffix: dispatch,
        method: "POST".to_owned(),
        query: Vec::new(),
        content_type: body::media_type(&request),
        body: bytes,
        form: vec![("queuekey".to_owned(), lms_key), ("xqueue_body".to_owned(), reply)],
        files: Vec::new(),
    };
    let answer = call(&app, &caller, &block, called).await?;
    let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if answer.status != 200 || !told["success"].is_boolean() {
        return Err(ApiError::problem(Code::BadRequest, "The block takes no replies of graders."));
    }
    // Graders need not know what else the learner has.
    let mut said = json!({"success": told["success"]});
    if let Some(message) = told.get("msg") {
        said["msg"] = message.clone();
    }
    Ok(private(HttpResponse::Ok().json(said)))
}
