//! From nodes to values: tags, the types that plain scalars resolve to, and merge keys.

use std::rc::Rc;
use std::sync::LazyLock;

use num_bigint::BigInt;
use regex::Regex;

use super::compose::{Content, Node};
use crate::field::json::DictBuilder;
use crate::field::moment::{Date, DateTime};
use crate::field::{FieldError, FieldValue, py};

type Result<T> = std::result::Result<T, FieldError>;

/// Values that one text may expand to; aliases repeat what they name.
const MAX_VALUES: usize = 200_000;

const STANDARD: &str = "tag:yaml.org,2002:";

/// Builds the value of a node.
pub(super) fn construct(root: &Node) -> Result<FieldValue> {
    Constructor { left: MAX_VALUES }.value(root)
}

/// The types of YAML 1.1 that are built.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Str,
    Timestamp,
    Merge,
    Seq,
    Map,
    Set,
}

struct Constructor {
    left: usize,
}

impl Constructor {
    fn value(&mut self, node: &Node) -> Result<FieldValue> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| FieldError::yaml("the text expands to too many values"))?;
        let mismatch = || FieldError::yaml("a tag that does not fit its value");
        match (&node.content, tag_of(node)?) {
            (Content::Scalar { text, .. }, tag) => match tag {
                Tag::Null => Ok(FieldValue::Null),
                Tag::Str | Tag::Merge => Ok(FieldValue::Text(text.clone())),
                Tag::Bool => boolean(text),
                Tag::Int => integer(text).map(FieldValue::Int),
                Tag::Float => float(text).map(FieldValue::Float),
                Tag::Timestamp => timestamp(text),
                Tag::Seq | Tag::Map | Tag::Set => Err(mismatch()),
            },
            (Content::Sequence(items), Tag::Seq) => {
                items.iter().map(|item| self.value(item)).collect::<Result<_>>().map(FieldValue::List)
            }
            (Content::Mapping(pairs), Tag::Map) => self.mapping(pairs),
            (Content::Mapping(pairs), Tag::Set) => match self.mapping(pairs)? {
                FieldValue::Dict(pairs) => {
                    Ok(FieldValue::Set(pairs.into_iter().map(|(key, _)| key).collect()))
                }
                other => Ok(other),
            },
            _ => Err(mismatch()),
        }
    }

    fn mapping(&mut self, pairs: &[(Rc<Node>, Rc<Node>)]) -> Result<FieldValue> {
        let mut entries = DictBuilder::default();
        let mut flat = Vec::new();
        self.flatten(pairs, &mut flat, 0)?;
        for (key, value) in flat {
            let key = self.value(&key)?;
            let value = self.value(&value)?;
            if !entries.insert(key, value) {
                return Err(FieldError::yaml("a list or mapping cannot be a key"));
            }
        }
        Ok(entries.finish())
    }

    /// Collects the entries of a mapping, those it merges with `<<` first so that its own win.
    fn flatten(
        &mut self,
        pairs: &[(Rc<Node>, Rc<Node>)],
        flat: &mut Vec<(Rc<Node>, Rc<Node>)>,
        depth: usize,
    ) -> Result<()> {
        let bad = || FieldError::yaml("`<<` takes a mapping or a list of mappings");
        self.left =
            self.left.checked_sub(pairs.len()).ok_or_else(|| FieldError::yaml("the text is too large"))?;
        if depth > 64 {
            return Err(FieldError::yaml("mappings merge one another too deep"));
        }
        let mut own = Vec::new();
        for (key, value) in pairs {
            if tag_of(key)? != Tag::Merge {
                own.push((Rc::clone(key), Rc::clone(value)));
                continue;
            }
            match &value.content {
                Content::Mapping(merged) => self.flatten(merged, flat, depth + 1)?,
                // The first mapping of the list wins, so it is merged last.
                Content::Sequence(items) => {
                    for item in items.iter().rev() {
                        match &item.content {
                            Content::Mapping(merged) => self.flatten(merged, flat, depth + 1)?,
                            _ => return Err(bad()),
                        }
                    }
                }
                Content::Scalar { .. } => return Err(bad()),
            }
        }
        flat.append(&mut own);
        Ok(())
    }
}

fn tag_of(node: &Node) -> Result<Tag> {
    if let Some(tag) = &node.tag {
        return match tag.strip_prefix(STANDARD) {
            Some("null") => Ok(Tag::Null),
            Some("bool") => Ok(Tag::Bool),
            Some("int") => Ok(Tag::Int),
            Some("float") => Ok(Tag::Float),
            Some("str") => Ok(Tag::Str),
            Some("timestamp") => Ok(Tag::Timestamp),
            Some("seq") => Ok(Tag::Seq),
            Some("map") => Ok(Tag::Map),
            Some("set") => Ok(Tag::Set),
            _ => Err(FieldError::yaml(format!("no value is built for tag `{tag}`"))),
        };
    }
    Ok(match &node.content {
        Content::Scalar { text, is_plain: true } => resolve(text)?,
        Content::Scalar { .. } => Tag::Str,
        Content::Sequence(_) => Tag::Seq,
        Content::Mapping(_) => Tag::Map,
    })
}

