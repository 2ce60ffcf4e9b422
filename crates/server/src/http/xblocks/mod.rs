//! `/api/xblock/v2/xblocks/…`: the REST interface of the XBlock runtime (xblock-rest-api).

mod embed;
mod fields;
mod handler;
mod handler_url;
mod metadata;
mod olx;
mod view;

use actix_web::{
    HttpRequest, HttpResponse,
    http::Method,
    web::{Data, Payload},
};

use crate::{
    app::App,
    http::{
        error::{ApiError, Code},
        not_allowed,
    },
    path::{self, Endpoint},
};

pub(super) use embed::{__path_embed, embed};
pub(super) use fields::{
    __path_read as __path_fields_get, __path_write as __path_fields_post, read as fields_get,
    write as fields_post,
};
pub(super) use handler::{__path_call as __path_handler, call as handler};
pub(super) use handler_url::{__path_handler_url, handler_url};
pub(super) use metadata::{__path_metadata, basics, metadata};
pub(super) use olx::{__path_olx, olx};
pub(super) use view::{__path_view, may_see, view};

const PREFIX: &str = "/api/xblock/v2/xblocks/";

/// Finds the endpoint a path names and has it answer. One route, because keys hold characters that split
/// paths elsewhere and may arrive percent-encoded.
pub(super) async fn dispatch(
    request: HttpRequest,
    app: Data<App>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let encoded = request.uri().path();
    let (block, endpoint) = encoded.strip_prefix(PREFIX).and_then(path::parse).ok_or_else(|| {
        ApiError::problem(Code::NotFound, "The address names no block, or asks nothing of it.")
    })?;
    if let Endpoint::Handler { .. } = endpoint {
        return handler(request, app, block, endpoint, payload).await;
    }
    match (request.method(), endpoint) {
        (&Method::GET | &Method::HEAD, Endpoint::Block) => metadata(&request, &app, &block).await,
        (&Method::GET | &Method::HEAD, Endpoint::View(name)) => view(&request, &app, &block, &name).await,
        (&Method::GET | &Method::HEAD, Endpoint::HandlerUrl(name)) => {
            handler_url(&request, &app, &block, &name)
        }
        (&Method::GET | &Method::HEAD, Endpoint::Olx) => olx(&request, &app, &block).await,
        (&Method::GET | &Method::HEAD, Endpoint::Fields) => fields_get(&request, &app, &block).await,
        (&Method::POST, Endpoint::Fields) => fields_post(&request, &app, &block, payload).await,
        (method, endpoint) => {
            let allowed = if endpoint == Endpoint::Fields { "GET, HEAD, POST" } else { "GET, HEAD" };
            Ok(not_allowed(method, allowed))
        }
    }
}
