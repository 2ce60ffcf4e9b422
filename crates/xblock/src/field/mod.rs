//! Field types: how authored text and stored JSON become values, and back (xblock-core §3).

use serde_json::Value;

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
    let mut out = String::new();
    write_json(&mut out, value);
    out
}

fn write_json(out: &mut String, value: &Value) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_json(out, item);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            for (i, (key, item)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_text(out, key);
                out.push_str(": ");
                write_json(out, item);
            }
            out.push('}');
        }
        Value::String(text) => write_text(out, text),
        other => out.push_str(&other.to_string()),
    }
}

fn write_text(out: &mut String, text: &str) {
    use std::fmt::Write as _;
    let quoted = Value::from(text).to_string();
    let mut units = [0u16; 2];
    for c in quoted.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
}
