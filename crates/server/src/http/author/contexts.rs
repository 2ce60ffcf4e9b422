//! Publishing, discarding, versions and new runs.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Path, Payload},
};
use blockstore::{Blockstore as _, Version};
use learning_context::Action;
use opaque_keys::LearningContextKey;
use serde::Deserialize;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::{
    app::App,
    caller::Caller,
    http::{
        body,
        error::{ApiError, Code},
        private, query,
    },
    runtime::{
        author::{self, Named, editing_context, etag_of, store_error},
        find::{context_error, permitted},
        links::context_path,
    },
};

/// Longest title of a new run, in characters.
const TITLE_CHARS: usize = 255;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Publish {
    name: Option<String>,
    comment: Option<String>,
}

/// Makes the draft the next version, under a name.
#[utoipa::path(post, path = "/api/exedra/v1/contexts/{key}/publish/", tag = "authoring", params(("key" = String, Path, description = "Key of a course or library"), ("If-Match" = Option<String>, Header, description = "Entity tag of the draft")),
    request_body(content_type = "application/json", description = "`{name: text, comment?: text}`"),
    responses((status = 200, description = "`{version: {num, name, comment, author, published_at}, findings}`, `ETag` of the draft"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission, or not the studio site"), (status = 404, description = "No such context"), (status = 409, description = "`nothing_to_publish`"), (status = 412, description = "`If-Match` names another state"), (status = 413, description = "The name or comment is too long"), (status = 422, description = "`name_required`")))]
pub(crate) async fn publish(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let record = editing_context(&app, &caller, &query::key(&key)?).await?;
    let wanted: Publish = body::json(payload).await?;
    let (name, comment) = (wanted.name.unwrap_or_default(), wanted.comment.unwrap_or_default());
    let named = Named { name: &name, comment: &comment };
    let version = author::publish(&app, &caller, &record, &named, request.headers()).await?;
    let record = app.contexts.record(&record.key).await.map_err(context_error)?;
    let findings = author::published(&app, &record).await?;
    let answer = json!({"version": row(&version), "findings": findings});
    Ok(private(HttpResponse::Ok().insert_header((header::ETAG, etag_of(&record))).json(answer)))
}

/// Throws the draft away; what is published stays.
#[utoipa::path(delete, path = "/api/exedra/v1/contexts/{key}/draft/", tag = "authoring", params(("key" = String, Path, description = "Key of a course or library"), ("If-Match" = Option<String>, Header, description = "Entity tag of the draft")),
    responses((status = 204, description = "There is no draft any more"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission, or not the studio site"), (status = 404, description = "No such context"), (status = 412, description = "`If-Match` names another state")))]
pub(crate) async fn discard(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let record = editing_context(&app, &caller, &query::key(&key)?).await?;
    author::discard(&app, &record, request.headers()).await?;
    Ok(private(HttpResponse::NoContent().finish()))
}

/// The published versions, ascending, and whether the draft differs from the newest.
#[utoipa::path(get, path = "/api/exedra/v1/contexts/{key}/versions/", tag = "content", params(("key" = String, Path)),
    responses((status = 200, description = "`{results: [{num, name, comment, author, published_at}], latest, has_changes}`, `ETag` of the draft"), (status = 403, description = "No permission"), (status = 404, description = "No such context")))]
pub(crate) async fn versions(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let record = permitted(&app, &caller, &query::key(&key)?, Action::View).await?;
    let versions = app.database.versions(record.bundle).await.map_err(store_error)?;
    let draft =
        app.database.draft(record.bundle, &blockstore::DraftName::studio()).await.map_err(store_error)?;
    let results: Vec<Value> = versions.iter().map(row).collect();
    let answer = json!({
        "results": results,
        "latest": versions.last().map_or(0, |version| version.number),
        "has_changes": draft.as_ref().is_some_and(|draft| draft.has_changes),
    });
    let etag = author::etag(record.bundle, draft.map_or(0, |draft| draft.revision));
    Ok(private(HttpResponse::Ok().insert_header((header::ETAG, etag)).json(answer)))
}

fn row(version: &Version) -> Value {
    json!({
        "num": version.number,
        "name": version.name,
        "comment": version.description,
        "author": version.author,
        "published_at": version.created_at.format(&Rfc3339).ok(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rerun {
    key: String,
    title: Option<String>,
}

/// Makes a new run of a course from what is published of it. Block ids, pins and overrides stay; learner state
/// is fresh.
#[utoipa::path(post, path = "/api/exedra/v1/contexts/{key}/rerun/", tag = "authoring", params(("key" = String, Path, description = "Key of the course")),
    request_body(content_type = "application/json", description = "`{key: course key, title?: text}`: of the new run"),
    responses((status = 201, description = "`{key, title, url}`"), (status = 401, description = "Nobody signed in"), (status = 400, description = "A key or title that cannot be"), (status = 403, description = "No permission to see the course, or to create courses"), (status = 404, description = "No such course"), (status = 409, description = "`already_exists`, or nothing is published"), (status = 422, description = "Not a course")))]
pub(crate) async fn rerun(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    author::may_write(&app, &caller)?;
    let source = permitted(&app, &caller, &query::key(&key)?, Action::View).await?;
    if !(caller.who.course_creator || caller.who.staff) {
        return Err(ApiError::refused());
    }
    let wanted: Rerun = body::json(payload).await?;
    let key: LearningContextKey =
        wanted.key.parse().map_err(|e| ApiError::problem(Code::BadRequest, format!("'key': {e}")))?;
    let title = wanted.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
    if title.is_some_and(|title| title.chars().count() > TITLE_CHARS) {
        let detail = format!("A title has at most {TITLE_CHARS} characters.");
        return Err(ApiError::problem(Code::TooLarge, detail));
    }
    if title.is_some_and(|title| title.contains(char::is_control)) {
        return Err(ApiError::problem(Code::BadRequest, "A title is one line without control characters."));
    }
    author::rerun(&app, &caller, &source, &key, title).await?;
    let url = format!("{}{}", app.root(), context_path(&key));
    let answer = json!({"key": key, "title": title.unwrap_or(&source.title), "url": url});
    Ok(private(HttpResponse::Created().json(answer)))
}
