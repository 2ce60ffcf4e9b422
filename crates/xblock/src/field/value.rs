//! Field values, richer than JSON: what YAML and the field types can produce.

use num_bigint::BigInt;
use serde_json::{Map, Number, Value};

use super::moment::{Date, DateTime};

/// A field value.
///
/// Authored text goes through YAML, so integers have any size, keys need not be text, and dates are values.
/// [`FieldValue::to_stored`] gives the JSON that is stored.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer of any size.
    Int(BigInt),
    /// A float, `nan` and infinities included.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<FieldValue>),
    /// A mapping in order; keys are hashable values and occur once.
    Dict(Vec<(FieldValue, FieldValue)>),
    /// A set of hashable values, in the order they were added.
    Set(Vec<FieldValue>),
    /// A calendar date without a time.
    Date(Date),
    /// A point in time, or a local time when it has no zone.
    DateTime(DateTime),
    /// A duration in microseconds.
    Timedelta(i128),
    /// Points of a scored block.
    Score {
        /// Points earned.
        raw_earned: Box<FieldValue>,
        /// Points possible.
        raw_possible: Box<FieldValue>,
    },
}

impl FieldValue {
    /// Returns the value for JSON; every JSON value is a field value.
    pub fn from_json(json: &Value) -> Self {
        match json {
            Value::Null => FieldValue::Null,
            Value::Bool(b) => FieldValue::Bool(*b),
            Value::Number(n) => from_number(n),
            Value::String(s) => FieldValue::Text(s.clone()),
            Value::Array(items) => FieldValue::List(items.iter().map(FieldValue::from_json).collect()),
            Value::Object(map) => {
                let pairs = map.iter().map(|(k, v)| (FieldValue::Text(k.clone()), FieldValue::from_json(v)));
                FieldValue::Dict(pairs.collect())
            }
        }
    }

    /// Returns the JSON that is stored for the value.
    ///
    /// What JSON numbers cannot hold is stored as the text that numeric fields read back: integers beyond 64 bits,
    /// `NaN` and infinities. Sets become lists, scores become their object, keys become text; dates are ISO text
    /// and durations seconds.
    pub fn to_stored(&self) -> Value {
        match self {
            FieldValue::Null => Value::Null,
            FieldValue::Bool(b) => Value::Bool(*b),
            FieldValue::Int(n) => match (i64::try_from(n), u64::try_from(n)) {
                (Ok(n), _) => n.into(),
                (_, Ok(n)) => n.into(),
                _ => Value::String(n.to_string()),
            },
            FieldValue::Float(x) => {
                Number::from_f64(*x).map_or_else(|| Value::String(super::py::float_json(*x)), Value::Number)
            }
            FieldValue::Text(s) => Value::String(s.clone()),
            FieldValue::List(items) | FieldValue::Set(items) => {
                Value::Array(items.iter().map(FieldValue::to_stored).collect())
            }
            FieldValue::Dict(pairs) => {
                let entries = pairs.iter().map(|(k, v)| (super::json::key_text(k), v.to_stored()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
            FieldValue::Date(date) => Value::String(date.iso()),
            FieldValue::DateTime(moment) => Value::String(moment.iso()),
            FieldValue::Timedelta(micros) => FieldValue::Float(seconds(*micros)).to_stored(),
            FieldValue::Score { raw_earned, raw_possible } => {
                let mut map = Map::new();
                map.insert("raw_earned".to_owned(), raw_earned.to_stored());
                map.insert("raw_possible".to_owned(), raw_possible.to_stored());
                Value::Object(map)
            }
        }
    }

    /// Returns the text, if the value is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            FieldValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns whether Python takes the value as true.
    pub fn is_truthy(&self) -> bool {
        match self {
            FieldValue::Null => false,
            FieldValue::Bool(b) => *b,
            FieldValue::Int(n) => *n != BigInt::ZERO,
            FieldValue::Float(x) => *x != 0.0,
            FieldValue::Text(s) => !s.is_empty(),
            FieldValue::List(items) | FieldValue::Set(items) => !items.is_empty(),
            FieldValue::Dict(pairs) => !pairs.is_empty(),
            FieldValue::Timedelta(micros) => *micros != 0,
            FieldValue::Date(_) | FieldValue::DateTime(_) | FieldValue::Score { .. } => true,
        }
    }

    /// Returns what the kind of value is called in messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            FieldValue::Null => "null",
            FieldValue::Bool(_) => "a boolean",
            FieldValue::Int(_) => "an integer",
            FieldValue::Float(_) => "a float",
            FieldValue::Text(_) => "text",
            FieldValue::List(_) => "a list",
            FieldValue::Dict(_) => "an object",
            FieldValue::Set(_) => "a set",
            FieldValue::Date(_) => "a date",
            FieldValue::DateTime(_) => "a date with time",
            FieldValue::Timedelta(_) => "a duration",
            FieldValue::Score { .. } => "a score",
        }
    }

    /// Returns a text that equal hashable values share (`1`, `1.0` and `true` are equal), or nothing for a value
    /// that can be no key.
    pub(crate) fn hash_text(&self) -> Option<String> {
        Some(match self {
            FieldValue::Null => "n".to_owned(),
            FieldValue::Bool(b) => format!("i{}", i32::from(*b)),
            FieldValue::Int(n) => format!("i{n}"),
            FieldValue::Float(x) => match super::py::float_to_int(*x) {
                Ok(n) if x.fract() == 0.0 => format!("i{n}"),
                _ => format!("f{x}"),
            },
            FieldValue::Text(s) => format!("s{s}"),
            FieldValue::Date(date) => format!("d{}", date.iso()),
            FieldValue::DateTime(moment) => format!("t{}", moment.iso()),
            FieldValue::Timedelta(micros) => format!("u{micros}"),
            FieldValue::Score { raw_earned, raw_possible } => {
                format!("p{}/{}", raw_earned.hash_text()?, raw_possible.hash_text()?)
            }
            FieldValue::List(_) | FieldValue::Dict(_) | FieldValue::Set(_) => return None,
        })
    }
}

fn from_number(n: &Number) -> FieldValue {
    match (n.as_i64(), n.as_u64()) {
        (Some(n), _) => FieldValue::Int(n.into()),
        (_, Some(n)) => FieldValue::Int(n.into()),
        _ => FieldValue::Float(n.as_f64().unwrap_or(f64::NAN)),
    }
}

/// Returns a duration in seconds.
#[expect(clippy::cast_precision_loss, reason = "Python divides the same way")]
pub(crate) fn seconds(micros: i128) -> f64 {
    micros as f64 / 1e6
}
