//! Signing in with a token, and out.

use actix_web::{HttpRequest, HttpResponse, cookie::Cookie, http::header, web::Data};

use crate::{
    app::App,
    caller::{SESSION_SECONDS, cookie, session_cookie},
    http::{
        body::pairs,
        error::{ApiError, Code},
    },
    path::is_own_path,
    token::{sign_jwt, verify_person},
};

/// Turns a signed token into a session of this browser.
#[utoipa::path(get, path = "/login", tag = "sessions", params(("token" = String, Query, description = "JSON Web Token (HS256)"), ("next" = Option<String>, Query, description = "Path to go to")),
    responses((status = 303, description = "Signed in"), (status = 400, description = "No token"), (status = 401, description = "The token does not hold")))]
pub(super) async fn login(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let (mut token, mut next) = (None, None);
    for (name, value) in pairs(request.query_string().as_bytes())? {
        match name.as_str() {
            "token" => token = Some(value),
            "next" => next = Some(value),
            _ => {}
        }
    }
    let token = token.ok_or_else(|| ApiError::problem(Code::BadRequest, "'token' is missing."))?;
    let now = app.clock.now().unix_timestamp();
    let mut claims = verify_person(&app.config.jwt_keys, &token, now)
        .map_err(|e| ApiError::Unauthenticated(e.to_string()))?;
    claims.exp = now + SESSION_SECONDS;
    let session = cookie(session_cookie(app.site), sign_jwt(&app.config.session_key, &claims), &app);
    let next = next.as_deref().filter(|path| is_own_path(path)).unwrap_or("/");
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, next))
        // The token stands in the address: it must not travel on.
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .cookie(session)
        .finish())
}

/// Ends the session of this browser.
#[utoipa::path(post, path = "/logout", tag = "sessions", responses((status = 303, description = "Signed out")))]
pub(super) async fn logout(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, ApiError> {
    crate::caller::Caller::of(&request, &app)?;
    let mut gone = Cookie::build(session_cookie(app.site), "").path("/").finish();
    gone.make_removal();
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, "/")).cookie(gone).finish())
}
