//! Copies of blocks: beside themselves, or from elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use blockstore::Change;
use compositor::is_reference;
use learning_context::{Edit, NodeId, Structure, edit::Copied};
use olx::Element;
use opaque_keys::{LearningContextKey, UsageKey};

use super::{Editing, changes_of, edit_error, new_id, open};
use crate::{
    app::App,
    caller::Caller,
    http::error::ApiError,
    runtime::{
        Found,
        references::{check_room, may_take},
    },
};

/// What was pasted.
#[derive(Debug)]
pub struct Pasted {
    /// The new block.
    pub usage: UsageKey,
    /// Every block that was copied, with its copy; of one that stands in several others, its first copy.
    pub blocks: BTreeMap<UsageKey, UsageKey>,
    /// Files that were not copied, since the context has others of those names.
    pub conflicts: BTreeSet<String>,
}

/// Copies a block beside itself: fresh ids for it and all below, everything else as authored. Nothing is
/// fetched again, so references keep pins, pools and overrides (unit-composition §3.3).
///
/// # Errors
/// 422 for the course itself, for content that cannot be read, and for one reference too many on a page.
pub async fn duplicate(
    app: &App,
    editing: &Editing,
    display_name: Option<&str>,
) -> Result<(Vec<Change>, Pasted), ApiError> {
    let (structure, node) = (&editing.structure, editing.node);
    let mut edit = open(app, structure, &[node]).await?;
    let mut copied = copy(app, &edit, node, true)?;
    if let Some(name) = display_name {
        copied.element.set_attr("display_name", name);
    }
    if let Some(container) = structure.node(node).parent {
        check_room(app, structure, container, references_in(&copied)).await?;
    }
    edit.insert_after(node, copied.element.clone()).map_err(edit_error)?;
    finish(structure, structure, edit, &copied)
}

/// Copies a block of any context into a container, in front of the child at the index or at the end.
///
/// # Errors
/// 422 for blocks that cannot be there, for content that cannot be read, and for references the caller may not
/// take along ([`may_take`]).
pub async fn paste(
    app: &App,
    caller: &Caller,
    editing: &Editing,
    from: &Found,
    index: Option<usize>,
) -> Result<(Vec<Change>, Pasted), ApiError> {
    let to = &editing.structure;
    let source = open(app, &from.structure, &[from.node]).await?;
    let copied = copy(app, &source, from.node, from.record.key == editing.record.key)?;
    let is_copied = |usage: &UsageKey| copied.blocks.iter().any(|(old, ..)| old == usage);
    may_take(app, caller, &from.record, &from.structure, is_copied).await?;
    check_room(app, to, editing.node, references_in(&copied)).await?;
    let mut edit = open(app, to, &[editing.node]).await?;
    edit.insert(editing.node, index, copied.element.clone()).map_err(edit_error)?;
    finish(&from.structure, to, edit, &copied)
}

/// Adds a new block, with those in it, to a container.
///
/// # Errors
/// 409 `already_exists` for ids in use, 422 for blocks that cannot be there.
pub async fn insert_child(
    app: &App,
    editing: &Editing,
    index: Option<usize>,
    child: Element,
) -> Result<Vec<Change>, ApiError> {
    let nodes = [editing.node];
    let opened = Edit::open(&*app.database, &editing.structure, &nodes).await;
    let mut edit = opened.map_err(crate::runtime::find::context_error)?;
    edit.insert(editing.node, index, child).map_err(edit_error)?;
    changes_of(edit)
}

fn copy(app: &App, edit: &Edit, node: NodeId, keep_links: bool) -> Result<Copied, ApiError> {
    edit.copy_with_assets(node, &mut |_| new_id(app), keep_links).map_err(edit_error)
}

fn references_in(copied: &Copied) -> usize {
    copied.blocks.iter().filter(|(_, tag, _)| is_reference(tag)).count()
}

/// Adds the files that copies refer to.
fn finish(
    from: &Structure,
    to: &Structure,
    edit: Edit,
    copied: &Copied,
) -> Result<(Vec<Change>, Pasted), ApiError> {
    let mut changes = changes_of(edit)?;
    let mut conflicts = BTreeSet::new();
    let mut placed = BTreeMap::new();
    for asset in &copied.assets {
        let path = match copied.blocks.get(asset.block) {
            Some((_, tag, id)) if to.key.is_library() => format!("{tag}/{id}/static/{}", asset.name),
            _ if from.key == to.key => continue,
            _ => format!("static/{}", asset.name),
        };
        let there = to.file(&path).map(|file| file.digest).or_else(|| placed.get(&path).copied());
        match there {
            Some(digest) if digest == asset.digest => {}
            Some(_) => drop(conflicts.insert(asset.name.clone())),
            None => {
                let parsed = path.parse().map_err(super::store_error)?;
                changes.push(Change::PutKnown(parsed, asset.digest));
                placed.insert(path, asset.digest);
            }
        }
    }
    if to.key.is_course() {
        for (path, bytes) in &copied.beside {
            changes.push(Change::Put(path.parse().map_err(super::store_error)?, bytes.clone()));
        }
    }
    let mut blocks = BTreeMap::new();
    for (old, tag, id) in &copied.blocks {
        blocks.entry(old.clone()).or_insert(usage_of(&to.key, tag, id)?);
    }
    let (_, tag, id) =
        copied.blocks.first().ok_or_else(|| ApiError::Internal("nothing was copied".into()))?;
    Ok((changes, Pasted { usage: usage_of(&to.key, tag, id)?, blocks, conflicts }))
}

fn usage_of(key: &LearningContextKey, tag: &str, id: &str) -> Result<UsageKey, ApiError> {
    UsageKey::block(key, tag, id).map_err(|e| ApiError::Internal(e.to_string()))
}
