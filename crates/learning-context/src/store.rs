//! The trait that keeps context records.

use async_trait::async_trait;
use opaque_keys::LearningContextKey;

use crate::{ContextError, ContextKind, ContextRecord, NewContext, Role};

/// Keeps the records of learning contexts. Implemented by `storage`.
#[async_trait]
pub trait ContextStore: Send + Sync {
    /// Creates a record; [`ContextError::AlreadyExists`] when the key or an alias is taken.
    async fn create_context(&self, context: NewContext) -> Result<(), ContextError>;

    /// Returns the records of the given keys or aliases, with current version and draft pointers, in one
    /// statement; the answer pairs each found key as asked with its record, missing ones are left out.
    async fn contexts(
        &self,
        keys: &[LearningContextKey],
    ) -> Result<Vec<(LearningContextKey, ContextRecord)>, ContextError>;

    /// Lists contexts, optionally of one kind, ordered by key, after a key (exclusive), at most `limit`.
    async fn list_contexts(
        &self,
        kind: Option<ContextKind>,
        after: Option<&LearningContextKey>,
        limit: u32,
    ) -> Result<Vec<ContextRecord>, ContextError>;

    /// Changes title, description, licence or the public flags; `None` leaves a value.
    /// [`ContextError::NotFound`] when there is no such context.
    async fn update_context(
        &self,
        key: &LearningContextKey,
        title: Option<&str>,
        description: Option<&str>,
        allow_public_learning: Option<bool>,
        allow_public_read: Option<bool>,
    ) -> Result<(), ContextError>;

    /// Makes a context known under further keys; returns those that other contexts have, which keep them.
    /// [`ContextError::NotFound`] when there is no such context.
    async fn add_aliases(
        &self,
        key: &LearningContextKey,
        aliases: &[LearningContextKey],
    ) -> Result<Vec<LearningContextKey>, ContextError>;

    /// Removes a record with its roles and aliases (its bundle stays); returns whether there was one.
    async fn delete_context(&self, key: &LearningContextKey) -> Result<bool, ContextError>;

    /// Sets (or with `None` takes away) a person's role.
    async fn set_role(
        &self,
        key: &LearningContextKey,
        user: &str,
        role: Option<Role>,
    ) -> Result<(), ContextError>;

    /// Returns a person's role in a context.
    async fn role(&self, key: &LearningContextKey, user: &str) -> Result<Option<Role>, ContextError>;

    /// Returns a person's roles in those of the given contexts where there is one, in one statement; each with
    /// the key as asked.
    async fn roles(
        &self,
        keys: &[LearningContextKey],
        user: &str,
    ) -> Result<Vec<(LearningContextKey, Role)>, ContextError>;
}
