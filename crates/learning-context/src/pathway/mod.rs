//! Pathways: `lx-pathway:` contexts, lists of blocks of other contexts in an order of their own
//! (unit-composition §10, learning-context-plugin §3).
//!
//! A pathway is the file `pathway.json` of a bundle: its working draft and its newest version are the draft and
//! the published state. Each item becomes a reference to exactly one library block (unit-composition §1.3, use
//! case 1), so that whatever composes units composes items.

mod document;

use std::sync::Arc;

use async_trait::async_trait;
use blockstore::{Blockstore, FilePath};
use olx::Element;
use serde_json::Value;
use xblock::{Fields, OlxMode, Severity};

use crate::{
    ContextError, ContextKind, ContextRecord, Inline, LearningContext, ResolvedAt, Structure,
    blobs::read_all,
    library::bundle_state,
    source::{SourceParts, Texts},
    structure::{FileList, Node, StructureBuilder},
};

pub use document::{InvalidPathway, MAX_ITEMS, PathwayDocument, PathwayItem};

/// The file that holds a pathway.
const FILE: &str = "pathway.json";
/// The block type of items: a reference.
const REFERENCE: &str = "lib_ref";

/// The plugin of pathways.
pub struct PathwayContext {
    store: Arc<dyn Blockstore>,
}

impl PathwayContext {
    /// Returns the plugin.
    pub fn new(store: Arc<dyn Blockstore>) -> Self {
        PathwayContext { store }
    }
}

/// Returns the path of the file that holds a pathway.
pub fn pathway_file() -> FilePath {
    FILE.parse().expect("a constant path is valid")
}

/// Reads the document of a pathway at a state, with two reads; an empty one where nothing was saved.
///
/// # Errors
/// [`ContextError::InvalidContent`] for a file that is no pathway; storage failures.
pub async fn read_pathway(
    store: &dyn Blockstore,
    record: &ContextRecord,
    at: ResolvedAt,
) -> Result<PathwayDocument, ContextError> {
    let invalid = |problem: String| ContextError::InvalidContent {
        key: record.key.clone(),
        problem: format!("{FILE}: {problem}"),
    };
    let pathway = record.key.as_pathway().ok_or_else(|| invalid("the key names no pathway".to_owned()))?;
    let Some(file) = store.file(record.bundle, &bundle_state(at), &pathway_file()).await? else {
        return Ok(PathwayDocument::default());
    };
    let blobs = read_all(store, [file.digest]).await?;
    let bytes = blobs.get(&file.digest).ok_or_else(|| invalid("its content is missing".to_owned()))?;
    PathwayDocument::from_bytes(pathway, bytes).map_err(|error| invalid(error.to_string()))
}

#[async_trait]
impl LearningContext for PathwayContext {
    fn namespace(&self) -> &'static str {
        "lx-pathway"
    }

    async fn structure(&self, record: &ContextRecord, at: ResolvedAt) -> Result<Structure, ContextError> {
        let files = Arc::new(FileList::default());
        let key = record.key.clone();
        let mut builder = StructureBuilder::new(key, ContextKind::Pathway, record.bundle, at, files);
        let document = match read_pathway(&*self.store, record, at).await {
            Ok(document) => document,
            Err(ContextError::InvalidContent { problem, .. }) => {
                builder.report(Severity::Error, "definition_unreadable", FILE, 1, problem);
                PathwayDocument::default()
            }
            Err(other) => return Err(other),
        };
        let (mut texts, inherited) = (Texts::default(), Arc::new(Fields::new()));
        let items = document.items.iter().map(|item| {
            let source = SourceParts {
                block_type: texts.get(REFERENCE),
                mode: OlxMode::V1,
                inline: Some(Inline { olx: reference(item).into(), line: 1, offset: 0 }),
                files: Vec::new(),
                policy: None,
                url_name: None,
                place: texts.get(FILE),
            };
            builder.add(Node {
                usage: item.usage.clone(),
                source: source.finish(),
                parent: None,
                children: Vec::new(),
                inherited: Arc::clone(&inherited),
                linked: None,
            })
        });
        let items: Vec<_> = items.collect();
        Ok(builder.finish(items.clone(), items))
    }
}

/// Prints an item as the reference it is.
fn reference(item: &PathwayItem) -> String {
    let mut element = Element::new(REFERENCE);
    for (name, value) in item.settings() {
        let text = match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        // Two characters may stand in JSON, but not in XML.
        element.set_attr(&name, text.replace('\u{FFFE}', "\\ufffe").replace('\u{FFFF}', "\\uffff"));
    }
    element.outer_xml()
}
