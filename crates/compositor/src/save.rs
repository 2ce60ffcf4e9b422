//! Checks of what somebody wants to save on a reference (unit-composition §1.2, §2.3, §3.2, §3.4, §4.3).
//!
//! Three steps, so that reading stays outside: [`Saving::new`] looks at the values alone,
//! [`Saving::pin`] settles the library and its version, [`Saving::check`] looks at the pool. Only what changes
//! is checked: what was there before stays as it was written, whatever it is.

use std::collections::{BTreeMap, HashMap, HashSet};

use learning_context::NodeId;
use opaque_keys::{LearningContextKey, UsageKey, VersionedLibraryRef};
use serde::Serialize;
use serde_json::Value;
use xblock::{Fields, Registry};

use crate::{
    Finding, Library, Pin, Reference,
    missing::versions_in_words,
    overrides::{Level, never_overridden, refusal},
    pool::{MAX_POOL, Pool},
    settings::{MAX_OVERRIDE_BYTES, Setting, stored},
};

/// What decides which blocks the pool has.
const POOL_SETTINGS: [&str; 8] =
    ["library_key", "library_version", "blocks", "manual", "block_types", "capa_type", "tags", "collections"];

/// Why something cannot be saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejection {
    /// Stable code.
    pub code: &'static str,
    /// The setting, or the overridden field.
    pub field: String,
    /// The block whose override it is, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// What is wrong with what.
    pub message: String,
}

impl Rejection {
    fn new(code: &'static str, field: &str, message: impl Into<String>) -> Self {
        Rejection { code, field: field.to_owned(), block: None, message: message.into() }
    }
}

/// The versions of a library an author may pin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    /// Number of the newest published one; 0 when nothing was published.
    pub latest: u32,
    /// Names by number, ascending; may be empty when none is looked for and none is missing.
    pub names: Vec<(u32, String)>,
}

impl Versions {
    /// Returns the number of the newest version of a name.
    pub fn number(&self, name: &str) -> Option<u32> {
        self.names.iter().rev().find(|(_, known)| known == name).map(|(number, _)| *number)
    }

    /// Says which versions there are, in words.
    pub fn in_words(&self) -> String {
        let named: Vec<u32> = self.names.iter().map(|(number, _)| *number).collect();
        versions_in_words(&if named.is_empty() { (1..=self.latest).collect() } else { named })
    }
}

/// A reference with settings somebody wants to save.
#[derive(Clone, Debug)]
pub struct Saving {
    usage: UsageKey,
    before: Fields,
    after: Fields,
    /// Settings to be written, by the name they are written under; `None` takes one away.
    changes: BTreeMap<String, Option<Value>>,
    old: Reference,
    new: Reference,
}

impl Saving {
    /// Reads changes to the settings `before`: a value sets one, null takes one away. Library keys lose a
    /// version (it becomes the pin) and a domain that is one of `own_domains`.
    ///
    /// # Errors
    /// Everything that is wrong with the values themselves.
    pub fn new(
        usage: &UsageKey,
        before: &Fields,
        changes: &Fields,
        own_domains: &[&str],
    ) -> Result<Self, Vec<Rejection>> {
        let old = Reference::read(usage, before, &mut Vec::new());
        let mut saving = Saving {
            usage: usage.clone(),
            before: before.clone(),
            after: before.clone(),
            changes: BTreeMap::new(),
            new: old.clone(),
            old,
        };
        let mut rejections = Vec::new();
        saving.take_library(changes, own_domains, &mut rejections);
        saving.new = Reference::read(usage, &saving.after, &mut Vec::new());
        let library = saving.new.library.clone();
        for (name, value) in changes {
            if matches!(&**name, "library_key" | "library_version") {
                continue;
            }
            match (Setting::named(name), value) {
                (Some(setting), Value::Null) => saving.set(setting, None),
                (Some(setting), value) => match setting.read(value, library.as_ref()) {
                    Ok(value) => saving.set(setting, Some(value)),
                    Err((code, message)) => rejections.push(Rejection::new(code, name, message)),
                },
                // What nobody knows can be kept and taken away, not made.
                (None, Value::Null) if name != "url_name" => saving.forget(name),
                (None, value) if saving.stored(name) == Some(value) => {}
                (None, _) => rejections.push(Rejection::new(
                    "field_invalid",
                    name,
                    format!("{name} is no setting of a reference"),
                )),
            }
        }
        saving.new = Reference::read(usage, &saving.after, &mut Vec::new());
        saving.check_size(&mut rejections);
        if rejections.is_empty() { Ok(saving) } else { Err(rejections) }
    }

