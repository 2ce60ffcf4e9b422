//! One reference: made, read, changed, removed, severed.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Payload},
};
use serde::Deserialize;
use serde_json::{Value, json};
use xblock::Fields;

use super::{Asked, Key};
use crate::{
    app::App,
    http::{body, error::ApiError, private},
    runtime::references::{NewReference, create as make, remove as take, save, unlink as sever},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    block_type: String,
    id: Option<String>,
    index: Option<usize>,
    #[serde(default)]
    fields: Fields,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    fields: Fields,
}

/// Adds a reference to a unit of the draft.
///
/// Without `library_version` it is pinned to the current version of the library; a name of a version becomes
/// its number.
#[utoipa::path(post, path = "/api/exedra/v1/units/{usage}/references/", operation_id = "reference_create", tag = "references",
    params(("usage" = String, Path, description = "Usage key of the unit"), ("If-Match" = Option<String>, Header, description = "Entity tag of the draft")),
    request_body(content_type = "application/json", description = "`{block_type: \"lib_ref\" | \"random_lib_ref\", id?, index?, fields?: {library_key, library_version, blocks, manual, block_types, capa_type, tags, collections, count, shuffle, group, allow_reset, avoid_seen, field_overrides, block_field_overrides, display_name}}`"),
    responses((status = 201, description = "As reading the reference; `Location` says where it is"), (status = 400, description = "The body cannot be read"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to edit, or not the studio site"), (status = 404, description = "No such unit"), (status = 409, description = "`already_exists`: the id is taken"), (status = 412, description = "`stale`"),
        (status = 422, description = "Nothing is saved: problem+json with `errors: [{code, field, block?, message}]`; codes `count_invalid`, `field_invalid`, `group_invalid`, `include_cycle`, `library_missing`, `library_version_missing`, `override_bad_type`, `override_forbidden`, `override_unknown_field`, `overrides_too_large`, `pool_too_large`, `too_many_references`")))]
pub(crate) async fn create(
    request: HttpRequest,
    app: Data<App>,
    unit: Key,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let mut asked = Asked::new(request, app, &unit)?;
    asked.may_write()?;
    let new: New = body::json(payload).await?;
    let new = NewReference { block_type: new.block_type, id: new.id, index: new.index, fields: new.fields };
    asked.usage = make(&asked.app, &asked.caller, &asked.usage, asked.headers(), &new).await?;
    let mut answer = HttpResponse::Created();
    let place = format!("{}/api/exedra/v1/references/{}/", asked.app.root(), asked.usage);
    answer.insert_header((header::LOCATION, place));
    asked.reference(answer, &[]).await
}

/// A reference with its settings, its pool, where it stands and what there is to say of it.
#[utoipa::path(get, path = "/api/exedra/v1/references/{key}/", operation_id = "reference_read", tag = "references",
    params(("key" = String, Path, description = "Usage key of the reference")),
    responses((status = 200, description = "`{usage_key, block_type, unit, version, fields, library: {key, version, latest, title} | null, pool: [{block, usage_key, block_type, display_name, overridden}], update: {pinned, latest, declined, state}, findings: [{source, severity, code, message}]}`"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to see the content"), (status = 404, description = "No such reference")))]
pub(crate) async fn read(request: HttpRequest, app: Data<App>, key: Key) -> Result<HttpResponse, ApiError> {
    let asked = Asked::new(request, app, &key)?;
    asked.reference(HttpResponse::Ok(), &[]).await
}

/// Changes settings of a reference: a value sets one, null takes it away, absent ones stay.
///
/// Only what changes is checked; overrides that were there before stay, whatever they are.
#[utoipa::path(patch, path = "/api/exedra/v1/references/{key}/", operation_id = "reference_change", tag = "references",
    params(("key" = String, Path), ("If-Match" = Option<String>, Header, description = "Entity tag of the reference")),
    request_body(content_type = "application/json", description = "`{fields: {name: value | null}}`; null inside overrides is a value"),
    responses((status = 200, description = "As reading the reference"), (status = 400, description = "The body cannot be read"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to edit, or not the studio site"), (status = 404, description = "No such reference"), (status = 409, description = "`library_slug_conflict`: another library of the same slug"), (status = 412, description = "`stale`"), (status = 422, description = "As creating one")))]
pub(crate) async fn change(
    request: HttpRequest,
    app: Data<App>,
    key: Key,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let asked = Asked::new(request, app, &key)?;
    asked.may_write()?;
    let change: Change = body::json(payload).await?;
    save(&asked.app, &asked.caller, &asked.usage, asked.headers(), &change.fields).await?;
    asked.reference(HttpResponse::Ok(), &[]).await
}

/// Removes a reference from the draft. What learners did is kept.
#[utoipa::path(delete, path = "/api/exedra/v1/references/{key}/", operation_id = "reference_remove", tag = "references",
    params(("key" = String, Path), ("If-Match" = Option<String>, Header, description = "Entity tag of the reference")),
    responses((status = 204, description = "Removed"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to edit, or not the studio site"), (status = 404, description = "No such reference"), (status = 412, description = "`stale`")))]
pub(crate) async fn remove(request: HttpRequest, app: Data<App>, key: Key) -> Result<HttpResponse, ApiError> {
    let asked = Asked::new(request, app, &key)?;
    take(&asked.app, &asked.caller, &asked.usage, asked.headers()).await?;
    Ok(private(HttpResponse::NoContent().finish()))
}

/// Severs a reference: blocks of the course stand in its place, with overrides folded in and files copied.
///
/// Where each learner is given some of the pool, the blocks stand in a bank that draws as many. A reference
/// whose library is not here becomes an empty bank that keeps what was written of it.
#[utoipa::path(post, path = "/api/exedra/v1/references/{key}/unlink/", operation_id = "reference_unlink", tag = "references",
    params(("key" = String, Path), ("If-Match" = Option<String>, Header, description = "Entity tag of the reference")),
    responses((status = 200, description = "`{usage_key, state: \"unlinked\", blocks: [key], previous: {settings}}`"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to edit, or not the studio site"), (status = 404, description = "No such reference"), (status = 412, description = "`stale`"), (status = 422, description = "`cannot_edit`")))]
pub(crate) async fn unlink(request: HttpRequest, app: Data<App>, key: Key) -> Result<HttpResponse, ApiError> {
    let asked = Asked::new(request, app, &key)?;
    let done = sever(&asked.app, &asked.caller, &asked.usage, asked.headers()).await?;
    let body = json!({
        "usage_key": asked.usage,
        "state": compositor::UpdateState::Unlinked,
        "blocks": done.blocks,
        "previous": Value::Object(done.previous),
    });
    Ok(private(HttpResponse::Ok().json(body)))
}
