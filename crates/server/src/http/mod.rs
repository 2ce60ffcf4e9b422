//! The HTTP surface: all routes on one page, one file an endpoint.

mod assets;
pub mod body;
pub mod error;
mod health;
pub mod observe;
mod openapi;
pub mod pages;
mod session;
mod units;
mod xblocks;

use actix_web::{
    HttpRequest, HttpResponse,
    Handler, FromRequest, Resource, Responder,
    guard::{Any, Get, Head},
    http::header::{self, HeaderValue},
    web::{Data, ServiceConfig, post, resource, route, to},
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
        .service(resource("/xblocks/v2/{rest:.*}").route(read().to(xblocks::embed)))
        // LMSs and other programs: composed units and what there is.
        .service(resource("/api/exedra/v1/contexts/").route(read().to(units::contexts)))
        .service(resource("/api/exedra/v1/contexts/{key}/blocks/").route(read().to(units::blocks)))
        .service(resource("/api/exedra/v1/units/{usage}/").route(read().to(units::composition)))
        .service(resource("/api/exedra/v1/units/{usage}/view/{view}/").route(read().to(units::view)))
        .service(resource("/api/exedra/v1/openapi.json").route(read().to(openapi::document)))
        .service(resource("/api/exedra/v1/docs").route(read().to(openapi::page)))
        // People.
        .service(resource("/").route(read().to(pages::home)))
        .service(resource("/contexts/{key}").route(read().to(pages::context)))
        .service(resource("/units/{usage}").route(read().to(pages::unit)))
        .service(resource("/courses/{key}/jump_to_id/{id:.*}").route(read().to(pages::jump)))
        .service(resource("/courses/{key}/{rest:.*}").route(read().to(pages::course_link)))
        .service(resource("/login").route(read().to(session::login)))
        .service(resource("/logout").route(post().to(session::logout)))
        // Files.
        .service(resource("/assets/{rest:.*}").route(read().to(assets::asset)))
        .service(resource("/static/exedra/{rest:.*}").route(read().to(assets::client)))
        // Operations.
        .service(resource("/healthz").route(read().to(health::alive)))
        .service(resource("/readyz").route(read().to(health::ready)))
        .service(resource("/metrics").route(read().to(observe::metrics)))
        .default_service(to(nothing));
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
