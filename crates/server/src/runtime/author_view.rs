//! What authors are shown of a unit beside the blocks a learner gets (unit-composition §1.5, §2.1).

use std::{collections::HashMap, sync::Arc};

use compositor::{AuthorReference, AuthorView, Hidden, Plan};
use learning_context::DefinitionSource;
use opaque_keys::LearningContextKey;

use crate::{
    app::App,
    caller::Caller,
    http::error::ApiError,
    runtime::find::{all_visible, context_error},
};

/// Returns the references of a unit, of which `hidden` is not shown, with their pools, as far as this author may
/// look into the libraries: one read of records, one of roles, one of the definitions of all pools.
///
/// # Errors
/// Storage failures.
pub async fn author_view<'p>(
    app: &App,
    caller: &Caller,
    plan: &'p Plan,
    hidden: &[Hidden],
) -> Result<AuthorView<'p>, ApiError> {
    let open = all_visible(app, caller, &plan.libraries()).await?;
    let may_view = |library: &LearningContextKey| open.contains_key(library);
    let sources = plan.pool_sources(&may_view);
    let definitions = app.definitions.load(&sources).await.map_err(context_error)?;
    let by_digest: HashMap<_, _> = sources.iter().map(|source| source.digest).zip(&definitions).collect();
    let titles = |source: &DefinitionSource| by_digest.get(&source.digest).copied().map(Arc::clone);
    let findings = app.plans.author_findings(plan).await.map_err(context_error)?;
    Ok(plan.author(&findings, hidden, &may_view, &titles))
}

/// Says in words what learners get of a reference.
pub fn in_words(reference: &AuthorReference<'_>) -> String {
    let (Some(library), Some(version), Some(pool)) =
        (reference.library_key, reference.version, &reference.pool)
    else {
        return String::new();
    };
    let blocks = pool.len();
    let noun = if blocks == 1 { "block" } else { "blocks" };
    let takes_all = usize::try_from(reference.count).map_or(true, |count| count >= blocks);
    let which = match (takes_all, blocks) {
        (true, 1) => "Learners see the block of the pool".to_owned(),
        (true, _) => format!("Learners see all {blocks} {noun} of the pool"),
        (false, _) => format!("Each learner sees {} of the {blocks} {noun} of the pool", reference.count),
    };
    let order = match reference.shuffle {
        true if blocks > 1 => ", in an order of their own",
        _ => "",
    };
    let group = match reference.group {
        "" => String::new(),
        group => format!(" Nothing is shown twice in the group {group}."),
    };
    format!("{which}{order}. It is drawn from {library}, version {version}.{group}")
}
