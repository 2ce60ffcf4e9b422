//! Plans, made from what learning contexts hold and kept as long as they hold.

use std::{collections::HashMap, sync::Arc};

use blockstore::{Blockstore, BundleId};
use learning_context::{
    ContextError, ContextRecord, Contexts, Definitions, FileList, NodeId, ResolvedAt, Structure,
};
use opaque_keys::{LearningContextKey, UsageKey};
use quick_cache::{Weighter, sync::Cache};

use crate::{Availability, Library, LibraryWant, Pin, Plan, References, Unit, UnitRecords};

type StateKey = (LearningContextKey, BundleId, ResolvedAt);
/// The last says whether the plan's structure is a part of the whole.
type PlanKey = (LearningContextKey, BundleId, ResolvedAt, UsageKey, bool);

/// Number of contexts whose selecting blocks are kept. An index is small: selecting blocks are few.
const INDEXES: usize = 64;

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

/// Makes plans and keeps the settled ones.
pub struct Plans {
    pub(crate) contexts: Arc<Contexts>,
    pub(crate) definitions: Arc<Definitions>,
    pub(crate) store: Arc<dyn Blockstore>,
    pub(crate) records: Option<Arc<dyn UnitRecords>>,
    cache: Cache<PlanKey, Arc<Plan>, ByBlocks>,
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
        let usage = structure.node(root).usage.clone();
        let key = (structure.key.clone(), structure.bundle, structure.at, usage, structure.is_part());
        if let Some(plan) = self.cache.get(&key) {
            return Ok(plan);
        }
        let unit = Unit::read(Arc::clone(structure), root, &*self.references(structure).await?);
        let libraries = self.availabilities(unit.libraries()).await?;
        let plan = Arc::new(Plan::new(unit, &libraries, self.definitions.registry()));
        if plan.is_settled() {
            self.cache.insert(key, Arc::clone(&plan));
        }
        Ok(plan)
    }

    /// Returns the settled plan that is kept of a page made of its record.
    pub(crate) fn kept(&self, of: &ContextRecord, at: ResolvedAt, page: &UsageKey) -> Option<Arc<Plan>> {
        self.cache.get(&(of.key.clone(), of.bundle, at, page.clone(), true))
    }

    /// Keeps a plan.
    pub(crate) fn keep(&self, of: &ContextRecord, at: ResolvedAt, page: UsageKey, plan: &Arc<Plan>) {
        self.cache.insert((of.key.clone(), of.bundle, at, page, true), Arc::clone(plan));
    }

    /// Returns what there is of each library.
    pub(crate) async fn availabilities(
        &self,
        wants: Vec<LibraryWant>,
    ) -> Result<HashMap<LibraryWant, Availability>, ContextError> {
        let keys: Vec<_> = wants.iter().map(|want| want.library.clone()).collect();
        let records = self.contexts.records(&keys).await?;
        let mut libraries = HashMap::with_capacity(wants.len());
        for want in wants {
            let availability = match records.get(&want.library) {
                Some(record) => self.library(&want, record).await?,
                None => Availability::Missing,
            };
            libraries.insert(want, availability);
        }
        Ok(libraries)
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
