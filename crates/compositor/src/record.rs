//! Plans in the form that is kept: what [`Plan::new`] needs, cut down to one unit (unit-composition §2.2).
//!
//! A record holds the unit with its neighbours, the settings of its selecting blocks and of the other members of
//! their groups, and of each library the blocks that can be drawn, pool by pool. No course, no library and no
//! definition is read to make the plan of it.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use learning_context::{ContextRecord, FileList, InvalidRecord, NodeId, Structure, StructureRecord};
use opaque_keys::{LearningContextKey, UsageKey};
use serde::{Deserialize, Serialize};
use xblock::{Fields, Registry};

use crate::{Availability, Libraries, Library, LibraryWant, Pin, Plan, References, Unit};

/// The format of records. To be raised with every change to what records hold or mean, also by a change to
/// [`StructureRecord`].
pub const FORMAT: u32 = 2;

/// Most bytes of a record. Units that need more are always made from their course.
const MAX_BYTES: usize = 1 << 20;

/// Most pages beside each other, for a page to be recorded.
const MAX_PAGES_IN_ROW: usize = 100;

#[derive(Serialize, Deserialize)]
pub(crate) struct Record {
    unit: StructureRecord,
    /// What selecting blocks say, in document order.
    settings: Vec<(u32, Fields)>,
    libraries: Vec<LibraryRecord>,
}

#[derive(Serialize, Deserialize)]
struct LibraryRecord {
    structure: StructureRecord,
    /// The blocks each reference draws from, in order.
    pools: Vec<(UsageKey, Vec<u32>)>,
}

/// What the selecting blocks of a course say, by node; those that cannot be read are left out.
pub(crate) type Settings = HashMap<NodeId, Fields>;

impl Record {
    /// Returns the record of a plan, made from a published version with these libraries; `None` where it cannot
    /// be kept: it is not settled, too large, or holds something that cannot be read. `pages` are those of the
    /// course.
    pub(crate) fn write(
        plan: &Plan,
        pages: &[NodeId],
        settings: &Settings,
        libraries: &Libraries,
    ) -> Option<String> {
        if !plan.is_settled() {
            return None;
        }
        let (whole, unit) = (&plan.unit.structure, &plan.unit);
        let members = unit.drawn_from().map(|placed| placed.node);
        let said: HashSet<NodeId> = unit.selecting.iter().map(|(node, _)| *node).chain(members).collect();
        let tops: Vec<NodeId> = said.iter().copied().chain([unit.root]).collect();
        let part = whole.part(&tops, &neighbours(whole, pages, unit.root)?);
        let mut record = Record { unit: part.record()?, settings: Vec::new(), libraries: Vec::new() };
        for node in References::nodes(&part) {
            let original = whole.find(&part.node(node).usage)?;
            if said.contains(&original) {
                record.settings.push((node.number(), settings.get(&original)?.clone()));
            }
        }
        if Unit::references(whole, unit.root).iter().any(|node| !said.contains(node)) {
            return None;
        }
        for want in unit.libraries() {
            let Availability::Here(library) = libraries.get(&want.library, &want.pin) else { return None };
            record.libraries.push(LibraryRecord::write(plan, &library.structure)?);
        }
        let text = serde_json::to_string(&record).ok()?;
        (text.len() <= MAX_BYTES).then_some(text)
    }

    /// Reads a record.
    pub(crate) fn read(text: &str) -> Result<Self, InvalidRecord> {
        serde_json::from_str(text).map_err(|error| InvalidRecord(error.to_string()))
    }

    /// Returns the libraries it was made with.
    pub(crate) fn libraries(&self) -> Vec<LearningContextKey> {
        self.libraries.iter().map(|library| library.structure.key().clone()).collect()
    }

    /// Makes the plan of a page. `records` are those of its libraries as they are now; `None` when one of them is
    /// not what it was. `files` are the files its course has for all blocks.
    pub(crate) fn plan(
        self,
        page: &UsageKey,
        records: &HashMap<LearningContextKey, Arc<ContextRecord>>,
        files: Arc<FileList>,
        registry: &Registry,
    ) -> Result<Option<Plan>, InvalidRecord> {
        let mut libraries = Libraries::default();
        for record in self.libraries {
            let key = record.structure.key().clone();
            let (bundle, version) = record.structure.origin();
            let now = records.get(&key).filter(|now| now.bundle == bundle && version <= now.latest_version);
            let Some(now) = now else { return Ok(None) };
            let want =
                LibraryWant { library: key, pin: Pin::Number(version), response_tags: false, labels: false };
            libraries.insert(want, Availability::Here(record.library(now.latest_version)?));
        }
        let structure = Arc::new(Structure::from_record(self.unit, files)?);
        let root = structure.find(page).ok_or_else(|| InvalidRecord(format!("{page} is not in it")))?;
        let mut settings = Vec::with_capacity(self.settings.len());
        for (number, fields) in self.settings {
            settings.push((known(&structure, number)?, fields));
        }
        let references = References::of(&structure, settings.iter().map(|(node, fields)| (*node, fields)));
        Ok(Some(Plan::new(Unit::read(structure, root, &references), &libraries, registry)))
    }
}

impl LibraryRecord {
    fn write(plan: &Plan, library: &Arc<Structure>) -> Option<Self> {
        let drawn = || plan.pools().filter(|(_, pool)| Arc::ptr_eq(&pool.structure, library));
        let tops: BTreeSet<NodeId> =
            drawn().flat_map(|(_, pool)| pool.entries.iter().map(|entry| entry.node)).collect();
        let part = library.part(&tops.into_iter().collect::<Vec<_>>(), &[]);
        let mut pools = Vec::new();
        for (reference, pool) in drawn() {
            let nodes = pool
                .entries
                .iter()
                .map(|entry| part.find(&library.node(entry.node).usage).map(NodeId::number));
            pools.push((reference.clone(), nodes.collect::<Option<_>>()?));
        }
        Some(LibraryRecord { structure: part.record()?, pools })
    }

    fn library(self, latest: u32) -> Result<Library, InvalidRecord> {
        let structure = Arc::new(Structure::from_record(self.structure, Arc::default())?);
        let mut pools = HashMap::with_capacity(self.pools.len());
        for (reference, numbers) in self.pools {
            let nodes = numbers.into_iter().map(|number| known(&structure, number));
            pools.insert(reference, nodes.collect::<Result<_, _>>()?);
        }
        Ok(Library { structure, response_tags: None, labels: None, latest, pools: Some(Arc::new(pools)) })
    }
}

fn known(structure: &Structure, number: u32) -> Result<NodeId, InvalidRecord> {
    structure.id(number).ok_or_else(|| InvalidRecord(format!("there is no block {number}")))
}

/// Returns the pages that are shown around one: those beside it, the one before and the one after. `None` when
/// there are too many: records of a sequence grow with the square of its length.
fn neighbours(structure: &Structure, pages: &[NodeId], page: NodeId) -> Option<Vec<NodeId>> {
    let beside = structure.node(page).parent.map_or(&[][..], |parent| &structure.node(parent).children);
    let mut found: Vec<NodeId> =
        beside.iter().copied().filter(|&id| id != page && Unit::is_page(structure, id)).collect();
    if found.len() >= MAX_PAGES_IN_ROW {
        return None;
    }
    if let Some(place) = pages.iter().position(|&id| id == page) {
        let next = pages.get(place + 1);
        found.extend(place.checked_sub(1).and_then(|before| pages.get(before)).into_iter().chain(next));
    }
    Some(found)
}
