//! The library a reference block draws from.

use super::library::is_like_version;
use super::{Key, LearningContextKey, LibraryKey};
use crate::error::{InvalidKey, Reason};
use crate::grammar::Mode;

/// The `library_key` field of a reference block: a library and perhaps a version of it.
///
/// Reads `lib:ORG:SLUG`, `lib:DOMAIN:ORG:SLUG`, both with a version as `:vN` (the spelling of old documents,
/// unit-composition §3.4) or `@N` (opaque-keys §11.2). The domain `localhost` stands for this instance and is
/// dropped.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VersionedLibraryRef {
    /// The library, always a [`LearningContextKey::Library`].
    pub library: LearningContextKey,
    /// The version, from 1 to 2147483647.
    pub version: Option<u32>,
}

impl VersionedLibraryRef {
    /// Reads the field.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let about = |reason: Reason| reason.about(text);
        let Some(body) = text.strip_prefix("lib:") else {
            let namespace = text.split(':').next().unwrap_or_default();
            return Err(about(Reason::namespace(namespace, LibraryKey::KIND)));
        };
        let (body, version) = match body.rsplit_once('@') {
            Some((body, pin)) => (body, Some(number(pin).map_err(about)?)),
            None => match body.rsplit_once(':') {
                // Two parts are a library, whatever its slug looks like.
                Some((body, last)) if is_like_version(last) && body.contains(':') => {
                    (body, Some(number(&last[1..]).map_err(about)?))
                }
                _ => (body, None),
            },
        };
        let body = match body.strip_prefix("localhost:") {
            Some(local) if local.contains(':') => local,
            _ => body,
        };
        let library = LibraryKey::parse(&format!("lib:{body}"), Mode::Extended)
            .map_err(|invalid| invalid.reason.about(text))?;
        Ok(Self { library: library.into(), version })
    }
}

fn number(digits: &str) -> Result<u32, Reason> {
    let canonical = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse::<i32>().ok().and_then(|number| u32::try_from(number).ok()) {
        Some(number) if canonical => Ok(number),
        _ => Err(Reason::LibraryVersion),
    }
}
