//! How far learners are (unit-composition §5.5).

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use learning_context::{Action, VersionSelector};
use opaque_keys::LearningContextKey;
use serde_json::{Value, json};
use xblock::Site;

use crate::{
    app::App,
    caller::{Caller, is_anonymous_id},
    http::{
        error::{ApiError, Code},
        query::{self, Params},
        units::unit_path,
        with_cookie,
    },
    runtime::{
        find::{context_error, find, permitted},
        outline::pages,
        progress::{Progress, UnitProgress, progress, whole},
    },
    token::is_learner_id,
};

/// How far the caller is in a context: points and completion of the blocks they are shown, unit by unit and in
/// all. Those who may edit the context may ask for another learner, as the learn site knows them.
#[utoipa::path(get, path = "/api/exedra/v1/contexts/{key}/progress/", operation_id = "context_progress", tag = "learners",
    params(("key" = String, Path), ("learner" = Option<String>, Query, description = "Another learner's id")),
    responses((status = 200, description = "`{key, version, learner, earned, possible, completion, units: [{usage_key, earned, possible, completion}]}`; `completion` is null where nothing can be completed; points that are told only in the whole are not in those of the units"),
        (status = 400, description = "No such learner can be"), (status = 403, description = "No permission"), (status = 404, description = "No such context")))]
pub(super) async fn of_context(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let key: LearningContextKey = query::key(&key)?;
    let (app, learner, keeps) = learner(&request, &app, &caller, &key).await?;
    let record = permitted(&app, &caller, &key, Action::Learn).await?;
    let at = VersionSelector::Auto.resolve(&record, app.site).map_err(context_error)?;
    let structure = app.contexts.structure(&record, at).await.map_err(context_error)?;
    let units = progress(&app, &learner, &structure, &pages(&structure), keeps).await?;
    let mut body = json(whole(&units));
    body["key"] = json!(record.key);
    body["version"] = at.version().map_or_else(|| "draft".into(), Value::from);
    body["learner"] = json!(learner.info.id);
    let rows = units.iter().map(|unit| {
        let mut row = json(unit.total());
        row["usage_key"] = json!(unit.unit);
        row
    });
    body["units"] = rows.collect();
    Ok(with_cookie(HttpResponse::Ok().json(body), &caller))
}

/// How far the caller is in a unit, or in a reference or bank by itself: points and completion of the blocks
/// they are shown, and of each that counts.
#[utoipa::path(get, path = "/api/exedra/v1/units/{usage}/progress/", operation_id = "unit_progress", tag = "learners",
    params(("usage" = String, Path), ("learner" = Option<String>, Query, description = "Another learner's id")),
    responses((status = 200, description = "`{usage_key, learner, earned, possible, completion, blocks: [{usage_key, block_type, earned, possible, completion}]}`; `earned` is null for a block whose results are hidden from the learner, and counts nothing in the sum"),
        (status = 400, description = "No such learner can be"), (status = 403, description = "No permission"), (status = 404, description = "No such unit")))]
pub(super) async fn of_unit(
    request: HttpRequest,
    app: Data<App>,
    usage: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(&request, &app)?;
    let path = unit_path(&usage)?;
    let (app, learner, keeps) = learner(&request, &app, &caller, &path.usage.context_key()).await?;
    let found = find(&app, &caller, &path, Action::Learn).await?;
    if found.usage.as_lib_ref().is_some() {
        let message = "Ask for the progress of the unit the block is in.";
        return Err(ApiError::problem(Code::NotFound, message));
    }
    let units = progress(&app, &learner, &found.structure, &[found.node], keeps).await?;
    let Some(unit) = units.into_iter().next() else {
        return Err(ApiError::Internal(format!("{}: no progress", found.usage)));
    };
    Ok(with_cookie(HttpResponse::Ok().json(unit_json(&unit, &learner)), &caller))
}

fn unit_json(unit: &UnitProgress, learner: &Caller) -> Value {
    let mut body = json(unit.total());
    body["usage_key"] = json!(unit.unit);
    body["learner"] = json!(learner.info.id);
    body["blocks"] = json!(unit.blocks);
    body
}

fn json(progress: Progress) -> Value {
    json!(progress)
}

/// Returns whose progress is asked for, the site that knows of it, and whether they ask themselves.
async fn learner(
    request: &HttpRequest,
    app: &App,
    caller: &Caller,
    context: &LearningContextKey,
) -> Result<(App, Caller, bool), ApiError> {
    let params = Params::of(request)?;
    let Some(id) = params.text("learner").filter(|id| *id != caller.info.id) else {
        return Ok((app.clone(), caller.clone(), true));
    };
    let learn = app.on(Site::Learn);
    permitted(&learn, caller, context, Action::Edit).await?;
    if !is_learner_id(id) || is_anonymous_id(id) {
        return Err(ApiError::problem(Code::BadRequest, format!("Nothing is kept of a learner '{id}'.")));
    }
    let learner = Caller::of_handler_url(&learn, id)?;
    Ok((learn, learner, false))
}
