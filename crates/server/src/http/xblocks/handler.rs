//! `* …/handler/<learner>-<token>/<handler>/<suffix>` (xblock-rest-api §2.4).

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web::{Data, Payload},
};

use crate::{
    app::App,
    caller::{Caller, SESSION_COOKIE},
    http::{
        body::{self, HANDLER_LIMIT},
        error::ApiError,
    },
    path::{BlockPath, Endpoint},
    runtime::call::{Call, call as run},
    token::verify_jwt,
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
        .cookie(SESSION_COOKIE)
        .and_then(|c| verify_jwt(&app.config.jwt_keys, c.value(), now).ok())
        .map(|claims| Caller::signed_in(app, &claims, crate::caller::Via::Session));
    let caller = match session {
        Some(session) if session.info.id == learner => session,
        Some(_) => return Err(ApiError::forbidden("Authentication conflict.")),
        None => Caller::of_handler_url(app, &learner)?,
    };
    let query = body::pairs(request.query_string().as_bytes())?;
    let bytes = body::read(payload, HANDLER_LIMIT).await?;
    let form = body::form(request, &bytes).await?;
    let called = Call {
        name: &name,
        suffix: &suffix,
        method: request.method().as_str(),
        query: &query,
        content_type: &body::media_type(request),
        body: &bytes,
        form: &form,
    };
    let response = run(app, &caller, &block, &called).await?;

    let back = query.iter().find(|(name, _)| name == RETURN).map(|(_, path)| path);
    if let Some(back) = back.filter(|path| is_own_path(path))
        && response.status < 400
        && request.method() == Method::POST
    {
        return Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, back.as_str())).finish());
    }
    let mut answer = HttpResponse::build(
        StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    );
    for (name, value) in response.headers {
        answer.insert_header((name, value));
    }
    Ok(answer.body(response.body))
}

/// Returns whether a text is a path on this site: never another host, nor anything a browser may take for one.
fn is_own_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.bytes().any(|b| b == b'\\' || b.is_ascii_control())
        && path.len() <= 4096
        && path.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::is_own_path;

    #[test]
    fn forms_come_back_to_this_site_only() {
        assert!(is_own_path("/units/lb:a:b:c:d?x=1#problem"));
        for bad in
            ["//evil.example", "https://evil.example", "/\\evil.example", "", "units", "/a\r\nSet-Cookie: x"]
        {
            assert!(!is_own_path(bad), "{bad:?}");
        }
    }
}
