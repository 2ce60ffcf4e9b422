//! `GET` and `POST …/fields/` (xblock-rest-api §2.6).

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web::Payload};
use blockstore::{Blockstore as _, BlockstoreError, Change, DraftName};
use bytes::Bytes;
use learning_context::{Action, ContextKind, ResolvedAt, VersionSelector, is_unreadable};
use olx::{Document, Element, Limits};
use serde_json::{Map, Value};
use xblock::{BlockDecl, Definition, Fields, Scope, Site, field::FieldValue};

use super::olx::stored_olx;
use crate::{
    app::App,
    caller::Caller,
    http::{
        body::{self, JSON_LIMIT},
        error::{ApiError, Code},
        private,
    },
    path::BlockPath,
    runtime::{Found, find, find::context_error},
};

/// How often a save is tried when others save at the same time.
const TRIES: usize = 5;

/// Answers the authored fields of a block.
#[utoipa::path(get, path = "/api/xblock/v2/xblocks/{usage}/fields/", tag = "xblock",
    params(("usage" = String, Path, description = "Usage key, optionally `@version`")),
    responses((status = 200, description = "`{display_name, metadata, data?}`"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission"), (status = 404, description = "No such block")))]
pub(crate) async fn read(
    request: &HttpRequest,
    app: &App,
    path: &BlockPath,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(request, app)?;
    caller.require_signed_in()?;
    let found = find(app, &caller, path, Action::View).await?;
    let fields = authored(app, &found).await?;
    let decl = decl(app, &found);
    Ok(private(HttpResponse::Ok().json(Value::Object(shape(decl, &found, &fields)))))
}

/// Changes authored fields of the draft: absent is unchanged, null resets, what cannot be read is refused.
#[utoipa::path(post, path = "/api/xblock/v2/xblocks/{usage}/fields/", tag = "xblock",
    params(("usage" = String, Path, description = "Usage key, without a version")),
    responses((status = 200, description = "`{id, display_name, metadata, data?}`"), (status = 400, description = "A bad value, or a version in the address"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission"), (status = 404, description = "No such block")))]
pub(crate) async fn write(
    request: &HttpRequest,
    app: &App,
    path: &BlockPath,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(request, app)?;
    caller.require_signed_in()?;
    if path.version != VersionSelector::Auto {
        return Err(ApiError::List("Cannot specify a version when saving changes".into()));
    }
    // What is read here is what is published: saved back, it would undo what the draft has on top of it.
    if app.site == Site::Learn {
        return Err(ApiError::forbidden(
            "Do not make changes to a component starting from the published or past versions. Use the latest draft.",
        ));
    }
    let body = body::read(payload, JSON_LIMIT).await?;
    let body: Value = serde_json::from_slice(&body).map_err(|e| {
        ApiError::Detail(actix_web::http::StatusCode::BAD_REQUEST, format!("JSON parse error - {e}"))
    })?;
    if !body.is_object() {
        return Err(ApiError::Error("Invalid data (the body must be an object)".into()));
    }
    let draft = BlockPath { usage: path.usage.clone(), version: VersionSelector::Auto };
    for _ in 0..TRIES {
        let found = find(app, &caller, &draft, Action::Edit).await?;
        let before = match unreadable(app, &found).await? {
            Some(problem) if body.get("data").is_none_or(Value::is_null) => {
                return Err(ApiError::Error(format!(
                    "Invalid data (what is stored cannot be read: {problem})"
                )));
            }
            _ => authored(app, &found).await?,
        };
        let after = changed(decl(app, &found), &before, &body)?;
        if after == before || save(app, &found, &after).await? {
            let mut answer = Map::new();
            answer.insert("id".into(), found.usage.to_string().into());
            answer.append(&mut shape(decl(app, &found), &found, &after));
            return Ok(HttpResponse::Ok().json(Value::Object(answer)));
        }
        app.contexts.invalidate(&found.record.key);
    }
    Err(ApiError::problem(Code::Conflict, "Others keep saving this draft; try again."))
}

async fn authored(app: &App, found: &Found) -> Result<Fields, ApiError> {
    Ok(definition(app, found).await?.map(|d| d.fields.clone()).unwrap_or_default())
}

/// Says what is wrong with a block that cannot be read: there is nothing to keep of it but its text.
async fn unreadable(app: &App, found: &Found) -> Result<Option<String>, ApiError> {
    let definition = definition(app, found).await?.filter(|d| is_unreadable(d));
    Ok(definition.and_then(|d| Some(d.problems.first()?.message.clone())))
}

async fn definition(app: &App, found: &Found) -> Result<Option<Arc<Definition>>, ApiError> {
    let source = found.structure.node(found.node).source.clone();
    Ok(app.definitions.load(&[source]).await.map_err(context_error)?.pop())
}

fn decl(app: &App, found: &Found) -> &'static BlockDecl {
    app.registry.get(found.structure.node(found.node).block_type()).decl()
}

fn shape(decl: &BlockDecl, found: &Found, fields: &Fields) -> Map<String, Value> {
    let metadata: Map<String, Value> = fields
        .iter()
        .filter(|(name, _)| decl.field(name).is_some_and(|f| f.scope == Scope::Settings))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let title = metadata
        .get("display_name")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .or_else(|| decl.field("display_name").and_then(|f| f.default.to_json().as_str().map(str::to_owned)))
        .unwrap_or_else(|| found.usage.block_id().replace('_', " "));
    let mut answer = Map::new();
    answer.insert("display_name".into(), title.into());
    answer.insert("metadata".into(), metadata.into());
    if let Some(data) = decl.field("data") {
        answer.insert("data".into(), fields.get("data").cloned().unwrap_or_else(|| data.default.to_json()));
    }
    answer
}

fn changed(decl: &BlockDecl, before: &Fields, body: &Value) -> Result<Fields, ApiError> {
    let mut after = before.clone();
    if let Some(data) = body.get("data").filter(|d| !d.is_null()) {
        let field = decl.field("data").ok_or_else(|| {
            ApiError::Error(format!("Invalid data ({} blocks have no data)", decl.block_type))
        })?;
        after.insert("data".into(), parsed(field, data)?);
    }
    let metadata = match body.get("metadata") {
        None | Some(Value::Null) => return Ok(after),
        Some(Value::Object(metadata)) => metadata,
        Some(_) => return Err(ApiError::Error("Invalid data (metadata must be an object)".into())),
    };
    for (name, value) in metadata {
        let field = decl.field(name).filter(|f| f.scope == Scope::Settings).ok_or_else(|| {
            ApiError::Error(format!("Invalid data ({} blocks have no setting '{name}')", decl.block_type))
        })?;
        if value.is_null() {
            after.shift_remove(name);
        } else {
            after.insert(name.clone(), parsed(field, value)?);
        }
    }
    Ok(after)
}

fn parsed(field: &xblock::FieldDecl, value: &Value) -> Result<Value, ApiError> {
    let refuse = |e: &dyn std::fmt::Display| ApiError::Error(format!("Invalid data ({}: {e})", field.name));
    let value = field.ty.from_json(FieldValue::from_json(value)).map_err(|e| refuse(&e))?;
    Ok(field.ty.to_json(&value).map_err(|e| refuse(&e))?.to_stored())
}

/// Writes the block's file into the draft; false when the draft moved on since it was read.
async fn save(app: &App, found: &Found, fields: &Fields) -> Result<bool, ApiError> {
    let node = found.structure.node(found.node);
    if found.structure.kind != ContextKind::Library || node.linked.is_some() {
        return Err(ApiError::Error(format!(
            "Invalid data ('{}' is not edited here: change it where it is authored and import it again)",
            found.usage
        )));
    }
    let file = node
        .source
        .files
        .first()
        .ok_or_else(|| ApiError::not_found(format!("The component '{}' does not exist.", found.usage)))?;
    let children = includes(&stored_olx(app, found).await?);
    let block_type = app.registry.get(node.block_type());
    let text =
        block_type.write(fields, &children).map_err(|e| ApiError::Error(format!("Invalid data ({e})")))?;
    // What is written must be readable again, or the block would be lost to its author.
    Document::parse(&text, &Limits::default()).map_err(|e| ApiError::Error(format!("Invalid data ({e})")))?;
    let revision = match found.structure.at {
        ResolvedAt::Draft { revision } => revision,
        // There was no draft, and there must be none still.
        ResolvedAt::Version(_) => 0,
    };
    let change = Change::Put(file.path.clone(), Bytes::from(text));
    match app
        .database
        .write_draft(found.record.bundle, &DraftName::studio(), vec![change], Some(revision))
        .await
    {
        Ok(_) => {
            app.contexts.invalidate(&found.record.key);
            Ok(true)
        }
        Err(BlockstoreError::Stale { .. }) => Ok(false),
        Err(e @ BlockstoreError::TooLarge { .. }) => Err(ApiError::problem(Code::TooLarge, e.to_string())),
        Err(e) => Err(ApiError::Internal(e.to_string())),
    }
}

/// Returns the child elements of a stored block that name other blocks; they are not fields and stay.
fn includes(olx: &str) -> Vec<Element> {
    Document::parse(olx, &Limits::default())
        .map(|d| d.root.child_elements().filter(|e| e.name == "xblock-include").cloned().collect())
        .unwrap_or_default()
}
