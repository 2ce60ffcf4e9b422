//! Copying blocks out of a context, complete in one element.

use std::collections::BTreeSet;

use blockstore::Digest;
use bytes::Bytes;
use olx::{Element, Include, Node as XmlNode};
use opaque_keys::UsageKey;
use serde_json::{Map, Value};
use xblock::{
    OlxMode,
    field::{FieldValue, serialize_field},
};

use super::{
    Edit, EditError,
    children::{stands_for, stands_for_a_block},
    copied_settings, forget_meta, is_attribute,
};
use crate::{
    Asset, Node, NodeId,
    course::{defaults, pointer},
    definitions,
};

/// Most blocks copied at once. A library's containers may include one another many times over.
const MOST_BLOCKS: usize = 10_000;
/// Most bytes of what they say, for the same reason.
const MOST_BYTES: usize = 64 << 20;
/// What the addresses of a context's files begin with in content.
const STATIC: &str = "/static/";

/// A copy of a block and of those below it.
#[derive(Clone, Debug)]
pub struct Copied {
    /// The block with everything in it: no pointers, includes, bodies in other files or policy entries.
    pub element: Element,
    /// What was copied, with the new block type and id, parents first.
    pub blocks: Vec<(UsageKey, String, String)>,
    /// The files the copies refer to.
    pub assets: Vec<CopiedAsset>,
    /// Files a course keeps beside its blocks, made for the copies; other contexts have no place for them.
    pub beside: Vec<(String, Bytes)>,
}

/// A file that a copied block refers to as `/static/<name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedAsset {
    /// Place of the block in [`Copied::blocks`].
    pub block: usize,
    /// Its name after `/static/`.
    pub name: String,
    /// Digest of its bytes.
    pub digest: Digest,
}

impl Edit {
    /// Returns a copy of a block and all below it in one element, with fresh ids as `url_name`s; `new_id` makes
    /// one for a block type. Everything authors set is in it, references with their overrides too.
    ///
    /// # Errors
    /// Blocks below that were not opened ([`Edit::open_with_all_below`]) or cannot be read, and more than
    /// 10,000 of them or 64 MiB.
    pub fn copy(
        &mut self,
        node: NodeId,
        new_id: &mut dyn FnMut(&str) -> String,
    ) -> Result<Element, EditError> {
        Ok(self.copy_with_assets(node, new_id, false)?.element)
    }

    /// As [`Edit::copy`], with what was copied. `keep_links` leaves includes of other bundles as they are: for
    /// copies within a library.
    ///
    /// # Errors
    /// As [`Edit::copy`].
    pub fn copy_with_assets(
        &self,
        node: NodeId,
        new_id: &mut dyn FnMut(&str) -> String,
        keep_links: bool,
    ) -> Result<Copied, EditError> {
        let mut copy = Copy {
            edit: self,
            new_id,
            keep_links,
            bytes: 0,
            blocks: Vec::new(),
            assets: Vec::new(),
            beside: Vec::new(),
        };
        let element = copy.block(node)?;
        Ok(Copied { element, blocks: copy.blocks, assets: copy.assets, beside: copy.beside })
    }
}

struct Copy<'a> {
    edit: &'a Edit,
    new_id: &'a mut dyn FnMut(&str) -> String,
    keep_links: bool,
    /// Bytes of the blocks copied so far.
    bytes: usize,
    blocks: Vec<(UsageKey, String, String)>,
    assets: Vec<CopiedAsset>,
    beside: Vec<(String, Bytes)>,
}

