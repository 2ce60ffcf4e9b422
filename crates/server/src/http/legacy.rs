//! Blocks copied from libraries (unit-composition §9): bringing them up to date, turning them into references, and
//! the keys they had before.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Path},
};
use learning_context::{Action, AliasStore as _, VersionSelector};
use opaque_keys::UsageKey;
use serde_json::json;

use crate::{
    app::App,
    caller::Caller,
    http::{error::ApiError, private, query},
    runtime::{
        author::revise,
        find::{context_error, permitted},
        legacy,
    },
};

/// Brings the copies in a `library_content` block of a draft up to date with the newest version of its library.
#[utoipa::path(post, path = "/api/exedra/v1/legacy/{usage}/sync/", operation_id = "legacy_sync", tag = "authoring", params(("usage" = String, Path, description = "Key of the `library_content` block"), ("If-Match" = Option<String>, Header, description = "Entity tag of the draft")),
    responses((status = 200, description = "`{library, version, added, updated, removed, asset_conflicts}`; what the course set on a copy stays"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission, or the learn site"),
        (status = 404, description = "No such block"), (status = 412, description = "`stale`: the draft is not that of `If-Match`"), (status = 422, description = "`library_missing`, `cannot_edit`")))]
pub(super) async fn sync(
    request: HttpRequest,
    app: Data<App>,
    usage: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let usage = query::key::<UsageKey>(&usage)?;
    let done = revise(&app, &caller, &usage, request.headers(), async |editing| {
        legacy::sync(&app, &caller, editing).await
    })
    .await?;
    let synced = done.value;
    Ok(private(HttpResponse::Ok().insert_header((header::ETAG, done.etag)).json(json!({
        "library": synced.library,
        "version": synced.version,
        "added": synced.added,
        "updated": synced.updated,
        "removed": synced.removed,
        "asset_conflicts": synced.asset_conflicts,
    }))))
}

/// Turns a `library_content` or `itembank` block of a draft into a reference to its library, in its place.
#[utoipa::path(post, path = "/api/exedra/v1/legacy/{usage}/convert/", operation_id = "legacy_convert", tag = "authoring", params(("usage" = String, Path, description = "Key of the bank"), ("If-Match" = Option<String>, Header, description = "Entity tag of the draft")),
    responses((status = 200, description = "`{reference, library, version, version_is_named, aliases: {old: new}, unmatched, content_differs}`. The version pinned is the one the bank names, else the newest. Learner state moves to the new keys when the draft is published; old keys are understood for ever"),
        (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission, or the learn site"), (status = 404, description = "No such block"), (status = 412, description = "`stale`"), (status = 422, description = "`library_missing`, `cannot_edit`")))]
pub(super) async fn convert(
    request: HttpRequest,
    app: Data<App>,
    usage: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let usage = query::key::<UsageKey>(&usage)?;
    let done = revise(&app, &caller, &usage, request.headers(), async |editing| {
        let (changes, converted) = legacy::convert(&app, &caller, editing).await?;
        // Before the draft: once the block is gone, nothing else tells what its children were.
        let context = &editing.record.key;
        app.database.put_aliases(context, &converted.aliases).await.map_err(context_error)?;
        Ok((changes, converted))
    })
    .await?;
    let converted = done.value;
    let aliases: serde_json::Map<_, _> = converted
        .aliases
        .iter()
        .map(|alias| (alias.alias.to_string(), alias.usage.to_string().into()))
        .collect();
    Ok(private(HttpResponse::Ok().insert_header((header::ETAG, done.etag)).json(json!({
        "reference": converted.reference,
        "library": converted.library,
        "version": converted.version,
        "version_is_named": converted.is_named,
        "aliases": aliases,
        "unmatched": converted.unmatched,
        "content_differs": converted.content_differs,
    }))))
}

/// The other keys of a usage: those it had before it was converted, and those it has since.
#[utoipa::path(get, path = "/api/exedra/v1/aliases/{usage}/", operation_id = "usage_aliases", tag = "content", params(("usage" = String, Path)),
    responses((status = 200, description = "`{usage_key, other_keys, current}`; `current` is the one that is in the content of this site"), (status = 403, description = "No permission"), (status = 404, description = "No such context")))]
pub(super) async fn aliases(
    request: HttpRequest,
    app: Data<App>,
    usage: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let usage = query::key::<UsageKey>(&usage)?;
    let record = permitted(&app, &caller, &usage.context_key(), Action::Learn).await?;
    let at = VersionSelector::Auto.resolve(&record, app.site).map_err(context_error)?;
    let structure = app.contexts.structure(&record, at).await.map_err(context_error)?;
    let other_keys = app.database.other_keys(&usage).await.map_err(context_error)?;
    let current = std::iter::once(&usage).chain(&other_keys).find(|key| structure.entry(key).is_some());
    Ok(private(HttpResponse::Ok().json(json!({
        "usage_key": usage,
        "other_keys": other_keys,
        "current": current,
    }))))
}
