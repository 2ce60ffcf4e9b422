//! `GET /api/exedra/v1/blocks/{usage}/answers/`: how the answers to a block are distributed.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use xblock::Site;

use crate::{
    app::App,
    caller::Caller,
    http::{
        error::ApiError,
        private,
        query::{self, Params},
    },
    runtime::answers::distribution,
};

/// Answers listed to each question, unless the request says how many.
pub(super) const LISTED: u32 = 20;
/// Most answers listed to each question.
const MOST: u32 = 100;

/// How many learners answered what to each question of a block, and whether that is right. No learner is named; what
/// fewer than three wrote is counted among the others. Read from what learners did on the learn site, on both sites.
#[utoipa::path(get, path = "/api/exedra/v1/blocks/{usage}/answers/", operation_id = "answers", tag = "learners",
    params(("usage" = String, Path, description = "Usage key of the block, also of one used through a reference"), ("limit" = Option<u32>, Query, description = "Most answers listed to each question, 1 to 100, 20 if not given")),
    responses((status = 200, description = "`{usage_key, display_name, learners, submitted, attempts_mean, complete, questions: [{input, label, learners, answers: [{answer: [text], correctness, count, share}], others}]}`; `complete` is false when only the first 20,000 learners were looked at"),
        (status = 400, description = "The limit cannot be read"), (status = 401, description = "Nobody signed in"), (status = 403, description = "No right to edit the context"), (status = 404, description = "No such block is published, or it asks nothing")))]
pub(super) async fn answers(
    request: HttpRequest,
    app: Data<App>,
    usage: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    caller.require_signed_in()?;
    let limit = Params::of(&request)?.limit(LISTED, 1..=MOST)?;
    let learn = app.on(Site::Learn);
    let report = distribution(&learn, &caller, &query::key(&usage)?, limit as usize).await?;
    Ok(private(HttpResponse::Ok().json(report)))
}
