//! Handler calls (xblock-core §9).

use serde_json::Value;
use thiserror::Error;

use crate::UploadedFile;

/// A call of a block's handler. Header names and method are as HTTP has them.
#[derive(Clone, Debug)]
pub struct HandlerRequest<'a> {
    /// `GET`, `POST` …
    pub method: &'a str,
    /// Rest of the path after the handler name, no leading slash, may contain `/`.
    pub suffix: &'a str,
    /// Query parameters, decoded, in order.
    pub query: &'a [(String, String)],
    /// Media type of the body, without parameters.
    pub content_type: &'a str,
    /// The body as received.
    pub body: &'a [u8],
    /// Form fields of a form-encoded or multipart body, decoded, in order.
    pub form: &'a [(String, String)],
    /// Files of a multipart body, in order; they are not among the fields.
    pub files: &'a [UploadedFile],
    /// The assets the type asked for with [`crate::BlockType::handler_assets`] and that exist, by the name it
    /// asked with.
    pub assets: &'a [(String, Vec<u8>)],
}

/// A block's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct HandlerResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers, `Content-Type` included.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl HandlerResponse {
    /// Returns a JSON answer with the given status.
    pub fn json(status: u16, value: &Value) -> Self {
        HandlerResponse {
            status,
            headers: vec![("Content-Type", "application/json".to_owned())],
            body: crate::field::json_text(value).into_bytes(),
        }
    }

    /// Returns a text answer with the given status and media type.
    pub fn text(status: u16, media_type: &str, body: impl Into<String>) -> Self {
        HandlerResponse {
            status,
            headers: vec![("Content-Type", media_type.to_owned())],
            body: body.into().into_bytes(),
        }
    }
}

/// A handler that could not answer.
#[derive(Debug, Error)]
pub enum HandlerError {
    /// The block has no such handler (HTTP 404).
    #[error("the block has no handler '{0}'")]
    NoSuchHandler(String),
    /// The caller's mistake, with its status.
    #[error("{message}")]
    Refused {
        /// HTTP status, 4xx.
        status: u16,
        /// What is wrong with what.
        message: String,
    },
    /// The content or a template failed (HTTP 500, text for the log).
    #[error("{0}")]
    Failed(String),
}

/// Runs a JSON handler: checks the method, reads the body as JSON, and answers with JSON or with the error
/// bodies of xblock-core §9.
pub fn json_handler(
    request: &HandlerRequest<'_>,
    answer: impl FnOnce(Value) -> Result<Value, HandlerError>,
) -> Result<HandlerResponse, HandlerError> {
    if request.method != "POST" {
        let mut refused = HandlerResponse::json(405, &serde_json::json!({"error": "Method must be POST"}));
        refused.headers.push(("Allow", "POST".to_owned()));
        return Ok(refused);
    }
    let Ok(body) = serde_json::from_slice::<Value>(request.body) else {
        return Ok(HandlerResponse::json(400, &serde_json::json!({"error": "Invalid JSON"})));
    };
    match answer(body) {
        Ok(value) => Ok(HandlerResponse::json(200, &value)),
        Err(HandlerError::Refused { status, message }) => {
            Ok(HandlerResponse::json(status, &serde_json::json!({"error": message})))
        }
        Err(other) => Err(other),
    }
}
