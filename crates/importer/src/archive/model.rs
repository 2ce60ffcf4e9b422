//! What an archive says, before it is laid out in a bundle.

use std::collections::BTreeMap;

use super::{CollectionFile, EntityFile, EntityKey, PackageFile, VersionFile};
use crate::source::Blob;

/// A whole archive.
#[derive(Debug)]
pub(super) struct Archive {
    pub(super) package: PackageFile,
    pub(super) entities: BTreeMap<EntityKey, Entity>,
    pub(super) collections: Vec<CollectionFile>,
    /// Members under `x-ext/`, which are kept as they are.
    pub(super) extensions: BTreeMap<String, Blob>,
}

/// An entity with its draft and published versions.
#[derive(Debug)]
pub(super) struct Entity {
    /// What is the same for all versions; its version is not set.
    pub(super) record: EntityFile,
    /// The TOML file, for complaints.
    pub(super) path: String,
    pub(super) draft: Option<Version>,
    pub(super) published: Option<Version>,
}

/// A version with its files by the paths the archive gives them.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) record: VersionFile,
    pub(super) files: BTreeMap<String, Blob>,
    /// Line of the version's table.
    pub(super) line: u32,
}
