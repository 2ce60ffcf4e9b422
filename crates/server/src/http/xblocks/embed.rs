//! `GET /xblocks/v2/<usage>/embed/<view>/`: one block as a page to be framed (xblock-rest-api §2.7).

use actix_web::{HttpRequest, HttpResponse, web::Data};
use learning_context::VersionSelector;
use percent_encoding::percent_decode_str;
use xblock::View;

use super::view::may_see;
use crate::{
    app::App,
    caller::Caller,
    http::{
        body::pairs,
        error::{ApiError, Code},
        html_page, with_cookie,
    },
    path::{BlockPath, block_path},
    runtime::render::show,
};

const PREFIX: &str = "/xblocks/v2/";

/// Answers the page.
#[utoipa::path(get, path = "/xblocks/v2/{usage}/embed/{view}/", tag = "xblock",
    params(("usage" = String, Path), ("view" = String, Path), ("version" = Option<String>, Query, description = "`draft`, `published` or a number"),
        ("show_title" = Option<bool>, Query)),
    responses((status = 200, description = "The page", content_type = "text/html"), (status = 400, description = "A bad parameter"), (status = 403, description = "No permission"), (status = 404, description = "No such block or view")))]
pub(crate) async fn embed(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let missing = || ApiError::problem(Code::NotFound, "The address names no block, or no view of it.");
    let decoded = percent_decode_str(request.uri().path()).decode_utf8().map_err(|_| missing())?;
    let rest = decoded.strip_prefix(PREFIX).ok_or_else(missing)?;
    let (usage, rest) = rest.split_once("/embed/").ok_or_else(missing)?;
    let view = rest.strip_suffix('/').filter(|v| !v.is_empty() && !v.contains('/')).ok_or_else(missing)?;
    // A version stands in the query here, never in the path.
    let usage = block_path(usage).filter(|p| p.version == VersionSelector::Auto).ok_or_else(missing)?.usage;

    let mut version = VersionSelector::Auto;
    let mut show_title = false;
    for (name, value) in pairs(request.query_string().as_bytes())? {
        match name.as_str() {
            "version" => {
                version = value.parse().map_err(|_| ApiError::List("Invalid version specifier".into()))?
            }
            "show_title" => {
                show_title = truth(&value).ok_or_else(|| ApiError::List("Must be a valid boolean.".into()))?
            }
            // `course_id` grants nothing here, and unknown parameters are none of ours.
            _ => {}
        }
    }
    let path = BlockPath { usage, version };
    let caller = Caller::of(&request, &app)?;
    may_see(&app, &caller, &path, view).await?;
    let back = Some(request.uri().to_string());
    let (rendered, scene) = show(&app, &caller, &path, &View(view.to_owned()), back).await?;
    let page = rendered.embed_page(&app, &scene, show_title)?;
    Ok(with_cookie(html_page(page), &caller))
}

/// Reads a boolean word.
fn truth(word: &str) -> Option<bool> {
    match word {
        "t" | "T" | "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON"
        | "1" => Some(true),
        "f" | "F" | "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF"
        | "0" => Some(false),
        _ => None,
    }
}
