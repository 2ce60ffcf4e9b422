//! What is authored of a block that is used in a pathway: its original's, where that is.

use std::sync::Arc;

use learning_context::Action;
use xblock::Fields;

use crate::{
    app::App,
    caller::Caller,
    http::error::ApiError,
    runtime::find::{Found, context_error, permitted},
};

/// Returns a found block as its author wrote it, with the overrides that go over it, highest precedence first.
/// Blocks of pathways lead to their original (learning-context-plugin §3); whoever reads it there must be
/// allowed to view the library, since those who use a block in a pathway are not its authors.
///
/// # Errors
/// 403 for those who may not; 404 where the original is not here now.
pub async fn original(
    app: &App,
    caller: &Caller,
    found: Found,
) -> Result<(Found, Arc<[Arc<Fields>]>), ApiError> {
    let usage = &found.usage;
    if usage.as_pathway_block().is_none() {
        return Ok((found, Arc::default()));
    }
    let plan = app.plans.plan(&found.structure, found.node).await.map_err(context_error)?;
    let view = plan.author_view();
    let block = view.root.children.iter().find_map(|block| block.find(usage));
    let missing = || ApiError::not_found(format!("The component '{usage}' does not exist."));
    let (block, origin) =
        block.and_then(|block| Some((block, block.origin.as_ref()?))).ok_or_else(missing)?;
    let refused = |_| {
        let message = format!("You don't have permission to access the OLX of component '{usage}'.");
        ApiError::forbidden(message)
    };
    permitted(app, caller, &origin.library, Action::View).await.map_err(refused)?;
    let overrides = Arc::clone(&block.overrides);
    let (structure, node) = (Arc::clone(&block.structure), block.id);
    Ok((Found { structure, node, ..found }, overrides))
}
