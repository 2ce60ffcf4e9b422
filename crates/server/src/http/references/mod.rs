//! `/api/exedra/v1/references/`: references as authors look at them, change and update them.
//!
//! Reading works on both sites, of what the site serves; changing works on the studio site only, in the draft.
//! Answers about one reference carry an entity tag over the draft and the newest version of the library;
//! changes made with it in `If-Match` are made on that state or answered with 412 `stale`.

pub(super) mod customizations;
pub(super) mod list;
pub(super) mod reference;
pub(super) mod update;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Path},
};
use learning_context::Action;
use opaque_keys::UsageKey;
use serde_json::Value;

use super::private;
use crate::{
    app::App,
    caller::Caller,
    http::{error::ApiError, query},
    runtime::references::Referred,
};

/// A request about one reference.
struct Asked {
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    usage: UsageKey,
}

impl Asked {
    fn new(request: HttpRequest, app: Data<App>, key: &str) -> Result<Asked, ApiError> {
        let caller = Caller::of(&request, &app)?;
        let usage = query::key(key)?;
        Ok(Asked { request, app, caller, usage })
    }

    async fn found(&self) -> Result<Referred, ApiError> {
        Referred::find(&self.app, &self.caller, &self.usage, Action::View).await
    }

    fn headers(&self) -> &header::HeaderMap {
        self.request.headers()
    }

    /// Refuses callers who may not write before anything they sent is read.
    fn may_write(&self) -> Result<(), ApiError> {
        crate::runtime::author::may_write(&self.app, &self.caller)
    }

    /// Answers with the reference as it is now, and `more` members.
    async fn reference(
        &self,
        mut answer: actix_web::HttpResponseBuilder,
        more: &[(&str, Value)],
    ) -> Result<HttpResponse, ApiError> {
        let referred = self.found().await?;
        let mut body = referred.body(&self.app).await?;
        for (name, value) in more {
            body[*name] = value.clone();
        }
        Ok(private(answer.insert_header((header::ETAG, referred.etag())).json(body)))
    }
}

/// Answers with something told of a reference.
fn told(referred: &Referred, body: impl serde::Serialize) -> HttpResponse {
    private(HttpResponse::Ok().insert_header((header::ETAG, referred.etag())).json(body))
}

type Key = Path<String>;
