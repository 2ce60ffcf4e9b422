//! What an import is going to do.

use std::collections::BTreeMap;

use blockstore::FilePath;
use learning_context::ContextKind;
use opaque_keys::{LearningContextKey, UsageKey};

use crate::{Report, source::Blob};

/// The state a learning context is to be brought to. Making one reads and checks everything and writes nothing.
#[derive(Debug)]
pub struct Plan {
    /// The context.
    pub key: LearningContextKey,
    /// What it is.
    pub kind: ContextKind,
    /// Its title, used when it is new.
    pub title: String,
    /// Its description, used when it is new.
    pub description: String,
    /// Other keys it is to be found under.
    pub aliases: Vec<LearningContextKey>,
    /// The name of the version it makes; none takes the store's.
    pub version_name: Option<String>,
    /// Something else that is published under the key stays unless the caller says that it may be replaced.
    pub asks_to_replace: bool,
    /// All files of the published version.
    pub published: BTreeMap<FilePath, Blob>,
    /// Files of the working draft that differ from the published version; none stands for a file that is gone.
    pub draft: BTreeMap<FilePath, Option<Blob>>,
    /// References to libraries, to be checked against what is there.
    pub(crate) references: Vec<Reference>,
    /// What is known so far.
    pub report: Report,
}

/// A block that draws from a library.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    /// The library.
    pub(crate) library: LearningContextKey,
    /// The pinned version.
    pub(crate) version: Option<u32>,
    /// Where the reference is written.
    pub(crate) path: String,
    /// Line in that file.
    pub(crate) line: u32,
    /// Its block id.
    pub(crate) block: (String, String),
}

impl Plan {
    /// Returns the files of the working draft: the published ones with the draft's changes on top.
    pub(crate) fn draft_files(&self) -> BTreeMap<FilePath, Blob> {
        let mut files = self.published.clone();
        for (path, blob) in &self.draft {
            match blob {
                Some(blob) => files.insert(path.clone(), blob.clone()),
                None => files.remove(path),
            };
        }
        files
    }
}

/// Checks that a block id can be a usage key of the context, which content may name in any way.
pub(crate) fn usage(context: &LearningContextKey, block_type: &str, id: &str) -> Result<UsageKey, String> {
    UsageKey::block(context, block_type, id).map_err(|error| error.to_string())
}
