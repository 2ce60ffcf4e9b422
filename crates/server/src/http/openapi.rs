//! The OpenAPI document of every endpoint, and a page to browse it.

use actix_web::{HttpResponse, web::Data};
use renderer::page::OpenApiPage;
use utoipa::OpenApi;

use super::references::{customizations, list, reference, update};
use super::{
    answers, assets, author, events, health, html_page, learners, legacy, pages, pathways, progress, rescore,
    session, units, upstream, xblocks, xqueue,
};
use crate::{app::App, http::error::ApiError};

/// Where the document is.
const DOCUMENT: &str = "/api/exedra/v1/openapi.json";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Exedra",
        description = "Learning content by reference: rendered units for LMSs, previews for authors, pages for the public. The same endpoints exist on both sites; learn serves published content and keeps state, studio serves drafts."
    ),
    paths(
        xblocks::metadata, xblocks::view, xblocks::handler_url, xblocks::handler, xblocks::olx, xblocks::fields_get, xblocks::fields_post, xblocks::embed, xqueue::reply,
        reference::create, reference::read, reference::change, reference::remove, reference::unlink, list::list, list::summary, list::update_all, list::decline_updates,
        update::state, update::preview, update::apply, update::decline, customizations::customizations, customizations::clear,
        pathways::create, pathways::read, pathways::change, pathways::delete, pathways::publish, pathways::revert,
        units::contexts, units::blocks, units::composition, units::view, upstream::list, legacy::sync, legacy::convert, legacy::aliases, events::list, learners::report_page, learners::redraw_for, rescore::rescore, progress::of_context, progress::of_unit, answers::answers,
        pages::unit, session::login, session::logout, assets::asset, health::alive, health::ready,
        author::duplicate, author::paste, author::remove, author::put, author::publish, author::discard, author::versions, author::rerun, author::problem_markdown,
    ),
    tags(
        (name = "xblock", description = "The XBlock runtime: metadata, views, handlers, OLX and fields of blocks"),
        (name = "units", description = "Units as one learner sees them"),
        (name = "learners", description = "What learners did, for staff and programs"),
        (name = "authoring", description = "Changing drafts, publishing them; on the studio site only"),
        (name = "content", description = "What there is"),
        (name = "pathways", description = "Lists of library blocks in an order of their own"),
        (name = "references", description = "References to library blocks, for authors"),
        (name = "pages", description = "Pages for people"),
        (name = "sessions", description = "Signing in and out"),
        (name = "operations", description = "For those who run the server"),
    )
)]
struct Document;

/// Returns the OpenAPI document.
pub(super) fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    document
}

/// `GET /api/exedra/v1/openapi.json`.
pub(super) async fn document() -> HttpResponse {
    HttpResponse::Ok().json(openapi())
}

/// The document as a page.
pub(super) async fn page(app: Data<App>) -> Result<HttpResponse, ApiError> {
    let document = serde_json::to_value(openapi()).map_err(pages::template_error)?;
    let page = OpenApiPage::from_document(&document, DOCUMENT);
    let page = pages::pages(&app).openapi(&page, &pages::nonce(&app)).map_err(pages::template_error)?;
    Ok(html_page(page))
}
