//! JSON as Python reads and prints it.

use std::fmt::Write as _;

use super::error::FieldError;
use super::{FieldValue, moment, py};

/// Nesting that is still read or printed.
const MAX_DEPTH: usize = 128;

/// Prints JSON as `json.dumps` does by default: `", "`, `": "` and ASCII escapes; durations and dates inside are
/// printed the way the reference's encoder prints them.
///
/// # Errors
/// Sets, which have no JSON form, and keys that are neither text, number, boolean nor null.
pub(crate) fn compact(value: &FieldValue) -> Result<String, FieldError> {
    let mut out = String::new();
    Printer { sorted_lines: false, dates: true }.write(&mut out, value, 0)?;
    Ok(out)
}

/// Prints JSON indented by two spaces with sorted keys, the form of attributes (xblock-core §3.1).
///
/// # Errors
/// As [`compact`]; dates and durations too, and keys that cannot be sorted.
pub(crate) fn indented(value: &FieldValue) -> Result<String, FieldError> {
    let mut out = String::new();
    Printer { sorted_lines: true, dates: false }.write(&mut out, value, 0)?;
    Ok(out)
}

struct Printer {
    sorted_lines: bool,
    dates: bool,
}

impl Printer {
    fn write(&self, out: &mut String, value: &FieldValue, level: usize) -> Result<(), FieldError> {
        if level > MAX_DEPTH {
            return Err(FieldError::value("the value is nested too deep"));
        }
        match value {
            FieldValue::Null => out.push_str("null"),
            FieldValue::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            FieldValue::Int(n) => out.push_str(&n.to_string()),
            FieldValue::Float(x) => out.push_str(&py::float_json(*x)),
            FieldValue::Text(s) => write_text(out, s),
            FieldValue::List(items) => {
                self.group(out, '[', ']', items, level, |out, item| self.write(out, item, level + 1))?;
            }
            FieldValue::Score { raw_earned, raw_possible } => {
                let pair = [raw_earned.as_ref(), raw_possible.as_ref()];
                self.group(out, '[', ']', &pair, level, |out, item| self.write(out, item, level + 1))?;
            }
            FieldValue::Dict(pairs) => {
                let mut pairs: Vec<&(FieldValue, FieldValue)> = pairs.iter().collect();
                if self.sorted_lines {
                    sort(&mut pairs)?;
                }
                self.group(out, '{', '}', &pairs, level, |out, (key, item)| {
                    if !is_json_key(key) {
                        return Err(FieldError::ty(format!("{} cannot be a key in JSON", key.kind())));
                    }
                    write_text(out, &key_text(key));
                    out.push_str(": ");
                    self.write(out, item, level + 1)
                })?;
            }
            FieldValue::Date(date) if self.dates => write_text(out, &date.iso()),
            FieldValue::DateTime(at) if self.dates => write_text(out, &at.json_text()),
            FieldValue::Timedelta(micros) if self.dates => write_text(out, &moment::timedelta_iso(*micros)),
            FieldValue::Set(_) | FieldValue::Date(_) | FieldValue::DateTime(_) | FieldValue::Timedelta(_) => {
                return Err(FieldError::ty(format!("{} has no JSON form", value.kind())));
            }
        }
        Ok(())
    }

    fn group<T>(
        &self,
        out: &mut String,
        open: char,
        close: char,
        items: &[T],
        level: usize,
        mut item: impl FnMut(&mut String, &T) -> Result<(), FieldError>,
    ) -> Result<(), FieldError> {
        out.push(open);
        for (index, value) in items.iter().enumerate() {
            if index > 0 {
                out.push_str(if self.sorted_lines { "," } else { ", " });
            }
            self.newline(out, level + 1);
            item(out, value)?;
        }
        if !items.is_empty() {
            self.newline(out, level);
        }
        out.push(close);
        Ok(())
    }

    fn newline(&self, out: &mut String, level: usize) {
        if self.sorted_lines {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", level));
        }
    }
}

fn is_json_key(key: &FieldValue) -> bool {
    matches!(
        key,
        FieldValue::Null
            | FieldValue::Bool(_)
            | FieldValue::Int(_)
            | FieldValue::Float(_)
            | FieldValue::Text(_)
    )
}

