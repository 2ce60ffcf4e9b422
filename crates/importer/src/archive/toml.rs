//! TOML with positions: every complaint says in which file and line.

use std::ops::Range;

use ::toml::{
    Spanned,
    de::{DeTable, DeValue},
    value::Datetime,
};
use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use xblock::Severity::{Error, Warning};

use crate::{Finding, text::line_of};

/// A file that is being read, and what was found wrong with it.
pub(super) struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    findings: &'a mut Vec<Finding>,
}

/// One table of a file.
#[derive(Clone, Copy)]
pub(super) struct Table<'t, 'i> {
    table: &'t DeTable<'i>,
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(path: &'a str, text: &'a str, findings: &'a mut Vec<Finding>) -> Self {
        Reader { path, text, findings }
    }

    /// Parses the file.
    pub(super) fn parse(&mut self) -> Option<Spanned<DeTable<'a>>> {
        match DeTable::parse(self.text) {
            Ok(document) => Some(document),
            Err(error) => {
                let offset = error.span().map_or(0, |span| span.start);
                self.error("toml_syntax", offset, error.message().to_owned());
                None
            }
        }
    }

    pub(super) fn error(&mut self, code: &'static str, offset: usize, message: String) {
        let line = line_of(self.text, offset);
        self.findings.push(Finding::new(Error, code, message).at(self.path, line));
    }

    pub(super) fn warn(&mut self, code: &'static str, offset: usize, message: String) {
        let line = line_of(self.text, offset);
        self.findings.push(Finding::new(Warning, code, message).at(self.path, line));
    }

    /// Returns the line of an offset.
    pub(super) fn line(&self, offset: usize) -> u32 {
        line_of(self.text, offset)
    }

    /// Warns about a line.
    pub(super) fn warn_at_line(&mut self, line: u32, code: &'static str, message: String) {
        self.findings.push(Finding::new(Warning, code, message).at(self.path, line));
    }

    /// Complains that a value is missing or of another type.
    fn expected(&mut self, name: &str, what: &str, found: Option<Range<usize>>, offset: usize) {
        match found {
            Some(span) => self.error("toml_type", span.start, format!("`{name}` is no {what}")),
            None => self.error("toml_missing", offset, format!("`{name}` is missing; it should be a {what}")),
        }
    }

    /// Returns a table, if it is there.
    pub(super) fn table<'t, 'i>(&mut self, within: Table<'t, 'i>, name: &str) -> Option<Table<'t, 'i>> {
        let value = within.get(name)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Table { table, offset: value.span().start }),
            _ => {
                self.expected(name, "table", Some(value.span()), within.offset);
                None
            }
        }
    }

    /// Returns the tables of an array of tables; none when it is missing.
    pub(super) fn tables<'t, 'i>(&mut self, within: Table<'t, 'i>, name: &str) -> Vec<Table<'t, 'i>> {
        let Some(value) = within.get(name) else { return Vec::new() };
        let items = value.get_ref().as_array().map(|array| array.iter().collect::<Vec<_>>());
        let tables: Option<Vec<_>> = items.and_then(|items| {
            let tables = items.into_iter().map(|item| match item.get_ref() {
                DeValue::Table(table) => Some(Table { table, offset: item.span().start }),
                _ => None,
            });
            tables.collect()
        });
        tables.unwrap_or_else(|| {
            self.expected(name, "list of tables", Some(value.span()), within.offset);
            Vec::new()
        })
    }

    /// Returns a text that must be there.
    pub(super) fn text(&mut self, within: Table<'_, '_>, name: &str) -> Option<String> {
        let text = within.get(name).and_then(|value| value.get_ref().as_str());
        if text.is_none() {
            self.expected(name, "text", within.get(name).map(Spanned::span), within.offset);
        }
        text.map(str::to_owned)
    }

    /// Returns a text that may be missing.
    pub(super) fn optional_text(&mut self, within: Table<'_, '_>, name: &str) -> Option<String> {
        within.get(name).and_then(|_| self.text(within, name))
    }

    /// Returns a boolean that may be missing.
    pub(super) fn optional_bool(&mut self, within: Table<'_, '_>, name: &str) -> Option<bool> {
        let value = within.get(name)?;
        let found = value.get_ref().as_bool();
        if found.is_none() {
            self.expected(name, "true or false", Some(value.span()), within.offset);
        }
        found
    }

    /// Returns a whole number that must be there.
    pub(super) fn number(&mut self, within: Table<'_, '_>, name: &str) -> Option<u32> {
        let number =
            within.get(name).and_then(|value| integer(value.get_ref())).and_then(|n| n.try_into().ok());
        if number.is_none() {
            let what = "whole number from 0 to 4294967295";
            self.expected(name, what, within.get(name).map(Spanned::span), within.offset);
        }
        number
    }

    /// Returns a list of texts that must be there.
    pub(super) fn texts(&mut self, within: Table<'_, '_>, name: &str) -> Option<Vec<String>> {
        let value = within.get(name);
        let texts: Option<Vec<String>> = value
            .and_then(|value| value.get_ref().as_array())
            .and_then(|items| items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect());
        if texts.is_none() {
            self.expected(name, "list of texts", value.map(Spanned::span), within.offset);
        }
        texts
    }

    /// Returns a date and time as RFC 3339 text; one without an offset is taken as UTC.
    pub(super) fn optional_time(&mut self, within: Table<'_, '_>, name: &str) -> Option<String> {
        let value = within.get(name)?;
        let time = match value.get_ref() {
            DeValue::Datetime(time) => rfc3339(time),
            DeValue::String(text) => OffsetDateTime::parse(text, &Rfc3339).ok().map(|_| text.to_string()),
            _ => None,
        };
        if time.is_none() {
            self.expected(name, "date and time", Some(value.span()), within.offset);
        }
        time
    }
}

