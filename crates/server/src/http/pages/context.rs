//! `GET /contexts/{key}`: the contents of a course, library or pathway.

use std::collections::HashMap;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use learning_context::{Action, ContextKind, NodeId, Structure, VersionSelector};
use opaque_keys::LearningContextKey;
use renderer::page::{Crumb, ListingEntry, ListingPage};
use xblock::Site;

use super::{LANGUAGE, error_for_people, nonce, pages, publish::publishing, template_error};
use crate::{
    app::App,
    caller::Caller,
    http::{
        error::{ApiError, Code},
        html_page, with_cookie,
    },
    runtime::{
        find::{context_error, permitted},
        links::page_path,
        outline::{Names, is_navigation, is_page},
    },
};

/// Most blocks whose names are read for one page.
const MOST_BLOCKS: usize = 2_000;

/// Answers the page.
pub async fn context(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
) -> Result<HttpResponse, ApiError> {
    match answer(&request, &app, &key).await {
        Ok(answer) => Ok(answer),
        Err(error) => error_for_people(&request, &app, error),
    }
}

async fn answer(request: &HttpRequest, app: &App, key: &str) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(request, app)?;
    let key: LearningContextKey =
        key.parse().map_err(|e| ApiError::problem(Code::NotFound, format!("{e}")))?;
    let record = permitted(app, &caller, &key, Action::Learn).await?;
    let at = VersionSelector::Auto.resolve(&record, app.site).map_err(context_error)?;
    let structure = app.contexts.structure(&record, at).await.map_err(context_error)?;
    let shown: Vec<NodeId> = shown(&structure);
    let names = Names::of(app, &structure, &shown).await?;
    let urls: HashMap<NodeId, String> = shown
        .iter()
        .filter(|id| is_page(&structure, **id))
        .map(|id| (*id, page_path(&structure.node(*id).usage)))
        .collect();
    let view = View { structure: &structure, names: &names, urls: &urls };
    let entries = match record.kind {
        ContextKind::Course => structure.roots.iter().flat_map(|root| view.children(*root)).collect(),
        ContextKind::Library | ContextKind::Pathway => {
            let is_listed = |id: &&NodeId| app.site == Site::Studio || !names.is_hidden(**id);
            let pages = shown.iter().filter(|id| urls.contains_key(id)).filter(is_listed);
            pages.map(|id| view.entry(*id, false)).collect()
        }
    };
    let page = ListingPage {
        title: if record.title.is_empty() { key.as_str() } else { &record.title },
        summary: Some(&*record.description).filter(|d| !d.is_empty()),
        breadcrumbs: vec![Crumb { title: "Home", url: Some("/") }],
        entries,
        empty: "Nothing has been published here yet.",
        publishing: publishing(request, app, &caller, &record, &structure).await?,
    };
    let page = pages(app).listing(&page, LANGUAGE, &nonce(app)).map_err(template_error)?;
    Ok(with_cookie(html_page(page), &caller))
}

/// Returns the blocks whose names the page needs: containers and pages, not what is on the pages.
fn shown(structure: &Structure) -> Vec<NodeId> {
    structure
        .blocks()
        .filter(|id| is_page(structure, *id) || is_navigation(structure.node(*id).block_type()))
        .take(MOST_BLOCKS)
        .collect()
}

struct View<'a> {
    structure: &'a Structure,
    names: &'a Names,
    urls: &'a HashMap<NodeId, String>,
}

impl<'a> View<'a> {
    fn children(&self, id: NodeId) -> Vec<ListingEntry<'a>> {
        let children = &self.structure.node(id).children;
        children.iter().filter(|c| !self.names.get(**c).is_empty()).map(|c| self.entry(*c, true)).collect()
    }

    fn entry(&self, id: NodeId, deep: bool) -> ListingEntry<'a> {
        let node = self.structure.node(id);
        let url = self.urls.get(&id).map(String::as_str);
        ListingEntry {
            title: self.names.get(id),
            url,
            detail: if deep { None } else { node.usage.block_type() },
            entries: if deep && url.is_none() { self.children(id) } else { Vec::new() },
        }
    }
}