    /// Returns the reference as it would be.
    pub fn reference(&self) -> &Reference {
        &self.new
    }

    /// Returns the library that has to be there for this to be saved: the one named, when the library or its
    /// version changes or none is pinned yet.
    pub fn library(&self) -> Option<&LearningContextKey> {
        self.new.library.as_ref().filter(|_| self.moves())
    }

    /// Returns whether the library is another one than before, or the first.
    pub fn is_other_library(&self) -> bool {
        self.new.library != self.old.library
    }

    /// Returns whether anything is to be written.
    pub fn is_change(&self) -> bool {
        !self.attributes().is_empty()
    }

    /// Returns whether the library changes to another one of the same slug. Its blocks would have the keys,
    /// and so the learner state, of the old one's (unit-composition §3.2).
    pub fn slug_conflict(&self) -> Option<(&LearningContextKey, &LearningContextKey)> {
        let (old, new) = (self.old.library.as_ref()?, self.new.library.as_ref()?);
        (old != new && old.slug() == new.slug()).then_some((old, new))
    }

    /// Settles the pin: a name becomes a number, and no pin the current version. `None` when there is no such
    /// library for this author.
    ///
    /// # Errors
    /// `library_missing`, `library_version_missing`.
    pub fn pin(&mut self, versions: Option<&Versions>) -> Result<(), Rejection> {
        let Some(library) = self.new.library.clone().filter(|_| self.moves()) else { return Ok(()) };
        let missing = || Rejection::new("library_missing", "library_key", self.new.library_missing());
        let versions = match versions {
            Some(versions) => versions,
            // Broken before, and nobody asks for another one: it stays as it was written.
            None if self.old.library == self.new.library && self.old.pin == self.new.pin => return Ok(()),
            None => return Err(missing()),
        };
        let (wanted, number) = match &self.new.pin {
            Pin::Number(number) => {
                (format!("version {number}"), Some(*number).filter(|n| (1..=versions.latest).contains(n)))
            }
            Pin::Name(name) => (format!("version \"{name}\""), versions.number(name)),
            Pin::Missing => ("any version".to_owned(), Some(versions.latest).filter(|_| versions.latest > 0)),
        };
        let Some(number) = number else {
            let message = format!("{library} does not have {wanted}; {}", versions.in_words());
            return Err(Rejection::new("library_version_missing", "library_version", message));
        };
        self.write("library_version", Some(number.into()));
        self.new.pin = Pin::Number(number);
        Ok(())
    }

