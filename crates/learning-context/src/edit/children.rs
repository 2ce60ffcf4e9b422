//! How blocks stand in others: inside them, as pointers, as includes.

use std::collections::{HashMap, HashSet};

use olx::{Element, Include, Node as XmlNode};
use xblock::OlxMode;

use super::{Edit, EditError, file::began_at};
use crate::{
    Node, NodeId, Structure,
    course::{pointer, tree::is_block},
};

/// Returns the given blocks and all below them, each once, parents first.
pub(super) fn with_below(structure: &Structure, nodes: &[NodeId]) -> Vec<NodeId> {
    let mut seen: HashSet<NodeId> = HashSet::new();
    let mut order = Vec::new();
    let mut pending: Vec<NodeId> = nodes.iter().rev().copied().collect();
    while let Some(id) = pending.pop() {
        if seen.insert(id) {
            order.push(id);
            pending.extend(structure.node(id).children.iter().rev());
        }
    }
    order
}

/// Returns the blocks that have one of the given ones as a child.
pub(super) fn parents_of(structure: &Structure, nodes: &HashSet<NodeId>) -> Vec<NodeId> {
    let is_parent = |id: &NodeId| structure.node(*id).children.iter().any(|child| nodes.contains(child));
    structure.ids().filter(is_parent).collect()
}

/// Returns the blocks whose ids depend on one another: those without a name of their own that equal one of
/// the given ones, which are told apart by their order only.
pub(super) fn same_unnamed<'a>(
    structure: &Structure,
    nodes: impl Iterator<Item = &'a NodeId>,
) -> Vec<NodeId> {
    let digests: HashSet<[u8; 20]> = nodes
        .map(|id| structure.node(*id))
        .filter(|node| is_unnamed(node))
        .map(|n| n.source.digest)
        .collect();
    if digests.is_empty() {
        return Vec::new();
    }
    let is_same = |id: &NodeId| {
        let node = structure.node(*id);
        is_unnamed(node) && digests.contains(&node.source.digest)
    };
    structure.ids().filter(is_same).collect()
}

/// Whether a block's id was made from its content.
fn is_unnamed(node: &Node) -> bool {
    node.source.mode == OlxMode::V1
        && node.parent.is_some()
        && node.source.url_name.as_deref() != Some(node.usage.block_id())
}

/// Returns whether an element inside a container stands for a child block of it.
pub(super) fn stands_for_a_block(parent: &str, child: &Element, mode: OlxMode) -> bool {
    match mode {
        OlxMode::V1 => is_block(parent, child),
        OlxMode::V2 => Include::is_include(child),
    }
}

/// Returns whether an element in its parent is that of a block, or its pointer, or its include.
pub(super) fn stands_for(child: &Element, node: &Node) -> bool {
    let source = &node.source;
    let include = || Include::from_element(child).ok();
    match (source.mode, &source.inline) {
        (OlxMode::V1, Some(inline)) => began_at(child, inline.offset),
        (OlxMode::V1, None) if Include::is_include(child) => include().is_some_and(|include| {
            *include.definition_type == *source.block_type
                && Some(&*include.definition_id) == source.url_name.as_deref()
        }),
        (OlxMode::V1, None) => {
            *child.name == *source.block_type
                && child.attr("url_name") == source.url_name.as_deref()
                && pointer::target(child).is_some()
        }
        (OlxMode::V2, _) => include().is_some_and(|include| {
            *include.definition_type == *source.block_type
                && include.usage.as_deref().unwrap_or(&include.definition_id) == node.usage.block_id()
        }),
    }
}

/// Returns the places of the elements that stand for blocks, among all nodes of a container.
pub(super) fn block_places(container: &Element, mode: OlxMode) -> Vec<usize> {
    let is_block = |node: &XmlNode| {
        node.as_element().is_some_and(|child| stands_for_a_block(&container.name, child, mode))
    };
    container.children.iter().enumerate().filter(|(_, node)| is_block(node)).map(|(at, _)| at).collect()
}

