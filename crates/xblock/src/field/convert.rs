//! The rules of each field type (xblock-core §3.1): JSON to value, value to JSON.

use num_bigint::BigInt;

use super::moment::{self, DateTime};
use super::{FieldError, FieldType, FieldValue, lenient_date, py};

type Result<T> = std::result::Result<T, FieldError>;

impl FieldType {
    /// Converts a JSON value to what the field holds.
    ///
    /// # Errors
    /// A value that the type does not take; the kind tells which exception the reference raises.
    pub fn from_json(self, value: FieldValue) -> Result<FieldValue> {
        match self {
            FieldType::String | FieldType::XmlString => text(value),
            FieldType::Randomization => Ok(randomization(value)),
            FieldType::Integer => integer(value),
            FieldType::Float => float(value),
            FieldType::Boolean => Ok(FieldValue::Bool(match &value {
                FieldValue::Text(text) => text.to_lowercase() == "true",
                other => other.is_truthy(),
            })),
            FieldType::List | FieldType::ReferenceList => match value {
                FieldValue::Null | FieldValue::List(_) => Ok(value),
                other => Err(wanted("a list", &other)),
            },
            FieldType::Dict | FieldType::ReferenceValueDict => match value {
                FieldValue::Null | FieldValue::Dict(_) => Ok(value),
                other => Err(wanted("an object", &other)),
            },
            FieldType::Set => set(value),
            FieldType::Date => date(value),
            FieldType::DateTime => date_or_duration(value),
            FieldType::Timedelta => timedelta(value),
            FieldType::RelativeTime => relative_time(value),
            FieldType::Score => score(value),
            FieldType::ListScore => match value {
                FieldValue::Null => Ok(FieldValue::Null),
                FieldValue::List(items) => {
                    items.into_iter().map(score_entry).collect::<Result<_>>().map(FieldValue::List)
                }
                other => Err(wanted("a list of scores", &other)),
            },
            FieldType::Any | FieldType::Reference => Ok(value),
        }
    }

    /// Converts a value that is set on a field that enforces its type.
    ///
    /// # Errors
    /// As [`FieldType::from_json`], and text that is not well-formed XML for [`FieldType::XmlString`].
    pub fn enforce(self, value: FieldValue) -> Result<FieldValue> {
        match (self, value) {
            (FieldType::RelativeTime, FieldValue::Null) => Ok(FieldValue::Null),
            (FieldType::XmlString, value) => {
                let value = text(value)?;
                if let FieldValue::Text(xml) = &value {
                    olx::Document::parse(xml, &olx::Limits::default())
                        .map_err(|error| FieldError::new(super::FieldErrorKind::Xml, error.to_string()))?;
                }
                Ok(value)
            }
            (_, value) => self.from_json(value),
        }
    }

    /// Converts a value to its JSON form, which still may hold a value that JSON has not.
    ///
    /// # Errors
    /// A value that the type cannot print.
    pub fn to_json(self, value: &FieldValue) -> Result<FieldValue> {
        match self {
            FieldType::Date => match value {
                FieldValue::Null => Ok(FieldValue::Null),
                FieldValue::DateTime(moment) => Ok(FieldValue::Text(moment.date_field_text())),
                other => Err(wanted("a date with time", other)),
            },
            FieldType::DateTime => match value {
                FieldValue::Null => Ok(FieldValue::Null),
                FieldValue::DateTime(moment) => Ok(FieldValue::Text(moment.datetime_field_text())),
                FieldValue::Timedelta(micros) => Ok(FieldValue::Float(super::value::seconds(*micros))),
                other => Err(wanted("a date with time or a duration", other)),
            },
            FieldType::Timedelta => Ok(match value {
                FieldValue::Null => FieldValue::Null,
                FieldValue::Timedelta(micros) => FieldValue::Text(duration_words(*micros)),
                _ => FieldValue::Text(String::new()),
            }),
            FieldType::RelativeTime => relative_time_text(value),
            FieldType::Randomization => Ok(randomization(value.clone())),
            _ => Ok(value.clone()),
        }
    }
}

fn wanted(what: &str, value: &FieldValue) -> FieldError {
    FieldError::ty(format!("expected {what}, not {}", value.kind()))
}

fn text(value: FieldValue) -> Result<FieldValue> {
    match value {
        FieldValue::Null => Ok(FieldValue::Null),
        FieldValue::Text(text) => Ok(FieldValue::Text(sanitise(&text))),
        other => Err(wanted("text", &other)),
    }
}

/// Removes the characters that XML has no place for.
pub(crate) fn sanitise(text: &str) -> String {
    let bad = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    text.chars().filter(|&c| !bad(c)).collect()
}

/// Maps the old spellings of `rerandomize`.
fn randomization(value: FieldValue) -> FieldValue {
    match value.as_text() {
        Some("" | "true") => FieldValue::Text("always".to_owned()),
        Some("false") => FieldValue::Text("per_student".to_owned()),
        _ => value,
    }
}

