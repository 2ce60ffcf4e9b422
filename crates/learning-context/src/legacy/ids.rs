//! Ids of blocks copied from a library of the first version (unit-composition §9.1).

use std::{borrow::Cow, fmt::Write as _};

use opaque_keys::LearningContextKey;
use sha1::{Digest as _, Sha1};

/// Digits of a derived id.
const ID_DIGITS: usize = 20;

/// How the context of the source was turned into text before it was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Era {
    /// As Python 3 prints bytes: `b'…'`, escaped.
    BytesLiteral,
    /// As it is, which is what Python 2 did.
    Plain,
}

impl Era {
    /// Both, the one in use first.
    pub const ALL: [Era; 2] = [Era::BytesLiteral, Era::Plain];
}

/// Returns the id a block gets when it is copied below `parent`: the first 20 hexadecimal digits of the SHA-1
/// of [`unique_data`]. The copy keeps the type of its source. Children of the copied block are copied the same
/// way, below the id it got.
///
/// `context` is the text of the source's library or course, see [`hashed_context`].
pub fn derived_id(context: &str, source: &str, parent: &str, era: Era) -> String {
    let digest = Sha1::digest(unique_data(context, source, parent, era).as_bytes());
    let mut id = String::with_capacity(2 * digest.len());
    for byte in digest {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id.truncate(ID_DIGITS);
    id
}

/// Returns the ids a copy may have: of today's making, then of the older one.
pub fn derived_ids(context: &str, source: &str, parent: &str) -> [String; 2] {
    Era::ALL.map(|era| derived_id(context, source, parent, era))
}

/// Returns the text that is hashed for blocks of a library of the first version, whose only branch is `library`.
pub fn library_context(library: &LearningContextKey) -> String {
    let text = hashed_context(library);
    if text.contains("+branch@") { text } else { text + "+branch@library" }
}

/// Returns the text whose hash is the id of a copy.
pub fn unique_data(context: &str, source: &str, parent: &str, era: Era) -> String {
    let context = match era {
        Era::BytesLiteral => Cow::Owned(bytes_literal(context.as_bytes())),
        Era::Plain => Cow::Borrowed(context),
    };
    format!("{context}:{source}:{parent}")
}

/// Returns the text of a context that is hashed: without its version, but on its branch. A content library
/// counts as the library of the first version of the same name, without a branch.
pub fn hashed_context(context: &LearningContextKey) -> String {
    match context {
        LearningContextKey::Course(key) => {
            key.without_version().map_or_else(|_| key.to_string(), |key| key.to_string())
        }
        LearningContextKey::Library(key) => format!("library-v1:{}+{}", key.org(), key.slug()),
        LearningContextKey::Pathway(key) => key.to_string(),
    }
}

/// Prints bytes as Python 3 does.
fn bytes_literal(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut text = String::with_capacity(bytes.len() + 3);
    text.push('b');
    text.push(quote);
    for &byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\t' => text.push_str("\\t"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            _ if char::from(byte) == quote => {
                text.push('\\');
                text.push(quote);
            }
            b' '..=b'~' => text.push(char::from(byte)),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
    text.push(quote);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARY: &str = "library-v1:Org+Lib+branch@library";

    #[test]
    fn bytes_print_as_in_python_3() {
        for (bytes, printed) in [
            (&b"a-Z 0+~"[..], "b'a-Z 0+~'"),
            (b"\\", r"b'\\'"),
            (b"\t\n\r", r"b'\t\n\r'"),
            (b"\0\x1f\x7f\xff", r"b'\x00\x1f\x7f\xff'"),
            ("é".as_bytes(), r"b'\xc3\xa9'"),
            (b"it's", r#"b"it's""#),
            (b"\"", r#"b'"'"#),
            (b"'\"", r#"b'\'"'"#),
        ] {
            assert_eq!(bytes_literal(bytes), printed);
        }
    }

    #[test]
    fn versions_are_not_hashed_and_branches_are() {
        for (context, hashed) in [
            (
                "library-v1:O+L+branch@library+version@5f651a466cb7f7a0c2122b34",
                "library-v1:O+L+branch@library",
            ),
            ("library-v1:O+L", "library-v1:O+L"),
            ("course-v1:O+C+R+branch@draft-branch", "course-v1:O+C+R+branch@draft-branch"),
            ("lib:O:L", "library-v1:O+L"),
        ] {
            assert_eq!(hashed_context(&context.parse().unwrap()), hashed);
        }
    }

    #[test]
    fn blocks_of_a_library_are_on_its_only_branch() {
        for key in ["library-v1:Org+Lib", LIBRARY, "lib:Org:Lib"] {
            assert_eq!(library_context(&key.parse().unwrap()), LIBRARY);
        }
        let [today, before] = derived_ids(LIBRARY, "p", "lc");
        assert_eq!(today, derived_id(LIBRARY, "p", "lc", Era::BytesLiteral));
        assert_eq!(before, derived_id(LIBRARY, "p", "lc", Era::Plain));
    }

    #[test]
    fn every_input_counts_and_the_eras_differ() {
        let base = derived_id(LIBRARY, "p", "lc", Era::BytesLiteral);
        assert_eq!(base.len(), 20);
        assert!(base.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        for other in [
            derived_id("library-v1:Org+Lib", "p", "lc", Era::BytesLiteral),
            derived_id(LIBRARY, "q", "lc", Era::BytesLiteral),
            derived_id(LIBRARY, "p", "ld", Era::BytesLiteral),
            derived_id(LIBRARY, "p", "lc", Era::Plain),
        ] {
            assert_ne!(base, other);
        }
    }
}
