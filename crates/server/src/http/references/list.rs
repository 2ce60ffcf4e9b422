//! All references of a context, and updates of many (unit-composition §8).

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use compositor::UpdateState;
use opaque_keys::{LearningContextKey, UsageKey};
use serde::Deserialize;
use serde_json::json;

use crate::{
    app::App,
    caller::Caller,
    http::{
        body,
        error::{ApiError, Code},
        private,
        query::Params,
    },
    runtime::{
        author::may_write,
        references::{Bulk, Row, bulk, decline_all, rows},
    },
};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    to: Option<String>,
    keys: Option<Vec<UsageKey>>,
    #[serde(default)]
    confirm_removed: bool,
}

/// The references of a context in document order.
#[utoipa::path(get, path = "/api/exedra/v1/references/", operation_id = "references_list", tag = "references",
    params(("context" = String, Query, description = "Key of a course or library"), ("updates" = Option<bool>, Query, description = "`true`: only those with an update")),
    responses((status = 200, description = "`{results: [{usage_key, block_type, unit, library_key, pinned, latest, declined, state}]}`"), (status = 400, description = "No context"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to see the content"), (status = 404, description = "No such context")))]
pub(crate) async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let (params, key) = context(&request)?;
    let updates: bool = params.parsed("updates")?.unwrap_or(false);
    let mut results = rows(&app, &caller, &key).await?;
    results.retain(|row| !updates || has_update(row));
    Ok(private(HttpResponse::Ok().json(json!({"results": results}))))
}

/// How many references of a context have an update.
#[utoipa::path(get, path = "/api/exedra/v1/references/summary/", operation_id = "references_summary", tag = "references",
    params(("context" = String, Query, description = "Key of a course or library")),
    responses((status = 200, description = "`{ready_to_sync_count, total_count}`"), (status = 400, description = "No context"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to see the content"), (status = 404, description = "No such context")))]
pub(crate) async fn summary(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let (_, key) = context(&request)?;
    let rows = rows(&app, &caller, &key).await?;
    let ready = rows.iter().filter(|row| has_update(row)).count();
    Ok(private(HttpResponse::Ok().json(json!({"ready_to_sync_count": ready, "total_count": rows.len()}))))
}

/// Updates references of a context to the newest versions of their libraries, in one write to the draft.
///
/// Each is updated or refused by itself. Without `keys`, all that have an update and did not decline it are
/// updated.
#[utoipa::path(post, path = "/api/exedra/v1/references/update/", operation_id = "references_update", tag = "references",
    params(("context" = String, Query, description = "Key of a course or library")),
    request_body(content_type = "application/json", description = "`{to?: \"latest\", keys?: [usage key], confirm_removed?: bool}`"),
    responses((status = 200, description = "`{results: [{usage_key, status: \"updated\" | \"unchanged\" | \"refused\", from, to, errors?: [{code, field, message}], removed?: [{block, block_type, selected_by, has_state}]}]}`"), (status = 400, description = "No context, or a body that cannot be read"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to edit, or not the studio site"), (status = 404, description = "No such context"), (status = 409, description = "`conflict`: others keep saving the draft")))]
pub(crate) async fn update_all(
    request: HttpRequest,
    app: Data<App>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    may_write(&app, &caller)?;
    let (_, key) = context(&request)?;
    let body: Body = body::json(payload).await?;
    if body.to.as_deref().is_some_and(|to| to != "latest") {
        return Err(ApiError::problem(Code::BadRequest, "'to': many are updated to \"latest\" only"));
    }
    let what = Bulk { keys: body.keys, confirm_removed: body.confirm_removed };
    let results = bulk(&app, &caller, &key, &what).await?;
    Ok(private(HttpResponse::Ok().json(json!({"results": results}))))
}

/// Declines the updates of references of a context, in one write to the draft.
#[utoipa::path(delete, path = "/api/exedra/v1/references/update/", operation_id = "references_decline", tag = "references",
    params(("context" = String, Query, description = "Key of a course or library")),
    request_body(content_type = "application/json", description = "Nothing, or `{keys: [usage key]}`"),
    responses((status = 200, description = "As updating them; `status` is `declined`, `unchanged` or `refused`"), (status = 400, description = "No context, or a body that cannot be read"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to edit, or not the studio site"), (status = 404, description = "No such context"), (status = 409, description = "`conflict`: others keep saving the draft")))]
pub(crate) async fn decline_updates(
    request: HttpRequest,
    app: Data<App>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    may_write(&app, &caller)?;
    let (_, key) = context(&request)?;
    let body: Body = body::json(payload).await?;
    let results = decline_all(&app, &caller, &key, body.keys.as_deref()).await?;
    Ok(private(HttpResponse::Ok().json(json!({"results": results}))))
}

fn context(request: &HttpRequest) -> Result<(Params, LearningContextKey), ApiError> {
    let params = Params::of(request)?;
    let key = params.parsed("context")?;
    let key = key
        .ok_or_else(|| ApiError::problem(Code::BadRequest, "'context': the key of a context is asked for"))?;
    Ok((params, key))
}

fn has_update(row: &Row) -> bool {
    row.state == Some(UpdateState::UpdateAvailable)
}
