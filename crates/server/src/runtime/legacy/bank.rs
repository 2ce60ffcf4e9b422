//! A bank with the library its children were copied from.

use std::{collections::HashMap, sync::Arc};

use blockstore::{Blockstore as _, Digest};
use learning_context::{
    ContextRecord, EditError, NodeId, Structure,
    legacy::{Item, Sync, library_context, sync},
};
use olx::{Document, Limits};
use opaque_keys::{LearningContextKey, UsageKey};
use serde::Deserialize;
use serde_json::Value;
use xblock::{Definition, Fields};

use crate::{
    app::App,
    caller::Caller,
    http::error::{ApiError, Code},
    runtime::{
        author::{Editing, edit_error},
        find::{context_error, visible},
    },
};

/// Deepest nesting of copied blocks.
const MAX_DEPTH: usize = 8;
/// Most blocks looked at on either side.
const MOST_BLOCKS: usize = 10_000;

/// A bank in a draft, with its library at one version.
pub(super) struct Bank {
    /// What the author set on it.
    pub(super) fields: Fields,
    /// The library.
    pub(super) record: Arc<ContextRecord>,
    /// The library at the version that is meant.
    pub(super) library: Arc<Structure>,
    /// That version.
    pub(super) version: u32,
    /// Whether it is the one the bank names.
    pub(super) is_named: bool,
    /// The name of the version.
    pub(super) version_name: String,
    /// Its children and those they should be.
    pub(super) children: Sync<NodeId, NodeId>,
    /// Definitions of the library's blocks.
    pub(super) of_library: HashMap<NodeId, Arc<Definition>>,
    /// Definitions of the children.
    pub(super) of_copies: HashMap<NodeId, Arc<Definition>>,
}

/// Which version of the library counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// The newest.
    Newest,
    /// The one the bank names, where it is known.
    Named,
}

/// What is kept of where a copy is from.
#[derive(Deserialize)]
struct Provenance {
    original_usage: Option<String>,
}

/// Reads a bank, in a number of statements that does not depend on the number of its children.
///
/// # Errors
/// 422 for blocks that are no banks or name no library, and where the library is not here or may not be read.
pub(super) async fn read(
    app: &App,
    caller: &Caller,
    editing: &Editing,
    which: Which,
) -> Result<Bank, ApiError> {
    let structure = &editing.structure;
    let node = structure.node(editing.node);
    let below = with_below(structure, &node.children);
    let mut sources = vec![Arc::clone(&node.source)];
    sources.extend(below.iter().map(|&id| Arc::clone(&structure.node(id).source)));
    let mut definitions = app.definitions.load(&sources).await.map_err(context_error)?;
    let fields = definitions.remove(0).fields.clone();
    let of_copies: HashMap<NodeId, Arc<Definition>> = below.into_iter().zip(definitions).collect();

    let origins = origins(app, structure, editing.node, &of_copies).await?;
    let key = library_of(node.block_type(), &fields, &origins)?;
    let record = visible(app, caller, &key).await?.filter(|record| record.latest_version > 0);
    let record = record.ok_or_else(|| missing(&key))?;
    let versions =
        app.database.versions(record.bundle).await.map_err(|e| ApiError::Internal(e.to_string()))?;
    let wanted = text(&fields, "source_library_version").unwrap_or_default();
    let named = versions.iter().find(|version| {
        !wanted.is_empty() && (version.name == wanted || version.number.to_string() == wanted)
    });
    let newest = versions.iter().max_by_key(|version| version.number);
    let chosen = if which == Which::Named { named.or(newest) } else { newest };
    let chosen = chosen.ok_or_else(|| missing(&key))?;
    let library = app.contexts.version(&record, chosen.number).await.map_err(context_error)?;

    let mut blocks = match &**node.block_type() {
        "itembank" => linked(&node.children, &origins, &record, &library),
        _ => in_order(app, &library).await?,
    };
    if let Some(tag) = text(&fields, "capa_type").filter(|tag| !tag.is_empty() && tag != "any") {
        let tags = library.response_tags(&app.definitions).await.map_err(context_error)?;
        blocks.retain(|&id| &**library.node(id).block_type() == "problem" && tags.has(id, &tag));
    }
    let all = with_below(&library, &blocks);
    let sources: Vec<_> = all.iter().map(|&id| Arc::clone(&library.node(id).source)).collect();
    let definitions = app.definitions.load(&sources).await.map_err(context_error)?;
    let of_library: HashMap<NodeId, Arc<Definition>> = all.into_iter().zip(definitions).collect();

    let none = HashMap::new();
    let sources = items(&Tree { structure: &library, definitions: &of_library, origins: &none }, &blocks)?;
    let copies = items(&Tree { structure, definitions: &of_copies, origins: &origins }, &node.children)?;
    let children = sync(&library_context(&key), node.usage.block_id(), &sources, &copies);
    Ok(Bank {
        fields,
        version: chosen.number,
        is_named: named.is_some_and(|named| named.number == chosen.number),
        version_name: chosen.name.clone(),
        record,
        library,
        children,
        of_library,
        of_copies,
    })
}

