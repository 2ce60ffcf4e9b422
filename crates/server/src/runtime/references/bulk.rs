//! All references of a context at once: where they stand, and updates in one write (unit-composition §8).

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use compositor::{
    Availability, InUse, Library, LibraryWant, Pin, PlacedReference, Reference, Rejection, RemovedBlock,
    Saving, Unit, Update, UpdateState, Versions,
};
use learner::LearnerStore as _;
use learning_context::{Action, ContextRecord, Structure, VersionSelector};
use opaque_keys::{LearningContextKey, UsageKey};
use serde::Serialize;
use xblock::{Definition, Fields};

use super::{save::written, versions};
use crate::{
    app::App,
    caller::Caller,
    http::error::ApiError,
    runtime::{
        author::{Editing, TRIES, editing_context, others_keep_saving},
        find::{all_visible, context_error, permitted},
    },
};

/// Where one reference of a context stands.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its key.
    pub usage_key: UsageKey,
    /// Its type.
    pub block_type: String,
    /// The page it is on.
    pub unit: UsageKey,
    /// The library it draws from.
    pub library_key: Option<LearningContextKey>,
    /// The version pinned.
    pub pinned: Option<u32>,
    /// The newest version of the library.
    pub latest: Option<u32>,
    /// Updates up to this version were declined.
    pub declined: Option<u32>,
    /// Where it stands; null until a library is chosen.
    pub state: Option<UpdateState>,
}

/// What became of one reference.
#[derive(Clone, Debug, Serialize)]
pub struct Done {
    /// Its key.
    pub usage_key: UsageKey,
    /// `updated`, `declined`, `unchanged` or `refused`.
    pub status: &'static str,
    /// The version it was pinned to.
    pub from: Option<u32>,
    /// The version it is pinned to now, or would be; of declined updates, the version declined.
    pub to: Option<u32>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Rejection>,
    /// The blocks in use that would go, when that was not confirmed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<RemovedBlock>,
}

/// Which references are updated, and how.
#[derive(Clone, Debug, Default)]
pub struct Bulk {
    /// These; all that have an update when absent.
    pub keys: Option<Vec<UsageKey>>,
    /// Blocks may leave pools that learners have.
    pub confirm_removed: bool,
}

/// The references of a context with the records of their libraries.
struct All {
    structure: Arc<Structure>,
    placed: Vec<Arc<PlacedReference>>,
    libraries: HashMap<LearningContextKey, Arc<ContextRecord>>,
    /// Version names of libraries that are pinned by name.
    names: HashMap<LearningContextKey, Versions>,
}

impl All {
    async fn read(app: &App, caller: &Caller, record: &ContextRecord) -> Result<All, ApiError> {
        let at = VersionSelector::Auto.resolve(record, app.site).map_err(context_error)?;
        let structure = app.contexts.structure(record, at).await.map_err(context_error)?;
        let references = app.plans.references(&structure).await.map_err(context_error)?;
        let placed: Vec<_> = references.iter().cloned().collect();
        let mut keys: Vec<_> = placed.iter().filter_map(|placed| placed.reference.library.clone()).collect();
        keys.sort_unstable();
        keys.dedup();
        let libraries = all_visible(app, caller, &keys).await?;
        let mut names = HashMap::new();
        for placed in &placed {
            if let (Pin::Name(_), Some(key)) = (&placed.reference.pin, &placed.reference.library)
                && let (Some(record), false) = (libraries.get(key), names.contains_key(key))
            {
                names.insert(key.clone(), versions(app, record).await?);
            }
        }
        Ok(All { structure, placed, libraries, names })
    }

    fn row(&self, placed: &PlacedReference) -> Row {
        let reference = &placed.reference;
        let key = reference.library.as_ref();
        let latest = key.and_then(|key| self.libraries.get(key)).map(|record| record.latest_version);
        let latest = latest.filter(|latest| *latest > 0);
        let pinned = match (&reference.pin, key) {
            (Pin::Name(name), Some(key)) => self.names.get(key).and_then(|versions| versions.number(name)),
            _ => reference.pinned(),
        };
        let declined = reference.declined_version;
        Row {
            usage_key: placed.usage.clone(),
            block_type: self.structure.node(placed.node).block_type().to_string(),
            unit: self.structure.node(Unit::around(&self.structure, placed.node)).usage.clone(),
            library_key: key.cloned(),
            pinned,
            latest,
            declined,
            state: key.map(|_| UpdateState::of(pinned, declined, latest)),
        }
    }
}

/// Lists the references of a context in document order. A library the caller may not see counts as missing.
///
/// # Errors
/// 401, 403, 404; storage failures.
pub async fn rows(app: &App, caller: &Caller, key: &LearningContextKey) -> Result<Vec<Row>, ApiError> {
    caller.require_signed_in()?;
    let record = permitted(app, caller, key, Action::View).await?;
    let all = All::read(app, caller, &record).await?;
    Ok(all.placed.iter().map(|placed| all.row(placed)).collect())
}

