//! Files: assets of blocks and our own client files.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web::{Bytes, Data},
};
use blockstore::Blockstore as _;
use learning_context::VersionSelector;
use percent_encoding::percent_decode_str;
use renderer::assets::ASSET_ROOT;
use xblock::Site;

use crate::{
    app::App,
    http::error::{ApiError, Code},
    runtime::find::context_error,
    token::same,
};

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "private, no-cache";
/// Files of authors run nothing with our rights: an HTML or SVG file opened by its address is a page of an
/// opaque origin.
const SANDBOX: &str = "default-src 'none'; img-src 'self' data:; media-src 'self'; font-src 'self' data:; \
                       style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; sandbox allow-scripts allow-popups allow-forms";
/// A page of an author's in a frame of a page of this site may be reached from around it, as JSInput asks (capa §11):
/// it then runs as the scripts of author HTML on that page do.
const FRAMED: &str = "default-src 'none'; img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; \
                      style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; \
                      sandbox allow-scripts allow-popups allow-forms allow-same-origin allow-pointer-lock allow-downloads";

/// A static file of a block, with ranges and ETag.
#[utoipa::path(get, path = "/assets/{usage_and_state}/{signature}/{path}", tag = "content",
    params(("usage_and_state" = String, Path), ("signature" = String, Path), ("path" = String, Path)),
    responses((status = 200, description = "The file"), (status = 206, description = "The range asked for"),
        (status = 304, description = "Unchanged"), (status = 404, description = "No such file, or a wrong signature")))]
pub(super) async fn asset(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let missing = || ApiError::problem(Code::NotFound, "There is no such file.");
    let path = percent_decode_str(request.path()).decode_utf8().map_err(|_| missing())?;
    let rest = path.strip_prefix("/assets/").ok_or_else(missing)?;
    let mut parts = rest.splitn(3, '/');
    let (Some(place), Some(signature), Some(file)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(missing());
    };
    if !same(app.asset_signature(place).as_bytes(), signature.as_bytes()) {
        return Err(missing());
    }
    let (usage, state) = place.rsplit_once('@').ok_or_else(missing)?;
    let usage: opaque_keys::UsageKey = usage.parse().map_err(|_| missing())?;
    let state: VersionSelector = state.parse().map_err(|_| missing())?;
    let record = app.contexts.record(&usage.context_key()).await.map_err(context_error)?;
    // The signature says that this state was shown; the learn site's rule for versions is not asked again.
    let at = state.resolve(&record, Site::Studio).map_err(context_error)?;
    let structure = app.contexts.structure(&record, at).await.map_err(context_error)?;
    let node = structure.find(&usage).ok_or_else(missing)?;
    let asset = structure.asset(structure.node(node), file).ok_or_else(missing)?;
    let etag = format!("\"{}\"", asset.digest);
    let cache = if matches!(state, VersionSelector::Number(_)) { FOR_EVER } else { ASK_AGAIN };
    if unchanged(&request, &etag) {
        return Ok(HttpResponse::NotModified()
            .insert_header((header::ETAG, etag))
            .insert_header((header::CACHE_CONTROL, cache))
            .finish());
    }
    let bytes = app
        .database
        .read(&[asset.digest])
        .await
        .map_err(|e| ApiError::Internal(e.to_string()))?
        .pop()
        .ok_or_else(missing)?;
    let media_type = media_type(file);
    let mut answer = ranged(&request, bytes, &etag, &media_type);
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    let policy = if media_type.starts_with("text/html") {
        // Caches keep what a frame got apart from what everyone else gets.
        headers.insert(header::VARY, HeaderValue::from_static("Sec-Fetch-Dest, Sec-Fetch-Site"));
        if is_framed_here(&request) { FRAMED } else { SANDBOX }
    } else {
        SANDBOX
    };
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Fonts and captions are fetched with CORS; the address itself is the permission.
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(answer)
}

/// Returns whether a page of this site asks for what to show in a frame. Browsers say so themselves; no script can.
fn is_framed_here(request: &HttpRequest) -> bool {
    let says = |name: &str, value: &str| {
        request.headers().get(name).is_some_and(|header| header.as_bytes() == value.as_bytes())
    };
    says("Sec-Fetch-Dest", "iframe") && says("Sec-Fetch-Site", "same-origin")
}

