//! Plans from records: made when a version is published, read where nothing of the course is in memory
//! (unit-composition §2.2).

use std::sync::Arc;

use blockstore::{At, BundleId};
use learning_context::{
    ContextError, ContextRecord, FileList, InvalidRecord, NodeId, ResolvedAt, Structure, is_unreadable,
};
use opaque_keys::{LearningContextKey, UsageKey};

use crate::{
    LibraryWant, Plan, Plans, References, Unit, UnitRecord, UnitVersion,
    record::{FORMAT, Record, Settings},
    unit::is_navigation,
};

/// Bytes of records written at once.
const BATCH_BYTES: usize = 512 << 10;
/// The folder of a course's assets.
const STATIC: &str = "static/";

/// What recording a version came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitsRecorded {
    /// Pages of the course.
    pub pages: usize,
    /// Pages that have a record now.
    pub recorded: usize,
    /// Records that were written for that.
    pub written: usize,
}

impl Plans {
    /// Returns the plan of the page a block of a published version is on, if that page has a record and its
    /// libraries are still there. The plan's unit knows the page and its neighbours only. A block of a page is
    /// found once the page was: until then only pages are.
    ///
    /// # Errors
    /// Storage failures, [`ContextError::InvalidContent`] for records that cannot be understood.
    pub async fn recorded(
        &self,
        record: &ContextRecord,
        version: u32,
        block: &UsageKey,
    ) -> Result<Option<Arc<Plan>>, ContextError> {
        let Some(records) = &self.records else { return Ok(None) };
        let is_page = block.block_type().is_some_and(|block_type| !is_navigation(block_type));
        if !is_page || version == 0 || block.context_key() != record.key {
            return Ok(None);
        }
        let page = self.pages.get(&(record.bundle, version, block.clone())).unwrap_or_else(|| block.clone());
        let at = ResolvedAt::Version(version);
        if let Some(plan) = self.kept(record, at, &page) {
            return Ok(Some(plan));
        }
        let Some(text) = records.unit(unit_version(record.bundle, version), &page).await? else {
            return Ok(None);
        };
        let read = Record::read(&text).map_err(|error| invalid(&record.key, &page, &error))?;
        let libraries = self.contexts.records(&read.libraries()).await?;
        let files = self.course_files(record.bundle, version).await?;
        let plan = read.plan(&page, &libraries, files, self.definitions.registry());
        let Some(plan) = plan.map_err(|error| invalid(&record.key, &page, &error))? else { return Ok(None) };
        let structure = &plan.unit.structure;
        if (&structure.key, structure.bundle, structure.at) != (&record.key, record.bundle, at) {
            let error = InvalidRecord("it is of another version".to_owned());
            return Err(invalid(&record.key, &page, &error));
        }
        for node in structure.blocks().filter(|&node| Unit::around(structure, node) == plan.unit.root) {
            let usage = structure.node(node).usage.clone();
            self.pages.insert((record.bundle, version, usage), page.clone());
        }
        let plan = Arc::new(plan);
        self.keep(record, at, page, &plan);
        Ok(Some(plan))
    }

    /// Returns whether a published version has records of any pages.
    ///
    /// # Errors
    /// Storage failures.
    pub async fn has_records(&self, record: &ContextRecord, version: u32) -> Result<bool, ContextError> {
        match &self.records {
            Some(records) => Ok(!records.units(unit_version(record.bundle, version)).await?.is_empty()),
            None => Ok(false),
        }
    }

    /// Returns the files a course has for all its blocks; read once for a version.
    async fn course_files(&self, bundle: BundleId, version: u32) -> Result<Arc<FileList>, ContextError> {
        self.files
            .get_or_insert_async(&(bundle, version), async {
                let entries = self.store.files(bundle, &At::Version(version), Some(STATIC)).await?;
                Ok(Arc::new(FileList::new(entries)))
            })
            .await
    }

    /// Makes the records of all pages of a published version that have none. The number of statements grows
    /// with the libraries and the bytes written, not with the pages. Pages that name libraries which are not
    /// there, or no version of them, get none.
    ///
    /// # Errors
    /// Storage failures, content that cannot be understood.
    pub async fn record_version(
        &self,
        record: &ContextRecord,
        version: u32,
    ) -> Result<UnitsRecorded, ContextError> {
        let Some(records) = &self.records else { return Ok(UnitsRecorded::default()) };
        let of = unit_version(record.bundle, version);
        let mut known = records.units(of).await?;
        known.sort_unstable();
        let structure = self.contexts.version(record, version).await?;
        let pages = Unit::pages(&structure);
        let mut done = UnitsRecorded { pages: pages.len(), recorded: 0, written: 0 };
        let is_known = |page: NodeId| known.binary_search(&structure.node(page).usage).is_ok();
        done.recorded = pages.iter().filter(|&&page| is_known(page)).count();
        if done.recorded == done.pages {
            return Ok(done);
        }
        let references = self.references(&structure).await?;
        let settings = self.settings(&structure).await?;
        let libraries = self.libraries(LibraryWant::of(references.iter())).await?;
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for &page in pages.iter().filter(|&&page| !is_known(page)) {
            let unit = Unit::read(Arc::clone(&structure), page, &references);
            let plan = self.assemble(unit, &libraries);
            let Some(body) = Record::write(&plan, &pages, &settings, &libraries) else { continue };
            bytes += body.len();
            batch.push(UnitRecord { unit: structure.node(page).usage.clone(), body });
            if bytes >= BATCH_BYTES {
                done.written += batch.len();
                records.put_units(of, std::mem::take(&mut batch)).await?;
                bytes = 0;
            }
        }
        done.written += batch.len();
        done.recorded += done.written;
        records.put_units(of, batch).await?;
        Ok(done)
    }

    /// Returns what the selecting blocks of a course say, with one read.
    async fn settings(&self, structure: &Structure) -> Result<Settings, ContextError> {
        let nodes = References::nodes(structure);
        let definitions = self.definitions.load(&References::sources(structure, &nodes)).await?;
        let readable =
            nodes.into_iter().zip(definitions).filter(|(_, definition)| !is_unreadable(definition));
        Ok(readable.map(|(node, definition)| (node, definition.fields.clone())).collect())
    }
}

fn unit_version(bundle: BundleId, version: u32) -> UnitVersion {
    UnitVersion { bundle, version, format: FORMAT }
}

fn invalid(key: &LearningContextKey, page: &UsageKey, error: &InvalidRecord) -> ContextError {
    ContextError::InvalidContent { key: key.clone(), problem: format!("{page}: {error}") }
}
