//! Where compiled units of published versions are kept.

use async_trait::async_trait;
use blockstore::BundleId;
use learning_context::ContextError;
use opaque_keys::UsageKey;

/// A published version of a course, and the format its units are recorded in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnitVersion {
    /// The bundle of the course.
    pub bundle: BundleId,
    /// Its version.
    pub version: u32,
    /// The format; a program reads the records of its own only, see [`RECORD_FORMAT`](crate::RECORD_FORMAT).
    pub format: u32,
}

/// A unit as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRecord {
    /// The unit.
    pub unit: UsageKey,
    /// What composing it needs: JSON, which only the compositor understands.
    pub body: String,
}

/// Keeps compiled units (unit-composition §2.2). They are copies: nothing is lost when some are. They go when
/// the version goes. Implemented by `storage`.
#[async_trait]
pub trait UnitRecords: Send + Sync {
    /// Keeps records of some units; those that are there in the same or an older format are replaced. Writes
    /// nothing when there is no such version. The number of statements grows with the bytes, not the units.
    async fn put_units(&self, of: UnitVersion, records: Vec<UnitRecord>) -> Result<(), ContextError>;

    /// Returns the body of a unit's record, with one statement.
    async fn unit(&self, of: UnitVersion, unit: &UsageKey) -> Result<Option<String>, ContextError>;

    /// Returns the units that have records, by key, with one statement.
    async fn units(&self, of: UnitVersion) -> Result<Vec<UsageKey>, ContextError>;
}
