//! The way in: from a path to a changed bundle.

use std::path::Path;

use blockstore::Blockstore;
use learning_context::ContextStore;
use opaque_keys::LearningContextKey;
use time::OffsetDateTime;
use uuid::Uuid;
use xblock::Registry;

use crate::{
    ImportError, Limits, Plan, Progress, Report, Source, apply, archive, course, legacy, source::Format,
};

/// How an import is made.
pub struct Options<'a> {
    /// The key to import under; none takes the one that the content names.
    pub key: Option<LearningContextKey>,
    /// The title of a new context; none takes the content's.
    pub title: Option<String>,
    /// Who imports.
    pub author: Option<String>,
    /// When.
    pub at: OffsetDateTime,
    /// Makes the identifier of a new bundle.
    pub new_uuid: &'a (dyn Fn() -> Uuid + Send + Sync),
    /// A folder for a temporary file.
    pub scratch: &'a Path,
    /// Limits of what is read.
    pub limits: Limits,
    /// Find out what would change and write nothing.
    pub dry_run: bool,
    /// Leave out members of containers and collections that are not there instead of refusing the archive.
    pub lenient: bool,
    /// Legacy libraries: other content under the same key may be replaced. It stays as a version.
    pub replace: bool,
    /// Legacy libraries: the id (24 hexadecimal digits) of the structure the content was exported from, which
    /// `source_library_version` of courses names. It becomes the name of the version.
    pub structure: Option<String>,
    /// Anyone may learn from a new context, without signing in.
    pub allow_public_learning: bool,
    /// Any author may read a new context.
    pub allow_public_read: bool,
}

impl<'a> Options<'a> {
    /// Returns options that take everything from the content.
    pub fn new(
        at: OffsetDateTime,
        new_uuid: &'a (dyn Fn() -> Uuid + Send + Sync),
        scratch: &'a Path,
    ) -> Self {
        Options {
            key: None,
            title: None,
            author: None,
            at,
            new_uuid,
            scratch,
            limits: Limits::default(),
            dry_run: false,
            lenient: false,
            replace: false,
            structure: None,
            allow_public_learning: false,
            allow_public_read: false,
        }
    }
}

/// Imports a folder or archive: [`prepare`] and [`apply`] in one.
///
/// # Errors
/// Content that cannot be imported (nothing was written), or a store that failed (running it again completes).
pub async fn import(
    path: &Path,
    store: &dyn Blockstore,
    contexts: &dyn ContextStore,
    registry: &Registry,
    options: &Options<'_>,
    progress: &dyn Progress,
) -> Result<Report, ImportError> {
    let plan = prepare(path, registry, options, progress)?;
    apply(plan, store, contexts, options, progress).await
}

/// Reads and checks a folder or archive. Blocks the thread; touches no store.
///
/// # Errors
/// Content that cannot be imported.
pub fn prepare(
    path: &Path,
    registry: &Registry,
    options: &Options<'_>,
    progress: &dyn Progress,
) -> Result<Plan, ImportError> {
    let source = Source::open(path, &options.limits, options.scratch, progress)?;
    let plan = match source.format {
        Format::Course => course::plan(source, registry, options)?,
        Format::LegacyLibrary => legacy::plan(source, registry, options)?,
        Format::LibraryArchive => archive::plan(source, registry, options)?,
    };
    let files = plan.published.len() as u64;
    let most = blockstore::Limits::default().files;
    if files > most {
        return Err(ImportError::TooManyFiles { limit: most });
    }
    Ok(plan)
}
