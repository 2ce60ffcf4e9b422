//! What can be wrong with the text of a key.

/// Text that is not a key of the type that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid key {input:?}: {reason}")]
pub struct InvalidKey {
    /// The text that was refused, cut to its first 120 characters.
    pub input: String,
    /// What is wrong with it.
    pub reason: Reason,
}

/// Why a text is not a key. Positions are byte offsets into the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The text is longer than a key of its kind may be.
    #[error("it is longer than {limit} bytes")]
    TooLong {
        /// The most bytes allowed.
        limit: usize,
    },
    /// No colon, so no namespace.
    #[error("it does not begin with a namespace and a colon")]
    NoNamespace,
    /// The namespace belongs to no key, or to keys of another type.
    #[error("{namespace:?} is not a namespace of {wanted}")]
    Namespace {
        /// The text before the first colon, cut to its first 40 characters.
        namespace: String,
        /// The type that was asked for, in words.
        wanted: &'static str,
    },
    /// Something else stands where a part of the key was expected.
    #[error("expected {expected} at byte {at}, found {}", found.map_or("the end".to_owned(), |c| format!("{c:?}")))]
    Expected {
        /// The part that was expected, in words.
        expected: &'static str,
        /// Where.
        at: usize,
        /// The character that stands there; `None` at the end.
        found: Option<char>,
    },
    /// A course key names neither a version nor all of organisation, course and run.
    #[error("it names neither a version nor {needed}")]
    Incomplete {
        /// The parts it should name.
        needed: &'static str,
    },
    /// A version that is not 24 lower-case hexadecimal digits.
    #[error("its version is not 24 hexadecimal digits")]
    VersionGuid,
    /// An aside key whose escapes do not decode.
    #[error("its escaped parts are malformed")]
    Escape,
    /// The key inside an aside or a reference is wrong.
    #[error("the key inside it: {0}")]
    Inside(Box<Reason>),
    /// Keys inside keys, deeper than the limit.
    #[error("keys are nested deeper than {limit} levels")]
    TooDeep {
        /// The most levels allowed.
        limit: usize,
    },
    /// The text reads as a key that prints differently, where only the printed form is allowed.
    #[error("it is not the canonical form of the key")]
    NotCanonical,
    /// A library version that is not a number from 1 to 2147483647 without leading zeros.
    #[error("its library version is not a number from 1 to 2147483647 without leading zeros")]
    LibraryVersion,
    /// A new library may not be called like a version.
    #[error("a slug of the form v1, v2, … would read as a version")]
    SlugLikeVersion,
    /// The key given cannot play the part asked of it.
    #[error("{0}")]
    Unsuitable(&'static str),
}

impl Reason {
    /// Says which text this is about.
    pub(crate) fn about(self, input: &str) -> InvalidKey {
        InvalidKey { input: input.chars().take(120).collect(), reason: self }
    }

    pub(crate) fn namespace(namespace: &str, wanted: &'static str) -> Self {
        Self::Namespace { namespace: namespace.chars().take(40).collect(), wanted }
    }

    pub(crate) fn inside(self) -> Self {
        Self::Inside(Box::new(self))
    }
}
