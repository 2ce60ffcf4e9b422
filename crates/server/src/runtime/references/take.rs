//! References that are copied into another context.

use learning_context::{Action, ContextRecord, Structure};
use opaque_keys::UsageKey;
use std::{collections::HashMap, sync::Arc};

use super::save::rejection;
use crate::{
    app::App,
    caller::Caller,
    http::error::ApiError,
    runtime::find::{all_visible, context_error},
};

/// Refuses to copy references to libraries the caller may not see out of a context the caller may only look at:
/// in a context of their own they would show everything that is in the library. Those who may change the context
/// have that in their hands anyway; libraries that are not here at all stay behind no reference.
///
/// # Errors
/// 422 `library_missing`.
pub async fn may_take(
    app: &App,
    caller: &Caller,
    from: &ContextRecord,
    structure: &Arc<Structure>,
    is_taken: impl Fn(&UsageKey) -> bool,
) -> Result<(), ApiError> {
    let references = app.plans.references(structure).await.map_err(context_error)?;
    let taken = references.iter().filter(|placed| is_taken(&placed.usage));
    let libraries: HashMap<_, _> =
        taken.filter_map(|placed| Some((placed.reference.library.clone()?, &placed.reference))).collect();
    if libraries.is_empty()
        || app.contexts.allowed(from, &caller.who, app.site, Action::Edit).await.map_err(context_error)?
    {
        return Ok(());
    }
    let mut keys: Vec<_> = libraries.keys().cloned().collect();
    keys.sort_unstable();
    let here = app.contexts.records(&keys).await.map_err(context_error)?;
    let visible = all_visible(app, caller, &keys).await?;
    match keys.iter().find(|key| here.contains_key(*key) && !visible.contains_key(*key)) {
        Some(key) => {
            let message = libraries[key].library_missing();
            Err(ApiError::Rejected(vec![rejection("library_missing", "library_key", message)]))
        }
        None => Ok(()),
    }
}
