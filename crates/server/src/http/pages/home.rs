//! `GET /`: the courses, pathways and libraries one may use.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use learning_context::ContextKind;
use renderer::page::{ListingEntry, ListingPage};
use xblock::Site;

use super::{LANGUAGE, error_for_people, nonce, pages, template_error};
use crate::{
    app::App,
    caller::Caller,
    http::{
        error::ApiError,
        html_page,
        units::{Filter, visible_contexts},
        with_cookie,
    },
    runtime::links::context_path,
};

/// Answers the page.
pub async fn home(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, ApiError> {
    match answer(&request, &app).await {
        Ok(answer) => Ok(answer),
        Err(error) => error_for_people(&request, &app, error),
    }
}

async fn answer(request: &HttpRequest, app: &App) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(request, app)?;
    let (records, _) = visible_contexts(app, &caller, &Filter::default()).await?;
    let urls: Vec<String> = records.iter().map(|r| context_path(&r.key)).collect();
    let entries = |kind| {
        records
            .iter()
            .zip(&urls)
            .filter(|(r, _)| r.kind == kind)
            .map(|(r, url)| ListingEntry {
                title: if r.title.is_empty() { r.key.as_str() } else { &r.title },
                url: Some(url),
                detail: None,
                entries: Vec::new(),
            })
            .collect::<Vec<_>>()
    };
    let groups = [
        ("Courses", ContextKind::Course),
        ("Pathways", ContextKind::Pathway),
        ("Libraries", ContextKind::Library),
    ];
    let entries = groups
        .into_iter()
        .map(|(title, kind)| ListingEntry { title, url: None, detail: None, entries: entries(kind) })
        .filter(|group| !group.entries.is_empty())
        .collect();
    let page = ListingPage {
        title: match app.site {
            Site::Learn => "Learn",
            Site::Studio => "Studio",
        },
        summary: Some(match app.site {
            Site::Learn => "Courses, pathways and libraries you can learn from.",
            Site::Studio => "Courses, pathways and libraries you work on, as drafts.",
        }),
        breadcrumbs: Vec::new(),
        entries,
        empty: if caller.info.anonymous {
            "Nothing here is open to everyone. Sign in to see more."
        } else {
            "There is nothing here yet. Import a course or a library with `exedra import`."
        },
        publishing: None,
    };
    let page = pages(app).listing(&page, LANGUAGE, &nonce(app)).map_err(template_error)?;
    Ok(with_cookie(html_page(page), &caller))
}
