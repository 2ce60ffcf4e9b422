//! What a reference draws from: pool, keys and overrides, worked out once for all learners
//! (unit-composition §1.4, §4).

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, OnceLock},
};

use learning_context::{Labels, NodeId, ResponseTags, Structure};
use opaque_keys::{LearningContextKey, UsageKey};
use serde_json::Value;
use xblock::{Fields, Registry, Severity};

use crate::{
    Finding, Reference,
    compose::MAX_BLOCKS,
    overrides::{Applied, Level, refusal},
    reference::{BlockName, is_reference},
    unit::MAX_DEPTH,
};

/// Most blocks in the pool of a reference (unit-composition §2.3).
pub(crate) const MAX_POOL: usize = 2_000;

/// A library at the version a unit names.
#[derive(Clone, Debug)]
pub struct Library {
    /// The library at that version.
    pub structure: Arc<Structure>,
    /// The kinds of responses of its problems, when they were wanted.
    pub response_tags: Option<Arc<ResponseTags>>,
    /// Collections and tags of its blocks, when they were wanted.
    pub labels: Option<Arc<Labels>>,
    /// Number of its newest version.
    pub latest: u32,
    /// What references draw from, where that is known beforehand; else the references say.
    pub pools: Option<Arc<HashMap<UsageKey, Vec<NodeId>>>>,
}

/// What there is of a library that a unit names.
#[derive(Clone, Debug)]
pub enum Availability {
    /// The library at that version.
    Here(Library),
    /// The library, but not that version.
    NoSuchVersion {
        /// Number of its newest version; 0 when nothing was published.
        latest: u32,
        /// Numbers of the versions that are here, in ascending order.
        present: Vec<u32>,
    },
    /// Nothing.
    Missing,
}

/// Where the blocks of a pool come from.
#[derive(Debug, PartialEq, Eq)]
pub struct Origin {
    /// The library.
    pub library: LearningContextKey,
    /// The version shown.
    pub version: u32,
    /// The reference block.
    pub reference: UsageKey,
}

/// A block that can be drawn.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) token: Box<str>,
    pub(crate) node: NodeId,
    /// The key of the block when it is drawn; made on first use.
    key: OnceLock<Option<UsageKey>>,
}

/// A pool with everything that does not depend on the learner.
#[derive(Debug)]
pub(crate) struct Pool {
    /// Where the blocks are: the library, or the course itself.
    pub(crate) structure: Arc<Structure>,
    /// Where they come from; `None` for children of the selecting block.
    pub(crate) origin: Option<Arc<Origin>>,
    pub(crate) entries: Vec<Entry>,
    by_token: HashMap<Box<str>, usize>,
    /// Overrides of the blocks that have any, blocks below them included.
    applied: HashMap<NodeId, Applied>,
    none: Applied,
}

impl Pool {
    /// Returns the pool of a block that draws from its own children, or from some of them.
    pub(crate) fn of_children(structure: &Arc<Structure>, children: &[NodeId]) -> Self {
        let tokens = children.iter().map(|&child| {
            let usage = &structure.node(child).usage;
            (format!("{}@{}", structure.node(child).block_type(), usage.block_id()), child)
        });
        Pool::new(Arc::clone(structure), None, tokens.collect())
    }

