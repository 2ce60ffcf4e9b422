//! How a library sorts its blocks: collections and tags; what references filter by (unit-composition §1.2).
//!
//! Both are files of the library's bundle, so they are of the version a reference names:
//! `collections/<key>.json` is `{"key": …, "entities": [entity key, …]}` as archives have it, and `tags.json`
//! is `{entity key: [tag, …]}`. An entity key is `xblock.v1:<type>:<id>` or `<type>:<id>` for any block, and
//! the id alone for a unit, subsection or section.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use blockstore::Digest;
use bytes::Bytes;
use opaque_keys::UsageKey;
use serde::Deserialize;
use serde_json::{Map, Value};
use xblock::{ContentProblem, Severity};

use crate::{ContextError, Definitions, NodeId, Structure};

const TAGS: &str = "tags.json";
const COLLECTIONS: &str = "collections/";
/// Types of the containers that archives name by their id alone.
const CONTAINERS: [&str; 3] = ["unit", "subsection", "section"];
/// Namespace of blocks in entity keys.
const BLOCKS: &str = "xblock.v1";
/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 8 << 20;
/// Most collections a library may have.
const MAX_COLLECTIONS: usize = 10_000;

/// Collections and tags of the blocks of one structure.
#[derive(Debug, Default)]
pub struct Labels {
    collections: HashMap<Box<str>, HashSet<NodeId>>,
    tags: HashMap<Box<str>, HashSet<NodeId>>,
    problems: Vec<ContentProblem>,
}

impl Labels {
    /// Returns whether a block is a member of the collection with that key.
    pub fn is_member(&self, block: NodeId, collection: &str) -> bool {
        self.collections.get(collection).is_some_and(|members| members.contains(&block))
    }

    /// Returns whether a block has a tag.
    pub fn has_tag(&self, block: NodeId, tag: &str) -> bool {
        self.tags.get(tag).is_some_and(|tagged| tagged.contains(&block))
    }

    /// Returns which files could not be read as what they are.
    pub fn problems(&self) -> &[ContentProblem] {
        &self.problems
    }
}

impl Structure {
    /// Returns the collections and tags of the context's blocks; read with one call on first use, and kept
    /// with the structure. Files that cannot be read sort nothing; see [`Labels::problems`].
    ///
    /// # Errors
    /// Storage failures.
    pub async fn labels(&self, definitions: &Definitions) -> Result<Arc<Labels>, ContextError> {
        if let Some(known) = self.labels.get() {
            return Ok(Arc::clone(known));
        }
        let mut reader = Reader::new(self);
        let files = reader.files();
        let blobs = definitions.read(files.iter().map(|(_, digest)| *digest)).await?;
        for (path, digest) in files {
            reader.read(&path, blobs.get(&digest));
        }
        Ok(Arc::clone(self.labels.get_or_init(|| Arc::new(reader.labels))))
    }
}

#[derive(Deserialize)]
struct CollectionFile {
    key: String,
    #[serde(default)]
    entities: Vec<String>,
    #[serde(default)]
    extra: Map<String, Value>,
}

struct Reader<'a> {
    structure: &'a Structure,
    labels: Labels,
}

impl<'a> Reader<'a> {
    fn new(structure: &'a Structure) -> Self {
        Reader { structure, labels: Labels::default() }
    }

    /// Returns the files to be read.
    fn files(&mut self) -> Vec<(String, Digest)> {
        let mut files = Vec::new();
        let collections = self.structure.files_below(COLLECTIONS);
        let collections = collections.filter(|(path, _)| path.ends_with(".json")).take(MAX_COLLECTIONS);
        let tags = self.structure.file(TAGS).map(|asset| (TAGS, asset));
        for (path, asset) in collections.chain(tags) {
            if asset.size > MAX_BYTES {
                self.report(path, format!("it has {} bytes; at most {MAX_BYTES} are read", asset.size));
            } else {
                files.push((path.to_owned(), asset.digest));
            }
        }
        files
    }

    fn read(&mut self, path: &str, bytes: Option<&Bytes>) {
        let Some(bytes) = bytes else { return self.report(path, "its content is missing".to_owned()) };
        let read = if path == TAGS { self.tags(bytes) } else { self.collection(bytes) };
        if let Err(error) = read {
            self.report(path, error.to_string());
        }
    }

    fn collection(&mut self, bytes: &[u8]) -> serde_json::Result<()> {
        let file: CollectionFile = serde_json::from_slice(bytes)?;
        // Collections that were put away are kept in archives, but have no members.
        if file.extra.get("x_enabled") == Some(&Value::Bool(false)) {
            return Ok(());
        }
        let nodes: Vec<NodeId> = file.entities.iter().filter_map(|key| self.find(key)).collect();
        self.labels.collections.entry(file.key.into()).or_default().extend(nodes);
        Ok(())
    }

    fn tags(&mut self, bytes: &[u8]) -> serde_json::Result<()> {
        let file: HashMap<String, Vec<String>> = serde_json::from_slice(bytes)?;
        for (key, tags) in file {
            let Some(node) = self.find(&key) else { continue };
            for tag in tags {
                self.labels.tags.entry(tag.into()).or_default().insert(node);
            }
        }
        Ok(())
    }

    fn find(&self, entity: &str) -> Option<NodeId> {
        let block = |block_type, id| {
            let usage = UsageKey::library_block(&self.structure.key, block_type, id).ok()?;
            self.structure.find(&usage)
        };
        match entity.split_once(':') {
            None => CONTAINERS.iter().find_map(|kind| block(kind, entity)),
            Some((block_type, id)) => match id.split_once(':') {
                None => block(block_type, id),
                Some((real_type, id)) if block_type == BLOCKS => block(real_type, id),
                Some(_) => None,
            },
        }
    }

    fn report(&mut self, path: &str, message: String) {
        let problem = ContentProblem::new(Severity::Warning, "labels_unreadable", message);
        self.labels.problems.push(problem.at(path, 0));
    }
}
