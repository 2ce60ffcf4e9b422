//! Reads back what an archive import produced.

use std::collections::BTreeMap;

use blockstore::{At, Blockstore, BlockstoreError, BundleId, Digest, DraftName};
use serde::de::DeserializeOwned;

use super::{
    CollectionFile, EntityFile, PackageFile,
    files::ChildFile,
    layout::{OTHERS, original_path},
};
use crate::{Finding, ImportError};

/// A library as an archive describes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedState {
    /// Title, description and provenance.
    pub package: PackageFile,
    /// Entities by key.
    pub entities: BTreeMap<String, EntityState>,
    /// Collections by key.
    pub collections: BTreeMap<String, CollectionState>,
}

/// A collection; its fields are those of its file.
pub type CollectionState = CollectionFile;

/// An entity with its two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityState {
    /// `component`, `unit`, `subsection` or `section`.
    pub kind: String,
    /// False for what was made inside a container.
    pub can_stand_alone: bool,
    /// RFC 3339, when known.
    pub created: Option<String>,
    /// The version of the working draft; none when it was deleted there or never made.
    pub draft: Option<VersionState>,
    /// The published version.
    pub published: Option<VersionState>,
}

/// A version with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionState {
    /// Its number among the entity's own versions.
    pub version_num: u32,
    /// Its title.
    pub title: String,
    /// What it holds.
    pub content: ContentState,
}

/// What a version holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentState {
    /// Files of a component by path.
    Files(BTreeMap<String, FileState>),
    /// Children of a container in order: key and pinned version.
    Children(Vec<(String, Option<u32>)>),
}

/// One file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileState {
    /// BLAKE2b-160 of the bytes.
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
}

/// Reads the state of a library from its bundle: the published version, and the working draft on top of it.
///
/// # Errors
/// The store failed, or a record is not what an import writes.
pub async fn read_state(store: &dyn Blockstore, bundle: BundleId) -> Result<ImportedState, ImportError> {
    let latest = store.bundle(bundle).await?.ok_or(BlockstoreError::NoSuchBundle(bundle))?.latest_version;
    let published = Snapshot::read(store, bundle, &At::Version(latest)).await?;
    let draft = Snapshot::read(store, bundle, &At::Draft(DraftName::studio())).await?;
    let mut entities: BTreeMap<String, EntityState> = BTreeMap::new();
    for (snapshot, is_draft) in [(&published, false), (&draft, true)] {
        for (path, bytes) in snapshot.records.iter().filter(|(path, _)| is_entity_record(path)) {
            let record: EntityFile = parse(path, bytes)?;
            let version = version_state(&record, path.trim_end_matches("entity.json"), snapshot);
            let entity = entities.entry(record.key).or_insert_with(|| EntityState {
                kind: record.kind,
                can_stand_alone: record.can_stand_alone,
                created: record.created,
                draft: None,
                published: None,
            });
            match is_draft {
                true => entity.draft = version,
                false => entity.published = version,
            }
        }
    }
    let mut collections = BTreeMap::new();
    for (path, bytes) in &draft.records {
        if path.starts_with("collections/") {
            let collection: CollectionFile = parse(path, bytes)?;
            collections.insert(collection.key.clone(), collection);
        }
    }
    let package =
        draft.records.get("library.json").ok_or_else(|| malformed("library.json", "it is missing"))?;
    Ok(ImportedState { package: parse("library.json", package)?, entities, collections })
}

/// One state of the bundle: which files there are, and the bytes of the records among them.
struct Snapshot {
    files: BTreeMap<String, FileState>,
    records: BTreeMap<String, bytes::Bytes>,
}

impl Snapshot {
    async fn read(store: &dyn Blockstore, bundle: BundleId, at: &At) -> Result<Self, ImportError> {
        let entries = store.files(bundle, at, None).await?;
        let is_record = |path: &str| {
            path == "library.json"
                || is_entity_record(path)
                || path.starts_with("collections/") && path.ends_with(".json")
        };
        let paths: Vec<_> = entries.iter().filter(|entry| is_record(entry.path.as_str())).collect();
        let digests: Vec<Digest> = paths.iter().map(|entry| entry.digest).collect();
        let contents = store.read(&digests).await?;
        let records = paths.iter().map(|entry| entry.path.to_string()).zip(contents).collect();
        let files = entries.into_iter().map(|entry| {
            let state = FileState { digest: entry.digest, size: entry.size };
            (entry.path.to_string(), state)
        });
        Ok(Snapshot { files: files.collect(), records })
    }
}

/// Tells the record of an entity from a file of that name among a block's own.
fn is_entity_record(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts.as_slice(), [_, _, "entity.json"] | [OTHERS, _, _, _, "entity.json"])
}

/// Collects one version; `prefix` is the entity's folder with its final slash.
fn version_state(record: &EntityFile, prefix: &str, snapshot: &Snapshot) -> Option<VersionState> {
    let version = record.version.as_ref()?;
    let content = match &version.children {
        Some(children) => {
            let children = children.iter().map(|ChildFile { key, pinned }| (key.clone(), *pinned));
            ContentState::Children(children.collect())
        }
        None => {
            let below = snapshot.files.range(prefix.to_owned()..);
            let files = below.take_while(|(path, _)| path.starts_with(prefix));
            let files = files.filter_map(|(path, state)| {
                Some((original_path(path.strip_prefix(prefix)?)?.to_owned(), *state))
            });
            ContentState::Files(files.collect())
        }
    };
    Some(VersionState { version_num: version.version_num, title: version.title.clone(), content })
}

fn parse<T: DeserializeOwned>(path: &str, bytes: &[u8]) -> Result<T, ImportError> {
    serde_json::from_slice(bytes).map_err(|error| malformed(path, &error.to_string()))
}

fn malformed(path: &str, problem: &str) -> ImportError {
    let finding = Finding::new(xblock::Severity::Error, "record_malformed", problem);
    ImportError::Invalid(vec![finding.at(path, 0)])
}
