//! The HTTP surface: all routes on one page, one file an endpoint.

mod answers;
mod assets;
mod author;
pub mod body;
pub mod error;
mod events;
mod health;
mod learners;
mod legacy;
pub mod observe;
mod openapi;
pub mod pages;
mod pathways;
mod progress;
mod query;
mod references;
mod rescore;
mod session;
mod units;
mod upstream;
mod xblocks;
mod xqueue;

use actix_web::{
    HttpRequest, HttpResponse, Resource, Route, guard,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    web::{self, Data, ServiceConfig, delete, patch, post, resource, to},
};
use renderer::page::Page;
use serde_json::json;

use crate::{
    app::App,
    caller::Caller,
    http::error::{ApiError, Code},
};

/// Adds all routes of one site. Both sites have the same ones; what they answer with differs
/// (contracts README, decision 4).
pub fn routes(config: &mut ServiceConfig, app: App) {
    config
        .app_data(Data::new(app))
        // LMSs and other programs: the XBlock runtime.
        .service(resource("/api/xblock/v2/xblocks/{rest:.*}").route(to(xblocks::dispatch)))
        .service(at("/xblocks/v2/{rest:.*}").route(read().to(xblocks::embed)))
        .service(only("/xqueue/{usage}/{who}/{dispatch}", "POST").route(post().to(xqueue::reply)))
        // LMSs and other programs: composed units and what there is.
        .service(at("/api/exedra/v1/contexts/").route(read().to(units::contexts)))
        .service(at("/api/exedra/v1/contexts/{key}/blocks/").route(read().to(units::blocks)))
        .service(at("/api/exedra/v1/contexts/{key}/links/").route(read().to(upstream::list)))
        .service(at("/api/exedra/v1/aliases/{usage}/").route(read().to(legacy::aliases)))
        .service(only("/api/exedra/v1/legacy/{usage}/sync/", "POST").route(post().to(legacy::sync)))
        .service(only("/api/exedra/v1/legacy/{usage}/convert/", "POST").route(post().to(legacy::convert)))
        .service(at("/api/exedra/v1/units/{usage}/").route(read().to(units::composition)))
        .service(at("/api/exedra/v1/units/{usage}/view/{view}/").route(read().to(units::view)))
        // Authors: references to libraries.
        .configure(reference_routes)
        // Staff and programs: what learners did.
        .service(at("/api/exedra/v1/contexts/{key}/progress/").route(read().to(progress::of_context)))
        .service(at("/api/exedra/v1/units/{usage}/progress/").route(read().to(progress::of_unit)))
        .service(at("/api/exedra/v1/events/").route(read().to(events::list)))
        .service(
            at("/api/exedra/v1/references/{reference}/learners/").route(read().to(learners::report_page)),
        )
        .service(
            only("/api/exedra/v1/references/{reference}/learners/{learner}/redraw/", "POST")
                .route(post().to(learners::redraw_for)),
        )
        .service(only("/api/exedra/v1/blocks/{usage}/rescore/", "POST").route(post().to(rescore::rescore)))
        .service(at("/api/exedra/v1/blocks/{usage}/answers/").route(read().to(answers::answers)))
        // Authors: drafts and versions.
        .service(only("/api/exedra/v1/units/{usage}/duplicate/", "POST").route(post().to(author::duplicate)))
        .service(only("/api/exedra/v1/units/{usage}/children/", "POST").route(post().to(author::paste)))
        .service(only("/api/exedra/v1/blocks/{usage}/", "DELETE").route(delete().to(author::remove)))
        .service(only("/api/exedra/v1/blocks/{usage}/move/", "POST").route(post().to(author::put)))
        .service(only("/api/exedra/v1/contexts/{key}/publish/", "POST").route(post().to(author::publish)))
        .service(only("/api/exedra/v1/contexts/{key}/draft/", "DELETE").route(delete().to(author::discard)))
        .service(at("/api/exedra/v1/contexts/{key}/versions/").route(read().to(author::versions)))
        .service(only("/api/exedra/v1/contexts/{key}/rerun/", "POST").route(post().to(author::rerun)))
        .service(
            only("/api/exedra/v1/contexts/{key}/problem-markdown/", "POST")
                .route(post().to(author::problem_markdown)),
        )
        .service(at("/api/exedra/v1/openapi.json").route(read().to(openapi::document)))
        .service(at("/api/exedra/v1/docs").route(read().to(openapi::page)))
        // Authors of pathways, and programs that show them.
        .service(only("/api/lx-pathways/v1/pathway/", "POST").route(post().to(pathways::create)))
        .service(
            only("/api/lx-pathways/v1/pathway/{key}/", "GET, HEAD, PATCH, DELETE")
                .route(read().to(pathways::read))
                .route(patch().to(pathways::change))
                .route(delete().to(pathways::delete)),
        )
        .service(
            only("/api/lx-pathways/v1/pathway/{key}/publish/", "POST, DELETE")
                .route(post().to(pathways::publish))
                .route(delete().to(pathways::revert)),
        )
        // People.
        .service(at("/").route(read().to(pages::home)))
        .service(at("/contexts/{key}").route(read().to(pages::context)))
        .service(only("/contexts/{key}/publish", "POST").route(post().to(pages::publish)))
        .service(only("/contexts/{key}/update", "POST").route(post().to(pages::update_all)))
        .service(at("/units/{usage}").route(read().to(pages::unit)))
        .service(at("/answers/{usage}").route(read().to(pages::answers)))
        .service(at("/references/{key}").route(read().to(pages::reference)))
        .service(
            only("/references/{key}/update", "GET, HEAD, POST")
                .route(read().to(pages::update))
                .route(post().to(pages::apply)),
        )
        .service(only("/references/{key}/decline", "POST").route(post().to(pages::decline)))
        .service(only("/references/{key}/reset", "POST").route(post().to(pages::reset)))
        .service(only("/references/{key}/restore", "POST").route(post().to(pages::restore)))
        .service(at("/courses/{key}/jump_to_id/{id:.*}").route(read().to(pages::jump)))
        .service(at("/courses/{key}/{rest:.*}").route(read().to(pages::course_link)))
        .service(at("/login").route(read().to(session::login)))
        .service(only("/logout", "POST").route(post().to(session::logout)))
        // Files.
        .service(at("/assets/{rest:.*}").route(read().to(assets::asset)))
        .service(at("/static/exedra/{rest:.*}").route(read().to(assets::client)))
        // Operations.
        .service(at("/healthz").route(read().to(health::alive)))
        .service(at("/readyz").route(read().to(health::ready)))
        .service(at("/metrics").route(read().to(observe::metrics)))
        .default_service(to(nothing));
}

