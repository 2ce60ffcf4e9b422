//! Which version of a context a caller means, and which one that is.

use std::str::FromStr;

use xblock::Site;

use crate::{ContextError, ContextRecord, ResolvedAt};

/// The version a request names (xblock-rest-api §1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum VersionSelector {
    /// None named: the site's own.
    #[default]
    Auto,
    /// The working draft.
    Draft,
    /// The newest published version.
    Published,
    /// A published version by number.
    Number(u32),
}

/// A text that names no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a version is 'draft', 'published' or a number, not '{0}'")]
pub struct InvalidVersion(String);

impl FromStr for VersionSelector {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "draft" => Ok(VersionSelector::Draft),
            "published" => Ok(VersionSelector::Published),
            digits if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                // A number too large for any version is still a number: it names one that is not there.
                Ok(VersionSelector::Number(digits.parse().unwrap_or(u32::MAX)))
            }
            other => Err(InvalidVersion(other.chars().take(40).collect())),
        }
    }
}

impl VersionSelector {
    /// Says which state of a context is meant. The learn site is strictly published: it refuses to name any
    /// other version, also by number (xblock-rest-api §3, step 6).
    ///
    /// # Errors
    /// [`ContextError::OnlyPublished`] on the learn site, [`ContextError::NoSuchVersion`] for numbers that
    /// were never published.
    pub fn resolve(self, record: &ContextRecord, site: Site) -> Result<ResolvedAt, ContextError> {
        let latest = record.latest_version;
        match (self, site) {
            (VersionSelector::Published, _) | (VersionSelector::Auto, Site::Learn) => {
                Ok(ResolvedAt::Version(latest))
            }
            (VersionSelector::Draft | VersionSelector::Number(_), Site::Learn) => {
                Err(ContextError::OnlyPublished(record.key.clone()))
            }
            (VersionSelector::Auto | VersionSelector::Draft, Site::Studio) => Ok(record
                .draft_revision
                .map_or(ResolvedAt::Version(latest), |revision| ResolvedAt::Draft { revision })),
            (VersionSelector::Number(version), Site::Studio) if (1..=latest).contains(&version) => {
                Ok(ResolvedAt::Version(version))
            }
            (VersionSelector::Number(version), Site::Studio) => {
                Err(ContextError::NoSuchVersion { key: record.key.clone(), version, latest })
            }
        }
    }
}