    /// Returns the pool of a reference to a library.
    pub(crate) fn of_library(
        usage: &UsageKey,
        reference: &Reference,
        library: &Library,
        registry: &Registry,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let structure = &library.structure;
        let mut report = |severity, code, message| {
            findings.push(Finding { source: usage.clone(), severity, code, message });
        };
        let mut nodes = Vec::new();
        if let Some(known) = library.pools.as_ref().and_then(|pools| pools.get(usage)) {
            nodes.clone_from(known);
        } else if reference.manual {
            for name in &reference.blocks {
                match find(structure, name) {
                    Some(id) => nodes.push(id),
                    None => report(
                        Severity::Warning,
                        "block_not_in_version",
                        format!("{}:{} is not in this version of the library", name.block_type, name.id),
                    ),
                }
            }
        } else {
            nodes.extend(structure.blocks().filter(|&id| passes(reference, library, id, registry)));
        }
        let mut met = HashSet::with_capacity(nodes.len());
        nodes.retain(|&id| met.insert(id) && !is_reference(structure.node(id).block_type()));
        if nodes.is_empty() {
            let message = format!("no block of {} matches {}", structure.key, filters(reference));
            report(Severity::Warning, "pool_empty", message);
        } else if usize::try_from(reference.count).is_ok_and(|count| nodes.len() < count) {
            let message = format!(
                "This component is configured to show {} problems, but only {} are there.",
                reference.count,
                nodes.len()
            );
            report(Severity::Warning, "pool_too_small", message);
        }
        if nodes.len() > MAX_POOL {
            let message = format!("the pool has {} blocks; at most {MAX_POOL} are meant", nodes.len());
            report(Severity::Warning, "pool_too_large", message);
        }
        let unread = library.labels.iter().filter(|_| reference.wants_labels());
        for problem in unread.flat_map(|labels| labels.problems()) {
            let path = problem.file.as_deref().unwrap_or_default();
            report(
                problem.severity,
                problem.code,
                format!("{path} of {}: {}", structure.key, problem.message),
            );
        }
        let origin = Origin {
            library: structure.key.clone(),
            version: structure.at.version().unwrap_or(library.latest),
            reference: usage.clone(),
        };
        let entries = nodes.into_iter().map(|id| (structure.node(id).usage.to_string(), id)).collect();
        let mut pool = Pool::new(Arc::clone(structure), Some(Arc::new(origin)), entries);
        pool.apply_overrides(usage, reference, registry, findings);
        pool
    }

    fn new(structure: Arc<Structure>, origin: Option<Arc<Origin>>, tokens: Vec<(String, NodeId)>) -> Self {
        let entries: Vec<_> = tokens
            .into_iter()
            .map(|(token, node)| Entry { token: token.into(), node, key: OnceLock::new() })
            .collect();
        let by_token = entries.iter().enumerate().map(|(at, entry)| (entry.token.clone(), at)).collect();
        let none = Applied::new(None, None);
        Pool { structure, origin, entries, by_token, applied: HashMap::new(), none }
    }

    /// Returns the names of the blocks, in pool order.
    pub(crate) fn tokens(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries.iter().map(|entry| &*entry.token)
    }

    pub(crate) fn entry(&self, token: &str) -> Option<&Entry> {
        self.by_token.get(token).map(|&at| &self.entries[at])
    }

    pub(crate) fn overrides(&self, node: NodeId) -> &Applied {
        self.applied.get(&node).unwrap_or(&self.none)
    }

    /// Returns the usage key of a drawn block; `None` where no such key can be made.
    pub(crate) fn key(&self, entry: &Entry) -> Option<UsageKey> {
        let usage = &self.structure.node(entry.node).usage;
        match &self.origin {
            None => Some(usage.clone()),
            Some(origin) => entry.key.get_or_init(|| origin.key(usage, &[usage.block_id()], 1)).clone(),
        }
    }

    /// Returns the keys under which there may be learner state of a drawn block: its own, and those of the
    /// blocks below it, at most as many as fit on a page.
    pub(crate) fn state_keys(&self, entry: &Entry) -> Vec<UsageKey> {
        let mut keys: Vec<UsageKey> = self.key(entry).into_iter().collect();
        let mut path = vec![self.structure.node(entry.node).usage.block_id()];
        let mut steps = 1;
        self.keys_below(entry.node, &mut path, &mut HashMap::new(), &mut keys, &mut steps);
        keys
    }

