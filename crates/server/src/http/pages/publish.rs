//! What authors see of a course or library beside its contents: what is not published yet, which references have
//! updates, and the versions; and the form that publishes.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use blockstore::{Blockstore as _, DraftName};
use compositor::UpdateState;
use learning_context::{Action, ContextKind, ContextRecord, NodeId, Structure};
use opaque_keys::LearningContextKey;
use renderer::page::{Form, Publishing, UpdateEntry};
use xblock::Site;

use super::{
    forms::{Sent, go, refused, said},
    words::version_entries,
};
use crate::{
    app::App,
    caller::Caller,
    http::{
        error::{ApiError, Code},
        query::Params,
    },
    runtime::{
        author::{self, Named, editing_context, store_error},
        find::context_error,
        links::{context_path, reference_path},
        outline::Names,
        references::{self, Bulk},
    },
};

/// Makes the draft the next version.
pub async fn publish(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let parsed = key.parse::<LearningContextKey>();
    let back = parsed.as_ref().map_or_else(|_| "/".to_owned(), context_path);
    let done = async {
        let key = parsed.map_err(|e| ApiError::problem(Code::NotFound, format!("{e}")))?;
        let caller = Caller::of(&request, &app)?;
        let record = editing_context(&app, &caller, &key).await?;
        let sent = Sent::read(&request, payload).await?;
        let name = sent.text("name").unwrap_or_default();
        let named = Named { name, comment: sent.text("comment").unwrap_or_default() };
        author::publish(&app, &caller, &record, &named, &sent.if_match()).await?;
        let record = app.contexts.record(&key).await.map_err(context_error)?;
        author::published(&app, &record).await
    };
    match done.await {
        Ok(_) => Ok(go(&back, "published")),
        Err(error) => refused(&request, &app, error, &back),
    }
}

/// Updates all references that have an update, save those that would take blocks from learners.
pub async fn update_all(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let parsed = key.parse::<LearningContextKey>();
    let back = parsed.as_ref().map_or_else(|_| "/".to_owned(), context_path);
    let done = async {
        let key = parsed.map_err(|e| ApiError::problem(Code::NotFound, format!("{e}")))?;
        let caller = Caller::of(&request, &app)?;
        references::bulk(&app, &caller, &key, &Bulk::default()).await
    };
    match done.await {
        Ok(done) if done.iter().any(|one| one.status == "refused") => Ok(go(&back, "updated-some")),
        Ok(_) => Ok(go(&back, "updated-all")),
        Err(error) => refused(&request, &app, error, &back),
    }
}

/// Returns what the page of a context says to its authors; nothing to others.
pub(super) async fn publishing<'a>(
    request: &HttpRequest,
    app: &App,
    caller: &Caller,
    record: &ContextRecord,
    structure: &Arc<Structure>,
) -> Result<Option<Publishing<'a>>, ApiError> {
    let is_ours = matches!(record.kind, ContextKind::Course | ContextKind::Library);
    if app.site != Site::Studio || caller.info.anonymous || !is_ours {
        return Ok(None);
    }
    let allowed = |action| app.contexts.allowed(record, &caller.who, app.site, action);
    if !allowed(Action::View).await.map_err(context_error)? {
        return Ok(None);
    }
    let may_edit = allowed(Action::Edit).await.map_err(context_error)?;
    let versions = app.database.versions(record.bundle).await.map_err(store_error)?;
    let draft = app.database.draft(record.bundle, &DraftName::studio()).await.map_err(store_error)?;
    let etag = author::etag(record.bundle, draft.as_ref().map_or(0, |draft| draft.revision));
    Ok(Some(Publishing {
        notice: Params::of(request)?.text("done").and_then(said),
        has_changes: draft.is_some_and(|draft| draft.has_changes),
        form: may_edit.then(|| Form { action: format!("{}/publish", context_path(&record.key)), etag }),
        update_all: may_edit.then(|| format!("{}/update", context_path(&record.key))),
        updates: updates(app, caller, record, structure).await?,
        versions: version_entries(&versions, None, None),
    }))
}

/// Lists the references that have updates.
async fn updates(
    app: &App,
    caller: &Caller,
    record: &ContextRecord,
    structure: &Arc<Structure>,
) -> Result<Vec<UpdateEntry>, ApiError> {
    let mut rows = references::rows(app, caller, &record.key).await?;
    rows.retain(|row| row.state == Some(UpdateState::UpdateAvailable));
    let places = |row: &references::Row| Some((structure.find(&row.unit)?, structure.find(&row.usage_key)?));
    let mut named: Vec<NodeId> = rows.iter().filter_map(places).flat_map(|(a, b)| [a, b]).collect();
    named.sort_unstable();
    named.dedup();
    let names = Names::of(app, structure, &named).await?;
    let entry = |row: &references::Row| {
        let (unit, reference) = places(row)?;
        Some(UpdateEntry {
            unit: names.get(unit).to_owned(),
            title: names.get(reference).to_owned(),
            versions: format!("version {} → {}", row.pinned.unwrap_or(0), row.latest.unwrap_or(0)),
            url: format!("{}/update", reference_path(&row.usage_key)),
        })
    };
    Ok(rows.iter().filter_map(entry).collect())
}
