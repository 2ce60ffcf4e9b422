//! Creating, changing and removing references in drafts.

use std::collections::HashSet;

use actix_web::http::header::HeaderMap;
use blockstore::Change;
use compositor::{Availability, Cleared, Reference, Rejection, Saving, is_reference};
use learning_context::{ContextRecord, Edit, NodeId, Structure};
use olx::Element;
use opaque_keys::{LearningContextKey, UsageKey};
use serde_json::Value;
use xblock::Fields;

use super::{Referred, check_room, versions};
use crate::{
    app::App,
    caller::Caller,
    http::error::{ApiError, Code},
    runtime::{
        author::{self, Editing, changes_of, check_match, edit_error, new_id},
        find::{all_visible, context_error, visible},
    },
};

/// Most libraries looked at, one after the other, when a library refers to another one.
const MOST_STEPS: usize = 8;

/// A reference to be made.
pub struct NewReference {
    /// `lib_ref` or `random_lib_ref`.
    pub block_type: String,
    /// Its block id; made when absent.
    pub id: Option<String>,
    /// Its place among the blocks of its unit; the last when absent.
    pub index: Option<usize>,
    /// Its settings.
    pub fields: Fields,
}

/// Changes one reference of the draft, again from the start when someone else was faster: `change` answers
/// what is to be written, and with what.
///
/// # Errors
/// As [`author::revise`], 412 `stale` when the request is for another state, 409 when others keep changing the
/// draft, and what `change` says.
pub(super) async fn revise<T>(
    app: &App,
    caller: &Caller,
    usage: &UsageKey,
    headers: &HeaderMap,
    mut change: impl AsyncFnMut(&Referred) -> Result<(Vec<Change>, T), ApiError>,
) -> Result<T, ApiError> {
    let revised = author::revise_what_fits(app, caller, usage, async |editing| {
        let (record, structure) = (editing.record.clone(), editing.structure.clone());
        let referred = Referred::at(app, caller, record, structure, editing.node).await?;
        if let Err(stale) = check_match(headers, &referred.etag()) {
            referred.library.iter().for_each(|library| app.contexts.invalidate(&library.key));
            return Err(stale);
        }
        change(&referred).await
    });
    Ok(revised.await?.value)
}

/// Changes settings: a value sets one, null takes one away.
///
/// # Errors
/// 401, 403, 404, 409, 412, and 422 with everything that is wrong (unit-composition §4.3).
pub async fn save(
    app: &App,
    caller: &Caller,
    usage: &UsageKey,
    headers: &HeaderMap,
    changes: &Fields,
) -> Result<(), ApiError> {
    revise(app, caller, usage, headers, async |referred| {
        let saving =
            checked(app, caller, &referred.record, &referred.usage, referred.settings(), changes).await?;
        Ok((written(app, &referred.structure, &[(referred.node, &saving)]).await?, ()))
    })
    .await
}

/// Works out what gives a reference of a draft other settings, checked as [`save`] does; returns the settings with
/// it, the pin settled.
///
/// # Errors
/// As [`save`].
pub async fn set(
    app: &App,
    caller: &Caller,
    editing: &Editing,
    before: &Fields,
    after: &Fields,
) -> Result<(Vec<Change>, Fields), ApiError> {
    let removed = before.keys().filter(|name| !after.contains_key(*name)).map(|name| (name, &Value::Null));
    let set = after.iter().filter(|(name, value)| before.get(*name) != Some(value));
    let changes: Fields = removed.chain(set).map(|(name, value)| (name.clone(), value.clone())).collect();
    let usage = &editing.structure.node(editing.node).usage;
    let saving = checked(app, caller, &editing.record, usage, before, &changes).await?;
    let written = written(app, &editing.structure, &[(editing.node, &saving)]).await?;
    Ok((written, saving.settings().clone()))
}

/// Takes customisations away, those that `without` says; answers the settings as they were.
///
/// # Errors
/// As [`save`].
pub async fn clear(
    app: &App,
    caller: &Caller,
    usage: &UsageKey,
    headers: &HeaderMap,
    without: impl Fn(&Fields, Option<&LearningContextKey>) -> Cleared,
) -> Result<Fields, ApiError> {
    revise(app, caller, usage, headers, async |referred| {
        let settings = referred.settings();
        let Cleared { changes, previous } = without(settings, referred.reference.library.as_ref());
        let saving = checked(app, caller, &referred.record, &referred.usage, settings, &changes).await?;
        Ok((written(app, &referred.structure, &[(referred.node, &saving)]).await?, previous))
    })
    .await
}