/// Adds the routes of references. Fixed names come before keys.
fn reference_routes(config: &mut ServiceConfig) {
    use references::{customizations, list, reference, update};
    config
        .service(only("/api/exedra/v1/units/{usage}/references/", "POST").route(post().to(reference::create)))
        .service(at("/api/exedra/v1/references/").route(read().to(list::list)))
        .service(at("/api/exedra/v1/references/summary/").route(read().to(list::summary)))
        .service(
            only("/api/exedra/v1/references/update/", "POST, DELETE")
                .route(post().to(list::update_all))
                .route(delete().to(list::decline_updates)),
        )
        .service(
            only("/api/exedra/v1/references/{key}/", "GET, HEAD, PATCH, DELETE")
                .route(read().to(reference::read))
                .route(patch().to(reference::change))
                .route(delete().to(reference::remove)),
        )
        .service(
            only("/api/exedra/v1/references/{key}/update/", "GET, HEAD, POST, DELETE")
                .route(read().to(update::state))
                .route(post().to(update::apply))
                .route(delete().to(update::decline)),
        )
        .service(at("/api/exedra/v1/references/{key}/update/preview/").route(read().to(update::preview)))
        .service(
            only("/api/exedra/v1/references/{key}/customizations/", "GET, HEAD, DELETE")
                .route(read().to(customizations::customizations))
                .route(delete().to(customizations::clear)),
        )
        .service(only("/api/exedra/v1/references/{key}/unlink/", "POST").route(post().to(reference::unlink)));
}

/// Returns a resource for reading only.
fn at(path: &str) -> Resource {
    only(path, "GET, HEAD")
}

/// Returns a resource that answers other methods than the given ones with these.
fn only(path: &str, methods: &'static str) -> Resource {
    let refuse = move |request: HttpRequest| async move { not_allowed(request.method(), methods) };
    resource(path).default_service(to(refuse))
}

/// Returns a route for reading: servers answer HEAD wherever they answer GET (RFC 9110 §9.1).
fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Answers that a method is not allowed (xblock-rest-api §2).
fn not_allowed(method: &Method, allowed: &'static str) -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .insert_header((header::ALLOW, allowed))
        .json(json!({"detail": format!("Method \"{method}\" not allowed.")}))
}

async fn nothing(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let error = ApiError::problem(Code::NotFound, "There is nothing at this address.");
    pages::error_for_people(&request, &app, error)
}

/// Returns an answer with the cookie an anonymous learner needs, if any, and the rule that it is for this
/// caller only.
fn with_cookie(mut answer: HttpResponse, caller: &Caller) -> HttpResponse {
    if let Some(cookie) = &caller.set_cookie {
        // A cookie of ours always fits a header.
        let _ = answer.add_cookie(cookie);
    }
    private(answer)
}

/// Returns an answer with the rule that it is for this caller only.
fn private(mut answer: HttpResponse) -> HttpResponse {
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    answer
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("Authorization, Cookie, Accept-Language"));
    answer
}

/// Returns a page with the headers that protect it.
fn html_page(page: Page) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    for (name, value) in page.headers {
        answer.insert_header((name, value));
    }
    answer.content_type("text/html; charset=utf-8").body(page.html)
}
