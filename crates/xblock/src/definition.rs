//! A definition: one block's authored content, immutable, shared by digest.

use std::sync::Arc;

use serde::Serialize;

use crate::{Fields, block_type::Compiled};

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Something is lost or odd.
    Warning,
    /// The block cannot be shown as written.
    Error,
}

/// Something an author should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContentProblem {
    /// How much it matters.
    pub severity: Severity,
    /// Stable code, e.g. `unknown_block_type`.
    pub code: &'static str,
    /// What is wrong with what, and what to do.
    pub message: String,
    /// File within the bundle, if known.
    pub file: Option<String>,
    /// Line in that file, from 1; 0 when unknown.
    pub line: u32,
}

impl ContentProblem {
    /// Returns a problem without a position.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        ContentProblem { severity, code, message: message.into(), file: None, line: 0 }
    }

    /// Returns the problem with its place.
    pub fn at(mut self, file: &str, line: u32) -> Self {
        self.file = Some(file.to_owned());
        self.line = line;
        self
    }
}

/// One block's authored content, read and compiled.
pub struct Definition {
    /// Names the content: equal digests mean equal definitions.
    pub digest: [u8; 20],
    /// The type as written, also when no such type is registered.
    pub block_type: Arc<str>,
    /// Explicitly set fields.
    pub fields: Fields,
    /// What the block type made of them.
    pub compiled: Compiled,
    /// What an author should look at.
    pub problems: Vec<ContentProblem>,
}

impl std::fmt::Debug for Definition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Definition")
            .field("block_type", &self.block_type)
            .field("fields", &self.fields)
            .finish()
    }
}
