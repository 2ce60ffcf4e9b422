//! What is wrong with a document, and where.

use std::fmt;

use crate::Position;

/// Machine codes of [`OlxError`].
pub mod codes {
    /// The text is not well-formed XML.
    pub const MALFORMED: &str = "olx_malformed";
    /// The bytes are not UTF-8, or the XML declaration names another encoding.
    pub const ENCODING: &str = "olx_encoding";
    /// The document has a document type definition.
    pub const DOCTYPE: &str = "olx_doctype";
    /// An entity other than the five predefined ones, such as `&nbsp;`.
    pub const UNDEFINED_ENTITY: &str = "olx_undefined_entity";
    /// An element has the same attribute twice.
    pub const DUPLICATE_ATTRIBUTE: &str = "olx_duplicate_attribute";
    /// A namespace prefix that no enclosing element declares.
    pub const UNBOUND_PREFIX: &str = "olx_unbound_prefix";
    /// More bytes than the limit.
    pub const TOO_LARGE: &str = "olx_too_large";
    /// Elements nested deeper than the limit.
    pub const TOO_DEEP: &str = "olx_too_deep";
    /// One element with more attributes than the limit.
    pub const TOO_MANY_ATTRIBUTES: &str = "olx_too_many_attributes";
    /// A text, CDATA section or comment longer than the limit.
    pub const TEXT_TOO_LONG: &str = "olx_text_too_long";
    /// More elements and texts than the limit.
    pub const TOO_MANY_NODES: &str = "olx_too_many_nodes";
    /// Well-formed XML that is not what the block type reads.
    pub const CONTENT: &str = "olx_content";
    /// A field value that the field's type refuses.
    pub const FIELD: &str = "olx_field";
    /// A file that the document points to is not there.
    pub const MISSING_FILE: &str = "olx_missing_file";
    /// A tag that is no known block type.
    pub const UNKNOWN_BLOCK_TYPE: &str = "olx_unknown_block_type";
}

/// An error in OLX, with the place where it is.
///
/// Prints as `file.xml:3:14: message`, without the file when it has no name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OlxError {
    /// The file, as the caller names it.
    pub file: Option<String>,
    /// Line, from 1; 0 when the error belongs to no place in particular.
    pub line: u32,
    /// Column in characters, from 1; 0 when the error belongs to no place in particular.
    pub column: u32,
    /// One of [`codes`], or a code of the crate that raised the error.
    pub code: &'static str,
    /// What is wrong with what.
    pub message: String,
    /// The text of that line, shortened around the column when it is long.
    pub source_line: Option<String>,
}

/// Characters of a source line kept on either side of the column.
const SOURCE_CONTEXT: usize = 80;

impl OlxError {
    /// Returns an error that belongs to no place in particular.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        OlxError { file: None, line: 0, column: 0, code, message: message.into(), source_line: None }
    }

    /// Returns an error at the place of an element that was parsed earlier.
    pub fn at(position: Position, code: &'static str, message: impl Into<String>) -> Self {
        OlxError { line: position.line, column: position.column, ..OlxError::new(code, message) }
    }

    /// Returns the error with the name of its file, unless it has one already.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file.get_or_insert_with(|| file.into());
        self
    }

    /// Returns the error with its source line, taken from the text that was parsed.
    #[must_use]
    pub fn with_source(mut self, text: &str) -> Self {
        if let Some(line) = (self.line as usize).checked_sub(1).and_then(|index| text.lines().nth(index)) {
            let start = (self.column as usize).saturating_sub(SOURCE_CONTEXT + 1);
            self.source_line = Some(line.chars().skip(start).take(2 * SOURCE_CONTEXT).collect());
        }
        self
    }
}

impl fmt::Display for OlxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}:")?;
        }
        if self.line > 0 {
            write!(f, "{}:{}:", self.line, self.column)?;
        }
        if self.file.is_some() || self.line > 0 {
            f.write_str(" ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for OlxError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_it_knows_about_the_place() {
        let place = Position { line: 3, column: 14, offset: 40 };
        let error = OlxError::at(place, codes::CONTENT, "no choices");
        assert_eq!(error.to_string(), "3:14: no choices");
        assert_eq!(error.in_file("problem/p1.xml").to_string(), "problem/p1.xml:3:14: no choices");
        assert_eq!(
            OlxError::new(codes::CONTENT, "no choices").in_file("a.xml").to_string(),
            "a.xml: no choices"
        );
        assert_eq!(OlxError::new(codes::CONTENT, "no choices").to_string(), "no choices");
    }

    #[test]
    fn shows_the_line_around_the_column_only() {
        let text = format!("<a>\n{}<b>{}", "x".repeat(500), "y".repeat(500));
        let place = Position { line: 2, column: 501, offset: 504 };
        let error = OlxError::at(place, codes::CONTENT, "m").with_source(&text);
        let line = error.source_line.unwrap();
        assert_eq!(line.chars().count(), 160);
        assert!(line.contains("x<b>y"));
    }
}
