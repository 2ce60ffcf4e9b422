//! Updates of references: where a reference stands, and what another version of its library would change
//! (unit-composition §8).

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use learning_context::{DefinitionSource, NodeId, Structure, is_unreadable};
use opaque_keys::UsageKey;
use serde::Serialize;
use serde_json::Value;
use xblock::{Definition, Fields, Registry, Scope};

use crate::{
    Finding, Library, Pin, Reference,
    customize::effective,
    overrides::is_content,
    pool::{Entry, Pool},
};

/// Where a reference stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateState {
    /// The pin is the newest version.
    Current,
    /// There is a newer version that nobody declined.
    UpdateAvailable,
    /// The newer version was declined.
    Declined,
    /// The library or the version pinned is not here.
    PinnedMissing,
    /// The link was severed; what it drew from are blocks of the course.
    Unlinked,
}

impl UpdateState {
    /// Returns where a reference stands that pins `pinned`, when the library's newest version is `latest`;
    /// `None` for what is not there.
    pub fn of(pinned: Option<u32>, declined: Option<u32>, latest: Option<u32>) -> Self {
        match (pinned, latest) {
            (Some(pinned), Some(latest)) if pinned == latest => UpdateState::Current,
            (Some(pinned), Some(latest)) if pinned > latest => UpdateState::PinnedMissing,
            (Some(_), Some(latest)) if declined.is_some_and(|declined| declined >= latest) => {
                UpdateState::Declined
            }
            (Some(_), Some(_)) => UpdateState::UpdateAvailable,
            _ => UpdateState::PinnedMissing,
        }
    }
}

/// How learners use the blocks of a reference now.
#[derive(Clone, Debug, Default)]
pub struct InUse {
    /// Learners who have a block now, by its `lb:` key.
    pub selected_by: HashMap<String, u64>,
    /// Learners with state, by `lb-ref:` key.
    pub with_state: HashMap<UsageKey, u64>,
}

/// A block that is there in one version only.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AddedBlock {
    /// Its key in the library.
    pub block: UsageKey,
    /// Its type.
    pub block_type: String,
}

/// A block that leaves the pool. Its learner state is kept, and comes back with the block.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RemovedBlock {
    /// Its key in the library.
    pub block: UsageKey,
    /// Its type.
    pub block_type: String,
    /// Number of learners who have it now.
    pub selected_by: u64,
    /// Whether any learner has state there.
    pub has_state: bool,
}

impl RemovedBlock {
    /// Returns whether learners would miss it.
    pub fn is_in_use(&self) -> bool {
        self.selected_by > 0 || self.has_state
    }
}

/// A field with another value in the library.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedField {
    /// Its name.
    pub name: String,
    /// The library's value now; the default where none is set.
    pub from: Value,
    /// The library's value then.
    pub to: Value,
    /// Whether an override keeps the course's value.
    pub customized: bool,
    /// The value in the course after the update.
    pub effective_after: Value,
}

/// A block that is another one after the update.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedBlock {
    /// Its key in the library.
    pub block: UsageKey,
    /// Settings that differ, and content the course has customized.
    pub fields: Vec<ChangedField>,
    /// Whether its text or its children differ.
    pub content_changed: bool,
    /// Whether its files differ.
    pub assets_changed: bool,
}

/// Sizes of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PoolSizes {
    /// Now; `None` when the pinned version is not here.
    pub before: Option<usize>,
    /// After the update.
    pub after: usize,
}

/// What an update would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preview {
    /// The version shown now; `None` when it is not here.
    pub from: Option<u32>,
    /// The version it is about.
    pub to: Option<u32>,
    /// Blocks that enter the pool.
    pub added: Vec<AddedBlock>,
    /// Blocks that leave it.
    pub removed: Vec<RemovedBlock>,
    /// Blocks that stay and differ, those inside containers included.
    pub changed: Vec<ChangedBlock>,
    /// How large the pool is.
    pub pool: PoolSizes,
    /// Blocks whose overrides would wait for them to return, as written.
    pub orphan_overrides: Vec<String>,
    /// What authors would be told of the reference.
    pub warnings: Vec<Finding>,
}

/// A reference between two versions of its library.
pub struct Update<'a> {
    reference: &'a Reference,
    inherited: &'a Fields,
    registry: &'a Registry,
    from: Option<Pool>,
    to: Pool,
    warnings: Vec<Finding>,
    /// Blocks of both versions that may differ: then and now.
    differing: Vec<(NodeId, NodeId)>,
}

impl<'a> Update<'a> {
    /// Compares what a reference draws from now (`from`; `None` when that is not here) with another version.
    /// `inherited` is what the reference inherits from its course.
    pub fn new(
        usage: &UsageKey,
        reference: &'a Reference,
        inherited: &'a Fields,
        from: Option<&Library>,
        to: &Library,
        registry: &'a Registry,
    ) -> Self {
        let from = from.map(|library| Pool::of_library(usage, reference, library, registry, &mut Vec::new()));
        let mut warnings = Vec::new();
        let to = Pool::of_library(usage, reference, to, registry, &mut warnings);
        let differing = from.as_ref().map_or_else(Vec::new, |from| differing(from, &to));
        Update { reference, inherited, registry, from, to, warnings, differing }
    }

    /// Returns the sources whose definitions [`Update::preview`] needs.
    pub fn sources(&self) -> Vec<Arc<DefinitionSource>> {
        let source = |pool: &Pool, id| Arc::clone(&pool.structure.node(id).source);
        let pairs = self.from.iter().flat_map(|from| {
            self.differing.iter().flat_map(move |&(old, new)| [source(from, old), source(&self.to, new)])
        });
        pairs.collect()
    }

