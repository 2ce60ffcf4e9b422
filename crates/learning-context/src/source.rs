//! Where a definition is read from, and what names it.

use std::{collections::HashMap, sync::Arc};

use blockstore::{Digest, FilePath};
use xblock::{Fields, OlxMode};

/// A file a definition is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path in the bundle.
    pub path: FilePath,
    /// Digest of its bytes.
    pub digest: Digest,
}

/// OLX that stands inside the file of another block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inline {
    /// The block's element, printed; without its child blocks.
    pub olx: Arc<str>,
    /// Line of the element in the file it stands in, from 1.
    pub line: u32,
    /// Byte offset of the element in that file, which is what tells it from others on the same line.
    pub offset: usize,
}

/// Everything a definition is read from. Sources with equal digests give equal definitions, so definitions
/// are cached under it, also across contexts.
#[derive(Clone, Debug)]
pub struct DefinitionSource {
    /// Names all of the below but `place`.
    pub digest: [u8; 20],
    /// Block type as written, also when no such type is registered.
    pub block_type: Arc<str>,
    /// Which reading rules apply.
    pub mode: OlxMode,
    /// The block's element when it stands in its parent's file; else it is the root of the first of `files`.
    pub inline: Option<Inline>,
    /// The definition's own file first, unless it is inline; then the other files it may read.
    pub files: Box<[SourceFile]>,
    /// The policy entry that goes over its attributes (courses).
    pub policy: Option<Arc<Fields>>,
    /// Its id, where reading depends on it (courses).
    pub url_name: Option<Arc<str>>,
    /// The file named in problems.
    pub place: Arc<str>,
}

/// A source without its digest.
#[derive(Debug)]
pub(crate) struct SourceParts {
    pub(crate) block_type: Arc<str>,
    pub(crate) mode: OlxMode,
    pub(crate) inline: Option<Inline>,
    pub(crate) files: Vec<SourceFile>,
    pub(crate) policy: Option<Arc<Fields>>,
    pub(crate) url_name: Option<Arc<str>>,
    pub(crate) place: Arc<str>,
}

impl SourceParts {
    /// Names the source. Library files count by content only, so that equal blocks of different libraries
    /// share one definition; course files count with their paths, since elements name files.
    pub(crate) fn finish(self) -> Arc<DefinitionSource> {
        let mut text = Vec::with_capacity(128);
        let mut part = |bytes: &[u8]| {
            text.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            text.extend_from_slice(bytes);
        };
        part(self.mode.name().as_bytes());
        part(self.block_type.as_bytes());
        part(self.url_name.as_deref().unwrap_or_default().as_bytes());
        part(self.inline.as_ref().map_or("", |i| &*i.olx).as_bytes());
        for file in &self.files {
            if self.mode == OlxMode::V1 {
                part(file.path.as_str().as_bytes());
            }
            part(file.digest.as_bytes());
        }
        if let Some(policy) = &self.policy {
            part(xblock::field::json_text(&serde_json::Value::Object((**policy).clone())).as_bytes());
        }
        Arc::new(DefinitionSource {
            digest: *Digest::of(&text).as_bytes(),
            block_type: self.block_type,
            mode: self.mode,
            inline: self.inline,
            files: self.files.into(),
            policy: self.policy,
            url_name: self.url_name,
            place: self.place,
        })
    }
}

/// Keeps one copy of texts that recur in a structure: block types, file names, asset folders.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashMap<Box<str>, Arc<str>>);

impl Texts {
    pub(crate) fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.0.insert(text.into(), Arc::clone(&new));
        new
    }
}
