//! Every error a caller can get: status, stable code and body, in one place.
//!
//! Errors the reference defines keep its JSON bodies (`{"detail": …}` or `["…"]`); every other one is
//! `application/problem+json` (contracts README, decision 3). Internals go to the log, once, here.

use std::fmt;

use actix_web::{HttpResponse, ResponseError, http::StatusCode, http::header};
use compositor::Rejection;
use serde_json::{Map, Value, json};

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
    /// A problem has what the text of the simple editor cannot say.
    NotMarkdown,
    /// Nothing is graded in the block, or not here.
    CannotRescore,
    /// A version is published under a name.
    NameRequired,
    /// A reference would draw from another library of the same slug.
    SlugConflict,
    /// Learners have blocks that an update takes out of the pool.
    RemovedInUse,
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
            Code::NotMarkdown => ("not_markdown", 422, "The simple editor cannot say this problem."),
            Code::CannotRescore => ("cannot_rescore", 422, "The block cannot be graded again."),
            Code::NameRequired => ("name_required", 422, "A version needs a name."),
            Code::SlugConflict => ("library_slug_conflict", 409, "The blocks would have the keys of others."),
            Code::RemovedInUse => ("removed_blocks_in_use", 409, "Learners have blocks that would go."),
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
    /// As [`ApiError::Problem`], with more members for machines.
    ProblemWith(Code, String, Box<Map<String, Value>>),
    /// What was sent cannot be saved, for these reasons: problem+json with the code of the first, 422.
    Rejected(Vec<Rejection>),
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
            | ApiError::Problem(_, m)
            | ApiError::ProblemWith(_, m, _) => m,
            ApiError::Rejected(reasons) => reasons.first().map_or("", |reason| &reason.message),
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
            ApiError::Problem(code, _) | ApiError::ProblemWith(code, ..) => of(*code),
            ApiError::Rejected(_) => StatusCode::UNPROCESSABLE_ENTITY,
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
            ApiError::ProblemWith(code, detail, more) => {
                answer.content_type(PROBLEM).body(Value::from(members(*code, detail, more)).to_string())
            }
            ApiError::Rejected(reasons) => answer.content_type(PROBLEM).body(rejected(reasons).to_string()),
            ApiError::Internal(detail) => {
                tracing::error!(error.detail = %detail, "request failed");
                problem(&mut answer, Code::Internal, Code::Internal.row().2)
            }
        }
    }
}

const PROBLEM: &str = "application/problem+json";

fn problem(answer: &mut actix_web::HttpResponseBuilder, code: Code, detail: &str) -> HttpResponse {
    answer.content_type(PROBLEM).body(Value::from(members(code, detail, &Map::new())).to_string())
}

fn members(code: Code, detail: &str, more: &Map<String, Value>) -> Map<String, Value> {
    let (name, status, title) = code.row();
    let mut members = named(name, status, title, detail);
    members.extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
    members
}

fn rejected(reasons: &[Rejection]) -> Value {
    let (code, detail) = reasons.first().map_or(("field_invalid", ""), |first| (first.code, &*first.message));
    let mut members = named(code, 422, "What was sent cannot be saved.", detail);
    members.insert("errors".to_owned(), json!(reasons));
    members.into()
}

fn named(code: &str, status: u16, title: &str, detail: &str) -> Map<String, Value> {
    let members = [
        ("type", format!("urn:exedra:error:{code}").into()),
        ("code", code.into()),
        ("status", status.into()),
        ("title", title.into()),
        ("detail", detail.into()),
    ];
    members.map(|(name, value): (&str, Value)| (name.to_owned(), value)).into_iter().collect()
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
