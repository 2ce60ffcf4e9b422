//! References as authors see and change them (unit-composition §1.2, §4, §8).

mod bulk;
mod room;
mod save;
mod take;
mod unlink;
mod update;

use std::sync::Arc;

use blockstore::{Blockstore as _, Version};
use compositor::{
    Availability, Customizations, CustomizedBlock, Finding, Pin, PoolListing, Reference, Unit, UpdateState,
    Versions, is_reference,
};
use learning_context::{
    Action, ContextRecord, NodeId, ResolvedAt, Structure, VersionSelector, is_unreadable,
};
use opaque_keys::UsageKey;
use serde_json::{Value, json};
use xblock::{Definition, Fields};

use crate::{
    app::App,
    caller::Caller,
    http::error::{ApiError, Code},
    path::BlockPath,
    runtime::find::{context_error, find, visible},
};

pub use bulk::{Bulk, Row, bulk, decline_all, rows};
pub use room::{check_room, check_room_for_moved};
pub use save::{NewReference, clear, create, remove, save, set};
pub use take::may_take;
pub use unlink::unlink;
pub use update::{Apply, apply, decline, preview};

/// A reference as a caller may see it.
pub struct Referred {
    /// Its key.
    pub usage: UsageKey,
    /// Its context.
    pub record: Arc<ContextRecord>,
    /// Its context at the version that is meant.
    pub structure: Arc<Structure>,
    /// Its place there.
    pub node: NodeId,
    /// What is written of it.
    pub definition: Arc<Definition>,
    /// What that says.
    pub reference: Reference,
    /// The record of its library, when it is here and the caller may see it.
    pub library: Option<Arc<ContextRecord>>,
    /// What there is of it.
    pub availability: Availability,
}

impl Referred {
    /// Finds a reference for a caller who wants to do something with it: in the draft on the studio site, in
    /// what is published on the learn site. A library the caller may not see counts as missing.
    ///
    /// # Errors
    /// 401, 403 and 404 as [`find`]; 404 as well for blocks that are no references.
    pub async fn find(
        app: &App,
        caller: &Caller,
        usage: &UsageKey,
        action: Action,
    ) -> Result<Referred, ApiError> {
        caller.require_signed_in()?;
        let path = BlockPath { usage: usage.clone(), version: VersionSelector::Auto };
        let found = find(app, caller, &path, action).await?;
        if found.usage.as_lib_ref().is_some() {
            return Err(no_reference(usage));
        }
        Referred::at(app, caller, found.record, found.structure, found.node).await
    }

    /// Returns the reference at a place, under the key it has there.
    pub(super) async fn at(
        app: &App,
        caller: &Caller,
        record: Arc<ContextRecord>,
        structure: Arc<Structure>,
        node: NodeId,
    ) -> Result<Referred, ApiError> {
        let usage = structure.node(node).usage.clone();
        if !is_reference(structure.node(node).block_type()) {
            return Err(no_reference(&usage));
        }
        let source = Arc::clone(&structure.node(node).source);
        let definition = app.definitions.load(&[source]).await.map_err(context_error)?.pop();
        let definition =
            definition.ok_or_else(|| ApiError::Internal(format!("{usage} has no definition")))?;
        let reference = Reference::of(&usage, &definition.fields);
        let (library, availability) = library_of(app, caller, &reference).await?;
        Ok(Referred { usage, record, structure, node, definition, reference, library, availability })
    }

    /// Returns what is written of the reference.
    pub fn settings(&self) -> &Fields {
        &self.definition.fields
    }

    /// Returns the number of the version pinned; `None` when no version of that name is here.
    pub fn pinned(&self) -> Option<u32> {
        match (&self.availability, self.reference.pinned()) {
            (Availability::Here(library), None) if matches!(self.reference.pin, Pin::Name(_)) => {
                library.structure.at.version()
            }
            (_, pinned) => pinned,
        }
    }

    /// Returns the number of the library's newest version.
    pub fn latest(&self) -> Option<u32> {
        self.library.as_ref().map(|record| record.latest_version).filter(|latest| *latest > 0)
    }

    /// Returns where the reference stands; `None` until a library is chosen.
    pub fn state(&self) -> Option<UpdateState> {
        self.reference.library.as_ref()?;
        Some(UpdateState::of(self.pinned(), self.reference.declined_version, self.latest()))
    }

