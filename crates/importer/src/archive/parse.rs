//! Reads an archive's members (library-archive §2–§6). Every fault is collected, none is skipped silently.

use std::collections::{BTreeMap, HashMap, btree_map::Entry};

use serde_json::{Map, Value};
use xblock::Severity::{Error, Warning};

use super::{
    CollectionFile, EntityFile, EntityKey, PackageFile, VersionFile,
    files::ChildFile,
    layout::is_code,
    model::{Archive, Entity, Version},
    toml::{Reader, Table},
};
use crate::{
    Finding, ImportError,
    source::{Blob, Source},
    text::line_of,
};

/// Kinds of containers.
const CONTAINERS: [&str; 3] = ["unit", "subsection", "section"];
/// Longest title of a package or version, and description, in characters.
const TITLE_CHARS: usize = 500;
const DESCRIPTION_CHARS: usize = 10_000;
/// The version of the format that is known.
const FORMAT_VERSION: u32 = 1;

/// Where a member belongs.
enum Member<'a> {
    Package,
    Collection,
    Container,
    Component { folder: &'a str },
    File { folder: &'a str, version: u32, path: &'a str },
    Extension,
    Unknown,
}

impl<'a> Member<'a> {
    /// Tells by position, since names and file types may repeat at any depth.
    fn of(path: &'a str) -> Self {
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            ["package.toml"] => Member::Package,
            ["collections", name] if name.ends_with(".toml") => Member::Collection,
            ["entities", name] if name.ends_with(".toml") => Member::Container,
            ["entities", _, _, name] => match path.strip_suffix(".toml") {
                Some(folder) if name.len() > ".toml".len() => Member::Component { folder },
                _ => Member::Unknown,
            },
            ["entities", _, _, _, "component_versions", version, _, ..] => {
                let number = version.strip_prefix('v').and_then(|digits| digits.parse().ok());
                let start = parts[..6].iter().map(|part| part.len() + 1).sum::<usize>();
                let folder = parts[..4].iter().map(|part| part.len() + 1).sum::<usize>() - 1;
                match number {
                    Some(version) => Member::File { folder: &path[..folder], version, path: &path[start..] },
                    None => Member::Unknown,
                }
            }
            ["x-ext", _, ..] => Member::Extension,
            _ => Member::Unknown,
        }
    }
}

/// Files of one component by version number.
type VersionFolders = BTreeMap<u32, BTreeMap<String, Blob>>;

/// Reads everything. Faults are in `findings`; the archive is usable only if none of them is an error.
pub(super) fn parse(source: &Source, findings: &mut Vec<Finding>) -> Result<Option<Archive>, ImportError> {
    let mut folders: HashMap<&str, VersionFolders> = HashMap::new();
    let mut extensions = BTreeMap::new();
    let mut components = Vec::new();
    let mut containers = Vec::new();
    let mut collection_files = Vec::new();
    for (path, blob) in &source.files {
        match Member::of(path) {
            Member::Package => {}
            Member::Collection => collection_files.push(path.as_str()),
            Member::Container => containers.push(path.as_str()),
            Member::Component { folder } => components.push((path.as_str(), folder)),
            Member::File { folder, version, path } => {
                let files = folders.entry(folder).or_default().entry(version).or_default();
                files.insert(path.to_owned(), blob.clone());
            }
            Member::Extension => {
                extensions.insert(path.clone(), blob.clone());
            }
            Member::Unknown => {
                let message = "skipped: nothing in the format stands at this place";
                findings.push(Finding::new(Warning, "unknown_member", message).at(path, 0));
            }
        }
    }
    let package = with_text(source, "package.toml", findings, read_package)?.flatten();
    let mut entities = BTreeMap::new();
    for (path, folder) in components {
        let files = folders.remove(folder).unwrap_or_default();
        let read = |reader: &mut Reader<'_>| read_entity(reader, path, Some(files));
        keep(&mut entities, with_text(source, path, findings, read)?.flatten(), findings);
    }
    for path in containers {
        let read = |reader: &mut Reader<'_>| read_entity(reader, path, None);
        keep(&mut entities, with_text(source, path, findings, read)?.flatten(), findings);
    }
    let mut orphans: Vec<&str> = folders.into_keys().collect();
    orphans.sort_unstable();
    for folder in orphans {
        let message = format!("Missing component TOML file at {folder}.toml");
        findings.push(Finding::new(Error, "missing_toml", message).at(folder, 0));
    }
    let mut collections: Vec<CollectionFile> = Vec::new();
    for path in collection_files {
        let Some(collection) = with_text(source, path, findings, read_collection)?.flatten() else {
            continue;
        };
        if collections.iter().any(|other| other.key == collection.key) {
            let message = format!("the collection '{}' is there twice", collection.key);
            findings.push(Finding::new(Error, "duplicate_key", message).at(path, 0));
        }
        collections.push(collection);
    }
    Ok(package.map(|package| Archive { package, entities, collections, extensions }))
}

