//! Library archives: `package.toml`, zipped or as a folder (library-archive).
//!
//! The published set of entities becomes one version of the library's bundle, what differs from it in the drafts
//! becomes the working draft:
//!
//! | archive | bundle |
//! |---|---|
//! | `…/component_versions/v<N>/block.xml` | `<type>/<code>/definition.xml` |
//! | `…/component_versions/v<N>/<path>` | `<type>/<code>/<path>` |
//! | a container's children | `<unit, subsection, section>/<code>/definition.xml` with an include for each |
//! | entity and version tables | `<type>/<code>/entity.json` ([`EntityFile`]) |
//! | `collections/<name>.toml` | `collections/<key>.json` ([`CollectionFile`]) |
//! | `x-ext/tags.csv`, rows of an entity's key and its tags | `tags.json`, an object of lists of tags by key |
//! | `package.toml` | `library.json` ([`PackageFile`]) |
//!
//! An entity with neither draft nor published version keeps its `entity.json` in the published version, without a
//! version in it. [`read_state`] gives back what an import wrote.

mod files;
mod layout;
mod model;
mod parse;
mod plan;
mod state;
mod tags;
mod toml;

pub use files::{CollectionFile, EntityFile, PackageFile, VersionFile};
pub use layout::EntityKey;
pub(crate) use plan::plan;
pub use state::{
    CollectionState, ContentState, EntityState, FileState, ImportedState, VersionState, read_state,
};

/// The format's name in reports.
pub const FORMAT: &str = "library_archive";
