//! Values as the vectors write them (xblock-core §15): JSON, with `{"$kind": …}` for what JSON has not.

use anyhow::{Context, bail};
use num_bigint::BigInt;
use serde_json::{Map, Value};
use xblock::field::{FieldType, FieldValue};

/// Stands for a lone surrogate, which text here cannot hold; every rule treats the two alike.
const SURROGATE: char = '\u{fffe}';

/// Reads a value.
pub(super) fn decode(value: &Value) -> anyhow::Result<FieldValue> {
    Ok(match value {
        Value::Array(items) => FieldValue::List(items.iter().map(decode).collect::<Result<_, _>>()?),
        Value::Object(map) => match map.iter().next().filter(|(key, _)| key.starts_with('$')) {
            Some((kind, inner)) => special(kind, inner)?,
            None => FieldValue::Dict(entries(map)?),
        },
        plain => FieldValue::from_json(plain),
    })
}

fn entries(map: &Map<String, Value>) -> anyhow::Result<Vec<(FieldValue, FieldValue)>> {
    map.iter().map(|(key, value)| Ok((FieldValue::Text(key.clone()), decode(value)?))).collect()
}

fn special(kind: &str, value: &Value) -> anyhow::Result<FieldValue> {
    let text = || value.as_str().with_context(|| format!("{kind} without text"));
    let items = || value.as_array().with_context(|| format!("{kind} without a list"));
    Ok(match kind {
        "$float" => FieldValue::Float(text()?.parse()?),
        "$int" => FieldValue::Int(text()?.parse::<BigInt>()?),
        "$datetime" | "$date" => FieldType::Any.from_string(text()?)?,
        "$timedelta_us" => {
            FieldValue::Timedelta(value.as_i64().context("a duration that is no integer")?.into())
        }
        "$set" => FieldValue::Set(items()?.iter().map(decode).collect::<Result<_, _>>()?),
        "$score" => FieldValue::Score {
            raw_earned: Box::new(decode(&value["raw_earned"])?),
            raw_possible: Box::new(decode(&value["raw_possible"])?),
        },
        "$pairs" => {
            let pair = |pair: &Value| Ok((decode(&pair[0])?, decode(&pair[1])?));
            FieldValue::Dict(items()?.iter().map(pair).collect::<anyhow::Result<_>>()?)
        }
        "$surrogates" => {
            let code = |unit: &Value| unit.as_u64().and_then(|code| u32::try_from(code).ok());
            let char = |unit: &Value| code(unit).map(|code| char::from_u32(code).unwrap_or(SURROGATE));
            FieldValue::Text(items()?.iter().map(char).collect::<Option<_>>().context("a bad code")?)
        }
        other => bail!("there are no values of kind {other}"),
    })
}

/// Compares values; entries of objects and sets in any order, floats with their signs.
pub(super) fn same(a: &FieldValue, b: &FieldValue) -> bool {
    let all_in =
        |a: &[FieldValue], b: &[FieldValue]| a.iter().all(|item| b.iter().any(|other| same(item, other)));
    match (a, b) {
        (FieldValue::Float(a), FieldValue::Float(b)) => {
            a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
        }
        (FieldValue::List(a), FieldValue::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (FieldValue::Set(a), FieldValue::Set(b)) => a.len() == b.len() && all_in(a, b),
        (FieldValue::Dict(a), FieldValue::Dict(b)) => {
            let has =
                |key: &FieldValue, value: &FieldValue| b.iter().any(|(k, v)| same(k, key) && same(v, value));
            a.len() == b.len() && a.iter().all(|(key, value)| has(key, value))
        }
        (FieldValue::Score { .. }, FieldValue::Score { .. }) => serde_text(a) == serde_text(b),
        _ => a == b,
    }
}

fn serde_text(value: &FieldValue) -> String {
    value.to_stored().to_string()
}
