//! A unit with its libraries: everything about it that does not depend on the learner.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use learning_context::{NodeId, Structure};
use opaque_keys::{LearningContextKey, UsageKey};
use xblock::Registry;

use crate::{
    Finding, Hidden, Libraries, Origin, Unit,
    pool::Pool,
    prepared::{Group, Prepared, Slot},
    unit::Selecting,
};

/// The read-optimised record of a unit (unit-composition §2.2). Immutable; good for as long as the unit's
/// structure is, unless a library was missing.
#[derive(Debug)]
pub struct Plan {
    pub(crate) unit: Unit,
    /// By node.
    pub(crate) slots: Vec<Arc<Slot>>,
    /// The groups that references of the unit are in.
    pub(crate) groups: Vec<Arc<Group>>,
    /// References that cannot be shown now.
    pub(crate) hidden: Vec<Hidden>,
    /// The references of the unit.
    references: Vec<Arc<Prepared>>,
    findings: Vec<Finding>,
    is_settled: bool,
}

impl Plan {
    /// Works a unit out. Libraries that are not among `libraries` count as missing.
    pub fn new(unit: Unit, libraries: &Libraries, registry: &Registry) -> Self {
        let group = |(id, members): &(Arc<str>, Vec<_>)| {
            Arc::new(Group::new(Arc::clone(id), members, libraries, registry))
        };
        let groups = unit.groups.iter().map(group).collect();
        Plan::with_groups(unit, groups, libraries, registry)
    }

    /// Works a unit out whose groups are worked out already.
    pub(crate) fn with_groups(
        unit: Unit,
        groups: Vec<Arc<Group>>,
        libraries: &Libraries,
        registry: &Registry,
    ) -> Self {
        let members: HashMap<NodeId, &Arc<Prepared>> = groups
            .iter()
            .flat_map(|group| &group.members)
            .map(|member| (member.placed.node, member))
            .collect();
        let (mut slots, mut references) = (Vec::new(), Vec::new());
        for (node, selecting) in &unit.selecting {
            match selecting {
                Selecting::Bank(bank) => slots.push(Arc::new(Slot {
                    node: *node,
                    usage: unit.structure.node(*node).usage.clone(),
                    pool: Pool::of_children(&unit.structure, &bank.children(&unit.structure, *node)),
                    count: bank.count,
                    shuffle: bank.shuffle,
                    avoid_seen: false,
                    group: "".into(),
                })),
                Selecting::Library(placed) => {
                    let prepared = match members.get(node) {
                        Some(member) => Arc::clone(member),
                        None => Arc::new(Prepared::new(placed, libraries, registry)),
                    };
                    slots.extend(prepared.slot.iter().cloned());
                    references.push(prepared);
                }
            }
        }
        let hidden = references.iter().filter_map(|prepared| prepared.slot.as_ref().err().cloned());
        let own = references.iter().flat_map(|prepared| &prepared.findings);
        let is_settled = references.iter().all(|prepared| prepared.is_settled)
            && groups.iter().all(|group| group.is_settled());
        Plan {
            slots,
            hidden: hidden.collect(),
            findings: unit.findings.iter().chain(own).cloned().collect(),
            is_settled,
            references,
            groups,
            unit,
        }
    }

    /// Returns the unit.
    pub fn unit(&self) -> &Unit {
        &self.unit
    }

    /// Returns what authors should look at in the unit as it is, whatever else libraries published.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns everything authors should look at now; `latest` has the newest versions of libraries
    /// ([`Plan::libraries`]).
    pub fn author_findings(&self, latest: &HashMap<LearningContextKey, u32>) -> Vec<Finding> {
        let versions = self.references.iter().filter_map(|prepared| prepared.version_finding(latest));
        let exhausted = self.groups.iter().filter_map(|group| group.shortfall());
        let unit = &self.unit.structure.node(self.unit.root).usage;
        self.findings
            .iter()
            .cloned()
            .chain(versions)
            .chain(exhausted.map(|shortfall| shortfall.finding(unit)))
            .collect()
    }

    /// Returns the libraries the references of the unit draw from, each once.
    pub fn libraries(&self) -> Vec<LearningContextKey> {
        let all = self.references.iter().filter_map(|prepared| prepared.placed.reference.library.clone());
        let mut libraries: Vec<_> = all.collect();
        libraries.sort();
        libraries.dedup();
        libraries
    }

    /// Returns the blocks whose stored draws composing needs: those of the unit, and the other members of
    /// their groups.
    pub fn draws(&self) -> Vec<UsageKey> {
        let members = self.groups.iter().flat_map(|group| &group.members);
        let own = self.slots.iter().map(|slot| &slot.usage);
        let mut met = HashSet::new();
        own.chain(members.map(|member| &member.placed.usage))
            .filter(|usage| met.insert(*usage))
            .cloned()
            .collect()
    }

    /// Returns what a reference draws from; `None` for banks and where the library is not here.
    pub fn origin(&self, reference: &UsageKey) -> Option<&Arc<Origin>> {
        self.slots.iter().find(|slot| slot.usage == *reference)?.pool.origin.as_ref()
    }

    /// Returns whether a block is a reference whose learners may draw again.
    pub fn may_draw_again(&self, reference: &UsageKey) -> bool {
        let node = self.unit.structure.find(reference);
        node.and_then(|node| self.unit.reference(node)).is_some_and(|reference| reference.allow_reset)
    }

    /// Returns whether the plan will stay as it is: every library is there at the version the unit names. A
    /// plan that is not settled must be made anew for the next request, and its page kept for a minute at
    /// most (unit-composition §7).
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// Returns what it takes to keep the plan, in blocks.
    pub(crate) fn weight(&self) -> u64 {
        let part = |structure: &Structure| if structure.is_part() { structure.len() } else { 0 };
        let pools = self.pools().map(|(_, pool)| pool.entries.len() + part(&pool.structure));
        (1 + part(&self.unit.structure) + pools.sum::<usize>()) as u64
    }

    /// Returns what references draw from, those elsewhere with which they share groups included.
    pub(crate) fn pools(&self) -> impl Iterator<Item = (&UsageKey, &Pool)> {
        let own = self.slots.iter().filter(|slot| slot.group.is_empty() && slot.pool.origin.is_some());
        let members = self.groups.iter().flat_map(|group| &group.members);
        let members = members.filter_map(|member| member.slot.as_ref().ok());
        own.chain(members).map(|slot| (&slot.usage, &slot.pool))
    }

    /// Returns the slot of a selecting block with its place among the slots.
    pub(crate) fn slot(&self, node: NodeId) -> Option<(usize, &Slot)> {
        let at = self.slots.binary_search_by_key(&node, |slot| slot.node).ok()?;
        Some((at, &self.slots[at]))
    }
}