const BOOL: &str = "yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF";
const FLOAT: &str = r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)";
const INT: &str = r"[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+";
const DATE: &str = r"[0-9]{4}-[0-9]{2}-[0-9]{2}";
const MOMENT: &str = r"(?<year>[0-9]{4})-(?<month>[0-9][0-9]?)-(?<day>[0-9][0-9]?)(?:(?:[Tt]|[ \t]+)(?<hour>[0-9][0-9]?):(?<minute>[0-9]{2}):(?<second>[0-9]{2})(?:\.(?<fraction>[0-9]*))?(?:[ \t]*(?<zone>Z|(?<sign>[-+])(?<zh>[0-9][0-9]?)(?::(?<zm>[0-9]{2}))?))?)?";

/// The patterns plain scalars are resolved with, in the order they are tried.
struct Patterns {
    implicit: Vec<(Regex, Tag)>,
    moment: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let whole = |pattern: &str| Regex::new(&format!(r"\A(?:{pattern})\z")).ok();
    // Without its final `?` the pattern wants a time.
    let full_moment = MOMENT.strip_suffix('?')?;
    let implicit = [
        (whole(BOOL)?, Tag::Bool),
        (whole(FLOAT)?, Tag::Float),
        (whole(INT)?, Tag::Int),
        (whole("<<")?, Tag::Merge),
        (whole("~|null|Null|NULL|")?, Tag::Null),
        (whole(DATE)?, Tag::Timestamp),
        (whole(full_moment)?, Tag::Timestamp),
    ];
    Some(Patterns { implicit: implicit.into(), moment: whole(MOMENT)? })
});

/// Resolves a plain scalar.
fn resolve(text: &str) -> Result<Tag> {
    // `=` resolves to a type that no safe loader builds.
    if text == "=" {
        return Err(FieldError::yaml("`=` is no value"));
    }
    let patterns = PATTERNS.as_ref().ok_or_else(|| FieldError::yaml("no patterns"))?;
    let found = patterns.implicit.iter().find(|(pattern, _)| pattern.is_match(text));
    Ok(found.map_or(Tag::Str, |(_, tag)| *tag))
}

fn boolean(text: &str) -> Result<FieldValue> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "on" => Ok(FieldValue::Bool(true)),
        "no" | "false" | "off" => Ok(FieldValue::Bool(false)),
        _ => Err(FieldError::value(format!("{text:?} is not a boolean"))),
    }
}

fn integer(text: &str) -> Result<BigInt> {
    let bad = || FieldError::value(format!("{text:?} is not an integer"));
    let text = text.replace('_', "");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let radix = |digits: &str, radix: u32| {
        let all = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        Some(digits).filter(|_| all).and_then(|d| BigInt::parse_bytes(d.as_bytes(), radix)).ok_or_else(bad)
    };
    let value = if digits == "0" {
        BigInt::ZERO
    } else if let Some(binary) = digits.strip_prefix("0b") {
        radix(binary, 2)?
    } else if let Some(hex) = digits.strip_prefix("0x") {
        radix(hex, 16)?
    } else if digits.starts_with('0') {
        radix(digits, 8)?
    } else if digits.contains(':') {
        sexagesimal(digits, BigInt::ZERO, |sum, part| Ok(sum * 60 + py::parse_int(part)?))?
    } else {
        py::parse_int(digits)?
    };
    Ok(if negative { -value } else { value })
}

fn float(text: &str) -> Result<f64> {
    let text = text.replace('_', "").to_lowercase();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(&text)),
    };
    let value = match digits {
        ".inf" => f64::INFINITY,
        ".nan" => return Ok(f64::NAN),
        _ if digits.contains(':') => {
            sexagesimal(digits, 0.0, |sum, part| Ok(sum * 60.0 + py::parse_float(part)?))?
        }
        _ => py::parse_float(digits)?,
    };
    Ok(sign * value)
}

/// Adds up base 60 digits, as in `12:30:45`.
fn sexagesimal<N>(digits: &str, zero: N, add: impl Fn(N, &str) -> Result<N>) -> Result<N> {
    digits.split(':').try_fold(zero, add)
}

/// Reads a date, or a date with a time; only the latter with a zone is anchored to UTC.
fn timestamp(text: &str) -> Result<FieldValue> {
    let bad = || FieldError::value(format!("{text:?} is not a date"));
    let captures = PATTERNS.as_ref().and_then(|patterns| patterns.moment.captures(text)).ok_or_else(bad)?;
    let part = |name: &str| captures.name(name).map(|found| found.as_str());
    let number = |name: &str| part(name).map_or(Ok(0), str::parse::<u32>).map_err(|_| bad());
    let year = i32::try_from(number("year")?).map_err(|_| bad())?;
    let date = Date::new(year, number("month")?, number("day")?)?;
    if part("hour").is_none() {
        return Ok(FieldValue::Date(date));
    }
    let fraction: String =
        part("fraction").unwrap_or_default().chars().chain("000000".chars()).take(6).collect();
    let hms = (number("hour")?, number("minute")?, number("second")?);
    let mut moment = DateTime::new(date, hms, fraction.parse().map_err(|_| bad())?)?;
    if part("zone").is_some() {
        let seconds = number("zh")? * 3600 + number("zm")? * 60;
        let seconds = i32::try_from(seconds).map_err(|_| bad())?;
        moment = moment.at_offset(if part("sign") == Some("-") { -seconds } else { seconds })?;
    }
    Ok(FieldValue::DateTime(moment))
}
