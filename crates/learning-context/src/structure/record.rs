//! Structures in a form that is stored and read back: how parts of published versions are kept.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, OnceLock},
};

use blockstore::{BundleId, Digest, FileEntry, FilePath};
use opaque_keys::{LearningContextKey, UsageKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use xblock::{Fields, OlxMode};

use super::{FileList, Linked, Node, NodeId, ResolvedAt, Structure};
use crate::{
    ContextKind,
    source::{Inline, SourceFile, SourceParts, Texts},
};

/// A record that nothing can be made of.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the record is not valid: {0}")]
pub struct InvalidRecord(pub String);

/// A structure at a published version, as plain values. What recurs is written once and meant by its place.
/// Digests of sources are not kept but made again, so that no record can give a definition a wrong name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StructureRecord {
    key: LearningContextKey,
    kind: ContextKind,
    bundle: BundleId,
    version: u32,
    is_part: bool,
    /// The block types that have children.
    containers: Vec<Box<str>>,
    texts: Vec<String>,
    fields: Vec<Fields>,
    linked: Vec<(BundleId, u32, Vec<FileRecord>)>,
    /// The assets of library blocks; those of a course are all in one folder, and listed apart.
    files: Vec<FileRecord>,
    nodes: Vec<NodeRecord>,
    roots: Vec<u32>,
    order: Vec<u32>,
}

/// Path, digest, size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct FileRecord(FilePath, Digest, u64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct NodeRecord(
    /// Usage.
    UsageKey,
    /// Parent.
    Option<u32>,
    /// Children.
    Vec<u32>,
    /// What it inherits, among `fields`.
    u32,
    /// The link it comes from, among `linked`.
    Option<u32>,
    SourceRecord,
);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SourceRecord(
    /// Block type, among `texts`.
    u32,
    /// Whether the rules of courses apply.
    bool,
    /// OLX that stands in another block's file, and its line and offset there.
    Option<(String, u32, usize)>,
    /// Files.
    Vec<(FilePath, Digest)>,
    /// Policy, among `fields`.
    Option<u32>,
    /// Its id, where reading depends on it.
    Option<String>,
    /// The file named in problems, among `texts`.
    u32,
);

/// Gives places to things met for the first time.
struct Places<K>(HashMap<K, u32>);

impl<K: Eq + Hash> Places<K> {
    fn of(&mut self, key: K, add: impl FnOnce()) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(key).or_insert_with(|| {
            add();
            next
        })
    }
}

impl Structure {
    /// Returns the structure as plain values; `None` for drafts, which are not kept.
    pub fn record(&self) -> Option<StructureRecord> {
        let mut record = StructureRecord {
            key: self.key.clone(),
            kind: self.kind,
            bundle: self.bundle,
            version: self.at.version()?,
            is_part: self.is_part,
            containers: self.containers.to_vec(),
            texts: Vec::new(),
            fields: Vec::new(),
            linked: Vec::new(),
            files: Vec::new(),
            nodes: Vec::with_capacity(self.nodes.len()),
            roots: numbers(&self.roots),
            order: numbers(&self.order),
        };
        let mut texts: Places<Arc<str>> = Places(HashMap::new());
        let mut fields: Places<*const Fields> = Places(HashMap::new());
        let mut linked: Places<*const Linked> = Places(HashMap::new());
        for node in &self.nodes {
            let source = &node.source;
            let mut text =
                |text: &Arc<str>| texts.of(Arc::clone(text), || record.texts.push(text.to_string()));
            let (block_type, place) = (text(&source.block_type), text(&source.place));
            let mut set =
                |set: &Arc<Fields>| fields.of(Arc::as_ptr(set), || record.fields.push((**set).clone()));
            let (inherited, policy) = (set(&node.inherited), source.policy.as_ref().map(&mut set));
            let link = node.linked.as_ref().map(|link| {
                let new = || (link.bundle, link.version, Vec::new());
                linked.of(Arc::as_ptr(link), || record.linked.push(new()))
            });
            if source.mode == OlxMode::V2 {
                let (of, to) = match (&node.linked, link) {
                    (Some(of), Some(link)) => (&of.files, &mut record.linked[link as usize].2),
                    _ => (&self.files, &mut record.files),
                };
                let root = node.asset_root();
                let assets = of.below(&root);
                to.extend(assets.map(|(path, asset)| FileRecord(path.clone(), asset.digest, asset.size)));
            }
            let inline =
                source.inline.as_ref().map(|inline| (inline.olx.to_string(), inline.line, inline.offset));
            let files = source.files.iter().map(|file| (file.path.clone(), file.digest)).collect();
            let url_name = source.url_name.as_deref().map(str::to_owned);
            record.nodes.push(NodeRecord(
                node.usage.clone(),
                node.parent.map(NodeId::number),
                numbers(&node.children),
                inherited,
                link,
                SourceRecord(block_type, source.mode == OlxMode::V1, inline, files, policy, url_name, place),
            ));
        }
        // Blocks that share a definition share its files.
        for files in record.linked.iter_mut().map(|(_, _, files)| files).chain([&mut record.files]) {
            files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            files.dedup();
        }
        Some(record)
    }

