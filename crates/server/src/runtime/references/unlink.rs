//! Severing a reference: what it draws from becomes blocks of the course (unit-composition §8, §12 check 9).

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use actix_web::http::header::HeaderMap;
use blockstore::{Blockstore as _, Digest};
use compositor::{Availability, Library, PoolListing};
use learning_context::{AliasStore as _, Edit, EditError, Structure, UsageAlias};
use olx::{Element, Node as XmlNode};
use opaque_keys::UsageKey;
use serde_json::Value;
use xblock::{
    Fields,
    field::{FieldValue, serialize_field},
};

use super::{
    Referred,
    save::{open, revise},
};
use crate::{
    app::App,
    caller::Caller,
    http::error::ApiError,
    runtime::{
        author::{self, changes_of, edit_error, new_id},
        find::context_error,
    },
};

/// Most blocks put in the place of one reference.
const MOST_BLOCKS: usize = 10_000;
/// The type of what goes on choosing for learners.
const BANK: &str = "itembank";

/// What became of a reference.
pub struct Unlinked {
    /// The blocks that stand in its place.
    pub blocks: Vec<UsageKey>,
    /// The settings it had.
    pub previous: Fields,
}

/// Puts blocks of the course in the place of a reference: all of its pool in order, or, where each learner is
/// given some of it, a bank with the pool in it. Ids of blocks stay where the course has no such block,
/// overrides are folded in, files are copied. The old keys become aliases, so that what learners did moves along
/// when it is published. A reference whose library is not here becomes an empty bank that keeps what was written
/// of it.
///
/// # Errors
/// As saving settings.
pub async fn unlink(
    app: &App,
    caller: &Caller,
    usage: &UsageKey,
    headers: &HeaderMap,
) -> Result<Unlinked, ApiError> {
    revise(app, caller, usage, headers, async |referred| {
        let mut edit = open(app, &referred.structure, &[referred.node]).await?;
        let mut copy = Copying::new(app, referred);
        let elements = match &referred.availability {
            Availability::Here(library) => {
                let elements = copy.elements(library).await?;
                copy.put_files(&mut edit).await?;
                elements
            }
            _ => vec![severed(&edit, referred)],
        };
        let key = |element: &Element| copy.usage(&element.name, element.attr("url_name")?);
        let blocks: Vec<UsageKey> = elements.iter().filter_map(key).collect();
        if let [bank] = &blocks[..]
            && bank.block_type() == Some(BANK)
            // A bank without blocks has no use for a draw; it stays where it is should the reference return.
            && !copy.aliases.is_empty()
        {
            let usage = referred.usage.clone();
            copy.aliases.push(UsageAlias { alias: bank.clone(), usage, source: None });
        }
        // Before the draft: once the reference is gone, nothing else tells what its blocks became.
        app.database.put_aliases(&referred.record.key, &copy.aliases).await.map_err(context_error)?;
        edit.replace(referred.node, elements).map_err(edit_error)?;
        Ok((changes_of(edit)?, Unlinked { blocks, previous: referred.settings().clone() }))
    })
    .await
}

/// Returns the bank that stands in the place of a reference, empty, with its name and how many it shows.
fn bank(referred: &Referred) -> Element {
    let mut bank = Element::new(BANK).with_attr("url_name", referred.usage.block_id());
    if let Some(title) = referred.settings().get("display_name").and_then(Value::as_str) {
        bank.set_attr("display_name", title);
    }
    bank.set_attr("max_count", referred.reference.count.to_string());
    if referred.reference.allow_reset {
        bank.set_attr("allow_resetting_children", "true");
    }
    if let Some(library) = &referred.reference.library {
        bank.set_attr("copied_from_block", library.to_string());
    }
    bank
}

/// Returns what is left of a reference without its library: everything that was written but the link.
fn severed(edit: &Edit, referred: &Referred) -> Element {
    let mut bank = bank(referred);
    let written = edit.element(referred.node).map(|element| &element.attributes[..]).unwrap_or_default();
    let link = ["library_key", "library_version", "declined_version", "count"];
    for attribute in written.iter().filter(|attribute| !link.contains(&&*attribute.name)) {
        if bank.attr(&attribute.name).is_none() {
            bank.set_attr(&attribute.name, attribute.value.clone());
        }
    }
    bank
}

