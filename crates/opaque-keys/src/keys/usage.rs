//! Usages: blocks in their contexts.

use std::borrow::Cow;

use super::course::course_of;
use super::library::library_of;
use super::{
    CourseBlockKey, Key, LearningContextKey, LibRefKey, LibraryBlockKey, PathwayBlockKey, key_enum,
    key_struct,
};
use crate::error::{InvalidKey, Reason};
use crate::form::{Form, Slot};
use crate::grammar;
use crate::raw::Raw;

key_struct! {
    /// An aside: something of the type `aside_type` beside the block of a usage.
    AsideUsageKey, "asides of usages", AsideUsageV1 | AsideUsageV2, |input, mode| grammar::usage(input, mode, 0)
}

key_enum! {
    /// The key of a usage: a block in a learning context.
    UsageKey, "usages", |input, mode| grammar::usage(input, mode, 0),
    /// A block in a content library.
    Library(LibraryBlockKey),
    /// A block in a course.
    Course(CourseBlockKey),
    /// A library block used through a reference block.
    LibRef(LibRefKey),
    /// An item of a pathway.
    Pathway(PathwayBlockKey);
    /// An aside of a usage.
    Aside(AsideUsageKey)
}

impl AsideUsageKey {
    /// Returns the usage the aside belongs to.
    pub fn usage(&self) -> UsageKey {
        // Every key of this form is made around its usage.
        UsageKey::wrap(self.0.inner().unwrap_or(&self.0).clone())
    }

    /// Returns the type of the aside, which may be empty.
    pub fn aside_type(&self) -> &str {
        self.0.field(Slot::ASIDE)
    }
}

/// The key that says block type and id: an aside has those of its usage.
fn subject(raw: &Raw) -> &Raw {
    match (raw.form(), raw.inner()) {
        (Form::AsideUsageV1 | Form::AsideUsageV2, Some(usage)) => subject(usage),
        _ => raw,
    }
}

fn context_of(raw: &Raw) -> LearningContextKey {
    match (raw.form(), raw.inner()) {
        (_, Some(inner)) => context_of(inner),
        (Form::LibraryBlock, None) => LearningContextKey::wrap(library_of(raw)),
        (Form::PathwayBlock, None) => PathwayBlockKey(raw.clone()).pathway().into(),
        (_, None) => course_of(raw).into(),
    }
}

impl UsageKey {
    /// Returns the key of a block in a library; see [`LibraryKey::block`](super::LibraryKey::block).
    pub fn library_block(
        library: &LearningContextKey,
        block_type: &str,
        id: &str,
    ) -> Result<Self, InvalidKey> {
        match library {
            LearningContextKey::Library(key) => key.block(block_type, id).map(Self::Library),
            other => Err(Reason::Unsuitable("this is not a content library").about(other.as_str())),
        }
    }

    /// Returns the key of a block in a course; see [`CourseKey::block`](super::CourseKey::block).
    pub fn course_block(course: &LearningContextKey, block_type: &str, id: &str) -> Result<Self, InvalidKey> {
        match course {
            LearningContextKey::Course(key) => key.block(block_type, id).map(Self::Course),
            other => Err(Reason::Unsuitable("this is not a course").about(other.as_str())),
        }
    }

    /// Returns the key of a block in a library or a course.
    pub fn block(context: &LearningContextKey, block_type: &str, id: &str) -> Result<Self, InvalidKey> {
        match context {
            LearningContextKey::Library(key) => key.block(block_type, id).map(Self::Library),
            LearningContextKey::Course(key) => key.block(block_type, id).map(Self::Course),
            LearningContextKey::Pathway(key) => {
                Err(Reason::Unsuitable("this is neither a library nor a course").about(key.as_str()))
            }
        }
    }

    /// Returns the key of a library block used through a reference block; see [`LibRefKey::new`].
    pub fn lib_ref(
        slug: &str,
        block_type: &str,
        path: &[&str],
        ordinal: u32,
        reference: &UsageKey,
    ) -> Result<Self, InvalidKey> {
        LibRefKey::new(slug, block_type, path, ordinal, reference).map(Self::LibRef)
    }

    /// Returns the block type; `None` where the text of a course block left it out.
    pub fn block_type(&self) -> Option<&str> {
        subject(self.raw()).get(Slot::Type)
    }

    /// Returns the id of the block in its context; of an `lb-ref:` key the path with its ordinal.
    pub fn block_id(&self) -> &str {
        subject(self.raw()).field(Slot::Id)
    }

    /// Returns the learning context. That of an `lb-ref:` key is the context of its reference block.
    pub fn context_key(&self) -> LearningContextKey {
        context_of(self.raw())
    }

    /// Returns the id of the block in HTML. That of course blocks is not unique across courses.
    pub fn html_id(&self) -> Cow<'_, str> {
        match self {
            Self::Course(key) => key.html_id(),
            _ => Cow::Borrowed(self.as_str()),
        }
    }

    /// Returns the key without branch and version. Keys that never have one are returned as they are.
    pub fn without_branch(&self) -> Result<Self, InvalidKey> {
        match self {
            Self::Course(key) => key.without_branch().map(Self::Course),
            _ => Ok(self.clone()),
        }
    }

    /// Returns the key of the same block in another course. Library blocks and pathway items stay in theirs,
    /// so only their own context is accepted; an `lb-ref:` key follows its reference block.
    pub fn map_into_course(&self, context: &LearningContextKey) -> Result<Self, InvalidKey> {
        match (self, context) {
            (Self::Course(key), LearningContextKey::Course(course)) => {
                key.map_into_course(course).map(Self::Course)
            }
            (Self::LibRef(key), _) => {
                key.with_reference(&key.reference().map_into_course(context)?).map(Self::LibRef)
            }
            (Self::Library(_) | Self::Pathway(_), _) if self.context_key() == *context => Ok(self.clone()),
            _ => {
                Err(Reason::Unsuitable("this usage can not be moved into that context").about(self.as_str()))
            }
        }
    }

    /// Returns the library block this is, if it is one.
    pub fn as_library_block(&self) -> Option<&LibraryBlockKey> {
        match self {
            Self::Library(key) => Some(key),
            _ => None,
        }
    }

    /// Returns the use of a library block through a reference this is, if it is one.
    pub fn as_lib_ref(&self) -> Option<&LibRefKey> {
        match self {
            Self::LibRef(key) => Some(key),
            _ => None,
        }
    }

    /// Returns the item of a pathway, or the block inside one, that this is, if it is one.
    pub fn as_pathway_block(&self) -> Option<&PathwayBlockKey> {
        match self {
            Self::Pathway(key) => Some(key),
            _ => None,
        }
    }
}