    /// Checks what changes against the library at the version pinned. Returns what authors are to be told of
    /// the reference as it will be; what applies to no block is no reason to refuse it, when it may apply to
    /// one some day.
    ///
    /// # Errors
    /// Everything that is wrong, in the order it is written.
    pub fn check(&self, library: &Library, registry: &Registry) -> Result<Vec<Finding>, Vec<Rejection>> {
        let mut findings = Vec::new();
        Reference::read(&self.usage, &self.after, &mut findings);
        let pool = Pool::of_library(&self.usage, &self.new, library, registry, &mut findings);
        let mut rejections = Vec::new();
        let is_new_pool = POOL_SETTINGS.iter().any(|name| self.changes.contains_key(*name));
        if is_new_pool && pool.entries.len() > MAX_POOL {
            let message =
                format!("the pool has {} blocks; at most {MAX_POOL} are drawn from", pool.entries.len());
            rejections.push(Rejection::new("pool_too_large", "blocks", message));
        }
        let declares = |name: &str, value: &Value| self.refused_by_all(&pool, registry, name, value);
        for (name, value) in changed(&self.new.field_overrides, &self.old.field_overrides) {
            if let Some(code) = declares(name, value) {
                rejections.push(Rejection::new(code, name, why(code, "field_overrides", name)));
            }
        }
        let before: HashMap<&str, &Fields> =
            self.old.block_field_overrides.iter().map(|(key, _, fields)| (&**key, fields)).collect();
        let none = Fields::new();
        let shown: HashSet<NodeId> = pool.shown().into_iter().collect();
        for (key, name, fields) in &self.new.block_field_overrides {
            // A block that is not there is told of among the findings.
            let found = name.as_ref().and_then(|name| pool.find(name));
            let Some(id) = found.filter(|id| shown.contains(id)) else { continue };
            let decl = registry.known(pool.structure.node(id).block_type()).map(|known| known.decl());
            for (name, value) in changed(fields, before.get(&**key).unwrap_or(&&none)) {
                if let Some(code) = refusal(decl, Level::Block, name, value) {
                    rejections.push(Rejection {
                        block: Some(key.clone()),
                        ..Rejection::new(
                            code,
                            name,
                            why(code, &format!("block_field_overrides[{key}]"), name),
                        )
                    });
                }
            }
        }
        if rejections.is_empty() { Ok(findings) } else { Err(rejections) }
    }

    /// Checks what changes when the library is not here: names that no block may have overridden.
    ///
    /// # Errors
    /// `override_forbidden` for each.
    pub fn check_without_library(&self) -> Result<Vec<Finding>, Vec<Rejection>> {
        let rejections: Vec<_> = changed(&self.new.field_overrides, &self.old.field_overrides)
            .filter(|(name, _)| never_overridden(name))
            .map(|(name, _)| {
                let code = "override_forbidden";
                Rejection::new(code, name, why(code, "field_overrides", name))
            })
            .collect();
        if !rejections.is_empty() {
            return Err(rejections);
        }
        Ok(Reference::findings_without_library(&self.usage, &self.after))
    }

    /// Returns the attributes to be written, with their text; `None` takes one away. What stays is not among
    /// them.
    pub fn attributes(&self) -> Vec<(&str, Option<String>)> {
        self.changes
            .iter()
            .filter(|(name, value)| self.before_of(name) != value.as_ref())
            .map(|(name, value)| (&**name, value.as_ref().map(Setting::print)))
            .collect()
    }

    /// Returns the settings as they would be.
    pub fn settings(&self) -> &Fields {
        &self.after
    }

    fn moves(&self) -> bool {
        self.new.pin == Pin::Missing
            || ["library_key", "library_version"].iter().any(|name| self.changes.contains_key(*name))
    }

    fn take_library(&mut self, changes: &Fields, own_domains: &[&str], rejections: &mut Vec<Rejection>) {
        let mut version = None;
        for name in ["library_key", "library_version"] {
            let (Some(value), Some(setting)) = (changes.get(name), Setting::named(name)) else { continue };
            if value.is_null() {
                self.set(setting, None);
                continue;
            }
            match setting.read(value, None) {
                Ok(Value::String(text)) if name == "library_key" => {
                    let (key, named) = local(&text, own_domains);
                    version = named;
                    self.set(setting, Some(key.into()));
                }
                Ok(value) => self.set(setting, Some(value)),
                Err((code, message)) => rejections.push(Rejection::new(code, name, message)),
            }
        }
        if changes.get("library_version").is_some_and(|value| !value.is_null()) {
            return;
        }
        let library = Reference::read(&self.usage, &self.after, &mut Vec::new()).library;
        match version {
            Some(number) => self.write("library_version", Some(number.into())),
            // A pin of another library says nothing of this one, nor do updates that were declined.
            None if library != self.old.library => self.write("library_version", None),
            None => {}
        }
        if library != self.old.library && !changes.contains_key("declined_version") {
            self.write("declined_version", None);
        }
    }

