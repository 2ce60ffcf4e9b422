//! From definitions and includes to usages: child keys, cycles, depth (learning-context-plugin §5.4).

use std::{collections::VecDeque, sync::Arc};

use blockstore::BundleId;
use opaque_keys::{LearningContextKey, UsageKey};
use xblock::{Fields, OlxMode, Registry, Severity};

use super::{
    MAX_DEPTH,
    gather::{DefIndex, Gathered, OWN},
};
use crate::{
    ContextKind, DefinitionSource, NodeId, ResolvedAt, Structure,
    source::SourceParts,
    structure::{Node, StructureBuilder},
};

/// Makes the usages of a library.
pub(super) fn expand(
    gathered: Gathered,
    registry: &Registry,
    key: LearningContextKey,
    kind: ContextKind,
    bundle: BundleId,
    at: ResolvedAt,
) -> Structure {
    let files = Arc::clone(&gathered.sources[OWN].files);
    let mut expander = Expander {
        builder: StructureBuilder::new(key, kind, bundle, at, files),
        definitions_of: Vec::new(),
        sources: gathered.definitions.iter().map(|_| None).collect(),
        nothing: Arc::default(),
        gathered,
        queue: VecDeque::new(),
        own: 0,
    };
    expander.builder.containers(registry);
    for problem in std::mem::take(&mut expander.gathered.problems) {
        expander.builder.problem(problem);
    }
    let own = expander.add_own();
    expander.own = own.len();
    while let Some((node, depth)) = expander.queue.pop_front() {
        expander.add_children(node, depth);
    }
    cut_cycles(&mut expander.builder);
    set_parents(&mut expander.builder);
    let roots = own.iter().copied().filter(|&id| expander.builder.node(id).parent.is_none()).collect();
    expander.builder.finish(roots, own)
}

struct Expander {
    gathered: Gathered,
    builder: StructureBuilder,
    /// The definition of each node.
    definitions_of: Vec<DefIndex>,
    /// The source of each definition, once some node needed it.
    sources: Vec<Option<Arc<DefinitionSource>>>,
    nothing: Arc<Fields>,
    /// Containers whose children are not there yet, with their distance from an own block.
    queue: VecDeque<(NodeId, usize)>,
    /// Number of own blocks; they are the first nodes.
    own: usize,
}

impl Expander {
    /// Adds the library's own blocks, by type and id; each is a usage of its own.
    fn add_own(&mut self) -> Vec<NodeId> {
        let mut own: Vec<DefIndex> = (0..self.gathered.definitions.len())
            .filter(|&index| self.gathered.definitions[index].bundle == OWN)
            .collect();
        own.sort_by(|&a, &b| {
            let (a, b) = (&self.gathered.definitions[a], &self.gathered.definitions[b]);
            (&a.block_type, &a.id).cmp(&(&b.block_type, &b.id))
        });
        let mut nodes = Vec::with_capacity(own.len());
        for index in own {
            let definition = &self.gathered.definitions[index];
            let usage = UsageKey::library_block(self.builder.key(), &definition.block_type, &definition.id);
            match usage {
                Ok(usage) => nodes.extend(self.add(usage, index, 0)),
                Err(error) => self.report(index, "invalid_block_id", error.to_string()),
            }
        }
        nodes
    }

    fn add(&mut self, usage: UsageKey, index: DefIndex, depth: usize) -> Option<NodeId> {
        if self.builder.is_full() {
            self.report(index, "too_many_blocks", "the library has too many blocks".to_owned());
            return None;
        }
        let source = self.source(index);
        let definition = &self.gathered.definitions[index];
        let id = self.builder.add(Node {
            usage,
            source,
            parent: None,
            children: Vec::new(),
            inherited: Arc::clone(&self.nothing),
            linked: self.gathered.sources[definition.bundle].linked.clone(),
        });
        self.definitions_of.push(index);
        if definition.is_container {
            self.queue.push_back((id, depth));
        }
        Some(id)
    }

    fn source(&mut self, index: DefIndex) -> Arc<DefinitionSource> {
        if let Some(source) = &self.sources[index] {
            return Arc::clone(source);
        }
        let definition = &self.gathered.definitions[index];
        let source = SourceParts {
            block_type: Arc::clone(&definition.block_type),
            mode: OlxMode::V2,
            inline: None,
            files: vec![definition.file.clone()],
            policy: None,
            url_name: None,
            place: self.gathered.texts.get("definition.xml"),
        }
        .finish();
        self.sources[index] = Some(Arc::clone(&source));
        source
    }

