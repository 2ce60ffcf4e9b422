//! Updates of a reference (unit-composition §8).

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use compositor::Scope;
use serde::Deserialize;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::{Asked, Key, told};
use crate::{
    app::App,
    http::{body, error::ApiError, query::Params},
    runtime::references::{self, Apply},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    to: Value,
    #[serde(default)]
    keep: Vec<String>,
    #[serde(default)]
    discard: Vec<String>,
    #[serde(default)]
    confirm_removed: bool,
}

/// Where a reference stands, and the versions there are.
#[utoipa::path(get, path = "/api/exedra/v1/references/{key}/update/", operation_id = "reference_update_state", tag = "references",
    params(("key" = String, Path)),
    responses((status = 200, description = "`{pinned, latest, declined, state: \"current\" | \"update_available\" | \"declined\" | \"pinned_missing\" | null, versions: [{num, name, comment, published_at}]}`"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to see the content"), (status = 404, description = "No such reference")))]
pub(crate) async fn state(request: HttpRequest, app: Data<App>, key: Key) -> Result<HttpResponse, ApiError> {
    let asked = Asked::new(request, app, &key)?;
    let referred = asked.found().await?;
    let versions = referred.versions(&asked.app).await?.into_iter().map(|version| {
        json!({
            "num": version.number,
            "name": version.name,
            "comment": version.description,
            "published_at": version.created_at.format(&Rfc3339).ok(),
        })
    });
    let mut body = referred.update_state();
    body["versions"] = versions.collect();
    Ok(told(&referred, body))
}

/// What an update would change. Nothing is written.
#[utoipa::path(get, path = "/api/exedra/v1/references/{key}/update/preview/", operation_id = "reference_update_preview", tag = "references",
    params(("key" = String, Path), ("to" = Option<u32>, Query, description = "The version, the newest if not given; older ones too")),
    responses((status = 200, description = "`{from, to, added: [{block, block_type}], removed: [{block, block_type, selected_by, has_state}], changed: [{block, fields: [{name, from, to, customized, effective_after}], content_changed, assets_changed}], pool: {before, after}, orphan_overrides: [key], warnings: [finding]}`; the entity tag goes into `If-Match` of the update"), (status = 400, description = "`to` is no number"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to see the content"), (status = 404, description = "No such reference"), (status = 422, description = "`library_missing`, `library_version_missing`")))]
pub(crate) async fn preview(
    request: HttpRequest,
    app: Data<App>,
    key: Key,
) -> Result<HttpResponse, ApiError> {
    let asked = Asked::new(request, app, &key)?;
    let to = Params::of(&asked.request)?.parsed("to")?;
    let referred = asked.found().await?;
    let preview = references::preview(&asked.app, &referred, to).await?;
    Ok(told(&referred, preview))
}

/// Updates a reference of the draft to a version of its library, newer or older.
///
/// All customisations stay but those that `discard` names and `keep` does not: `lb:ORG:SLUG:TYPE:ID` names all
/// of a block, `lb:ORG:SLUG:TYPE:ID:FIELD` one field of it, `FIELD` that field everywhere. Blocks that leave
/// the pool while learners have them need `confirm_removed`.
#[utoipa::path(post, path = "/api/exedra/v1/references/{key}/update/", operation_id = "reference_update", tag = "references",
    params(("key" = String, Path), ("If-Match" = Option<String>, Header, description = "Entity tag of the preview")),
    request_body(content_type = "application/json", description = "`{to: number | name, keep?: [name], discard?: [name], confirm_removed?: bool}`"),
    responses((status = 200, description = "As reading the reference, with `previous`: the settings that were discarded, as they were"), (status = 400, description = "The body cannot be read"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to edit, or not the studio site"), (status = 404, description = "No such reference"), (status = 409, description = "`removed_blocks_in_use`, with `removed: [{block, block_type, selected_by, has_state}]`"), (status = 412, description = "`stale`: the draft changed or the library was published since"), (status = 422, description = "`library_missing`, `library_version_missing`, `pool_too_large`")))]
pub(crate) async fn apply(
    request: HttpRequest,
    app: Data<App>,
    key: Key,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let asked = Asked::new(request, app, &key)?;
    asked.may_write()?;
    let body: Body = body::json(payload).await?;
    let scopes = |names: &[String]| names.iter().map(|name| Scope::read(name)).collect();
    let apply = Apply {
        keep: scopes(&body.keep),
        discard: scopes(&body.discard),
        confirm_removed: body.confirm_removed,
        to: body.to,
    };
    let previous =
        references::apply(&asked.app, &asked.caller, &asked.usage, asked.headers(), &apply).await?;
    asked.reference(HttpResponse::Ok(), &[("previous", Value::Object(previous))]).await
}

/// Declines the newest version: the reference stays as it is, and is told of again after the next publish.
#[utoipa::path(delete, path = "/api/exedra/v1/references/{key}/update/", operation_id = "reference_update_decline", tag = "references",
    params(("key" = String, Path), ("If-Match" = Option<String>, Header, description = "Entity tag of the reference")),
    responses((status = 200, description = "As reading the reference"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to edit, or not the studio site"), (status = 404, description = "No such reference"), (status = 412, description = "`stale`"), (status = 422, description = "`library_missing`")))]
pub(crate) async fn decline(
    request: HttpRequest,
    app: Data<App>,
    key: Key,
) -> Result<HttpResponse, ApiError> {
    let asked = Asked::new(request, app, &key)?;
    references::decline(&asked.app, &asked.caller, &asked.usage, asked.headers()).await?;
    asked.reference(HttpResponse::Ok(), &[]).await
}
