//! From files to the tree of a course.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use blockstore::{Blockstore, Digest};
use bytes::Bytes;
use olx::{Document, Element, Include, Limits, Node as XmlNode, OlxError, Position};
use opaque_keys::UsageKey;
use xblock::{Fields, OlxMode, Registry, Severity};

use super::{
    defaults::{self, Defaults},
    inheritance, pointer,
    policy::{self, Policy},
};
use crate::{
    ContextError, ContextRecord, DefinitionSource, NodeId, ResolvedAt, Structure,
    blobs::read_all,
    definitions::parse,
    source::{Inline, SourceFile, SourceParts, Texts},
    structure::{FileList, Node, StructureBuilder},
};

/// Deepest nesting of blocks. Real courses have five levels.
const MAX_DEPTH: usize = 24;
/// Where every course begins.
const ROOT: &str = "course.xml";
/// Block id of the course block, whatever its `url_name`: keys of courses made elsewhere have it too.
const ROOT_ID: &str = "course";

/// Reads the tree of a course: one call for `course.xml`, one for the policy, one for each level of the tree.
pub(super) async fn read(
    store: &dyn Blockstore,
    registry: &Registry,
    record: &ContextRecord,
    at: ResolvedAt,
    files: Arc<FileList>,
) -> Result<Structure, ContextError> {
    let mut builder =
        StructureBuilder::new(record.key.clone(), record.kind, record.bundle, at, Arc::clone(&files));
    builder.containers(registry);
    let mut reader = Reader {
        registry,
        files,
        builder,
        policy: Policy::default(),
        texts: Texts::default(),
        shared: HashSet::new(),
        unnamed: HashMap::new(),
        next: Vec::new(),
    };
    if let Some(root) = reader.root(store).await? {
        let url_name = root.element.attr("url_name").unwrap_or_default().to_owned();
        reader.read_policy(store, &url_name).await?;
        reader.next.push(root);
    }
    while !reader.next.is_empty() {
        let level = std::mem::take(&mut reader.next);
        let wanted = level.iter().flat_map(|pending| reader.files_to_read(pending));
        let blobs = read_all(store, wanted).await?;
        for pending in level {
            reader.place(pending, &blobs);
        }
    }
    let roots: Vec<_> = reader.builder.ids().take(1).collect();
    let order = document_order(&reader.builder, &roots);
    Ok(reader.builder.finish(roots, order))
}

/// An element that stands for a block whose place in the tree is not decided yet.
struct Pending {
    parent: Option<NodeId>,
    inherited: Arc<Fields>,
    /// What the copies around it had in their library; copies inherit nothing (unit-composition §9.2).
    copied: Option<Arc<Defaults>>,
    element: Element,
    file: Arc<str>,
    depth: usize,
}

/// An element with what it points to in its place.
struct Resolved {
    element: Element,
    /// The file it is the root of, unless it stands in another block's file.
    own_file: Option<SourceFile>,
    /// The file it was found in.
    place: Arc<str>,
}

struct Reader<'a> {
    registry: &'a Registry,
    files: Arc<FileList>,
    builder: StructureBuilder,
    policy: Policy,
    texts: Texts,
    /// Blocks that are children of more than one block, with their further parents.
    shared: HashSet<(NodeId, NodeId)>,
    /// How many blocks without `url_name` got the same id.
    unnamed: HashMap<String, u32>,
    next: Vec<Pending>,
}

