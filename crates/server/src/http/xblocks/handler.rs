//! `* …/handler/<learner>-<token>/<handler>/<suffix>` (xblock-rest-api §2.4).

use std::slice::from_ref;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web::{Data, Payload},
};

use serde_json::Value;

use crate::{
    app::App,
    caller::{Caller, session_cookie},
    http::{
        body::{self, HANDLER_LIMIT},
        error::ApiError,
        pages,
    },
    path::{BlockPath, Endpoint, is_own_path},
    runtime::call::{Call, call as run},
    token::verify_person,
};

/// Name of the query parameter in which plain forms say where to go afterwards.
const RETURN: &str = "return";

/// Calls a handler for the learner whose token stands in the address. Allowed from any origin: the token is the
/// permission.
#[utoipa::path(post, path = "/api/xblock/v2/xblocks/{usage}/handler/{learner_and_token}/{handler}/{suffix}", tag = "xblock",
    params(("usage" = String, Path, description = "Usage key, optionally `@version`"), ("learner_and_token" = String, Path, description = "`<learner>-<token>`"),
        ("handler" = String, Path), ("suffix" = String, Path, description = "May be empty and may hold `/`"),
        ("return" = Option<String>, Query, description = "Path on this site a plain form comes back to")),
    responses((status = 200, description = "The block's answer"), (status = 303, description = "Back to `return`"),
        (status = 403, description = "The token is not valid, expired, or of somebody else"), (status = 404, description = "No such block or handler")))]
pub(crate) async fn call(
    request: HttpRequest,
    app: Data<App>,
    block: BlockPath,
    endpoint: Endpoint,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let answer = answer(&request, &app, block, endpoint, payload).await;
    let mut answer = answer.unwrap_or_else(|e| actix_web::ResponseError::error_response(&e));
    let headers = answer.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("private, no-store"));
    Ok(answer)
}

async fn answer(
    request: &HttpRequest,
    app: &App,
    block: BlockPath,
    endpoint: Endpoint,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let Endpoint::Handler { learner, token, name, suffix } = endpoint else {
        return Err(ApiError::Internal("not a handler path".into()));
    };
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent()
            .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE, OPTIONS"))
            .insert_header((
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "content-type, x-csrftoken, x-requested-with",
            ))
            .finish());
    }
    let now = app.clock.now().unix_timestamp();
    if !app.config.handler_keys.verify(&token, &learner, block.usage.as_str(), now) {
        return Err(ApiError::forbidden("Invalid/expired auth token."));
    }
    let session = request
        .cookie(session_cookie(app.site))
        .and_then(|c| verify_person(from_ref(&app.config.session_key), c.value(), now).ok())
        .map(|claims| Caller::signed_in(app, &claims, crate::caller::Via::Session));
    let caller = match session {
        Some(session) if session.info.id == learner => session,
        Some(_) => return Err(ApiError::forbidden("Authentication conflict.")),
        None => Caller::of_handler_url(app, &learner)?,
    };
    let query = body::pairs(request.query_string().as_bytes())?;
    let bytes = body::read(payload, HANDLER_LIMIT).await?;
    let form = body::form(request, &bytes).await?;
    let back = query.iter().find(|(name, _)| name == RETURN).map(|(_, path)| path.clone());
    let called = Call {
        name,
        suffix,
        method: request.method().to_string(),
        query,
        content_type: body::media_type(request),
        body: bytes,
        form: form.fields,
        files: form.files,
    };
    let response = run(app, &caller, &block, called).await?;

    if let Some(back) = back.filter(|path| is_own_path(path))
        && request.method() == Method::POST
    {
        return match refusal(response.status, &response.body) {
            None => Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, back.as_str())).finish()),
            Some(message) => pages::refusal(app, response.status, &message, &back),
        };
    }
    let mut answer = HttpResponse::build(
        StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    );
    for (name, value) in response.headers {
        answer.insert_header((name, value));
    }
    Ok(answer.body(response.body))
}

/// Returns what a handler said when it did not do what a plain form asked: an error, or a `success` that is none
/// (capa §12 puts messages there).
fn refusal(status: u16, body: &[u8]) -> Option<String> {
    let json: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let text =
        |name: &str| json.get(name).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
    let success = match json.get("success") {
        None => status < 400,
        Some(Value::Bool(success)) => *success && status < 400,
        Some(Value::String(word)) => matches!(word.as_str(), "correct" | "incorrect" | "submitted"),
        Some(_) => false,
    };
    if success {
        return None;
    }
    let message =
        text("msg").or_else(|| text("error")).or_else(|| text("detail")).or_else(|| text("success"));
    Some(plain(&message.unwrap_or_else(|| String::from_utf8_lossy(body).chars().take(500).collect())))
}

/// Returns a message without the entities that it holds where the client puts it into HTML.
fn plain(message: &str) -> String {
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    entities.iter().fold(message.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}