    /// Makes a structure of a record. `course_files` are the files of its bundle, for courses; they are not
    /// part of the record, since every block of a course can mean every file in `static/`.
    ///
    /// # Errors
    /// Records that [`Structure::record`] did not make, as far as using them could fail.
    pub fn from_record(
        record: StructureRecord,
        course_files: Arc<FileList>,
    ) -> Result<Structure, InvalidRecord> {
        let (mut texts, count) = (Texts::default(), record.nodes.len());
        let known: Vec<Arc<str>> = record.texts.iter().map(|text| texts.get(text)).collect();
        let fields: Vec<Arc<Fields>> = record.fields.into_iter().map(Arc::new).collect();
        let linked: Vec<Arc<Linked>> = record
            .linked
            .into_iter()
            .map(|(bundle, version, files)| Arc::new(Linked { bundle, version, files: list(files) }))
            .collect();
        let mut nodes = Vec::with_capacity(count);
        for NodeRecord(usage, parent, children, inherited, link, source) in record.nodes {
            if usage.context_key() != record.key {
                return Err(InvalidRecord(format!("{usage} is not of {}", record.key)));
            }
            let SourceRecord(block_type, is_course, inline, files, policy, url_name, place) = source;
            let parts = SourceParts {
                block_type: Arc::clone(at(&known, block_type)?),
                mode: if is_course { OlxMode::V1 } else { OlxMode::V2 },
                inline: inline.map(|(olx, line, offset)| Inline { olx: olx.into(), line, offset }),
                files: files.into_iter().map(|(path, digest)| SourceFile { path, digest }).collect(),
                policy: policy.map(|place| at(&fields, place).cloned()).transpose()?,
                url_name: url_name.map(Arc::from),
                place: Arc::clone(at(&known, place)?),
            };
            nodes.push(Node {
                usage,
                source: parts.finish(),
                parent: parent.map(|parent| id(parent, count)).transpose()?,
                children: ids(&children, count)?,
                inherited: Arc::clone(at(&fields, inherited)?),
                linked: link.map(|link| at(&linked, link).cloned()).transpose()?,
            });
        }
        if !parents_end(&nodes) {
            return Err(InvalidRecord("a block is above itself".to_owned()));
        }
        let structure = Structure {
            key: record.key,
            kind: record.kind,
            bundle: record.bundle,
            at: ResolvedAt::Version(record.version),
            roots: ids(&record.roots, count)?,
            problems: Vec::new(),
            nodes,
            by_usage: Box::default(),
            order: ids(&record.order, count)?,
            files: if record.kind == ContextKind::Course { course_files } else { list(record.files) },
            is_part: record.is_part,
            containers: record.containers.into(),
            tags: OnceLock::new(),
            labels: OnceLock::new(),
            upstreams: OnceLock::new(),
        };
        Ok(structure.indexed())
    }
}

impl StructureRecord {
    /// Returns the bundle it was read from, and the version.
    pub fn origin(&self) -> (BundleId, u32) {
        (self.bundle, self.version)
    }

    /// Returns the context.
    pub fn key(&self) -> &LearningContextKey {
        &self.key
    }
}

fn numbers(ids: &[NodeId]) -> Vec<u32> {
    ids.iter().map(|id| id.number()).collect()
}

fn at<T>(list: &[T], place: u32) -> Result<&T, InvalidRecord> {
    list.get(place as usize).ok_or_else(|| InvalidRecord(format!("there is nothing at {place}")))
}

fn id(number: u32, count: usize) -> Result<NodeId, InvalidRecord> {
    if (number as usize) < count {
        return Ok(NodeId(number));
    }
    Err(InvalidRecord(format!("there is no block {number}")))
}

fn ids(numbers: &[u32], count: usize) -> Result<Vec<NodeId>, InvalidRecord> {
    numbers.iter().map(|&number| id(number, count)).collect()
}

fn list(files: Vec<FileRecord>) -> Arc<FileList> {
    let entry = |FileRecord(path, digest, size)| FileEntry { path, digest, size, modified: false };
    Arc::new(FileList::new(files.into_iter().map(entry).collect()))
}

/// Returns whether the way up from every node ends.
fn parents_end(nodes: &[Node]) -> bool {
    let mut ends = vec![false; nodes.len()];
    for start in 0..nodes.len() {
        let mut path = Vec::new();
        let mut at = Some(start);
        while let Some(place) = at.filter(|&place| !ends[place]) {
            if path.len() > nodes.len() {
                return false;
            }
            path.push(place);
            at = nodes[place].parent.map(NodeId::index);
        }
        for place in path {
            ends[place] = true;
        }
    }
    true
}
