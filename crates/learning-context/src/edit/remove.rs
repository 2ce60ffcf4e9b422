//! Taking blocks out, and putting them elsewhere.

use std::collections::HashSet;

use olx::Element;
use xblock::OlxMode;

use super::{
    Edit, EditError,
    children::{put_child, take_child, with_below},
    copied_settings,
    file::uproot,
    policy_entry,
};
use crate::NodeId;

impl Edit {
    /// Removes a block wherever it stands, with the blocks below it that stand nowhere else, the files only
    /// they use and their policy entries. What came through a link stays where it is authored.
    ///
    /// # Errors
    /// The course block, blocks in containers that came through a link, and as [`Edit::element_mut`].
    pub fn remove(&mut self, node: NodeId) -> Result<(), EditError> {
        let parents = self.parents();
        let usage = || self.node(node).usage.clone();
        let above = parents.get(&node).cloned().unwrap_or_default();
        if self.node(node).source.mode == OlxMode::V1 && above.is_empty() {
            return Err(EditError::TopLevel(usage()));
        }
        if self.gone.contains(&node) {
            return Err(EditError::Gone(usage()));
        }
        let own: Vec<NodeId> = above.iter().copied().filter(|&id| self.node(id).linked.is_none()).collect();
        if self.node(node).linked.is_some() && own.is_empty() {
            return Err(EditError::ReadOnly(usage()));
        }
        let removed = self.removed_with(node, &parents);
        for &id in &removed {
            self.keep_id(id)?;
        }
        for parent in own.into_iter().filter(|parent| !removed.contains(parent)) {
            self.take(parent, node)?;
        }
        self.drop_files(&removed);
        for &id in &removed {
            let source = &self.structure.node(id).source;
            if let (Some(policy), Some(name), OlxMode::V1) = (&mut self.policy, &source.url_name, source.mode)
            {
                policy.remove(&policy_entry(&source.block_type, Some(name)));
            }
        }
        self.gone.extend(removed);
        Ok(())
    }

    /// Puts other blocks in the place of one, which is removed.
    ///
    /// # Errors
    /// As [`Edit::remove`] and [`Edit::insert`]; a block that stands in no other has no place.
    pub fn replace(&mut self, node: NodeId, with: Vec<Element>) -> Result<(), EditError> {
        let top_level = || EditError::TopLevel(self.node(node).usage.clone());
        let parent = self.node(node).parent.ok_or_else(top_level)?;
        let index = self.index_in(parent, node)?;
        self.remove(node)?;
        for (nth, element) in with.into_iter().enumerate() {
            self.insert(parent, Some(index + nth), element)?;
        }
        Ok(())
    }

    /// Adds a block behind another one, in the same container; beside a library block that stands in none, to
    /// the library.
    ///
    /// # Errors
    /// As [`Edit::insert`]; nothing stands beside a course.
    pub fn insert_after(&mut self, node: NodeId, child: Element) -> Result<(), EditError> {
        match self.node(node).parent {
            Some(parent) => {
                let index = self.index_in(parent, node)?;
                self.insert(parent, Some(index + 1), child)
            }
            None if self.node(node).source.mode == OlxMode::V2 => self.insert_top_level(child),
            None => Err(EditError::TopLevel(self.node(node).usage.clone())),
        }
    }

    /// Puts a block into another place, counted without the block itself. It keeps its id and everything in it.
    /// A block that stands in several others leaves the first of them, unless the place is in one of them.
    ///
    /// # Errors
    /// The course block, blocks below the block itself, and as [`Edit::insert`].
    pub fn move_to(&mut self, node: NodeId, parent: NodeId, index: Option<usize>) -> Result<(), EditError> {
        let below = with_below(&self.structure, &[node]);
        if below.contains(&parent) {
            return Err(EditError::IntoItself(self.node(node).usage.clone()));
        }
        self.check_container(parent)?;
        for id in below {
            self.keep_id(id)?;
        }
        let mode = self.node(node).source.mode;
        let stands_in_parent = self.node(parent).children.contains(&node);
        let from = if stands_in_parent { Some(parent) } else { self.node(node).parent };
        let mut element = match (from, mode) {
            (Some(from), _) => self.take(from, node)?,
            (None, OlxMode::V2) => self.include_of(node),
            (None, OlxMode::V1) => return Err(EditError::TopLevel(self.node(node).usage.clone())),
        };
        uproot(&mut element);
        put_child(self.container_mut(parent)?, mode, index, element)
    }

    /// Returns a block's place among the children of its parent.
    fn index_in(&self, parent: NodeId, node: NodeId) -> Result<usize, EditError> {
        let gone = || EditError::Gone(self.node(node).usage.clone());
        let at = self.place_in(parent, node).ok_or_else(gone)?;
        let container = self.container(parent).ok_or_else(gone)?;
        let places = super::children::block_places(container, self.node(parent).source.mode);
        places.iter().position(|&place| place == at).ok_or_else(gone)
    }

    /// Takes a block's element, pointer or include out of its parent.
    fn take(&mut self, parent: NodeId, node: NodeId) -> Result<Element, EditError> {
        let container = self.container_mut(parent).map(|_| ());
        container?;
        let gone = || EditError::Gone(self.node(node).usage.clone());
        let at = self.place_in(parent, node).ok_or_else(gone)?;
        let usage = self.node(node).usage.clone();
        take_child(self.container_mut(parent)?, at).ok_or(EditError::Gone(usage))
    }

    /// Returns a block and those below it that stand in nothing that stays.
    fn removed_with(
        &self,
        node: NodeId,
        parents: &std::collections::HashMap<NodeId, Vec<NodeId>>,
    ) -> HashSet<NodeId> {
        let mut removed = HashSet::from([node]);
        let below = with_below(&self.structure, &[node]);
        loop {
            let before = removed.len();
            for &id in &below {
                let above = parents.get(&id).map(Vec::as_slice).unwrap_or_default();
                let stays =
                    above.iter().any(|parent| !removed.contains(parent) && !self.gone.contains(parent));
                if !stays {
                    removed.insert(id);
                }
            }
            if removed.len() == before {
                return removed;
            }
        }
    }

    /// Removes the files that only removed blocks use: of courses those a definition is read from, of
    /// libraries the whole folder of the definition.
    fn drop_files(&mut self, removed: &HashSet<NodeId>) {
        let structure = std::sync::Arc::clone(&self.structure);
        let stays = |id: &NodeId| !removed.contains(id) && !self.gone.contains(id);
        let staying = structure.ids().filter(stays).map(|id| structure.node(id));
        let used: HashSet<_> = staying
            .filter(|node| node.linked.is_none())
            .flat_map(|node| node.source.files.iter().map(|file| &file.path))
            .collect();
        for node in removed.iter().map(|&id| structure.node(id)).filter(|node| node.linked.is_none()) {
            let mut paths: Vec<_> = node.source.files.iter().map(|file| file.path.clone()).collect();
            if let (OlxMode::V2, Some(file)) = (node.source.mode, node.source.files.first()) {
                let folder = file.path.as_str().trim_end_matches("definition.xml");
                paths.extend(structure.file_list().below(folder).map(|(path, _)| path.clone()));
            }
            paths.extend(copied_settings(&structure, node).map(|(path, _)| path));
            for path in paths.into_iter().filter(|path| !used.contains(path)) {
                self.files.remove(&path);
                self.plain.insert(path, None);
            }
        }
    }
}
