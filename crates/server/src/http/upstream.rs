//! `GET /api/exedra/v1/contexts/{key}/links/`: blocks that were copied from libraries (unit-composition §8.1).

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use learning_context::{Action, VersionSelector, upstream::Available};
use opaque_keys::{LearningContextKey, UsageKey};
use serde::Serialize;
use serde_json::json;

use crate::{
    app::App,
    caller::Caller,
    http::{error::ApiError, private, query},
    runtime::{
        find::{context_error, permitted},
        upstream::{UpstreamLink, links},
    },
};

#[derive(Serialize)]
struct Row<'a> {
    downstream_usage_key: &'a UsageKey,
    upstream_key: &'a str,
    upstream_context_key: Option<LearningContextKey>,
    state: &'static str,
    version_synced: Option<u32>,
    version_declined: Option<u32>,
    version_available: Option<u32>,
    ready_to_sync: bool,
    top_level_parent: Option<&'a str>,
    downstream_customized: &'a [String],
}

impl<'a> Row<'a> {
    fn new(downstream_usage_key: &'a UsageKey, row: &'a UpstreamLink) -> Self {
        let UpstreamLink { link, source, available } = row;
        let (state, version_available) = match available {
            Available::Unknown => ("missing", None),
            Available::Deleted => ("deleted", None),
            Available::Version(version) => ("available", Some(*version)),
        };
        Row {
            downstream_usage_key,
            upstream_key: &link.key,
            upstream_context_key: source.as_ref().map(UsageKey::context_key),
            state,
            version_synced: link.synced,
            version_declined: link.declined,
            version_available,
            ready_to_sync: link.is_ready_to_sync(*available),
            top_level_parent: link.container.as_deref(),
            downstream_customized: &link.customized,
        }
    }
}

/// The blocks of a context that were copied from library blocks, and whether those are newer.
#[utoipa::path(get, path = "/api/exedra/v1/contexts/{key}/links/", operation_id = "context_links", tag = "content", params(("key" = String, Path)),
    responses((status = 200, description = "`{ready_to_sync_count, total_count, results: [{downstream_usage_key, upstream_key, upstream_context_key, state, version_synced, version_declined, version_available, ready_to_sync, top_level_parent, downstream_customized}]}`; `state` is `available`, `deleted` (the library is here without it) or `missing`"),
        (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission"), (status = 404, description = "No such context")))]
pub(super) async fn list(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    caller.require_signed_in()?;
    let key: LearningContextKey = query::key(&key)?;
    let record = permitted(&app, &caller, &key, Action::View).await?;
    let at = VersionSelector::Auto.resolve(&record, app.site).map_err(context_error)?;
    let (structure, links) = links(&app, &caller, &record, at).await?;
    let rows: Vec<_> =
        links.iter().map(|link| Row::new(&structure.node(link.link.node).usage, link)).collect();
    let ready = rows.iter().filter(|row| row.ready_to_sync).count();
    Ok(private(HttpResponse::Ok().json(json!({
        "ready_to_sync_count": ready,
        "total_count": rows.len(),
        "results": rows,
    }))))
}