fn integer(value: FieldValue) -> Result<FieldValue> {
    match value {
        FieldValue::Null => Ok(FieldValue::Null),
        FieldValue::Text(text) if text.is_empty() => Ok(FieldValue::Null),
        FieldValue::Text(text) => py::parse_int(&text).map(FieldValue::Int),
        FieldValue::Bool(b) => Ok(FieldValue::Int(BigInt::from(i32::from(b)))),
        FieldValue::Int(_) => Ok(value),
        FieldValue::Float(x) => py::float_to_int(x).map(FieldValue::Int),
        other => Err(wanted("an integer", &other)),
    }
}

fn float(value: FieldValue) -> Result<FieldValue> {
    match value {
        FieldValue::Null => Ok(FieldValue::Null),
        FieldValue::Text(text) if text.is_empty() => Ok(FieldValue::Null),
        FieldValue::Text(text) => py::parse_float(&text).map(FieldValue::Float),
        other => match as_float(&other) {
            Some(number) => number.map(FieldValue::Float),
            None => Err(wanted("a number", &other)),
        },
    }
}

/// Returns a boolean, integer or float as a float.
fn as_float(value: &FieldValue) -> Option<Result<f64>> {
    match value {
        FieldValue::Bool(b) => Some(Ok(f64::from(*b))),
        FieldValue::Int(n) => Some(py::int_to_float(n)),
        FieldValue::Float(x) => Some(Ok(*x)),
        _ => None,
    }
}

/// Returns a number of units in microseconds, `scale` of them a unit; integers keep every digit.
fn as_micros(value: &FieldValue, scale: u32) -> Option<Result<i128>> {
    match value {
        FieldValue::Bool(b) => Some(Ok(i128::from(*b) * i128::from(scale))),
        FieldValue::Int(n) => {
            let micros = i128::try_from(n).ok().and_then(|n| n.checked_mul(i128::from(scale)));
            Some(micros.ok_or_else(|| FieldError::overflow("the time is out of range")))
        }
        FieldValue::Float(x) => Some(moment::round_micros(*x, f64::from(scale))),
        _ => None,
    }
}

fn set(value: FieldValue) -> Result<FieldValue> {
    let items = match value {
        FieldValue::Null | FieldValue::Set(_) => return Ok(value),
        FieldValue::List(items) => items,
        FieldValue::Dict(pairs) => pairs.into_iter().map(|(key, _)| key).collect(),
        FieldValue::Text(text) => text.chars().map(|c| FieldValue::Text(c.to_string())).collect(),
        FieldValue::Score { raw_earned, raw_possible } => vec![*raw_earned, *raw_possible],
        other => return Err(wanted("a set", &other)),
    };
    let mut seen = std::collections::HashSet::new();
    let mut kept = Vec::new();
    for item in items {
        let Some(hash) = item.hash_text() else {
            return Err(wanted("something that can be in a set", &item));
        };
        if seen.insert(hash) {
            kept.push(item);
        }
    }
    Ok(FieldValue::Set(kept))
}

fn date(value: FieldValue) -> Result<FieldValue> {
    match value {
        FieldValue::Null | FieldValue::DateTime(_) => Ok(value),
        FieldValue::Text(text) if text.is_empty() => Ok(FieldValue::Null),
        FieldValue::Text(text) => Ok(lenient_date::parse(&text)?
            .map_or(FieldValue::Null, |moment| FieldValue::DateTime(moment.or_utc()))),
        other => match as_micros(&other, 1000) {
            Some(micros) => DateTime::from_epoch(micros?).map(FieldValue::DateTime),
            None => Err(wanted("a date", &other)),
        },
    }
}

fn date_or_duration(value: FieldValue) -> Result<FieldValue> {
    match value {
        FieldValue::Null | FieldValue::Timedelta(_) => Ok(value),
        FieldValue::Text(text) if text.is_empty() => Ok(FieldValue::Null),
        FieldValue::Text(text) => match lenient_date::parse(&text)? {
            Some(moment) => moment.to_utc().map(FieldValue::DateTime),
            // The reference completes it with the day it is read on.
            None => Err(FieldError::value(format!("{text:?} does not say which day it means"))),
        },
        FieldValue::DateTime(moment) => moment.to_utc().map(FieldValue::DateTime),
        other => match as_micros(&other, 1_000_000) {
            Some(micros) => moment::check_timedelta(micros?).map(FieldValue::Timedelta),
            None => Err(wanted("a date or a number of seconds", &other)),
        },
    }
}

/// Reads a duration in words; text that is none is null.
fn timedelta(value: FieldValue) -> Result<FieldValue> {
    match value {
        FieldValue::Null => Ok(FieldValue::Null),
        FieldValue::Text(text) => duration_from_words(&text),
        other => Err(wanted("a duration in words", &other)),
    }
}

