//! Changing drafts: who may, which state was read, and that nobody's change is lost.

mod error;
mod paste;
mod publish;

use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap};
use blockstore::{Blockstore as _, BlockstoreError, BundleId, Change, DraftName};
use learning_context::{
    Action, ContextKind, ContextRecord, Edit, NodeId, ResolvedAt, Structure, VersionSelector,
};
use opaque_keys::{LearningContextKey, UsageKey};
use xblock::Site;

use crate::{
    app::App,
    caller::Caller,
    clock::random_hex,
    http::error::{ApiError, Code},
    path::BlockPath,
    runtime::find::{context_error, find, permitted},
};

pub use error::{edit_error, store_error};
pub use paste::{Pasted, duplicate, insert_child, paste};
pub use publish::{Named, discard, publish, published, rerun};

/// How often a change is tried when others change the same draft at the same time.
pub const TRIES: usize = 8;

/// A block of a draft that a caller may change.
pub struct Editing {
    /// Its context.
    pub record: Arc<ContextRecord>,
    /// The draft, or what is published where nothing was changed since.
    pub structure: Arc<Structure>,
    /// The block.
    pub node: NodeId,
    /// The revision the draft was read at; 0 when there is none.
    pub revision: u64,
}

/// Finds a block for a caller who wants to change it, in the working draft of its context.
///
/// # Errors
/// 401 when nobody is signed in, 403 on the learn site and for callers who may not, 404 for blocks that are
/// not there, 422 for blocks whose content is not of their own context.
pub async fn editing(app: &App, caller: &Caller, usage: &UsageKey) -> Result<Editing, ApiError> {
    may_write(app, caller)?;
    let draft = BlockPath { usage: usage.clone(), version: VersionSelector::Auto };
    let found = find(app, caller, &draft, Action::Edit).await?;
    // Not the key that was asked for: an old one may name it too.
    if found.usage.as_lib_ref().is_some() {
        let detail = format!("'{usage}' is shown through a reference: change the reference, or the library.");
        return Err(ApiError::problem(Code::CannotEdit, detail));
    }
    if !matches!(found.record.kind, ContextKind::Course | ContextKind::Library) {
        let detail = format!("The content of '{}' is not changed block by block.", found.record.key);
        return Err(ApiError::problem(Code::CannotEdit, detail));
    }
    let revision = match found.structure.at {
        ResolvedAt::Draft { revision } => revision,
        // There was no draft, and there must be none still when the change is saved.
        ResolvedAt::Version(_) => 0,
    };
    Ok(Editing { record: found.record, structure: found.structure, node: found.node, revision })
}

/// Returns the record of a context for a caller who may change it.
///
/// # Errors
/// As [`editing`].
pub async fn editing_context(
    app: &App,
    caller: &Caller,
    key: &LearningContextKey,
) -> Result<Arc<ContextRecord>, ApiError> {
    may_write(app, caller)?;
    permitted(app, caller, key, Action::Edit).await
}

/// Refuses callers who may write nothing here. What is read on the learn site is what is published: saved back,
/// it would undo what the draft has on top.
///
/// # Errors
/// 401 when nobody is signed in, 403 on the learn site.
pub fn may_write(app: &App, caller: &Caller) -> Result<(), ApiError> {
    caller.require_signed_in()?;
    match app.site {
        Site::Studio => Ok(()),
        Site::Learn => Err(ApiError::forbidden("Content is changed on the studio site only.")),
    }
}

impl Editing {
    /// Returns the strong entity tag of the draft that was read.
    pub fn etag(&self) -> String {
        etag(self.record.bundle, self.revision)
    }

    /// Refuses a change that was made for another state of the draft (`If-Match`).
    ///
    /// # Errors
    /// 412 `stale`.
    pub fn if_match(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        check_match(headers, &self.etag())
    }

    /// Writes changes to the draft, if it still is as it was read; `false` when it moved on.
    ///
    /// # Errors
    /// Files that are too large or too many, and a store that failed.
    pub async fn save(&self, app: &App, changes: Vec<Change>) -> Result<bool, ApiError> {
        Ok(self.write(app, changes).await?.is_some())
    }