/// Our own client files; the digest is part of the address.
pub(super) async fn client(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let file = request
        .path()
        .strip_prefix(ASSET_ROOT)
        .and_then(|rest| rest.split_once('/'))
        .and_then(|(_, name)| renderer::assets::asset(name))
        .filter(|file| file.url == request.path())
        .ok_or_else(|| ApiError::problem(Code::NotFound, "There is no such file."))?;
    let etag = format!("\"{}\"", file.digest);
    if unchanged(&request, &etag) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, etag)).finish());
    }
    Ok(HttpResponse::Ok()
        .content_type(file.content_type)
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, FOR_EVER))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .body(file.bytes))
}

/// Returns the media type of a file by its name, with the character set for text.
pub(super) fn media_type(name: &str) -> String {
    let guess = mime_guess::from_path(name).first_or_octet_stream();
    if guess.type_() == "text" || guess.subtype() == "javascript" || guess.subtype() == "json" {
        format!("{}; charset=utf-8", guess.essence_str())
    } else {
        guess.essence_str().to_owned()
    }
}

fn unchanged(request: &HttpRequest, etag: &str) -> bool {
    request.headers().get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|given| {
        given.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag || tag.trim() == "*")
    })
}

/// Answers with the bytes, or with the one range asked for (RFC 9110 §14): several ranges get the whole file.
fn ranged(request: &HttpRequest, bytes: Bytes, etag: &str, media_type: &str) -> HttpResponse {
    let total = bytes.len();
    let fresh =
        request.headers().get(header::IF_RANGE).is_none_or(|given| given.as_bytes() == etag.as_bytes());
    let asked = request.headers().get(header::RANGE).and_then(|v| v.to_str().ok()).filter(|_| fresh);
    let mut answer = match asked.map(|text| range(text, total)) {
        None | Some(Range::Whole) => {
            let mut answer = HttpResponse::Ok();
            answer.insert_header((header::ETAG, etag)).content_type(media_type);
            answer.body(bytes)
        }
        Some(Range::Part(from, to)) => {
            let mut answer = HttpResponse::PartialContent();
            answer
                .insert_header((header::ETAG, etag))
                .insert_header((header::CONTENT_RANGE, format!("bytes {from}-{to}/{total}")))
                .content_type(media_type);
            answer.body(bytes.slice(from..=to))
        }
        Some(Range::Outside) => HttpResponse::RangeNotSatisfiable()
            .insert_header((header::CONTENT_RANGE, format!("bytes */{total}")))
            .finish(),
    };
    answer.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer
}

#[derive(Debug, PartialEq)]
enum Range {
    Whole,
    Part(usize, usize),
    Outside,
}

fn range(text: &str, total: usize) -> Range {
    let Some((from, to)) = text.strip_prefix("bytes=").and_then(|r| r.split_once('-')) else {
        return Range::Whole;
    };
    match (from.trim(), to.trim()) {
        (from, to) if from.contains(',') || to.contains(',') => Range::Whole,
        ("", last) => match last.parse::<usize>() {
            Ok(0) => Range::Outside,
            Ok(_) if total == 0 => Range::Outside,
            Ok(n) => Range::Part(total.saturating_sub(n), total - 1),
            Err(_) => Range::Whole,
        },
        (from, to) => {
            let Ok(from) = from.parse::<usize>() else { return Range::Whole };
            let to = if to.is_empty() { Ok(usize::MAX) } else { to.parse::<usize>() };
            match to {
                Ok(to) if from <= to && from < total => Range::Part(from, to.min(total - 1)),
                Ok(to) if from <= to => Range::Outside,
                _ => Range::Whole,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_follow_the_rfc() {
        for (text, expected) in [
            ("bytes=0-3", Range::Part(0, 3)),
            ("bytes=2-", Range::Part(2, 9)),
            ("bytes=-4", Range::Part(6, 9)),
            ("bytes=-40", Range::Part(0, 9)),
            ("bytes=5-99", Range::Part(5, 9)),
            ("bytes=10-", Range::Outside),
            ("bytes=-0", Range::Outside),
            ("bytes=3-1", Range::Whole),
            ("bytes=0-1,3-4", Range::Whole),
            ("lines=0-1", Range::Whole),
            ("bytes=99999999999999999999-", Range::Whole),
        ] {
            assert_eq!(range(text, 10), expected, "{text}");
        }
        assert_eq!(range("bytes=-1", 0), Range::Outside);
    }
}
