//! Adding blocks.

use olx::{Element, Include, Node as XmlNode};
use opaque_keys::UsageKey;
use xblock::OlxMode;

use super::{
    Edit, EditError,
    children::{block_places, put_child},
    file::{OpenFile, uproot},
};
use crate::{
    NodeId,
    course::{pointer, tree::is_block},
};

impl Edit {
    /// Adds a block, with those inside its element, to a container: in front of the child that is at the index
    /// now, or at the end. Each block needs a `url_name`, which becomes its id.
    ///
    /// In a course it is written inline where all children of the parent are, else into files of its own that
    /// are pointed to; in a library it becomes a definition that is included.
    ///
    /// # Errors
    /// Parents that have no children or cannot be changed, ids that are missing, malformed or taken, places
    /// that are not there.
    pub fn insert(&mut self, parent: NodeId, index: Option<usize>, child: Element) -> Result<(), EditError> {
        self.check_container(parent)?;
        let mode = self.node(parent).source.mode;
        let places = self.container(parent).map_or(0, |container| block_places(container, mode).len());
        if let Some(index) = index.filter(|&index| index > places) {
            return Err(EditError::NoSuchPlace { index, len: places });
        }
        let child = self.written(child, mode, mode == OlxMode::V1 && self.is_inline(parent))?;
        put_child(self.container_mut(parent)?, mode, index, child)
    }

    /// Adds a block to a library outside of any container.
    ///
    /// # Errors
    /// Contexts that are no libraries, and as [`Edit::insert`].
    pub fn insert_top_level(&mut self, child: Element) -> Result<(), EditError> {
        if !self.structure.key.is_library() {
            return Err(EditError::NoId(child.name));
        }
        self.written(child, OlxMode::V2, false).map(drop)
    }

    /// Checks that children can be added to a block.
    pub(super) fn check_container(&self, parent: NodeId) -> Result<(), EditError> {
        let node = self.node(parent);
        if node.linked.is_some() {
            return Err(EditError::ReadOnly(node.usage.clone()));
        }
        if !self.structure.is_container(node.block_type()) {
            return Err(EditError::NotAContainer(node.usage.clone()));
        }
        Ok(())
    }

    /// Returns whether a course container holds whole blocks and no pointers.
    fn is_inline(&self, parent: NodeId) -> bool {
        let Some(container) = self.container(parent) else { return false };
        let mut children =
            container.child_elements().filter(|child| is_block(&container.name, child)).peekable();
        children.peek().is_some()
            && children.all(|child| {
                !Include::is_include(child) && pointer::target(child).is_none_or(|path| !self.exists(&path))
            })
    }

    /// Writes the files of a block and returns what stands for it in its parent.
    fn written(&mut self, mut child: Element, mode: OlxMode, inline: bool) -> Result<Element, EditError> {
        uproot(&mut child);
        self.claim(&child, mode)?;
        match mode {
            OlxMode::V2 => self.definition(child),
            OlxMode::V1 if inline && !self.has_pointers(&child) => Ok(child),
            OlxMode::V1 => self.pointer(child),
        }
    }

    /// Checks the ids of a block and of those in it, and takes them.
    fn claim(&mut self, element: &Element, mode: OlxMode) -> Result<(), EditError> {
        let mut pending = vec![element];
        while let Some(element) = pending.pop() {
            if mode == OlxMode::V2 && Include::is_include(element) {
                continue;
            }
            let usage = self.usage_of(element)?;
            let is_there = self.structure.find(&usage).is_some_and(|id| !self.gone.contains(&id));
            if is_there || !self.added.insert(usage.clone()) {
                return Err(EditError::Taken(usage));
            }
            pending.extend(self.blocks_in(element));
        }
        Ok(())
    }

