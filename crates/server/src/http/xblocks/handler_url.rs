//! `GET …/handler_url/<handler>/` (xblock-rest-api §2.3).

use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use xblock::Urls as _;

use crate::{
    app::App,
    caller::Caller,
    http::{error::ApiError, with_cookie},
    path::BlockPath,
    runtime::links::BlockUrls,
};

/// Answers the URL of a handler, with a token for the caller. Nothing is checked: the handler call is.
#[utoipa::path(get, path = "/api/xblock/v2/xblocks/{usage}/handler_url/{handler}/", tag = "xblock",
    params(("usage" = String, Path, description = "Usage key, optionally `@version`"), ("handler" = String, Path)),
    responses((status = 200, description = "`{\"handler_url\": …}`; valid for two to four days")))]
pub(crate) fn handler_url(
    request: &HttpRequest,
    app: &App,
    block: &BlockPath,
    handler: &str,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(request, app)?;
    let urls = BlockUrls {
        app,
        learner: &caller.info.id,
        asked: block.version,
        now: app.clock.now().unix_timestamp(),
        return_url: None,
    };
    let url = urls.handler_url(&block.usage, handler, "");
    Ok(with_cookie(HttpResponse::Ok().json(json!({"handler_url": url})), &caller))
}
