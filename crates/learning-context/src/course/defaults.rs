//! Settings that blocks copied from a library had there (unit-composition §9.2, import-export §3.1).

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use serde_json::Value;
use xblock::{BlockDecl, Fields, Scope};

/// The type whose children are copies from a library of the first version.
pub(crate) const LIBRARY_CONTENT: &str = "library_content";

/// Members of an entry that tell where a copy is from; they are no settings.
const PROVENANCE: [&str; 2] = ["original_usage", "original_usage_version"];

/// The settings of copies by block id: `library_content/<id>.defaults.json`, `{"<child id>": {"<field>": value}}`.
#[derive(Debug, Default)]
pub(super) struct Defaults(HashMap<String, Fields>);

impl Defaults {
    /// Reads the file. Entries that are no objects are left out.
    ///
    /// # Errors
    /// What is wrong with the file, with its line.
    pub(super) fn read(bytes: &Bytes) -> Result<Self, (u32, String)> {
        let entries: HashMap<String, Value> = serde_json::from_slice(bytes).map_err(|error| {
            let line = u32::try_from(error.line()).unwrap_or(0);
            (line, format!("the settings of copied blocks are not valid: {error}"))
        })?;
        let fields = entries.into_iter().filter_map(|(id, entry)| match entry {
            Value::Object(fields) => Some((id, fields)),
            _ => None,
        });
        Ok(Defaults(fields.collect()))
    }

    /// Returns the settings of a copy. Its content is its own, so `markdown`, a second form of it, never counts.
    /// `decl` is none for types without code, which keep everything.
    pub(super) fn of(&self, decl: Option<&BlockDecl>, id: Option<&str>) -> Arc<Fields> {
        let Some(entry) = id.and_then(|id| self.0.get(id)) else { return Arc::default() };
        let is_setting = |name: &str| {
            name != "markdown"
                && !PROVENANCE.contains(&name)
                && decl
                    .is_none_or(|decl| decl.field(name).is_some_and(|field| field.scope == Scope::Settings))
        };
        let fields = entry.iter().filter(|(name, _)| is_setting(name));
        Arc::new(fields.map(|(name, value)| (name.clone(), value.clone())).collect())
    }
}

/// Returns where the settings of the copies below a `library_content` block are.
pub(crate) fn path(url_name: &str) -> String {
    format!("{LIBRARY_CONTENT}/{}.defaults.json", url_name.replace(':', "/"))
}
