//! What a pathway holds, as JSON (unit-composition §10, learning-context-plugin §3).

use std::collections::HashSet;

use opaque_keys::{PathwayKey, UsageKey};
use serde_json::{Map, Value, json};
use thiserror::Error;
use xblock::Fields;

/// Most items of a pathway.
pub const MAX_ITEMS: usize = 100;
/// Most characters of its title.
const MAX_TITLE: usize = 180;
/// Most characters of its description.
const MAX_DESCRIPTION: usize = 10_000;
/// Most bytes of one item's overrides, as JSON (unit-composition §2.3).
const MAX_OVERRIDES: usize = 64 << 10;
/// Most bytes of a whole document, as JSON.
const MAX_BYTES: usize = 2 << 20;
/// How often an id is made before giving up: two equal ones in a row do not happen by chance.
const TRIES: usize = 8;

/// Why some JSON is no pathway.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place}: {problem}")]
pub struct InvalidPathway {
    /// Which member is wrong, e.g. `items[3].id`.
    pub place: String,
    /// What is wrong with it.
    pub problem: String,
}

impl InvalidPathway {
    fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        InvalidPathway { place: place.into(), problem: problem.into() }
    }
}

/// One draft or published state of a pathway.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathwayDocument {
    /// Human title.
    pub title: String,
    /// Free text.
    pub description: String,
    /// The items in order, with ids that occur once.
    pub items: Vec<PathwayItem>,
    /// What clients keep here.
    pub data: Map<String, Value>,
}

/// A block of another context, used in a pathway.
#[derive(Clone, Debug, PartialEq)]
pub struct PathwayItem {
    /// Its key in the pathway.
    pub usage: UsageKey,
    /// The block it stands for; no pathway's, and without branch and version.
    pub original: UsageKey,
    /// The version of its context: `None` follows the newest one. 0 is resolved when the pathway is saved, so
    /// it is never stored.
    pub version: Option<u32>,
    /// What clients keep here.
    pub data: Map<String, Value>,
    /// Field values that go over the block's own.
    pub overrides: Fields,
}

impl PathwayDocument {
    /// Reads a stored document.
    ///
    /// # Errors
    /// What is not such a document.
    pub fn from_bytes(pathway: &PathwayKey, bytes: &[u8]) -> Result<Self, InvalidPathway> {
        let value: Value =
            serde_json::from_slice(bytes).map_err(|error| InvalidPathway::new("$", error.to_string()))?;
        PathwayDocument::default().patched(pathway, &value, &mut String::new)
    }

    /// Returns the document as it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_json().to_string().into_bytes()
    }

    /// Returns the document as JSON: `{title, description, items, data}`.
    pub fn to_json(&self) -> Value {
        let items: Vec<Value> = self.items.iter().map(PathwayItem::to_json).collect();
        json!({"title": self.title, "description": self.description, "items": items, "data": self.data})
    }

    /// Returns the document with the members that `patch` has instead of its own; `items` are replaced as a
    /// whole. Items without an id get one from `new_id`. Members nobody knows are kept in `data`.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn patched(
        &self,
        pathway: &PathwayKey,
        patch: &Value,
        new_id: &mut dyn FnMut() -> String,
    ) -> Result<Self, InvalidPathway> {
        let Value::Object(patch) = patch else { return Err(InvalidPathway::new("$", "not an object")) };
        let mut changed = self.clone();
        if let Some(title) = patch.get("title") {
            changed.title = text("title", title, MAX_TITLE)?;
        }
        if let Some(description) = patch.get("description") {
            changed.description = text("description", description, MAX_DESCRIPTION)?;
        }
        if let Some(data) = patch.get("data") {
            changed.data = object("data", data)?;
        }
        keep_unknown(&mut changed.data, patch, &["title", "description", "items", "data"]);
        match patch.get("items") {
            None => {}
            Some(Value::Array(items)) => changed.items = read_items(pathway, items, new_id)?,
            Some(_) => return Err(InvalidPathway::new("items", "not a list")),
        }
        let bytes = changed.to_bytes().len();
        if bytes > MAX_BYTES {
            return Err(InvalidPathway::new("$", format!("{bytes} bytes, more than {MAX_BYTES}")));
        }
        Ok(changed)
    }
}

impl PathwayItem {
    /// Returns its id in the pathway.
    pub fn id(&self) -> &str {
        self.usage.block_id()
    }

    /// Returns the settings of the reference that the item is (unit-composition §1.2).
    pub fn settings(&self) -> Fields {
        let original = self.original.as_str();
        let mut settings = Fields::new();
        settings.insert("library_key".to_owned(), self.original.context_key().as_str().into());
        settings.insert("blocks".to_owned(), json!([original]));
        if let Some(version) = self.version {
            settings.insert("library_version".to_owned(), version.into());
        }
        if !self.overrides.is_empty() {
            settings.insert("block_field_overrides".to_owned(), json!({original: self.overrides}));
        }
        settings
    }

