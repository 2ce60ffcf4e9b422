//! Learning contexts: what a context key stands for, who may use it, and where its content is.
//!
//! A learning context is anything that has usages: a content library (`lib:`), a course run
//! (`course-v1:`), a pathway (`lx-pathway:`). Each kind is a plugin ([`LearningContext`]) registered under the
//! namespace of its context key in [`Contexts`]. To add one: a folder beside `library` and `course`, and a
//! line where the server builds its [`Contexts`].
//!
//! A plugin turns a context at a version into a [`Structure`]: every usage with its definition source,
//! children, inherited values and assets. Structures of versions are immutable and cached for ever under
//! (bundle, version); those of drafts under (bundle, draft revision). So what is read per request is one
//! small [`ContextRecord`] a context. [`Definitions`] turns sources into compiled definitions, those of a page
//! in one read, and keeps them under the digest of what they were read from.

mod alias;
mod blobs;
pub mod contexts;
pub mod course;
pub mod definitions;
pub mod edit;
pub mod error;
mod labels;
pub mod legacy;
pub mod library;
pub mod pathway;
pub mod permissions;
mod plugin;
pub mod records;
mod response_tags;
mod source;
mod store;
pub mod structure;
pub mod upstream;
pub mod version;

pub use alias::{AliasStore, UsageAlias};
pub use contexts::{Clock, ContextOptions, Contexts, Located};
pub use course::CourseContext;
pub use definitions::{Definitions, MathFn, is_unreadable};
pub use edit::{Edit, EditError};
pub use error::ContextError;
pub use labels::Labels;
pub use library::LibraryContext;
pub use pathway::PathwayContext;
pub use permissions::{Action, Caller, allowed};
pub use plugin::LearningContext;
pub use records::{ContextKind, ContextRecord, NewContext, Role};
pub use response_tags::ResponseTags;
pub use source::{DefinitionSource, Inline, SourceFile};
pub use store::ContextStore;
pub use structure::{
    Asset, FileList, InvalidRecord, Linked, Node, NodeId, ResolvedAt, Structure, StructureRecord,
};
pub use upstream::Upstream;
pub use version::{InvalidVersion, VersionSelector};
