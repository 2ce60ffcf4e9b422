//! `GET` and `POST …/fields/` (xblock-rest-api §2.6).

use std::{collections::BTreeSet, fmt::Display, sync::Arc};

use actix_web::{HttpRequest, HttpResponse, http::header, web::Payload};
use blockstore::Change;
use bytes::Bytes;
use compositor::is_reference;
use learning_context::{Action, Edit, Node, VersionSelector, is_unreadable, upstream};
use olx::{Document, Element, Limits};
use opaque_keys::UsageKey;
use serde_json::{Map, Value};
use xblock::{
    BlockDecl, Definition, Fields, OlxMode, Scope, Site,
    field::{FieldValue, serialize_field},
};

use super::olx::stored_olx;
use crate::{
    app::App,
    caller::Caller,
    http::{
        body::{self, JSON_LIMIT},
        error::ApiError,
        private,
    },
    path::BlockPath,
    runtime::{
        author::{Editing, revise},
        find,
        find::context_error,
        original::original,
        references,
    },
};

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
    let (found, overrides) = original(app, &caller, found).await?;
    let node = found.structure.node(found.node);
    let mut fields = authored(app, node).await?;
    // An override counts as set explicitly (learning-context-plugin §6).
    for level in overrides.iter().rev() {
        fields.extend(level.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    Ok(private(HttpResponse::Ok().json(Value::Object(shape(decl(app, node), &found.usage, &fields)))))
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
    let saved = revise(app, &caller, &path.usage, request.headers(), async |editing| {
        let node = editing.structure.node(editing.node);
        let before = match unreadable(app, node).await? {
            Some(problem) if body.get("data").is_none_or(Value::is_null) => {
                return Err(invalid(format!("what is stored cannot be read: {problem}")));
            }
            _ => authored(app, node).await?,
        };
        let decl = decl(app, node);
        let after = changed(decl, &before, &body)?;
        let (changes, after) = if after == before {
            (Vec::new(), after)
        } else if is_reference(node.block_type()) {
            // What a reference may draw from is for those who may see the library.
            references::set(app, &caller, editing, &before, &after).await?
        } else {
            (changes(app, editing, &before, &after).await?, after)
        };
        let mut answer = Map::new();
        answer.insert("id".into(), path.usage.to_string().into());
        answer.append(&mut shape(decl, &path.usage, &after));
        Ok((changes, answer))
    })
    .await?;
    Ok(HttpResponse::Ok().insert_header((header::ETAG, saved.etag)).json(Value::Object(saved.value)))
}

async fn authored(app: &App, node: &Node) -> Result<Fields, ApiError> {
    Ok(definition(app, node).await?.map(|d| d.fields.clone()).unwrap_or_default())
}

/// Says what is wrong with a block that cannot be read: there is nothing to keep of it but its text.
async fn unreadable(app: &App, node: &Node) -> Result<Option<String>, ApiError> {
    let definition = definition(app, node).await?.filter(|d| is_unreadable(d));
    Ok(definition.and_then(|d| Some(d.problems.first()?.message.clone())))
}

async fn definition(app: &App, node: &Node) -> Result<Option<Arc<Definition>>, ApiError> {
    let source = node.source.clone();
    Ok(app.definitions.load(&[source]).await.map_err(context_error)?.pop())
}

fn decl(app: &App, node: &Node) -> &'static BlockDecl {
    app.registry.get(node.block_type()).decl()
}

fn shape(decl: &BlockDecl, usage: &UsageKey, fields: &Fields) -> Map<String, Value> {
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
        .unwrap_or_else(|| usage.block_id().replace('_', " "));
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

/// Returns what is to be written: of a library block its file, of a course block the attributes that change.
async fn changes(
    app: &App,
    editing: &Editing,
    before: &Fields,
    after: &Fields,
) -> Result<Vec<Change>, ApiError> {
    let node = editing.structure.node(editing.node);
    if node.linked.is_some() {
        return Err(invalid(format!("'{}' is changed in the library it is authored in", node.usage)));
    }
    if node.source.mode == OlxMode::V1 {
        return course_changes(app, editing, before, after).await;
    }
    let file = node
        .source
        .files
        .first()
        .ok_or_else(|| ApiError::not_found(format!("The component '{}' does not exist.", node.usage)))?;
    let children = includes(&stored_olx(app, node).await?);
    let block_type = app.registry.get(node.block_type());
    let text = block_type.write(after, &children).map_err(invalid)?;
    // What is written must be readable again, or the block would be lost to its author.
    Document::parse(&text, &Limits::default()).map_err(invalid)?;
    Ok(vec![Change::Put(file.path.clone(), Bytes::from(text))])
}

/// Sets the settings that differ as attributes. The content of course blocks is changed where it is authored.
async fn course_changes(
    app: &App,
    editing: &Editing,
    before: &Fields,
    after: &Fields,
) -> Result<Vec<Change>, ApiError> {
    if before.get("data") != after.get("data") {
        let usage = &editing.structure.node(editing.node).usage;
        return Err(invalid(format!(
            "the content of '{usage}' is not edited here: change it where it is authored and import it again"
        )));
    }
    let mut edit =
        Edit::open(&*app.database, &editing.structure, &[editing.node]).await.map_err(context_error)?;
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names.into_iter().filter(|name| before.get(*name) != after.get(*name)) {
        let value = after.get(name).map(|value| serialize_field(&FieldValue::from_json(value)));
        let value = value.transpose().map_err(|e| invalid(format!("{name}: {e}")))?;
        edit.set_attribute(editing.node, name, value.as_deref()).map_err(invalid)?;
    }
    if let Some(names) = upstream::customized(before, after) {
        let names = serde_json::to_string(&names).map_err(invalid)?;
        edit.set_attribute(editing.node, upstream::CUSTOMIZED, Some(&names)).map_err(invalid)?;
    }
    edit.into_changes().map_err(invalid)
}

fn invalid(problem: impl Display) -> ApiError {
    ApiError::Error(format!("Invalid data ({problem})"))
}

/// Returns the child elements of a stored block that name other blocks; they are not fields and stay.
fn includes(olx: &str) -> Vec<Element> {
    Document::parse(olx, &Limits::default())
        .map(|d| d.root.child_elements().filter(|e| e.name == "xblock-include").cloned().collect())
        .unwrap_or_default()
}
