//! Keys in serialized documents: text, checked on the way in.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Error, Visitor};

use crate::error::InvalidKey;

/// Reads a key from a string.
pub(crate) struct KeyVisitor<T> {
    kind: &'static str,
    key: PhantomData<T>,
}

impl<T> KeyVisitor<T> {
    pub(crate) fn new(kind: &'static str) -> Self {
        Self { kind, key: PhantomData }
    }
}

impl<T: FromStr<Err = InvalidKey>> Visitor<'_> for KeyVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the key of one of {}", self.kind)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}
