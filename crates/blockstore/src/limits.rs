//! How much a bundle may hold (blockstore-api §1.1 and §3).

use crate::BlockstoreError;

/// Longest bundle title, in characters.
pub const TITLE_CHARS: usize = 180;
/// Longest bundle slug, in characters.
pub const SLUG_CHARS: usize = 50;
/// Longest bundle description, in characters.
pub const DESCRIPTION_CHARS: usize = 10_000;
/// Longest name, author or link name of a version, in characters.
pub const NAME_CHARS: usize = 180;
/// Longest change description of a version, in characters.
pub const CHANGE_DESCRIPTION_CHARS: usize = 1_000;

/// Limits a deployment may change; the defaults are those of blockstore-api §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes.
    pub file_bytes: u64,
    /// Most files in one bundle.
    pub files: u64,
    /// Largest request body, in bytes; for those who read requests, stores do not check it.
    pub request_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { file_bytes: 50_000_000, files: 10_000, request_bytes: 64 << 20 }
    }
}

/// Checks a text against its longest length in characters, and for U+0000, which PostgreSQL cannot keep.
pub fn check_text(what: &'static str, text: &str, limit: usize) -> Result<(), BlockstoreError> {
    let size = text.chars().count();
    if size > limit {
        return Err(BlockstoreError::TooLarge {
            what: format!("{what} (characters)"),
            size: size as u64,
            limit: limit as u64,
        });
    }
    if text.contains('\0') {
        return Err(BlockstoreError::InvalidText(what));
    }
    Ok(())
}