/// Updates references to the newest versions of their libraries, in one write. Each is updated or refused by
/// itself.
///
/// # Errors
/// 401, 403, 404; 409 when others keep changing the draft; storage failures.
pub async fn bulk(
    app: &App,
    caller: &Caller,
    key: &LearningContextKey,
    what: &Bulk,
) -> Result<Vec<Done>, ApiError> {
    each(app, caller, key, what.keys.as_deref(), async |all, rows| {
        let mut jobs = Vec::new();
        for (placed, row, settings) in rows {
            jobs.push(Job::new(app, all, placed, row, settings).await?);
            // Thousands of pools are looked through; others have their turn in between.
            actix_web::rt::task::yield_now().await;
        }
        let usages: Vec<UsageKey> = jobs
            .iter()
            .filter(|job| !job.removed_keys.is_empty())
            .map(|job| job.done.usage_key.clone())
            .collect();
        let keys: Vec<UsageKey> = jobs.iter().flat_map(|job| job.removed_keys.iter().cloned()).collect();
        if !what.confirm_removed && !keys.is_empty() {
            let failed = |error: learner::LearnerError| ApiError::Internal(error.to_string());
            let mut selected = app.database.selected_by(&usages).await.map_err(failed)?;
            let with_state = app.database.learners_with_state(&keys).await.map_err(failed)?;
            let mut in_use = InUse { with_state, ..InUse::default() };
            for job in &mut jobs {
                in_use.selected_by = selected.remove(&job.done.usage_key).unwrap_or_default();
                job.refuse_removed(app, &in_use);
            }
        }
        Ok(jobs
            .into_iter()
            .map(|job| (job.saving.filter(|_| job.done.status == "updated"), job.done))
            .collect())
    })
    .await
}

/// Declines the newest versions of the libraries, in one write.
///
/// # Errors
/// As [`bulk`].
pub async fn decline_all(
    app: &App,
    caller: &Caller,
    key: &LearningContextKey,
    keys: Option<&[UsageKey]>,
) -> Result<Vec<Done>, ApiError> {
    each(app, caller, key, keys, async |_, rows| {
        let decline = |(placed, row, settings): (Arc<PlacedReference>, Row, Arc<Definition>)| {
            let changes = Fields::from_iter([("declined_version".to_owned(), row.latest.into())]);
            let mut done = row.done("declined");
            let saving = match row.state {
                Some(UpdateState::UpdateAvailable) => {
                    Saving::new(&placed.usage, &settings.fields, &changes, &[])
                        .map_err(|errors| done.refuse(errors))
                        .ok()
                }
                Some(UpdateState::PinnedMissing) if row.latest.is_none() => {
                    done.refuse(vec![missing(&placed.reference)]);
                    None
                }
                _ => {
                    done.status = "unchanged";
                    None
                }
            };
            (saving, done)
        };
        Ok(rows.into_iter().map(decline).collect())
    })
    .await
}

type Rows = Vec<(Arc<PlacedReference>, Row, Arc<Definition>)>;

/// Changes references of the draft in one write; asks `change` for what is to be saved of those named, or of
/// those that have an update.
async fn each(
    app: &App,
    caller: &Caller,
    key: &LearningContextKey,
    keys: Option<&[UsageKey]>,
    mut change: impl AsyncFnMut(&All, Rows) -> Result<Vec<(Option<Saving>, Done)>, ApiError>,
) -> Result<Vec<Done>, ApiError> {
    let named: Option<HashSet<&UsageKey>> = keys.map(|keys| keys.iter().collect());
    for _ in 0..TRIES {
        let record = editing_context(app, caller, key).await?;
        let all = All::read(app, caller, &record).await?;
        let is_meant = |row: &Row| match &named {
            Some(named) => named.contains(&row.usage_key),
            None => row.state == Some(UpdateState::UpdateAvailable),
        };
        let meant: Vec<_> = all
            .placed
            .iter()
            .map(|placed| (placed, all.row(placed)))
            .filter(|(_, row)| is_meant(row))
            .collect();
        let source =
            |(placed, _): &(&Arc<PlacedReference>, Row)| Arc::clone(&all.structure.node(placed.node).source);
        let sources: Vec<_> = meant.iter().map(source).collect();
        let definitions = app.definitions.load(&sources).await.map_err(context_error)?;
        let rows: Rows = meant
            .into_iter()
            .zip(definitions)
            .map(|((placed, row), definition)| (Arc::clone(placed), row, definition))
            .collect();
        let nodes: Vec<_> = rows.iter().map(|(placed, ..)| placed.node).collect();
        let changed = change(&all, rows).await?;
        let savings: Vec<_> = nodes
            .iter()
            .zip(&changed)
            .filter_map(|(node, (saving, _))| Some((*node, saving.as_ref()?)))
            .collect();
        let changes = match savings.is_empty() {
            true => Vec::new(),
            false => written(app, &all.structure, &savings).await?,
        };
        let Some(&node) = nodes.first() else { return Ok(absent(keys, &[])) };
        let revision = match all.structure.at {
            learning_context::ResolvedAt::Draft { revision } => revision,
            learning_context::ResolvedAt::Version(_) => 0,
        };
        let editing = Editing { record, structure: Arc::clone(&all.structure), node, revision };
        if editing.save(app, changes).await? {
            let mut done: Vec<Done> = changed.into_iter().map(|(_, done)| done).collect();
            let more = absent(keys, &done);
            done.extend(more);
            return Ok(done);
        }
    }
    Err(others_keep_saving())
}

