//! Pathways as authors edit them: drafts, publishing, and what may be saved (unit-composition §10).

use std::{collections::HashSet, sync::Arc};

use blockstore::{Blockstore as _, BlockstoreError, BundleId, Change, Commit, DraftName, NewBundle};
use bytes::Bytes;
use compositor::{Availability, LibraryWant, Pin, Saving};
use learning_context::{
    Action, ContextKind, ContextRecord, ContextStore as _, NewContext, ResolvedAt, Role, VersionSelector,
    pathway::{InvalidPathway, PathwayDocument, PathwayItem, pathway_file, read_pathway},
};
use opaque_keys::{LearningContextKey, PathwayKey};
use serde_json::{Map, Value};
use xblock::{Fields, Site};

use crate::{
    app::App,
    caller::Caller,
    clock::{random_hex, random_uuid},
    http::error::{ApiError, Code},
    runtime::{
        author::{TRIES, others_keep_saving},
        find::{all_visible, context_error, permitted},
    },
};

/// Random bytes of an item's id.
const ID_BYTES: usize = 4;

/// What a request wants to change.
#[derive(Debug, Default)]
pub struct Edit {
    /// Members of the draft.
    pub draft: Option<Value>,
    /// Whether anyone may learn from it, also anonymously.
    pub allow_public_learning: Option<bool>,
}

impl Edit {
    /// Reads the body of a request: `{draft_data?, allow_public_learning?}`. What answers have besides may be
    /// sent back and changes nothing.
    ///
    /// # Errors
    /// 400 for anything else.
    pub fn read(body: Value) -> Result<Edit, ApiError> {
        let invalid = |problem: String| ApiError::problem(Code::InvalidPathway, problem);
        let Value::Object(body) = body else { return Err(invalid("$: not an object".to_owned())) };
        let mut edit = Edit::default();
        for (name, value) in body {
            match (name.as_str(), value) {
                ("draft_data", draft) => edit.draft = Some(draft),
                ("allow_public_learning", Value::Bool(flag)) => edit.allow_public_learning = Some(flag),
                ("allow_public_learning", _) => {
                    return Err(invalid("allow_public_learning: not true or false".to_owned()));
                }
                ("id" | "published_data" | "version" | "has_unpublished_changes", _) => {}
                _ => return Err(invalid(format!("{name}: unknown; the pathway itself is in draft_data"))),
            }
        }
        Ok(edit)
    }

    fn apply(
        &self,
        app: &App,
        key: &PathwayKey,
        before: &PathwayDocument,
    ) -> Result<PathwayDocument, ApiError> {
        let Some(draft) = &self.draft else { return Ok(before.clone()) };
        before.patched(key, draft, &mut || random_hex(app.clock.as_ref(), ID_BYTES)).map_err(|error| {
            let InvalidPathway { place, problem } = error;
            ApiError::problem(Code::InvalidPathway, format!("draft_data.{place}: {problem}"))
        })
    }
}

/// Creates a pathway whose draft is what the edit says; whoever creates it administers it.
///
/// # Errors
/// 403 for people who may not create courses, 400 and 422 for what cannot be saved.
pub async fn create(app: &App, caller: &Caller, edit: &Edit) -> Result<LearningContextKey, ApiError> {
    let uuid = random_uuid(app.clock.as_ref());
    let key = format!("lx-pathway:{uuid}").parse();
    let key: LearningContextKey = key.map_err(|error| ApiError::Internal(format!("{error}")))?;
    create_as(app, caller, &key, edit).await?;
    Ok(key)
}