    /// Returns the elements in an element that are blocks.
    fn blocks_in<'e>(&self, element: &'e Element) -> impl Iterator<Item = &'e Element> + use<'e> {
        let has_children = self.structure.is_container(&element.name);
        element.child_elements().filter(move |child| has_children && is_block(&element.name, child))
    }

    fn usage_of(&self, element: &Element) -> Result<UsageKey, EditError> {
        let (key, tag) = (&self.structure.key, &element.name);
        let id = element.attr("url_name").ok_or_else(|| EditError::NoId(tag.clone()))?;
        let usage = UsageKey::block(key, tag, id);
        let invalid = |problem| EditError::InvalidId { tag: tag.clone(), id: id.to_owned(), problem };
        let usage = usage.map_err(|error| invalid(error.to_string()))?;
        // `:` is part of ids made elsewhere, where it stands for a folder.
        if id.contains(['/', '\\']) || id.chars().any(char::is_whitespace) {
            return Err(invalid("it cannot be part of a file name".to_owned()));
        }
        Ok(usage)
    }

    /// Whether an element or one of the blocks in it would be read as a pointer.
    fn has_pointers(&self, element: &Element) -> bool {
        self.pointer_of(element).is_some() || self.blocks_in(element).any(|child| self.has_pointers(child))
    }

    /// Writes a course block and those in it into files of their own; returns the pointer to it.
    fn pointer(&mut self, mut element: Element) -> Result<Element, EditError> {
        let id = element.remove_attr("url_name").unwrap_or_default();
        let pointer = Element::new(element.name.clone()).with_attr("url_name", id);
        let path = pointer::target(&pointer).unwrap_or_default();
        let has_children = self.structure.is_container(&element.name);
        if has_children {
            let parent = element.name.clone();
            self.replace_blocks(&mut element, |child| is_block(&parent, child), Edit::pointer)?;
        }
        self.put_new(&path, element, has_children)?;
        Ok(pointer)
    }

    /// Writes a library block and those in it as definitions; returns the include of it.
    fn definition(&mut self, mut element: Element) -> Result<Element, EditError> {
        let id = element.remove_attr("url_name").unwrap_or_default();
        let include =
            Include { definition_type: element.name.clone(), definition_id: id, source: None, usage: None };
        let folder = format!("{}/{}/", include.definition_type, include.definition_id);
        let has_children = self.structure.is_container(&element.name);
        if has_children {
            let parent = element.name.clone();
            let is_new = |child: &Element| is_block(&parent, child) && !Include::is_include(child);
            self.replace_blocks(&mut element, is_new, Edit::definition)?;
        }
        self.put_new(&format!("{folder}definition.xml"), element, has_children)?;
        Ok(include.to_element())
    }

    /// Puts something else in the place of child blocks.
    fn replace_blocks(
        &mut self,
        element: &mut Element,
        is_replaced: impl Fn(&Element) -> bool,
        by: impl Fn(&mut Self, Element) -> Result<Element, EditError>,
    ) -> Result<(), EditError> {
        for node in &mut element.children {
            if let XmlNode::Element(child) = node
                && is_replaced(child)
            {
                *child = by(self, std::mem::take(child))?;
            }
        }
        Ok(())
    }

    fn put_new(&mut self, path: &str, root: Element, indent: bool) -> Result<(), EditError> {
        if self.exists(path) {
            return Err(EditError::FileTaken(path.to_owned()));
        }
        let invalid = |error: blockstore::BlockstoreError| EditError::InvalidId {
            tag: root.name.clone(),
            id: path.to_owned(),
            problem: error.to_string(),
        };
        let path = path.parse().map_err(invalid)?;
        // A file that goes and comes again is written once.
        self.plain.remove(&path);
        self.files.insert(path, OpenFile::new(root, indent));
        Ok(())
    }

    /// Returns an include of a library's own block.
    pub(super) fn include_of(&self, node: NodeId) -> Element {
        let node = self.node(node);
        let include = Include {
            definition_type: node.block_type().to_string(),
            definition_id: node.usage.block_id().to_owned(),
            source: None,
            usage: None,
        };
        include.to_element()
    }
}
