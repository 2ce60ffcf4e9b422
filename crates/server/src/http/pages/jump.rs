//! Where links inside course HTML lead: `/courses/{key}/jump_to_id/{id}` and `/courses/{key}/…`
//! (student-view-html §3).

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Path},
};
use learning_context::{Action, Structure, VersionSelector};
use opaque_keys::UsageKey;

use super::error_for_people;
use crate::{
    app::App,
    caller::Caller,
    http::{
        error::{ApiError, Code},
        query,
    },
    runtime::{
        find::{context_error, permitted},
        links::{context_path, page_path},
        outline::is_page,
    },
};

/// Sends the browser to the page that shows the block of that id.
pub async fn jump(
    request: HttpRequest,
    app: Data<App>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (key, id) = path.into_inner();
    match target(&request, &app, &key, &id).await {
        Ok(path) => Ok(HttpResponse::Found().insert_header((header::LOCATION, path)).finish()),
        Err(error) => error_for_people(&request, &app, error),
    }
}

/// Sends the browser to the course: the LMS's pages are not here.
pub async fn course_link(path: Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let key = query::key(&path.0)?;
    Ok(HttpResponse::Found().insert_header((header::LOCATION, context_path(&key))).finish())
}

async fn target(request: &HttpRequest, app: &App, key: &str, id: &str) -> Result<String, ApiError> {
    let caller = Caller::of(request, app)?;
    let record = permitted(app, &caller, &query::key(key)?, Action::Learn).await?;
    let at = VersionSelector::Auto.resolve(&record, app.site).map_err(context_error)?;
    let structure = app.contexts.structure(&record, at).await.map_err(context_error)?;
    let usage = page_of(&structure, id.trim_end_matches('/')).ok_or_else(|| {
        ApiError::problem(
            Code::NotFound,
            format!("The course has no block '{}'.", id.chars().take(100).collect::<String>()),
        )
    })?;
    Ok(page_path(usage))
}

/// Returns the page on which a block of that id is: itself or the nearest one around it.
fn page_of<'a>(structure: &'a Structure, id: &str) -> Option<&'a UsageKey> {
    let found = structure.blocks().find(|node| structure.node(*node).usage.block_id() == id)?;
    let page =
        std::iter::once(found).chain(structure.ancestors(found)).find(|node| is_page(structure, *node));
    Some(&structure.node(page.unwrap_or(found)).usage)
}
