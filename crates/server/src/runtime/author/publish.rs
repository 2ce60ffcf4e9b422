//! From drafts to versions, and from a course to its next run.

use std::sync::Arc;

use actix_web::http::header::HeaderMap;
use blockstore::{Blockstore as _, BundleId, Commit, DraftName, NewBundle, Version, limits};
use compositor::Shortfall;
use learning_context::{
    ContextError, ContextKind, ContextRecord, ContextStore as _, NewContext, ResolvedAt, Role, edit,
};
use opaque_keys::LearningContextKey;
use xblock::ContentProblem;

use super::{check_match, edit_error, etag_of, store_error};
use crate::{
    app::App,
    caller::Caller,
    clock::random_uuid,
    http::error::{ApiError, Code},
    runtime::{find::context_error, legacy::settled, references::may_take, units::record_later},
};

/// What the author says of a version.
pub struct Named<'a> {
    /// Its name.
    pub name: &'a str,
    /// What changed, may be empty.
    pub comment: &'a str,
}

/// Makes the draft of a context its next version (unit-composition §8).
///
/// # Errors
/// 409 `nothing_to_publish`, 412 `stale`, 413 for texts that are too long, 422 `name_required`.
pub async fn publish(
    app: &App,
    caller: &Caller,
    record: &ContextRecord,
    named: &Named<'_>,
    headers: &HeaderMap,
) -> Result<Version, ApiError> {
    let name = named.name.trim();
    if name.is_empty() {
        return Err(ApiError::problem(Code::NameRequired, "Give the version a name."));
    }
    let expect_revision = expected(app, record, headers).await?;
    let commit = Commit {
        name: Some(name.to_owned()),
        description: named.comment.to_owned(),
        author: Some(caller.info.id.clone()),
        expect_revision,
        reject_empty: true,
        ..Commit::default()
    };
    let version = app.database.commit(record.bundle, &DraftName::studio(), commit).await;
    app.contexts.invalidate(&record.key);
    version.map_err(store_error)
}

/// Does what follows a publish, and returns what is to be told of the version: what is odd about its content, and
/// which reference groups cannot give every member what it shows (unit-composition §6). The units of a course are
/// recorded after the answer (§2.2).
///
/// # Errors
/// A store that failed.
pub async fn published(app: &App, record: &ContextRecord) -> Result<Vec<ContentProblem>, ApiError> {
    let at = ResolvedAt::Version(record.latest_version);
    let structure = app.contexts.structure(record, at).await.map_err(context_error)?;
    // Not cut off with the request when the author goes away.
    let (shared, settling) = (Arc::clone(&app.shared), record.clone());
    if let Err(error) = actix_web::rt::spawn(async move { settled(&shared, &settling).await }).await {
        tracing::error!(context = %record.key, %error, "moving learner state was cut off");
    }
    record_later(app, &record.key);
    let shortfalls = app.plans.shortfalls(&structure).await.map_err(context_error)?;
    let mut findings = structure.problems.clone();
    findings.extend(shortfalls.iter().map(Shortfall::problem));
    Ok(findings)
}

/// Throws the draft of a context away; one that is not there is gone already.
///
/// # Errors
/// 412 `stale`.
pub async fn discard(app: &App, record: &ContextRecord, headers: &HeaderMap) -> Result<(), ApiError> {
    let expected = expected(app, record, headers).await?;
    let discarded = app.database.delete_draft(record.bundle, &DraftName::studio(), expected).await;
    app.contexts.invalidate(&record.key);
    discarded.map(drop).map_err(store_error)
}

/// Checks `If-Match` against the draft as it is now, and returns the revision a request was made for, 0 where there is
/// no draft.
async fn expected(app: &App, record: &ContextRecord, headers: &HeaderMap) -> Result<Option<u64>, ApiError> {
    if !headers.contains_key(actix_web::http::header::IF_MATCH) {
        return Ok(None);
    }
    app.contexts.invalidate(&record.key);
    let now = app.contexts.record(&record.key).await.map_err(context_error)?;
    check_match(headers, &etag_of(&now))?;
    Ok(Some(now.draft_revision.unwrap_or(0)))
}

/// Makes a new run of a course from what is published of it; who asks becomes its admin. References keep pins
/// and overrides, block ids stay, and keys differ by the course, so learner state is fresh
/// (unit-composition §3.3).
///
/// # Errors
/// 409 `already_exists` and `nothing_to_publish`, 422 for contexts that are no courses and for references the
/// caller may not take along ([`may_take`]).
pub async fn rerun(
    app: &App,
    caller: &Caller,
    source: &ContextRecord,
    key: &LearningContextKey,
    title: Option<&str>,
) -> Result<(), ApiError> {
    // A key with a branch would be found by none of its own blocks' keys.
    let is_whole = key.is_course() && key.without_branch().as_ref() == Ok(key);
    if source.kind != ContextKind::Course || !is_whole {
        return Err(ApiError::problem(Code::CannotEdit, "Only courses are run again, as courses."));
    }
    if source.latest_version == 0 {
        let detail = format!("Nothing of '{}' is published yet.", source.key);
        return Err(ApiError::problem(Code::NothingToPublish, detail));
    }
    let at = ResolvedAt::Version(source.latest_version);
    let structure = app.contexts.structure(source, at).await.map_err(context_error)?;
    may_take(app, caller, source, &structure, |_| true).await?;
    let changes = edit::rerun(&*app.database, &structure, key, title).await.map_err(context_error)?;
    let changes = changes.map_err(edit_error)?;
    let title = title.unwrap_or(&source.title);
    let bundle = BundleId(random_uuid(app.clock.as_ref()));
    let short = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let new = NewBundle {
        id: bundle,
        title: short(title, limits::TITLE_CHARS),
        slug: short(key.course().unwrap_or_default(), limits::SLUG_CHARS),
        description: String::new(),
    };
    app.database.create_bundle(new).await.map_err(store_error)?;
    let filled = fill(app, caller, source, bundle, changes).await;
    let record = NewContext {
        key: key.clone(),
        kind: ContextKind::Course,
        bundle,
        title: title.to_owned(),
        description: source.description.to_string(),
        license: source.license.to_string(),
        allow_public_learning: false,
        allow_public_read: false,
        aliases: Vec::new(),
        created_at: app.clock.now(),
    };
    // The record comes last, so that nobody finds a course without its content.
    let created = match filled {
        Ok(()) => app.database.create_context(record).await.map_err(|e| match e {
            ContextError::AlreadyExists(key) => {
                ApiError::problem(Code::AlreadyExists, format!("There is a course '{key}' already."))
            }
            other => context_error(other),
        }),
        Err(error) => Err(error),
    };
    if let Err(error) = created {
        app.database.delete_bundle(bundle).await.map_err(store_error)?;
        return Err(error);
    }
    let admin = app.database.set_role(key, &caller.info.id, Some(Role::Admin)).await;
    app.contexts.invalidate(key);
    record_later(app, key);
    admin.map_err(context_error)
}

async fn fill(
    app: &App,
    caller: &Caller,
    source: &ContextRecord,
    bundle: BundleId,
    changes: Vec<blockstore::Change>,
) -> Result<(), ApiError> {
    let draft = DraftName::studio();
    app.database.write_draft(bundle, &draft, changes, Some(0)).await.map_err(store_error)?;
    let commit = Commit {
        name: Some("Re-run".to_owned()),
        description: format!("Made from version {} of {}", source.latest_version, source.key),
        author: Some(caller.info.id.clone()),
        ..Commit::default()
    };
    app.database.commit(bundle, &draft, commit).await.map(drop).map_err(store_error)
}