    fn keys_below<'p>(
        &'p self,
        parent: NodeId,
        path: &mut Vec<&'p str>,
        times: &mut HashMap<String, u32>,
        keys: &mut Vec<UsageKey>,
        steps: &mut usize,
    ) {
        for &id in &self.structure.node(parent).children {
            // Steps and not keys are counted: for some blocks no key can be made.
            if *steps >= MAX_BLOCKS || path.len() > MAX_DEPTH {
                return;
            }
            *steps += 1;
            let usage = &self.structure.node(id).usage;
            path.push(usage.block_id());
            match &self.origin {
                None => keys.push(usage.clone()),
                Some(origin) => {
                    let block_type = usage.block_type().unwrap_or_default();
                    let ordinal = times.entry(origin.place(block_type, path)).or_insert(0);
                    *ordinal += 1;
                    keys.extend(origin.key(usage, path, *ordinal));
                }
            }
            self.keys_below(id, path, times, keys, steps);
            path.pop();
        }
    }

    /// Works out the valid overrides of every block that can be shown. Those that do not apply are reported
    /// and stay where they are written.
    fn apply_overrides(
        &mut self,
        usage: &UsageKey,
        reference: &Reference,
        registry: &Registry,
        findings: &mut Vec<Finding>,
    ) {
        let mut report = |code, message: String| {
            let finding = Finding { source: usage.clone(), severity: Severity::Warning, code, message };
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        };
        if reference.field_overrides.is_empty() && reference.block_field_overrides.is_empty() {
            return;
        }
        let shown = self.shown();
        let mut of_block: HashMap<NodeId, &Fields> = HashMap::new();
        for (key, name, fields) in &reference.block_field_overrides {
            match name.as_ref().and_then(|name| find(&self.structure, name)).filter(|id| shown.contains(id)) {
                Some(id) => {
                    of_block.insert(id, fields);
                }
                None => report("override_orphan", format!("{key} is not in the pool")),
            }
        }
        let mut by_type: HashMap<&str, Option<Arc<Fields>>> = HashMap::new();
        let mut unknown: HashMap<&str, usize> = HashMap::new();
        for &id in &shown {
            let block_type = &**self.structure.node(id).block_type();
            let decl = registry.known(block_type).map(|known| known.decl());
            let for_type = by_type.entry(block_type).or_insert_with(|| {
                valid(&reference.field_overrides, |name, value| {
                    match refusal(decl, Level::Reference, name, value) {
                        Some("override_unknown_field") => {
                            *unknown.entry(name).or_default() += 1;
                            false
                        }
                        Some(code) => {
                            report(code, format!("field_overrides.{name} does not apply to {block_type}"));
                            false
                        }
                        None => true,
                    }
                })
            });
            let for_block = of_block.get(&id).and_then(|fields| {
                valid(fields, |name, value| match refusal(decl, Level::Block, name, value) {
                    Some(code) => {
                        let block = &self.structure.node(id).usage;
                        report(code, format!("block_field_overrides[{block}].{name} does not apply"));
                        false
                    }
                    None => true,
                })
            });
            if for_type.is_some() || for_block.is_some() {
                self.applied.insert(id, Applied::new(for_block, for_type.as_ref()));
            }
        }
        // A field that one type has is no mistake for the others.
        for (name, types) in unknown {
            if types == by_type.len() {
                report("override_unknown_field", format!("no block of the pool has a field {name}"));
            }
        }
    }

    /// Returns the block of a name, in the pool or not.
    pub(crate) fn find(&self, name: &BlockName) -> Option<NodeId> {
        find(&self.structure, name)
    }

    /// Returns the types of the blocks of the pool and of all below them.
    pub(crate) fn types(&self) -> BTreeSet<&str> {
        self.shown().into_iter().map(|id| &**self.structure.node(id).block_type()).collect()
    }

    /// Returns the blocks of the pool with all blocks below them.
    pub(crate) fn shown(&self) -> Vec<NodeId> {
        let mut met = HashSet::new();
        let mut pending: Vec<NodeId> = self.entries.iter().rev().map(|entry| entry.node).collect();
        let mut shown = Vec::with_capacity(pending.len());
        while let Some(id) = pending.pop() {
            if met.insert(id) {
                shown.push(id);
                pending.extend(self.structure.node(id).children.iter().rev());
            }
        }
        shown
    }
}

