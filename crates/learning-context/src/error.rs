//! What can go wrong with a learning context.

use opaque_keys::{LearningContextKey, UsageKey};
use thiserror::Error;

/// An error of a learning context.
#[derive(Debug, Error)]
pub enum ContextError {
    /// There is no such context here.
    #[error("there is no learning context '{0}' here")]
    NotFound(LearningContextKey),
    /// The context has no such version; `0` in `latest` means nothing was published.
    #[error("'{key}' has no version {version}; its newest is {latest}")]
    NoSuchVersion {
        /// The context.
        key: LearningContextKey,
        /// The version asked for.
        version: u32,
        /// Its newest version.
        latest: u32,
    },
    /// The learn site was asked for something else than published content.
    #[error("only the published version of '{0}' is served here")]
    OnlyPublished(LearningContextKey),
    /// The context has no such usage at that version.
    #[error("there is no block '{0}' in that version")]
    NoSuchUsage(UsageKey),
    /// No plugin is registered for the key's namespace.
    #[error("no learning context is registered for '{namespace}:' keys (known: {known})")]
    UnknownNamespace {
        /// The key's namespace.
        namespace: String,
        /// The namespaces that are registered.
        known: String,
    },
    /// The key or an alias is taken.
    #[error("a learning context '{0}' already exists")]
    AlreadyExists(LearningContextKey),
    /// Content of the context cannot be understood.
    #[error("content of '{key}' is not valid: {problem}")]
    InvalidContent {
        /// The context.
        key: LearningContextKey,
        /// What is wrong, with file and position.
        problem: String,
    },
    /// Compiling content broke down.
    #[error("content could not be compiled: {0}")]
    Compiling(String),
    /// The bundle store failed.
    #[error(transparent)]
    Blockstore(#[from] blockstore::BlockstoreError),
    /// The database did not do what it should; the text is for the log only.
    #[error("learning contexts could not be read or written: {0}")]
    Storage(String),
}
