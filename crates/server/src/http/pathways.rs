//! `/api/lx-pathways/v1/pathway/`: pathways (learning-context-plugin §3, unit-composition §10).

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use opaque_keys::LearningContextKey;
use xblock::Site;

use super::{body, query, with_cookie};
use crate::{
    app::App,
    caller::Caller,
    http::error::{ApiError, Code},
    runtime::pathways::{self, Edit},
};

/// A pathway: on studio its draft and what is published, on learn what is published.
#[utoipa::path(get, path = "/api/lx-pathways/v1/pathway/{key}/", operation_id = "pathway", tag = "pathways", params(("key" = String, Path, description = "`lx-pathway:UUID`")),
    responses((status = 200, description = "Studio: `{id, draft_data, published_data, version, has_unpublished_changes, allow_public_learning}`; learn: `{id, published_data, version}`. A document is `{title, description, items: [{usage_key, original_usage_id, id, version, data, overrides?}], data}`"),
        (status = 403, description = "No permission"), (status = 404, description = "No such pathway, or nothing published on learn")))]
pub(super) async fn read(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let answer = pathways::shown(&app, &caller, &pathway(&key)?).await?;
    Ok(with_cookie(HttpResponse::Ok().json(answer), &caller))
}

/// Creates a pathway. For staff and course creators, on studio; who creates it becomes its administrator.
#[utoipa::path(post, path = "/api/lx-pathways/v1/pathway/", operation_id = "create_pathway", tag = "pathways",
    request_body(content = String, content_type = "application/json", description = "`{draft_data?: {title?, description?, items?, data?}, allow_public_learning?}`. An item is `{original_usage_id, id?, version?, data?, overrides?}`: `version` null follows the newest one, 0 is turned into the newest number, n is pinned. At most 100 items with ids that occur once. Members that are not listed here are kept in `data`"),
    responses((status = 201, description = "As GET"), (status = 400, description = "JSON that is no pathway (`invalid_pathway`, with the place)"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission, or the learn site"),
        (status = 422, description = "An item that cannot be saved: `original_unsupported`, `library_missing` (also without the right to view it), `library_version_missing`, `override_forbidden`, `override_unknown_field`, `override_bad_type`")))]
pub(super) async fn create(
    request: HttpRequest,
    app: Data<App>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = author(&request, &app)?;
    let edit = Edit::read(body::json(payload).await?)?;
    let key = pathways::create(&app, &caller, &edit).await?;
    Ok(HttpResponse::Created().json(pathways::shown(&app, &caller, &key).await?))
}

/// Changes the draft: members given replace those that are there, `items` as a whole.
#[utoipa::path(patch, path = "/api/lx-pathways/v1/pathway/{key}/", operation_id = "change_pathway", tag = "pathways", params(("key" = String, Path)),
    request_body(content = String, content_type = "application/json", description = "As POST"),
    responses((status = 200, description = "As GET"), (status = 400, description = "JSON that is no pathway"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission, or the learn site"), (status = 404, description = "No such pathway"),
        (status = 409, description = "Others keep saving"), (status = 422, description = "An item that cannot be saved, as POST")))]
pub(super) async fn change(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = author(&request, &app)?;
    let key = pathway(&key)?;
    let edit = Edit::read(body::json(payload).await?)?;
    pathways::change(&app, &caller, &key, &edit).await?;
    Ok(HttpResponse::Ok().json(pathways::shown(&app, &caller, &key).await?))
}

/// Removes a pathway. For its administrators and staff. What learners did in it stays stored.
#[utoipa::path(delete, path = "/api/lx-pathways/v1/pathway/{key}/", operation_id = "delete_pathway", tag = "pathways", params(("key" = String, Path)),
    responses((status = 204, description = "It is gone"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission, or the learn site"), (status = 404, description = "No such pathway")))]
pub(super) async fn delete(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = author(&request, &app)?;
    pathways::delete(&app, &caller, &pathway(&key)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes the draft what learners see.
#[utoipa::path(post, path = "/api/lx-pathways/v1/pathway/{key}/publish/", operation_id = "publish_pathway", tag = "pathways", params(("key" = String, Path)),
    responses((status = 200, description = "As GET"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission, or the learn site"), (status = 404, description = "No such pathway")))]
pub(super) async fn publish(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = author(&request, &app)?;
    let key = pathway(&key)?;
    pathways::publish(&app, &caller, &key).await?;
    Ok(HttpResponse::Ok().json(pathways::shown(&app, &caller, &key).await?))
}

/// Throws the draft away: it is again what is published.
#[utoipa::path(delete, path = "/api/lx-pathways/v1/pathway/{key}/publish/", operation_id = "revert_pathway", tag = "pathways", params(("key" = String, Path)),
    responses((status = 200, description = "As GET"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission, or the learn site"), (status = 404, description = "No such pathway")))]
pub(super) async fn revert(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = author(&request, &app)?;
    let key = pathway(&key)?;
    pathways::revert(&app, &caller, &key).await?;
    Ok(HttpResponse::Ok().json(pathways::shown(&app, &caller, &key).await?))
}

/// Returns the caller of a request that changes something: somebody signed in, on studio.
fn author(request: &HttpRequest, app: &App) -> Result<Caller, ApiError> {
    let caller = Caller::of(request, app)?;
    caller.require_signed_in()?;
    if app.site == Site::Learn {
        return Err(ApiError::forbidden("Pathways are changed on the studio site."));
    }
    Ok(caller)
}

fn pathway(key: &str) -> Result<LearningContextKey, ApiError> {
    let key: LearningContextKey = query::key(key)?;
    match key.as_pathway() {
        Some(_) => Ok(key),
        None => Err(ApiError::problem(Code::NotFound, "The address names no pathway.")),
    }
}
