//! What authors do to drafts, on the studio site.

mod blocks;
mod contexts;
mod markdown;

use opaque_keys::UsageKey;

use crate::{
    http::{
        error::{ApiError, Code},
        units::unit_path,
    },
    path::BlockPath,
};
use learning_context::VersionSelector;

pub(super) use blocks::{
    __path_duplicate, __path_paste, __path_put, __path_remove, duplicate, paste, put, remove,
};
pub(super) use contexts::{
    __path_discard, __path_publish, __path_rerun, __path_versions, discard, publish, rerun, versions,
};
pub(super) use markdown::{__path_problem_markdown, problem_markdown};

/// Reads the key of a block of a draft from a path.
fn draft_block(text: &str) -> Result<UsageKey, ApiError> {
    let BlockPath { usage, version } = unit_path(text)?;
    if version != VersionSelector::Auto {
        return Err(ApiError::problem(Code::BadRequest, "Drafts are changed, not versions: leave it out."));
    }
    Ok(usage)
}
