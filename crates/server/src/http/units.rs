//! `/api/exedra/v1/`: what there is, and composed units.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use learning_context::{Action, ContextKind, ContextRecord, VersionSelector};
use opaque_keys::{LearningContextKey, UsageKey};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use xblock::View;

use crate::{
    app::App,
    caller::Caller,
    http::{
        error::{ApiError, Code},
        query::{self, Params},
        with_cookie,
        xblocks::{basics, may_see},
    },
    path::{BlockPath, block_path},
    runtime::{
        Scene,
        author_view::author_view,
        find::{context_error, permitted},
        links::{context_path, page_path},
        outline::is_page,
        render::show,
    },
};

/// Most contexts on one page of the list.
const MOST_CONTEXTS: u32 = 200;
/// Most pages of them that are read in search of one the caller may use.
const MOST_READS: u32 = 20;

#[derive(Serialize)]
struct ContextRow {
    key: LearningContextKey,
    kind: ContextKind,
    title: String,
    latest_version: u32,
    has_draft: bool,
    url: String,
}

/// The learning contexts the caller may use, ordered by key. A page may hold fewer than there are: `next` says
/// whether there are more.
#[utoipa::path(get, path = "/api/exedra/v1/contexts/", tag = "content",
    params(("after" = Option<String>, Query, description = "Key the page starts after"), ("kind" = Option<String>, Query, description = "`library`, `course` or another kind"), ("q" = Option<String>, Query, description = "Part of the key or title")),
    responses((status = 200, description = "`{results: [{key, kind, title, latest_version, has_draft, url}], next}`")))]
pub(super) async fn contexts(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let (rows, next) = visible_contexts(&app, &caller, &Filter::of(&request)?).await?;
    let results: Vec<_> = rows
        .into_iter()
        .map(|record| ContextRow {
            url: format!("{}{}", app.root(), context_path(&record.key)),
            kind: record.kind,
            title: record.title.to_string(),
            latest_version: record.latest_version,
            has_draft: record.draft_revision.is_some(),
            key: record.key,
        })
        .collect();
    Ok(with_cookie(HttpResponse::Ok().json(json!({"results": results, "next": next})), &caller))
}

/// Which contexts are listed.
#[derive(Default)]
pub(super) struct Filter {
    /// The key the page starts after.
    pub(super) after: Option<LearningContextKey>,
    /// One kind only.
    pub(super) kind: Option<ContextKind>,
    /// What the key or the title must contain, in small letters.
    pub(super) text: String,
}

impl Filter {
    fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        let params = Params::of(request)?;
        let kind = params.text("kind").map(|kind| serde_json::from_value(kind.into())).transpose();
        Ok(Filter {
            after: params.parsed("after")?,
            kind: kind.map_err(|e| ApiError::problem(Code::BadRequest, format!("'kind': {e}")))?,
            text: params.text("q").unwrap_or_default().to_lowercase(),
        })
    }

    fn takes(&self, record: &ContextRecord) -> bool {
        let contains = |text: &str| text.to_lowercase().contains(&self.text);
        self.text.is_empty() || contains(&record.title) || contains(record.key.as_str())
    }
}

/// Returns a page of the contexts a caller may learn from, and the key after which the next page starts. Two
/// statements, and two more for every page of contexts that are nothing to the caller.
pub(super) async fn visible_contexts(
    app: &App,
    caller: &Caller,
    filter: &Filter,
) -> Result<(Vec<ContextRecord>, Option<LearningContextKey>), ApiError> {
    use learning_context::ContextStore as _;
    let mut after = filter.after.clone();
    for reads in 1.. {
        let all = app.database.list_contexts(filter.kind, after.as_ref(), MOST_CONTEXTS).await;
        let mut all = all.map_err(context_error)?;
        let end = (all.len() == MOST_CONTEXTS as usize).then(|| all.last().map(|r| r.key.clone())).flatten();
        all.retain(|record| filter.takes(record));
        let allowed = app.contexts.allowed_among(&all, &caller.who, app.site, Action::Learn).await;
        let allowed = allowed.map_err(context_error)?;
        let rows = all.into_iter().zip(allowed).filter(|(_, allowed)| *allowed).map(|(record, _)| record);
        let rows: Vec<_> = rows.collect();
        // What is told is a key the caller may know of, as long as there is one within reach.
        let last = rows.last().map(|record| record.key.clone());
        match end {
            Some(end) if last.is_none() && reads < MOST_READS => after = Some(end),
            end => return Ok((rows, end.map(|end| last.unwrap_or(end)))),
        }
    }
    Ok((Vec::new(), None))
}

