//! Attributes of reference blocks, as authors and other programs write them (unit-composition §1.2).

use std::borrow::Cow;

use opaque_keys::{ContainerKey, LearningContextKey, UsageKey, VersionedLibraryRef};
use serde_json::Value;
use xblock::{Fields, Severity};

use crate::{
    Finding, Pin,
    missing::library_invalid,
    reference::{BlockName, OverridesOf, SOURCED, is_group_id},
    settings::{MAX_OVERRIDE_BYTES, Setting, stored},
};

/// Attributes that are no settings and yet have a meaning.
const OTHER_ATTRIBUTES: [&str; 4] = ["url_name", "source_block_ids", "filename", "slug"];

/// Reads the settings of one reference; what is odd is reported and read as not given.
pub(crate) struct Read<'a> {
    pub(crate) usage: &'a UsageKey,
    pub(crate) fields: &'a Fields,
    pub(crate) findings: &'a mut Vec<Finding>,
}

impl Read<'_> {
    pub(crate) fn report(&mut self, severity: Severity, code: &'static str, message: String) {
        self.findings.push(Finding { source: self.usage.clone(), severity, code, message });
    }

    fn odd(&mut self, name: &str, expected: &str) {
        self.report(Severity::Warning, "field_invalid", format!("{name} is not {expected}"));
    }

    fn value(&self, name: &str) -> Option<&Value> {
        stored(self.fields, name).filter(|value| !value.is_null())
    }

    /// Returns a field that is JSON text in its attribute.
    fn json(&self, name: &str) -> Option<Cow<'_, Value>> {
        match self.value(name)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => match serde_json::from_str(text) {
                Ok(json) => Some(Cow::Owned(json)),
                Err(_) => Some(Cow::Owned(Value::String(text.clone()))),
            },
            other => Some(Cow::Borrowed(other)),
        }
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => {
                self.odd(name, "a text");
                None
            }
        }
    }

    pub(crate) fn integer(&mut self, names: &[&str]) -> Option<i64> {
        let name = names.iter().find(|name| self.value(name).is_some())?;
        let number = match self.value(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.odd(name, "a whole number");
        }
        number
    }

    pub(crate) fn flag(&mut self, names: &[&str]) -> Option<bool> {
        let name = names.iter().find(|name| self.value(name).is_some())?;
        match self.value(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => {
                self.odd(name, "true or false");
                None
            }
        }
    }

    fn list(&mut self, name: &str) -> Vec<Value> {
        match self.json(name).map(Cow::into_owned) {
            None => Vec::new(),
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.odd(name, "a list");
                Vec::new()
            }
        }
    }

    pub(crate) fn texts(&mut self, name: &str) -> Vec<String> {
        let items = self.list(name);
        items.into_iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    }

    pub(crate) fn object(&mut self, name: &str) -> Fields {
        match self.json(name).map(Cow::into_owned) {
            None => Fields::new(),
            Some(Value::Object(fields)) => fields,
            Some(_) => {
                self.odd(name, "an object");
                Fields::new()
            }
        }
    }

    /// Returns the library, or what is wrong with its key, and the version the key names.
    pub(crate) fn library(&mut self) -> (Result<Option<LearningContextKey>, String>, Option<u32>) {
        let mut text = self.text("library_key").unwrap_or_default();
        if text.is_empty() {
            text = self.library_of_source().unwrap_or_default();
        }
        if text.is_empty() {
            let message = "A library has not yet been selected.".to_owned();
            self.report(Severity::Error, "library_not_selected", message);
            return (Ok(None), None);
        }
        match VersionedLibraryRef::parse(&text) {
            Ok(reference) => (Ok(Some(reference.library)), reference.version),
            Err(error) => {
                let message = library_invalid(&text, &error);
                self.report(Severity::Error, "library_missing", message.clone());
                (Err(message), None)
            }
        }
    }

    pub(crate) fn pin(&mut self, from_key: Option<u32>) -> Pin {
        let text = self.text("library_version").unwrap_or_default();
        match (text.parse::<u32>(), from_key) {
            (Ok(number), _) if number > 0 => Pin::Number(number),
            (_, Some(number)) => Pin::Number(number),
            (Ok(_), None) => {
                self.odd("library_version", "a version from 1");
                Pin::Missing
            }
            (Err(_), None) if text.is_empty() => Pin::Missing,
            (Err(_), None) => Pin::Name(text),
        }
    }

    pub(crate) fn group(&mut self) -> String {
        let group = self.text("group").unwrap_or_default();
        if group.is_empty() || is_group_id(&group) {
            return group;
        }
        let message = "group is not 1 to 64 letters, digits, '_', '-' or '.'; the reference draws alone";
        self.report(Severity::Warning, "group_invalid", message.to_owned());
        String::new()
    }

    pub(crate) fn blocks(&mut self) -> Vec<Value> {
        if self.usage.block_type() == Some(SOURCED) { self.source_blocks() } else { self.list("blocks") }
    }

    /// Returns the blocks a `library_sourced` block names: a JSON list, or one as Python prints it.
    fn source_blocks(&mut self) -> Vec<Value> {
        match self.value("source_block_ids") {
            Some(Value::String(text)) if text.contains('\'') => {
                // Keys hold no quotes.
                serde_json::from_str(&text.replace('\'', "\"")).unwrap_or_else(|_| {
                    self.odd("source_block_ids", "a list");
                    Vec::new()
                })
            }
            _ => self.list("source_block_ids"),
        }
    }

    /// Returns the library of the first block a `library_sourced` block names.
    fn library_of_source(&mut self) -> Option<String> {
        self.usage.block_type().filter(|block_type| *block_type == SOURCED)?;
        let first = self.source_blocks().into_iter().next()?;
        let key: UsageKey = first.as_str()?.parse().ok()?;
        Some(key.context_key().to_string())
    }

    pub(crate) fn block_name(
        &mut self,
        value: &Value,
        library: Option<&LearningContextKey>,
    ) -> Option<BlockName> {
        let found = listed_name(value, library);
        if found.is_none() {
            self.report(
                Severity::Warning,
                "block_not_in_version",
                format!("{value} names no block of the library"),
            );
        }
        found
    }

    /// Reports overrides that are longer than may be saved.
    pub(crate) fn check_size(&mut self) {
        let size = |name: &str| self.value(name).map_or(0, |value| Setting::print(value).len());
        let bytes = size("field_overrides") + size("block_field_overrides");
        if bytes > MAX_OVERRIDE_BYTES {
            let message = format!("the overrides have {bytes} bytes; at most {MAX_OVERRIDE_BYTES} are meant");
            self.report(Severity::Warning, "overrides_too_large", message);
        }
    }

    /// Reports the attributes nobody knows; they stay as they are written.
    pub(crate) fn report_unknown(&mut self) {
        let Some(Value::Object(attributes)) = self.fields.get("xml_attributes") else { return };
        for name in attributes.keys() {
            let is_known = Setting::named(name).is_some() || OTHER_ATTRIBUTES.contains(&&**name);
            if !is_known {
                let message = format!("{name} is no attribute of a reference; it is kept");
                self.report(Severity::Warning, "unknown_attribute", message);
            }
        }
    }

    pub(crate) fn block_overrides(&mut self, library: Option<&LearningContextKey>) -> Vec<OverridesOf> {
        let mut all = Vec::new();
        for (key, value) in self.object("block_field_overrides") {
            match value {
                Value::Object(fields) => {
                    let name = block_name(&key, library);
                    all.push((key, name, fields));
                }
                _ => self.odd(&format!("block_field_overrides[{key}]"), "an object"),
            }
        }
        all
    }
}

