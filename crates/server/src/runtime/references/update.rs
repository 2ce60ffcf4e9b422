//! Updates of one reference (unit-composition §8).

use actix_web::http::header::HeaderMap;
use compositor::{Availability, InUse, LibraryWant, Pin, Preview, RemovedBlock, Scope, Update, clear};
use learner::LearnerStore as _;
use opaque_keys::UsageKey;
use serde_json::{Map, Value, json};
use xblock::Fields;

use super::{
    Referred,
    save::{checked, rejection, revise, written},
    versions,
};
use crate::{
    app::App,
    caller::Caller,
    http::error::{ApiError, Code},
    runtime::find::context_error,
};

/// An update an author asks for.
#[derive(Clone, Debug, Default)]
pub struct Apply {
    /// The version, by number or name; older ones too.
    pub to: Value,
    /// Customisations that stay, whatever `discard` names.
    pub keep: Vec<Scope>,
    /// Customisations that go.
    pub discard: Vec<Scope>,
    /// Blocks may leave the pool that learners have.
    pub confirm_removed: bool,
}

/// Says what an update would do.
///
/// # Errors
/// 422 `library_missing` and `library_version_missing`; storage failures.
pub async fn preview(app: &App, referred: &Referred, to: Option<u32>) -> Result<Preview, ApiError> {
    let latest = referred.latest();
    let to = to.or(latest).ok_or_else(|| library_missing(referred))?;
    compare(app, referred, to, true).await
}

/// Updates a reference; answers the settings that were discarded, as they were.
///
/// # Errors
/// As saving settings, and 409 `removed_blocks_in_use` unless the author confirmed that.
pub async fn apply(
    app: &App,
    caller: &Caller,
    usage: &UsageKey,
    headers: &HeaderMap,
    apply: &Apply,
) -> Result<Fields, ApiError> {
    if apply.to.is_null() {
        let message = "the number or name of a version is asked for".to_owned();
        return Err(ApiError::Rejected(vec![rejection("field_invalid", "to", message)]));
    }
    revise(app, caller, usage, headers, async |referred| {
        let settings = referred.settings();
        let library = referred.reference.library.as_ref();
        let cleared = clear(settings, library, &apply.discard, &apply.keep);
        let mut changes = cleared.changes;
        changes.insert("library_version".to_owned(), apply.to.clone());
        let saving = checked(app, caller, &referred.record, &referred.usage, settings, &changes).await?;
        let to = saving.reference().pinned().ok_or_else(|| library_missing(referred))?;
        if !apply.confirm_removed && referred.pinned() != Some(to) {
            refuse_removed(compare(app, referred, to, false).await?.removed)?;
        }
        Ok((written(app, &referred.structure, &[(referred.node, &saving)]).await?, cleared.previous))
    })
    .await
}

/// Declines the newest version: authors are not told of it again.
///
/// # Errors
/// As saving settings; 422 `library_missing`.
pub async fn decline(
    app: &App,
    caller: &Caller,
    usage: &UsageKey,
    headers: &HeaderMap,
) -> Result<(), ApiError> {
    revise(app, caller, usage, headers, async |referred| {
        let latest = referred.latest().ok_or_else(|| library_missing(referred))?;
        let changes = Fields::from_iter([("declined_version".to_owned(), latest.into())]);
        let saving =
            checked(app, caller, &referred.record, &referred.usage, referred.settings(), &changes).await?;
        Ok((written(app, &referred.structure, &[(referred.node, &saving)]).await?, ()))
    })
    .await
}

/// Compares with another version; `in_full` with the fields of changed blocks.
async fn compare(app: &App, referred: &Referred, to: u32, in_full: bool) -> Result<Preview, ApiError> {
    let (Some(record), Some(want)) = (&referred.library, referred.reference.want()) else {
        return Err(library_missing(referred));
    };
    let want = LibraryWant { pin: Pin::Number(to), ..want };
    let Availability::Here(library) = app.plans.library(&want, record).await.map_err(context_error)? else {
        let there = versions(app, record).await?.in_words();
        let message = format!("{} does not have version {to}; {there}", want.library);
        return Err(ApiError::Rejected(vec![rejection("library_version_missing", "to", message)]));
    };
    let from = match &referred.availability {
        Availability::Here(from) => Some(from),
        _ => None,
    };
    let (usage, reference) = (&referred.usage, &referred.reference);
    let update = Update::new(usage, reference, referred.inherited(), from, &library, &app.registry);
    let sources = if in_full { update.sources() } else { Vec::new() };
    let definitions = app.definitions.load(&sources).await.map_err(context_error)?;
    let removed = update.removed_keys();
    let mut in_use = InUse::default();
    if !removed.is_empty() {
        let failed = |error: learner::LearnerError| ApiError::Internal(error.to_string());
        let mut selected = app.database.selected_by(std::slice::from_ref(usage)).await.map_err(failed)?;
        in_use.selected_by = selected.remove(usage).unwrap_or_default();
        in_use.with_state = app.database.learners_with_state(&removed).await.map_err(failed)?;
    }
    Ok(update.preview(&definitions, &in_use))
}

/// Refuses an update that takes blocks from learners who have them.
fn refuse_removed(removed: Vec<RemovedBlock>) -> Result<(), ApiError> {
    let in_use: Vec<RemovedBlock> = removed.into_iter().filter(RemovedBlock::is_in_use).collect();
    if in_use.is_empty() {
        return Ok(());
    }
    let detail = format!(
        "{} blocks in use leave the pool. Send \"confirm_removed\": true to update all the same; what learners did is kept.",
        in_use.len()
    );
    let more = Map::from_iter([("removed".to_owned(), json!(in_use))]);
    Err(ApiError::ProblemWith(Code::RemovedInUse, detail, Box::new(more)))
}

fn library_missing(referred: &Referred) -> ApiError {
    let code = match referred.reference.library {
        Some(_) => "library_missing",
        None => "library_not_selected",
    };
    ApiError::Rejected(vec![rejection(code, "library_key", referred.reference.library_missing())])
}
