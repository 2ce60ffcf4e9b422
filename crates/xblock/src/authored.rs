//! What an author wrote: a block as read from OLX, before it is compiled.

use std::{borrow::Cow, collections::BTreeMap};

use olx::Element;

use crate::{ContentProblem, Fields};

/// Which reading rules apply (xblock-core §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OlxMode {
    /// Learning-context runtime: one `definition.xml` a block.
    V2,
    /// Course import: pointers, policies, inline children.
    V1,
}

impl OlxMode {
    /// Returns a short stable name, used in digests.
    pub fn name(self) -> &'static str {
        match self {
            OlxMode::V2 => "v2",
            OlxMode::V1 => "v1",
        }
    }
}

/// The files a definition may read besides its element (an `html` body, a `discussion` file).
pub trait Files {
    /// Returns a file's bytes by its path in the bundle.
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>>;
}

/// No files at all.
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &str) -> Option<Cow<'_, [u8]>> {
        None
    }
}

impl<B: AsRef<[u8]>> Files for BTreeMap<String, B> {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        self.get(path).map(|b| Cow::Borrowed(b.as_ref()))
    }
}

/// What a block type reads a block from.
pub struct ReadInput<'a> {
    /// Which rules apply.
    pub mode: OlxMode,
    /// The block's element, pointer already resolved.
    pub element: &'a Element,
    /// The block's id, when it has one (course blocks).
    pub url_name: Option<&'a str>,
    /// Other files of the bundle.
    pub files: &'a dyn Files,
    /// The policy entry that overrides attributes, if any.
    pub policy: Option<&'a Fields>,
}

/// A child as written in its parent: an element to be read in turn (inline, pointer or include).
#[derive(Clone, Debug)]
pub struct ChildElement {
    /// The element.
    pub element: Element,
}

/// A block as its author wrote it.
#[derive(Clone, Debug, Default)]
pub struct Authored {
    /// Explicitly set fields, stored JSON form. Unknown attributes are under `xml_attributes` (V1).
    pub fields: Fields,
    /// Children in order; empty for types without children.
    pub children: Vec<ChildElement>,
    /// What was odd but did not stop the reading.
    pub problems: Vec<ContentProblem>,
}
