//! What a course changed of the blocks of a reference (unit-composition §4.4).

use actix_web::{HttpRequest, HttpResponse, web::Data};
use compositor::{Scope, clear as without};
use serde_json::{Value, json};

use super::{Asked, Key, told};
use crate::{
    app::App,
    http::{error::ApiError, query::Params},
    runtime::references::clear as take,
};

/// The customisations of a reference, block by block.
#[utoipa::path(get, path = "/api/exedra/v1/references/{key}/customizations/", operation_id = "reference_customizations", tag = "references",
    params(("key" = String, Path)),
    responses((status = 200, description = "`{usage_key, blocks: [{block, block_type, orphan, fields: [{field, level: \"block\" | \"reference\", value, library_value, effective_value, code?}]}]}`; `code` says why an override is ignored"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to see the content"), (status = 404, description = "No such reference")))]
pub(crate) async fn customizations(
    request: HttpRequest,
    app: Data<App>,
    key: Key,
) -> Result<HttpResponse, ApiError> {
    let asked = Asked::new(request, app, &key)?;
    let referred = asked.found().await?;
    let blocks = referred.customizations(&asked.app).await?;
    Ok(told(&referred, json!({"usage_key": asked.usage, "blocks": blocks})))
}

/// Takes customisations away: of one field of one block, one block, one field everywhere, or all.
///
/// The answer has the settings as they were in `previous`: sent as `fields` of a PATCH, they bring them back.
#[utoipa::path(delete, path = "/api/exedra/v1/references/{key}/customizations/", operation_id = "reference_clear", tag = "references",
    params(("key" = String, Path), ("block" = Option<String>, Query, description = "The block, by its `lb:` key or as written"), ("field" = Option<String>, Query), ("If-Match" = Option<String>, Header, description = "Entity tag of the reference")),
    responses((status = 200, description = "As reading the reference, with `previous: {field_overrides?, block_field_overrides?}`"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to edit, or not the studio site"), (status = 404, description = "No such reference"), (status = 412, description = "`stale`")))]
pub(crate) async fn clear(request: HttpRequest, app: Data<App>, key: Key) -> Result<HttpResponse, ApiError> {
    let asked = Asked::new(request, app, &key)?;
    let params = Params::of(&asked.request)?;
    let text = |name: &str| params.text(name).map(str::to_owned);
    let scope = Scope { block: text("block"), field: text("field") };
    let previous = take(&asked.app, &asked.caller, &asked.usage, asked.headers(), |settings, library| {
        without(settings, library, std::slice::from_ref(&scope), &[])
    })
    .await?;
    asked.reference(HttpResponse::Ok(), &[("previous", Value::Object(previous))]).await
}
