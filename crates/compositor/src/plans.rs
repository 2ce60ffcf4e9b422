//! Plans, made from what learning contexts hold and kept as long as they hold.

use std::{collections::HashMap, sync::Arc};

use blockstore::{Blockstore, BundleId};
use learning_context::{ContextError, Contexts, Definitions, NodeId, ResolvedAt, Structure};
use opaque_keys::{LearningContextKey, UsageKey};
use quick_cache::sync::Cache;

use crate::{Availability, Library, LibraryWant, Pin, Plan, References, Unit};

type StateKey = (LearningContextKey, BundleId, ResolvedAt);
type PlanKey = (LearningContextKey, BundleId, ResolvedAt, UsageKey);

/// Number of contexts whose selecting blocks are kept. An index is small: selecting blocks are few.
const INDEXES: usize = 64;

/// Makes plans and keeps the settled ones.
pub struct Plans {
    contexts: Arc<Contexts>,
    definitions: Arc<Definitions>,
    store: Arc<dyn Blockstore>,
    cache: Cache<PlanKey, Arc<Plan>>,
    references: Cache<StateKey, Arc<References>>,
}

impl Plans {
    /// Returns a maker of plans that keeps `capacity` of them.
    pub fn new(
        contexts: Arc<Contexts>,
        definitions: Arc<Definitions>,
        store: Arc<dyn Blockstore>,
        capacity: usize,
    ) -> Self {
        let references = Cache::new(INDEXES);
        Plans { contexts, definitions, store, cache: Cache::new(capacity), references }
    }

    /// Returns the plan of a block and what is below it. A library that is missing, or lacks the version
    /// named, is no error: its references are hidden (unit-composition §7).
    ///
    /// # Errors
    /// Storage failures.
    pub async fn plan(&self, structure: &Arc<Structure>, root: NodeId) -> Result<Arc<Plan>, ContextError> {
        let usage = structure.node(root).usage.clone();
        let key = (structure.key.clone(), structure.bundle, structure.at, usage);
        if let Some(plan) = self.cache.get(&key) {
            return Ok(plan);
        }
        let unit = Unit::read(Arc::clone(structure), root, &*self.references(structure).await?);
        let mut libraries = HashMap::new();
        let wants = unit.libraries();
        let keys: Vec<_> = wants.iter().map(|want| want.library.clone()).collect();
        let records = self.contexts.records(&keys).await?;
        for want in wants {
            let availability = match records.get(&want.library) {
                Some(record) => self.library(&want, record).await?,
                None => Availability::Missing,
            };
            libraries.insert(want, availability);
        }
        let plan = Arc::new(Plan::new(unit, &libraries, self.definitions.registry()));
        if plan.is_settled() {
            self.cache.insert(key, Arc::clone(&plan));
        }
        Ok(plan)
    }

    /// Returns all selecting blocks of a context at one version, kept as long as others are not asked for.
    ///
    /// # Errors
    /// Storage failures.
    pub async fn references(&self, structure: &Arc<Structure>) -> Result<Arc<References>, ContextError> {
        let key = (structure.key.clone(), structure.bundle, structure.at);
        if let Some(references) = self.references.get(&key) {
            return Ok(references);
        }
        let nodes = References::nodes(structure);
        let definitions = self.definitions.load(&References::sources(structure, &nodes)).await?;
        let references = Arc::new(References::read(structure, &nodes, &definitions));
        self.references.insert(key, Arc::clone(&references));
        Ok(references)
    }

    /// Returns what there is of a library that a reference names.
    ///
    /// # Errors
    /// Storage failures.
    pub async fn library(
        &self,
        want: &LibraryWant,
        record: &learning_context::ContextRecord,
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
        Ok(Availability::Here(Library { structure, response_tags, labels, latest }))
    }
}