    /// Returns the entity tag of everything that is told of the reference: the state of its context, and the
    /// newest version of its library.
    pub fn etag(&self) -> String {
        let state = match self.structure.at {
            ResolvedAt::Draft { revision } => format!("d{revision}"),
            ResolvedAt::Version(version) => format!("v{version}"),
        };
        format!("\"{}-{state}-{}\"", self.record.bundle, self.latest().unwrap_or(0))
    }

    /// Returns `{pinned, latest, declined, state}`.
    pub fn update_state(&self) -> Value {
        json!({
            "pinned": self.pinned(),
            "latest": self.latest(),
            "declined": self.reference.declined_version,
            "state": self.state(),
        })
    }

    /// Returns the versions of the library, oldest first.
    ///
    /// # Errors
    /// Storage failures.
    pub async fn versions(&self, app: &App) -> Result<Vec<Version>, ApiError> {
        let Some(record) = &self.library else { return Ok(Vec::new()) };
        let all = app.database.versions(record.bundle).await;
        all.map_err(|error| ApiError::Internal(error.to_string()))
    }

    /// Returns the page it is on.
    pub fn unit(&self) -> NodeId {
        Unit::around(&self.structure, self.node)
    }

    /// Returns what the reference inherits from its course.
    pub fn inherited(&self) -> &Fields {
        &self.structure.node(self.node).inherited
    }

    /// Returns everything there is to say of the reference, as JSON.
    ///
    /// # Errors
    /// Storage failures.
    pub async fn body(&self, app: &App) -> Result<Value, ApiError> {
        let unit = self.unit();
        let mut pool = json!([]);
        if let Availability::Here(library) = &self.availability {
            let listing = PoolListing::new(&self.usage, &self.reference, library, &app.registry);
            let definitions = app.definitions.load(&listing.sources()).await.map_err(context_error)?;
            pool = json!(listing.blocks(&definitions));
        }
        let library = self.reference.library.as_ref().map(|key| {
            let title = self.library.as_ref().map(|record| Arc::clone(&record.title));
            json!({"key": key, "version": self.pinned(), "latest": self.latest(), "title": title})
        });
        Ok(json!({
            "usage_key": self.usage,
            "block_type": &**self.structure.node(self.node).block_type(),
            "unit": self.structure.node(unit).usage,
            "version": self.structure.at.version().map_or_else(|| "draft".into(), Value::from),
            "fields": self.settings(),
            "library": library,
            "pool": pool,
            "update": self.update_state(),
            "findings": self.findings(app).await?,
        }))
    }

    /// Returns what authors are told of the reference.
    ///
    /// # Errors
    /// Storage failures.
    pub async fn findings(&self, app: &App) -> Result<Vec<Finding>, ApiError> {
        if is_unreadable(&self.definition) || self.library.is_some() || self.reference.library.is_none() {
            let plan = app.plans.plan(&self.structure, self.unit()).await.map_err(context_error)?;
            let mut findings = app.plans.author_findings(&plan).await.map_err(context_error)?;
            findings.retain(|finding| finding.source == self.usage);
            return Ok(findings);
        }
        Ok(Reference::findings_without_library(&self.usage, self.settings()))
    }

    /// Returns the customisations block by block.
    ///
    /// # Errors
    /// Storage failures.
    pub async fn customizations(&self, app: &App) -> Result<Vec<CustomizedBlock>, ApiError> {
        let library = match &self.availability {
            Availability::Here(library) => Some(library),
            _ => None,
        };
        let inherited = self.inherited();
        let found = Customizations::new(&self.usage, &self.reference, inherited, library, &app.registry);
        let definitions = app.definitions.load(&found.sources()).await.map_err(context_error)?;
        Ok(found.list(&definitions))
    }
}

fn no_reference(usage: &UsageKey) -> ApiError {
    ApiError::problem(Code::NotFound, format!("'{usage}' is no reference to a library."))
}

async fn library_of(
    app: &App,
    caller: &Caller,
    reference: &Reference,
) -> Result<(Option<Arc<ContextRecord>>, Availability), ApiError> {
    let Some(want) = reference.want() else { return Ok((None, Availability::Missing)) };
    match visible(app, caller, &want.library).await? {
        Some(record) => {
            let availability = app.plans.library(&want, &record).await.map_err(context_error)?;
            Ok((Some(record), availability))
        }
        None => Ok((None, Availability::Missing)),
    }
}

async fn versions(app: &App, record: &ContextRecord) -> Result<Versions, ApiError> {
    let all = app.database.versions(record.bundle).await;
    let all = all.map_err(|error| ApiError::Internal(error.to_string()))?;
    let names = all.into_iter().map(|version| (version.number, version.name)).collect();
    Ok(Versions { latest: record.latest_version, names })
}