    /// Returns the item as JSON: `{usage_key, original_usage_id, id, version, data, overrides?}`.
    fn to_json(&self) -> Value {
        let mut item = json!({
            "usage_key": self.usage, "original_usage_id": self.original, "id": self.id(),
            "version": self.version, "data": self.data,
        });
        if !self.overrides.is_empty() {
            item["overrides"] = Value::Object(self.overrides.clone());
        }
        item
    }
}

fn read_items(
    pathway: &PathwayKey,
    items: &[Value],
    new_id: &mut dyn FnMut() -> String,
) -> Result<Vec<PathwayItem>, InvalidPathway> {
    if items.len() > MAX_ITEMS {
        return Err(InvalidPathway::new("items", format!("{} items, more than {MAX_ITEMS}", items.len())));
    }
    let given = |item: &Value| item.get("id")?.as_str().map(str::to_owned);
    let taken: HashSet<String> = items.iter().filter_map(given).collect();
    let mut ids = HashSet::new();
    let mut read = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let mut free_id = || {
            let mut made = (0..TRIES).map(|_| new_id());
            made.find(|id| !taken.contains(id) && !ids.contains(id))
        };
        let item = read_item(pathway, &format!("items[{at}]"), item, &mut free_id)?;
        if !ids.insert(item.id().to_owned()) {
            let problem = format!("'{}' is the id of another item", item.id());
            return Err(InvalidPathway::new(format!("items[{at}].id"), problem));
        }
        read.push(item);
    }
    Ok(read)
}

fn read_item(
    pathway: &PathwayKey,
    place: &str,
    value: &Value,
    free_id: &mut dyn FnMut() -> Option<String>,
) -> Result<PathwayItem, InvalidPathway> {
    let wrong = |member: &str, problem: &str| InvalidPathway::new(format!("{place}.{member}"), problem);
    let Value::Object(item) = value else { return Err(InvalidPathway::new(place, "not an object")) };
    let Some(Value::String(original)) = item.get("original_usage_id") else {
        return Err(wrong("original_usage_id", "not a usage key"));
    };
    let (original, block_type) =
        original_of(original).map_err(|problem| wrong("original_usage_id", &problem))?;
    let id = match item.get("id") {
        None | Some(Value::Null) => free_id().ok_or_else(|| wrong("id", "is missing"))?,
        Some(Value::String(id)) => id.clone(),
        Some(_) => return Err(wrong("id", "not a text")),
    };
    let usage = pathway.item(&block_type, &id).map_err(|error| wrong("id", &error.to_string()))?;
    let version = match item.get("version") {
        None | Some(Value::Null) => None,
        Some(number) => {
            let number = number.as_u64().and_then(|number| u32::try_from(number).ok());
            Some(number.ok_or_else(|| wrong("version", "null, 0 or the number of a version is meant"))?)
        }
    };
    let member = |name: &str| {
        let value = item.get(name).unwrap_or(&Value::Null);
        object(&format!("{place}.{name}"), value)
    };
    let overrides = member("overrides")?;
    let bytes = Value::Object(overrides.clone()).to_string().len();
    if bytes > MAX_OVERRIDES {
        return Err(wrong("overrides", &format!("{bytes} bytes, more than {MAX_OVERRIDES}")));
    }
    let mut data = member("data")?;
    // The key is made from the rest; clients may send back what they were told.
    let known = ["usage_key", "original_usage_id", "id", "version", "data", "overrides"];
    keep_unknown(&mut data, item, &known);
    Ok(PathwayItem { usage: usage.into(), original, version, data, overrides })
}

/// Reads the key of an item's original, with its block type.
fn original_of(text: &str) -> Result<(UsageKey, String), String> {
    let key: UsageKey = text.parse().map_err(|error| format!("{error}"))?;
    if key.context_key().as_pathway().is_some() {
        return Err("a pathway cannot hold items of pathways".to_owned());
    }
    if key.without_branch().as_ref() != Ok(&key) {
        return Err("the key names a branch or version; use 'version'".to_owned());
    }
    match key.block_type() {
        Some(block_type) if !block_type.is_empty() => {
            let block_type = block_type.to_owned();
            Ok((key, block_type))
        }
        _ => Err("the key does not say the type of the block".to_owned()),
    }
}

fn text(place: &str, value: &Value, limit: usize) -> Result<String, InvalidPathway> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) if text.contains('\0') => {
            Err(InvalidPathway::new(place, "has the character U+0000"))
        }
        Value::String(text) if text.chars().count() > limit => {
            Err(InvalidPathway::new(place, format!("longer than {limit} characters")))
        }
        Value::String(text) => Ok(text.clone()),
        _ => Err(InvalidPathway::new(place, "not a text")),
    }
}

fn object(place: &str, value: &Value) -> Result<Map<String, Value>, InvalidPathway> {
    match value {
        Value::Null => Ok(Map::new()),
        Value::Object(object) => Ok(object.clone()),
        _ => Err(InvalidPathway::new(place, "not an object")),
    }
}

/// Moves the members of `from` that are not `known` into `data`.
fn keep_unknown(data: &mut Map<String, Value>, from: &Map<String, Value>, known: &[&str]) {
    let unknown = from.iter().filter(|(name, _)| !known.contains(&name.as_str()));
    data.extend(unknown.map(|(name, value)| (name.clone(), value.clone())));
}
