//! Plans, made from what learning contexts hold and kept as long as they hold.

use std::sync::Arc;

use blockstore::{Blockstore, BundleId};
use learning_context::{
    ContextError, ContextRecord, Contexts, Definitions, FileList, NodeId, ResolvedAt, Structure,
};
use opaque_keys::{LearningContextKey, UsageKey};
use quick_cache::{Weighter, sync::Cache};

use crate::{
    Availability, Finding, Libraries, Library, LibraryWant, Pin, PlacedReference, Plan, References,
    Shortfall, Unit, UnitRecords, prepared::Group,
};

type StateKey = (LearningContextKey, BundleId, ResolvedAt);
type GroupKey = (StateKey, Arc<str>);
/// A block at a state of its context, whether the plan's structure is a part of the whole, and the versions that
/// floating pins come to.
type PlanKey = (StateKey, UsageKey, bool, Vec<(LearningContextKey, Pin, u32)>);

/// Number of contexts whose selecting blocks are kept. An index is small: selecting blocks are few.
const INDEXES: usize = 64;

/// Number of groups that are kept for plans to share.
const GROUPS: usize = 500;
/// Number of plans the cache prepares for.
const EXPECTED_PLANS: usize = 2_000;
/// Number of courses whose lists of files are kept for plans made of records.
const FILE_LISTS: usize = 64;
/// Number of blocks for which is kept on which page they are.
const PAGES: usize = 50_000;

/// Weighs plans by the blocks they hold: those of libraries that are nowhere else in memory, and the pools.
#[derive(Clone)]
struct ByBlocks;

impl Weighter<PlanKey, Arc<Plan>> for ByBlocks {
    fn weight(&self, _key: &PlanKey, plan: &Arc<Plan>) -> u64 {
        plan.weight()
    }
}

/// Makes plans and keeps those that cannot change.
pub struct Plans {
    pub(crate) contexts: Arc<Contexts>,
    pub(crate) definitions: Arc<Definitions>,
    pub(crate) store: Arc<dyn Blockstore>,
    pub(crate) records: Option<Arc<dyn UnitRecords>>,
    cache: Cache<PlanKey, Arc<Plan>, ByBlocks>,
    groups: Cache<GroupKey, Arc<Group>>,
    references: Cache<StateKey, Arc<References>>,
    pub(crate) files: Cache<(BundleId, u32), Arc<FileList>>,
    /// The page a block of a version is on, as far as plans made of records told.
    pub(crate) pages: Cache<(BundleId, u32, UsageKey), UsageKey>,
}

impl Plans {
    /// Returns a maker of plans that keeps those of about `blocks` blocks.
    pub fn new(
        contexts: Arc<Contexts>,
        definitions: Arc<Definitions>,
        store: Arc<dyn Blockstore>,
        blocks: u64,
    ) -> Self {
        Plans {
            contexts,
            definitions,
            store,
            records: None,
            cache: Cache::with_weighter(EXPECTED_PLANS, blocks, ByBlocks),
            groups: Cache::new(GROUPS),
            references: Cache::new(INDEXES),
            files: Cache::new(FILE_LISTS),
            pages: Cache::new(PAGES),
        }
    }

    /// Returns the same with a place for the records of published units.
    pub fn with_records(self, records: Arc<dyn UnitRecords>) -> Self {
        Plans { records: Some(records), ..self }
    }

    /// Returns the plan of a block and what is below it. A library that is missing, or lacks the version
    /// named, is no error: its references are hidden (unit-composition §7).
    ///
    /// # Errors
    /// Storage failures.
    pub async fn plan(&self, structure: &Arc<Structure>, root: NodeId) -> Result<Arc<Plan>, ContextError> {
        if let Some(plan) = self.cache.get(&key(structure, root, Vec::new())) {
            return Ok(plan);
        }
        let unit = Unit::read(Arc::clone(structure), root, &*self.references(structure).await?);
        let libraries = self.libraries(unit.libraries()).await?;
        Ok(self.make(unit, &libraries))
    }

