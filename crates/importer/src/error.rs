//! Why an import stopped.

use std::path::{Path, PathBuf};

use blockstore::BlockstoreError;
use learning_context::ContextError;
use olx::OlxError;
use opaque_keys::{InvalidKey, LearningContextKey};
use thiserror::Error;

use crate::Finding;

/// Machine codes of [`ImportError`] (import-export §7).
pub mod codes {
    /// A member's name could lead out of its folder, or clashes with another one.
    pub const UNSAFE_PATH: &str = "archive_unsafe_path";
    /// A member is no plain file or folder.
    pub const UNSAFE_MEMBER: &str = "archive_unsafe_member";
    /// More bytes than a limit.
    pub const TOO_LARGE: &str = "archive_too_large";
    /// More members than the limit.
    pub const TOO_MANY_FILES: &str = "archive_too_many_files";
    /// Unpacked to more than the limit's multiple of the packed size.
    pub const RATIO: &str = "archive_ratio";
    /// The archive is damaged or ends too early.
    pub const CORRUPT: &str = "archive_corrupt";
    /// None of the formats that can be read.
    pub const UNKNOWN_FORMAT: &str = "archive_unknown_format";
    /// The file that holds everything together cannot be read.
    pub const OLX_PARSE: &str = "olx_parse_error";
    /// The content has errors; they are listed.
    pub const INVALID_CONTENT: &str = "content_invalid";
    /// The content names no key that can be used, or the one asked for does not fit.
    pub const KEY: &str = "import_key";
    /// There is other content under the key, and nobody said that it may be replaced.
    pub const REPLACE: &str = "replace_required";
    /// A file could not be read.
    pub const IO: &str = "import_io";
    /// A store failed.
    pub const STORE: &str = "import_store";
}

/// An import that stopped. Unless a store failed in the middle, nothing was written.
#[derive(Debug, Error)]
pub enum ImportError {
    /// A member's name breaks a rule of import-export §7.
    #[error("unsafe name {name:?} in the archive: {problem}")]
    UnsafePath {
        /// The name, shortened.
        name: String,
        /// The rule it breaks.
        problem: &'static str,
    },
    /// A member is a link, a device or something else that is no file or folder.
    #[error("unsafe member {name:?} in the archive: {problem}")]
    UnsafeMember {
        /// Its name, shortened.
        name: String,
        /// What it is.
        problem: &'static str,
    },
    /// Something is larger than its limit.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// What is too large.
        what: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The archive has more members than the limit.
    #[error("there are more than {limit} files and folders")]
    TooManyFiles {
        /// The limit.
        limit: u64,
    },
    /// The archive unpacks to more than `limit` times its size.
    #[error("the archive unpacks to more than {limit} times its size")]
    Ratio {
        /// The limit.
        limit: u64,
    },
    /// The archive is damaged.
    #[error("the archive is damaged: {0}")]
    Corrupt(String),
    /// None of the formats that can be read.
    #[error("{0}")]
    UnknownFormat(String),
    /// The file that holds everything together cannot be read.
    #[error(transparent)]
    Olx(#[from] OlxError),
    /// The content has errors.
    #[error("the content has {} error(s), nothing was imported{}", .0.len(), listed(.0))]
    Invalid(Vec<Finding>),
    /// No usable key.
    #[error("{0}")]
    Key(String),
    /// A key cannot be made of what the content names.
    #[error("the content's names make no key: {0}")]
    InvalidKey(#[from] InvalidKey),
    /// There is other content under the key.
    #[error("'{0}' has other content; say that it may be replaced (it stays as a version)")]
    ReplaceRequired(LearningContextKey),
    /// A file could not be read.
    #[error("{}: {why}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why; part of the message, so not told again as its cause.
        why: std::io::Error,
    },
    /// The bundle store failed.
    #[error(transparent)]
    Blockstore(#[from] BlockstoreError),
    /// The context store failed.
    #[error(transparent)]
    Context(#[from] ContextError),
}

/// Longest piece of a hostile name that is shown.
const SHOWN_CHARS: usize = 120;

impl ImportError {
    /// Returns the error's machine code.
    pub fn code(&self) -> &'static str {
        match self {
            ImportError::UnsafePath { .. } => codes::UNSAFE_PATH,
            ImportError::UnsafeMember { .. } => codes::UNSAFE_MEMBER,
            ImportError::TooLarge { .. } => codes::TOO_LARGE,
            ImportError::TooManyFiles { .. } => codes::TOO_MANY_FILES,
            ImportError::Ratio { .. } => codes::RATIO,
            ImportError::Corrupt(_) => codes::CORRUPT,
            ImportError::UnknownFormat(_) => codes::UNKNOWN_FORMAT,
            ImportError::Olx(_) => codes::OLX_PARSE,
            ImportError::Invalid(_) => codes::INVALID_CONTENT,
            ImportError::Key(_) | ImportError::InvalidKey(_) => codes::KEY,
            ImportError::ReplaceRequired(_) => codes::REPLACE,
            ImportError::Io { .. } => codes::IO,
            ImportError::Blockstore(_) | ImportError::Context(_) => codes::STORE,
        }
    }

    pub(crate) fn unsafe_path(name: &str, problem: &'static str) -> Self {
        ImportError::UnsafePath { name: shortened(name), problem }
    }

    pub(crate) fn unsafe_member(name: &str, problem: &'static str) -> Self {
        ImportError::UnsafeMember { name: shortened(name), problem }
    }

    pub(crate) fn io(path: &Path, why: std::io::Error) -> Self {
        ImportError::Io { path: path.to_owned(), why }
    }
}

fn shortened(name: &str) -> String {
    name.chars().take(SHOWN_CHARS).collect()
}

fn listed(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("\n  {finding}")).collect()
}
