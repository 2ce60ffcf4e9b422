//! Between text in OLX attributes and values.

use super::convert::sanitise;
use super::{FieldError, FieldType, FieldValue, json, yaml};

impl FieldType {
    fn is_text(self) -> bool {
        matches!(self, FieldType::String | FieldType::XmlString | FieldType::Randomization)
    }

    /// Reads attribute text: as it is for text fields, as YAML and then enforced for all others
    /// (xblock-core §3.1).
    ///
    /// # Errors
    /// Text that is not YAML, or a value that the type does not take.
    pub fn from_string(self, text: &str) -> Result<FieldValue, FieldError> {
        if self.is_text() {
            return Ok(FieldValue::Text(sanitise(text)));
        }
        self.enforce(yaml::load(text)?)
    }

    /// Prints a value as attribute text.
    ///
    /// Text fields print null as null, and [`FieldType::DateTime`] prints null and durations as what they are: the
    /// caller must find another place for them. Everything else is text.
    ///
    /// # Errors
    /// A value that the type cannot print or JSON cannot hold.
    pub fn to_string(self, value: &FieldValue) -> Result<FieldValue, FieldError> {
        let mut json_form = self.to_json(value)?;
        if self.is_text() || self == FieldType::DateTime {
            return Ok(json_form);
        }
        if let (FieldType::Dict, FieldValue::Dict(pairs)) = (self, &mut json_form) {
            for (key, _) in pairs.iter_mut().filter(|(key, _)| *key == FieldValue::Null) {
                *key = FieldValue::Text("null".to_owned());
            }
        }
        json::indented(&json_form).map(FieldValue::Text)
    }
}

/// Reads attribute text by the legacy rule: JSON that the field takes, else the text (xblock-core §3.2).
///
/// The value is not converted; JSON null is null for every type.
pub fn deserialize_field(ty: FieldType, text: &str) -> FieldValue {
    match json::parse(text) {
        Some(FieldValue::Null) => FieldValue::Null,
        Some(value) if ty.from_json(value.clone()).is_ok() => value,
        _ => FieldValue::Text(text.to_owned()),
    }
}

/// Prints a value by the legacy rule: text as it is, moments as ISO, all else as JSON (xblock-core §3.2).
///
/// # Errors
/// A value that JSON cannot hold.
pub fn serialize_field(value: &FieldValue) -> Result<String, FieldError> {
    match value {
        FieldValue::Text(text) => Ok(text.clone()),
        FieldValue::DateTime(moment) => Ok(moment.iso()),
        other => json::compact(other),
    }
}