/// Where a copy is from.
pub(super) struct Origin {
    library: LearningContextKey,
    block_type: String,
    id: String,
}

impl Origin {
    fn of(key: &str) -> Option<Self> {
        let key: UsageKey = key.parse().ok()?;
        let (library, block_type, id) =
            (key.context_key(), key.block_type()?.to_owned(), key.block_id().to_owned());
        Some(Origin { library: library.without_branch().ok()?, block_type, id })
    }

    fn is_in(&self, record: &ContextRecord) -> bool {
        self.library == record.key
    }
}

/// Returns where the copies are from, as far as it was kept: in `upstream`, or beside the bank.
async fn origins(
    app: &App,
    structure: &Structure,
    bank: NodeId,
    copies: &HashMap<NodeId, Arc<Definition>>,
) -> Result<HashMap<NodeId, Origin>, ApiError> {
    let node = structure.node(bank);
    let beside = format!("library_content/{}.defaults.json", node.usage.block_id().replace(':', "/"));
    let kept: HashMap<String, Provenance> = match structure.file(&beside) {
        None => HashMap::new(),
        Some(asset) => {
            let read = app.database.read(&[asset.digest]).await;
            let bytes = read.map_err(|e| ApiError::Internal(e.to_string()))?;
            bytes.first().and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default()
        }
    };
    let origin = |(&id, definition): (&NodeId, &Arc<Definition>)| {
        let beside = || kept.get(structure.node(id).usage.block_id())?.original_usage.clone();
        Some((id, Origin::of(&text(&definition.fields, "upstream").or_else(beside)?)?))
    };
    Ok(copies.iter().filter_map(origin).collect())
}

/// Returns the library's blocks that the children of a bank were copied from, in the order of the children.
fn linked(
    children: &[NodeId],
    origins: &HashMap<NodeId, Origin>,
    record: &ContextRecord,
    library: &Structure,
) -> Vec<NodeId> {
    let mut blocks = Vec::with_capacity(children.len());
    for origin in children.iter().filter_map(|child| origins.get(child)).filter(|origin| origin.is_in(record))
    {
        let usage = UsageKey::library_block(&record.key, &origin.block_type, &origin.id);
        let found = usage.ok().and_then(|usage| library.find(&usage));
        blocks.extend(found.filter(|id| !blocks.contains(id)));
    }
    blocks
}

/// Returns the library a bank draws from: the one it names, or the one all its linked children are from.
fn library_of(
    block_type: &str,
    fields: &Fields,
    origins: &HashMap<NodeId, Origin>,
) -> Result<LearningContextKey, ApiError> {
    let refused = |why: String| Err(ApiError::problem(Code::CannotEdit, why));
    match block_type {
        "library_content" => {
            match text(fields, "source_library_id").map(|key| key.parse::<LearningContextKey>()) {
                Some(Ok(key)) => Ok(key.without_branch().unwrap_or(key)),
                Some(Err(error)) => refused(format!("source_library_id: {error}")),
                None => refused("A library has not yet been selected.".to_owned()),
            }
        }
        "itembank" => {
            let mut libraries: Vec<_> = origins.values().map(|origin| &origin.library).collect();
            libraries.sort_unstable();
            libraries.dedup();
            match libraries[..] {
                [library] => Ok(library.clone()),
                [] => refused("None of its blocks is from a library.".to_owned()),
                _ => refused("Its blocks are from several libraries.".to_owned()),
            }
        }
        other => refused(format!("A {other} block has no copies of library blocks.")),
    }
}

