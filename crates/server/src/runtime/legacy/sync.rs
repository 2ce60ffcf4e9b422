//! Bringing the copies of a `library_content` block up to date with their library (unit-composition §9.2).

use std::collections::{HashMap, HashSet};

use blockstore::{Blockstore as _, Change, Digest};
use bytes::Bytes;
use learning_context::{
    Edit, EditError, NodeId,
    legacy::{Sync, Wanted},
};
use olx::{Element, Node as XmlNode};
use opaque_keys::UsageKey;
use serde_json::{Map, Value};
use xblock::{BlockDecl, Scope};

use super::bank::{self, Bank, Which, content};
use crate::{
    app::App,
    caller::Caller,
    http::error::{ApiError, Code},
    runtime::{
        author::{Editing, changes_of, edit_error},
        find::context_error,
    },
};

/// What the blocks that are copied are called until they get their ids.
const PLACEHOLDER: &str = "copy-";

/// What bringing a bank up to date did.
#[derive(Default)]
pub struct Synced {
    /// The library's key.
    pub library: String,
    /// The version copied.
    pub version: u32,
    /// Copies that are new.
    pub added: Vec<String>,
    /// Copies whose text changed.
    pub updated: Vec<UsageKey>,
    /// Copies that left.
    pub removed: Vec<UsageKey>,
    /// Files of the library that the course has under the same name with other content; those stay.
    pub asset_conflicts: Vec<String>,
}

/// Works out what brings a `library_content` block up to date with the newest version of its library: copies in
/// its order with its text and settings, under the course's own settings, which stay.
///
/// # Errors
/// 422 for other blocks, and where the library is not here; what cannot be edited.
pub async fn sync(app: &App, caller: &Caller, editing: &Editing) -> Result<(Vec<Change>, Synced), ApiError> {
    let structure = &editing.structure;
    let node = structure.node(editing.node);
    if &**node.block_type() != "library_content" {
        let detail = format!("A {} block does not copy its children from a library.", node.block_type());
        return Err(ApiError::problem(Code::CannotEdit, detail));
    }
    let bank = bank::read(app, caller, editing, Which::Newest).await?;
    let sources: Vec<NodeId> = bank.children.wanted.iter().map(|wanted| wanted.source).collect();
    let store = &*app.database;
    let library = Edit::open_with_all_below(store, &bank.library, &sources).await.map_err(context_error)?;
    let edit = Edit::open_with_all_below(store, structure, &[editing.node]).await.map_err(context_error)?;
    let synced = Synced { library: bank.record.key.to_string(), version: bank.version, ..Synced::default() };
    let mut writer = Writer {
        app,
        editing,
        bank: &bank,
        library,
        edit,
        defaults: Map::new(),
        assets: HashMap::new(),
        synced,
    };
    writer.level(editing.node, &bank.children).map_err(edit_error)?;
    let version = match bank.version_name.len() == 24 {
        true => bank.version_name.clone(),
        false => bank.version.to_string(),
    };
    writer.edit.set_attribute(editing.node, "source_library_version", Some(&version)).map_err(edit_error)?;
    writer.put_defaults(node.usage.block_id());
    writer.put_assets().await?;
    Ok((changes_of(writer.edit)?, writer.synced))
}

struct Writer<'a> {
    app: &'a App,
    editing: &'a Editing,
    bank: &'a Bank,
    library: Edit,
    edit: Edit,
    defaults: Map<String, Value>,
    /// Files of copies by name.
    assets: HashMap<String, Digest>,
    synced: Synced,
}

