//! Paths of files within a bundle.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::BlockstoreError;

/// Longest path, in characters.
const MAX_CHARS: usize = 500;

/// A path within a bundle that keeps the rules of blockstore-api §4: relative, `/` between non-empty
/// segments, none of them `.` or `..`, no `\` and no control characters, at most 500 characters.
///
/// Paths are case-sensitive and never normalised; their order is that of their code points.
///
/// ```
/// use blockstore::FilePath;
///
/// let path: FilePath = "html/intro/definition.xml".parse()?;
/// assert_eq!(path.as_str(), "html/intro/definition.xml");
/// assert!("html/../secret".parse::<FilePath>().is_err());
/// # Ok::<(), blockstore::BlockstoreError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FilePath(Arc<str>);

impl FilePath {
    /// Returns the path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the rule a text breaks, if any.
    fn problem(text: &str) -> Option<&'static str> {
        if text.is_empty() {
            return Some("it is empty");
        }
        if text.chars().nth(MAX_CHARS).is_some() {
            return Some("it is longer than 500 characters");
        }
        if text.contains('\\') || text.contains(char::is_control) {
            return Some("it contains a backslash or a control character");
        }
        text.split('/').find_map(|segment| match segment {
            "" => Some("it starts or ends with '/' or contains '//'"),
            "." | ".." => Some("it has a '.' or '..' segment"),
            _ => None,
        })
    }
}

impl FromStr for FilePath {
    type Err = BlockstoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match FilePath::problem(text) {
            None => Ok(FilePath(text.into())),
            Some(problem) => {
                Err(BlockstoreError::InvalidPath { path: text.chars().take(MAX_CHARS).collect(), problem })
            }
        }
    }
}

impl TryFrom<String> for FilePath {
    type Error = BlockstoreError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FilePath> for String {
    fn from(path: FilePath) -> Self {
        path.as_str().to_owned()
    }
}

impl AsRef<str> for FilePath {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for FilePath {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accepts_what_the_original_accepts() {
        let long_segment = "x".repeat(499);
        for text in [
            "a",
            "a b/c:d",
            "what?#%.txt",
            "a..b/..c/d..",
            ".hidden",
            "ünïcode/文.xml",
            long_segment.as_str(),
        ] {
            assert_eq!(text.parse::<FilePath>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn refuses_unsafe_and_ambiguous_paths() {
        let too_long = "é".repeat(501);
        for text in [
            "",
            ".",
            "..",
            "/",
            "/etc/passwd",
            "a/",
            "a//b",
            "./a",
            "a/./b",
            "a/../b",
            "../a",
            "a/..",
            "a\\b",
            "a\nb",
            "a\0b",
            "a\u{7f}",
            "a\u{85}b",
            too_long.as_str(),
        ] {
            assert!(
                matches!(text.parse::<FilePath>(), Err(BlockstoreError::InvalidPath { .. })),
                "accepted {text:?}"
            );
        }
    }

    #[test]
    fn deserialising_checks_the_rules() {
        assert!(serde_json::from_str::<FilePath>("\"a/b\"").is_ok());
        assert!(serde_json::from_str::<FilePath>("\"a/../b\"").is_err());
    }

    proptest! {
        #[test]
        fn what_is_accepted_stays_below_any_folder(text in "\\PC{0,40}|([./\\\\a]{0,8})") {
            if let Ok(path) = text.parse::<FilePath>() {
                let normal = std::path::Path::new(path.as_str())
                    .components()
                    .all(|part| matches!(part, std::path::Component::Normal(_)));
                prop_assert!(normal);
                prop_assert_eq!(path.as_str(), text);
            }
        }
    }
}
