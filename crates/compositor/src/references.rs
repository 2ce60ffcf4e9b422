//! The selecting blocks of a whole context at one version, read once: what groups span, and what links lead to
//! libraries (unit-composition §6, §8).

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use learning_context::{DefinitionSource, NodeId, Structure, is_unreadable};
use opaque_keys::UsageKey;
use xblock::{Definition, Fields};

use crate::{
    Finding, Reference,
    bank::Bank,
    reference::{is_bank, is_reference},
    unit::Selecting,
};

/// A reference block at its place in a context.
#[derive(Debug)]
pub struct PlacedReference {
    /// Its node.
    pub node: NodeId,
    /// Its key.
    pub usage: UsageKey,
    /// What it says.
    pub reference: Reference,
    /// What is odd about that.
    pub findings: Vec<Finding>,
}

/// All selecting blocks of a context at one version, in document order. Immutable; good for as long as the
/// structure is.
#[derive(Debug)]
pub struct References {
    /// The references, in document order.
    placed: Vec<Arc<PlacedReference>>,
    /// What every selecting block does.
    selecting: HashMap<NodeId, Selecting>,
    /// Findings about selecting blocks that cannot be read.
    unreadable: HashMap<NodeId, Vec<Finding>>,
    groups: BTreeMap<Arc<str>, Vec<Arc<PlacedReference>>>,
}

impl References {
    /// Returns the selecting blocks of a context in document order: what [`References::read`] needs the
    /// definitions of.
    pub fn nodes(structure: &Structure) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut met = HashSet::with_capacity(structure.len());
        let mut pending: Vec<NodeId> = structure.blocks().collect();
        pending.reverse();
        pending.extend(structure.roots.iter().rev());
        while let Some(id) = pending.pop() {
            if met.insert(id) {
                let node = structure.node(id);
                if is_reference(node.block_type()) || is_bank(node.block_type()) {
                    found.push(id);
                }
                pending.extend(node.children.iter().rev());
            }
        }
        found
    }

    /// Returns the sources of blocks, in their order.
    pub fn sources(structure: &Structure, nodes: &[NodeId]) -> Vec<Arc<DefinitionSource>> {
        nodes.iter().map(|&id| Arc::clone(&structure.node(id).source)).collect()
    }

    /// Reads what selecting blocks say; `nodes` and their `definitions` pair up.
    pub fn read(structure: &Structure, nodes: &[NodeId], definitions: &[Arc<Definition>]) -> Self {
        let readable = |(_, definition): &(_, &Arc<Definition>)| !is_unreadable(definition);
        let pairs = || nodes.iter().copied().zip(definitions);
        let fields = pairs().filter(readable).map(|(id, definition)| (id, &definition.fields));
        let mut references = References::of(structure, fields);
        for (id, definition) in pairs().filter(|pair| !readable(pair)) {
            let findings = definition.problems.iter().map(|problem| Finding {
                source: structure.node(id).usage.clone(),
                severity: problem.severity,
                code: problem.code,
                message: problem.message.clone(),
            });
            references.unreadable.insert(id, findings.collect());
        }
        references
    }

    /// Takes what selecting blocks say, in document order, from their fields.
    pub(crate) fn of<'a>(
        structure: &Structure,
        settings: impl IntoIterator<Item = (NodeId, &'a Fields)>,
    ) -> Self {
        let mut references = References {
            placed: Vec::new(),
            selecting: HashMap::new(),
            unreadable: HashMap::new(),
            groups: BTreeMap::new(),
        };
        for (id, fields) in settings {
            let node = structure.node(id);
            if is_bank(node.block_type()) {
                references.selecting.insert(id, Selecting::Bank(Arc::new(Bank::read(fields))));
            } else {
                let (usage, mut findings) = (node.usage.clone(), Vec::new());
                let reference = Reference::read(&usage, fields, &mut findings);
                references.place(PlacedReference { node: id, usage, reference, findings });
            }
        }
        references
    }

    fn place(&mut self, placed: PlacedReference) {
        let placed = Arc::new(placed);
        let group = &*placed.reference.group;
        if !group.is_empty() {
            match self.groups.get_mut(group) {
                Some(members) => members.push(Arc::clone(&placed)),
                None => {
                    self.groups.insert(group.into(), vec![Arc::clone(&placed)]);
                }
            }
        }
        self.selecting.insert(placed.node, Selecting::Library(Arc::clone(&placed)));
        self.placed.push(placed);
    }

    /// Returns the references in document order; those that cannot be read are left out.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<PlacedReference>> {
        self.placed.iter()
    }

    /// Returns the reference at a node.
    pub fn get(&self, node: NodeId) -> Option<&Arc<PlacedReference>> {
        match self.selecting.get(&node)? {
            Selecting::Library(placed) => Some(placed),
            Selecting::Bank(_) => None,
        }
    }

    /// Returns the groups by id, each with its members in document order.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &[Arc<PlacedReference>])> {
        self.groups.iter().map(|(id, members)| (id, &members[..]))
    }

    /// Returns the members of a group in document order; none for a group nobody is in.
    pub fn group(&self, id: &str) -> &[Arc<PlacedReference>] {
        self.groups.get(id).map_or(&[], |members| members)
    }

    pub(crate) fn selecting(&self, node: NodeId) -> Option<&Selecting> {
        self.selecting.get(&node)
    }

    /// Returns why a selecting block cannot be read.
    pub(crate) fn unreadable(&self, node: NodeId) -> &[Finding] {
        self.unreadable.get(&node).map_or(&[], |findings| findings)
    }
}
