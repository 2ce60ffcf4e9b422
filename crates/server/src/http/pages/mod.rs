//! Pages for people: what there is, a context's contents, a unit, and errors; for authors, their references
//! and versions.

mod answers;
mod context;
mod forms;
mod home;
mod jump;
mod publish;
mod reference;
mod unit;
mod update;
mod words;

use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, ResponseError as _, http::header};
use renderer::page::{ErrorPage, Nonce, Pages};

use crate::{
    app::App,
    http::{error::ApiError, html_page, observe::RequestId},
};

pub use answers::answers;
pub use context::context;
pub use home::home;
pub use jump::{course_link, jump};
pub use publish::{publish, update_all};
pub use reference::{reference, reset, restore};
pub use unit::{__path_unit, unit};
pub use update::{apply, decline, update};

/// Returns the language a page is written in for now: Exedra's own words are English.
pub const LANGUAGE: &str = "en";

/// Returns the page maker of a site.
pub fn pages(app: &App) -> Pages<'_> {
    Pages::new(&app.shared.templates, app.site_settings())
}

/// Returns a fresh nonce for a page's scripts.
pub fn nonce(app: &App) -> Nonce {
    let mut bytes = [0; 16];
    app.clock.random(&mut bytes);
    Nonce::from_random(bytes)
}

/// Turns a failed template into an answer.
pub fn template_error(error: impl std::fmt::Display) -> ApiError {
    ApiError::Internal(error.to_string())
}

/// Answers a plain form whose handler refused: what it said, and the way back.
pub fn refusal(app: &App, status: u16, detail: &str, back: &str) -> Result<HttpResponse, ApiError> {
    let page =
        ErrorPage { status, title: "That did not work", detail, request_id: None, back_url: Some(back) };
    let page = pages(app).error(&page, LANGUAGE, &nonce(app)).map_err(template_error)?;
    let mut answer = html_page(page);
    *answer.status_mut() =
        actix_web::http::StatusCode::from_u16(status).unwrap_or(actix_web::http::StatusCode::OK);
    Ok(answer)
}

/// Answers an error as a page to browsers, and as JSON to programs.
pub fn error_for_people(request: &HttpRequest, app: &App, error: ApiError) -> Result<HttpResponse, ApiError> {
    let wants_page = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if !wants_page {
        return Err(error);
    }
    let status = error.status_code();
    if status.is_server_error() {
        tracing::error!(error.detail = %error, "request failed");
    }
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
    let page = ErrorPage {
        status: status.as_u16(),
        title: match status.as_u16() {
            401 => "Please sign in",
            403 => "This is not open to you",
            404 => "There is nothing here",
            _ if status.is_server_error() => "Something went wrong",
            _ => "That did not work",
        },
        detail: error.message(),
        request_id: id.as_deref(),
        back_url: None,
    };
    let page = pages(app).error(&page, LANGUAGE, &nonce(app)).map_err(template_error)?;
    let mut answer = html_page(page);
    *answer.status_mut() = status;
    Ok(answer)
}
