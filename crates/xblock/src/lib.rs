//! The block model: what every block type, store and runtime agrees on.
//!
//! A block *type* ([`BlockType`]) is code behind an OLX tag, kept in a [`Registry`]. A *definition*
//! ([`Definition`]) is one block's authored content, read from OLX once, compiled once and shared by digest.
//! A [`Block`] is a definition in use: with its usage key, the values that apply to it there
//! (overrides, inheritance) and one learner's state. Types answer [`BlockType::view`] with a [`Fragment`] and
//! [`BlockType::handle`] with a [`HandlerResponse`]; both are pure: what they change leaves through
//! [`Effects`].
//!
//! To add a block type: a folder in `blocks` that implements [`BlockType`], its templates, and one line in
//! the registry of `blocks`.

pub mod answers;
pub mod authored;
pub mod block;
pub mod block_type;
pub mod cx;
pub mod decl;
pub mod definition;
pub mod field;
pub mod fragment;
pub mod grader;
pub mod handler;
pub mod registry;

pub use authored::{Authored, ChildElement, Files, NoFiles, OlxMode, ReadInput};
pub use block::{Block, BlockState, Placement};
pub use block_type::{BlockType, CompileCx, Compiled, PointsTold, RescoreError, Rescored, ViewError};
pub use cx::{BlockCx, Child, Effects, Emitted, LearnerInfo, Published, Site, TemplateEngine, Urls, View};
pub use decl::{BlockDecl, CompletionMode, DefaultValue, FieldDecl, Scope};
pub use definition::{ContentProblem, Definition, Severity};
pub use fragment::{Fragment, JsInit, Piece, Resource, ResourceKind, ResourcePlacement};
pub use grader::{GraderDelivery, GraderQueue, GraderReceipt, GraderSubmission, UploadedFile};
pub use handler::{HandlerError, HandlerRequest, HandlerResponse, json_handler};
pub use registry::Registry;

/// Field values by name in their stored JSON form, in the order they were set. Only explicitly set fields
/// are in it; an explicit null is a value (xblock-core §3).
pub type Fields = serde_json::Map<String, serde_json::Value>;
