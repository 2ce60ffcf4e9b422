//! The compositor: from a plan and a learner's draws to the blocks on the page (unit-composition §2).

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use learning_context::{ContextKind, NodeId, Structure};
use opaque_keys::UsageKey;
use xblock::Fields;

use crate::{
    Composed, ComposedBlock, DrawEvent, Hidden, NewDraw, Plan,
    drawing::{Drawing, Drawn, NeedsState, StoredDraw},
    overrides::Applied,
    pool::{Entry, Origin, Pool},
    prepared::{Group, Slot},
    reference::is_reference,
    unit::{MAX_DEPTH, is_place_to_go},
};

/// Most blocks on one page (unit-composition §2.3).
pub(crate) const MAX_BLOCKS: usize = 500;
/// Most blocks that are told of one by one as nested too deep.
const MAX_HIDDEN: usize = 500;

/// Who looks at a unit.
pub struct Learner<'a> {
    /// Stable opaque id.
    pub id: &'a str,
    /// The deployment's secret for draws: 32 random bytes or more.
    pub secret: &'a [u8],
    /// What is stored of the learner's draw at a reference; `None` when nothing is.
    pub stored: &'a dyn Fn(&UsageKey) -> Option<StoredDraw<'a>>,
    /// Which blocks hold state of the learner. Only needed when [`Outcome::NeedsState`] asked for it.
    pub touched: Option<&'a HashSet<UsageKey>>,
}

/// What composing comes to.
#[derive(Debug)]
pub enum Outcome {
    /// The page.
    Ready(Box<Composed>),
    /// A reference shows fewer blocks than before, and which ones go depends on the learner's state of these
    /// blocks: gather it, and compose again with [`Learner::touched`]. Rare: an author lowered a count.
    NeedsState(Vec<UsageKey>),
}

impl Plan {
    /// Composes the unit for a learner. Pure: what is to be stored comes back in [`Composed::changed`], for all
    /// members of the groups the unit takes part in.
    pub fn compose(&self, learner: &Learner<'_>) -> Outcome {
        let drawing = Drawing { learner: learner.id, secret: learner.secret, touched: learner.touched };
        let stored = |usage: &UsageKey| (learner.stored)(usage).unwrap_or_default();
        let mut page = Page { shown: vec![Vec::new(); self.slots.len()], ..Page::default() };
        let mut needed = Vec::new();
        for (at, slot) in self.slots.iter().enumerate().filter(|(_, slot)| slot.group.is_empty()) {
            match drawing.draw(slot, stored(&slot.usage)) {
                Ok(drawn) => page.shown[at] = page.take(drawn),
                Err(NeedsState(keys)) => needed.extend(keys),
            }
        }
        for group in &self.groups {
            match drawing.draw_group(group, &stored) {
                Ok(members) => self.take_group(group, members, &mut page),
                Err(NeedsState(keys)) => needed.extend(keys),
            }
        }
        if !needed.is_empty() {
            return Outcome::NeedsState(needed);
        }
        let mut composer = Composer::new(self, &page.shown, false);
        let root = composer.root();
        let hidden = composer.hidden();
        let Page { changed, based_on, events, .. } = page;
        Outcome::Ready(Box::new(Composed { root, hidden, changed, based_on, events }))
    }

    /// Takes what the members of a group show: the slices of this unit to the page, what is new of all of them
    /// to be stored.
    fn take_group<'p>(&'p self, group: &'p Group, members: Vec<Option<Drawn<'p>>>, page: &mut Page<'p>) {
        let mut unchanged = Vec::new();
        let before = page.changed.len();
        for (member, drawn) in group.members.iter().zip(members) {
            match drawn {
                Some(drawn) => {
                    if drawn.new.is_none() {
                        unchanged.push(member.placed.usage.clone());
                    }
                    let entries = page.take(drawn);
                    if let Some((at, _)) = self.slot(member.placed.node) {
                        page.shown[at] = entries;
                    }
                }
                None => unchanged.push(member.placed.usage.clone()),
            }
        }
        if page.changed.len() > before {
            page.based_on.append(&mut unchanged);
        }
    }

    /// Composes the unit for an author who wants to see what it is made of: references stay, each with its
    /// whole pool inside.
    pub fn author_view(&self) -> Composed {
        let pools: Vec<Vec<&Entry>> =
            self.slots.iter().map(|slot| slot.pool.entries.iter().collect()).collect();
        let mut composer = Composer::new(self, &pools, true);
        let root = composer.root();
        Composed {
            root,
            hidden: composer.hidden(),
            changed: Vec::new(),
            based_on: Vec::new(),
            events: Vec::new(),
        }
    }
}

/// What a learner's draws come to.
#[derive(Default)]
struct Page<'p> {
    /// The entries shown of each slot.
    shown: Vec<Vec<&'p Entry>>,
    changed: Vec<NewDraw>,
    based_on: Vec<UsageKey>,
    events: Vec<DrawEvent>,
}

