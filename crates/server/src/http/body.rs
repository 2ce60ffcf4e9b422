//! Request bodies: read with a limit, form fields decoded.

use actix_multipart::Multipart;
use actix_web::{HttpRequest, web};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use percent_encoding::percent_decode;
use serde::de::DeserializeOwned;

use crate::http::error::{ApiError, Code};

/// Most bytes a handler is sent.
pub const HANDLER_LIMIT: usize = 10 << 20;
/// Most bytes of a JSON document.
pub const JSON_LIMIT: usize = 2 << 20;
/// Most form fields.
const MOST_FIELDS: usize = 2_000;

/// Reads a body of at most `limit` bytes.
pub async fn read(mut payload: web::Payload, limit: usize) -> Result<Bytes, ApiError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk =
            chunk.map_err(|e| ApiError::problem(Code::BadRequest, format!("The body ended early: {e}")))?;
        if body.len() + chunk.len() > limit {
            return Err(ApiError::problem(Code::TooLarge, format!("At most {limit} bytes are read.")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Reads a JSON document; an empty body reads as `{}`.
pub async fn json<T: DeserializeOwned>(payload: web::Payload) -> Result<T, ApiError> {
    let body = read(payload, JSON_LIMIT).await?;
    let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
    serde_json::from_slice(text)
        .map_err(|e| ApiError::problem(Code::BadRequest, format!("The body is not what is asked for: {e}.")))
}

/// Returns the media type of the body, lower case, without parameters.
pub fn media_type(request: &HttpRequest) -> String {
    request
        .headers()
        .get(actix_web::http::header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// Returns the decoded pairs of a query string or form-encoded body, in order.
pub fn pairs(encoded: &[u8]) -> Result<Vec<(String, String)>, ApiError> {
    let decode = |part: &[u8]| {
        let spaced: Vec<u8> = part.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
        percent_decode(&spaced)
            .decode_utf8()
            .map(|text| text.into_owned())
            .map_err(|_| ApiError::problem(Code::BadRequest, "A form field or parameter is not UTF-8."))
    };
    let mut fields = Vec::new();
    for pair in encoded.split(|b| *b == b'&').filter(|p| !p.is_empty()) {
        if fields.len() == MOST_FIELDS {
            return Err(ApiError::problem(Code::TooLarge, format!("At most {MOST_FIELDS} fields are read.")));
        }
        let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
        fields.push((decode(&pair[..at])?, decode(pair.get(at + 1..).unwrap_or_default())?));
    }
    Ok(fields)
}

/// Returns the form fields of a body, if it is a form; files count as text where they are UTF-8 and are left
/// out otherwise.
pub async fn form(request: &HttpRequest, body: &Bytes) -> Result<Vec<(String, String)>, ApiError> {
    match media_type(request).as_str() {
        "application/x-www-form-urlencoded" => pairs(body),
        "multipart/form-data" => multipart(request, body.clone()).await,
        _ => Ok(Vec::new()),
    }
}

async fn multipart(request: &HttpRequest, body: Bytes) -> Result<Vec<(String, String)>, ApiError> {
    let bad = |e: actix_multipart::MultipartError| {
        ApiError::problem(Code::BadRequest, format!("The multipart body cannot be read: {e}"))
    };
    let whole = stream::once(async move { Ok::<_, actix_web::error::PayloadError>(body) });
    let mut parts = Multipart::new(request.headers(), whole);
    let mut fields = Vec::new();
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(bad)?;
        if fields.len() == MOST_FIELDS {
            return Err(ApiError::problem(Code::TooLarge, format!("At most {MOST_FIELDS} fields are read.")));
        }
        let name = part.name().unwrap_or_default().to_owned();
        let mut value = Vec::new();
        while let Some(chunk) = part.next().await {
            value.extend_from_slice(&chunk.map_err(bad)?);
        }
        if let Ok(value) = String::from_utf8(value) {
            fields.push((name, value));
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_fields_are_decoded_in_order() {
        let fields = pairs(b"input_a_2_1=x+y%3D&b&c[]=1&c[]=2&%C3%A9=%E2%82%AC&&").expect("a form");
        let expected = [("input_a_2_1", "x y="), ("b", ""), ("c[]", "1"), ("c[]", "2"), ("é", "€")];
        assert_eq!(fields, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert!(pairs(b"a=%FF").is_err());
        assert!(pairs("a=1&".repeat(MOST_FIELDS + 1).as_bytes()).is_err());
    }
}