fn keep(
    entities: &mut BTreeMap<EntityKey, Entity>,
    read: Option<(EntityKey, Entity)>,
    findings: &mut Vec<Finding>,
) {
    let Some((key, entity)) = read else { return };
    match entities.entry(key) {
        Entry::Vacant(free) => {
            free.insert(entity);
        }
        Entry::Occupied(taken) => {
            let message = format!("the entity '{}' is in {} too", taken.key(), taken.get().path);
            findings.push(Finding::new(Error, "duplicate_key", message).at(&entity.path, 0));
        }
    }
}

/// Reads a text member with a function; none when it is not UTF-8.
fn with_text<T>(
    source: &Source,
    path: &str,
    findings: &mut Vec<Finding>,
    read: impl FnOnce(&mut Reader<'_>) -> T,
) -> Result<Option<T>, ImportError> {
    let bytes = source.read(path)?.unwrap_or_default();
    match std::str::from_utf8(&bytes) {
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            Ok(Some(read(&mut Reader::new(path, text, findings))))
        }
        Err(error) => {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let line = line_of(&valid, valid.len());
            findings.push(Finding::new(Error, "toml_syntax", "the file is not UTF-8").at(path, line));
            Ok(None)
        }
    }
}

fn read_package(reader: &mut Reader<'_>) -> Option<PackageFile> {
    let document = reader.parse()?;
    let top = Table::of(&document);
    let meta = match reader.table(top, "meta") {
        Some(meta) => {
            if let Some(version) = reader.number(meta, "format_version")
                && version > FORMAT_VERSION
            {
                let message = format!(
                    "format version {version} is newer than {FORMAT_VERSION}; some of it may be lost"
                );
                reader.warn("format_version", meta.offset_of("format_version"), message);
            }
            meta.rest(&[])
        }
        None => {
            reader.warn(
                "meta_missing",
                0,
                "there is no [meta] table; format version 1 is assumed".to_owned(),
            );
            Map::new()
        }
    };
    let Some(package) = reader.table(top, "learning_package") else {
        reader.error("toml_missing", 0, "there is no [learning_package] table".to_owned());
        return None;
    };
    let key = reader.optional_text(package, "key");
    let title = reader.optional_text(package, "title").filter(|title| !title.trim().is_empty());
    let title = title.or_else(|| {
        reader.warn("title_missing", package.offset_of("title"), "the package has no title".to_owned());
        key.clone()
    });
    let description = reader.optional_text(package, "description").unwrap_or_default();
    check_length(reader, package, "title", title.as_deref().unwrap_or_default(), TITLE_CHARS);
    check_length(reader, package, "description", &description, DESCRIPTION_CHARS);
    Some(PackageFile {
        title: title.unwrap_or_default(),
        description,
        key,
        created: reader.optional_time(package, "created"),
        updated: reader.optional_time(package, "updated"),
        meta,
        extra: package.rest(&["title", "key", "description", "created", "updated"]),
    })
}

fn check_length(reader: &mut Reader<'_>, table: Table<'_, '_>, name: &str, text: &str, limit: usize) {
    if text.chars().count() > limit {
        let message = format!("`{name}` has more than {limit} characters");
        reader.error("text_too_long", table.offset_of(name), message);
    }
}

/// Reads an entity; `files` are those of a component, none stands for a container.
fn read_entity(
    reader: &mut Reader<'_>,
    path: &str,
    files: Option<VersionFolders>,
) -> Option<(EntityKey, Entity)> {
    let document = reader.parse()?;
    let top = Table::of(&document);
    let Some(entity) = reader.table(top, "entity") else {
        reader.error("toml_missing", 0, "there is no [entity] table".to_owned());
        return None;
    };
    let text = reader.text(entity, "key")?;
    let key = if files.is_some() { EntityKey::component(&text) } else { EntityKey::container(&text) };
    let key = match key {
        Ok(key) => key,
        Err(error) => {
            reader.error("invalid_key", entity.offset_of("key"), error.to_string());
            return None;
        }
    };
    let kind = if files.is_some() { "component".to_owned() } else { container_kind(reader, entity)? };
    let record = EntityFile {
        key: text,
        kind,
        can_stand_alone: reader.optional_bool(entity, "can_stand_alone").unwrap_or(true),
        created: reader.optional_time(entity, "created"),
        version: None,
        extra: entity.rest(&["key", "can_stand_alone", "created", "draft", "published", "container"]),
    };
    let is_container = files.is_none();
    let mut versions = read_versions(reader, top, is_container);
    let mut files = files.unwrap_or_default();
    let mut take = |reader: &mut Reader<'_>, state: &str| {
        let table = reader.table(entity, state)?;
        // The published table is always there, but says nothing when nothing is published.
        table.names().contains(&"version_num").then_some(())?;
        let number = reader.number(table, "version_num")?;
        let Some(version) = versions.get_mut(&number) else {
            let message = format!("the {state} version {number} is not in the file; it is left out");
            reader.warn("version_missing", table.offset_of("version_num"), message);
            return None;
        };
        if let Some(found) = files.get(&number) {
            version.files.clone_from(found);
        }
        Some(version.clone())
    };
    let draft = take(reader, "draft");
    let published = take(reader, "published");
    let used = |number: u32| {
        [&draft, &published].into_iter().flatten().any(|version| version.record.version_num == number)
    };
    for (number, version) in versions.iter().filter(|(number, _)| !used(**number)) {
        let message = format!("version {number} is neither draft nor published; it is left out");
        reader.warn_at_line(version.line, "version_not_used", message);
    }
    files.retain(|number, _| !used(*number));
    for number in files.into_keys() {
        let message = format!("the files of version {number}, neither draft nor published, are left out");
        reader.warn("files_not_used", 0, message);
    }
    Some((key, Entity { record, path: path.to_owned(), draft, published }))
}