impl<'p> Page<'p> {
    /// Keeps what is new, and returns what is shown.
    fn take(&mut self, drawn: Drawn<'p>) -> Vec<&'p Entry> {
        self.changed.extend(drawn.new);
        self.events.extend(drawn.events);
        drawn.entries
    }
}

struct Composer<'d, 'p> {
    plan: &'p Plan,
    /// The entries shown of each slot.
    shown: &'d [Vec<&'p Entry>],
    keeps_references: bool,
    hidden: Vec<Hidden>,
    blocks: usize,
    /// Units whose components were looked at in their place.
    expanded: usize,
    is_cut: bool,
    /// Blocks of the unit's own context that are on the page.
    met: HashSet<NodeId>,
    no_overrides: Applied,
}

impl<'d, 'p> Composer<'d, 'p> {
    fn new(plan: &'p Plan, shown: &'d [Vec<&'p Entry>], keeps_references: bool) -> Self {
        Composer {
            plan,
            shown,
            keeps_references,
            hidden: Vec::new(),
            blocks: 0,
            expanded: 0,
            is_cut: false,
            met: HashSet::new(),
            no_overrides: Applied::new(None, None),
        }
    }

    fn structure(&self) -> &'p Arc<Structure> {
        &self.plan.unit.structure
    }

    fn root(&mut self) -> ComposedBlock {
        let id = self.plan.unit.root;
        let mut root = self.own(id);
        self.met.insert(id);
        match self.plan.slot(id) {
            Some((at, slot)) => self.entries(at, slot, id, 1, &mut root.children),
            None => self.children(id, 1, &mut root.children),
        }
        // An item of a pathway is the block it stands for, under one key.
        let is_item = self.structure().kind == ContextKind::Pathway && !self.keeps_references;
        match root.children.len() {
            1 if is_item => root.children.remove(0),
            _ => root,
        }
    }

    /// Returns what was left out: what the plan hides of this unit, and what came up while composing.
    fn hidden(&mut self) -> Vec<Hidden> {
        let mut hidden = self.plan.hidden.clone();
        hidden.append(&mut self.hidden);
        hidden
    }

    /// Returns a block of the unit's own context, without children.
    fn own(&self, id: NodeId) -> ComposedBlock {
        let node = self.structure().node(id);
        ComposedBlock {
            usage: node.usage.clone(),
            structure: Arc::clone(self.structure()),
            id,
            inherited: Arc::clone(&node.inherited),
            overrides: Arc::clone(&self.no_overrides.levels),
            overridden: Arc::clone(&self.no_overrides.names),
            origin: None,
            children: Vec::new(),
        }
    }

    /// Counts one more block; false when the page is full.
    fn has_room(&mut self) -> bool {
        let has_room = self.blocks < MAX_BLOCKS;
        self.blocks += usize::from(has_room);
        has_room || self.cut()
    }

    /// Counts one more unit whose components stand in its place; false when there were too many. Units that hold
    /// nothing but one another take no room, in more ways than anyone can walk.
    fn may_expand(&mut self) -> bool {
        let may = self.blocks < MAX_BLOCKS && self.expanded < MAX_BLOCKS;
        self.expanded += usize::from(may);
        may || self.cut()
    }

    /// Tells once that the page is full; false.
    fn cut(&mut self) -> bool {
        if !std::mem::replace(&mut self.is_cut, true) {
            let root = &self.structure().node(self.plan.unit.root).usage;
            let message = format!("only the first {MAX_BLOCKS} blocks are shown");
            self.hide(root.clone(), "too_many_blocks", message);
        }
        false
    }

    fn hide(&mut self, source: UsageKey, code: &'static str, message: String) {
        self.hidden.push(Hidden { source, code, message });
    }

    fn is_too_deep(&mut self, usage: &UsageKey, depth: usize) -> bool {
        let is_too_deep = depth > MAX_DEPTH;
        if is_too_deep && self.hidden.len() < MAX_HIDDEN {
            let message = format!("it is nested more than {MAX_DEPTH} levels deep");
            self.hide(usage.clone(), "include_too_deep", message);
        }
        is_too_deep
    }

    /// Adds the children of a block of the unit's own context.
    fn children(&mut self, parent: NodeId, depth: usize, out: &mut Vec<ComposedBlock>) {
        let structure = self.structure();
        out.reserve(structure.node(parent).children.len());
        for &id in &structure.node(parent).children {
            let node = structure.node(id);
            if self.is_too_deep(&node.usage, depth) {
                continue;
            }
            if !self.met.insert(id) {
                self.hide(node.usage.clone(), "duplicate_usage", "it is on the page already".to_owned());
                continue;
            }
            let slot = self.plan.slot(id);
            if is_reference(node.block_type()) && !self.keeps_references {
                if let Some((at, slot)) = slot {
                    self.entries(at, slot, id, depth, out);
                }
                continue;
            }
            if !self.has_room() {
                return;
            }
            let mut block = self.own(id);
            match slot {
                Some((at, slot)) => self.entries(at, slot, id, depth + 1, &mut block.children),
                None if is_place_to_go(structure, id) => {}
                None => self.children(id, depth + 1, &mut block.children),
            }
            out.push(block);
        }
    }

