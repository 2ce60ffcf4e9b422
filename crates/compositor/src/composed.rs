//! What composing answers with, and its JSON (unit-composition §2.1).

use std::sync::Arc;

use learning_context::{Asset, DefinitionSource, Node, NodeId, Structure};
use opaque_keys::UsageKey;
use serde::{Serialize, Serializer, ser::SerializeMap};
use xblock::{Fields, Placement};

use crate::{AuthorView, Hidden, Origin, overrides::inherited_first};

/// A block on a page.
#[derive(Clone, Debug)]
pub struct ComposedBlock {
    /// Its key here; the identity of learner state.
    pub usage: UsageKey,
    /// The structure its definition and assets are in.
    pub structure: Arc<Structure>,
    /// Its place in that structure.
    pub id: NodeId,
    /// What it inherits from the course it is used in.
    pub inherited: Arc<Fields>,
    /// Valid overrides, highest precedence first.
    pub overrides: Arc<[Arc<Fields>]>,
    /// Names of the overridden fields, sorted.
    pub overridden: Arc<[Arc<str>]>,
    /// The reference and the library it comes from, if it does.
    pub origin: Option<Arc<Origin>>,
    /// Its children, selected and in order.
    pub children: Vec<ComposedBlock>,
}

impl ComposedBlock {
    /// Returns its node.
    pub fn node(&self) -> &Node {
        self.structure.node(self.id)
    }

    /// Returns its type as written.
    pub fn block_type(&self) -> &Arc<str> {
        self.node().block_type()
    }

    /// Returns what its definition is read from.
    pub fn source(&self) -> &Arc<DefinitionSource> {
        &self.node().source
    }

    /// Returns what applies to it here (unit-composition §4.1).
    pub fn placement(&self) -> Placement<'_> {
        let inherited_first = self.origin.is_some() && inherited_first(&self.inherited);
        Placement { overrides: &self.overrides, inherited: &self.inherited, inherited_first }
    }

    /// Returns the file its `/static/<path>` means, if it is there.
    pub fn asset(&self, path: &str) -> Option<Asset> {
        self.structure.asset(self.node(), path)
    }

    /// Returns this block and all below it, a parent before its children.
    pub fn walk(&self) -> impl Iterator<Item = &ComposedBlock> {
        let mut pending = vec![self];
        std::iter::from_fn(move || {
            let next = pending.pop()?;
            pending.extend(next.children.iter().rev());
            Some(next)
        })
    }

    /// Returns the block of that key, this one or one below it.
    pub fn find(&self, usage: &UsageKey) -> Option<&ComposedBlock> {
        self.walk().find(|block| block.usage == *usage)
    }
}

impl Serialize for ComposedBlock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Definition<'a> {
            library: &'a opaque_keys::LearningContextKey,
            version: u32,
            block: &'a UsageKey,
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("usage_key", &self.usage)?;
        map.serialize_entry("block_type", &**self.block_type())?;
        if let Some(origin) = &self.origin {
            let definition =
                Definition { library: &origin.library, version: origin.version, block: &self.node().usage };
            map.serialize_entry("definition", &definition)?;
            map.serialize_entry("source", &origin.reference)?;
            map.serialize_entry("overridden", &self.overridden)?;
        }
        if !self.children.is_empty() {
            map.serialize_entry("children", &self.children)?;
        }
        map.end()
    }
}

/// A new stored draw of one learner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDraw {
    /// The reference or bank.
    pub reference: UsageKey,
    /// Tokens in display order.
    pub selected: Vec<String>,
    /// Tokens shown to this learner before.
    pub seen: Vec<String>,
    /// Number of resets.
    pub epoch: u32,
}

/// An event of a draw (unit-composition §11).
#[derive(Clone, Debug, PartialEq)]
pub struct DrawEvent {
    /// Its name.
    pub name: String,
    /// The reference or bank.
    pub reference: UsageKey,
    /// Payload.
    pub data: serde_json::Value,
}

/// A unit as one learner sees it.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The unit itself, under its own key, with the blocks of the page inside.
    pub root: ComposedBlock,
    /// What is left out, for authors only.
    pub hidden: Vec<Hidden>,
    /// Draws to be stored; empty when nothing changed.
    pub changed: Vec<NewDraw>,
    /// References whose stored draws, or the lack of them, the changed ones depend on: the other members of
    /// their groups. They must be as they were when the changed ones are stored.
    pub based_on: Vec<UsageKey>,
    /// Events to be told with them.
    pub events: Vec<DrawEvent>,
}

/// The JSON of a composition.
#[derive(Debug, Serialize)]
pub struct CompositionJson<'a> {
    /// The unit.
    pub usage_key: &'a UsageKey,
    /// What the learner sees in it.
    pub children: &'a [ComposedBlock],
    /// For authors only: the references, what is hidden, and what is wrong.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub author: Option<AuthorView<'a>>,
}

impl Composed {
    /// Returns what a learner is answered with.
    pub fn learner_json(&self) -> CompositionJson<'_> {
        CompositionJson { usage_key: &self.root.usage, children: &self.root.children, author: None }
    }
}
