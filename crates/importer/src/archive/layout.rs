//! Keys of entities, and where their files lie in the bundle.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// The namespace of blocks.
const BLOCKS: &str = "xblock.v1";
/// Longest code, in characters.
const CODE_CHARS: usize = 255;
/// The folder of components in other namespaces, which no block is read from.
pub(super) const OTHERS: &str = "x-components";
/// The folder of component files whose names are taken.
const MOVED: &str = "x-files";

/// The key of an entity, as an archive writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKey {
    /// A block: `namespace:type:code`.
    Component {
        /// `xblock.v1`.
        namespace: String,
        /// The block type.
        block_type: String,
        /// The block's id.
        code: String,
    },
    /// A container: its code.
    Container(String),
}

/// A text that is no entity key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "invalid entity key '{0}': expected '{{namespace}}:{{type_name}}:{{component_code}}', or a container's code"
)]
pub struct InvalidEntityKey(String);

impl EntityKey {
    /// Reads the key of a component, which is split at the first two colons.
    ///
    /// # Errors
    /// Fewer than two colons, or a part that has characters other than letters, digits, `_`, `-` and `.`.
    pub fn component(text: &str) -> Result<Self, InvalidEntityKey> {
        let mut parts = text.splitn(3, ':').map(str::to_owned);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(namespace), Some(block_type), Some(code))
                if is_code(&namespace) && is_code(&block_type) && is_code(&code) =>
            {
                Ok(EntityKey::Component { namespace, block_type, code })
            }
            _ => Err(InvalidEntityKey(text.to_owned())),
        }
    }

    /// Reads the key of a container.
    ///
    /// # Errors
    /// Characters other than letters, digits, `_`, `-` and `.`.
    pub fn container(text: &str) -> Result<Self, InvalidEntityKey> {
        if is_code(text) {
            Ok(EntityKey::Container(text.to_owned()))
        } else {
            Err(InvalidEntityKey(text.to_owned()))
        }
    }

    /// Returns the folder of the entity's files in the bundle; `kind` is the container's.
    pub(super) fn folder(&self, kind: &str) -> String {
        match self {
            EntityKey::Component { namespace, block_type, code } if namespace == BLOCKS => {
                format!("{block_type}/{code}")
            }
            EntityKey::Component { namespace, block_type, code } => {
                format!("{OTHERS}/{namespace}/{block_type}/{code}")
            }
            EntityKey::Container(code) => format!("{kind}/{code}"),
        }
    }
}

impl FromStr for EntityKey {
    type Err = InvalidEntityKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains(':') { EntityKey::component(text) } else { EntityKey::container(text) }
    }
}

impl fmt::Display for EntityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EntityKey::Component { namespace, block_type, code } => {
                write!(f, "{namespace}:{block_type}:{code}")
            }
            EntityKey::Container(code) => f.write_str(code),
        }
    }
}

/// Tells whether a text is a code: word characters, `.` and `-`, and safe as a name of a folder.
pub(super) fn is_code(text: &str) -> bool {
    let count = text.chars().take(CODE_CHARS + 1).count();
    (1..=CODE_CHARS).contains(&count)
        && !matches!(text, "." | "..")
        && text.chars().all(|c| c.is_alphanumeric() || is_mark(c) || matches!(c, '_' | '-' | '.'))
}

/// Combining marks follow the letters they belong to, as in words of many languages.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// Returns where a component's file lies below its folder.
pub(super) fn stored_path(path: &str) -> String {
    match path {
        "block.xml" => "definition.xml".to_owned(),
        // These two names are taken.
        "definition.xml" | "entity.json" => format!("{MOVED}/{path}"),
        _ if path.starts_with(&format!("{MOVED}/")) => format!("{MOVED}/{path}"),
        _ => path.to_owned(),
    }
}

/// Returns the component's path of a stored file; none for the entity's own record.
pub(super) fn original_path(stored: &str) -> Option<&str> {
    match stored {
        "entity.json" => None,
        "definition.xml" => Some("block.xml"),
        _ => Some(stored.strip_prefix(MOVED).and_then(|rest| rest.strip_prefix('/')).unwrap_or(stored)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_split_at_the_first_two_colons() {
        let key = EntityKey::component("xblock.v1:html:onde-é-日本").unwrap();
        assert_eq!(key.folder(""), "html/onde-é-日本");
        assert_eq!(key.to_string(), "xblock.v1:html:onde-é-日本");
        assert_eq!("unit-1".parse::<EntityKey>().unwrap().folder("unit"), "unit/unit-1");
        assert_eq!(
            EntityKey::component("other.v1:html:a").unwrap().folder(""),
            "x-components/other.v1/html/a"
        );
        for text in ["prism", "a:b", "xblock.v1:html:", "xblock.v1:html:a b", "xblock.v1:html:a:b", "a::b"] {
            assert!(EntityKey::component(text).is_err(), "accepted {text:?}");
        }
        for text in ["", "..", ".", "a/b", "a b", "a\\b"] {
            assert!(EntityKey::container(text).is_err(), "accepted {text:?}");
        }
    }

    #[test]
    fn every_file_name_of_a_component_comes_back() {
        for path in ["block.xml", "definition.xml", "entity.json", "static/a.png", "x-files/a", "hello.txt"] {
            let stored = stored_path(path);
            assert_eq!(original_path(&stored), Some(path), "{stored}");
        }
        assert_eq!(original_path("entity.json"), None);
    }
}