/// Reads `lb:` and `lct:` keys of the reference's library, `type:id`, `type@id` and `[type, id]`.
pub(crate) fn listed_name(value: &Value, library: Option<&LearningContextKey>) -> Option<BlockName> {
    match value {
        Value::String(text) => block_name(text, library),
        Value::Array(pair) => match &pair[..] {
            [Value::String(block_type), Value::String(id)] => {
                Some(BlockName { block_type: block_type.clone(), id: id.clone() })
            }
            _ => None,
        },
        _ => None,
    }
}

/// Reads `lb:` and `lct:` keys of the reference's library, `type:id` and `type@id`.
pub(crate) fn block_name(text: &str, library: Option<&LearningContextKey>) -> Option<BlockName> {
    let key: Option<UsageKey> = match text.split_once(':') {
        Some(("lb", _)) => Some(text.parse().ok()?),
        Some(("lct", _)) => Some(text.parse::<ContainerKey>().ok()?.usage().ok()?),
        _ => None,
    };
    if let Some(key) = key {
        let is_ours = library.is_some_and(|library| key.context_key() == *library);
        let key = key.as_library_block().filter(|_| is_ours)?;
        return Some(BlockName { block_type: key.block_type().to_owned(), id: key.block_id().to_owned() });
    }
    let (block_type, id) = text.split_once([':', '@'])?;
    Some(BlockName { block_type: block_type.to_owned(), id: id.to_owned() })
}
