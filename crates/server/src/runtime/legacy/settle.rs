//! Learner state goes where its blocks are, once that is published (unit-composition §9.4).

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
    let moves = moves(&structure, aliases);
    app.database.move_state(&moves).await.map_err(|error| ApiError::Internal(error.to_string()))
}

/// As [`settle`]; what goes wrong is for the log: it is published already, and the next publish or start goes on.
pub async fn settled(app: &Shared, record: &ContextRecord) {
    if let Err(error) = settle(app, record).await {
        tracing::error!(context = %record.key, error.detail = %error, "learner state was not moved");
    }
}

fn moves(structure: &Structure, aliases: Vec<UsageAlias>) -> Moves {
    let mut moves = Moves::default();
    for UsageAlias { alias, usage, source } in aliases {
        let token = |key: &UsageKey| format!("{}@{}", key.block_type().unwrap_or_default(), key.block_id());
        let tokens = source.map(|source| (token(&alias), source.to_string()));
        let (from, to, tokens) = match (structure.entry(&alias), structure.entry(&usage)) {
            (None, Some(_)) => (alias, usage, tokens),
            (Some(_), None) => (usage, alias, tokens.map(|(old, new)| (new, old))),
            _ => continue,
        };
        match tokens {
            Some((from_token, to_token)) => {
                moves.block(from, to);
                moves.token(from_token, to_token);
            }
            None => moves.selection(from, to),
        }
    }
    moves
}