/// As [`create`], under a key that no pathway has.
///
/// # Errors
/// As [`create`]; 404 for a key that is no pathway's.
pub async fn create_as(
    app: &App,
    caller: &Caller,
    key: &LearningContextKey,
    edit: &Edit,
) -> Result<(), ApiError> {
    if !(caller.who.staff || caller.who.course_creator) {
        return Err(ApiError::refused());
    }
    let internal = |error: &dyn std::fmt::Display| ApiError::Internal(error.to_string());
    let before = PathwayDocument::default();
    let mut document = edit.apply(app, pathway(key)?, &before)?;
    admit(app, caller, &before, &mut document).await?;

    // The record comes after its content, so that nobody finds a pathway that is half there.
    let bundle = BundleId(random_uuid(app.clock.as_ref()));
    let (title, description) = (document.title.clone(), document.description.clone());
    let slug = pathway(key)?.uuid().to_string();
    let new = NewBundle { id: bundle, title: title.clone(), slug, description: description.clone() };
    app.database.create_bundle(new).await.map_err(|e| internal(&e))?;
    write(app, bundle, &document, Some(0)).await.map_err(|e| internal(&e))?;
    let record = NewContext {
        key: key.clone(),
        kind: ContextKind::Pathway,
        bundle,
        title,
        description,
        license: String::new(),
        allow_public_learning: edit.allow_public_learning.unwrap_or(false),
        allow_public_read: false,
        aliases: Vec::new(),
        created_at: app.clock.now(),
    };
    app.database.create_context(record).await.map_err(context_error)?;
    app.database.set_role(key, &caller.who.id, Some(Role::Admin)).await.map_err(context_error)?;
    app.contexts.invalidate(key);
    Ok(())
}

/// Changes the draft of a pathway.
///
/// # Errors
/// 403, 404; 400 and 422 for what cannot be saved; 409 when others keep saving.
pub async fn change(
    app: &App,
    caller: &Caller,
    key: &LearningContextKey,
    edit: &Edit,
) -> Result<(), ApiError> {
    for _ in 0..TRIES {
        let record = permitted(app, caller, key, Action::Edit).await?;
        let at = draft_state(&record)?;
        let before = read_pathway(&*app.database, &record, at).await.map_err(context_error)?;
        let mut after = edit.apply(app, pathway(key)?, &before)?;
        admit(app, caller, &before, &mut after).await?;
        if after != before {
            let revision = match at {
                ResolvedAt::Draft { revision } => revision,
                // There was no draft, and there must be none still.
                ResolvedAt::Version(_) => 0,
            };
            match write(app, record.bundle, &after, Some(revision)).await {
                Ok(()) => {}
                Err(BlockstoreError::Stale { .. }) => {
                    app.contexts.invalidate(&record.key);
                    continue;
                }
                Err(error) => return Err(ApiError::Internal(error.to_string())),
            }
        }
        // Until something is published, the draft says what lists call the pathway.
        let names = (record.latest_version == 0).then_some((&*after.title, &*after.description));
        return rename(app, &record, names, edit.allow_public_learning).await;
    }
    Err(others_keep_saving())
}

/// Makes the draft what learners see; nothing where there is no change.
///
/// # Errors
/// 403, 404.
pub async fn publish(app: &App, caller: &Caller, key: &LearningContextKey) -> Result<(), ApiError> {
    let record = permitted(app, caller, key, Action::Edit).await?;
    let author = Some(caller.who.id.clone());
    let commit = Commit { author, reject_empty: true, ..Commit::default() };
    let version = match app.database.commit(record.bundle, &DraftName::studio(), commit).await {
        Ok(version) => version.number,
        Err(BlockstoreError::NothingToCommit | BlockstoreError::NoSuchDraft { .. }) => return Ok(()),
        Err(error) => return Err(ApiError::Internal(error.to_string())),
    };
    let at = ResolvedAt::Version(version);
    let document = read_pathway(&*app.database, &record, at).await.map_err(context_error)?;
    rename(app, &record, Some((&document.title, &document.description)), None).await
}

/// Throws the draft away: it is again what is published.
///
/// # Errors
/// 403, 404.
pub async fn revert(app: &App, caller: &Caller, key: &LearningContextKey) -> Result<(), ApiError> {
    let record = permitted(app, caller, key, Action::Edit).await?;
    let draft = DraftName::studio();
    app.database
        .delete_draft(record.bundle, &draft, None)
        .await
        .map_err(|error| ApiError::Internal(error.to_string()))?;
    app.contexts.invalidate(&record.key);
    Ok(())
}