impl Reader<'_> {
    async fn root(&mut self, store: &dyn Blockstore) -> Result<Option<Pending>, ContextError> {
        let Some((_, asset)) = self.files.get(ROOT) else {
            self.builder.report(Severity::Error, "missing_file", ROOT, 0, "the course has no course.xml");
            return Ok(None);
        };
        let blobs = read_all(store, [asset.digest]).await?;
        match parse_file(&blobs, asset.digest) {
            Ok(document) => Ok(Some(Pending {
                parent: None,
                inherited: Arc::default(),
                copied: None,
                element: document.root,
                file: self.texts.get(ROOT),
                depth: 0,
            })),
            Err(error) => {
                self.builder.report(Severity::Error, error.code, ROOT, error.line, error.message);
                Ok(None)
            }
        }
    }

    async fn read_policy(&mut self, store: &dyn Blockstore, run: &str) -> Result<(), ContextError> {
        let paths = policy::paths(run);
        let found = paths.iter().find_map(|path| Some((path, self.files.get(path)?.1.digest)));
        let Some((path, digest)) = found else { return Ok(()) };
        let blobs = read_all(store, [digest]).await?;
        let Some(bytes) = blobs.get(&digest) else { return Ok(()) };
        match Policy::read(bytes) {
            Ok(policy) => self.policy = policy,
            Err((line, message)) => {
                self.builder.report(Severity::Error, "policy_invalid", path, line, message);
            }
        }
        Ok(())
    }

    fn is_container(&self, tag: &str) -> bool {
        self.registry.known(tag).is_some_and(|block_type| block_type.decl().has_children)
    }

    /// Returns the files that must be read to place an element: that of a container, for its children, that
    /// of an `html` block, since it names the file of its body, and the settings of copied blocks. Other blocks
    /// are read when they are used.
    fn files_to_read(&self, pending: &Pending) -> impl Iterator<Item = Digest> {
        let (element, tag) = (&pending.element, pending.element.name.as_str());
        let own = match pointer::target(element) {
            Some(path) if tag == "html" || self.is_container(tag) => Some(path),
            None if self.is_container(tag) => pointer::body_file(element),
            _ => None,
        };
        let url_name = element.attr("url_name").filter(|_| tag == defaults::LIBRARY_CONTENT);
        let paths = [own, url_name.map(defaults::path)];
        let digests = paths.map(|path| Some(self.files.get(&path?)?.1.digest));
        digests.into_iter().flatten()
    }

    /// Adds the block of an element to the tree and its children to the next level.
    fn place(&mut self, pending: Pending, blobs: &HashMap<Digest, Bytes>) {
        let Pending { parent, mut inherited, mut copied, element, file, depth } = pending;
        let position = element.position;
        let line = position.line;
        let tag = element.name.clone();
        let url_name = element.attr("url_name").filter(|name| !name.is_empty()).map(str::to_owned);
        if depth > MAX_DEPTH {
            let message = format!("<{tag}> is nested more than {MAX_DEPTH} levels deep");
            self.builder.report(Severity::Error, "include_too_deep", &file, line, message);
            return;
        }
        let policy = self.policy.of(&tag, url_name.as_deref().unwrap_or_default());
        let Some(Resolved { mut element, own_file, place }) = self.resolve(element, &file, blobs) else {
            return;
        };
        let mut children = Vec::new();
        let mut children_place = Arc::clone(&place);
        if self.is_container(&tag) {
            if let Some(body) = self.take_body(&mut element, blobs) {
                children_place = body;
            }
            children = take_blocks(&mut element);
        }
        if let Some(defaults) = &copied {
            let decl = self.registry.known(&tag).map(|known| known.decl());
            inherited = defaults.of(decl, url_name.as_deref());
        } else if tag == defaults::LIBRARY_CONTENT {
            copied = Some(self.defaults(url_name.as_deref(), blobs));
        }
        let passed_on = inheritance::passed_on(&inherited, &element, policy.as_deref());
        let source = self.source(&element, own_file, policy, url_name.as_deref(), &place, position);
        let Some(usage) = self.usage(parent, &source, url_name.as_deref(), &file, line) else { return };
        let node = Node { usage, source, parent: None, children: Vec::new(), inherited, linked: None };
        let Some(id) = self.add(parent, node, &file, line) else { return };
        for child in children {
            if let Some(element) = self.child_element(child, &children_place) {
                self.next.push(Pending {
                    parent: Some(id),
                    inherited: Arc::clone(&passed_on),
                    copied: copied.clone(),
                    element,
                    file: Arc::clone(&children_place),
                    depth: depth + 1,
                });
            }
        }
    }

    /// Returns what the children of a `library_content` block had in their library, as far as it is known.
    fn defaults(&mut self, url_name: Option<&str>, blobs: &HashMap<Digest, Bytes>) -> Arc<Defaults> {
        let Some(path) = url_name.map(defaults::path) else { return Arc::default() };
        let file = self.files.get(&path).and_then(|(_, asset)| blobs.get(&asset.digest));
        match file.map_or_else(|| Ok(Defaults::default()), Defaults::read) {
            Ok(defaults) => Arc::new(defaults),
            Err((line, message)) => {
                self.builder.report(Severity::Warning, "defaults_invalid", &path, line, message);
                Arc::default()
            }
        }
    }

    /// Follows a pointer; `None` where it leads nowhere, which is reported.
    fn resolve(
        &mut self,
        element: Element,
        file: &Arc<str>,
        blobs: &HashMap<Digest, Bytes>,
    ) -> Option<Resolved> {
        let inline = |element| Some(Resolved { element, own_file: None, place: Arc::clone(file) });
        let Some(path) = pointer::target(&element) else { return inline(element) };
        let (tag, line) = (element.name.as_str(), element.position.line);
        let Some((path, asset)) = self.files.get(&path).map(|(path, asset)| (path.clone(), asset)) else {
            // Where no block of a type is in a file of its own, an element with nothing but a name is an
            // empty block: documents of a single unit are written so (unit-composition §1.1).
            if !self.is_container(tag) && !self.files.has_prefix(&format!("{tag}/")) {
                let message = format!("<{tag}> is empty, and there is no \"{path}\"");
                self.builder.report(Severity::Warning, "empty_block", file, line, message);
                return inline(element);
            }
            let message = format!("<{tag}> points to \"{path}\", which is not there");
            self.builder.report(Severity::Error, "missing_file", file, line, message);
            return None;
        };
        let place = self.texts.get(path.as_str());
        let mut resolved = Resolved { element, own_file: None, place: Arc::clone(&place) };
        if blobs.contains_key(&asset.digest) || self.is_container(&resolved.element.name) {
            match parse_file(blobs, asset.digest) {
                Ok(document) => {
                    let tag = std::mem::replace(&mut resolved.element, document.root).name;
                    resolved.element.name = tag;
                }
                Err(error) => {
                    self.builder.report(Severity::Error, error.code, &place, error.line, error.message);
                    // Other blocks say so themselves when they are used.
                    if self.is_container(&resolved.element.name) {
                        return None;
                    }
                }
            }
        }
        resolved.own_file = Some(SourceFile { path, digest: asset.digest });
        Some(resolved)
    }

    /// Puts the content of the file that `filename` names into a container (2012 layout); its own attributes
    /// go over those of the file. Returns the file, where its children stand.
    fn take_body(&mut self, element: &mut Element, blobs: &HashMap<Digest, Bytes>) -> Option<Arc<str>> {
        let path = pointer::body_file(element)?;
        let (path, asset) = self.files.get(&path)?;
        let path = self.texts.get(path.as_str());
        match parse_file(blobs, asset.digest) {
            Ok(document) => {
                for attribute in document.root.attributes {
                    if element.attr(&attribute.name).is_none() {
                        element.attributes.push(attribute);
                    }
                }
                element.children = document.root.children;
                Some(path)
            }
            Err(error) => {
                self.builder.report(Severity::Error, error.code, &path, error.line, error.message);
                None
            }
        }
    }

    fn source(
        &mut self,
        element: &Element,
        own_file: Option<SourceFile>,
        policy: Option<Arc<Fields>>,
        url_name: Option<&str>,
        place: &Arc<str>,
        at: Position,
    ) -> Arc<DefinitionSource> {
        let inline = match own_file {
            Some(_) => None,
            None => Some(Inline { olx: element.outer_xml().into(), line: at.line, offset: at.offset }),
        };
        let mut files: Vec<SourceFile> = own_file.into_iter().collect();
        files.extend(pointer::further_files(element, url_name, &self.files));
        SourceParts {
            block_type: self.texts.get(&element.name),
            mode: OlxMode::V1,
            inline,
            files,
            policy,
            url_name: url_name.map(Arc::from),
            place: Arc::clone(place),
        }
        .finish()
    }

    /// Returns the key of a block. One without a usable `url_name` is named after its content, so that it
    /// keeps its key until it is edited: `<tag>_<12 hex digits>`, with `_2`, `_3`, … where several are equal.
    fn usage(
        &mut self,
        parent: Option<NodeId>,
        source: &DefinitionSource,
        url_name: Option<&str>,
        file: &str,
        line: u32,
    ) -> Option<UsageKey> {
        let tag = &source.block_type;
        let course = self.builder.key().clone();
        let name = if parent.is_none() { Some(ROOT_ID) } else { url_name };
        if let Some(name) = name {
            match UsageKey::course_block(&course, tag, name) {
                Ok(usage) => return Some(usage),
                Err(error) => {
                    let message = format!("url_name \"{name}\" cannot be part of a key: {error}");
                    self.builder.report(Severity::Warning, "invalid_block_id", file, line, message);
                }
            }
        }
        let mut id = format!("{tag}_");
        for byte in source.digest.iter().take(6) {
            id.push_str(&format!("{byte:02x}"));
        }
        let times = self.unnamed.entry(id.clone()).or_insert(0);
        *times += 1;
        if *times > 1 {
            id.push_str(&format!("_{times}"));
        }
        UsageKey::course_block(&course, tag, &id)
            .map_err(|error| {
                let message = format!("<{tag}> cannot be named: {error}");
                self.builder.report(Severity::Error, "invalid_block_id", file, line, message);
            })
            .ok()
    }

    /// Adds a node below its parent. A block that is there already is shared when it is the same one and has
    /// no children; a container is never in two places, so there are no circles.
    fn add(&mut self, parent: Option<NodeId>, node: Node, file: &str, line: u32) -> Option<NodeId> {
        if let Some(known) = self.builder.find(&node.usage) {
            let is_same = self.builder.node(known).source.digest == node.source.digest;
            let is_leaf = !self.is_container(&node.source.block_type);
            let parent = parent?;
            if !(is_same && is_leaf) {
                let message = format!("'{}' is used twice; only its first place counts", node.usage);
                self.builder.report(Severity::Error, "duplicate_usage", file, line, message);
            } else if self.builder.node(known).parent != Some(parent) && self.shared.insert((parent, known)) {
                self.builder.add_child(parent, known);
            }
            return None;
        }
        if self.builder.is_full() {
            self.builder.report(
                Severity::Error,
                "too_many_blocks",
                file,
                line,
                "the course has too many blocks",
            );
            return None;
        }
        let id = self.builder.add(node);
        if let Some(parent) = parent {
            self.builder.add_child(parent, id);
        }
        Some(id)
    }

    /// Returns the element of a child; an include of the same course reads like a pointer.
    fn child_element(&mut self, element: Element, file: &Arc<str>) -> Option<Element> {
        if !Include::is_include(&element) {
            return Some(element);
        }
        let line = element.position.line;
        let problem = match Include::from_element(&element) {
            Ok(Include { source: Some(link), .. }) => {
                ("link_not_found", format!("courses have no links, so not '{link}' either"))
            }
            Ok(Include { usage: Some(alias), .. }) => {
                ("include_malformed", format!("a block of the same course has one id; '{alias}' is another"))
            }
            Ok(include) => {
                let mut target =
                    Element::new(include.definition_type).with_attr("url_name", include.definition_id);
                target.position = element.position;
                return Some(target);
            }
            Err(error) => ("include_malformed", error.to_string()),
        };
        self.builder.report(Severity::Error, problem.0, file, line, problem.1);
        None
    }
}

