//! Parts of structures: some blocks with what is needed to show them.

use std::sync::{Arc, OnceLock};

use super::{Node, NodeId, Structure};

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Out,
    /// In the part, its ancestors not yet.
    In,
    /// In the part with its ancestors.
    Rooted,
}

impl Structure {
    /// Returns a part of this structure, a structure of its own: `tops` with everything below them, the blocks
    /// in `alone` without what is below them, and the ancestors of all these. Blocks keep their order and
    /// their parents; their children are those that are in the part. Ids of nodes are new: blocks are found
    /// by their usage. Problems are left behind.
    pub fn part(&self, tops: &[NodeId], alone: &[NodeId]) -> Structure {
        let mut marks = vec![Mark::Out; self.nodes.len()];
        let mut pending = tops.to_vec();
        while let Some(id) = pending.pop() {
            if std::mem::replace(&mut marks[id.index()], Mark::In) == Mark::Out {
                pending.extend(&self.node(id).children);
            }
        }
        for &id in alone {
            marks[id.index()] = Mark::In;
        }
        for id in self.ids() {
            let mut at = Some(id).filter(|id| marks[id.index()] == Mark::In);
            while let Some(id) = at.filter(|id| marks[id.index()] != Mark::Rooted) {
                marks[id.index()] = Mark::Rooted;
                at = self.node(id).parent;
            }
        }
        let mut places: Vec<Option<NodeId>> = vec![None; marks.len()];
        let kept: Vec<NodeId> = self.ids().filter(|id| marks[id.index()] != Mark::Out).collect();
        for (place, id) in kept.iter().enumerate() {
            places[id.index()] = Some(NodeId(place as u32));
        }
        let placed = |ids: &[NodeId]| ids.iter().filter_map(|id| places[id.index()]).collect::<Vec<_>>();
        let nodes = kept.iter().map(|&id| {
            let node = self.node(id);
            Node {
                usage: node.usage.clone(),
                source: Arc::clone(&node.source),
                parent: node.parent.and_then(|parent| places[parent.index()]),
                children: placed(&node.children),
                inherited: Arc::clone(&node.inherited),
                linked: node.linked.clone(),
            }
        });
        let part = Structure {
            key: self.key.clone(),
            kind: self.kind,
            bundle: self.bundle,
            at: self.at,
            roots: placed(&self.roots),
            problems: Vec::new(),
            nodes: nodes.collect(),
            by_usage: Box::default(),
            order: placed(&self.order),
            files: Arc::clone(&self.files),
            is_part: true,
            containers: Arc::clone(&self.containers),
            tags: OnceLock::new(),
            labels: OnceLock::new(),
            upstreams: OnceLock::new(),
        };
        part.indexed()
    }

    /// Returns whether this is a part of a structure: there may be blocks it does not know.
    pub fn is_part(&self) -> bool {
        self.is_part
    }
}
