//! `POST /api/exedra/v1/contexts/{key}/problem-markdown/`: the text of the simple editor and OLX, both ways.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use capa::markdown::{BackError, Converted, MarkdownError, from_olx, to_olx};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    caller::Caller,
    http::{
        body,
        error::{ApiError, Code},
        private, query,
    },
    runtime::{author::editing_context, beside::beside},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    markdown: Option<String>,
    olx: Option<String>,
}

/// Converts the text of the simple editor to OLX, or OLX to the text. Nothing is stored.
#[utoipa::path(post, path = "/api/exedra/v1/contexts/{key}/problem-markdown/", tag = "authoring", operation_id = "problem_markdown", params(("key" = String, Path, description = "Key of the course or library the problem is written for")),
    request_body(content_type = "application/json", description = "`{markdown: text}` or `{olx: text}`, at most 1 MiB"),
    responses((status = 200, description = "`{olx, problems: [{code, message, line}]}` for `markdown`, `{markdown}` for `olx`"), (status = 400, description = "Not exactly one of both"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No permission, or not the studio site"), (status = 404, description = "No such context"), (status = 413, description = "The text is too long"), (status = 422, description = "`not_markdown`: the problem has what the simple editor cannot say, each with `code`, `element`, `line` and `message` in `errors`; `invalid_content`: the OLX is no problem")))]
pub(crate) async fn problem_markdown(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    editing_context(&app, &caller, &query::key(&key)?).await?;
    let wanted: Wanted = body::json(payload).await?;
    let answer = match (wanted.markdown, wanted.olx) {
        (Some(markdown), None) => beside(&app, move || olx(&markdown)).await??,
        (None, Some(olx)) => beside(&app, move || markdown(&olx)).await??,
        _ => return Err(ApiError::problem(Code::BadRequest, "Send either `markdown` or `olx`.")),
    };
    Ok(private(HttpResponse::Ok().json(answer)))
}

fn olx(markdown: &str) -> Result<Value, ApiError> {
    let Converted { olx, notices } =
        to_olx(markdown).map_err(|error @ MarkdownError::TooLong { .. }| {
            ApiError::problem(Code::TooLarge, format!("{error}."))
        })?;
    let problems: Vec<Value> = notices
        .into_iter()
        .map(|notice| json!({"code": notice.code, "message": notice.message, "line": notice.line}))
        .collect();
    Ok(json!({"olx": olx, "problems": problems}))
}

fn markdown(olx: &str) -> Result<Value, ApiError> {
    let message = |error: &BackError| format!("{error}.");
    match from_olx(olx) {
        Ok(markdown) => Ok(json!({"markdown": markdown})),
        Err(error @ BackError::TooLong { .. }) => Err(ApiError::problem(Code::TooLarge, message(&error))),
        Err(error @ (BackError::Malformed(_) | BackError::NoProblem(_))) => {
            Err(ApiError::problem(Code::InvalidContent, message(&error)))
        }
        Err(BackError::Inexpressible(obstacles)) => {
            let errors = obstacles.iter().map(|obstacle| {
                json!({"code": obstacle.code, "element": obstacle.element, "line": obstacle.line, "message": obstacle.message})
            });
            let more = Map::from_iter([("errors".to_owned(), errors.collect::<Value>())]);
            let detail = "The simple editor cannot say everything in this problem.";
            Err(ApiError::ProblemWith(Code::NotMarkdown, detail.to_owned(), Box::new(more)))
        }
    }
}