/// Removes a reference with what is written of it.
///
/// # Errors
/// As [`save`].
pub async fn remove(
    app: &App,
    caller: &Caller,
    usage: &UsageKey,
    headers: &HeaderMap,
) -> Result<(), ApiError> {
    revise(app, caller, usage, headers, async |referred| {
        let mut edit = open(app, &referred.structure, &[referred.node]).await?;
        edit.remove(referred.node).map_err(edit_error)?;
        Ok((changes_of(edit)?, ()))
    })
    .await
}

/// Adds a reference to a unit; answers its key.
///
/// # Errors
/// As [`save`], for the unit; 409 `already_exists` when the id is taken.
pub async fn create(
    app: &App,
    caller: &Caller,
    unit: &UsageKey,
    headers: &HeaderMap,
    new: &NewReference,
) -> Result<UsageKey, ApiError> {
    if !is_reference(&new.block_type) {
        let message =
            format!("\"{}\" is no type of reference: lib_ref and random_lib_ref are", new.block_type);
        return Err(ApiError::Rejected(vec![rejection("field_invalid", "block_type", message)]));
    }
    let made = new_id(app);
    let id = new.id.as_deref().unwrap_or(&made);
    let revised = author::revise(app, caller, unit, headers, async |editing| {
        let usage = key_of(editing, &new.block_type, id)?;
        check_room(app, &editing.structure, editing.node, 1).await?;
        let none = Fields::new();
        let saving = checked(app, caller, &editing.record, &usage, &none, &new.fields).await?;
        let mut element = Element::new(new.block_type.clone()).with_attr("url_name", id);
        for (name, value) in saving.attributes() {
            if let Some(value) = value {
                element.set_attr(name, value);
            }
        }
        let mut edit = open(app, &editing.structure, &[editing.node]).await?;
        edit.insert(editing.node, new.index, element).map_err(edit_error)?;
        Ok((changes_of(edit)?, usage))
    });
    Ok(revised.await?.value)
}

fn key_of(editing: &Editing, block_type: &str, id: &str) -> Result<UsageKey, ApiError> {
    UsageKey::block(&editing.record.key, block_type, id).map_err(|error| {
        ApiError::Rejected(vec![rejection(
            "field_invalid",
            "id",
            format!("\"{id}\" is no block id: {error}"),
        )])
    })
}

/// Checks settings somebody wants to save, with what there is of the library they name.
pub(super) async fn checked(
    app: &App,
    caller: &Caller,
    context: &ContextRecord,
    usage: &UsageKey,
    before: &Fields,
    changes: &Fields,
) -> Result<Saving, ApiError> {
    let domains = own_domains(app);
    let domains: Vec<&str> = domains.iter().map(|domain| &**domain).collect();
    let mut saving = Saving::new(usage, before, changes, &domains).map_err(ApiError::Rejected)?;
    if let Some((old, new)) = saving.slug_conflict() {
        return Err(slug_conflict(usage, old, new));
    }
    if let Some(new) = saving.library().filter(|_| saving.is_other_library()) {
        check_published(app, context, usage, new).await?;
    }
    let record = match &saving.reference().library {
        Some(library) => visible(app, caller, library).await?,
        None => None,
    };
    let moves = saving.library().is_some();
    let there = match &record {
        Some(record) if moves => Some(versions(app, record).await?),
        _ => None,
    };
    saving.pin(there.as_ref()).map_err(|reason| ApiError::Rejected(vec![reason]))?;
    if let (Some(record), true) = (&record, moves && context.key.is_library()) {
        check_cycle(app, caller, &context.key, record, saving.reference().pinned()).await?;
    }
    let availability = match (&record, saving.reference().want()) {
        (Some(record), Some(want)) => app.plans.library(&want, record).await.map_err(context_error)?,
        _ => Availability::Missing,
    };
    let findings = match &availability {
        Availability::Here(library) => saving.check(library, &app.registry),
        _ => saving.check_without_library(),
    };
    findings.map_err(ApiError::Rejected)?;
    Ok(saving)
}

