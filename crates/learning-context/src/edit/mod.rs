//! Changes to the OLX of one state of a context: what authors do to a draft.
//!
//! An [`Edit`] reads the files of some blocks, changes their trees and prints those that were touched as
//! changes to a draft. What is not touched stays as it was written: comments, unknown attributes, the order of
//! everything. Blocks may stand in files of their own or inside others, in courses (pointers) and in libraries
//! (includes); an edit follows the form it finds.

mod children;
mod copy;
mod error;
mod file;
mod insert;
mod policy;
mod remove;
mod rerun;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use blockstore::{Blockstore, BlockstoreError, Change, Digest, FilePath};
use bytes::Bytes;
use olx::{Document, Element, Limits, Node as XmlNode};
use opaque_keys::UsageKey;
use serde_json::{Map, Value};
use xblock::OlxMode;

use self::{file::OpenFile, policy::OpenPolicy};
use crate::{
    ContextError, Node, NodeId, Structure,
    blobs::read_all,
    course::{defaults, pointer, policy::paths},
};

pub use copy::{Copied, CopiedAsset};
pub use error::EditError;
pub use rerun::rerun;

/// Attributes that say where a block is and not what it is.
const RESERVED: &[&str] = &["url_name", "filename", "xblock-family"];

/// Changes to the OLX of one state of a context, collected and printed as changes to a draft.
#[derive(Debug)]
pub struct Edit {
    structure: Arc<Structure>,
    /// What was read, by digest.
    blobs: HashMap<Digest, Bytes>,
    files: BTreeMap<FilePath, OpenFile>,
    /// Files that could not be read as XML, with the reason.
    broken: BTreeMap<FilePath, String>,
    /// Files that are put as they are, or go.
    plain: BTreeMap<FilePath, Option<Bytes>>,
    policy: Option<OpenPolicy>,
    /// Blocks that were removed.
    gone: HashSet<NodeId>,
    /// Blocks that were added.
    added: HashSet<UsageKey>,
}

impl Edit {
    /// Reads the files in which these blocks and those they stand in are written, with one read of blobs.
    ///
    /// # Errors
    /// Storage failures. Files that cannot be understood count when they are to be changed.
    pub async fn open(
        store: &dyn Blockstore,
        structure: &Arc<Structure>,
        nodes: &[NodeId],
    ) -> Result<Edit, ContextError> {
        Edit::read(store, structure, nodes, false).await
    }

    /// As [`Edit::open`], with the files of all blocks below, which [`Edit::copy`] needs.
    ///
    /// # Errors
    /// As [`Edit::open`].
    pub async fn open_with_all_below(
        store: &dyn Blockstore,
        structure: &Arc<Structure>,
        nodes: &[NodeId],
    ) -> Result<Edit, ContextError> {
        Edit::read(store, structure, nodes, true).await
    }

    async fn read(
        store: &dyn Blockstore,
        structure: &Arc<Structure>,
        nodes: &[NodeId],
        deep: bool,
    ) -> Result<Edit, ContextError> {
        let mut wanted: HashSet<NodeId> = nodes.iter().copied().collect();
        let below = children::with_below(structure, nodes);
        wanted.extend(children::parents_of(structure, &wanted));
        wanted.extend(children::same_unnamed(structure, wanted.iter().chain(&below)));
        if deep {
            wanted.extend(&below);
        }
        let files = structure.file_list();
        let mut own: BTreeMap<FilePath, Digest> = BTreeMap::new();
        let mut digests: HashSet<Digest> = HashSet::new();
        for id in wanted {
            let node = structure.node(id);
            if node.linked.is_none() {
                let place = node.source.inline.as_ref().and_then(|_| files.get(&node.source.place));
                own.extend(place.map(|(path, asset)| (path.clone(), asset.digest)));
                own.extend(node.source.files.iter().map(|file| (file.path.clone(), file.digest)));
            }
            digests.extend(node.source.files.iter().map(|file| file.digest));
            digests.extend(copied_settings(structure, node).map(|(_, digest)| digest));
        }
        let policy = policy_file(structure);
        digests.extend(own.values().chain(policy.as_ref().map(|(_, digest)| digest)));
        let blobs = read_all(store, digests).await?;
        let mut edit = Edit {
            structure: Arc::clone(structure),
            files: BTreeMap::new(),
            broken: BTreeMap::new(),
            plain: BTreeMap::new(),
            policy: policy.and_then(|(path, digest)| OpenPolicy::parse(path, blobs.get(&digest)?)),
            gone: HashSet::new(),
            added: HashSet::new(),
            blobs,
        };
        for (path, digest) in own.into_iter().filter(|(path, _)| path.as_str().ends_with(".xml")) {
            let parsed = match edit.blobs.get(&digest) {
                Some(bytes) => OpenFile::parse(bytes),
                None => Err("its content is missing".to_owned()),
            };
            match parsed {
                Ok(file) => drop(edit.files.insert(path, file)),
                Err(problem) => drop(edit.broken.insert(path, problem)),
            }
        }
        Ok(edit)
    }