    /// As [`Editing::save`]; returns the new revision.
    async fn write(&self, app: &App, changes: Vec<Change>) -> Result<Option<u64>, ApiError> {
        if changes.is_empty() {
            return Ok(Some(self.revision));
        }
        let (bundle, draft) = (self.record.bundle, DraftName::studio());
        let written = app.database.write_draft(bundle, &draft, changes, Some(self.revision)).await;
        app.contexts.invalidate(&self.record.key);
        match written {
            Ok(draft) => Ok(Some(draft.revision)),
            Err(BlockstoreError::Stale { .. }) => Ok(None),
            Err(error) => Err(store_error(error)),
        }
    }
}

/// What became of a change.
pub struct Revised<T> {
    /// What the change answers with.
    pub value: T,
    /// The entity tag of the draft it made.
    pub etag: String,
}

/// Changes a draft: reads it, asks `change` for what is to be written, and writes that, again from the start
/// when someone else was faster. A request with `If-Match` is made on that state or not at all.
///
/// # Errors
/// As [`editing`] and [`Editing::save`], what `change` says, 412 `stale`, and 409 `conflict` when others keep
/// changing the draft.
pub async fn revise<T>(
    app: &App,
    caller: &Caller,
    usage: &UsageKey,
    headers: &HeaderMap,
    mut change: impl AsyncFnMut(&Editing) -> Result<(Vec<Change>, T), ApiError>,
) -> Result<Revised<T>, ApiError> {
    revise_what_fits(app, caller, usage, async |editing| {
        editing.if_match(headers)?;
        change(editing).await
    })
    .await
}

/// As [`revise`], where `change` itself says whether the request is for the state that was read. What is known of
/// a draft may be a second old, so that 412 counts once it was read anew.
///
/// # Errors
/// As [`revise`].
pub async fn revise_what_fits<T>(
    app: &App,
    caller: &Caller,
    usage: &UsageKey,
    mut change: impl AsyncFnMut(&Editing) -> Result<(Vec<Change>, T), ApiError>,
) -> Result<Revised<T>, ApiError> {
    for attempt in 0..TRIES {
        let editing = editing(app, caller, usage).await?;
        let (changes, value) = match change(&editing).await {
            Err(ApiError::Problem(Code::Stale, _)) if attempt == 0 => {
                app.contexts.invalidate(&editing.record.key);
                continue;
            }
            changed => changed?,
        };
        if let Some(revision) = editing.write(app, changes).await? {
            return Ok(Revised { value, etag: etag(editing.record.bundle, revision) });
        }
    }
    Err(others_keep_saving())
}

/// Returns the answer to who was overtaken each time.
pub fn others_keep_saving() -> ApiError {
    ApiError::problem(Code::Conflict, "Others keep saving this draft; try again.")
}

/// Opens blocks of a draft with everything below them.
///
/// # Errors
/// A store that failed.
pub async fn open(app: &App, structure: &Arc<Structure>, nodes: &[NodeId]) -> Result<Edit, ApiError> {
    Edit::open_with_all_below(&*app.database, structure, nodes).await.map_err(context_error)
}

/// Returns a fresh block id: 32 hexadecimal digits.
pub fn new_id(app: &App) -> String {
    random_hex(app.clock.as_ref(), 16)
}

/// Returns the changes of an edit, or why they cannot be made.
///
/// # Errors
/// 422 `cannot_edit`.
pub fn changes_of(edit: Edit) -> Result<Vec<Change>, ApiError> {
    edit.into_changes().map_err(edit_error)
}

/// Returns the entity tag of a draft at a revision. Bundles and revisions are never used twice.
pub fn etag(bundle: BundleId, revision: u64) -> String {
    format!("\"{bundle}-{revision}\"")
}

/// Returns the entity tag of a context's draft.
pub fn etag_of(record: &ContextRecord) -> String {
    etag(record.bundle, record.draft_revision.unwrap_or(0))
}

/// Refuses a request whose `If-Match` names another state than the one that is there. Weak tags match nothing
/// (RFC 9110 §13.1.1).
///
/// # Errors
/// 412 `stale`.
pub fn check_match(headers: &HeaderMap, etag: &str) -> Result<(), ApiError> {
    let mut wanted = headers.get_all(header::IF_MATCH).peekable();
    if wanted.peek().is_none() {
        return Ok(());
    }
    let matches = |value: &header::HeaderValue| {
        let tags = value.to_str().unwrap_or_default();
        tags.split(',').map(str::trim).any(|tag| tag == "*" || tag == etag)
    };
    if wanted.any(matches) {
        return Ok(());
    }
    Err(ApiError::problem(Code::Stale, "The draft has changed since; read it again."))
}
