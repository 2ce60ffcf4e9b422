//! From a key in a URL to a block in a context, with the permission asked first.

use std::{collections::HashMap, sync::Arc};

use learning_context::{
    Action, AliasStore as _, ContextError, ContextRecord, NodeId, ResolvedAt, Structure, VersionSelector,
};
use opaque_keys::{LearningContextKey, UsageKey};

use crate::{app::App, caller::Caller, http::error::ApiError, path::BlockPath, runtime::units};

/// A block a caller may use.
pub struct Found {
    /// The usage, under the key it has here.
    pub usage: UsageKey,
    /// Its context.
    pub record: Arc<ContextRecord>,
    /// The context at the version that is meant: all of it, or only the page that the block is on, as it was
    /// recorded, with the names of its neighbours ([`Structure::is_part`]).
    pub structure: Arc<Structure>,
    /// The block; for one used through a reference, the reference ([`Structure::entry`]).
    pub node: NodeId,
    /// The version as asked for.
    pub asked: VersionSelector,
}

impl Found {
    /// Returns whether the block stands for another one: it is used through a reference, or in a pathway.
    pub fn is_drawn(&self) -> bool {
        self.usage.as_lib_ref().is_some() || self.usage.as_pathway_block().is_some()
    }
}

/// Finds a block for a caller who wants to do something with it. Permission is decided before existence: a
/// refused caller gets 403 for missing blocks of an existing context, and 404 for a missing context
/// (xblock-rest-api §3).
///
/// # Errors
/// 403 and 404 with the bodies of xblock-rest-api §2.0.
pub async fn find(app: &App, caller: &Caller, path: &BlockPath, action: Action) -> Result<Found, ApiError> {
    let usage = &path.usage;
    let record = permitted(app, caller, &usage.context_key(), action).await.map_err(|e| match e {
        ApiError::Detail(status, _) if status == 403 => match action {
            Action::Learn | Action::Edit => {
                ApiError::forbidden(format!("You don't have permission to access the component '{usage}'."))
            }
            Action::View => ApiError::forbidden(format!(
                "You don't have permission to access the OLX of component '{usage}'."
            )),
        },
        other => other,
    })?;
    locate(app, record, path).await
}

/// Finds a block in a context that somebody was let into.
///
/// # Errors
/// 404 when the block or the version does not exist.
pub async fn locate(app: &App, record: Arc<ContextRecord>, path: &BlockPath) -> Result<Found, ApiError> {
    let usage = &path.usage;
    let not_found = |e| block_error(usage, e);
    let at = path.version.resolve(&record, app.site).map_err(not_found)?;
    if let Some((structure, node)) = units::recorded(app, &record, at, usage).await {
        return Ok(Found { usage: usage.clone(), record, structure, node, asked: path.version });
    }
    let structure = app.contexts.structure(&record, at).await.map_err(not_found)?;
    let (usage, node) = match structure.entry(usage) {
        Some(node) => (usage.clone(), node),
        None => by_other_key(app, &structure, usage)
            .await?
            .ok_or_else(|| not_found(ContextError::NoSuchUsage(usage.clone())))?,
    };
    Ok(Found { usage, record, structure, node, asked: path.version })
}

/// Finds what was converted under the key it has in this structure (unit-composition §9.4).
async fn by_other_key(
    app: &App,
    structure: &Structure,
    usage: &UsageKey,
) -> Result<Option<(UsageKey, NodeId)>, ApiError> {
    let others = app.database.other_keys(usage).await.map_err(context_error)?;
    let found = others.into_iter().find_map(|other| {
        let node = structure.entry(&other).filter(|_| other.context_key() == structure.key)?;
        Some((other, node))
    });
    Ok(found)
}

/// Returns the record of a context for a caller who may do something with it.
///
/// # Errors
/// 404 when it does not exist here, 403 when the caller may not.
pub async fn permitted(
    app: &App,
    caller: &Caller,
    key: &LearningContextKey,
    action: Action,
) -> Result<Arc<ContextRecord>, ApiError> {
    let record = app.contexts.record(key).await.map_err(context_error)?;
    if app.contexts.allowed(&record, &caller.who, app.site, action).await.map_err(context_error)? {
        Ok(record)
    } else {
        Err(ApiError::refused())
    }
}

/// Returns the record of a library for a caller who may see it. Whether it is not here or not for this caller,
/// the answer is the same.
///
/// # Errors
/// Storage failures.
pub async fn visible(
    app: &App,
    caller: &Caller,
    key: &LearningContextKey,
) -> Result<Option<Arc<ContextRecord>>, ApiError> {
    let mut found = all_visible(app, caller, std::slice::from_ref(key)).await?;
    Ok(found.remove(key))
}

/// Returns the records of those libraries that a caller may see, with one read of records and one of roles.
///
/// # Errors
/// Storage failures.
pub async fn all_visible(
    app: &App,
    caller: &Caller,
    keys: &[LearningContextKey],
) -> Result<HashMap<LearningContextKey, Arc<ContextRecord>>, ApiError> {
    let found: Vec<_> = app.contexts.records(keys).await.map_err(context_error)?.into_iter().collect();
    let records: Vec<ContextRecord> = found.iter().map(|(_, record)| (**record).clone()).collect();
    let allowed = app.contexts.allowed_among(&records, &caller.who, app.site, Action::View).await;
    let allowed = allowed.map_err(context_error)?;
    Ok(found.into_iter().zip(allowed).filter(|(_, allowed)| *allowed).map(|(found, _)| found).collect())
}

/// Turns an error of a context into an answer.
pub fn context_error(error: ContextError) -> ApiError {
    match error {
        ContextError::NotFound(key) if key.is_library() => {
            ApiError::not_found(format!("Content Library '{key}' does not exist"))
        }
        ContextError::OnlyPublished(_) => ApiError::forbidden(error.to_string()),
        ContextError::NotFound(_)
        | ContextError::UnknownNamespace { .. }
        | ContextError::NoSuchVersion { .. }
        | ContextError::NoSuchUsage(_) => ApiError::not_found(error.to_string()),
        ContextError::InvalidContent { .. } => {
            ApiError::problem(crate::http::error::Code::InvalidContent, error.to_string())
        }
        other => ApiError::Internal(other.to_string()),
    }
}

/// Turns an error met while looking for a block into an answer.
fn block_error(usage: &UsageKey, error: ContextError) -> ApiError {
    match error {
        ContextError::NoSuchUsage(_) => {
            ApiError::not_found(format!("The component '{usage}' does not exist."))
        }
        ContextError::NoSuchVersion { .. } => {
            ApiError::not_found(format!("The requested version of component '{usage}' does not exist."))
        }
        other => context_error(other),
    }
}

/// Returns the suffix that keeps the version of a request in the URLs made for it: none for the site's own
/// version.
pub fn version_suffix(asked: VersionSelector, usage: &UsageKey) -> String {
    // The suffix is understood after these keys only (opaque-keys §10).
    if !matches!(usage.namespace(), "lb" | "lx-pb") {
        return String::new();
    }
    match asked {
        VersionSelector::Auto => String::new(),
        VersionSelector::Draft => "@draft".to_owned(),
        VersionSelector::Published => "@published".to_owned(),
        VersionSelector::Number(n) => format!("@{n}"),
    }
}

/// Returns the name of a state in asset URLs: a number or `draft`.
pub fn state_name(at: ResolvedAt) -> String {
    match at {
        ResolvedAt::Version(n) => n.to_string(),
        ResolvedAt::Draft { .. } => "draft".to_owned(),
    }
}