    /// Returns the plans of some blocks of one context, in their order. The number of reads is that of one
    /// plan, but for libraries at versions nobody asked for before.
    ///
    /// # Errors
    /// Storage failures.
    pub async fn plans(
        &self,
        structure: &Arc<Structure>,
        roots: &[NodeId],
    ) -> Result<Vec<Arc<Plan>>, ContextError> {
        let kept: Vec<_> =
            roots.iter().map(|&root| self.cache.get(&key(structure, root, Vec::new()))).collect();
        if kept.iter().all(Option::is_some) {
            return Ok(kept.into_iter().flatten().collect());
        }
        let references = self.references(structure).await?;
        let missing = roots.iter().zip(&kept).filter(|(_, kept)| kept.is_none());
        let units: Vec<Unit> =
            missing.map(|(&root, _)| Unit::read(Arc::clone(structure), root, &references)).collect();
        let libraries = self.libraries(LibraryWant::of(units.iter().flat_map(Unit::drawn_from))).await?;
        let mut made = units.into_iter().map(|unit| self.make(unit, &libraries));
        Ok(kept.into_iter().filter_map(|kept| kept.or_else(|| made.next())).collect())
    }

    /// Makes the plan of a unit, unless it is kept, and keeps it while it cannot change.
    fn make(&self, unit: Unit, libraries: &Libraries) -> Arc<Plan> {
        let floating = libraries.floating(unit.drawn_from());
        let key = key(&unit.structure, unit.root, floating.clone().unwrap_or_default());
        if let Some(plan) = self.cache.get(&key) {
            return plan;
        }
        let plan = Arc::new(self.assemble(unit, libraries));
        if floating.is_some() {
            self.cache.insert(key, Arc::clone(&plan));
        }
        plan
    }

    /// Works a unit out, with groups that other plans have too.
    pub(crate) fn assemble(&self, unit: Unit, libraries: &Libraries) -> Plan {
        let groups = unit.groups.iter();
        let groups =
            groups.map(|(id, members)| self.group(&unit.structure, id, members, libraries)).collect();
        Plan::with_groups(unit, groups, libraries, self.definitions.registry())
    }

    /// Returns a group, shared by the plans of all units that have a part in it.
    fn group(
        &self,
        structure: &Structure,
        id: &Arc<str>,
        members: &[Arc<PlacedReference>],
        libraries: &Libraries,
    ) -> Arc<Group> {
        let key = ((structure.key.clone(), structure.bundle, structure.at), Arc::clone(id));
        if let Some(group) = self.groups.get(&key).filter(|_| !structure.is_part()) {
            return group;
        }
        let group = Group::new(Arc::clone(id), members, libraries, self.definitions.registry());
        let group = Arc::new(group);
        // Members are known by their nodes, which those of a part have to themselves.
        if group.is_settled() && !structure.is_part() {
            self.groups.insert(key, Arc::clone(&group));
        }
        group
    }

    /// Returns the groups of a context whose pools do not suffice for all their members: what authors are
    /// told when they publish (unit-composition §6).
    ///
    /// # Errors
    /// Storage failures.
    pub async fn shortfalls(&self, structure: &Arc<Structure>) -> Result<Vec<Shortfall>, ContextError> {
        let references = self.references(structure).await?;
        let members = references.groups().flat_map(|(_, members)| members);
        let libraries = self.libraries(LibraryWant::of(members)).await?;
        let groups = references.groups().map(|(id, members)| self.group(structure, id, members, &libraries));
        Ok(groups.filter_map(|group| group.shortfall()).collect())
    }

    /// Returns everything authors should look at in a unit now: what its plan found, updates of libraries,
    /// and groups that are too large.
    ///
    /// # Errors
    /// Storage failures.
    pub async fn author_findings(&self, plan: &Plan) -> Result<Vec<Finding>, ContextError> {
        let records = self.contexts.records(&plan.libraries()).await?;
        let latest = records.into_iter().map(|(key, record)| (key, record.latest_version)).collect();
        Ok(plan.author_findings(&latest))
    }