impl Copy<'_> {
    fn block(&mut self, id: NodeId) -> Result<Element, EditError> {
        if self.blocks.len() >= MOST_BLOCKS {
            return Err(EditError::TooMany(MOST_BLOCKS));
        }
        let node = self.edit.node(id);
        let mut element = self.whole(id)?;
        self.bytes += bytes_of(&element, self.edit.structure.is_container(node.block_type()));
        if self.bytes > MOST_BYTES {
            return Err(EditError::TooLarge(MOST_BYTES));
        }
        let new_id = (self.new_id)(node.block_type());
        let place = self.blocks.len();
        self.blocks.push((node.usage.clone(), element.name.clone(), new_id.clone()));
        self.keep_assets(place, node, &element);
        element.remove_attr("url_name");
        element.attributes.insert(0, olx::Attribute { name: "url_name".to_owned(), value: new_id });
        if self.edit.structure.is_container(node.block_type()) {
            self.children(node, &mut element)?;
            self.copied_settings(node, place);
        }
        Ok(element)
    }

    /// Puts copies in the place of a container's blocks. What stands for none, because its file is missing or
    /// it is elsewhere already, is left out.
    fn children(&mut self, node: &Node, element: &mut Element) -> Result<(), EditError> {
        let (edit, mode) = (self.edit, node.source.mode);
        let parent = element.name.clone();
        let mut copied = Vec::with_capacity(element.children.len());
        for xml in std::mem::take(&mut element.children) {
            let child = match xml {
                XmlNode::Element(child) if stands_for_a_block(&parent, &child, mode) => child,
                other => {
                    copied.push(other);
                    continue;
                }
            };
            if self.keep_links && Include::from_element(&child).is_ok_and(|include| include.source.is_some())
            {
                copied.push(XmlNode::Element(child));
                continue;
            }
            let is_it = |id: &&NodeId| {
                let below = edit.node(**id);
                !edit.gone.contains(*id)
                    && (stands_for(&child, below) || is_linked_child(node, &child, below))
            };
            if let Some(&id) = node.children.iter().find(is_it) {
                copied.push(XmlNode::Element(self.block(id)?));
            }
        }
        element.children = copied;
        Ok(())
    }

    /// Keeps what the copies below a `library_content` block had in their library, under their new ids.
    fn copied_settings(&mut self, node: &Node, place: usize) {
        let bytes = copied_settings(&self.edit.structure, node).and_then(|(_, of)| self.edit.blobs.get(&of));
        let old: Option<Map<String, Value>> = bytes.and_then(|bytes| serde_json::from_slice(bytes).ok());
        let (Some(old), Some(((_, _, id), below))) = (old, self.blocks[place..].split_first()) else {
            return;
        };
        let entry = |(from, _, to): &(UsageKey, String, String)| {
            Some((to.clone(), old.get(from.block_id())?.clone()))
        };
        let new: Map<String, Value> = below.iter().filter_map(entry).collect();
        self.beside.push((defaults::path(id), Value::Object(new).to_string().into()));
    }

    /// Returns a block's element with what stands in other files, except for its child blocks.
    fn whole(&self, id: NodeId) -> Result<Element, EditError> {
        let (edit, node) = (self.edit, self.edit.node(id));
        let mut element = match edit.element(id) {
            Some(element) => element.clone(),
            None if node.linked.is_some() => self.linked(node)?,
            None => return Err(self.missing(node)),
        };
        element.name = node.block_type().to_string();
        if node.source.mode == OlxMode::V2 {
            return Ok(element);
        }
        self.take_body(node, &mut element);
        for (name, value) in node.source.policy.iter().flat_map(|fields| fields.iter()) {
            forget_meta(&mut element, name);
            if let (true, Some(text)) = (is_attribute(name), attribute_text(value)) {
                element.set_attr(name, text);
            }
        }
        Ok(element)
    }

    fn linked(&self, node: &Node) -> Result<Element, EditError> {
        let bytes = node.source.files.first().and_then(|file| self.edit.blobs.get(&file.digest));
        let bytes = bytes.ok_or_else(|| EditError::NotOpen(node.usage.clone()))?;
        let parsed = definitions::parse(bytes, node.source.mode, &olx::Limits::default());
        parsed.map(|document| document.root).map_err(|error| EditError::Unreadable {
            file: node.source.place.to_string(),
            problem: error.message,
        })
    }

    fn missing(&self, node: &Node) -> EditError {
        let path = match (&node.source.inline, node.source.files.first()) {
            (None, Some(file)) => file.path.as_str(),
            _ => &node.source.place,
        };
        match self.edit.broken.get(path) {
            Some(problem) => EditError::Unreadable { file: path.to_owned(), problem: problem.clone() },
            None => EditError::NotOpen(node.usage.clone()),
        }
    }

    /// Puts what the file of `filename` holds into an element of a course.
    fn take_body(&self, node: &Node, element: &mut Element) {
        if element.attr("filename").is_none() {
            return;
        }
        if let Some(path) = pointer::body_file(element) {
            if let Some(file) = self.edit.files.get(path.as_str()) {
                for attribute in &file.root().attributes {
                    if element.attr(&attribute.name).is_none() {
                        element.set_attr(&attribute.name, attribute.value.clone());
                    }
                }
                element.children.clone_from(&file.root().children);
                element.remove_attr("filename");
            }
            return;
        }
        let body = node.source.files.iter().find(|file| file.path.as_str().ends_with(".html"));
        let bytes = body.and_then(|file| self.edit.blobs.get(&file.digest));
        if let Some(text) = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()) {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            element.children = vec![XmlNode::CData(text.to_owned())];
            element.remove_attr("filename");
        }
    }

    /// Keeps the files a block refers to: of a library block its own, of a course those that it names.
    fn keep_assets(&mut self, block: usize, node: &Node, element: &Element) {
        let structure = &self.edit.structure;
        let mut found: Vec<(String, Asset)> = Vec::new();
        if node.source.mode == OlxMode::V2 {
            found = structure.assets(node);
        } else {
            let names = names_in(element, structure.is_container(node.block_type()));
            found.extend(names.into_iter().filter_map(|name| {
                let asset = structure.asset(node, &name)?;
                Some((name, asset))
            }));
        }
        let assets = found.into_iter().map(|(name, asset)| CopiedAsset { block, name, digest: asset.digest });
        self.assets.extend(assets);
    }
}

