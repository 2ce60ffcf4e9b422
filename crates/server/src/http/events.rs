//! `GET /api/exedra/v1/events/`: what happened, in the order in which it became visible
//! (unit-composition §11).

use actix_web::{HttpRequest, HttpResponse, web::Data};
use learner::{EventQuery, LearnerStore as _};
use learning_context::Action;
use serde_json::json;

use crate::{
    app::App,
    caller::Caller,
    http::{
        error::{ApiError, Code},
        private,
        query::Params,
    },
    runtime::find::permitted,
};

/// Events on one page, unless the request says how many.
const PAGE: u32 = 100;
/// Most events on one page.
const MOST: u32 = 500;

/// What happened, oldest first. A reader asks again with the cursor it was given last and misses nothing.
///
/// Staff of the installation read everything; authors of a context read what happened in it.
#[utoipa::path(get, path = "/api/exedra/v1/events/", tag = "learners",
    params(("after" = Option<i64>, Query, description = "Cursor to go on from; 0 is the start"), ("limit" = Option<u32>, Query, description = "1 to 500, 100 if not given"),
        ("name" = Option<String>, Query, description = "Only events of this name"), ("context" = Option<String>, Query, description = "Only events of this learning context")),
    responses((status = 200, description = "`{results: [{cursor, name, learner, context, block, data, at}], next}`; `next` is the cursor to go on from"),
        (status = 400, description = "A parameter cannot be read"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission"), (status = 404, description = "No such context")))]
pub(super) async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    caller.require_signed_in()?;
    let params = Params::of(&request)?;
    let context = match params.parsed("context")? {
        Some(key) => Some(permitted(&app, &caller, &key, Action::Edit).await?.key.clone()),
        None if caller.who.staff => None,
        None => return Err(ApiError::refused()),
    };
    let after = params.parsed("after")?.unwrap_or(0);
    if after < 0 {
        return Err(ApiError::problem(Code::BadRequest, "'after': cursors are not negative"));
    }
    let query = EventQuery {
        after,
        limit: params.limit(PAGE, 1..=MOST)?,
        name: params.text("name").map(str::to_owned),
        context,
    };
    let page = app.database.event_page(&query).await.map_err(|e| ApiError::Internal(e.to_string()))?;
    let results: Vec<_> = page
        .events
        .iter()
        .map(|(cursor, event)| {
            let mut row = json!(event);
            row["cursor"] = (*cursor).into();
            row
        })
        .collect();
    Ok(private(HttpResponse::Ok().json(json!({"results": results, "next": page.next}))))
}
