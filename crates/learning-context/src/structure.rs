//! What a context consists of at one version: its usages, and where each is read from.

mod part;
mod record;

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use blockstore::{BundleId, Digest, FileEntry, FilePath};
use opaque_keys::{LearningContextKey, UsageKey};
use xblock::{ContentProblem, Fields, OlxMode, Registry, Severity};

use crate::{ContextKind, DefinitionSource, Labels, ResponseTags, Upstream};

pub use record::{InvalidRecord, StructureRecord};

/// Most usages one context may have.
pub(crate) const MAX_NODES: usize = 100_000;
/// Most problems kept; more of them tell an author nothing new.
const MAX_PROBLEMS: usize = 1_000;

/// A state of a context that was really read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResolvedAt {
    /// A published version; 0 is the empty state before the first.
    Version(u32),
    /// The working draft at a revision.
    Draft {
        /// The revision the context's record named.
        revision: u64,
    },
}

impl ResolvedAt {
    /// Returns the version number, or `None` for drafts.
    pub fn version(self) -> Option<u32> {
        match self {
            ResolvedAt::Version(n) => Some(n),
            ResolvedAt::Draft { .. } => None,
        }
    }
}

/// Place of a node in its structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

/// Returns the id of the first node of any structure, for tests that need no structure.
#[cfg(test)]
pub(crate) fn first_node() -> NodeId {
    NodeId(0)
}

impl NodeId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    /// Returns its number, from which [`Structure::id`] of the same structure makes it again.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// The bundle a definition comes from when it is not the context's own.
#[derive(Debug)]
pub struct Linked {
    /// The linked bundle.
    pub bundle: BundleId,
    /// The version the link names.
    pub version: u32,
    pub(crate) files: Arc<FileList>,
}

/// One usage.
#[derive(Debug)]
pub struct Node {
    /// Its key.
    pub usage: UsageKey,
    /// What its definition is read from.
    pub source: Arc<DefinitionSource>,
    /// The first block it is a child of.
    pub parent: Option<NodeId>,
    /// Its children in order.
    pub children: Vec<NodeId>,
    /// What its ancestors set explicitly (xblock-core §13); empty for library blocks. For copies in a
    /// `library_content` block, which inherit nothing, what their library set (unit-composition §9.2).
    pub inherited: Arc<Fields>,
    /// The bundle its definition and assets are in, when they came through a link.
    pub linked: Option<Arc<Linked>>,
}

impl Node {
    /// Returns its block type as written.
    pub fn block_type(&self) -> &Arc<str> {
        &self.source.block_type
    }

    /// Returns the folder in which `/static/x` of this block is looked up, with a final `/`: `static/` of a
    /// course, `<type>/<id>/static/` of a library block.
    pub fn asset_root(&self) -> String {
        let own = self.source.files.first().filter(|_| self.source.mode == OlxMode::V2);
        let folder = own.and_then(|file| Some(file.path.as_str().rsplit_once('/')?.0));
        folder.map_or_else(|| "static/".to_owned(), |folder| format!("{folder}/static/"))
    }
}

/// A file of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Digest of its bytes.
    pub digest: Digest,
    /// Size in bytes.
    pub size: u64,
}

/// The files of a bundle, or some of them, by path.
#[derive(Debug, Default)]
pub struct FileList(Box<[(FilePath, Asset)]>);

impl FileList {
    /// Returns a list of some files.
    pub fn new(entries: Vec<FileEntry>) -> Self {
        let mut files: Vec<_> =
            entries.into_iter().map(|e| (e.path, Asset { digest: e.digest, size: e.size })).collect();
        files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        FileList(files.into())
    }

    pub(crate) fn get(&self, path: &str) -> Option<(&FilePath, Asset)> {
        let at = self.0.binary_search_by(|(p, _)| p.as_str().cmp(path)).ok()?;
        self.0.get(at).map(|(path, asset)| (path, *asset))
    }

    /// Returns whether any path begins with this text.
    pub(crate) fn has_prefix(&self, prefix: &str) -> bool {
        self.below(prefix).next().is_some()
    }