fn container_kind(reader: &mut Reader<'_>, entity: Table<'_, '_>) -> Option<String> {
    let Some(container) = reader.table(entity, "container") else {
        reader.error("toml_missing", entity.offset(), "there is no [entity.container.…] table".to_owned());
        return None;
    };
    match container.names().as_slice() {
        [kind] if CONTAINERS.contains(kind) => Some((*kind).to_owned()),
        names => {
            let message = format!("Invalid container value: {}", names.join(", "));
            reader.error("container_kind", container.offset(), message);
            None
        }
    }
}

fn read_versions(reader: &mut Reader<'_>, top: Table<'_, '_>, is_container: bool) -> BTreeMap<u32, Version> {
    let mut versions = BTreeMap::new();
    for table in reader.tables(top, "version") {
        let Some(version_num) = reader.number(table, "version_num") else { continue };
        let title = reader.text(table, "title").unwrap_or_default();
        check_length(reader, table, "title", &title, TITLE_CHARS);
        let children = is_container.then(|| read_children(reader, table)).flatten();
        let record = VersionFile {
            version_num,
            title,
            created: reader.optional_time(table, "created"),
            children,
            extra: table.rest(&["title", "version_num", "created", "container", "x_pinned_children"]),
        };
        let line = reader.line(table.offset());
        let version = Version { record, files: BTreeMap::new(), line };
        if versions.insert(version_num, version).is_some() {
            let message = format!("version {version_num} is there twice");
            reader.error("duplicate_version", table.offset(), message);
        }
    }
    versions
}

fn read_children(reader: &mut Reader<'_>, version: Table<'_, '_>) -> Option<Vec<ChildFile>> {
    let Some(container) = reader.table(version, "container") else {
        reader.error("toml_missing", version.offset(), "there is no [version.container] table".to_owned());
        return None;
    };
    let keys = reader.texts(container, "children")?;
    let pins = match version.rest(&[]).remove("x_pinned_children") {
        None => Vec::new(),
        Some(Value::Array(pins)) if pins.len() == keys.len() => pins,
        Some(_) => {
            let message = "`x_pinned_children` is no list as long as `children`; it is ignored".to_owned();
            reader.warn("pins_invalid", version.offset_of("x_pinned_children"), message);
            Vec::new()
        }
    };
    let pin = |index: usize| {
        let number = pins.get(index).and_then(Value::as_u64).and_then(|pin| u32::try_from(pin).ok());
        number.filter(|pin| *pin > 0)
    };
    Some(keys.into_iter().enumerate().map(|(i, key)| ChildFile { key, pinned: pin(i) }).collect())
}

fn read_collection(reader: &mut Reader<'_>) -> Option<CollectionFile> {
    let document = reader.parse()?;
    let Some(table) = reader.table(Table::of(&document), "collection") else {
        reader.error("toml_missing", 0, "there is no [collection] table".to_owned());
        return None;
    };
    let key = reader.text(table, "key")?;
    if !is_code(&key) {
        let message = format!("'{key}' is no collection key: letters, digits, `_`, `-` and `.` only");
        reader.error("invalid_key", table.offset_of("key"), message);
        return None;
    }
    let mut entities = reader.texts(table, "entities").unwrap_or_default();
    entities.sort_unstable();
    entities.dedup();
    Some(CollectionFile {
        title: reader.optional_text(table, "title").unwrap_or_else(|| key.clone()),
        key,
        description: reader.optional_text(table, "description").unwrap_or_default(),
        created: reader.optional_time(table, "created"),
        entities,
        extra: table.rest(&["title", "key", "description", "created", "entities"]),
    })
}
