//! Content libraries: `lib:` and `lb:`, with or without the domain of the instance they live on.

use super::key_struct;
use crate::chars::{ASCII_PART, SLUG};
use crate::error::{InvalidKey, Reason};
use crate::form::{Form, Slot};
use crate::grammar::library::is_domain;
use crate::grammar::{self, part, read};
use crate::raw::{Draft, Raw};

key_struct! {
    /// A content library: `lib:ORG:SLUG` or `lib:DOMAIN:ORG:SLUG`.
    LibraryKey, "content libraries", Library, grammar::context
}

key_struct! {
    /// A block in a content library: `lb:ORG:SLUG:TYPE:ID` or `lb:DOMAIN:ORG:SLUG:TYPE:ID`.
    LibraryBlockKey, "blocks of content libraries", LibraryBlock, |input, mode| grammar::usage(input, mode, 0)
}

/// Says whether a slug reads as a version where versions are written `:vN`.
pub(super) fn is_like_version(slug: &str) -> bool {
    slug.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Moves a key to a domain, or makes it local.
fn on_domain(raw: &Raw, domain: Option<&str>) -> Result<Raw, InvalidKey> {
    let moved = raw.draft(raw.form()).with(Slot::DOMAIN, domain).finish("");
    match domain {
        Some(domain) if !is_domain(domain) => {
            Err(Reason::Unsuitable("this is not a lower-case domain name with a dot").about(domain))
        }
        // Parts of keys with a domain have no line feeds, those of local keys may.
        Some(_) if moved.text().contains('\n') => {
            Err(Reason::Unsuitable("a key with a line feed can not have a domain").about(raw.text()))
        }
        _ => moved.checked().map_err(|reason| reason.about(raw.text())),
    }
}

fn localized(raw: &Raw, own: &str) -> Raw {
    if raw.get(Slot::DOMAIN) == Some(own) {
        raw.draft(raw.form()).with(Slot::DOMAIN, None).finish("")
    } else {
        raw.clone()
    }
}

fn globalized(raw: &Raw, own: &str) -> Result<Raw, InvalidKey> {
    if raw.get(Slot::DOMAIN).is_some() { Ok(raw.clone()) } else { on_domain(raw, Some(own)) }
}

impl LibraryKey {
    /// Makes the key of a new library. Stricter than parsing: no line feeds, no slug that reads as a version
    /// (`v5`), at most 255 characters.
    pub fn new(org: &str, slug: &str) -> Result<Self, InvalidKey> {
        let create = || {
            read(org, org, part("an organisation", ASCII_PART))?;
            read(slug, slug, part("a library slug", SLUG))?;
            if is_like_version(slug) {
                return Err(Reason::SlugLikeVersion);
            }
            Draft::new(Form::Library).with(Slot::Org, org).with(Slot::SLUG, slug).finish("").checked_new()
        };
        create().map(Self).map_err(|reason| reason.about(&format!("lib:{org}:{slug}")))
    }

    /// Returns the domain of the instance the library lives on; `None` for this one.
    pub fn domain(&self) -> Option<&str> {
        self.0.get(Slot::DOMAIN)
    }

    /// Returns the organisation.
    pub fn org(&self) -> &str {
        self.0.field(Slot::Org)
    }

    /// Returns the slug.
    pub fn slug(&self) -> &str {
        self.0.field(Slot::SLUG)
    }

    /// Returns the short form of a key on the domain `own`, and any other key as it is.
    pub fn localize(&self, own: &str) -> Self {
        Self(localized(&self.0, own))
    }

    /// Returns the form that may leave the instance on the domain `own`.
    pub fn globalize(&self, own: &str) -> Result<Self, InvalidKey> {
        globalized(&self.0, own).map(Self)
    }

    /// Returns the key of a block in this library. Stricter than parsing: no line feeds, at most 255 characters.
    pub fn block(&self, block_type: &str, id: &str) -> Result<LibraryBlockKey, InvalidKey> {
        let create = || {
            read(block_type, block_type, part("a block type", ASCII_PART))?;
            read(id, id, part("a block id", SLUG))?;
            self.0
                .draft(Form::LibraryBlock)
                .with(Slot::Type, block_type)
                .with(Slot::Id, id)
                .finish("")
                .checked_new()
        };
        create().map(LibraryBlockKey).map_err(|reason| reason.about(&format!("{self}:{block_type}:{id}")))
    }
}

impl LibraryBlockKey {
    /// Returns the library.
    pub fn library(&self) -> LibraryKey {
        LibraryKey(library_of(&self.0))
    }

    /// Returns the organisation.
    pub fn org(&self) -> &str {
        self.0.field(Slot::Org)
    }

    /// Returns the slug of the library.
    pub fn slug(&self) -> &str {
        self.0.field(Slot::SLUG)
    }

    /// Returns the block type.
    pub fn block_type(&self) -> &str {
        self.0.field(Slot::Type)
    }

    /// Returns the id of the block, which is unique among blocks of its type in its library.
    pub fn block_id(&self) -> &str {
        self.0.field(Slot::Id)
    }

    /// Returns the short form of a key on the domain `own`, and any other key as it is.
    pub fn localize(&self, own: &str) -> Self {
        Self(localized(&self.0, own))
    }

    /// Returns the form that may leave the instance on the domain `own`.
    pub fn globalize(&self, own: &str) -> Result<Self, InvalidKey> {
        globalized(&self.0, own).map(Self)
    }
}

/// The library of a block, collection or container.
pub(super) fn library_of(raw: &Raw) -> Raw {
    raw.draft(Form::Library).with(Slot::Type, None).with(Slot::Id, None).finish("")
}
