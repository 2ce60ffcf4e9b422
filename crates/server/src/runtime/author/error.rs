//! Answers to changes that cannot be made.

use blockstore::BlockstoreError;
use learning_context::EditError;

use crate::http::error::{ApiError, Code};

/// Turns an error of an edit into an answer: 409 `already_exists` for what is taken, else 422 `cannot_edit`.
pub fn edit_error(error: EditError) -> ApiError {
    match error {
        EditError::Taken(_) | EditError::FileTaken(_) => {
            ApiError::problem(Code::AlreadyExists, error.to_string())
        }
        EditError::NotOpen(_) => ApiError::Internal(error.to_string()),
        refused => ApiError::problem(Code::CannotEdit, refused.to_string()),
    }
}

/// Turns an error of the bundle store into an answer.
pub fn store_error(error: BlockstoreError) -> ApiError {
    match error {
        BlockstoreError::TooLarge { .. } => ApiError::problem(Code::TooLarge, error.to_string()),
        BlockstoreError::InvalidText(_) => ApiError::problem(Code::CannotEdit, error.to_string()),
        BlockstoreError::NothingToCommit | BlockstoreError::NoSuchDraft { .. } => {
            ApiError::problem(Code::NothingToPublish, "Nothing was changed since the last publish.")
        }
        BlockstoreError::Stale { .. } => {
            ApiError::problem(Code::Stale, "The draft has changed since; read it again.")
        }
        other => ApiError::Internal(other.to_string()),
    }
}
