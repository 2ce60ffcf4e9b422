//! The settings of a reference as authors may save them (unit-composition §1.2).

use opaque_keys::{LearningContextKey, VersionedLibraryRef};
use serde_json::Value;
use xblock::Fields;

use crate::{
    reading::listed_name,
    reference::{count_invalid, is_group_id},
};

/// Longest text of one setting, in bytes.
const MAX_TEXT: usize = 4 << 10;
/// Most items of a list setting: as many as a pool may have blocks.
const MAX_ITEMS: usize = 2_000;
/// Most bytes of the overrides of one reference (unit-composition §2.3).
pub(crate) const MAX_OVERRIDE_BYTES: usize = 64 << 10;

/// What values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    LibraryKey,
    Version,
    Blocks,
    Texts,
    Flag,
    Count,
    Group,
    Object,
    Objects,
    Number,
}

/// One setting.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    /// Other names it is written under.
    pub(crate) aliases: &'static [&'static str],
    kind: Kind,
}

const fn setting(name: &'static str, kind: Kind) -> Setting {
    Setting { name, aliases: &[], kind }
}

static SETTINGS: [Setting; 17] = [
    setting("display_name", Kind::Text),
    setting("library_key", Kind::LibraryKey),
    setting("library_version", Kind::Version),
    setting("blocks", Kind::Blocks),
    setting("manual", Kind::Flag),
    setting("block_types", Kind::Texts),
    setting("capa_type", Kind::Text),
    setting("tags", Kind::Texts),
    setting("collections", Kind::Texts),
    Setting { name: "count", aliases: &["max_count"], kind: Kind::Count },
    setting("shuffle", Kind::Flag),
    setting("group", Kind::Group),
    Setting { name: "allow_reset", aliases: &["allow_resetting_children"], kind: Kind::Flag },
    setting("avoid_seen", Kind::Flag),
    setting("field_overrides", Kind::Object),
    setting("block_field_overrides", Kind::Objects),
    setting("declined_version", Kind::Number),
];

/// Why a value is refused: stable code and what is wrong.
pub(crate) type Refusal = (&'static str, String);

impl Setting {
    /// Returns the setting of a name or alias.
    pub(crate) fn named(name: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| setting.name == name || setting.aliases.contains(&name))
    }

    /// Returns a value as it is stored. JSON texts are read, so that both forms of an attribute are taken.
    pub(crate) fn read(&self, value: &Value, library: Option<&LearningContextKey>) -> Result<Value, Refusal> {
        let odd = |expected: &str| ("field_invalid", format!("{} is not {expected}", self.name));
        let json = |value: &Value| match value {
            Value::String(text) => serde_json::from_str(text).map_err(|e| odd(&format!("JSON: {e}"))),
            other => Ok(other.clone()),
        };
        match self.kind {
            Kind::Text => Ok(plain(value).ok_or_else(|| odd("a text without control characters"))?.into()),
            Kind::Group => {
                let group = plain(value).ok_or_else(|| odd("a text"))?;
                match group.is_empty() || is_group_id(group) {
                    true => Ok(group.into()),
                    false => {
                        let what = "1 to 64 letters, digits, '_', '-' or '.'";
                        Err(("group_invalid", format!("\"{group}\" is no group: {what} are")))
                    }
                }
            }
            Kind::LibraryKey => {
                let text = plain(value).ok_or_else(|| odd("a library key"))?;
                if text.is_empty() {
                    return Ok(Value::String(String::new()));
                }
                match VersionedLibraryRef::parse(text) {
                    Ok(_) => Ok(text.into()),
                    Err(error) => Err(odd(&format!("a library key: {error}"))),
                }
            }
            Kind::Version => match value {
                Value::Number(number) => match number.as_u64().is_some_and(is_version) {
                    true => Ok(value.clone()),
                    false => Err(odd("a version from 1")),
                },
                other => {
                    let text = plain(other).filter(|text| !text.is_empty());
                    let text = text.ok_or_else(|| odd("a version number or name"))?;
                    match text.parse::<u64>() {
                        Ok(number) if is_version(number) => Ok(number.into()),
                        Ok(_) => Err(odd("a version from 1")),
                        Err(_) => Ok(text.into()),
                    }
                }
            },
            Kind::Number => match json(value)?.as_u64() {
                Some(number) if is_version(number) => Ok(number.into()),
                _ => Err(odd("a whole number from 1")),
            },
            Kind::Count => {
                let count = json(value)?.as_i64().ok_or_else(|| odd("a whole number"))?;
                match count {
                    -1 | 1.. => Ok(count.into()),
                    _ => Err(("count_invalid", count_invalid(count))),
                }
            }
            Kind::Flag => match value {
                Value::Bool(flag) => Ok((*flag).into()),
                Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true.into()),
                Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false.into()),
                _ => Err(odd("true or false")),
            },
            Kind::Texts | Kind::Blocks => {
                let Value::Array(items) = json(value)? else { return Err(odd("a list")) };
                if items.len() > MAX_ITEMS {
                    return Err(odd(&format!("a list of at most {MAX_ITEMS}")));
                }
                let is_text = |item: &Value| item.as_str().is_some_and(|text| text.len() <= MAX_TEXT);
                let odd_item = items.iter().find(|item| match self.kind {
                    Kind::Blocks => listed_name(item, library).is_none(),
                    _ => !is_text(item),
                });
                match (odd_item, self.kind) {
                    (None, _) => Ok(Value::Array(items)),
                    (Some(item), Kind::Blocks) => {
                        Err(odd(&format!("a list of blocks of the library: {item} names none")))
                    }
                    (Some(item), _) => Err(odd(&format!("a list of texts: {item} is none"))),
                }
            }
            Kind::Object => match json(value)? {
                object @ Value::Object(_) => Ok(object),
                _ => Err(odd("an object")),
            },
            Kind::Objects => {
                let Value::Object(blocks) = json(value)? else { return Err(odd("an object")) };
                match blocks.iter().find(|(_, fields)| !fields.is_object()) {
                    None => Ok(Value::Object(blocks)),
                    Some((block, _)) => {
                        Err(("field_invalid", format!("{}[{block}] is not an object", self.name)))
                    }
                }
            }
        }
    }

    /// Returns a stored value as attribute text: lists and objects are JSON.
    pub(crate) fn print(value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            other => xblock::field::json_text(other),
        }
    }
}

