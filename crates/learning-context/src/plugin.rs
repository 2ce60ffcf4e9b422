//! The interface of a kind of learning context.

use async_trait::async_trait;
use xblock::Site;

use crate::{Action, Caller, ContextError, ContextRecord, ResolvedAt, Role, Structure, allowed};

/// A kind of learning context (learning-context-plugin §2, §6), registered under the namespace of its
/// context keys.
#[async_trait]
pub trait LearningContext: Send + Sync {
    /// Returns the namespace of its context keys, e.g. `lib` (not that of its usage keys).
    fn namespace(&self) -> &'static str;

    /// Decides whether a caller may do something. The common rules do unless a kind has its own.
    fn allowed(
        &self,
        record: &ContextRecord,
        role: Option<Role>,
        caller: &Caller,
        site: Site,
        action: Action,
    ) -> bool {
        allowed(record, role, caller, site, action)
    }

    /// Reads everything there is at one state of a context. Content that cannot be understood is left out
    /// and reported in [`Structure::problems`]; the number of reads does not depend on the number of blocks.
    ///
    /// # Errors
    /// Storage failures, and versions that do not exist.
    async fn structure(&self, record: &ContextRecord, at: ResolvedAt) -> Result<Structure, ContextError>;
}