    /// Returns the files whose paths begin with this text.
    pub(crate) fn below(&self, prefix: &str) -> impl Iterator<Item = (&FilePath, Asset)> {
        let at = self.0.partition_point(|(path, _)| path.as_str() < prefix);
        let found = self.0[at..].iter().take_while(move |(path, _)| path.as_str().starts_with(prefix));
        found.map(|(path, asset)| (path, *asset))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&FilePath, Asset)> {
        self.0.iter().map(|(path, asset)| (path, *asset))
    }
}

/// A context at one version. Immutable.
#[derive(Debug)]
pub struct Structure {
    /// The context.
    pub key: LearningContextKey,
    /// What it is.
    pub kind: ContextKind,
    /// The bundle its content is in.
    pub bundle: BundleId,
    /// The state that was read.
    pub at: ResolvedAt,
    /// Blocks nobody includes: the course block, or a library's top-level blocks.
    pub roots: Vec<NodeId>,
    /// What was odd or had to be left out.
    pub problems: Vec<ContentProblem>,
    nodes: Vec<Node>,
    /// All nodes by usage; a sorted list is a third of the size of a map.
    by_usage: Box<[NodeId]>,
    order: Vec<NodeId>,
    files: Arc<FileList>,
    is_part: bool,
    /// The block types that have children, sorted.
    containers: Arc<[Box<str>]>,
    pub(crate) tags: OnceLock<Arc<ResponseTags>>,
    pub(crate) labels: OnceLock<Arc<Labels>>,
    pub(crate) upstreams: OnceLock<Arc<[Upstream]>>,
}

impl Structure {
    /// Returns the node of a number, if there is one.
    pub fn id(&self, number: u32) -> Option<NodeId> {
        ((number as usize) < self.nodes.len()).then_some(NodeId(number))
    }

    /// Returns the places of all usages, those behind links included.
    pub(crate) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(|index| NodeId(index as u32))
    }

    /// Returns the structure with its nodes sorted by usage.
    fn indexed(mut self) -> Self {
        let mut by_usage: Box<[NodeId]> = self.ids().collect();
        by_usage.sort_unstable_by(|&a, &b| self.node(a).usage.cmp(&self.node(b).usage));
        self.by_usage = by_usage;
        self
    }

    /// Returns a node of this structure.
    ///
    /// # Panics
    /// Panics when the id is of another, larger structure: ids never leave the structure they came from.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// Returns the node of a usage.
    pub fn find(&self, usage: &UsageKey) -> Option<NodeId> {
        let at = self.by_usage.binary_search_by(|&id| self.node(id).usage.cmp(usage)).ok()?;
        self.by_usage.get(at).copied()
    }

    /// Returns the node a usage is composed from: the block itself; of a block used through a reference
    /// (`lb-ref:`) the reference block; of a block inside an item of a pathway the item.
    pub fn entry(&self, usage: &UsageKey) -> Option<NodeId> {
        match usage {
            UsageKey::LibRef(key) => self.find(&key.reference()),
            UsageKey::Pathway(key) if key.child_id().is_some() => {
                self.roots.iter().copied().find(|&id| self.node(id).usage.block_id() == key.block_id())
            }
            _ => self.find(usage),
        }
    }

    /// Returns the context's own blocks: of a course in document order, of a library by type and id
    /// (unit-composition §1.4), those that only exist as children of linked blocks left out.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = NodeId> + '_ {
        self.order.iter().copied()
    }

    /// Returns how many usages there are, those behind links included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns whether there are no usages.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Returns all usages, those behind links included, in no particular order.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = &Node> {
        self.nodes.iter()
    }

    /// Returns whether blocks of a type have children.
    pub(crate) fn is_container(&self, block_type: &str) -> bool {
        self.containers.binary_search_by(|known| (**known).cmp(block_type)).is_ok()
    }

    /// Returns all files of the context's bundle.
    pub(crate) fn file_list(&self) -> &FileList {
        &self.files
    }

    /// Returns the ancestors of a node, nearest first.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.node(id).parent, |&parent| self.node(parent).parent)
    }

    /// Returns the file a block's `/static/<path>` means, if it is there. `..` never leads anywhere, since
    /// no stored path holds it.
    pub fn asset(&self, node: &Node, path: &str) -> Option<Asset> {
        let files = node.linked.as_ref().map_or(&self.files, |linked| &linked.files);
        let mut full = node.asset_root();
        full.push_str(path);
        files.get(&full).map(|(_, asset)| asset)
    }

    /// Returns the files of the context's bundle whose paths begin with this text, by path.
    pub(crate) fn files_below(&self, prefix: &str) -> impl Iterator<Item = (&str, Asset)> {
        self.files.below(prefix).map(|(path, asset)| (path.as_str(), asset))
    }

    /// Returns all files a block may name as `/static/<path>`, by that path.
    pub fn assets(&self, node: &Node) -> Vec<(String, Asset)> {
        let files = node.linked.as_ref().map_or(&self.files, |linked| &linked.files);
        let root = node.asset_root();
        let name = |path: &FilePath| path.as_str().strip_prefix(&root).map(str::to_owned);
        files.below(&root).filter_map(|(path, asset)| Some((name(path)?, asset))).collect()
    }

    /// Returns a file of the context's bundle by its path.
    pub fn file(&self, path: &str) -> Option<Asset> {
        self.files.get(path).map(|(_, asset)| asset)
    }
}