impl Writer<'_> {
    /// Gives a block the children it should have.
    fn level(&mut self, parent: NodeId, sync: &Sync<NodeId, NodeId>) -> Result<(), EditError> {
        let structure = &self.editing.structure;
        for wanted in &sync.wanted {
            if let Some(copy) = wanted.copy {
                self.update(wanted, copy)?;
                self.level(copy, &wanted.below)?;
            }
        }
        for &gone in &sync.gone {
            self.synced.removed.push(structure.node(gone).usage.clone());
            self.edit.remove(gone)?;
        }
        let gone: HashSet<NodeId> = sync.gone.iter().copied().collect();
        let mut there: Vec<Option<NodeId>> = structure
            .node(parent)
            .children
            .iter()
            .filter(|child| !gone.contains(child))
            .map(|&child| Some(child))
            .collect();
        for (at, wanted) in sync.wanted.iter().enumerate() {
            match wanted.copy {
                Some(copy) if there.get(at) == Some(&Some(copy)) => {}
                Some(copy) => {
                    there.retain(|child| *child != Some(copy));
                    self.edit.move_to(copy, parent, Some(at))?;
                    there.insert(at.min(there.len()), Some(copy));
                }
                None => {
                    let element = self.new_copy(wanted)?;
                    self.edit.insert(parent, Some(at), element)?;
                    there.insert(at.min(there.len()), None);
                }
            }
        }
        Ok(())
    }

    /// Returns a new copy with all below it.
    fn new_copy(&mut self, wanted: &Wanted<NodeId, NodeId>) -> Result<Element, EditError> {
        let mut element = self.copied(wanted.source)?;
        self.name(&mut element, wanted);
        Ok(element)
    }

    /// Returns the element of a library block with all below it, under placeholders for ids.
    fn copied(&mut self, source: NodeId) -> Result<Element, EditError> {
        let mut number = 0_u32;
        let mut placeholder = |_: &str| {
            number += 1;
            format!("{PLACEHOLDER}{number}")
        };
        let copied = self.library.copy_with_assets(source, &mut placeholder, false)?;
        self.assets.extend(copied.assets.into_iter().map(|asset| (asset.name, asset.digest)));
        Ok(copied.element)
    }

    /// Gives a new copy and those in it their ids; their settings go beside the bank.
    fn name(&mut self, element: &mut Element, wanted: &Wanted<NodeId, NodeId>) {
        let block_type = self.bank.library.node(wanted.source).block_type();
        let decl = self.app.registry.known(block_type).map(|known| known.decl());
        strip_settings(element, decl);
        element.set_attr("url_name", wanted.id.clone());
        self.synced.added.push(wanted.id.clone());
        self.keep_defaults(wanted);
        let mut below = wanted.below.wanted.iter();
        let children = std::mem::take(&mut element.children);
        element.children = children
            .into_iter()
            .filter_map(|node| match node {
                XmlNode::Element(mut child) if is_placeholder(&child) => {
                    self.name(&mut child, below.next()?);
                    Some(XmlNode::Element(child))
                }
                other => Some(other),
            })
            .collect();
    }

    /// Gives a copy that is there the text and the settings of its source.
    fn update(&mut self, wanted: &Wanted<NodeId, NodeId>, copy: NodeId) -> Result<(), EditError> {
        self.keep_defaults(wanted);
        let node = self.editing.structure.node(copy);
        let decl = self.app.registry.known(node.block_type()).map(|known| known.decl());
        let text = |definition: Option<&std::sync::Arc<xblock::Definition>>| {
            definition.and_then(|definition| content(definition))
        };
        let is_same = text(self.bank.of_copies.get(&copy)) == text(self.bank.of_library.get(&wanted.source));
        if is_same || decl.is_some_and(|decl| decl.has_children) {
            return Ok(());
        }
        let mut source = self.copied(wanted.source)?;
        strip_settings(&mut source, decl);
        self.synced.updated.push(node.usage.clone());
        let body = node.source.files.iter().find(|file| file.path.as_str().ends_with(".html"));
        let element = self.edit.element_mut(copy)?;
        // What is written for authors in another form is that of the old text.
        element.remove_attr("markdown");
        if let (Some(body), "html") = (body, element.name.as_str()) {
            self.edit.put_file(body.path.clone(), Bytes::from(body_of(&source)));
            return Ok(());
        }
        element.children = source.children;
        for attribute in source.attributes.into_iter().filter(|attribute| attribute.name != "url_name") {
            element.set_attr(&attribute.name, attribute.value);
        }
        Ok(())
    }

    fn keep_defaults(&mut self, wanted: &Wanted<NodeId, NodeId>) {
        let Some(definition) = self.bank.of_library.get(&wanted.source) else { return };
        let decl = self.app.registry.known(&definition.block_type).map(|known| known.decl());
        let mut entry: Map<String, Value> = definition
            .fields
            .iter()
            .filter(|(name, _)| is_default(decl, name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let usage = &self.bank.library.node(wanted.source).usage;
        entry.insert("original_usage".to_owned(), usage.to_string().into());
        entry.insert("original_usage_version".to_owned(), self.bank.version_name.as_str().into());
        self.defaults.insert(wanted.id.clone(), entry.into());
    }

    fn put_defaults(&mut self, id: &str) {
        let path = format!("library_content/{}.defaults.json", id.replace(':', "/"));
        let bytes = Bytes::from(format!("{:#}\n", Value::Object(std::mem::take(&mut self.defaults))));
        let before = self.editing.structure.file(&path).map(|asset| asset.digest);
        if let (false, Ok(path)) = (before == Some(Digest::of(&bytes)), path.parse()) {
            self.edit.put_file(path, bytes);
        }
    }

    /// Copies the files that the copies refer to, where the course has none of that name.
    async fn put_assets(&mut self) -> Result<(), ApiError> {
        let mut missing = Vec::new();
        for (name, digest) in std::mem::take(&mut self.assets) {
            match self.editing.structure.file(&format!("static/{name}")) {
                Some(asset) if asset.digest == digest => {}
                Some(_) => self.synced.asset_conflicts.push(name),
                None => missing.push((name, digest)),
            }
        }
        self.synced.asset_conflicts.sort_unstable();
        if missing.is_empty() {
            return Ok(());
        }
        let digests: Vec<Digest> = missing.iter().map(|(_, digest)| *digest).collect();
        let bytes = self.app.database.read(&digests).await.map_err(|e| ApiError::Internal(e.to_string()))?;
        for ((name, _), bytes) in missing.into_iter().zip(bytes) {
            if let Ok(path) = format!("static/{name}").parse() {
                self.edit.put_file(path, bytes);
            }
        }
        Ok(())
    }
}

fn is_placeholder(element: &Element) -> bool {
    element.attr("url_name").is_some_and(|name| name.starts_with(PLACEHOLDER))
}

/// Returns whether a field of a library block is a setting that its copies take.
fn is_default(decl: Option<&BlockDecl>, name: &str) -> bool {
    !matches!(name, "markdown" | "xml_attributes" | "name" | "tags")
        && decl.is_some_and(|decl| decl.field(name).is_some_and(|field| field.scope == Scope::Settings))
}

/// Takes the settings off an element; types without code keep everything.
fn strip_settings(element: &mut Element, decl: Option<&BlockDecl>) {
    element.attributes.retain(|attribute| {
        attribute.name != "markdown" && (attribute.name == "url_name" || !is_default(decl, &attribute.name))
    });
}

/// Returns what is in an `html` element, as it is in a file of its own.
fn body_of(element: &Element) -> String {
    match &element.children[..] {
        [XmlNode::CData(text)] => text.clone(),
        _ => element.inner_xml(),
    }
}
