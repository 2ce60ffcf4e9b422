//! `GET …/olx/` (xblock-rest-api §2.5).

use actix_web::{HttpRequest, HttpResponse};
use blockstore::Blockstore as _;
use learning_context::{Action, Node};
use serde_json::json;

use crate::{
    app::App,
    caller::Caller,
    http::{error::ApiError, private},
    path::BlockPath,
    runtime::{find, original::original},
};

/// Answers the stored OLX of a block, exactly.
#[utoipa::path(get, path = "/api/xblock/v2/xblocks/{usage}/olx/", tag = "xblock",
    params(("usage" = String, Path, description = "Usage key, optionally `@version`")),
    responses((status = 200, description = "`{\"olx\": …}`"), (status = 403, description = "No permission"), (status = 404, description = "No such block")))]
pub(crate) async fn olx(
    request: &HttpRequest,
    app: &App,
    block: &BlockPath,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(request, app)?;
    let found = find(app, &caller, block, Action::View).await?;
    let (found, _) = original(app, &caller, found).await?;
    Ok(private(
        HttpResponse::Ok().json(json!({"olx": stored_olx(app, found.structure.node(found.node)).await?})),
    ))
}

/// Returns the OLX text a block is read from.
pub(super) async fn stored_olx(app: &App, node: &Node) -> Result<String, ApiError> {
    let source = &node.source;
    if let Some(inline) = &source.inline {
        return Ok(inline.olx.to_string());
    }
    let digest = source.files.first().map(|file| file.digest);
    let bytes = match digest {
        Some(digest) => {
            app.database.read(&[digest]).await.map_err(|e| ApiError::Internal(e.to_string()))?.pop()
        }
        None => None,
    };
    // What is not UTF-8 was reported at import; authors still see as much of it as is text.
    bytes
        .map(|b| String::from_utf8_lossy(&b).into_owned())
        .ok_or_else(|| ApiError::not_found(format!("The component '{}' does not exist.", node.usage)))
}