/// Whether an include in a linked container is that of a child, whose id has that of its parent in front.
fn is_linked_child(parent: &Node, child: &Element, node: &Node) -> bool {
    parent.linked.is_some()
        && Include::from_element(child).is_ok_and(|include| {
            let base = include.usage.as_deref().unwrap_or(&include.definition_id);
            *include.definition_type == **node.block_type()
                && node.usage.block_id() == format!("{}-{base}", parent.usage.block_id())
        })
}

/// Prints a policy value as the attribute that reads the same.
fn attribute_text(value: &Value) -> Option<String> {
    serialize_field(&FieldValue::from_json(value)).ok()
}

/// Returns the bytes of what an element says, about. `is_container`: what is in it are blocks of their own.
fn bytes_of(element: &Element, is_container: bool) -> usize {
    let mut bytes = 0;
    let mut pending = vec![element];
    while let Some(element) = pending.pop() {
        bytes += element.name.len();
        bytes += element.attributes.iter().map(|a| a.name.len() + a.value.len()).sum::<usize>();
        bytes += element.children.iter().filter_map(XmlNode::as_text).map(str::len).sum::<usize>();
        if !is_container {
            pending.extend(element.child_elements());
        }
    }
    bytes
}

/// Returns the names of files an element may mean: what follows `/static/` anywhere in it, and what a video
/// names without it. `is_container`: only its own attributes count, for its children are blocks.
fn names_in(element: &Element, is_container: bool) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut pending = vec![element];
    while let Some(element) = pending.pop() {
        for attribute in &element.attributes {
            after_static(&attribute.value, &mut names);
            if matches!(attribute.name.as_str(), "src" | "handout" | "track") {
                names.insert(attribute.value.clone());
            }
            if attribute.name == "sub" {
                names.insert(format!("subs_{}.srt.sjson", attribute.value));
            }
            if attribute.name == "transcripts"
                && let Ok(Value::Object(files)) = serde_json::from_str(&attribute.value)
            {
                names.extend(files.values().filter_map(Value::as_str).map(str::to_owned));
            }
        }
        if !is_container {
            for node in &element.children {
                after_static(node.as_text().unwrap_or_default(), &mut names);
            }
            pending.extend(element.child_elements());
        }
    }
    names
}

fn after_static(text: &str, names: &mut BTreeSet<String>) {
    for (at, _) in text.match_indices(STATIC) {
        let rest = &text[at + STATIC.len()..];
        let ends = |c: char| c.is_whitespace() || "\"'<>()?#&;,\\`".contains(c);
        let name = &rest[..rest.find(ends).unwrap_or(rest.len())];
        if !name.is_empty() {
            names.insert(name.to_owned());
        }
    }
}
