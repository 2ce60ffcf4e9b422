//! A block tree as one caller sees it, with everything that showing or using it needs.

use std::sync::Arc;

use compositor::{AuthorView, CompositionJson, Hidden, Plan};
use learner::{Changes, Gather, StateSet};
use learning_context::{Action, Node, NodeId, Structure};
use opaque_keys::UsageKey;
use time::OffsetDateTime;
use xblock::{Block, BlockState, BlockType, Child, CompletionMode, Definition, Fields, Placement, Registry};

use crate::{
    app::App,
    caller::Caller,
    http::error::{ApiError, Code},
    path::BlockPath,
    runtime::{
        compose::{self, Composition},
        find::{Found, context_error, find},
        persist,
        render::TRIES,
    },
};

/// One block of a scene.
pub struct SceneBlock {
    /// Its usage, as learner state knows it.
    pub usage: UsageKey,
    /// What its definition is read from.
    pub source: Arc<learning_context::DefinitionSource>,
    /// Its definition, compiled.
    pub definition: Arc<Definition>,
    /// Overrides that apply, highest precedence first.
    pub overrides: Arc<[Arc<Fields>]>,
    /// What it inherits from the course.
    pub inherited: Arc<Fields>,
    /// Whether that comes before what its library sets.
    pub inherited_first: bool,
    /// The structure its definition and assets are in.
    pub structure: Arc<Structure>,
    /// Its node there.
    pub node: NodeId,
    /// Its children, as indexes of [`Scene::blocks`].
    pub children: Vec<usize>,
    /// The reference that drew it, where the learner may draw again.
    pub draw_again: Option<UsageKey>,
}

/// A block tree as one caller sees it.
pub struct Scene {
    /// Where the root was found.
    pub found: Found,
    /// The blocks; the root is the first.
    pub blocks: Vec<SceneBlock>,
    /// The caller's state of all of them.
    pub state: StateSet,
    composition: Composition,
    registry: Arc<Registry>,
    title: String,
}

/// For blocks nothing is stored for.
static NOTHING: std::sync::LazyLock<Fields> = std::sync::LazyLock::new(Fields::new);

impl Scene {
    /// Finds a block, composes it for the caller, and gathers definitions and state: a fixed number of
    /// statements, however many blocks there are.
    ///
    /// # Errors
    /// 403 and 404 as [`find`]; 404 for a block used through a reference that does not stand for it now.
    pub async fn open(app: &App, caller: &Caller, path: &BlockPath) -> Result<Scene, ApiError> {
        let found = find(app, caller, path, Action::Learn).await?;
        Scene::of(app, caller, found).await
    }

    /// Composes a block that was found, for a learner, and gathers definitions and state.
    ///
    /// # Errors
    /// 404 for a block used through a reference that does not stand for it now.
    pub async fn of(app: &App, caller: &Caller, found: Found) -> Result<Scene, ApiError> {
        let composition = compose::compose(app, caller, &found).await?;
        let parts = composition
            .blocks(&found.usage)
            .ok_or_else(|| ApiError::not_found(format!("The component '{}' does not exist.", found.usage)))?;
        let mut draws_again: Vec<Option<UsageKey>> = vec![None; parts.len()];
        for (parent, children) in &parts {
            for &child in children {
                draws_again[child] = composition.draw_again(parts[child].0, parent);
            }
        }
        let wanted: Vec<_> = parts.iter().map(|(b, _)| (Arc::clone(b.source()), &*b.overrides)).collect();
        let definitions = app.definitions.load_with_overrides(&wanted).await.map_err(context_error)?;
        let blocks: Vec<SceneBlock> = parts
            .into_iter()
            .zip(definitions)
            .zip(draws_again)
            .map(|(((block, children), definition), draw_again)| SceneBlock {
                usage: block.usage.clone(),
                source: Arc::clone(block.source()),
                definition,
                overrides: Arc::clone(&block.overrides),
                inherited: Arc::clone(&block.inherited),
                inherited_first: block.placement().inherited_first,
                structure: Arc::clone(&block.structure),
                node: block.id,
                children,
                draw_again,
            })
            .collect();
        let mut types: Vec<Arc<str>> = blocks.iter().map(|b| b.source.block_type.clone()).collect();
        types.sort_unstable();
        types.dedup();
        let gather = Gather {
            blocks: blocks.iter().map(|b| b.usage.clone()).collect(),
            types,
            user_info: true,
            selections: Vec::new(),
        };
        let mut state = app
            .states(caller)
            .gather(&caller.learner(), &gather)
            .await
            .map_err(|e| ApiError::Internal(e.to_string()))?;
        // Read before composing; what was composed from them must be checked against these revisions.
        state.selections.clone_from(composition.stored());
        let registry = Arc::clone(&app.registry);
        let mut scene = Scene { found, blocks, state, composition, registry, title: String::new() };
        scene.title = scene.block(0).display_name().into_owned();
        Ok(scene)
    }