impl<'t, 'i> Table<'t, 'i> {
    /// Returns a whole document.
    pub(super) fn of(document: &'t Spanned<DeTable<'i>>) -> Self {
        Table { table: document.get_ref(), offset: 0 }
    }

    fn get(self, name: &str) -> Option<&'t Spanned<DeValue<'i>>> {
        self.table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
    }

    /// Returns where the table starts.
    pub(super) fn offset(self) -> usize {
        self.offset
    }

    /// Returns where a value stands, or where the table starts.
    pub(super) fn offset_of(self, name: &str) -> usize {
        self.get(name).map_or(self.offset, |value| value.span().start)
    }

    /// Returns the names in the table.
    pub(super) fn names(self) -> Vec<&'t str> {
        self.table.keys().map(|key| key.get_ref().as_ref()).collect()
    }

    /// Returns everything but the named entries, as JSON: what later versions of the format may add is kept.
    pub(super) fn rest(self, known: &[&str]) -> Map<String, Value> {
        let others = self.table.iter().filter(|(key, _)| !known.contains(&key.get_ref().as_ref()));
        others.map(|(key, value)| (key.get_ref().to_string(), to_json(value.get_ref()))).collect()
    }
}

fn integer(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn rfc3339(time: &Datetime) -> Option<String> {
    let mut time = *time;
    if time.date.is_none() || time.time.is_none() {
        return None;
    }
    time.offset.get_or_insert(::toml::value::Offset::Z);
    let text = time.to_string();
    OffsetDateTime::parse(&text, &Rfc3339).ok().map(|_| text)
}

/// Turns a value into JSON. The parser bounds how deep values are nested.
fn to_json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => integer(value).map_or_else(|| number.as_str().into(), Into::into),
        DeValue::Float(number) => {
            number.as_str().parse::<f64>().map_or_else(|_| number.as_str().into(), Into::into)
        }
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Array(items) => items.iter().map(|item| to_json(item.get_ref())).collect(),
        DeValue::Table(table) => table
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), to_json(value.get_ref())))
            .collect::<Map<_, _>>()
            .into(),
    }
}