/// Returns a setting as stored: types that do not declare it keep it among their unknown attributes.
pub(crate) fn stored<'a>(fields: &'a Fields, name: &str) -> Option<&'a Value> {
    fields.get(name).or_else(|| fields.get("xml_attributes")?.get(name))
}

/// Returns a text that fits an attribute, trimmed.
fn plain(value: &Value) -> Option<&str> {
    let text = value.as_str()?.trim();
    (text.len() <= MAX_TEXT && !text.contains(char::is_control)).then_some(text)
}

fn is_version(number: u64) -> bool {
    (1..=u64::from(u32::MAX >> 1)).contains(&number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(name: &str, value: Value) -> Result<Value, &'static str> {
        let library = "lib:O:L".parse().unwrap();
        Setting::named(name).unwrap().read(&value, Some(&library)).map_err(|(code, _)| code)
    }

    #[test]
    fn values_are_taken_typed_or_as_attribute_text() {
        for (name, given, stored) in [
            ("count", json!("3"), json!(3)),
            ("max_count", json!(-1), json!(-1)),
            ("shuffle", json!("True"), json!(true)),
            ("library_version", json!("5"), json!(5)),
            ("library_version", json!("spring"), json!("spring")),
            ("blocks", json!(r#"["problem:a"]"#), json!(["problem:a"])),
            ("blocks", json!(["lb:O:L:html:b", ["video", "c"]]), json!(["lb:O:L:html:b", ["video", "c"]])),
            ("field_overrides", json!(r#"{"due": null}"#), json!({"due": null})),
            ("block_field_overrides", json!({"x": {}}), json!({"x": {}})),
            ("group", json!("week-1.a_é"), json!("week-1.a_é")),
            ("display_name", json!(" Title "), json!("Title")),
        ] {
            assert_eq!(read(name, given.clone()), Ok(stored), "{name}: {given}");
        }
    }

    #[test]
    fn odd_values_are_refused_with_a_code() {
        for (name, given, code) in [
            ("count", json!(0), "count_invalid"),
            ("count", json!(-2), "count_invalid"),
            ("count", json!(1.5), "field_invalid"),
            ("count", json!("many"), "field_invalid"),
            ("shuffle", json!(1), "field_invalid"),
            ("library_key", json!("course-v1:O+C+R"), "field_invalid"),
            ("library_key", json!(7), "field_invalid"),
            ("library_version", json!(0), "field_invalid"),
            ("library_version", json!("0"), "field_invalid"),
            ("library_version", json!([]), "field_invalid"),
            ("blocks", json!({}), "field_invalid"),
            ("blocks", json!("[\"problem:a\""), "field_invalid"),
            ("blocks", json!(["lb:O:Other:html:b"]), "field_invalid"),
            ("blocks", json!(vec!["html:x"; MAX_ITEMS + 1]), "field_invalid"),
            ("block_types", json!([1]), "field_invalid"),
            ("field_overrides", json!("{"), "field_invalid"),
            ("field_overrides", json!([]), "field_invalid"),
            ("block_field_overrides", json!({"lb:O:L:html:b": 3}), "field_invalid"),
            ("group", json!("a b"), "group_invalid"),
            ("group", json!("x".repeat(65)), "group_invalid"),
            ("declined_version", json!(-1), "field_invalid"),
            ("display_name", json!("a\u{1}b"), "field_invalid"),
        ] {
            assert_eq!(read(name, given.clone()), Err(code), "{name}: {given}");
        }
    }
}