/// A structure being made. Nodes are only ever added, so ids stay valid.
#[derive(Debug)]
pub(crate) struct StructureBuilder {
    structure: Structure,
    index: HashMap<UsageKey, NodeId>,
}

impl StructureBuilder {
    pub(crate) fn new(
        key: LearningContextKey,
        kind: ContextKind,
        bundle: BundleId,
        at: ResolvedAt,
        files: Arc<FileList>,
    ) -> Self {
        StructureBuilder {
            structure: Structure {
                key,
                kind,
                bundle,
                at,
                roots: Vec::new(),
                problems: Vec::new(),
                nodes: Vec::new(),
                by_usage: Box::default(),
                order: Vec::new(),
                files,
                is_part: false,
                containers: Arc::default(),
                tags: OnceLock::new(),
                labels: OnceLock::new(),
                upstreams: OnceLock::new(),
            },
            index: HashMap::new(),
        }
    }

    pub(crate) fn key(&self) -> &LearningContextKey {
        &self.structure.key
    }

    /// Says which block types have children, for those who edit what was read.
    pub(crate) fn containers(&mut self, registry: &Registry) {
        let has_children = |tag: &&str| registry.known(tag).is_some_and(|known| known.decl().has_children);
        let tags = registry.tags().into_iter().filter(has_children);
        self.structure.containers = tags.map(Box::from).collect();
    }

    pub(crate) fn is_full(&self) -> bool {
        self.structure.nodes.len() >= MAX_NODES
    }

    pub(crate) fn find(&self, usage: &UsageKey) -> Option<NodeId> {
        self.index.get(usage).copied()
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        self.structure.node(id)
    }

    pub(crate) fn len(&self) -> usize {
        self.structure.len()
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        self.structure.ids()
    }

    /// Adds a node whose usage is not there yet; its parent, if any, does not learn of it.
    pub(crate) fn add(&mut self, node: Node) -> NodeId {
        // MAX_NODES is far below u32::MAX, and callers ask `is_full` first.
        let id = NodeId(self.structure.nodes.len() as u32);
        self.index.insert(node.usage.clone(), id);
        self.structure.nodes.push(node);
        id
    }

    pub(crate) fn add_child(&mut self, parent: NodeId, child: NodeId) {
        self.structure.nodes[parent.index()].children.push(child);
        let parent_of = &mut self.structure.nodes[child.index()].parent;
        parent_of.get_or_insert(parent);
    }

    pub(crate) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.structure.nodes[id.index()]
    }

    pub(crate) fn problem(&mut self, problem: ContentProblem) {
        if self.structure.problems.len() < MAX_PROBLEMS {
            self.structure.problems.push(problem);
        }
    }

    pub(crate) fn report(
        &mut self,
        severity: Severity,
        code: &'static str,
        file: &str,
        line: u32,
        message: impl Into<String>,
    ) {
        self.problem(ContentProblem::new(severity, code, message).at(file, line));
    }

    /// Returns the structure with the given top-level blocks and own blocks in order.
    pub(crate) fn finish(mut self, roots: Vec<NodeId>, order: Vec<NodeId>) -> Structure {
        for node in &mut self.structure.nodes {
            node.children.shrink_to_fit();
        }
        self.structure.nodes.shrink_to_fit();
        self.structure.roots = roots;
        self.structure.order = order;
        self.structure.indexed()
    }
}
