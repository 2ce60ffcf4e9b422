//! Other names of usages (unit-composition §9.4).

use async_trait::async_trait;
use opaque_keys::{LearningContextKey, UsageKey};

use crate::ContextError;

/// A key something was found under before it was converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageAlias {
    /// The old key.
    pub alias: UsageKey,
    /// The key it has now.
    pub usage: UsageKey,
    /// The library block both stand for; `None` for the block that selects.
    pub source: Option<UsageKey>,
}

/// Keeps aliases, for ever. Implemented by `storage`.
#[async_trait]
pub trait AliasStore: Send + Sync {
    /// Keeps aliases of a context; one that is there gets what is handed in.
    async fn put_aliases(
        &self,
        context: &LearningContextKey,
        aliases: &[UsageAlias],
    ) -> Result<(), ContextError>;

    /// Returns the other keys of a usage, newer and older ones, ordered.
    async fn other_keys(&self, usage: &UsageKey) -> Result<Vec<UsageKey>, ContextError>;

    /// Returns all aliases of a context, ordered by alias.
    async fn aliases(&self, context: &LearningContextKey) -> Result<Vec<UsageAlias>, ContextError>;
}
