//! References with what there is of their libraries, and the groups they are in.

use std::{collections::HashMap, sync::Arc};

use learning_context::NodeId;
use opaque_keys::{LearningContextKey, UsageKey};
use xblock::{Registry, Severity};

use crate::{
    Availability, Finding, Hidden, Libraries, Pin, PlacedReference, Reference, missing::library, pool::Pool,
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

/// A reference with its library.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) placed: Arc<PlacedReference>,
    /// What it draws from, or why learners see nothing of it.
    pub(crate) slot: Result<Arc<Slot>, Hidden>,
    pub(crate) findings: Vec<Finding>,
    /// It stays as it is: its library is there at the version it names.
    pub(crate) is_settled: bool,
}

impl Prepared {
    /// Works a reference out. Libraries that are not among `libraries` count as missing.
    pub(crate) fn new(placed: &Arc<PlacedReference>, libraries: &Libraries, registry: &Registry) -> Self {
        let (usage, reference) = (&placed.usage, &placed.reference);
        let key = reference.library.as_ref();
        let availability = key.map_or(&Availability::Missing, |key| libraries.get(key, &reference.pin));
        let mut findings = placed.findings.clone();
        let slot = match library(usage, reference, availability) {
            Ok(library) => {
                let pool = Pool::of_library(usage, reference, library, registry, &mut findings);
                Ok(Arc::new(Slot {
                    node: placed.node,
                    usage: usage.clone(),
                    pool,
                    count: reference.count,
                    shuffle: reference.shuffle,
                    avoid_seen: reference.avoid_seen,
                    group: reference.group.as_str().into(),
                }))
            }
            Err(hidden) => {
                if !findings.iter().any(|finding| finding.code == hidden.code) {
                    findings.push(Finding {
                        source: usage.clone(),
                        severity: Severity::Error,
                        code: hidden.code,
                        message: hidden.message.clone(),
                    });
                }
                Err(hidden)
            }
        };
        Prepared {
            placed: Arc::clone(placed),
            slot,
            findings,
            is_settled: is_settled(reference, availability),
        }
    }

    /// Says what the newest versions of libraries mean for the reference.
    pub(crate) fn version_finding(&self, latest: &HashMap<LearningContextKey, u32>) -> Option<Finding> {
        let reference = &self.placed.reference;
        self.slot.as_ref().ok()?;
        let latest = *latest.get(reference.library.as_ref()?)?;
        let (code, message) = match reference.pin {
            // Items of pathways may follow the newest version (unit-composition §10).
            Pin::Missing if self.placed.usage.as_pathway_block().is_some() => return None,
            Pin::Missing => (
                "library_version_unpinned",
                format!("No version is saved, so version {latest}, the newest, is shown. Save one."),
            ),
            Pin::Number(pinned) if latest > pinned.max(reference.declined_version.unwrap_or(0)) => {
                ("update_available", "This component is out of date. The library has new content.".to_owned())
            }
            Pin::Number(_) | Pin::Name(_) => return None,
        };
        Some(Finding { source: self.placed.usage.clone(), severity: Severity::Warning, code, message })
    }
}

/// A reference group with all its members in document order, also those on other pages. Members that learners
/// see nothing of are *suspended*: nothing of theirs changes, and others do not draw their blocks.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) id: Arc<str>,
    pub(crate) members: Vec<Arc<Prepared>>,
}

impl Group {
    pub(crate) fn new(
        id: Arc<str>,
        members: &[Arc<PlacedReference>],
        libraries: &Libraries,
        registry: &Registry,
    ) -> Self {
        let members = members.iter().map(|placed| Arc::new(Prepared::new(placed, libraries, registry)));
        Group { id, members: members.collect() }
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.members.iter().all(|member| member.is_settled)
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