/// Removes a pathway with its versions. What learners did in it stays stored.
///
/// # Errors
/// 403 for all but its administrators and staff, 404.
pub async fn delete(app: &App, caller: &Caller, key: &LearningContextKey) -> Result<(), ApiError> {
    let record = permitted(app, caller, key, Action::Edit).await?;
    let role = app.contexts.role(&record.key, &caller.who.id).await.map_err(context_error)?;
    if !caller.who.staff && role != Some(Role::Admin) {
        return Err(ApiError::refused());
    }
    app.database.delete_context(&record.key).await.map_err(context_error)?;
    app.contexts.invalidate(&record.key);
    let internal = |error: BlockstoreError| ApiError::Internal(error.to_string());
    app.database.delete_bundle(record.bundle).await.map_err(internal)?;
    Ok(())
}

/// Returns a pathway as this site shows it to a caller: on studio both states, on learn what is published.
///
/// # Errors
/// 403; 404 where there is none, on learn also where nothing was published.
pub async fn shown(app: &App, caller: &Caller, key: &LearningContextKey) -> Result<Value, ApiError> {
    let action = if app.site == Site::Studio { Action::View } else { Action::Learn };
    let record = permitted(app, caller, key, action).await?;
    let version = record.latest_version;
    let published = match version {
        0 => None,
        _ => {
            let at = ResolvedAt::Version(version);
            Some(read_pathway(&*app.database, &record, at).await.map_err(context_error)?)
        }
    };
    let published_data = published.as_ref().map(PathwayDocument::to_json);
    let mut answer = Map::new();
    answer.insert("id".into(), record.key.to_string().into());
    if app.site == Site::Learn {
        let missing = || ApiError::not_found(format!("'{key}' is not published."));
        answer.insert("published_data".into(), published_data.ok_or_else(missing)?);
        answer.insert("version".into(), version.into());
        return Ok(Value::Object(answer));
    }
    let draft = match draft_state(&record)? {
        at @ ResolvedAt::Draft { .. } => {
            Some(read_pathway(&*app.database, &record, at).await.map_err(context_error)?)
        }
        ResolvedAt::Version(_) => None,
    };
    let draft = draft.or_else(|| published.clone()).unwrap_or_default();
    answer.insert("draft_data".into(), draft.to_json());
    answer.insert("published_data".into(), published_data.unwrap_or(Value::Null));
    answer.insert("version".into(), version.into());
    answer.insert("has_unpublished_changes".into(), (published.as_ref() != Some(&draft)).into());
    answer.insert("allow_public_learning".into(), record.allow_public_learning.into());
    Ok(Value::Object(answer))
}

fn pathway(key: &LearningContextKey) -> Result<&PathwayKey, ApiError> {
    key.as_pathway().ok_or_else(|| ApiError::problem(Code::NotFound, "The address names no pathway."))
}

fn draft_state(record: &ContextRecord) -> Result<ResolvedAt, ApiError> {
    VersionSelector::Auto.resolve(record, Site::Studio).map_err(context_error)
}

async fn write(
    app: &App,
    bundle: BundleId,
    document: &PathwayDocument,
    expect_revision: Option<u64>,
) -> Result<(), BlockstoreError> {
    let change = Change::Put(pathway_file(), Bytes::from(document.to_bytes()));
    let draft = DraftName::studio();
    app.database.write_draft(bundle, &draft, vec![change], expect_revision).await.map(|_| ())
}

/// Keeps what lists show of a pathway.
async fn rename(
    app: &App,
    record: &ContextRecord,
    names: Option<(&str, &str)>,
    public: Option<bool>,
) -> Result<(), ApiError> {
    if names.is_some() || public.is_some() {
        let (title, description) = (names.map(|n| n.0), names.map(|n| n.1));
        let key = &record.key;
        app.database.update_context(key, title, description, public, None).await.map_err(context_error)?;
    }
    app.contexts.invalidate(&record.key);
    Ok(())
}

