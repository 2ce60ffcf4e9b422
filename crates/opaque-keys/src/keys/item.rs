//! Assets, collections, containers and block types.

use std::borrow::Cow;

use super::course::{course_of, old_html_id, without_version};
use super::library::library_of;
use super::{CourseKey, LibraryKey, UsageKey, key_struct};
use crate::error::InvalidKey;
use crate::form::{Form, PLAIN_FAMILY, Slot};
use crate::grammar;

key_struct! {
    /// A file of a course: `asset-v1:…+type@TYPE+block@PATH`, and the old `/c4x/org/course/type/path`.
    AssetKey, "assets", Asset | C4x, |input, _| grammar::asset(input)
}

key_struct! {
    /// A collection in a content library: `lib-collection:ORG:SLUG:ID`.
    CollectionKey, "collections", Collection, grammar::collection
}

key_struct! {
    /// A unit, subsection or section in a content library: `lct:ORG:SLUG:TYPE:ID`.
    ContainerKey, "containers", Container, grammar::container
}

key_struct! {
    /// A type of block: `block-type-v1:FAMILY:TYPE`, or the bare name of an XBlock type, which may be any text.
    BlockTypeKey, "block types", BlockType | PlainBlockType, |input, _| Ok(grammar::block_type(input))
}

impl AssetKey {
    /// Returns the course, on the same branch and version.
    pub fn course(&self) -> CourseKey {
        course_of(&self.0)
    }

    /// Returns the type of the asset; `None` where the text left it out.
    pub fn asset_type(&self) -> Option<&str> {
        self.0.get(Slot::Type)
    }

    /// Returns the path of the asset, as it is in the key.
    pub fn path(&self) -> &str {
        self.0.field(Slot::Id)
    }

    /// Returns the id of the asset in HTML; not unique across courses.
    pub fn html_id(&self) -> Cow<'_, str> {
        match self.0.form() {
            Form::C4x => Cow::Owned(old_html_id(&self.0)),
            _ => Cow::Borrowed(self.path()),
        }
    }

    /// Returns the key without branch and version.
    pub fn without_branch(&self) -> Result<Self, InvalidKey> {
        without_version(&self.0, false).map(Self)
    }

    /// Returns the key without version, on the same branch.
    pub fn without_version(&self) -> Result<Self, InvalidKey> {
        without_version(&self.0, true).map(Self)
    }
}

impl CollectionKey {
    /// Returns the library.
    pub fn library(&self) -> LibraryKey {
        LibraryKey(library_of(&self.0))
    }

    /// Returns the id of the collection in its library.
    pub fn collection_id(&self) -> &str {
        self.0.field(Slot::Id)
    }
}

impl ContainerKey {
    /// Returns the library.
    pub fn library(&self) -> LibraryKey {
        LibraryKey(library_of(&self.0))
    }

    /// Returns the type of the container: `unit`, `subsection`, `section` or another word.
    pub fn container_type(&self) -> &str {
        self.0.field(Slot::Type)
    }

    /// Returns the id of the container, unique among those of its type in its library.
    pub fn container_id(&self) -> &str {
        self.0.field(Slot::Id)
    }

    /// Returns the usage of the container as a block of its library: `lct:O:L:unit:u` is `lb:O:L:unit:u`.
    ///
    /// # Errors
    /// Parts that are read here but may not stand in the key of a block.
    pub fn usage(&self) -> Result<UsageKey, InvalidKey> {
        UsageKey::library_block(&self.library().into(), self.container_type(), self.container_id())
    }
}

impl BlockTypeKey {
    /// Returns the family: `xblock.v1` for types written without one.
    pub fn family(&self) -> &str {
        match self.0.form() {
            Form::PlainBlockType => PLAIN_FAMILY,
            _ => self.0.field(Slot::Org),
        }
    }

    /// Returns the name of the type.
    pub fn block_type(&self) -> &str {
        self.0.field(Slot::Type)
    }
}