impl Origin {
    /// Returns the key of a block of the library used through the reference. An item of a pathway gives its
    /// own key to the block it stands for, and children get theirs from it (unit-composition §10).
    pub(crate) fn key(&self, block: &UsageKey, path: &[&str], ordinal: u32) -> Option<UsageKey> {
        let block_type = block.block_type()?;
        match (self.reference.as_pathway_block(), path) {
            (Some(_), [_]) => Some(self.reference.clone()),
            (Some(item), [.., id]) => item.child(block_type, id, ordinal).ok().map(UsageKey::Pathway),
            (Some(_), []) => None,
            (None, _) => {
                UsageKey::lib_ref(self.library.slug()?, block_type, path, ordinal, &self.reference).ok()
            }
        }
    }

    /// Returns what [`Origin::key`] tells blocks apart by, besides the ordinal.
    pub(crate) fn place(&self, block_type: &str, path: &[&str]) -> String {
        match (self.reference.as_pathway_block(), path) {
            (Some(_), [.., id]) => format!("{block_type}:{id}"),
            _ => format!("{block_type}:{}", path.join("~")),
        }
    }
}

fn find(structure: &Structure, name: &BlockName) -> Option<NodeId> {
    let usage = UsageKey::library_block(&structure.key, &name.block_type, &name.id).ok()?;
    structure.find(&usage)
}

/// Returns whether a block of the library is in the pool. Containers are when their type is asked for, or
/// themselves have a tag or are in a collection that is: otherwise what is in them would be in the pool twice.
fn passes(reference: &Reference, library: &Library, id: NodeId, registry: &Registry) -> bool {
    let block_type = &**library.structure.node(id).block_type();
    let labels = library.labels.as_deref();
    let is_member = |key: &String| labels.is_some_and(|labels| labels.is_member(id, key));
    let has_tag = |tag: &String| labels.is_some_and(|labels| labels.has_tag(id, tag));
    let is_wanted = if !reference.block_types.is_empty() {
        reference.block_types.iter().any(|wanted| wanted == block_type)
    } else if reference.wants_labels() {
        true
    } else {
        !registry.known(block_type).is_some_and(|known| known.decl().has_children)
    };
    is_wanted
        && (reference.collections.is_empty() || reference.collections.iter().any(is_member))
        && (reference.tags.is_empty() || reference.tags.iter().any(has_tag))
        && reference.capa_type.as_ref().is_none_or(|tag| {
            block_type == "problem" && library.response_tags.as_ref().is_some_and(|tags| tags.has(id, tag))
        })
}

fn filters(reference: &Reference) -> String {
    if reference.manual {
        return "the blocks chosen".to_owned();
    }
    let mut filters = Vec::new();
    if !reference.block_types.is_empty() {
        filters.push(format!("block_types {}", reference.block_types.join(", ")));
    }
    if let Some(tag) = &reference.capa_type {
        filters.push(format!("capa_type {tag}"));
    }
    if !reference.tags.is_empty() {
        filters.push(format!("tags {}", reference.tags.join(", ")));
    }
    if !reference.collections.is_empty() {
        filters.push(format!("collections {}", reference.collections.join(", ")));
    }
    if filters.is_empty() { "(there are none)".to_owned() } else { filters.join(" and ") }
}

/// Returns the overrides that apply, or `None` when there are none.
fn valid<'a>(fields: &'a Fields, mut applies: impl FnMut(&'a str, &'a Value) -> bool) -> Option<Arc<Fields>> {
    let kept: Fields = fields
        .iter()
        .filter(|(name, value)| applies(name, value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    (!kept.is_empty()).then(|| Arc::new(kept))
}