/// Returns a key as JSON text has it.
pub(crate) fn key_text(key: &FieldValue) -> String {
    match key {
        FieldValue::Text(text) => text.clone(),
        FieldValue::Date(date) => date.iso(),
        FieldValue::DateTime(at) => at.iso(),
        other => compact(other).unwrap_or_default(),
    }
}

/// Sorts by key as Python sorts: texts with texts, numbers with numbers, nothing else.
fn sort(pairs: &mut [&(FieldValue, FieldValue)]) -> Result<(), FieldError> {
    let number = |key: &FieldValue| match key {
        FieldValue::Bool(b) => Some(f64::from(*b)),
        FieldValue::Int(n) => py::int_to_float(n).ok(),
        FieldValue::Float(x) => Some(*x),
        _ => None,
    };
    if pairs.len() < 2 {
        Ok(())
    } else if pairs.iter().all(|(key, _)| key.as_text().is_some()) {
        pairs.sort_by(|a, b| a.0.as_text().cmp(&b.0.as_text()));
        Ok(())
    } else if pairs.iter().all(|(key, _)| number(key).is_some()) {
        pairs.sort_by(|a, b| number(&a.0).partial_cmp(&number(&b.0)).unwrap_or(std::cmp::Ordering::Equal));
        Ok(())
    } else {
        Err(FieldError::ty("keys of different types cannot be sorted"))
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// Reads JSON as `json.loads` does: `NaN` and infinities are numbers, integers have any size, the last of equal keys
/// counts. Returns nothing for what is not JSON, is nested deeper than 128, or has a lone surrogate.
pub(crate) fn parse(text: &str) -> Option<FieldValue> {
    let mut reader = Reader { rest: text };
    reader.skip_space();
    let value = reader.value(0)?;
    reader.skip_space();
    reader.rest.is_empty().then_some(value)
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<FieldValue> {
        if depth > MAX_DEPTH {
            return None;
        }
        for (word, value) in [
            ("null", FieldValue::Null),
            ("true", FieldValue::Bool(true)),
            ("false", FieldValue::Bool(false)),
            ("NaN", FieldValue::Float(f64::NAN)),
            ("Infinity", FieldValue::Float(f64::INFINITY)),
            ("-Infinity", FieldValue::Float(f64::NEG_INFINITY)),
        ] {
            if self.take(word) {
                return Some(value);
            }
        }
        match self.rest.chars().next()? {
            '"' => self.text().map(FieldValue::Text),
            '[' => self.list(depth),
            '{' => self.dict(depth),
            _ => self.number(),
        }
    }

    fn list(&mut self, depth: usize) -> Option<FieldValue> {
        self.take("[");
        self.skip_space();
        let mut items = Vec::new();
        if self.take("]") {
            return Some(FieldValue::List(items));
        }
        loop {
            self.skip_space();
            items.push(self.value(depth + 1)?);
            self.skip_space();
            if self.take("]") {
                return Some(FieldValue::List(items));
            }
            if !self.take(",") {
                return None;
            }
        }
    }

    fn dict(&mut self, depth: usize) -> Option<FieldValue> {
        self.take("{");
        self.skip_space();
        let mut entries = DictBuilder::default();
        if self.take("}") {
            return Some(entries.finish());
        }
        loop {
            self.skip_space();
            let key = FieldValue::Text(self.text()?);
            self.skip_space();
            if !self.take(":") {
                return None;
            }
            self.skip_space();
            let value = self.value(depth + 1)?;
            entries.insert(key, value);
            self.skip_space();
            if self.take("}") {
                return Some(entries.finish());
            }
            if !self.take(",") {
                return None;
            }
        }
    }

    fn number(&mut self) -> Option<FieldValue> {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let text = self.rest;
        let sign = usize::from(text.starts_with('-'));
        let whole = match text[sign..].starts_with('0') {
            true => 1,
            false => digits(&text[sign..]),
        };
        if whole == 0 {
            return None;
        }
        let int_end = sign + whole;
        let mut end = int_end;
        if text[end..].starts_with('.') && digits(&text[end + 1..]) > 0 {
            end += 1 + digits(&text[end + 1..]);
        }
        if let Some(exponent) = text[end..].strip_prefix(['e', 'E']) {
            let sign = usize::from(exponent.starts_with(['+', '-']));
            let length = digits(&exponent[sign..]);
            if length > 0 {
                end += 1 + sign + length;
            }
        }
        self.rest = &text[end..];
        if end == int_end {
            py::parse_int(&text[..end]).ok().map(FieldValue::Int)
        } else {
            text[..end].parse().ok().map(FieldValue::Float)
        }
    }

    fn text(&mut self) -> Option<String> {
        if !self.take("\"") {
            return None;
        }
        let mut text = String::new();
        loop {
            let length = self.rest.find(|c: char| c == '"' || c == '\\' || c < ' ')?;
            text.push_str(&self.rest[..length]);
            self.rest = &self.rest[length..];
            if self.take("\"") {
                return Some(text);
            }
            if !self.take("\\") {
                return None;
            }
            let escape = self.rest.chars().next()?;
            self.rest = &self.rest[escape.len_utf8()..];
            text.push(match escape {
                '"' | '\\' | '/' => escape,
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => self.unicode()?,
                _ => return None,
            });
        }
    }

    fn unicode(&mut self) -> Option<char> {
        let first = self.unit()?;
        let mut units = vec![first];
        if (0xD800..0xDC00).contains(&first) && self.take("\\u") {
            units.push(self.unit()?);
        }
        let text = String::from_utf16(&units).ok()?;
        let mut chars = text.chars();
        chars.next().filter(|_| chars.next().is_none())
    }

    fn unit(&mut self) -> Option<u16> {
        let hex = self.rest.get(..4).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
        self.rest = &self.rest[4..];
        u16::from_str_radix(hex, 16).ok()
    }
}

/// Builds a mapping in which the last of equal keys counts, at the place of the first.
#[derive(Default)]
pub(crate) struct DictBuilder {
    pairs: Vec<(FieldValue, FieldValue)>,
    places: std::collections::HashMap<String, usize>,
}

impl DictBuilder {
    /// Adds an entry; returns whether the key can be one.
    pub(crate) fn insert(&mut self, key: FieldValue, value: FieldValue) -> bool {
        let Some(hash) = key.hash_text() else { return false };
        match self.places.get(&hash) {
            Some(&place) => self.pairs[place].1 = value,
            None => {
                self.places.insert(hash, self.pairs.len());
                self.pairs.push((key, value));
            }
        }
        true
    }

    pub(crate) fn finish(self) -> FieldValue {
        FieldValue::Dict(self.pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_python_reads() {
        for (text, printed) in [
            (" [1, -2.50, 1e3, true, null] ", "[1, -2.5, 1000.0, true, null]"),
            ("{\"b\": 1, \"a\": 2, \"b\": 3}", "{\"b\": 3, \"a\": 2}"),
            ("[NaN, -Infinity]", "[NaN, -Infinity]"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("\"\\ud83d\\ude00\\u00e9\\/\\n\"", "\"\\ud83d\\ude00\\u00e9/\\n\""),
            ("\"\u{7f}\"", "\"\\u007f\""),
            ("{}", "{}"),
        ] {
            assert_eq!(compact(&parse(text).unwrap()).unwrap(), printed, "{text}");
        }
        let deep = "[".repeat(10_000);
        for text in [
            "",
            "01",
            "1.",
            ".5",
            "+1",
            "[1,]",
            "{a: 1}",
            "'x'",
            "\"\t\"",
            "\"\\ud800\"",
            "\"\\x\"",
            "nul",
            "[1 2]",
            "1 2",
            &deep,
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn sorts_and_indents() {
        let value = parse(r#"{"b": [], "a": [1, {"d": {}, "c": null}]}"#).unwrap();
        let expected =
            "{\n  \"a\": [\n    1,\n    {\n      \"c\": null,\n      \"d\": {}\n    }\n  ],\n  \"b\": []\n}";
        assert_eq!(indented(&value).unwrap(), expected);
        let mixed = FieldValue::Dict(vec![
            (FieldValue::Int(1.into()), FieldValue::Null),
            (FieldValue::Text("a".to_owned()), FieldValue::Null),
        ]);
        assert!(indented(&mixed).is_err());
        assert_eq!(compact(&mixed).unwrap(), "{\"1\": null, \"a\": null}");
    }
}
