//! What authors are told about a unit (unit-composition §1.5).

use opaque_keys::UsageKey;
use serde::Serialize;
use xblock::Severity;

/// Something an author should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The block it is about.
    pub source: UsageKey,
    /// How much it matters. References with an error are hidden from learners.
    pub severity: Severity,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong with what.
    pub message: String,
}

/// A block or reference that is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hidden {
    /// The block or reference.
    pub source: UsageKey,
    /// Stable code.
    pub code: &'static str,
    /// Why, for authors.
    pub message: String,
}