/// Checks the items that are new or changed, and turns version 0 into the number it stands for. What was there
/// before stays as it was, whatever became of its original.
///
/// # Errors
/// 422 with a code: the original is none of a library's, its library is not here or not for this author, the
/// version is not there, an override does not apply.
async fn admit(
    app: &App,
    caller: &Caller,
    before: &PathwayDocument,
    after: &mut PathwayDocument,
) -> Result<(), ApiError> {
    let known: HashSet<&str> = before.items.iter().map(|item| item.original.as_str()).collect();
    let old = |item: &PathwayItem| before.items.iter().find(|old| old.usage == item.usage);
    let is_same = |item: &PathwayItem| {
        old(item).is_some_and(|old| {
            (&old.original, old.version, &old.overrides) == (&item.original, item.version, &item.overrides)
        })
    };
    let changed: Vec<usize> = (0..after.items.len()).filter(|&at| !is_same(&after.items[at])).collect();
    let mut keys: Vec<_> = changed.iter().map(|&at| after.items[at].original.context_key()).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() {
        return Ok(());
    }
    let records = app.contexts.records(&keys).await.map_err(context_error)?;
    let visible = all_visible(app, caller, &keys).await?;
    for at in changed {
        let refuse = |code, member: &str, problem: &str| {
            let detail = format!("draft_data.items[{at}].{member}: {problem}");
            Err(ApiError::problem(Code::Unsavable(code), detail))
        };
        let item = &after.items[at];
        let context = item.original.context_key();
        let is_known = known.contains(item.original.as_str());
        if !is_known && item.original.as_library_block().is_none() {
            let problem = "items are blocks of libraries; others are not drawn from here";
            return refuse("original_unsupported", "original_usage_id", problem);
        }
        if !is_known && !visible.contains_key(&context) {
            // No hint whether there is such a library.
            let problem = "Library is invalid, corrupt, or has been deleted.";
            return refuse("library_missing", "original_usage_id", problem);
        }
        let record = records.get(&context);
        let latest = record.map_or(0, |record| record.latest_version);
        let asked = item.version;
        let is_old_version =
            old(item).is_some_and(|old| old.version == asked && old.original == item.original);
        if !is_old_version && asked.is_some_and(|version| version > latest || latest == 0) {
            let problem = match latest {
                0 => "nothing of the library is published".to_owned(),
                latest => format!("the library has versions 1 to {latest}"),
            };
            return refuse("library_version_missing", "version", &problem);
        }
        if asked == Some(0) {
            after.items[at].version = Some(latest);
        }
        let item = &after.items[at];
        let Some(record) = record.filter(|_| !item.overrides.is_empty()) else { continue };
        if let Some((code, problem)) = refused_override(app, record, old(item), item).await? {
            return refuse(code, "overrides", &problem);
        }
    }
    Ok(())
}

/// Says which override of an item does not apply, of those it did not have before.
async fn refused_override(
    app: &App,
    record: &Arc<ContextRecord>,
    old: Option<&PathwayItem>,
    item: &PathwayItem,
) -> Result<Option<(&'static str, String)>, ApiError> {
    let pin = item.version.map_or(Pin::Missing, Pin::Number);
    let want = LibraryWant { library: record.key.clone(), pin, response_tags: false, labels: false };
    let found = app.plans.library(&want, record).await.map_err(context_error)?;
    let Availability::Here(library) = found else { return Ok(None) };
    let mut settings = item.settings();
    let overrides = settings.shift_remove("block_field_overrides");
    let old = old.filter(|old| old.original == item.original).map(PathwayItem::settings);
    if let Some(old) = old.and_then(|mut old| old.shift_remove("block_field_overrides")) {
        settings.insert("block_field_overrides".to_owned(), old);
    }
    let changes = Fields::from_iter(overrides.map(|value| ("block_field_overrides".to_owned(), value)));
    let saving = Saving::new(&item.usage, &settings, &changes, &[]);
    let checked = saving.and_then(|saving| saving.check(&library, &app.registry));
    let first = checked.err().and_then(|rejections| rejections.into_iter().next());
    Ok(first.map(|rejection| (rejection.code, rejection.message)))
}