    /// Returns whether a library block stands for what is in it: the components of a unit stand in the unit
    /// that draws it, as if each had been drawn (unit-composition §10). Authors see the units themselves, and
    /// an item of a pathway is the unit itself.
    fn is_expanded(&self, pool: &Pool, id: NodeId) -> bool {
        pool.origin.is_some()
            && !self.keeps_references
            && self.structure().kind != ContextKind::Pathway
            && &**pool.structure.node(id).block_type() == "unit"
    }

    /// Adds the blocks shown of a selecting block.
    fn entries(
        &mut self,
        at: usize,
        slot: &'p Slot,
        selecting: NodeId,
        depth: usize,
        out: &mut Vec<ComposedBlock>,
    ) {
        let entries = &self.shown[at];
        out.reserve(entries.len());
        let inherited = &self.structure().node(selecting).inherited;
        let pool = &slot.pool;
        let mut below = Below { pool, inherited, path: Vec::new(), times: HashMap::new() };
        for entry in entries {
            let node = pool.structure.node(entry.node);
            if self.is_too_deep(&node.usage, depth) {
                continue;
            }
            let Some(usage) = pool.key(entry) else {
                let message = format!("no key can be made for it below {}", slot.usage);
                self.hide(node.usage.clone(), "invalid_block_id", message);
                continue;
            };
            if self.is_expanded(pool, entry.node) {
                if !self.may_expand() {
                    return;
                }
                below.path.push(node.usage.block_id());
                self.library_children(&mut below, entry.node, depth + 1, out);
                below.path.pop();
                continue;
            }
            if !self.has_room() {
                return;
            }
            let mut block = match pool.origin {
                Some(_) => drawn(pool, entry.node, usage, inherited),
                None => self.own(entry.node),
            };
            if pool.origin.is_none() {
                self.met.insert(entry.node);
                self.children(entry.node, depth + 1, &mut block.children);
            } else if !node.children.is_empty() {
                below.path.push(node.usage.block_id());
                self.library_children(&mut below, entry.node, depth + 1, &mut block.children);
                below.path.pop();
            }
            out.push(block);
        }
    }

    /// Adds the children of a library container that was drawn; their keys have the path from it.
    fn library_children(
        &mut self,
        below: &mut Below<'p>,
        parent: NodeId,
        depth: usize,
        out: &mut Vec<ComposedBlock>,
    ) {
        let pool = below.pool;
        let Some(origin) = &pool.origin else { return };
        for &id in &pool.structure.node(parent).children {
            let node = pool.structure.node(id);
            if self.is_too_deep(&node.usage, depth) {
                continue;
            }
            if is_reference(node.block_type()) {
                let message = "a library block cannot draw from another library here".to_owned();
                self.hide(node.usage.clone(), "reference_in_library", message);
                continue;
            }
            if self.is_expanded(pool, id) && self.is_expanded(pool, parent) {
                if !self.may_expand() {
                    return;
                }
                below.path.push(node.usage.block_id());
                self.library_children(below, id, depth + 1, out);
                below.path.pop();
                continue;
            }
            if !self.has_room() {
                return;
            }
            below.path.push(node.usage.block_id());
            let ordinal = below.ordinal(origin, node.block_type());
            match origin.key(&node.usage, &below.path, ordinal) {
                Some(usage) => {
                    let mut block = drawn(pool, id, usage, below.inherited);
                    self.library_children(below, id, depth + 1, &mut block.children);
                    out.push(block);
                }
                None => {
                    let message = format!("no key can be made for it below {}", origin.reference);
                    self.hide(node.usage.clone(), "invalid_block_id", message);
                }
            }
            below.path.pop();
        }
    }
}

/// Returns a library block used through a reference, without children.
fn drawn(pool: &Pool, id: NodeId, usage: UsageKey, inherited: &Arc<Fields>) -> ComposedBlock {
    let applied = pool.overrides(id);
    ComposedBlock {
        usage,
        structure: Arc::clone(&pool.structure),
        id,
        inherited: Arc::clone(inherited),
        overrides: Arc::clone(&applied.levels),
        overridden: Arc::clone(&applied.names),
        origin: pool.origin.clone(),
        children: Vec::new(),
    }
}

/// What is known on the way down into a library container.
struct Below<'p> {
    pool: &'p Pool,
    inherited: &'p Arc<Fields>,
    /// Ids from the block that was drawn down to the one at hand.
    path: Vec<&'p str>,
    /// How often each path occurred below the reference.
    times: HashMap<String, u32>,
}

impl Below<'_> {
    /// Returns which occurrence of its path a block is: the key of the second one ends in `!2`
    /// (unit-composition §2.3).
    fn ordinal(&mut self, origin: &Origin, block_type: &str) -> u32 {
        let times = self.times.entry(origin.place(block_type, &self.path)).or_insert(0);
        *times += 1;
        *times
    }
}
