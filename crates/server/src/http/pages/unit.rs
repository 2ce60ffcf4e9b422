//! `GET /units/{usage_key}`: a unit as a page of the site.

use std::collections::HashMap;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use blockstore::Blockstore as _;
use compositor::{AuthorReference, AuthorView, Finding, PoolBlock};
use learning_context::{Action, ContextKind, ResolvedAt};
use opaque_keys::LearningContextKey;
use renderer::page::{Crumb, PoolEntry, ReferenceBox, Remark, SequenceEntry, UnitPage, UpdateNotice};
use xblock::{Severity, Site, View};

use super::{
    LANGUAGE,
    answers::reported,
    error_for_people, nonce, pages, template_error,
    words::{capital, field_name, label},
};
use crate::{
    app::App,
    caller::Caller,
    http::{error::ApiError, html_page, units::unit_path, with_cookie},
    runtime::{
        Scene,
        author::store_error,
        author_view::{author_view, in_words},
        find::context_error,
        links::{context_path, page_path, reference_path},
        outline::{self, Names},
        render::show,
    },
};

/// Answers the page.
#[utoipa::path(get, path = "/units/{usage}", tag = "pages", params(("usage" = String, Path)),
    responses((status = 200, description = "The page", content_type = "text/html"), (status = 403, description = "No permission"), (status = 404, description = "No such unit")))]
pub async fn unit(
    request: HttpRequest,
    app: Data<App>,
    usage: Path<String>,
) -> Result<HttpResponse, ApiError> {
    match answer(&request, &app, &usage).await {
        Ok(answer) => Ok(answer),
        Err(error) => error_for_people(&request, &app, error),
    }
}

async fn answer(request: &HttpRequest, app: &App, usage: &str) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(request, app)?;
    let path = unit_path(usage)?;
    // What a learner who is not signed in may see is the public view (xblock-rest-api §3.1).
    let view = if caller.info.anonymous { "public_view" } else { "student_view" };
    let back = request.uri().to_string();
    let (rendered, scene) = show(app, &caller, &path, &View(view.to_owned()), Some(back)).await?;

    let structure = &scene.found.structure;
    let here = scene.found.node;
    let parent = structure.node(here).parent;
    let siblings: Vec<_> = match (structure.kind, parent) {
        (ContextKind::Course, Some(parent)) => structure
            .node(parent)
            .children
            .iter()
            .copied()
            .filter(|id| outline::is_page(structure, *id))
            .collect(),
        _ => Vec::new(),
    };
    let order = outline::pages(structure);
    let position = order.iter().position(|id| *id == here);
    let neighbour = |step: isize| {
        let at = position?.checked_add_signed(step)?;
        order.get(at).copied()
    };
    let (previous, next) = (neighbour(-1), neighbour(1));
    let above: Vec<_> = structure.ancestors(here).collect();
    let mut named = siblings.clone();
    named.extend(previous.into_iter().chain(next).chain(above.iter().copied()));
    let names = Names::of(app, structure, &named).await?;
    let url = |id| page_path(&structure.node(id).usage);
    let urls: Vec<String> = siblings.iter().map(|id| url(*id)).collect();
    let (previous_url, next_url) = (previous.map(url), next.map(url));

    let context_url = context_path(&structure.key);
    let mut breadcrumbs = vec![Crumb { title: "Home", url: Some("/") }];
    let title = &*scene.found.record.title;
    breadcrumbs.push(Crumb {
        title: if title.is_empty() { structure.key.as_str() } else { title },
        url: Some(&context_url),
    });
    let between = above.iter().rev().filter(|id| &**structure.node(**id).block_type() != "course");
    breadcrumbs.extend(between.map(|id| Crumb { title: names.get(*id), url: None }));
    let crumb = |id: Option<learning_context::NodeId>, url: &'_ Option<String>| {
        id.and_then(|id| url.clone().map(|url| (names.get(id).to_owned(), url)))
    };
    let previous = crumb(previous, &previous_url);
    let next = crumb(next, &next_url);
    let draft = matches!(structure.at, ResolvedAt::Draft { .. });
    let author = match app.site {
        Site::Studio => references(app, &caller, &scene).await?,
        _ => None,
    };
    let around = UnitPage {
        references: author.as_ref().map_or_else(Vec::new, |(view, news)| {
            view.references.iter().map(|reference| boxed(reference, news)).collect()
        }),
        breadcrumbs,
        sequence: siblings
            .iter()
            .zip(&urls)
            .map(|(id, url)| SequenceEntry {
                title: names.get(*id),
                url,
                current: *id == here,
                complete: false,
            })
            .collect(),
        previous: previous.as_ref().map(|(title, url)| Crumb { title, url: Some(url) }),
        next: next.as_ref().map(|(title, url)| Crumb { title, url: Some(url) }),
        notice: (app.site == Site::Studio && draft)
            .then_some("This is the draft. Learners see it once it is published."),
        answers: reported(app, &caller, &scene).await?,
    };
    let block = rendered.block_page(&scene, LANGUAGE, false);
    let page = pages(app).unit(&block, &around, &nonce(app)).map_err(template_error)?;
    Ok(with_cookie(html_page(page), &caller))
}

