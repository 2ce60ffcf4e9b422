//! Values on their way between attributes, fields and the store.

use olx::{Element, OlxError, codes};
use serde_json::Value;
use xblock::field::{FieldError, FieldType, FieldValue, serialize_field};
use xblock::{BlockDecl, ContentProblem, FieldDecl, Fields, Severity};

use super::WriteError;

/// Attributes that are never fields or unknown attributes, neither read nor written (xblock-core §4.3).
const STRIPPED: &[&str] = &[
    "data_dir",
    "tabs",
    "grading_policy",
    "discussion_blackouts",
    "course",
    "org",
    "url_name",
    "filename",
    "xml_attributes",
    "x-is-pointer-node",
];

/// Returns whether an attribute says something about the file and not about the block.
pub(super) fn is_stripped(name: &str) -> bool {
    STRIPPED.contains(&name) || name == "xblock-family" || name == "xmlns" || name.starts_with("xmlns:")
}

/// Returns the declaration of a field that authors set.
pub(super) fn authored_field(decl: &BlockDecl, name: &str) -> Option<&'static FieldDecl> {
    decl.field(name).filter(|field| field.scope.is_authored())
}

/// Returns the stored form of a value that a field holds.
pub(super) fn store(ty: FieldType, value: &FieldValue) -> Result<Value, FieldError> {
    Ok(ty.to_json(value)?.to_stored())
}

/// Converts a JSON value as the field does and returns its stored form.
pub(super) fn convert(ty: FieldType, value: FieldValue) -> Result<Value, FieldError> {
    store(ty, &ty.from_json(value)?)
}

/// Returns a stored text, or an empty one.
pub(super) fn text<'f>(fields: &'f Fields, name: &str) -> &'f str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Prints a stored value as an attribute by the legacy rule (xblock-core §3.2).
pub(super) fn legacy_text(name: &str, value: &Value) -> Result<String, WriteError> {
    serialize_field(&FieldValue::from_json(value))
        .map_err(|source| WriteError::Field { field: name.to_owned(), source })
}

/// Returns the error for an attribute whose field refuses it.
pub(super) fn field_error(element: &Element, name: &str, error: &FieldError) -> OlxError {
    let message = format!("<{}> attribute {name}: {error}", element.name);
    OlxError::at(element.position, codes::FIELD, message)
}

/// Returns the problem of an attribute that names no field and is not kept.
pub(super) fn unknown_attribute(element: &Element, name: &str) -> ContentProblem {
    let message = format!("<{}> has an attribute {name} that is no field of the block", element.name);
    located(element, ContentProblem::new(Severity::Warning, "unknown_attribute", message))
}

/// Returns the problem of a value that is kept as written although its field refuses it.
pub(super) fn bad_value(element: &Element, name: &str, error: &FieldError) -> ContentProblem {
    let message = format!("<{}> attribute {name} is ignored: {error}", element.name);
    located(element, ContentProblem::new(Severity::Warning, "bad_field_value", message))
}

fn located(element: &Element, problem: ContentProblem) -> ContentProblem {
    ContentProblem { line: element.position.line, ..problem }
}