    /// Returns a block with what applies to it and the caller's state.
    pub fn block(&self, index: usize) -> Block<'_> {
        let block = &self.blocks[index];
        let summary = self.state.summary.get(&block.usage).unwrap_or(&NOTHING);
        let preferences = self.state.preferences.get(&block.source.block_type).unwrap_or(&NOTHING);
        Block {
            usage: &block.usage,
            decl: self.registry.get(&block.source.block_type).decl(),
            definition: &block.definition,
            placement: Placement {
                overrides: &block.overrides,
                inherited: &block.inherited,
                inherited_first: block.inherited_first,
            },
            state: BlockState {
                user_state: self.user_state(index),
                preferences,
                user_info: &self.state.user_info,
                summary,
            },
        }
    }

    /// Returns the root block.
    pub fn root_block(&self) -> Block<'_> {
        self.block(0)
    }

    /// Returns the type of the root block.
    pub fn root_type(&self) -> &dyn BlockType {
        &**self.registry.get(&self.blocks[0].source.block_type)
    }

    /// Returns what the root block is called.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Returns the stored user_state of a block.
    pub fn user_state(&self, index: usize) -> &Fields {
        self.state.blocks.get(&self.blocks[index].usage).map_or(&NOTHING, |row| &row.fields)
    }

    /// Returns the completion of a block: its own, or the mean of its children's where it only gathers them.
    /// Blocks that cannot be completed, and containers of such, do not count.
    pub fn completion(&self, index: usize) -> Option<f64> {
        let block = &self.blocks[index];
        if block.children.is_empty() {
            return self.state.blocks.get(&block.usage).and_then(|row| row.completion);
        }
        let (mut sum, mut number) = (0.0, 0_u32);
        for &child in &block.children {
            let mode = self.registry.get(&self.blocks[child].source.block_type).decl().completion_mode;
            match (mode, self.completion(child)) {
                (CompletionMode::Excluded, _) | (CompletionMode::Aggregator, None) => continue,
                (_, completion) => sum += completion.unwrap_or(0.0),
            }
            number += 1;
        }
        (number > 0).then(|| sum / f64::from(number))
    }

    /// Returns a block as its parent's handlers see it.
    pub fn child(&self, index: usize) -> Child {
        let block = &self.blocks[index];
        Child {
            usage: block.usage.clone(),
            block_type: block.source.block_type.to_string(),
            display_name: self.block(index).display_name().into_owned(),
            is_empty: false,
            completion: self.completion(index),
            draw_again: None,
        }
    }

    /// Returns the keys of the root's children, the same for everyone: a reference is named itself, not what
    /// this learner drew, and a bank's children are all of them (xblock-rest-api §2.1).
    pub fn child_keys(&self) -> Vec<String> {
        if self.found.is_drawn() {
            let children = self.blocks[0].children.iter();
            return children.map(|child| self.blocks[*child].usage.to_string()).collect();
        }
        self.authored_children().map(|child| child.usage.to_string()).collect()
    }

    /// Returns the children the root was authored with.
    fn authored_children(&self) -> impl Iterator<Item = &Node> {
        let structure = &self.found.structure;
        structure.node(self.found.node).children.iter().map(|child| structure.node(*child))
    }

    /// Returns the keys of those children that are edited where they are used: neither behind a link nor used
    /// through a reference.
    pub fn editable_child_keys(&self) -> Vec<String> {
        if self.found.is_drawn() {
            return Vec::new();
        }
        let own = self.authored_children().filter(|child| child.linked.is_none());
        own.map(|child| child.usage.to_string()).collect()
    }

    /// Returns what composing changed: selections drawn or repaired, and the events that tell of it.
    pub fn selection_changes(&self, now: OffsetDateTime) -> Changes {
        self.composition.changes(now, &self.found.record.key)
    }

    /// Opens a scene and keeps what composing changed. When another request of the learner was faster, what that
    /// one drew is what is opened.
    ///
    /// # Errors
    /// As [`Scene::open`]; 409 when other requests keep changing the draws, which needs more than drawing.
    pub async fn open_and_keep(app: &App, caller: &Caller, path: &BlockPath) -> Result<Scene, ApiError> {
        for _ in 0..TRIES {
            let scene = Scene::open(app, caller, path).await?;
            if persist::keep(app, caller, &scene.selection_changes(app.clock.now())).await? {
                return Ok(scene);
            }
        }
        Err(ApiError::problem(Code::Conflict, "Other requests of yours keep changing this page; try again."))
    }

    /// Returns what of the composition does not depend on the learner.
    pub fn plan(&self) -> &Plan {
        self.composition.plan()
    }

    /// Returns what the learner does not see, and why.
    pub fn hidden(&self) -> &[Hidden] {
        &self.composition.composed().hidden
    }

    /// Returns what the learner sees, as JSON (unit-composition §2.1); authors get more beside it.
    pub fn composition<'s>(&'s self, author: Option<AuthorView<'s>>) -> CompositionJson<'s> {
        let learner = self.composition.composed().learner_json();
        CompositionJson { author, ..learner }
    }
}