/// Returns the references of a unit for those who may see authored content, and what is new in their libraries.
async fn references<'s>(
    app: &App,
    caller: &Caller,
    scene: &'s Scene,
) -> Result<Option<(AuthorView<'s>, News)>, ApiError> {
    let record = &scene.found.record;
    let may =
        app.contexts.allowed(record, &caller.who, app.site, Action::View).await.map_err(context_error)?;
    if !may {
        return Ok(None);
    }
    let view = author_view(app, caller, scene.plan(), scene.hidden()).await?;
    let outdated = view.references.iter().filter(|r| r.findings.iter().any(|f| f.code == UPDATE_AVAILABLE));
    let mut keys: Vec<_> = outdated.filter_map(|r| r.library_key.cloned()).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut news = News::new();
    for (key, record) in app.contexts.records(&keys).await.map_err(context_error)? {
        let versions = app.database.versions(record.bundle).await.map_err(store_error)?;
        news.insert(key, capital(&label(record.latest_version, &versions)));
    }
    Ok(Some((view, news)))
}

/// The newest versions of libraries, in words.
type News = HashMap<LearningContextKey, String>;

/// What is said of references whose library has a newer version.
pub(super) const UPDATE_AVAILABLE: &str = "update_available";

fn boxed<'a>(reference: &'a AuthorReference<'_>, news: &News) -> ReferenceBox<'a> {
    let summary = reference.summary.iter();
    let others = reference.findings.iter().filter(|finding| Some(*finding) != reference.summary.as_ref());
    let url = reference_path(reference.usage_key);
    let is_outdated = reference.findings.iter().any(|finding| finding.code == UPDATE_AVAILABLE);
    let newest = reference.library_key.filter(|_| is_outdated).and_then(|library| news.get(library));
    let update =
        newest.map(|version| UpdateNotice { version: version.clone(), url: format!("{url}/update") });
    // Where it is known what is new, the finding says nothing besides.
    let is_told = |finding: &&Finding| update.is_none() || finding.code != UPDATE_AVAILABLE;
    ReferenceBox {
        title: &reference.display_name,
        key: reference.usage_key.as_str(),
        draws: in_words(reference),
        remarks: summary.chain(others).filter(is_told).map(remark).collect(),
        pool: reference.pool.as_ref().map(|pool| pool.iter().map(pool_entry).collect()),
        update,
        url,
    }
}

/// Returns a block of a pool as pages list it.
pub(super) fn pool_entry<'a>(block: &'a PoolBlock<'_>) -> PoolEntry<'a> {
    PoolEntry {
        title: &block.display_name,
        block_type: block.block_type,
        url: page_path(block.block),
        overridden: block.overridden.iter().map(|name| field_name(name)).collect::<Vec<_>>().join(", "),
    }
}

/// Returns what is said of a reference as pages say it.
pub(super) fn remark(finding: &Finding) -> Remark<'_> {
    Remark { is_error: finding.severity == Severity::Error, message: &finding.message }
}
