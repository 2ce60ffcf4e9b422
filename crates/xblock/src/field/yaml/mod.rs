//! YAML 1.1 as a safe loader reads it: the text form of every field that is not text (xblock-core §3.1).
//!
//! The stages are those of PyYAML, whose edge cases authored content relies on: [`scanner`] makes tokens,
//! [`compose`] makes a graph of nodes, [`construct`] makes values. Differences: a node that contains itself, the
//! `%TAG` directive and the `!!binary`, `!!omap` and `!!pairs` tags are refused, and depth and size are limited.

mod chars;
mod compose;
mod construct;
mod scalar;
mod scanner;
#[cfg(test)]
mod tests;
mod token;

use super::{FieldError, FieldValue};

/// Longest text that is read, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// Reads the value of a text with one YAML document; an empty text is null.
///
/// # Errors
/// Text that is not YAML, has several documents, or has tags that no safe loader builds; and scalars that look like a
/// number or date but are not one (a value error).
pub(crate) fn load(text: &str) -> Result<FieldValue, FieldError> {
    if text.len() > MAX_BYTES {
        return Err(FieldError::yaml(format!("the text has more than {MAX_BYTES} bytes")));
    }
    if let Some(c) = text.chars().find(|&c| !chars::is_printable(c)) {
        return Err(FieldError::yaml(format!("character U+{:04X} is not allowed in YAML", u32::from(c))));
    }
    match compose::compose(text)? {
        Some(root) => construct::construct(&root),
        None => Ok(FieldValue::Null),
    }
}
