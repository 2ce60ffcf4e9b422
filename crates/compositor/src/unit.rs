//! What a unit is made of before anyone looks at it.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use learning_context::{DefinitionSource, NodeId, Structure, is_unreadable};
use opaque_keys::LearningContextKey;
use xblock::{Definition, Severity};

use crate::{
    Finding, Pin, Reference,
    bank::Bank,
    reference::{is_bank, is_reference},
};

/// Deepest nesting of blocks in a unit (unit-composition §2.3).
pub(crate) const MAX_DEPTH: usize = 8;
/// Most references a unit should have (unit-composition §2.3).
pub const MAX_REFERENCES: usize = 50;

/// Returns whether a type is for finding one's way: what is inside is a list of places to go to, so composing
/// it does not go into the containers below.
pub(crate) fn is_navigation(block_type: &str) -> bool {
    matches!(block_type, "course" | "chapter" | "sequential" | "section" | "subsection")
}

/// A block that stands for others.
#[derive(Debug)]
pub(crate) enum Selecting {
    Library(Box<Reference>),
    Bank(Bank),
}

/// A library at a version that a unit needs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LibraryWant {
    /// The library.
    pub library: LearningContextKey,
    /// Its version.
    pub pin: Pin,
    /// Whether the kinds of responses of its problems matter (`capa_type`).
    pub response_tags: bool,
    /// Whether its collections and tags matter.
    pub labels: bool,
}

/// A unit, or any other block, with the references below it.
#[derive(Debug)]
pub struct Unit {
    pub(crate) structure: Arc<Structure>,
    pub(crate) root: NodeId,
    pub(crate) selecting: Vec<(NodeId, Selecting)>,
    pub(crate) findings: Vec<Finding>,
}

impl Unit {
    /// Returns the page a block is on: the outermost container around it that is no place to find one's way.
    pub fn around(structure: &Structure, node: NodeId) -> NodeId {
        structure
            .ancestors(node)
            .take_while(|&id| !is_navigation(structure.node(id).block_type()))
            .last()
            .unwrap_or(node)
    }

    /// Returns the blocks whose definitions [`Unit::read`] needs: those that stand for others.
    pub fn references(structure: &Structure, root: NodeId) -> Vec<NodeId> {
        let mut found = Vec::new();
        // Nearest first, and each block once: with blocks that are included many times there are more ways
        // down than anyone can walk.
        let mut met = HashSet::from([root]);
        let mut pending = VecDeque::from([(root, 0)]);
        while let Some((id, depth)) = pending.pop_front() {
            let node = structure.node(id);
            let block_type = node.block_type();
            if is_reference(block_type) || is_bank(block_type) {
                found.push(id);
            }
            let stops = depth > 0 && is_place_to_go(structure, id);
            if depth < MAX_DEPTH && !is_reference(block_type) && !stops {
                let new = node.children.iter().filter(|&&child| met.insert(child));
                pending.extend(new.map(|&child| (child, depth + 1)));
            }
        }
        found.sort_unstable();
        found
    }

    /// Returns the sources of the blocks that stand for others, in the order of [`Unit::references`].
    pub fn sources(structure: &Structure, references: &[NodeId]) -> Vec<Arc<DefinitionSource>> {
        references.iter().map(|&id| Arc::clone(&structure.node(id).source)).collect()
    }

    /// Reads a unit; `references` and their `definitions` pair up.
    pub fn read(
        structure: Arc<Structure>,
        root: NodeId,
        references: &[NodeId],
        definitions: &[Arc<Definition>],
    ) -> Self {
        let mut findings = Vec::new();
        let mut selecting = Vec::with_capacity(references.len());
        for (&id, definition) in references.iter().zip(definitions) {
            let usage = &structure.node(id).usage;
            if is_unreadable(definition) {
                findings.extend(definition.problems.iter().map(|problem| Finding {
                    source: usage.clone(),
                    severity: problem.severity,
                    code: problem.code,
                    message: problem.message.clone(),
                }));
                continue;
            }
            let fields = &definition.fields;
            if is_bank(&definition.block_type) {
                selecting.push((id, Selecting::Bank(Bank::read(fields))));
            } else {
                let reference = Reference::read(usage, fields, &mut findings);
                selecting.push((id, Selecting::Library(Box::new(reference))));
            }
        }
        if selecting.len() > MAX_REFERENCES {
            findings.push(Finding {
                source: structure.node(root).usage.clone(),
                severity: Severity::Warning,
                code: "too_many_references",
                message: format!("the unit has {} references; {MAX_REFERENCES} are meant", selecting.len()),
            });
        }
        Unit { structure, root, selecting, findings }
    }

    /// Returns the libraries the unit draws from, each once.
    pub fn libraries(&self) -> Vec<LibraryWant> {
        let mut wants: HashMap<(LearningContextKey, Pin), (bool, bool)> = HashMap::new();
        for (_, selecting) in &self.selecting {
            if let Selecting::Library(reference) = selecting
                && let Some(library) = &reference.library
            {
                let want = wants.entry((library.clone(), reference.pin.clone())).or_default();
                want.0 |= reference.wants_response_tags();
                want.1 |= reference.wants_labels();
            }
        }
        let want =
            |((library, pin), (response_tags, labels))| LibraryWant { library, pin, response_tags, labels };
        wants.into_iter().map(want).collect()
    }

    /// Returns the settings of a reference in the unit.
    pub fn reference(&self, id: NodeId) -> Option<&Reference> {
        match self.selecting(id)? {
            Selecting::Library(reference) => Some(reference),
            Selecting::Bank(_) => None,
        }
    }

    pub(crate) fn selecting(&self, id: NodeId) -> Option<&Selecting> {
        let at = self.selecting.binary_search_by_key(&id, |(node, _)| *node).ok()?;
        Some(&self.selecting[at].1)
    }
}

/// Returns whether a block is a container in a course, chapter or sequence: somewhere to go to, not part of
/// this page. References and banks there are part of the page.
pub(crate) fn is_place_to_go(structure: &Structure, id: NodeId) -> bool {
    let node = structure.node(id);
    let below_navigation =
        node.parent.is_some_and(|parent| is_navigation(structure.node(parent).block_type()));
    below_navigation && !is_reference(node.block_type()) && !is_bank(node.block_type())
}
