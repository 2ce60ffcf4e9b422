//! `GET …/view/<view>/` (xblock-rest-api §2.2).

use actix_web::{HttpRequest, HttpResponse};
use learning_context::Action;
use serde_json::Value;
use xblock::View;

use super::metadata::basics;
use crate::{
    app::App,
    caller::Caller,
    http::{error::ApiError, with_cookie},
    path::BlockPath,
    runtime::{find::permitted, render::show},
};

/// Answers a rendered view: metadata, HTML and resources.
#[utoipa::path(get, path = "/api/xblock/v2/xblocks/{usage}/view/{view}/", tag = "xblock",
    params(("usage" = String, Path, description = "Usage key, optionally `@version`"), ("view" = String, Path, description = "`student_view`, `public_view`, `author_view` …")),
    responses((status = 200, description = "The fragment"), (status = 403, description = "No permission, or anonymous and not public_view"), (status = 404, description = "No such block or view")))]
pub(crate) async fn view(
    request: &HttpRequest,
    app: &App,
    path: &BlockPath,
    name: &str,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(request, app)?;
    may_see(app, &caller, path, name).await?;
    let (rendered, scene) = show(app, &caller, path, &View(name.to_owned()), None).await?;
    let fragment = rendered.wire(app.root());
    let mut body = basics(&scene);
    if let Ok(Value::Object(fields)) = serde_json::to_value(fragment) {
        body.extend(fields);
    }
    Ok(with_cookie(HttpResponse::Ok().json(Value::Object(body)), &caller))
}

/// Refuses views a caller may not see: anonymous learners see `public_view` only, and views for authors need
/// the permission to read authored content.
pub(crate) async fn may_see(
    app: &App,
    caller: &Caller,
    path: &BlockPath,
    view: &str,
) -> Result<(), ApiError> {
    if caller.info.anonymous && view != "public_view" {
        return Err(ApiError::refused());
    }
    if matches!(view, "author_view" | "studio_view") {
        permitted(app, caller, &path.usage.context_key(), Action::View).await?;
    }
    Ok(())
}