    /// Returns the settled plan that is kept of a page made of its record.
    pub(crate) fn kept(&self, of: &ContextRecord, at: ResolvedAt, page: &UsageKey) -> Option<Arc<Plan>> {
        self.cache.get(&((of.key.clone(), of.bundle, at), page.clone(), true, Vec::new()))
    }

    /// Keeps a plan.
    pub(crate) fn keep(&self, of: &ContextRecord, at: ResolvedAt, page: UsageKey, plan: &Arc<Plan>) {
        self.cache.insert(((of.key.clone(), of.bundle, at), page, true, Vec::new()), Arc::clone(plan));
    }

    /// Returns all selecting blocks of a context at one version, kept as long as others are not asked for.
    ///
    /// # Errors
    /// Storage failures.
    pub async fn references(&self, structure: &Arc<Structure>) -> Result<Arc<References>, ContextError> {
        // Ids of a part's nodes are its own.
        let is_kept = !structure.is_part();
        let key = (structure.key.clone(), structure.bundle, structure.at);
        if is_kept && let Some(references) = self.references.get(&key) {
            return Ok(references);
        }
        let nodes = References::nodes(structure);
        let definitions = self.definitions.load(&References::sources(structure, &nodes)).await?;
        let references = Arc::new(References::read(structure, &nodes, &definitions));
        if is_kept {
            self.references.insert(key, Arc::clone(&references));
        }
        Ok(references)
    }

    /// Returns what there is of some libraries, with one read of their records.
    pub(crate) async fn libraries(&self, wants: Vec<LibraryWant>) -> Result<Libraries, ContextError> {
        let mut keys: Vec<_> = wants.iter().map(|want| want.library.clone()).collect();
        keys.sort();
        keys.dedup();
        let records = self.contexts.records(&keys).await?;
        let mut libraries = Libraries::default();
        for want in wants {
            let availability = match records.get(&want.library) {
                Some(record) => self.library(&want, record).await?,
                None => Availability::Missing,
            };
            libraries.insert(want, availability);
        }
        Ok(libraries)
    }

    /// Returns what there is of a library that a reference names.
    ///
    /// # Errors
    /// Storage failures.
    pub async fn library(
        &self,
        want: &LibraryWant,
        record: &ContextRecord,
    ) -> Result<Availability, ContextError> {
        let latest = record.latest_version;
        let version = match &want.pin {
            Pin::Number(number) => Some(*number),
            Pin::Missing => Some(latest),
            Pin::Name(name) => {
                let versions = self.store.versions(record.bundle).await?;
                versions.iter().rev().find(|version| version.name == *name).map(|version| version.number)
            }
        };
        let found = match version {
            Some(version) => self.contexts.version(record, version).await.map(Some),
            None => Ok(None),
        };
        let structure = match found {
            Ok(Some(structure)) => structure,
            Ok(None) | Err(ContextError::NoSuchVersion { .. }) => {
                let versions = self.store.versions(record.bundle).await?;
                let mut present: Vec<u32> = versions.iter().map(|version| version.number).collect();
                present.sort_unstable();
                return Ok(Availability::NoSuchVersion { latest, present });
            }
            Err(ContextError::UnknownNamespace { .. }) => return Ok(Availability::Missing),
            Err(other) => return Err(other),
        };
        let response_tags = match want.response_tags {
            true => Some(structure.response_tags(&self.definitions).await?),
            false => None,
        };
        let labels = match want.labels {
            true => Some(structure.labels(&self.definitions).await?),
            false => None,
        };
        Ok(Availability::Here(Library { structure, response_tags, labels, latest, pools: None }))
    }
}

fn key(structure: &Structure, root: NodeId, floating: Vec<(LearningContextKey, Pin, u32)>) -> PlanKey {
    let state = (structure.key.clone(), structure.bundle, structure.at);
    (state, structure.node(root).usage.clone(), structure.is_part(), floating)
}
