//! What references gave to learners, for those who teach: reports, and drawing again.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use learner::LearnerId;
use opaque_keys::UsageKey;
use serde::Deserialize;
use xblock::Site;

use crate::{
    app::App,
    caller::{Caller, is_anonymous_id},
    http::{
        body,
        error::{ApiError, Code},
        private,
        query::{self, Params},
    },
    runtime::{
        redraw::{redraw, selecting},
        report,
    },
    token::is_learner_id,
};

/// Learners on one page, unless the request says how many.
const PAGE: u32 = 20;
/// Most learners on one page.
const MOST: u32 = 50;
/// Longest reason, in characters.
const REASON: usize = 500;

/// What each learner was given by a reference or bank, and did with it, ordered by learner. Read from what
/// learners have on the learn site, on both sites.
#[utoipa::path(get, path = "/api/exedra/v1/references/{reference}/learners/", operation_id = "reference_learners", tag = "learners",
    params(("reference" = String, Path, description = "Usage key of the reference or bank"), ("after" = Option<String>, Query, description = "Learner the page starts after"),
        ("limit" = Option<u32>, Query, description = "1 to 50, 20 if not given")),
    responses((status = 200, description = "`{reference, results: [{learner, epoch, selected: [block], others: [block]}], next}`; a block is `{usage_key, source, version, earned, possible, completion, state, state_omitted, inside?}`; `others` are blocks the learner is no longer shown"),
        (status = 403, description = "No right to edit the context"), (status = 404, description = "No such reference is published")))]
pub(super) async fn report_page(
    request: HttpRequest,
    app: Data<App>,
    reference: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let params = Params::of(&request)?;
    let after = params.text("after").map(|id| LearnerId(id.into()));
    let limit = params.limit(PAGE, 1..=MOST)?;
    let learn = app.on(Site::Learn);
    let found = selecting(&learn, &caller, &query::key(&reference)?).await?;
    let report = report::report(&learn, &found, after.as_ref(), limit).await?;
    Ok(private(HttpResponse::Ok().json(report)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Redraw {
    reason: Option<String>,
}

/// Clears a learner's draw and what they did in its blocks, and draws again, whether or not the learner may;
/// an event tells who did it and why.
#[utoipa::path(post, path = "/api/exedra/v1/references/{reference}/learners/{learner}/redraw/", tag = "learners",
    params(("reference" = String, Path, description = "Usage key of the reference or bank"), ("learner" = String, Path)),
    request_body(content_type = "application/json", description = "Nothing, or `{\"reason\": text}` of at most 500 characters"),
    responses((status = 200, description = "`{reference, learner, epoch, selected}`"), (status = 400, description = "The body cannot be read"),
        (status = 403, description = "No right to edit the context"), (status = 404, description = "No such reference is published, or nothing was drawn for the learner"),
        (status = 409, description = "The learner keeps changing these blocks")))]
pub(super) async fn redraw_for(
    request: HttpRequest,
    app: Data<App>,
    path: Path<(String, String)>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    caller.require_signed_in()?;
    let (reference, learner) = path.into_inner();
    let asked: Redraw = body::json(payload).await?;
    let reason = asked.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    if reason.is_some_and(|reason| reason.chars().count() > REASON) {
        return Err(ApiError::problem(
            Code::BadRequest,
            format!("A reason has at most {REASON} characters."),
        ));
    }
    let learn = app.on(Site::Learn);
    let usage: UsageKey = query::key(&reference)?;
    selecting(&learn, &caller, &usage).await?;
    if !is_learner_id(&learner) || is_anonymous_id(&learner) {
        let nobody = format!("Nothing is kept of a learner '{learner}'.");
        return Err(ApiError::problem(Code::NotFound, nobody));
    }
    let learner = Caller::of_handler_url(&learn, &learner)?;
    let redrawn = redraw(&learn, &caller, &usage, &learner, reason).await?;
    Ok(private(HttpResponse::Ok().json(redrawn)))
}
