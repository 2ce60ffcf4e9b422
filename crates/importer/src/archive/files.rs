//! The files an archive import writes beside the blocks.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `<type>/<code>/entity.json`: what is known of an entity besides its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityFile {
    /// The entity's key: `namespace:type:code`, or a container's code.
    pub key: String,
    /// `component`, `unit`, `subsection` or `section`.
    pub kind: String,
    /// False for what was made inside a container.
    pub can_stand_alone: bool,
    /// RFC 3339, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The version this state of the bundle holds; none when the entity has neither draft nor published version.
    pub version: Option<VersionFile>,
    /// Entries of the entity's tables that this format version does not know.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// One version of an entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionFile {
    /// Its number among the entity's own versions.
    pub version_num: u32,
    /// Its title, which may be empty.
    pub title: String,
    /// RFC 3339, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Children in order; containers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub children: Option<Vec<ChildFile>>,
    /// Entries of the version's table that this format version does not know.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// One child of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildFile {
    /// The child's key.
    pub key: String,
    /// The version of the child that the container is tied to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<u32>,
}

/// `collections/<key>.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionFile {
    /// Its key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Its description, which may be empty.
    pub description: String,
    /// RFC 3339, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Keys of its members, sorted.
    pub entities: Vec<String>,
    /// Entries of its table that this format version does not know.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// `library.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFile {
    /// The library's title.
    pub title: String,
    /// Its description, which may be empty.
    pub description: String,
    /// The key the archive suggests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// RFC 3339, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// RFC 3339, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    /// The `[meta]` table: when, where and by whom the archive was written.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub meta: Map<String, Value>,
    /// Entries of the package's table that this format version does not know.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}
