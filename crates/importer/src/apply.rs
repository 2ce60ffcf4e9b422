//! Brings a bundle to the state of a plan.

use std::collections::{BTreeMap, BTreeSet};

use blockstore::{
    At, Blockstore, BlockstoreError, BundleId, Change, Commit, Digest, DraftName, FilePath, NewBundle, limits,
};
use learning_context::{ContextError, ContextRecord, ContextStore, NewContext};
use opaque_keys::LearningContextKey;
use xblock::Severity::{Info, Warning};

use crate::{
    Finding, ImportError, Options, Plan, Progress, Report,
    plan::Reference,
    report::FileCounts,
    source::Blob,
    text::{some_of, truncated},
};

/// Changes of one write to the draft, and their bytes, at most.
const BATCH_CHANGES: usize = 500;
const BATCH_BYTES: u64 = 8 << 20;
/// How often an import starts again because someone else wrote to the working draft meanwhile.
const ATTEMPTS: u32 = 8;

/// Paths and digests of a state of a bundle.
type Listing = BTreeMap<FilePath, Digest>;

/// Brings the learning context to the state of the plan: bundle and record are made if they are missing, the working
/// draft is changed in batches, and one commit publishes it. The working draft then gets what the plan leaves
/// unpublished.
///
/// # Errors
/// A store that failed. What is published is then either as before or complete; running the import again completes.
pub async fn apply(
    mut plan: Plan,
    store: &dyn Blockstore,
    contexts: &dyn ContextStore,
    options: &Options<'_>,
    progress: &dyn Progress,
) -> Result<Report, ImportError> {
    let record = find(contexts, &plan.key).await?;
    plan.report.key = plan.key.to_string();
    plan.report.title = record.as_ref().map_or_else(|| plan.title.clone(), |record| record.title.to_string());
    plan.report.created = record.is_none();
    plan.report.dry_run = options.dry_run;
    if let Some(record) = &record
        && record.kind != plan.kind
    {
        return Err(ImportError::Key(format!("'{}' is another kind of learning context", plan.key)));
    }
    check_references(&mut plan, contexts).await?;

    let bundle = match record {
        Some(record) => record.bundle,
        None if options.dry_run => {
            let nothing = Listing::new();
            plan.report.published = count(&nothing, &plan.published);
            plan.report.draft = count(&listing_of(&plan.published), &plan.draft_files());
            return Ok(plan.report);
        }
        None => create(&plan, store, contexts, options).await?,
    };
    if !plan.aliases.is_empty() && !options.dry_run {
        for taken in contexts.add_aliases(&plan.key, &plan.aliases).await? {
            let message = format!("something else is found by its old key '{taken}'");
            plan.report.findings.push(Finding::new(Warning, "alias_taken", message));
        }
    }
    let mut attempt = 1;
    loop {
        match bring(&mut plan, bundle, store, options, progress).await {
            Err(ImportError::Blockstore(BlockstoreError::Stale { .. })) if attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error),
            Ok(()) => return Ok(plan.report),
        }
    }
}

async fn find(
    contexts: &dyn ContextStore,
    key: &LearningContextKey,
) -> Result<Option<ContextRecord>, ImportError> {
    Ok(contexts.contexts(std::slice::from_ref(key)).await?.into_iter().next().map(|(_, record)| record))
}

