//! Learning contexts: what a context key stands for, who may use it, and where its content is.
//!
//! A learning context is anything that has usages: a content library (`lib:`), a course run
//! (`course-v1:`), later a pathway. Each kind is a plugin ([`LearningContext`]) registered under the
//! namespace of its context key ([`Registry`]). To add one: a folder beside `library` and `course`, and a
//! line where the server builds its registry.
//!
//! A plugin turns a context at a version into a [`Structure`]: every usage with its definition source,
//! children, inherited values and assets. Structures of versions are immutable and cached for ever under
//! (bundle, version); those of drafts under (bundle, draft revision). So what is read per request is one
//! small [`ContextRecord`] a context.

pub mod error;
pub mod records;
mod store;

pub use error::ContextError;
pub use records::{ContextKind, ContextRecord, NewContext, Role};
pub use store::ContextStore;
