//! Plain forms that change something: what they sent, where they lead, and what is said when they do not.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError as _,
    http::header::{self, HeaderMap, HeaderValue},
    web::Payload,
};

use super::{error_for_people, refusal};
use crate::{
    app::App,
    http::{
        body,
        error::{ApiError, Code},
    },
};

/// Most bytes of a form: overrides, which may be long, come back in one when a reset is undone.
const FORM_LIMIT: usize = 1 << 20;

/// The fields of a form that was sent.
pub(super) struct Sent(Vec<(String, String)>);

impl Sent {
    /// Reads a form.
    pub(super) async fn read(request: &HttpRequest, payload: Payload) -> Result<Sent, ApiError> {
        let bytes = body::read(payload, FORM_LIMIT).await?;
        Ok(Sent(body::form(request, &bytes).await?.fields))
    }

    /// Returns a field; one that is empty counts as not sent.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(given, _)| given == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// Returns the state the form was made for, as requests of programs name it. A form without one is for no
    /// state at all.
    pub(super) fn if_match(&self) -> HeaderMap {
        let etag = HeaderValue::from_str(self.text("etag").unwrap_or_default());
        HeaderMap::from_iter([(header::IF_MATCH, etag.unwrap_or_else(|_| HeaderValue::from_static("")))])
    }
}

/// Sends the browser on to a page, which says in words what `done` stands for.
pub(super) fn go(path: &str, done: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, format!("{path}?done={done}"))).finish()
}

/// Returns what a page says of what was done.
pub(super) fn said(done: &str) -> Option<&'static str> {
    Some(match done {
        "updated" => "Updated in the draft. Learners see it once the course is published.",
        "updated-all" => "All are updated in the draft. Learners see it once you publish.",
        "updated-some" => {
            "Updated in the draft. Those still listed would take blocks from learners, or cannot be updated: look at them one by one."
        }
        "declined" => {
            "You keep what you have. You are told again when the library publishes another version."
        }
        "reset" => "Reset in the draft. Learners see the library’s value once the course is published.",
        "restored" => "It is as it was before.",
        "published" => "Published. Learners see it from now on.",
        _ => return None,
    })
}

/// Answers a form that was refused: what was wrong, what to do, and the way back.
pub(super) fn refused(
    request: &HttpRequest,
    app: &App,
    error: ApiError,
    back: &str,
) -> Result<HttpResponse, ApiError> {
    let status = error.status_code();
    if status.is_server_error() || matches!(status.as_u16(), 401 | 403 | 404) {
        return error_for_people(request, app, error);
    }
    let detail = match &error {
        ApiError::Problem(Code::Stale, _) => {
            "Somebody changed it while you were looking, or the library was published again. Go back, look at it as it is now, and decide again."
        }
        ApiError::ProblemWith(Code::RemovedInUse, ..) => {
            "Learners have blocks that this update takes away. Go back and tick the box if they should go all the same; what learners did is kept."
        }
        ApiError::Problem(Code::NothingToPublish, _) => "Everything is published already.",
        ApiError::Problem(Code::NameRequired, _) => "A version needs a name. Go back and give it one.",
        other => other.message(),
    };
    refusal(app, status.as_u16(), detail, back)
}