/// Makes the bundle and then the record, so that a record never lacks its bundle.
async fn create(
    plan: &Plan,
    store: &dyn Blockstore,
    contexts: &dyn ContextStore,
    options: &Options<'_>,
) -> Result<BundleId, ImportError> {
    let slug = plan.key.slug().or(plan.key.course()).unwrap_or_default();
    let slug: String = slug.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' }).collect();
    let bundle = store
        .create_bundle(NewBundle {
            id: BundleId((options.new_uuid)()),
            title: truncated(&plan.title, limits::TITLE_CHARS),
            slug: truncated(&slug, limits::SLUG_CHARS),
            description: truncated(&plan.description, limits::DESCRIPTION_CHARS),
        })
        .await?
        .id;
    let context = NewContext {
        key: plan.key.clone(),
        kind: plan.kind,
        bundle,
        title: plan.title.clone(),
        description: plan.description.clone(),
        license: String::new(),
        allow_public_learning: options.allow_public_learning,
        allow_public_read: options.allow_public_read,
        // They are added one by one: one that is taken is no reason to stop.
        aliases: Vec::new(),
        created_at: options.at,
    };
    match contexts.create_context(context).await {
        Ok(()) => Ok(bundle),
        // Another import of the same content was faster: the bundle made here is not needed.
        Err(ContextError::AlreadyExists(key)) => {
            store.delete_bundle(bundle).await?;
            match find(contexts, &plan.key).await? {
                Some(record) => Ok(record.bundle),
                None => Err(ContextError::AlreadyExists(key).into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Publishes what differs, then leaves the rest in the working draft.
async fn bring(
    plan: &mut Plan,
    id: BundleId,
    store: &dyn Blockstore,
    options: &Options<'_>,
    progress: &dyn Progress,
) -> Result<(), ImportError> {
    let bundle = store.bundle(id).await?.ok_or(BlockstoreError::NoSuchBundle(id))?;
    let current = listing(store, id, &At::Version(bundle.latest_version)).await?;
    let wanted = listing_of(&plan.published);
    plan.report.published = count(&current, &plan.published);
    let same = bundle.latest_version > 0 && current == wanted;

    let mut draft = Writer::open(store, id, progress).await?;
    let target = plan.draft_files();
    let foreign = foreign_changes(&draft.files, &current, &plan.published, &target);
    // Unpublished work of authors is not lost to an import that has nothing new.
    let keeps_draft = same && !foreign.is_empty();
    report_foreign(&mut plan.report, &foreign, keeps_draft);
    if plan.asks_to_replace && !same && (bundle.latest_version > 0 || !foreign.is_empty()) {
        return Err(ImportError::ReplaceRequired(plan.key.clone()));
    }
    if options.dry_run {
        plan.report.draft = if keeps_draft { FileCounts::default() } else { count(&wanted, &target) };
        return Ok(());
    }
    if !same {
        draft.write(&plan.published).await?;
        let commit = Commit {
            name: plan.version_name.clone(),
            description: format!("Imported from a {}", plan.report.format.replace('_', " ")),
            author: options.author.clone(),
            reject_empty: bundle.latest_version > 0,
            ..Commit::default()
        };
        match store.commit(id, &DraftName::studio(), commit).await {
            Ok(version) => plan.report.version = Some(version.number),
            // Another import of the same content committed first.
            Err(BlockstoreError::NothingToCommit) => {}
            Err(error) => return Err(error.into()),
        }
        draft = Writer::open(store, id, progress).await?;
    }
    if !keeps_draft {
        plan.report.draft = draft.write(&target).await?;
    }
    Ok(())
}

/// Returns the files in which the draft differs from the current version and from everything this import wants:
/// what authors did. What an interrupted run of the same import left is no one's work.
fn foreign_changes(
    draft: &Listing,
    current: &Listing,
    published: &BTreeMap<FilePath, Blob>,
    target: &BTreeMap<FilePath, Blob>,
) -> Vec<FilePath> {
    let paths: BTreeSet<&FilePath> = draft.keys().chain(current.keys()).collect();
    let differs = |path: &&FilePath| {
        let there = draft.get(*path);
        there != current.get(*path)
            && there != published.get(*path).map(|blob| &blob.digest)
            && there != target.get(*path).map(|blob| &blob.digest)
    };
    paths.into_iter().filter(differs).cloned().collect()
}

fn report_foreign(report: &mut Report, foreign: &[FilePath], kept: bool) {
    // A second attempt finds the draft as it is then.
    report.findings.retain(|finding| !matches!(finding.code, "draft_replaced" | "draft_kept"));
    if foreign.is_empty() {
        return;
    }
    let files = some_of(foreign.iter().map(FilePath::as_str));
    report.findings.push(if kept {
        Finding::new(Info, "draft_kept", format!("the working draft keeps its unpublished changes: {files}"))
    } else {
        let message = format!("unpublished changes of the working draft were replaced: {files}");
        Finding::new(Warning, "draft_replaced", message)
    });
}

/// Writes to the working draft and knows what is in it.
struct Writer<'a> {
    store: &'a dyn Blockstore,
    bundle: BundleId,
    progress: &'a dyn Progress,
    revision: Option<u64>,
    files: Listing,
}

impl<'a> Writer<'a> {
    async fn open(
        store: &'a dyn Blockstore,
        bundle: BundleId,
        progress: &'a dyn Progress,
    ) -> Result<Writer<'a>, ImportError> {
        let name = DraftName::studio();
        let draft = store.draft(bundle, &name).await?;
        let entries = store.files(bundle, &At::Draft(name), None).await?;
        Ok(Writer {
            store,
            bundle,
            progress,
            revision: draft.map(|draft| draft.revision),
            files: entries.into_iter().map(|entry| (entry.path, entry.digest)).collect(),
        })
    }

    /// Makes the draft hold exactly these files; writes only what differs, in batches.
    async fn write(&mut self, target: &BTreeMap<FilePath, Blob>) -> Result<FileCounts, ImportError> {
        let counts = count(&self.files, target);
        let total = counts.stored + counts.deleted;
        let mut done = 0;
        let mut batch = Vec::new();
        let mut bytes = 0;
        let gone: Vec<FilePath> =
            self.files.keys().filter(|path| !target.contains_key(*path)).cloned().collect();
        for path in gone {
            batch.push(Change::Delete(path));
            if batch.len() == BATCH_CHANGES {
                done += self.send(std::mem::take(&mut batch)).await?;
                self.progress.advance(done, total, "files written");
            }
        }
        for (path, blob) in target {
            if self.files.get(path) == Some(&blob.digest) {
                continue;
            }
            if batch.len() == BATCH_CHANGES || (bytes > 0 && bytes + blob.size > BATCH_BYTES) {
                done += self.send(std::mem::take(&mut batch)).await?;
                self.progress.advance(done, total, "files written");
                bytes = 0;
            }
            batch.push(Change::Put(path.clone(), blob.read()?));
            bytes += blob.size;
        }
        if !batch.is_empty() {
            done += self.send(batch).await?;
            self.progress.advance(done, total, "files written");
        }
        self.files = listing_of(target);
        Ok(counts)
    }

    /// Sends one batch; someone else's write since the draft was read makes it stale.
    async fn send(&mut self, batch: Vec<Change>) -> Result<u64, ImportError> {
        let count = batch.len() as u64;
        let draft = self.store.write_draft(self.bundle, &DraftName::studio(), batch, self.revision).await?;
        self.revision = Some(draft.revision);
        Ok(count)
    }
}

async fn listing(store: &dyn Blockstore, bundle: BundleId, at: &At) -> Result<Listing, ImportError> {
    let files = store.files(bundle, at, None).await?;
    Ok(files.into_iter().map(|entry| (entry.path, entry.digest)).collect())
}

fn listing_of(files: &BTreeMap<FilePath, Blob>) -> Listing {
    files.iter().map(|(path, blob)| (path.clone(), blob.digest)).collect()
}

fn count(current: &Listing, target: &BTreeMap<FilePath, Blob>) -> FileCounts {
    let mut counts = FileCounts::default();
    for (path, blob) in target {
        if current.get(path) == Some(&blob.digest) {
            counts.unchanged += 1;
        } else {
            counts.stored += 1;
            counts.stored_bytes += blob.size;
        }
    }
    counts.deleted = current.keys().filter(|path| !target.contains_key(*path)).count() as u64;
    counts
}

/// Warns of references to libraries and versions that are not here; they are kept (import-export §3).
async fn check_references(plan: &mut Plan, contexts: &dyn ContextStore) -> Result<(), ImportError> {
    let references = std::mem::take(&mut plan.references);
    let mut keys: Vec<_> = references.iter().map(|reference| reference.library.clone()).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() {
        return Ok(());
    }
    let found: BTreeMap<_, _> = contexts.contexts(&keys).await?.into_iter().collect();
    for Reference { library, version, path, line, block } in references {
        let finding = match (found.get(&library), version) {
            (None, _) => {
                let message =
                    format!("the library '{library}' is not here; its blocks stay hidden until it is");
                Finding::new(Warning, "library_missing", message)
            }
            (Some(record), Some(version)) if version > record.latest_version => {
                let latest = record.latest_version;
                let message = format!(
                    "'{library}' has no version {version} here, its newest is {latest}; blocks stay hidden"
                );
                Finding::new(Warning, "library_version_missing", message)
            }
            (Some(_), None) => {
                let message = format!("the reference to '{library}' names no version");
                Finding::new(Warning, "library_version_not_pinned", message)
            }
            _ => continue,
        };
        plan.report.findings.push(finding.at(&path, line).on(&block.0, &block.1));
    }
    Ok(())
}
