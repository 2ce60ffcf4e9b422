//! What can go wrong below the storage traits.

use blockstore::BlockstoreError;
use learner::LearnerError;
use learning_context::ContextError;
use thiserror::Error;

/// An error of the database itself. The traits report it as their `Storage` variant.
#[derive(Debug, Error)]
pub enum StorageError {
    /// The URL names no database this crate knows.
    #[error("'{0}' is not a database URL: it must start with sqlite: or postgres:")]
    UnknownUrl(String),
    /// The folder of a database file cannot be made.
    #[error("the folder of database '{path}' cannot be made")]
    Folder {
        /// The database file.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The database cannot be brought to the current schema.
    #[error("the database cannot be migrated: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A statement failed.
    #[error("{0}")]
    Database(#[from] sqlx::Error),
    /// A value cannot be sent to the database.
    #[error("a value cannot be sent to the database: {0}")]
    Encode(#[source] sqlx::error::BoxDynError),
    /// A row holds what this program never writes.
    #[error("the database holds a {what} that cannot be read: {problem}")]
    Corrupt {
        /// What is stored wrongly.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

impl StorageError {
    /// Makes the error for a stored value that cannot be read back.
    pub(crate) fn corrupt(what: &'static str, problem: impl ToString) -> Self {
        StorageError::Corrupt { what, problem: problem.to_string() }
    }
}

impl From<StorageError> for BlockstoreError {
    fn from(error: StorageError) -> Self {
        BlockstoreError::Storage(error.to_string())
    }
}

impl From<StorageError> for ContextError {
    fn from(error: StorageError) -> Self {
        ContextError::Storage(error.to_string())
    }
}

impl From<StorageError> for LearnerError {
    fn from(error: StorageError) -> Self {
        LearnerError::Storage(error.to_string())
    }
}