/// A block of a library and what it becomes.
struct Kept {
    /// The id it has from now on.
    id: String,
    /// What it is copied from.
    from: UsageKey,
    /// Its overrides, the highest level first.
    overrides: Vec<Arc<Fields>>,
    /// The files it names.
    assets: Vec<(String, Digest)>,
}

/// Blocks of a library on their way into another context.
struct Copying<'a> {
    app: &'a App,
    referred: &'a Referred,
    taken: HashSet<(String, String)>,
    /// Files to be put, by path.
    files: BTreeMap<String, Digest>,
    /// The keys of the copies with those they had through the reference.
    aliases: Vec<UsageAlias>,
    /// How often each path occurred below the reference (unit-composition §3.2).
    times: HashMap<(String, String), u32>,
}

impl<'a> Copying<'a> {
    fn new(app: &'a App, referred: &'a Referred) -> Self {
        let (taken, files, aliases, times) = Default::default();
        Copying { app, referred, taken, files, aliases, times }
    }

    async fn elements(&mut self, library: &Library) -> Result<Vec<Element>, ApiError> {
        let reference = &self.referred.reference;
        let pool = PoolListing::new(&self.referred.usage, reference, library, &self.app.registry);
        let source = author::open(self.app, &library.structure, &pool.nodes()).await?;
        let (mut copies, mut number) = (Vec::new(), 0);
        for node in pool.nodes() {
            let mut fresh = |_: &str| new_id(self.app);
            let copied = source.copy_with_assets(node, &mut fresh, false).map_err(edit_error)?;
            number += copied.blocks.len();
            if number > MOST_BLOCKS {
                return Err(edit_error(EditError::TooMany(MOST_BLOCKS)));
            }
            let mut element = copied.element;
            let mut blocks = HashMap::new();
            for (at, (from, block_type, made)) in copied.blocks.iter().enumerate() {
                let own = copied.assets.iter().filter(|asset| asset.block == at);
                let kept = Kept {
                    id: self.id(from, block_type, made),
                    from: from.clone(),
                    overrides: library
                        .structure
                        .find(from)
                        .map(|node| pool.overrides(node))
                        .unwrap_or_default(),
                    assets: own.map(|asset| (asset.name.clone(), asset.digest)).collect(),
                };
                blocks.insert(made.clone(), kept);
            }
            self.settle(&mut element, &blocks, &mut Vec::new());
            element.set_attr("copied_from_block", library.structure.node(node).usage.to_string());
            copies.push(element);
        }
        if reference.count < 0 && !reference.shuffle {
            return Ok(copies);
        }
        let mut bank = bank(self.referred);
        bank.children = copies.into_iter().map(XmlNode::Element).collect();
        Ok(vec![bank])
    }

    /// Returns the id of a copy: its own, unless the course has such a block.
    fn id(&mut self, from: &UsageKey, block_type: &str, fresh: &str) -> String {
        let structure = &self.referred.structure;
        let own = from.block_id();
        let is_free = |structure: &Structure, usage: &UsageKey| {
            structure.find(usage).is_none()
                && structure.file(&format!("{block_type}/{own}.xml")).is_none()
                && structure.file(&format!("{block_type}/{own}/definition.xml")).is_none()
        };
        let is_free = self.usage(block_type, own).is_some_and(|usage| is_free(structure, &usage));
        match is_free && self.taken.insert((block_type.to_owned(), own.to_owned())) {
            true => own.to_owned(),
            false => fresh.to_owned(),
        }
    }

    /// Returns the key of a block in the context that is edited.
    fn usage(&self, block_type: &str, id: &str) -> Option<UsageKey> {
        UsageKey::block(&self.referred.record.key, block_type, id).ok()
    }