    /// Returns the usage keys of the blocks that leave the pool and of all inside them.
    pub fn removed_keys(&self) -> Vec<UsageKey> {
        self.removed().flat_map(|(pool, entry)| pool.state_keys(entry)).collect()
    }

    /// Says what would change; `definitions` pair up with [`Update::sources`].
    pub fn preview(&self, definitions: &[Arc<Definition>], in_use: &InUse) -> Preview {
        let has_state = |key: &UsageKey| in_use.with_state.get(key).is_some_and(|learners| *learners > 0);
        let removed = self.removed().map(|(pool, entry)| RemovedBlock {
            block: pool.structure.node(entry.node).usage.clone(),
            block_type: pool.structure.node(entry.node).block_type().to_string(),
            selected_by: in_use.selected_by.get(&*entry.token).copied().unwrap_or(0),
            has_state: pool.state_keys(entry).iter().any(has_state),
        });
        let added = self.to.entries.iter().filter(|entry| match &self.from {
            Some(from) => from.entry(&entry.token).is_none(),
            None => true,
        });
        let added = added.map(|entry| AddedBlock {
            block: self.to.structure.node(entry.node).usage.clone(),
            block_type: self.to.structure.node(entry.node).block_type().to_string(),
        });
        let pairs = self.differing.iter().zip(definitions.chunks_exact(2));
        let version = |pool: &Pool| pool.origin.as_ref().map(|origin| origin.version);
        Preview {
            from: self.from.as_ref().and_then(version),
            to: version(&self.to),
            added: added.collect(),
            removed: removed.collect(),
            changed: pairs.filter_map(|(ids, pair)| self.changed(*ids, &pair[0], &pair[1])).collect(),
            pool: PoolSizes {
                before: self.from.as_ref().map(|from| from.entries.len()),
                after: self.to.entries.len(),
            },
            orphan_overrides: self.to.orphans(self.reference),
            warnings: self.warnings.clone(),
        }
    }

    fn removed(&self) -> impl Iterator<Item = (&Pool, &Entry)> {
        let from = self.from.iter();
        let entries = from.flat_map(|from| from.entries.iter().map(move |entry| (from, entry)));
        entries.filter(|(_, entry)| self.to.entry(&entry.token).is_none())
    }

    /// Returns what differs between two definitions of a block; `None` when that is nothing an author sees.
    fn changed(
        &self,
        (old, new): (NodeId, NodeId),
        was: &Definition,
        is: &Definition,
    ) -> Option<ChangedBlock> {
        let from = self.from.as_ref()?;
        let (old, node) = (from.structure.node(old), self.to.structure.node(new));
        let applied = self.to.overrides(new);
        let mut content_changed =
            children(&from.structure, &old.children) != children(&self.to.structure, &node.children);
        let mut fields = Vec::new();
        let decl = self.registry.known(node.block_type()).map(|known| known.decl());
        match decl.filter(|_| !is_unreadable(was) && !is_unreadable(is)) {
            None => content_changed |= was.digest != is.digest,
            Some(decl) => {
                let names: BTreeSet<&String> = was.fields.keys().chain(is.fields.keys()).collect();
                for name in names {
                    let field = decl.field(name);
                    let default = || field.map_or(Value::Null, |field| field.default.to_json());
                    let value = |fields: &Fields| fields.get(name).cloned().unwrap_or_else(default);
                    let (before, after) = (value(&was.fields), value(&is.fields));
                    if before == after {
                        continue;
                    }
                    let is_setting = !is_content(name) && field.is_some_and(|f| f.scope == Scope::Settings);
                    let customized = applied.names.iter().any(|overridden| **overridden == **name);
                    content_changed |= !is_setting;
                    if is_setting || customized {
                        fields.push(ChangedField {
                            effective_after: effective(name, &applied.levels, is, self.inherited, decl),
                            name: name.clone(),
                            from: before,
                            to: after,
                            customized,
                        });
                    }
                }
            }
        }
        let assets_changed = from.structure.assets(old) != self.to.structure.assets(node);
        (content_changed || assets_changed || !fields.is_empty()).then(|| ChangedBlock {
            block: node.usage.clone(),
            fields,
            content_changed,
            assets_changed,
        })
    }
}

impl Reference {
    /// Returns the number of the version pinned, if it is saved as one.
    pub fn pinned(&self) -> Option<u32> {
        match self.pin {
            Pin::Number(number) => Some(number),
            Pin::Name(_) | Pin::Missing => None,
        }
    }
}

/// Returns the blocks shown in both versions that are not made of the same files.
fn differing(from: &Pool, to: &Pool) -> Vec<(NodeId, NodeId)> {
    let then: HashSet<NodeId> = to.shown().into_iter().collect();
    let both = from.shown().into_iter().filter_map(|old| {
        let usage = &from.structure.node(old).usage;
        Some((old, to.structure.find(usage).filter(|new| then.contains(new))?))
    });
    both.filter(|&(old, new)| {
        let (was, is) = (from.structure.node(old), to.structure.node(new));
        was.source.digest != is.source.digest
            || children(&from.structure, &was.children) != children(&to.structure, &is.children)
            || from.structure.assets(was) != to.structure.assets(is)
    })
    .collect()
}

fn children<'s>(structure: &'s Structure, ids: &[NodeId]) -> Vec<&'s UsageKey> {
    ids.iter().map(|&id| &structure.node(id).usage).collect()
}