fn parse_file(blobs: &HashMap<Digest, Bytes>, digest: Digest) -> Result<Document, OlxError> {
    let bytes = blobs
        .get(&digest)
        .ok_or_else(|| OlxError::new(olx::codes::MISSING_FILE, "the content of the file is missing"))?;
    parse(bytes, OlxMode::V1, &Limits::default())
}

/// Returns whether an element inside a container stands for a block, and is not one of its settings.
pub(crate) fn is_block(parent: &str, child: &Element) -> bool {
    !(child.name.contains(':')
        || child.name == "meta"
        || (parent == "course" && matches!(child.name.as_str(), "wiki" | "textbook"))
        || child.attr("xblock-family") == Some("xblock_asides.v1"))
}

/// Takes the child blocks out of a container's element. What stays are its settings: option elements,
/// `<meta>`, and what only a course has besides blocks; asides are never used.
fn take_blocks(element: &mut Element) -> Vec<Element> {
    let parent = element.name.clone();
    let mut blocks = Vec::new();
    element.children = std::mem::take(&mut element.children)
        .into_iter()
        .filter_map(|node| match node {
            XmlNode::Element(child) => {
                if !is_block(&parent, &child) {
                    return Some(XmlNode::Element(child));
                }
                blocks.push(child);
                None
            }
            other => Some(other),
        })
        .collect();
    blocks
}

/// Returns all blocks below the given ones as a reader meets them, each once.
fn document_order(builder: &StructureBuilder, roots: &[NodeId]) -> Vec<NodeId> {
    let mut order = Vec::with_capacity(builder.len());
    let mut seen = vec![false; builder.len()];
    let mut pending: Vec<NodeId> = roots.iter().rev().copied().collect();
    while let Some(id) = pending.pop() {
        if !std::mem::replace(&mut seen[id.index()], true) {
            order.push(id);
            pending.extend(builder.node(id).children.iter().rev());
        }
    }
    order
}