    /// Gives the blocks in an element their ids, overrides and files, and notes the keys they had. `path` holds
    /// the ids of the library blocks around it.
    fn settle<'k>(
        &mut self,
        element: &mut Element,
        blocks: &'k HashMap<String, Kept>,
        path: &mut Vec<&'k str>,
    ) {
        let kept = element.attr("url_name").and_then(|made| blocks.get(made));
        path.extend(kept.map(|kept| kept.from.block_id()));
        for child in &mut element.children {
            if let XmlNode::Element(child) = child {
                self.settle(child, blocks, path);
            }
        }
        let Some(kept) = kept else { return };
        let alias = self.alias(kept, path);
        self.aliases.extend(alias);
        path.pop();
        element.set_attr("url_name", kept.id.clone());
        // The highest level comes first, so it is written last.
        for (name, value) in kept.overrides.iter().rev().flat_map(|fields| fields.iter()) {
            override_field(element, name, value);
        }
        for (name, digest) in &kept.assets {
            let (file, placed) = self.place(element, &kept.id, name, *digest);
            if placed != *name {
                rename(element, &format!("/static/{name}"), &format!("/static/{placed}"));
            }
            self.files.insert(file, *digest);
        }
    }

    /// Returns the key of a copy with the one its block had through the reference.
    fn alias(&mut self, kept: &Kept, path: &[&str]) -> Option<UsageAlias> {
        let block_type = kept.from.block_type()?;
        let times = self.times.entry((block_type.to_owned(), path.join("~"))).or_insert(0);
        *times += 1;
        let slug = self.referred.reference.library.as_ref()?.slug()?;
        let usage = UsageKey::lib_ref(slug, block_type, path, *times, &self.referred.usage).ok()?;
        let alias = self.usage(block_type, &kept.id)?;
        Some(UsageAlias { alias, usage, source: Some(kept.from.clone()) })
    }

    /// Returns where a file goes, and its name there: another one where the course has a file of that name.
    fn place(&self, element: &Element, id: &str, name: &str, digest: Digest) -> (String, String) {
        if self.referred.record.key.is_library() {
            return (format!("{}/{id}/static/{name}", element.name), name.to_owned());
        }
        let path = format!("static/{name}");
        let there = self.referred.structure.file(&path).map(|asset| asset.digest);
        match there.or_else(|| self.files.get(&path).copied()) {
            Some(other) if other != digest => {
                let named = format!("{}_{}", &digest.to_string()[..8], name.replace('/', "_"));
                (format!("static/{named}"), named)
            }
            _ => (path, name.to_owned()),
        }
    }

    async fn put_files(&self, edit: &mut Edit) -> Result<(), ApiError> {
        let is_new = |(path, digest): &(&String, &Digest)| {
            self.referred.structure.file(path).is_none_or(|asset| asset.digest != **digest)
        };
        let new: Vec<_> = self.files.iter().filter(is_new).collect();
        let digests: Vec<Digest> = new.iter().map(|(_, digest)| **digest).collect();
        let blobs = self.app.database.read(&digests).await;
        let blobs = blobs.map_err(|error| context_error(error.into()))?;
        for ((path, _), bytes) in new.into_iter().zip(blobs) {
            if let Ok(path) = path.parse() {
                edit.put_file(path, bytes);
            }
        }
        Ok(())
    }
}

/// Writes an override where the block's own value is written.
fn override_field(element: &mut Element, name: &str, value: &Value) {
    if name == "data" {
        let text = value.as_str().unwrap_or_default().to_owned();
        element.children = vec![XmlNode::CData(text)];
        return;
    }
    if let Ok(text) = serialize_field(&FieldValue::from_json(value)) {
        element.set_attr(name, text);
    }
}

/// Replaces a text in everything an element holds but its child blocks' own.
fn rename(element: &mut Element, from: &str, to: &str) {
    for attribute in &mut element.attributes {
        attribute.value = attribute.value.replace(from, to);
    }
    for node in &mut element.children {
        match node {
            XmlNode::Element(child) if child.attr("url_name").is_none() => rename(child, from, to),
            XmlNode::Text(text) | XmlNode::CData(text) => *text = text.replace(from, to),
            _ => {}
        }
    }
}