/// All blocks of a context, which of them are pages, and, for
/// authors, what is odd about the content.
#[utoipa::path(get, path = "/api/exedra/v1/contexts/{key}/blocks/", tag = "content", params(("key" = String, Path), ("version" = Option<String>, Query)),
    responses((status = 200, description = "`{key, version, blocks: [{usage_key, block_type, parent, children, is_page, has_code}], placeholders?, problems?}`"),
        (status = 403, description = "No permission"), (status = 404, description = "No such context")))]
pub(super) async fn blocks(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let record = permitted(&app, &caller, &query::key(&key)?, Action::Learn).await?;
    let selector = Params::of(&request)?.parsed("version")?.unwrap_or(VersionSelector::Auto);
    let at = selector.resolve(&record, app.site).map_err(context_error)?;
    let structure = app.contexts.structure(&record, at).await.map_err(context_error)?;
    let mut placeholders: BTreeMap<String, usize> = BTreeMap::new();
    let rows: Vec<Value> = structure
        .blocks()
        .map(|id| {
            let node = structure.node(id);
            let known = app.registry.known(node.block_type()).is_some();
            if !known {
                *placeholders.entry(node.block_type().to_string()).or_default() += 1;
            }
            let children: Vec<&str> =
                node.children.iter().map(|c| structure.node(*c).usage.as_str()).collect();
            json!({
                "usage_key": node.usage,
                "block_type": &**node.block_type(),
                "parent": node.parent.map(|p| structure.node(p).usage.as_str()),
                "children": children,
                "is_page": is_page(&structure, id),
                "has_code": known,
            })
        })
        .collect();
    let mut answer = Map::new();
    answer.insert("key".into(), record.key.to_string().into());
    answer.insert("version".into(), at.version().map_or_else(|| "draft".into(), Value::from));
    answer.insert("blocks".into(), rows.into());
    if app.contexts.allowed(&record, &caller.who, app.site, Action::View).await.map_err(context_error)? {
        answer.insert("placeholders".into(), json!(placeholders));
        answer.insert("problems".into(), json!(structure.problems));
    }
    Ok(with_cookie(HttpResponse::Ok().json(Value::Object(answer)), &caller))
}

/// The blocks this learner sees (unit-composition §2.1).
#[utoipa::path(get, path = "/api/exedra/v1/units/{usage}/", tag = "units",
    params(("usage" = String, Path), ("view" = Option<String>, Query, description = "`author`: with pools and hidden references")),
    responses((status = 200, description = "`{usage_key, children: [{usage_key, block_type, definition, source, overridden}]}`; for authors also `references: [{usage_key, block_type, library_key, version, library_version, count, shuffle, manual, allow_reset, group, summary, findings, remedies, pool: [{usage_key, block, block_type, display_name, overridden}]}]`, `hidden` and `problems`. The pool is null while the library is missing, and for authors who may not view it"),
        (status = 403, description = "No permission"), (status = 404, description = "No such unit")))]
pub(super) async fn composition(
    request: HttpRequest,
    app: Data<App>,
    usage: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let path = unit_path(&usage)?;
    let author = Params::of(&request)?.text("view") == Some("author");
    if author {
        permitted(&app, &caller, &path.usage.context_key(), Action::View).await?;
    }
    let scene = Scene::open_and_keep(&app, &caller, &path).await?;
    let author = match author {
        true => Some(author_view(&app, &caller, scene.plan(), scene.hidden()).await?),
        false => None,
    };
    Ok(with_cookie(HttpResponse::Ok().json(scene.composition(author)), &caller))
}

/// The whole unit as one fragment.
#[utoipa::path(get, path = "/api/exedra/v1/units/{usage}/view/{view}/", operation_id = "unit_view", tag = "units", params(("usage" = String, Path), ("view" = String, Path)),
    responses((status = 200, description = "The fragment, with the handler URLs of all blocks"), (status = 403, description = "No permission"), (status = 404, description = "No such unit or view")))]
pub(super) async fn view(
    request: HttpRequest,
    app: Data<App>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let (usage, view) = path.into_inner();
    let path = unit_path(&usage)?;
    may_see(&app, &caller, &path, &view).await?;
    let (rendered, scene) = show(&app, &caller, &path, &View(view), None).await?;
    let mut body = basics(&scene);
    if let Ok(Value::Object(fields)) = serde_json::to_value(rendered.wire(app.root())) {
        body.extend(fields);
    }
    body.insert("handler_urls".into(), json!(rendered.handlers));
    body.insert("url".into(), format!("{}{}", app.root(), page_path(&path.usage)).into());
    Ok(with_cookie(HttpResponse::Ok().json(Value::Object(body)), &caller))
}

/// Reads the key of a unit from a path.
pub(super) fn unit_path(usage: &str) -> Result<BlockPath, ApiError> {
    block_path(usage).ok_or_else(|| match usage.parse::<UsageKey>() {
        Err(e) => ApiError::problem(Code::NotFound, format!("{e}")),
        Ok(_) => ApiError::problem(Code::NotFound, "The address names no block."),
    })
}
