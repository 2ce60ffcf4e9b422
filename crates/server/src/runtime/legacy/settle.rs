//! Learner state goes where its blocks are, once that is published (unit-composition §9.4).

use std::collections::BTreeMap;

use learner::{MoveState as _, Moved, Moves};
use learning_context::{AliasStore as _, ContextRecord, Structure, UsageAlias};
use opaque_keys::UsageKey;

use crate::{app::Shared, http::error::ApiError, runtime::find::context_error};

/// Moves what learners did to the keys that what is published has now: to the new ones after a conversion, and
/// back if that was undone. To be called after every publish; does nothing where nothing was converted.
///
/// # Errors
/// Storage failures; called again, it goes on.
pub async fn settle(app: &Shared, record: &ContextRecord) -> Result<Moved, ApiError> {
    let aliases = app.database.aliases(&record.key).await.map_err(context_error)?;
    if aliases.is_empty() || record.latest_version == 0 {
        return Ok(Moved::default());
    }
    let structure = app.contexts.version(record, record.latest_version).await.map_err(context_error)?;
    let mut moved = Moved::default();
    for part in moves(&structure, aliases) {
        let of_part = app.database.move_state(&part).await;
        let of_part = of_part.map_err(|error| ApiError::Internal(error.to_string()))?;
        moved.learners += of_part.learners;
        moved.blocks += of_part.blocks;
        moved.selections += of_part.selections;
    }
    Ok(moved)
}

/// As [`settle`]; what goes wrong is for the log: it is published already, and the next publish or start goes on.
pub async fn settled(app: &Shared, record: &ContextRecord) {
    if let Err(error) = settle(app, record).await {
        tracing::error!(context = %record.key, error.detail = %error, "learner state was not moved");
    }
}

/// Returns what moves, one part after the other: what was converted twice before it was published has state under
/// the oldest of its keys, and of the state under several keys that under the newest counts.
fn moves(structure: &Structure, aliases: Vec<UsageAlias>) -> Vec<Moves> {
    let mut keys_of: BTreeMap<UsageKey, Vec<UsageAlias>> = BTreeMap::new();
    for alias in aliases {
        keys_of.entry(alias.usage.clone()).or_default().push(alias);
    }
    let mut parts: Vec<Moves> = Vec::new();
    let mut tokens = Vec::new();
    for (usage, aliases) in keys_of {
        let source = aliases.iter().find_map(|alias| alias.source.clone());
        let keys: Vec<UsageKey> =
            std::iter::once(usage.clone()).chain(aliases.into_iter().map(|alias| alias.alias)).collect();
        let Some(to) = keys.iter().find(|key| structure.entry(key).is_some()) else { continue };
        let token = |key: &UsageKey| match &source {
            Some(source) if *key == usage => source.to_string(),
            _ => format!("{}@{}", key.block_type().unwrap_or_default(), key.block_id()),
        };
        let gone = keys.iter().filter(|key| structure.entry(key).is_none());
        for (at, from) in gone.enumerate() {
            if parts.len() == at {
                parts.push(Moves::default());
            }
            if source.is_some() {
                parts[at].block(from.clone(), to.clone());
                tokens.push((token(from), token(to)));
            } else {
                parts[at].selection(from.clone(), to.clone());
            }
        }
    }
    for part in &mut parts {
        tokens.iter().for_each(|(from, to)| part.token(from.clone(), to.clone()));
    }
    parts
}
