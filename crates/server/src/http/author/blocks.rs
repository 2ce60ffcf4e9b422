//! Copying, moving and removing blocks of a draft.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path, Payload},
};
use learning_context::{Action, Edit};
use serde::Deserialize;
use serde_json::json;

use super::draft_block;
use crate::{
    app::App,
    caller::Caller,
    http::{
        body,
        error::{ApiError, Code},
        private,
        units::unit_path,
    },
    runtime::{
        author::{self, Pasted, Revised, changes_of, edit_error, revise},
        find,
        find::context_error,
        references::check_room_for_moved,
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Duplicate {
    /// Title of the copy; the same without.
    display_name: Option<String>,
}

/// Copies a block with everything below it beside itself: fresh ids, everything else as authored.
#[utoipa::path(post, path = "/api/exedra/v1/units/{usage}/duplicate/", tag = "authoring", params(("usage" = String, Path, description = "Usage key of the block, a unit or any other"), ("If-Match" = Option<String>, Header, description = "Entity tag of the draft")),
    request_body(content_type = "application/json", description = "Nothing, or `{display_name?: text}`: the title of the copy, the same as before without"),
    responses((status = 201, description = "`{usage_key, blocks: {old: new}, asset_conflicts}`, `ETag` of the draft"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission, or not the studio site"), (status = 404, description = "No such block"), (status = 412, description = "`If-Match` names another state"), (status = 422, description = "The course itself, or content that cannot be read")))]
pub(crate) async fn duplicate(
    request: HttpRequest,
    app: Data<App>,
    usage: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let usage = draft_block(&usage)?;
    let wanted: Duplicate = body::json(payload).await?;
    let pasted = revise(&app, &caller, &usage, request.headers(), async |editing| {
        author::duplicate(&app, editing, wanted.display_name.as_deref()).await
    });
    Ok(created(pasted.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Paste {
    /// What is copied.
    copy: String,
    /// The place among the children; the end without.
    index: Option<usize>,
}

/// Pastes a copy of a block of the same or another context into a container.
#[utoipa::path(post, path = "/api/exedra/v1/units/{usage}/children/", tag = "authoring", params(("usage" = String, Path, description = "Usage key of the container"), ("If-Match" = Option<String>, Header, description = "Entity tag of the draft")),
    request_body(content_type = "application/json", description = "`{copy: usage key, index?: number}`: what is copied, from any context the caller may view, and its place among the children, the end without"),
    responses((status = 201, description = "`{usage_key, blocks: {old: new}, asset_conflicts}`, `ETag` of the draft"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission for the container, or for what is copied"), (status = 404, description = "No such block"), (status = 412, description = "`If-Match` names another state"), (status = 422, description = "It cannot be there")))]
pub(crate) async fn paste(
    request: HttpRequest,
    app: Data<App>,
    usage: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let usage = draft_block(&usage)?;
    let wanted: Paste = body::json(payload).await?;
    let source = unit_path(&wanted.copy)
        .map_err(|e| ApiError::problem(Code::BadRequest, format!("'copy': {}", e.message())))?;
    let pasted = revise(&app, &caller, &usage, request.headers(), async |editing| {
        let from = find(&app, &caller, &source, Action::View).await?;
        if from.usage.as_lib_ref().is_some() {
            let detail =
                "Blocks shown through a reference are copied with the reference, or from their library.";
            return Err(ApiError::problem(Code::CannotEdit, detail));
        }
        author::paste(&app, &caller, editing, &from, wanted.index).await
    });
    Ok(created(pasted.await?))
}

fn created(pasted: Revised<Pasted>) -> HttpResponse {
    let Pasted { usage, blocks, conflicts } = pasted.value;
    let mut answer = HttpResponse::build(StatusCode::CREATED);
    answer.insert_header((header::ETAG, pasted.etag));
    private(answer.json(json!({"usage_key": usage, "blocks": blocks, "asset_conflicts": conflicts})))
}

/// Removes a block from the draft, with those below it that stand nowhere else and the files only they use.
#[utoipa::path(delete, path = "/api/exedra/v1/blocks/{usage}/", tag = "authoring", params(("usage" = String, Path, description = "Usage key of the block"), ("If-Match" = Option<String>, Header, description = "Entity tag of the draft")),
    responses((status = 204, description = "Removed; `ETag` of the draft"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission, or not the studio site"), (status = 404, description = "No such block"), (status = 412, description = "`If-Match` names another state"), (status = 422, description = "The course itself, or a block of another bundle")))]
pub(crate) async fn remove(
    request: HttpRequest,
    app: Data<App>,
    usage: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let usage = draft_block(&usage)?;
    let removed = revise(&app, &caller, &usage, request.headers(), async |editing| {
        let opened = Edit::open(&*app.database, &editing.structure, &[editing.node]).await;
        let mut edit = opened.map_err(context_error)?;
        edit.remove(editing.node).map_err(edit_error)?;
        Ok((changes_of(edit)?, ()))
    });
    let etag = removed.await?.etag;
    Ok(private(HttpResponse::NoContent().insert_header((header::ETAG, etag)).finish()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    /// The container it goes into; it may be the one it is in.
    parent: String,
    /// The place among the other children; the end without.
    index: Option<usize>,
}

/// Puts a block into another place of its context. It keeps its key, so learner state stays with it.
#[utoipa::path(post, path = "/api/exedra/v1/blocks/{usage}/move/", operation_id = "move_block", tag = "authoring", params(("usage" = String, Path, description = "Usage key of the block"), ("If-Match" = Option<String>, Header, description = "Entity tag of the draft")),
    request_body(content_type = "application/json", description = "`{parent: usage key, index?: number}`: the container it goes into, and its place among the other children, the end without"),
    responses((status = 200, description = "`{usage_key, parent}`, `ETag` of the draft"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission, or not the studio site"), (status = 404, description = "No such block"), (status = 412, description = "`If-Match` names another state"), (status = 422, description = "It cannot be there")))]
pub(crate) async fn put(
    request: HttpRequest,
    app: Data<App>,
    usage: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let usage = draft_block(&usage)?;
    let wanted: Move = body::json(payload).await?;
    let parent = draft_block(&wanted.parent)
        .map_err(|e| ApiError::problem(Code::BadRequest, format!("'parent': {}", e.message())))?;
    let moved = revise(&app, &caller, &usage, request.headers(), async |editing| {
        let to = editing.structure.find(&parent).ok_or_else(|| {
            let detail = format!("There is no '{parent}' in '{}'.", editing.record.key);
            ApiError::problem(Code::CannotEdit, detail)
        })?;
        check_room_for_moved(&app, &editing.structure, editing.node, to).await?;
        let opened = Edit::open(&*app.database, &editing.structure, &[editing.node, to]).await;
        let mut edit = opened.map_err(context_error)?;
        edit.move_to(editing.node, to, wanted.index).map_err(edit_error)?;
        Ok((changes_of(edit)?, ()))
    });
    let etag = moved.await?.etag;
    let answer = json!({"usage_key": usage, "parent": parent});
    Ok(private(HttpResponse::Ok().insert_header((header::ETAG, etag)).json(answer)))
}
