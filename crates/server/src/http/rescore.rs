//! Grading again what learners submitted, for those who teach.

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
    caller::Caller,
    http::{
        body,
        error::ApiError,
        private,
        query::{self, Params},
    },
    runtime::rescore,
};

/// Learners on one page, unless the request says how many.
const PAGE: u32 = 50;
/// Most learners on one page.
const MOST: u32 = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    learner: Option<String>,
    #[serde(default)]
    only_if_higher: bool,
}

/// Grades what learners submitted to a block again, with the block as it is published now: of one learner, or of all
/// of them in pages. Costs no attempt and draws nothing. A page may end early when grading takes long; `next` says
/// where to go on.
#[utoipa::path(post, path = "/api/exedra/v1/blocks/{usage}/rescore/", operation_id = "rescore", tag = "learners",
    params(("usage" = String, Path, description = "Usage key of the block, also of one used through a reference"), ("after" = Option<String>, Query, description = "Learner the page starts after"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 50 if not given")),
    request_body(content_type = "application/json", description = "Nothing, or `{\"learner\": id, \"only_if_higher\": bool}`; without a learner all of them, in pages"),
    responses((status = 200, description = "`{usage_key, results: [{learner, outcome, before, after, message}], next}`; points are `{earned, possible}`; outcomes are `rescored`, `kept` (only_if_higher), `unanswered`, `unsupported`, `failed`, `conflict`"),
        (status = 400, description = "The body cannot be read"), (status = 403, description = "No right to edit the context"),
        (status = 404, description = "No such block is published, or nothing is kept of the learner"), (status = 422, description = "Nothing is graded in the block")))]
pub(super) async fn rescore(
    request: HttpRequest,
    app: Data<App>,
    usage: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    caller.require_signed_in()?;
    let usage: UsageKey = query::key(&usage)?;
    let params = Params::of(&request)?;
    let (after, limit) = (params.text("after").map(|id| LearnerId(id.into())), params.limit(PAGE, 1..=MOST)?);
    let asked: Asked = body::json(payload).await?;
    let learn = app.on(Site::Learn);
    let learner = asked.learner.map(|id| LearnerId(id.into()));
    let of = rescore::Asked {
        learner: learner.as_ref(),
        after: after.as_ref(),
        limit,
        only_if_higher: asked.only_if_higher,
    };
    let answer = rescore::rescore(&learn, &caller, &usage, &of).await?;
    Ok(private(HttpResponse::Ok().json(answer)))
}