    /// Returns the state that is edited.
    pub fn structure(&self) -> &Arc<Structure> {
        &self.structure
    }

    /// Returns the element that holds a block's attributes and, unless a `filename` names another place, what
    /// is in it; pointers are followed. `None` when it was not opened, cannot be read or is gone.
    pub fn element(&self, node: NodeId) -> Option<&Element> {
        if self.gone.contains(&node) {
            return None;
        }
        let node = self.node(node);
        if node.linked.is_some() {
            return None;
        }
        match &node.source.inline {
            Some(inline) => self.files.get(&*node.source.place)?.at(inline.offset),
            None => self.files.get(&node.source.files.first()?.path).map(OpenFile::root),
        }
    }

    /// Returns that element to be changed: its file will be written. What stands in the policy goes over its
    /// attributes; [`Edit::set_attribute`] minds that.
    ///
    /// # Errors
    /// Blocks that were not opened, cannot be read, are gone or come through a link.
    pub fn element_mut(&mut self, node: NodeId) -> Result<&mut Element, EditError> {
        self.keep_id(node)?;
        self.touch(node)
    }

    /// As [`Edit::element_mut`], when the block's id is safe.
    fn touch(&mut self, id: NodeId) -> Result<&mut Element, EditError> {
        let node = self.structure.node(id);
        let usage = || node.usage.clone();
        if node.linked.is_some() {
            return Err(EditError::ReadOnly(usage()));
        }
        if self.gone.contains(&id) {
            return Err(EditError::Gone(usage()));
        }
        let (path, offset) = match (&node.source.inline, node.source.files.first()) {
            (Some(inline), _) => (&*node.source.place, Some(inline.offset)),
            (None, Some(file)) => (file.path.as_str(), None),
            (None, None) => return Err(EditError::NotOpen(usage())),
        };
        if let Some(problem) = self.broken.get(path) {
            return Err(EditError::Unreadable { file: path.to_owned(), problem: problem.clone() });
        }
        let file = self.files.get_mut(path).ok_or_else(|| EditError::NotOpen(usage()))?;
        match offset {
            Some(offset) => file.at_mut(offset).ok_or_else(|| EditError::Gone(usage())),
            None => Ok(file.root_mut()),
        }
    }

    /// Sets an attribute of a block, or removes it, so that it counts: a policy entry or `<meta>` value of that
    /// name goes.
    ///
    /// # Errors
    /// As [`Edit::element_mut`], and names that are no attributes of a block.
    pub fn set_attribute(&mut self, node: NodeId, name: &str, value: Option<&str>) -> Result<(), EditError> {
        if !is_attribute(name) {
            return Err(EditError::InvalidName(name.chars().take(100).collect()));
        }
        let element = self.element_mut(node)?;
        match value {
            Some(value) => element.set_attr(name, value),
            None => drop(element.remove_attr(name)),
        }
        forget_meta(element, name);
        let body = pointer::body_file(element);
        let source = Arc::clone(&self.structure.node(node).source);
        if source.mode == OlxMode::V2 {
            return Ok(());
        }
        if let (None, Some(file)) = (value, body.and_then(|path| self.files.get_mut(path.as_str())))
            && file.root().attr(name).is_some()
        {
            file.root_mut().remove_attr(name);
        }
        let entry = policy_entry(&source.block_type, source.url_name.as_deref());
        if let Some(policy) = &mut self.policy {
            policy.remove_value(&entry, name);
        }
        Ok(())
    }

    /// Gives blocks that have nothing left but their name a file, since their elements have become pointers.
    fn settle(&mut self) -> Result<(), EditError> {
        let inline = self.structure.nodes().filter_map(|node| {
            let inline = node.source.inline.as_ref()?;
            Some((&*node.source.place, inline.offset))
        });
        let blocks: HashSet<(&str, usize)> = inline.collect();
        let mut new = Vec::new();
        for (place, file) in self.files.iter().filter(|(_, file)| file.is_touched()) {
            let elements = file.root().descendants();
            for element in elements.filter(|e| blocks.contains(&(place.as_str(), e.position.offset))) {
                if let Some(path) = self.pointer_of(element).filter(|path| !self.exists(path)) {
                    let mut root = Element::new(element.name.clone());
                    root.children.clone_from(&element.children);
                    let invalid = |problem: BlockstoreError| EditError::Invalid {
                        file: place.clone(),
                        problem: problem.to_string(),
                    };
                    new.push((path.parse().map_err(invalid)?, OpenFile::new(root, false)));
                }
            }
        }
        self.files.extend(new);
        Ok(())
    }

