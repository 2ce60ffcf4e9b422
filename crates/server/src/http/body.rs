//! Request bodies: read with a limit, form fields decoded.

use actix_multipart::Multipart;
use actix_web::{HttpRequest, web};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use percent_encoding::percent_decode;
use serde::de::DeserializeOwned;
use xblock::UploadedFile;

use crate::http::error::{ApiError, Code};

/// Most bytes a handler is sent.
pub const HANDLER_LIMIT: usize = 10 << 20;
/// Most bytes of a JSON document.
pub const JSON_LIMIT: usize = 2 << 20;
/// Most characters of the name of a file.
const LONGEST_FILE_NAME: usize = 100;
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

/// What a form sent.
#[derive(Debug, Default)]
pub struct Form {
    /// Fields, decoded, in order; those that are not UTF-8 are left out.
    pub fields: Vec<(String, String)>,
    /// Files, in order.
    pub files: Vec<UploadedFile>,
}

/// Returns what a body has if it is a form.
pub async fn form(request: &HttpRequest, body: &Bytes) -> Result<Form, ApiError> {
    match media_type(request).as_str() {
        "application/x-www-form-urlencoded" => Ok(Form { fields: pairs(body)?, files: Vec::new() }),
        "multipart/form-data" => multipart(request, body.clone()).await,
        _ => Ok(Form::default()),
    }
}

async fn multipart(request: &HttpRequest, body: Bytes) -> Result<Form, ApiError> {
    let bad = |e: actix_multipart::MultipartError| {
        ApiError::problem(Code::BadRequest, format!("The multipart body cannot be read: {e}"))
    };
    let whole = stream::once(async move { Ok::<_, actix_web::error::PayloadError>(body) });
    let mut parts = Multipart::new(request.headers(), whole);
    let (mut fields, mut files) = (Vec::new(), Vec::new());
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(bad)?;
        if fields.len() + files.len() == MOST_FIELDS {
            return Err(ApiError::problem(Code::TooLarge, format!("At most {MOST_FIELDS} fields are read.")));
        }
        let file = part.content_disposition().and_then(|disposition| disposition.get_filename());
        let file = file.map(file_name).filter(|name| !name.is_empty());
        let name = part.name().unwrap_or_default().to_owned();
        let mut value = Vec::new();
        while let Some(chunk) = part.next().await {
            value.extend_from_slice(&chunk.map_err(bad)?);
        }
        match file {
            Some(file) => files.push(UploadedFile { field: name, name: file, bytes: value.into() }),
            // A field for files in which none was chosen comes with an empty name.
            None => fields.extend(String::from_utf8(value).ok().map(|value| (name, value))),
        }
    }
    Ok(Form { fields, files })
}

/// Returns the name of a file without the folders it is in where it comes from, of a length that can be kept.
fn file_name(sent: &str) -> String {
    let name = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    match name.trim() {
        "." | ".." => String::new(),
        name => name.chars().take(LONGEST_FILE_NAME).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_lead_nowhere() {
        for (sent, kept) in [
            ("a.py", "a.py"),
            ("C:\\Users\\x\\a b.py", "a b.py"),
            ("../../etc/passwd", "passwd"),
            ("a/..", ""),
            ("\u{0}\r\n", ""),
        ] {
            assert_eq!(file_name(sent), kept, "{sent:?}");
        }
        assert_eq!(file_name(&"é".repeat(500)).chars().count(), LONGEST_FILE_NAME);
    }

    #[test]
    fn form_fields_are_decoded_in_order() {
        let fields = pairs(b"input_a_2_1=x+y%3D&b&c[]=1&c[]=2&%C3%A9=%E2%82%AC&&").expect("a form");
        let expected = [("input_a_2_1", "x y="), ("b", ""), ("c[]", "1"), ("c[]", "2"), ("é", "€")];
        assert_eq!(fields, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert!(pairs(b"a=%FF").is_err());
        assert!(pairs("a=1&".repeat(MOST_FIELDS + 1).as_bytes()).is_err());
    }
}