    fn add_children(&mut self, parent: NodeId, depth: usize) {
        let parent_index = self.definitions_of[parent.index()];
        let includes = self.gathered.definitions[parent_index].includes.len();
        for nth in 0..includes {
            let target = &self.gathered.definitions[parent_index].includes[nth];
            let index = target.definition;
            let parent_usage = &self.builder.node(parent).usage;
            let id = if self.gathered.definitions[parent_index].bundle == OWN {
                target.base.to_string()
            } else {
                format!("{}-{}", parent_usage.block_id(), target.base)
            };
            let block_type = Arc::clone(&self.gathered.definitions[index].block_type);
            let usage = match UsageKey::library_block(self.builder.key(), &block_type, &id) {
                Ok(usage) => usage,
                Err(error) => {
                    self.report(parent_index, "invalid_block_id", error.to_string());
                    continue;
                }
            };
            if let Some(child) = self.child(parent, depth, usage, index) {
                self.builder.add_child(parent, child);
            }
        }
    }

    fn child(&mut self, parent: NodeId, depth: usize, usage: UsageKey, index: DefIndex) -> Option<NodeId> {
        if let Some(known) = self.builder.find(&usage) {
            if self.definitions_of[known.index()] != index {
                // The usage is what it was first: an own file, else the first include.
                let message = format!("'{usage}' already stands for another definition");
                self.report(index, "duplicate_usage", message);
            }
            return Some(known);
        }
        if depth >= MAX_DEPTH {
            let path = self.path_to(parent);
            let message =
                format!("'{usage}' is nested more than {MAX_DEPTH} includes deep: {path} > {usage}");
            self.report(index, "include_too_deep", message);
            return None;
        }
        if self.path_holds(parent, index) {
            let message = format!("'{usage}' includes itself: {} > {usage}", self.path_to(parent));
            self.report(index, "include_cycle", message);
            return None;
        }
        self.add(usage, index, depth + 1)
    }

    /// Returns the way to a node from the own block it was reached from, in words.
    fn path_to(&self, node: NodeId) -> String {
        let mut path = vec![self.builder.node(node).usage.as_str()];
        let mut at = node;
        while let Some(parent) = self.builder.node(at).parent.filter(|_| at.index() >= self.own) {
            path.push(self.builder.node(parent).usage.as_str());
            at = parent;
        }
        path.reverse();
        path.join(" > ")
    }

    /// Returns whether a definition is on the path from a node up to the own block it was reached from.
    fn path_holds(&self, node: NodeId, index: DefIndex) -> bool {
        let mut at = Some(node);
        while let Some(node) = at {
            if self.definitions_of[node.index()] == index {
                return true;
            }
            at = self.builder.node(node).parent.filter(|_| node.index() >= self.own);
        }
        false
    }

    fn report(&mut self, index: DefIndex, code: &'static str, message: String) {
        let file = self.gathered.definitions[index].file.path.as_str();
        self.builder.report(Severity::Error, code, file, 0, message);
    }
}

/// Removes the children that lead back to a block they are in. Own blocks may include one another in any
/// order, so such circles show only when all includes are followed.
fn cut_cycles(builder: &mut StructureBuilder) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        OnPath,
        Done,
    }
    let mut seen = vec![Seen::No; builder.len()];
    for start in builder.ids() {
        if seen[start.index()] == Seen::Done {
            continue;
        }
        let mut path = vec![(start, 0)];
        while let Some(&mut (node, ref mut next)) = path.last_mut() {
            seen[node.index()] = Seen::OnPath;
            let Some(&child) = builder.node(node).children.get(*next) else {
                seen[node.index()] = Seen::Done;
                path.pop();
                continue;
            };
            match seen[child.index()] {
                Seen::No => {
                    *next += 1;
                    path.push((child, 0));
                }
                Seen::Done => *next += 1,
                Seen::OnPath => {
                    let at = *next;
                    builder.node_mut(node).children.remove(at);
                    let usage = |id: NodeId| builder.node(id).usage.as_str();
                    let circle = path.iter().map(|(id, _)| *id).skip_while(|id| *id != child);
                    let circle: Vec<&str> = circle.chain([child]).map(usage).collect();
                    let message = format!(
                        "'{}' is left out of '{}', which it contains: {}",
                        usage(child),
                        usage(node),
                        circle.join(" > ")
                    );
                    let problem = xblock::ContentProblem::new(Severity::Error, "include_cycle", message);
                    builder.problem(problem);
                }
            }
        }
    }
}

/// Makes the first block that includes another its parent.
fn set_parents(builder: &mut StructureBuilder) {
    for id in builder.ids() {
        builder.node_mut(id).parent = None;
    }
    for id in builder.ids() {
        for child in builder.node(id).children.clone() {
            builder.node_mut(child).parent.get_or_insert(id);
        }
    }
}
