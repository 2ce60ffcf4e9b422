//! What a unit is made of before anyone looks at it.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use learning_context::{NodeId, Structure};
use opaque_keys::LearningContextKey;
use xblock::Severity;

use crate::{
    Finding, Pin, PlacedReference, Reference, References,
    bank::Bank,
    reference::{is_bank, is_reference},
};

/// Deepest nesting of blocks in a unit (unit-composition §2.3).
pub(crate) const MAX_DEPTH: usize = 8;
/// Most references a unit should have (unit-composition §2.3).
pub const MAX_REFERENCES: usize = 50;

/// Returns whether a type is for finding one's way: what is inside is a list of places to go to, so composing
/// it does not go into the containers below.
pub fn is_navigation(block_type: &str) -> bool {
    matches!(block_type, "course" | "chapter" | "sequential" | "section" | "subsection")
}

/// A block that stands for others.
#[derive(Clone, Debug)]
pub(crate) enum Selecting {
    Library(Arc<PlacedReference>),
    Bank(Arc<Bank>),
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

impl LibraryWant {
    /// Returns what references draw from, each library once at each version.
    pub fn of<'a>(references: impl IntoIterator<Item = &'a Arc<PlacedReference>>) -> Vec<LibraryWant> {
        let mut wants: HashMap<(LearningContextKey, Pin), (bool, bool)> = HashMap::new();
        for reference in references.into_iter().map(|placed| &placed.reference) {
            if let Some(library) = &reference.library {
                let want = wants.entry((library.clone(), reference.pin.clone())).or_default();
                want.0 |= reference.wants_response_tags();
                want.1 |= reference.wants_labels();
            }
        }
        let want =
            |((library, pin), (response_tags, labels))| LibraryWant { library, pin, response_tags, labels };
        wants.into_iter().map(want).collect()
    }
}

/// A unit, or any other block, with the references below it.
#[derive(Debug)]
pub struct Unit {
    pub(crate) structure: Arc<Structure>,
    pub(crate) root: NodeId,
    /// By node.
    pub(crate) selecting: Vec<(NodeId, Selecting)>,
    /// The groups its references are in, with all their members in document order, also those elsewhere.
    pub(crate) groups: Vec<(Arc<str>, Vec<Arc<PlacedReference>>)>,
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

    /// Returns the structure it is in: all of its context, or what was recorded with it.
    pub fn structure(&self) -> &Arc<Structure> {
        &self.structure
    }

    /// Returns the page.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// Returns whether a block is a page of its own: a container of content, or content outside of one.
    pub fn is_page(structure: &Structure, node: NodeId) -> bool {
        let is_way = |id: NodeId| is_navigation(structure.node(id).block_type());
        !is_way(node) && structure.ancestors(node).all(is_way)
    }

    /// Returns the pages of a context in document order.
    pub fn pages(structure: &Structure) -> Vec<NodeId> {
        structure.blocks().filter(|&node| Unit::is_page(structure, node)).collect()
    }

    /// Returns the selecting blocks on a page, by node.
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

    /// Takes from the selecting blocks of a context what concerns one page.
    pub fn read(structure: Arc<Structure>, root: NodeId, references: &References) -> Self {
        let mut findings = Vec::new();
        let mut selecting = Vec::new();
        let mut groups = Vec::new();
        let mut met = HashSet::new();
        for id in Unit::references(&structure, root) {
            findings.extend_from_slice(references.unreadable(id));
            let Some(found) = references.selecting(id) else { continue };
            if let Selecting::Library(placed) = found {
                let group = &*placed.reference.group;
                if !group.is_empty() && met.insert(group) {
                    groups.push((Arc::from(group), references.group(group).to_vec()));
                }
            }
            selecting.push((id, found.clone()));
        }
        if selecting.len() > MAX_REFERENCES {
            findings.push(Finding {
                source: structure.node(root).usage.clone(),
                severity: Severity::Warning,
                code: "too_many_references",
                message: format!("the unit has {} references; {MAX_REFERENCES} are meant", selecting.len()),
            });
        }
        Unit { structure, root, selecting, groups, findings }
    }

    /// Returns the libraries the unit and the groups it takes part in draw from, each once.
    pub fn libraries(&self) -> Vec<LibraryWant> {
        LibraryWant::of(self.drawn_from())
    }

    /// Returns the references of the unit and the other members of their groups. Members that are in the unit
    /// come twice.
    pub(crate) fn drawn_from(&self) -> impl Iterator<Item = &Arc<PlacedReference>> {
        let own = self.selecting.iter().filter_map(|(_, selecting)| match selecting {
            Selecting::Library(placed) => Some(placed),
            Selecting::Bank(_) => None,
        });
        own.chain(self.groups.iter().flat_map(|(_, members)| members))
    }

    /// Returns the settings of a reference in the unit.
    pub fn reference(&self, id: NodeId) -> Option<&Reference> {
        match self.selecting(id)? {
            Selecting::Library(placed) => Some(&placed.reference),
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
