//! `lb-ref:` keys: a library block used through a reference block in a unit.

use super::{Key, UsageKey, key_struct};
use crate::chars::{ASCII_PART, SLUG};
use crate::error::{InvalidKey, Reason};
use crate::form::Slot;
use crate::grammar::{self, Mode, part, read};

key_struct! {
    /// A library block used through a reference block: `lb-ref:SLUG:TYPE:PATH:REFERENCE`
    /// (unit-composition §3). The library's organisation and version are the reference block's business, so
    /// the key outlives a change of version.
    LibRefKey, "library blocks used through references", LibRef, |input, mode| grammar::usage(input, mode, 0)
}

impl LibRefKey {
    /// Makes the key of the block `path` (ids from the outermost block in) of the library `slug`, used through
    /// the block `reference`; `ordinal` counts its occurrences in the unit, from 1.
    pub fn new(
        slug: &str,
        block_type: &str,
        path: &[&str],
        ordinal: u32,
        reference: &UsageKey,
    ) -> Result<Self, InvalidKey> {
        let tail = match reference.as_str().split_once(':') {
            Some(("block-v1", body)) => body.to_owned(),
            Some((namespace, body)) => format!("{namespace}={body}"),
            None => String::new(),
        };
        let ordinal = if ordinal > 1 { format!("!{ordinal}") } else { String::new() };
        let text = format!("lb-ref:{slug}:{block_type}:{}{ordinal}:{tail}", path.join("~"));
        let parts_are_clean = || {
            read(slug, slug, part("a library slug", SLUG))?;
            read(block_type, block_type, part("a block type", ASCII_PART))?;
            for id in path {
                read(id, id, part("a block id", SLUG))?;
            }
            grammar::lib_ref::refuse_unsuitable(reference.raw())
        };
        parts_are_clean().map_err(|reason: Reason| reason.about(&text))?;
        let key = Self::parse(&text, Mode::Extended)?;
        // The text of a reference may stand for another key than the one given.
        if key.0.inner() == Some(reference.raw()) { Ok(key) } else { Err(Reason::NotCanonical.about(&text)) }
    }

    /// Returns the slug of the library.
    pub fn slug(&self) -> &str {
        self.0.field(Slot::SLUG)
    }

    /// Returns the block type.
    pub fn block_type(&self) -> &str {
        self.0.field(Slot::Type)
    }

    /// Returns the path with its ordinal, as written.
    pub fn block_id(&self) -> &str {
        self.0.field(Slot::Id)
    }

    /// Returns the block ids from the outermost block in; there is at least one.
    pub fn path(&self) -> impl Iterator<Item = &str> {
        let path = self.block_id();
        path.split_once('!').map_or(path, |(ids, _)| ids).split('~')
    }

    /// Returns which occurrence of the block in its unit this is, from 1.
    pub fn ordinal(&self) -> u32 {
        self.block_id().split_once('!').and_then(|(_, ordinal)| ordinal.parse().ok()).unwrap_or(1)
    }

    /// Returns the key of the reference block.
    pub fn reference(&self) -> UsageKey {
        // Every key of this form is made around its reference.
        let inner = self.0.inner().unwrap_or(&self.0);
        UsageKey::wrap(inner.clone())
    }

    /// Returns the key as it is after its reference block became `reference`.
    pub fn with_reference(&self, reference: &UsageKey) -> Result<Self, InvalidKey> {
        let path: Vec<&str> = self.path().collect();
        Self::new(self.slug(), self.block_type(), &path, self.ordinal(), reference)
    }
}