/// Reads `1 day 2 hours 3 minutes 4 seconds`: each part optional, one optional white space between parts.
fn duration_from_words(text: &str) -> Result<FieldValue> {
    const UNITS: [(&str, i128); 4] = [(" day", 86_400), (" hour", 3600), (" minute", 60), (" second", 1)];
    let out_of_range = || FieldError::overflow("the duration is out of range");
    let mut rest = text;
    let mut seconds: i128 = 0;
    for (index, (unit, length)) in UNITS.into_iter().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix(char::is_whitespace).unwrap_or(rest);
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let Some(after) = rest[digits..].strip_prefix(unit).filter(|_| digits > 0) else { continue };
        let number: i128 = rest[..digits].parse().map_err(|_| out_of_range())?;
        let more = number.checked_mul(length).and_then(|more| seconds.checked_add(more));
        seconds = more.ok_or_else(out_of_range)?;
        rest = after.strip_prefix('s').unwrap_or(after);
    }
    if !matches!(rest, "" | "\n") {
        return Ok(FieldValue::Null);
    }
    let micros = seconds.checked_mul(1_000_000).ok_or_else(out_of_range)?;
    moment::check_timedelta(micros).map(FieldValue::Timedelta)
}

/// Prints a duration as days and seconds, the parts that are above zero.
fn duration_words(micros: i128) -> String {
    let (days, seconds, _) = moment::timedelta_parts(micros);
    let parts = [(days, "days"), (seconds, "seconds")];
    let words: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    words.join(" ")
}

fn relative_time(value: FieldValue) -> Result<FieldValue> {
    match value {
        FieldValue::Float(x) => moment::timedelta(x).map(FieldValue::Timedelta),
        FieldValue::Timedelta(_) => Ok(value),
        other if !other.is_truthy() => Ok(FieldValue::Timedelta(0)),
        FieldValue::Text(text) => clock_time(&text),
        other => Err(wanted("a time as HH:MM:SS", &other)),
    }
}

/// Reads `H:M:S` with one or two digits each, as `strptime` does.
fn clock_time(text: &str) -> Result<FieldValue> {
    let bad = || FieldError::value(format!("{text:?} is not a time as HH:MM:SS, up to 23:59:59"));
    let mut seconds = 0;
    let mut rest = text;
    for (index, (limit, length)) in [(23, 3600), (59, 60), (61, 1)].into_iter().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix(':').ok_or_else(bad)?;
        }
        let digits = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let number: i128 = rest[..digits].parse().map_err(|_| bad())?;
        if number > limit {
            return Err(bad());
        }
        seconds += number * length;
        rest = &rest[digits..];
    }
    if rest.is_empty() { Ok(FieldValue::Timedelta(seconds * 1_000_000)) } else { Err(bad()) }
}

fn relative_time_text(value: &FieldValue) -> Result<FieldValue> {
    const DAY: i128 = 86_400_000_000;
    let micros = match value {
        FieldValue::Float(x) if x.is_nan() => return Err(FieldError::value("NaN is not a time")),
        FieldValue::Float(x) if *x >= 86_400.0 => DAY,
        FieldValue::Float(x) => moment::timedelta(*x)?,
        FieldValue::Timedelta(micros) if *micros > DAY => {
            return Err(FieldError::value("a relative time is at most 24 hours"));
        }
        FieldValue::Timedelta(micros) => *micros,
        other if !other.is_truthy() => 0,
        other => return Err(wanted("a duration", other)),
    };
    let text = moment::timedelta_text(micros);
    Ok(FieldValue::Text(if text.len() == 7 { format!("0{text}") } else { text }))
}

fn score(value: FieldValue) -> Result<FieldValue> {
    if value == FieldValue::Null { Ok(value) } else { score_entry(value) }
}

fn score_entry(value: FieldValue) -> Result<FieldValue> {
    let pairs = match value {
        FieldValue::Score { .. } | FieldValue::Null => return Ok(value),
        FieldValue::Dict(pairs) => pairs,
        other => return Err(wanted("a score", &other)),
    };
    let part = |name: &str| {
        pairs.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value.clone())
    };
    let (Some(raw_earned), Some(raw_possible), 2) = (part("raw_earned"), part("raw_possible"), pairs.len())
    else {
        return Err(FieldError::ty("a score has exactly raw_earned and raw_possible"));
    };
    let number = |value: &FieldValue| as_float(value).unwrap_or_else(|| Err(wanted("points", value)));
    let (earned, possible) = (number(&raw_earned)?, number(&raw_possible)?);
    if possible < 0.0 {
        return Err(FieldError::value("possible points are not below zero"));
    }
    if earned < 0.0 || earned > possible {
        return Err(FieldError::value("earned points are between zero and the possible points"));
    }
    Ok(FieldValue::Score { raw_earned: Box::new(raw_earned), raw_possible: Box::new(raw_possible) })
}
