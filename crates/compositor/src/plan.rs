//! A unit with its libraries: everything about it that does not depend on the learner.

use std::{collections::HashMap, sync::Arc};

use learning_context::{NodeId, Structure};
use opaque_keys::UsageKey;
use xblock::{Registry, Severity};

use crate::{
    Availability, Finding, Hidden, LibraryWant, Origin, Pin, Reference, Unit, missing::hidden, pool::Pool,
    unit::Selecting,
};

/// A selecting block, ready to select.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) node: NodeId,
    pub(crate) usage: UsageKey,
    pub(crate) pool: Pool,
    pub(crate) count: i64,
    pub(crate) shuffle: bool,
    pub(crate) avoid_seen: bool,
    pub(crate) group: Arc<str>,
}

/// The read-optimised record of a unit (unit-composition §2.2). Immutable; good for as long as the unit's
/// structure is, unless a library was missing.
#[derive(Debug)]
pub struct Plan {
    pub(crate) unit: Unit,
    /// By node.
    pub(crate) slots: Vec<Slot>,
    /// References that cannot be shown now.
    pub(crate) hidden: Vec<Hidden>,
    findings: Vec<Finding>,
    is_settled: bool,
}

impl Plan {
    /// Works a unit out. Libraries that are not among `libraries` count as missing.
    pub fn new(unit: Unit, libraries: &HashMap<LibraryWant, Availability>, registry: &Registry) -> Self {
        let mut findings = unit.findings.clone();
        let mut plan =
            Plan { slots: Vec::new(), hidden: Vec::new(), findings: Vec::new(), is_settled: true, unit };
        for (node, selecting) in &plan.unit.selecting {
            let usage = &plan.unit.structure.node(*node).usage;
            match selecting {
                Selecting::Bank(bank) => plan.slots.push(Slot {
                    node: *node,
                    usage: usage.clone(),
                    pool: Pool::of_children(
                        &plan.unit.structure,
                        &bank.children(&plan.unit.structure, *node),
                    ),
                    count: bank.count,
                    shuffle: bank.shuffle,
                    avoid_seen: false,
                    group: "".into(),
                }),
                Selecting::Library(placed) => {
                    let reference = &placed.reference;
                    let found = reference.library.as_ref().and_then(|library| {
                        let found = libraries
                            .iter()
                            .find(|(want, _)| want.library == *library && want.pin == reference.pin);
                        found.map(|(_, availability)| availability)
                    });
                    let availability = found.unwrap_or(&Availability::Missing);
                    plan.is_settled &= is_settled(reference, availability);
                    match hidden(usage, reference, availability) {
                        Some(hidden) => {
                            let is_known =
                                findings.iter().any(|f| (&f.source, f.code) == (usage, hidden.code));
                            if !is_known {
                                findings.push(Finding {
                                    source: usage.clone(),
                                    severity: Severity::Error,
                                    code: hidden.code,
                                    message: hidden.message.clone(),
                                });
                            }
                            plan.hidden.push(hidden);
                        }
                        None => {
                            if let Availability::Here(library) = availability {
                                report_version(usage, reference, library.latest, &mut findings);
                                let pool =
                                    Pool::of_library(usage, reference, library, registry, &mut findings);
                                plan.slots.push(Slot {
                                    node: *node,
                                    usage: usage.clone(),
                                    pool,
                                    count: reference.count,
                                    shuffle: reference.shuffle,
                                    avoid_seen: reference.avoid_seen,
                                    group: reference.group.as_str().into(),
                                });
                            }
                        }
                    }
                }
            }
        }
        plan.findings = findings;
        plan
    }

    /// Returns the unit.
    pub fn unit(&self) -> &Unit {
        &self.unit
    }

    /// Returns what authors should look at.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the blocks whose stored draws composing needs.
    pub fn draws(&self) -> Vec<UsageKey> {
        self.slots.iter().map(|slot| slot.usage.clone()).collect()
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
        let slots = self.slots.iter().filter(|slot| slot.pool.origin.is_some());
        slots.map(|slot| (&slot.usage, &slot.pool))
    }

    /// Returns the slot of a selecting block with its place among the slots.
    pub(crate) fn slot(&self, node: NodeId) -> Option<(usize, &Slot)> {
        let at = self.slots.binary_search_by_key(&node, |slot| slot.node).ok()?;
        Some((at, &self.slots[at]))
    }
}

fn is_settled(reference: &Reference, availability: &Availability) -> bool {
    match availability {
        // What it lacks is written in the reference, which does not change.
        _ if reference.library.is_none() => true,
        Availability::Here(_) => matches!(reference.pin, Pin::Number(_)),
        Availability::NoSuchVersion { .. } | Availability::Missing => false,
    }
}

fn report_version(usage: &UsageKey, reference: &Reference, latest: u32, findings: &mut Vec<Finding>) {
    let mut report = |code, message: String| {
        findings.push(Finding { source: usage.clone(), severity: Severity::Warning, code, message });
    };
    match reference.pin {
        // Items of pathways may follow the newest version (unit-composition §10).
        Pin::Missing if usage.as_pathway_block().is_some() => {}
        Pin::Missing => report(
            "library_version_unpinned",
            format!("No version is saved, so version {latest}, the newest, is shown. Save one."),
        ),
        Pin::Number(pinned) if latest > pinned.max(reference.declined_version.unwrap_or(0)) => report(
            "update_available",
            "This component is out of date. The library has new content.".to_owned(),
        ),
        Pin::Number(_) | Pin::Name(_) => {}
    }
}