/// Puts an element among the blocks of a container, indented like them.
///
/// # Errors
/// [`EditError::NoSuchPlace`].
pub(super) fn put_child(
    container: &mut Element,
    mode: OlxMode,
    index: Option<usize>,
    child: Element,
) -> Result<(), EditError> {
    let places = block_places(container, mode);
    let index = index.unwrap_or(places.len());
    if index > places.len() {
        return Err(EditError::NoSuchPlace { index, len: places.len() });
    }
    let indent = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| container.children.get(before));
        before.filter(|node| is_blank(node)).cloned()
    };
    let child = XmlNode::Element(child);
    match (places.get(index), places.last()) {
        (Some(&at), _) => {
            let space = indent(at);
            container.children.splice(at..at, [child].into_iter().chain(space));
        }
        (None, Some(&last)) => {
            let space = indent(last);
            container.children.splice(last + 1..last + 1, space.into_iter().chain([child]));
        }
        (None, None) => container.children.push(child),
    }
    Ok(())
}

/// Takes a child out of a container, with the white space before it.
pub(super) fn take_child(container: &mut Element, at: usize) -> Option<Element> {
    if at >= container.children.len() {
        return None;
    }
    let XmlNode::Element(child) = container.children.remove(at) else { return None };
    if at > 0 && container.children.get(at - 1).is_some_and(is_blank) {
        container.children.remove(at - 1);
    }
    Some(child)
}

fn is_blank(node: &XmlNode) -> bool {
    matches!(node, XmlNode::Text(text) if text.trim().is_empty())
}

impl Edit {
    /// Returns the element in which a block's children stand: its own, or in the 2012 layout the root of the
    /// file it names.
    pub(super) fn container(&self, parent: NodeId) -> Option<&Element> {
        let element = self.element(parent)?;
        let body = self.body_of(parent, element);
        body.and_then(|path| self.files.get(path.as_str())).map_or(Some(element), |file| Some(file.root()))
    }

    /// As [`Edit::container`], to be changed.
    ///
    /// # Errors
    /// As [`Edit::element_mut`].
    pub(super) fn container_mut(&mut self, parent: NodeId) -> Result<&mut Element, EditError> {
        self.keep_id(parent)?;
        let body = self.element(parent).and_then(|element| self.body_of(parent, element));
        match body {
            Some(path) if self.files.contains_key(path.as_str()) => {
                let file = self.files.get_mut(path.as_str());
                file.map(|file| file.root_mut())
                    .ok_or_else(|| EditError::Gone(self.structure.node(parent).usage.clone()))
            }
            Some(path) if self.broken.contains_key(path.as_str()) => {
                let problem = self.broken.get(path.as_str()).cloned().unwrap_or_default();
                Err(EditError::Unreadable { file: path, problem })
            }
            _ => self.touch(parent),
        }
    }

    fn body_of(&self, node: NodeId, element: &Element) -> Option<String> {
        let is_course = self.node(node).source.mode == OlxMode::V1;
        pointer::body_file(element).filter(|_| is_course)
    }

    /// Returns where a child's element, pointer or include is among all nodes of its parent.
    pub(super) fn place_in(&self, parent: NodeId, child: NodeId) -> Option<usize> {
        let node = self.node(child);
        let is_it = |xml: &XmlNode| xml.as_element().is_some_and(|element| stands_for(element, node));
        self.container(parent)?.children.iter().position(is_it)
    }

    /// Makes sure that a block keeps its id when its content changes: where the id was made from the content,
    /// it becomes the block's name, also of those told apart from it by their order.
    pub(super) fn keep_id(&mut self, id: NodeId) -> Result<(), EditError> {
        if !is_unnamed(self.node(id)) || self.gone.contains(&id) {
            return Ok(());
        }
        let structure = std::sync::Arc::clone(&self.structure);
        for same in same_unnamed(&structure, std::iter::once(&id)) {
            let node = structure.node(same);
            if node.source.inline.is_none() {
                return Err(EditError::NoStableId(node.usage.clone()));
            }
            if !self.gone.contains(&same) {
                self.touch(same)?.set_attr("url_name", node.usage.block_id());
            }
        }
        Ok(())
    }

    /// Returns the parents of all blocks.
    pub(super) fn parents(&self) -> HashMap<NodeId, Vec<NodeId>> {
        let mut parents: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        for id in self.structure.ids() {
            for child in &self.node(id).children {
                parents.entry(*child).or_default().push(id);
            }
        }
        parents
    }
}