    /// Returns the file an element is read as a pointer to. Blocks without content need no file where none of
    /// their type has one (unit-composition §1.1).
    fn pointer_of(&self, element: &Element) -> Option<String> {
        let folder = format!("{}/", element.name);
        let has_files = || {
            self.structure.file_list().has_prefix(&folder)
                || self.files.keys().any(|path| path.as_str().starts_with(&folder))
        };
        pointer::target(element).filter(|_| self.structure.is_container(&element.name) || has_files())
    }

    /// Puts a file as it is, for example an asset of a copied block.
    pub fn put_file(&mut self, path: FilePath, bytes: Bytes) {
        self.plain.insert(path, Some(bytes));
    }

    /// Returns what was changed, as changes to a draft of this state. Nothing is written that cannot be read
    /// again.
    ///
    /// # Errors
    /// Files that would not be valid XML, for example by characters XML does not allow.
    pub fn into_changes(mut self) -> Result<Vec<Change>, EditError> {
        self.settle()?;
        let mut changes: BTreeMap<FilePath, Option<Bytes>> = self.plain;
        for (path, file) in self.files {
            let Some(text) = file.print() else { continue };
            Document::parse(&text, &Limits::default())
                .map_err(|error| EditError::Invalid { file: path.clone(), problem: error.message })?;
            let bytes = Bytes::from(text);
            let before = self.structure.file(path.as_str()).map(|asset| asset.digest);
            if before != Some(Digest::of(&bytes)) || changes.contains_key(&path) {
                changes.insert(path, Some(bytes));
            }
        }
        if let Some(policy) = self.policy
            && let Some(bytes) = policy.print()
        {
            changes.insert(policy.path, Some(bytes.into()));
        }
        let change = |(path, bytes)| match bytes {
            Some(bytes) => Change::Put(path, bytes),
            None => Change::Delete(path),
        };
        Ok(changes.into_iter().map(change).collect())
    }

    fn node(&self, id: NodeId) -> &Node {
        self.structure.node(id)
    }

    /// Returns whether a file is there, after what was changed so far.
    fn exists(&self, path: &str) -> bool {
        match self.plain.get(path) {
            Some(bytes) => bytes.is_some(),
            None => self.structure.file(path).is_some() || self.files.contains_key(path),
        }
    }
}

/// Returns the policy file of the run, with its digest.
fn policy_file(structure: &Structure) -> Option<(FilePath, Digest)> {
    let root = structure.roots.first().map(|&id| structure.node(id))?;
    if root.source.mode == OlxMode::V2 {
        return None;
    }
    let run = root.source.url_name.as_deref().unwrap_or_default();
    let (path, asset) = paths(run).iter().find_map(|path| structure.file_list().get(path))?;
    Some((path.clone(), asset.digest))
}

/// Returns the file with what copies below a `library_content` block had in their library (import-export §3.1).
fn copied_settings(structure: &Structure, node: &Node) -> Option<(FilePath, Digest)> {
    let url_name = node.source.url_name.as_deref()?;
    let is_one = node.source.mode == OlxMode::V1 && **node.block_type() == *defaults::LIBRARY_CONTENT;
    let path = is_one.then(|| defaults::path(url_name))?;
    let (path, asset) = structure.file_list().get(&path)?;
    Some((path.clone(), asset.digest))
}

/// Returns the name of a block's policy entry.
fn policy_entry(block_type: &str, url_name: Option<&str>) -> String {
    format!("{block_type}/{}", url_name.unwrap_or_default())
}

/// Returns whether a name can be that of an attribute with a field's value.
fn is_attribute(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let rest = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    starts && rest && name.len() <= 200 && !name.starts_with("xml") && !RESERVED.contains(&name)
}

/// Takes a value out of the `<meta>` of an element, which goes over its attributes.
fn forget_meta(element: &mut Element, name: &str) {
    let meta = element.children.iter_mut().find_map(|node| match node {
        XmlNode::Element(child) if child.name == "meta" => Some(child),
        _ => None,
    });
    let Some(meta) = meta else { return };
    let Ok(mut values) = serde_json::from_str::<Map<String, Value>>(&meta.text()) else { return };
    if values.shift_remove(name).is_some() {
        meta.children = vec![XmlNode::Text(Value::Object(values).to_string())];
    }
}