fn missing(key: &LearningContextKey) -> ApiError {
    let detail = format!("Library is invalid, corrupt, or has been deleted. ({key})");
    ApiError::problem(Code::Unsavable("library_missing"), detail)
}

/// Returns the blocks of a library that stand in no other, in the order it was given.
async fn in_order(app: &App, library: &Structure) -> Result<Vec<NodeId>, ApiError> {
    #[derive(Default, Deserialize)]
    struct LibraryFile {
        #[serde(default)]
        order: Vec<String>,
    }
    let mut order = LibraryFile::default();
    if let Some(asset) = library.file("library.json") {
        let read = app.database.read(&[asset.digest]).await.map_err(|e| ApiError::Internal(e.to_string()))?;
        order = read.first().and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default();
    }
    let places: HashMap<&str, usize> =
        order.order.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let mut blocks: Vec<NodeId> = library.blocks().filter(|&id| library.node(id).parent.is_none()).collect();
    blocks.sort_by_key(|&id| {
        let node = library.node(id);
        let name = format!("{}/{}", node.block_type(), node.usage.block_id());
        places.get(name.as_str()).copied().unwrap_or(usize::MAX)
    });
    Ok(blocks)
}

/// Returns some blocks and all below them, each once.
fn with_below(structure: &Structure, roots: &[NodeId]) -> Vec<NodeId> {
    let mut met = std::collections::HashSet::new();
    let mut pending: Vec<NodeId> = roots.iter().rev().copied().collect();
    let mut all = Vec::new();
    while let Some(id) = pending.pop() {
        if met.insert(id) {
            all.push(id);
            pending.extend(structure.node(id).children.iter().rev());
        }
    }
    all
}

/// Blocks of one context with what is known of them.
struct Tree<'a> {
    structure: &'a Structure,
    definitions: &'a HashMap<NodeId, Arc<Definition>>,
    origins: &'a HashMap<NodeId, Origin>,
}

/// Returns blocks with all below them, those that stand in several others once in each.
///
/// # Errors
/// 422 for too many: blocks may include one another in more ways than anyone can walk.
fn items(tree: &Tree<'_>, ids: &[NodeId]) -> Result<Vec<Item<NodeId>>, ApiError> {
    let mut left = MOST_BLOCKS;
    let items = tree.items(ids, 1, &mut left);
    items.ok_or_else(|| edit_error(EditError::TooMany(MOST_BLOCKS)))
}

impl Tree<'_> {
    /// `None` when there are more than are `left`.
    fn items(&self, ids: &[NodeId], depth: usize, left: &mut usize) -> Option<Vec<Item<NodeId>>> {
        ids.iter().map(|&id| self.item(id, depth, left)).collect()
    }

    fn item(&self, id: NodeId, depth: usize, left: &mut usize) -> Option<Item<NodeId>> {
        *left = left.checked_sub(1)?;
        let node = self.structure.node(id);
        let children = if depth < MAX_DEPTH { node.children.as_slice() } else { &[] };
        Some(Item {
            node: id,
            block_type: node.block_type().to_string(),
            id: node.usage.block_id().to_owned(),
            content: self.definitions.get(&id).and_then(|definition| content(definition)),
            origin: self.origins.get(&id).map(|origin| (origin.block_type.clone(), origin.id.clone())),
            children: self.items(children, depth + 1, left)?,
        })
    }
}

/// Returns what names the content of a block, whatever the white space it is laid out with. The text of a problem is
/// its whole element, on which settings of a library block may stand; they are no content.
pub(super) fn content(definition: &Definition) -> Option<[u8; 20]> {
    let data = definition.fields.get("data")?.as_str()?;
    let element = Document::parse(data, &Limits::default()).ok().map(|document| document.root);
    let inner = element.filter(|root| *root.name == *definition.block_type).map(|root| root.inner_xml());
    let text: String = inner.as_deref().unwrap_or(data).chars().filter(|c| !c.is_whitespace()).collect();
    (!text.is_empty()).then(|| *Digest::of(text.as_bytes()).as_bytes())
}

/// Returns a field as text; types that do not declare it keep it among their unknown attributes.
pub(super) fn text(fields: &Fields, name: &str) -> Option<String> {
    let value = fields.get(name).or_else(|| fields.get("xml_attributes")?.get(name))?;
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty() && text != "None"),
        other => Some(other.to_string()),
    }
}