/// Refuses another library of the slug of the one that learners have blocks of, however many steps of the draft
/// lead there (unit-composition §3.2).
async fn check_published(
    app: &App,
    context: &ContextRecord,
    usage: &UsageKey,
    new: &LearningContextKey,
) -> Result<(), ApiError> {
    if context.latest_version == 0 {
        return Ok(());
    }
    let published = app.contexts.version(context, context.latest_version).await.map_err(context_error)?;
    let Some(node) = published.find(usage) else { return Ok(()) };
    let source = published.node(node).source.clone();
    let definitions = app.definitions.load(&[source]).await.map_err(context_error)?;
    let old = definitions.first().and_then(|there| Reference::of(usage, &there.fields).library);
    match old {
        Some(old) if old != *new && old.slug() == new.slug() => Err(slug_conflict(usage, &old, new)),
        _ => Ok(()),
    }
}

fn slug_conflict(usage: &UsageKey, old: &LearningContextKey, new: &LearningContextKey) -> ApiError {
    let detail = format!(
        "'{usage}' draws from {old}; {new} has the same slug, so its blocks would have the same keys. Delete the reference and add a new one."
    );
    ApiError::problem(Code::SlugConflict, detail)
}

/// Refuses a reference in a library through which the library would come to stand in itself.
async fn check_cycle(
    app: &App,
    caller: &Caller,
    home: &LearningContextKey,
    library: &ContextRecord,
    version: Option<u32>,
) -> Result<(), ApiError> {
    let mut met = HashSet::new();
    let mut level =
        vec![(library.key.clone(), version.unwrap_or(library.latest_version), vec![library.key.clone()])];
    for _ in 0..MOST_STEPS {
        if let Some((_, _, path)) = level.iter().find(|(key, ..)| key == home) {
            let visible = all_visible(app, caller, path).await?;
            let name = |key: &LearningContextKey| match visible.contains_key(key) || key == home {
                true => key.to_string(),
                // What the libraries of others draw from is theirs to tell.
                false => "another library".to_owned(),
            };
            let path: Vec<String> = path.iter().map(name).collect();
            let message = format!("{home} would stand in itself: {home} → {}", path.join(" → "));
            return Err(ApiError::Rejected(vec![rejection("include_cycle", "library_key", message)]));
        }
        let keys: Vec<_> = level.iter().map(|(key, ..)| key.clone()).collect();
        let records = app.contexts.records(&keys).await.map_err(context_error)?;
        let mut next = Vec::new();
        for (key, version, path) in level {
            let Some(record) = records.get(&key) else { continue };
            // A version that is not here leads nowhere.
            let Ok(structure) = app.contexts.version(record, version).await else { continue };
            let references = app.plans.references(&structure).await.map_err(context_error)?;
            for placed in references.iter() {
                if let (Some(library), Some(pinned)) = (&placed.reference.library, placed.reference.pinned())
                    && met.insert((library.clone(), pinned))
                {
                    let path = path.iter().chain([library]).cloned().collect();
                    next.push((library.clone(), pinned, path));
                }
            }
        }
        if next.is_empty() {
            break;
        }
        level = next;
    }
    Ok(())
}

/// Returns the changes that write what was checked, of any number of references at once.
pub(super) async fn written(
    app: &App,
    structure: &std::sync::Arc<Structure>,
    savings: &[(NodeId, &Saving)],
) -> Result<Vec<Change>, ApiError> {
    let nodes: Vec<NodeId> = savings.iter().map(|(node, _)| *node).collect();
    let mut edit = open(app, structure, &nodes).await?;
    for (node, saving) in savings {
        for (name, value) in saving.attributes() {
            edit.set_attribute(*node, name, value.as_deref()).map_err(edit_error)?;
        }
    }
    changes_of(edit)
}

pub(super) async fn open(
    app: &App,
    structure: &std::sync::Arc<Structure>,
    nodes: &[NodeId],
) -> Result<Edit, ApiError> {
    Edit::open(&*app.database, structure, nodes).await.map_err(context_error)
}

pub(super) fn rejection(code: &'static str, field: &str, message: String) -> Rejection {
    Rejection { code, field: field.to_owned(), block: None, message }
}

/// Returns the host names under which this instance is known, which are no part of keys here.
fn own_domains(app: &App) -> Vec<String> {
    let roots = [&app.config.learn_url, &app.config.studio_url];
    let host = |url: &String| {
        let (_, rest) = url.split_once("://")?;
        Some(rest.split(['/', ':']).next()?.to_ascii_lowercase())
    };
    roots.into_iter().filter_map(host).collect()
}
