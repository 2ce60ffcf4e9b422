//! Field types: how authored text and stored JSON become values, and back (xblock-core §3).
//!
//! [`FieldType`] has the rules of each type as methods: `from_string` and `to_string` for OLX attributes, `from_json`
//! and `to_json` for the store, `enforce` for assignments. [`deserialize_field`] and [`serialize_field`] are the
//! legacy rule for attributes. [`FieldValue::to_stored`] is the JSON that stores keep.

mod convert;
mod error;
mod json;
mod lenient_date;
mod moment;
mod py;
#[cfg(test)]
mod tests;
mod text;
mod value;
mod yaml;

use serde_json::Value;

pub use error::{FieldError, FieldErrorKind};
pub use moment::{Date, DateTime};
pub use text::{deserialize_field, serialize_field};
pub use value::FieldValue;

/// The types a field can have (xblock-core §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Text, sanitised.
    String,
    /// Text that is well-formed XML.
    XmlString,
    /// Arbitrary-precision integer.
    Integer,
    /// Float, `nan` and `inf` included.
    Float,
    /// Boolean.
    Boolean,
    /// List.
    List,
    /// Object.
    Dict,
    /// Set.
    Set,
    /// Point in time, second precision.
    Date,
    /// Point in time or duration.
    DateTime,
    /// Duration in words.
    Timedelta,
    /// `HH:MM:SS`.
    RelativeTime,
    /// Points earned and possible.
    Score,
    /// List of scores.
    ListScore,
    /// Anything.
    Any,
    /// Usage key.
    Reference,
    /// Usage keys.
    ReferenceList,
    /// Usage keys by name.
    ReferenceValueDict,
    /// `rerandomize` of problems, with its old spellings.
    Randomization,
}

/// Prints JSON as Python's `json.dumps` does by default: `", "`, `": "` and ASCII escapes.
pub fn json_text(value: &Value) -> String {
    // JSON values hold nothing that JSON cannot print; only absurd nesting is refused.
    json::compact(&FieldValue::from_json(value)).unwrap_or_else(|_| value.to_string())
}
