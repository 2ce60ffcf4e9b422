//! Every error a caller can get: status, stable code and body, in one place.
//!
//! Errors the reference defines keep its JSON bodies (`{"detail": …}` or `["…"]`); every other one is
//! `application/problem+json` (contracts README, decision 3). Internals go to the log, once, here.

use std::fmt;

use actix_web::{HttpResponse, ResponseError, http::StatusCode, http::header};
use serde_json::json;

/// Stable codes for machines, with their status and a title for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The path names nothing.
    NotFound,
    /// The request cannot be understood.
    BadRequest,
    /// The body is longer than allowed.
    TooLarge,
    /// The content cannot be shown as written.
    InvalidContent,
    /// What was sent is no pathway.
    InvalidPathway,
    /// What was sent cannot be saved, for the reason of that code (unit-composition §1.5, §4.3).
    Unsavable(&'static str),
    /// The method is not allowed here.
    MethodNotAllowed,
    /// Someone else changed the same thing first.
    Conflict,
    /// The key or id is in use.
    AlreadyExists,
    /// The draft is what is published already.
    NothingToPublish,
    /// The request was made for another state than the one that is there (`If-Match`).
    Stale,
    /// The change would leave content that is not valid, or is of a kind that is not made here.
    CannotEdit,
    /// A version is published under a name.
    NameRequired,
    /// The request comes from another origin.
    CrossOrigin,
    /// This server failed.
    Internal,
    /// The store does not answer.
    Unavailable,
}

impl Code {
    fn row(self) -> (&'static str, u16, &'static str) {
        match self {
            Code::NotFound => ("not_found", 404, "There is nothing at this address."),
            Code::BadRequest => ("bad_request", 400, "The request cannot be understood."),
            Code::TooLarge => ("too_large", 413, "The request is too large."),
            Code::InvalidPathway => ("invalid_pathway", 400, "This is no pathway."),
            Code::Unsavable(code) => (code, 422, "What was sent cannot be saved."),
            Code::InvalidContent => ("invalid_content", 422, "The content is not valid."),
            Code::MethodNotAllowed => ("method_not_allowed", 405, "The method is not allowed here."),
            Code::Conflict => ("conflict", 409, "Someone else changed the same thing first."),
            Code::AlreadyExists => ("already_exists", 409, "There is one already."),
            Code::NothingToPublish => ("nothing_to_publish", 409, "There is nothing to publish."),
            Code::Stale => ("stale", 412, "Someone else changed it since it was read."),
            Code::CannotEdit => ("cannot_edit", 422, "The change cannot be made."),
            Code::NameRequired => ("name_required", 422, "A version needs a name."),
            Code::CrossOrigin => ("cross_origin", 403, "The request comes from another site."),
            Code::Internal => ("internal", 500, "The server failed. The failure has been logged."),
            Code::Unavailable => ("unavailable", 503, "The store does not answer. Try again."),
        }
    }
}

/// An answer that is an error.
#[derive(Debug)]
pub enum ApiError {
    /// `{"detail": message}`, as the reference answers.
    Detail(StatusCode, String),
    /// 401 with a challenge.
    Unauthenticated(String),
    /// `["message"]`, 400, as the reference answers.
    List(String),
    /// `{"error": message}`, 400, as the reference answers.
    Error(String),
    /// Ours: problem+json.
    Problem(Code, String),
    /// A failure of ours; the text goes to the log only.
    Internal(String),
}

impl ApiError {
    /// Returns a 404 with the reference's body.
    pub fn not_found(message: impl Into<String>) -> Self {
        ApiError::Detail(StatusCode::NOT_FOUND, message.into())
    }

    /// Returns a 403 with the reference's body.
    pub fn forbidden(message: impl Into<String>) -> Self {
        ApiError::Detail(StatusCode::FORBIDDEN, message.into())
    }

    /// Returns the 403 of a bare refusal.
    pub fn refused() -> Self {
        ApiError::forbidden("You do not have permission to perform this action.")
    }

    /// Returns a problem of ours.
    pub fn problem(code: Code, detail: impl Into<String>) -> Self {
        ApiError::Problem(code, detail.into())
    }

    /// Returns what a person may read about the error.
    pub fn message(&self) -> &str {
        match self {
            ApiError::Detail(_, m)
            | ApiError::Unauthenticated(m)
            | ApiError::List(m)
            | ApiError::Error(m)
            | ApiError::Problem(_, m) => m,
            ApiError::Internal(_) => Code::Internal.row().2,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApiError::Internal(message) => f.write_str(message),
            other => f.write_str(other.message()),
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        let of = |code: Code| StatusCode::from_u16(code.row().1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match self {
            ApiError::Detail(status, _) => *status,
            ApiError::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            ApiError::List(_) | ApiError::Error(_) => StatusCode::BAD_REQUEST,
            ApiError::Problem(code, _) => of(*code),
            ApiError::Internal(_) => of(Code::Internal),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        match self {
            ApiError::Detail(_, message) => answer.json(json!({"detail": message})),
            ApiError::Unauthenticated(message) => answer
                .insert_header((header::WWW_AUTHENTICATE, r#"JWT realm="api""#))
                .json(json!({"detail": message})),
            ApiError::List(message) => answer.json(json!([message])),
            ApiError::Error(message) => answer.json(json!({"error": message})),
            ApiError::Problem(code, detail) => problem(&mut answer, *code, detail),
            ApiError::Internal(detail) => {
                tracing::error!(error.detail = %detail, "request failed");
                problem(&mut answer, Code::Internal, Code::Internal.row().2)
            }
        }
    }
}

fn problem(answer: &mut actix_web::HttpResponseBuilder, code: Code, detail: &str) -> HttpResponse {
    let (name, status, title) = code.row();
    answer
        .content_type("application/problem+json")
        .body(json!({"type": format!("urn:exedra:error:{name}"), "code": name, "status": status, "title": title, "detail": detail}).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;

    #[actix_web::test]
    async fn internals_stay_in_the_log() {
        let answer = ApiError::Internal("password=hunter2".into()).error_response();
        assert_eq!(answer.status(), 500);
        let body = to_bytes(answer.into_body()).await.expect("a body");
        assert!(!String::from_utf8_lossy(&body).contains("hunter2"));
    }
}
