//! Why a field refuses a value.

use thiserror::Error;

/// The kind of a [`FieldError`], named after the reference's exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldErrorKind {
    /// A value of a type the field cannot hold.
    Type,
    /// A value of the right type that is out of range or not readable.
    Value,
    /// A number that is too large.
    Overflow,
    /// Text that is not YAML.
    Yaml,
    /// Text that is not XML.
    Xml,
}

impl FieldErrorKind {
    /// Returns the name of the exception the reference raises.
    pub fn exception(self) -> &'static str {
        match self {
            FieldErrorKind::Type => "TypeError",
            FieldErrorKind::Value => "ValueError",
            FieldErrorKind::Overflow => "OverflowError",
            FieldErrorKind::Yaml => "YAMLError",
            FieldErrorKind::Xml => "XMLSyntaxError",
        }
    }
}

/// A value that a field refuses.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct FieldError {
    /// What kind of refusal it is.
    pub kind: FieldErrorKind,
    /// What is wrong with the value.
    pub message: String,
}

impl FieldError {
    pub(crate) fn new(kind: FieldErrorKind, message: impl Into<String>) -> Self {
        FieldError { kind, message: message.into() }
    }

    pub(crate) fn ty(message: impl Into<String>) -> Self {
        FieldError::new(FieldErrorKind::Type, message)
    }

    pub(crate) fn value(message: impl Into<String>) -> Self {
        FieldError::new(FieldErrorKind::Value, message)
    }

    pub(crate) fn overflow(message: impl Into<String>) -> Self {
        FieldError::new(FieldErrorKind::Overflow, message)
    }

    pub(crate) fn yaml(message: impl Into<String>) -> Self {
        FieldError::new(FieldErrorKind::Yaml, message)
    }
}