    /// Sets a setting, or takes it away, under all its names.
    fn set(&mut self, setting: &Setting, value: Option<Value>) {
        for alias in setting.aliases {
            self.forget(alias);
        }
        self.write(setting.name, value);
    }

    fn write(&mut self, name: &str, value: Option<Value>) {
        if let Some(Value::Object(unknown)) = self.after.get_mut("xml_attributes") {
            unknown.shift_remove(name);
        }
        match &value {
            Some(value) => self.after.insert(name.to_owned(), value.clone()),
            None => self.after.shift_remove(name),
        };
        self.changes.insert(name.to_owned(), value);
    }

    fn forget(&mut self, name: &str) {
        if self.stored(name).is_some() {
            self.write(name, None);
        }
    }

    fn stored(&self, name: &str) -> Option<&Value> {
        stored(&self.after, name)
    }

    fn before_of(&self, name: &str) -> Option<&Value> {
        stored(&self.before, name)
    }

    fn check_size(&self, rejections: &mut Vec<Rejection>) {
        let names = ["field_overrides", "block_field_overrides"];
        if !names.iter().any(|name| self.changes.get(*name).is_some_and(Option::is_some)) {
            return;
        }
        let bytes: usize =
            names.iter().filter_map(|name| self.stored(name)).map(|v| Setting::print(v).len()).sum();
        if bytes > MAX_OVERRIDE_BYTES {
            let message = format!("the overrides have {bytes} bytes; at most {MAX_OVERRIDE_BYTES} are kept");
            rejections.push(Rejection::new("overrides_too_large", names[0], message));
        }
    }

    /// Returns why no type of the pool takes an override, or `None` when one does.
    fn refused_by_all(
        &self,
        pool: &Pool,
        registry: &Registry,
        name: &str,
        value: &Value,
    ) -> Option<&'static str> {
        let mut worst = if never_overridden(name) { "override_forbidden" } else { "override_unknown_field" };
        for block_type in pool.types() {
            let decl = registry.known(block_type).map(|known| known.decl());
            let code = refusal(decl, Level::Reference, name, value)?;
            if code != "override_unknown_field" {
                worst = code;
            }
        }
        Some(worst)
    }
}

/// Returns the entries that are not in `before` with the same value.
fn changed<'a>(after: &'a Fields, before: &'a Fields) -> impl Iterator<Item = (&'a String, &'a Value)> {
    after.iter().filter(|(name, value)| before.get(*name) != Some(value))
}

/// Returns a library key as this instance writes it, and the version it named.
fn local(text: &str, own_domains: &[&str]) -> (String, Option<u32>) {
    let Ok(VersionedLibraryRef { library, version }) = VersionedLibraryRef::parse(text) else {
        return (text.to_owned(), None);
    };
    let is_ours =
        library.as_library().and_then(|key| key.domain()).is_some_and(|domain| own_domains.contains(&domain));
    let own = (library.org(), library.slug());
    let key = match own {
        (Some(org), Some(slug)) if is_ours => {
            LearningContextKey::library(org, slug).unwrap_or_else(|_| library.clone())
        }
        _ => library,
    };
    (key.to_string(), version)
}

fn why(code: &str, place: &str, name: &str) -> String {
    match code {
        "override_forbidden" => format!("{place}: {name} cannot be overridden"),
        "override_bad_type" => format!("{place}: the value of {name} is not of its type"),
        _ => format!("{place}: no block it is for has a field {name}"),
    }
}