/// Tells of references that were named and are not there.
fn absent(keys: Option<&[UsageKey]>, done: &[Done]) -> Vec<Done> {
    let mut told: HashSet<&UsageKey> = done.iter().map(|done| &done.usage_key).collect();
    let keys = keys.unwrap_or_default().iter();
    let one = |key: &UsageKey| Done {
        usage_key: key.clone(),
        status: "refused",
        from: None,
        to: None,
        errors: vec![Rejection {
            code: "not_found",
            field: "keys".to_owned(),
            block: None,
            message: format!("'{key}' is no reference of this context"),
        }],
        removed: Vec::new(),
    };
    keys.filter(|key| told.insert(key)).map(one).collect()
}

fn missing(reference: &Reference) -> Rejection {
    Rejection {
        code: "library_missing",
        field: "library_key".to_owned(),
        block: None,
        message: reference.library_missing(),
    }
}

impl Row {
    fn done(&self, status: &'static str) -> Done {
        Done {
            usage_key: self.usage_key.clone(),
            status,
            from: self.pinned,
            to: self.latest,
            errors: Vec::new(),
            removed: Vec::new(),
        }
    }
}

impl Done {
    fn refuse(&mut self, errors: Vec<Rejection>) {
        self.status = "refused";
        self.errors = errors;
    }
}

/// One reference to be updated.
struct Job {
    placed: Arc<PlacedReference>,
    from: Option<Library>,
    to: Option<Library>,
    removed_keys: Vec<UsageKey>,
    saving: Option<Saving>,
    done: Done,
}

impl Job {
    async fn new(
        app: &App,
        all: &All,
        placed: Arc<PlacedReference>,
        row: Row,
        settings: Arc<Definition>,
    ) -> Result<Job, ApiError> {
        let mut job = Job {
            placed,
            from: None,
            to: None,
            removed_keys: Vec::new(),
            saving: None,
            done: row.done("updated"),
        };
        let record = row.library_key.as_ref().and_then(|key| all.libraries.get(key));
        let (Some(record), Some(latest), Some(want)) = (record, row.latest, job.placed.reference.want())
        else {
            let missing = missing(&job.placed.reference);
            job.done.refuse(vec![missing]);
            return Ok(job);
        };
        if row.state == Some(UpdateState::Current) {
            job.done.status = "unchanged";
            return Ok(job);
        }
        let here = async |version: Option<u32>| {
            let Some(version) = version else { return Ok(None) };
            let want = LibraryWant { pin: Pin::Number(version), ..want.clone() };
            Ok::<_, ApiError>(match app.plans.library(&want, record).await.map_err(context_error)? {
                Availability::Here(library) => Some(library),
                _ => None,
            })
        };
        job.from = here(row.pinned).await?;
        job.to = here(Some(latest)).await?;
        let changes = Fields::from_iter([("library_version".to_owned(), latest.into())]);
        let usage = &job.placed.usage;
        let saved = Saving::new(usage, &settings.fields, &changes, &[]).and_then(|mut saving| {
            saving.pin(Some(&Versions { latest, names: Vec::new() })).map_err(|reason| vec![reason])?;
            if let Some(to) = &job.to {
                saving.check(to, &app.registry)?;
            }
            Ok(saving)
        });
        match saved {
            Ok(saving) => job.saving = Some(saving),
            Err(errors) => job.done.refuse(errors),
        }
        let none = Fields::new();
        if let Some(update) = job.update(app, &none) {
            job.removed_keys = update.removed_keys();
        }
        Ok(job)
    }

    fn update<'a>(&'a self, app: &'a App, inherited: &'a Fields) -> Option<Update<'a>> {
        let reference = &self.placed.reference;
        let from = self.from.as_ref();
        Some(Update::new(&self.placed.usage, reference, inherited, from, self.to.as_ref()?, &app.registry))
    }

    fn refuse_removed(&mut self, app: &App, in_use: &InUse) {
        let none = Fields::new();
        let Some(update) = self.update(app, &none) else { return };
        let mut removed = update.preview(&[], in_use).removed;
        removed.retain(RemovedBlock::is_in_use);
        if removed.is_empty() || self.done.status != "updated" {
            return;
        }
        let message = format!("{} blocks in use leave the pool", removed.len());
        self.done.refuse(vec![Rejection {
            code: "removed_blocks_in_use",
            field: "confirm_removed".to_owned(),
            block: None,
            message,
        }]);
        self.done.removed = removed;
    }
}
