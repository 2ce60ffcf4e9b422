//! Identity fields: shown as JSON, and compared as the reference compares them (opaque-keys §7, §9).

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use crate::form::{Field, Shape};
use crate::raw::Raw;

/// Returns `{class, fields, deprecated}`. Whole numbers are `{"int": "…"}`, absent fields null.
pub(crate) fn describe(key: &Raw) -> Value {
    describe_shape(key, key.form().shape())
}

fn describe_shape(key: &Raw, shape: &Shape) -> Value {
    let mut fields = Map::new();
    for field in shape.fields {
        let (name, value) = match *field {
            Field::Text(name, slot) => (name, json!(key.get(slot))),
            Field::Extra(name, slot) => match key.get(slot) {
                Some(text) => (name, json!(text)),
                None => continue,
            },
            Field::Number(name, slot) => {
                let text = key.field(slot);
                (name, if is_number(text) { json!({ "int": text }) } else { json!(text) })
            }
            Field::Constant(name, text) => (name, json!(text)),
            Field::Part(name, part) => (name, describe_shape(key, part)),
            Field::Inner(name) => (name, key.inner().map_or(Value::Null, describe)),
        };
        fields.insert(name.to_owned(), value);
    }
    json!({ "class": shape.class, "fields": fields, "deprecated": shape.deprecated })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Compares two keys as the reference does: field by field in identity order. `None` where the reference
/// raises a `TypeError`: keys of different forms, or the first fields that differ are not of one type.
pub(crate) fn compare(a: &Raw, b: &Raw) -> Option<Ordering> {
    if a.form() == b.form() { compare_fields(a, b, a.form().shape().fields) } else { None }
}

fn compare_fields(a: &Raw, b: &Raw, fields: &[Field]) -> Option<Ordering> {
    for field in fields {
        let order = match *field {
            Field::Text(_, slot) | Field::Extra(_, slot) => match (a.get(slot), b.get(slot)) {
                (Some(a), Some(b)) => a.cmp(b),
                (None, None) => Ordering::Equal,
                _ => return None,
            },
            Field::Number(_, slot) => {
                let (a, b) = (a.field(slot), b.field(slot));
                match (is_number(a), is_number(b)) {
                    (true, true) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
                    (false, false) => a.cmp(b),
                    _ => return None,
                }
            }
            Field::Constant(..) => Ordering::Equal,
            Field::Part(_, part) => compare_fields(a, b, part.fields)?,
            Field::Inner(_) => match (a.inner(), b.inner()) {
                (a, b) if a == b => Ordering::Equal,
                (Some(a), Some(b)) => compare(a, b)?,
                _ => return None,
            },
        };
        if order != Ordering::Equal {
            return Some(order);
        }
    }
    Some(Ordering::Equal)
}
