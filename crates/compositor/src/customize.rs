//! What a course changed of the blocks it refers to, and taking it back (unit-composition §4.4).

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use learning_context::{DefinitionSource, NodeId};
use opaque_keys::{LearningContextKey, UsageKey};
use serde::Serialize;
use serde_json::{Map, Value};
use xblock::{BlockDecl, Definition, Fields, Registry};

use crate::{
    Library, Reference,
    overrides::{Level, inherited_first, refusal},
    pool::Pool,
    reading::block_name,
    reference::BlockName,
    settings::stored,
};

/// An overridden field of a block.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CustomizedField {
    /// Its name.
    pub field: String,
    /// Where the override is written: `reference` or `block`.
    pub level: Level,
    /// The override.
    pub value: Value,
    /// The library's value; the default where none is set. Null when the block is not there.
    pub library_value: Value,
    /// The value learners get.
    pub effective_value: Value,
    /// Why the override is ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
}

/// A block with overrides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CustomizedBlock {
    /// Its key in the library; as written where it names no block of the pool.
    pub block: String,
    /// Its type, when it is there.
    pub block_type: Option<String>,
    /// Whether no block of the pool is of that name. Its overrides wait for it to return.
    pub orphan: bool,
    /// Its overridden fields: those for it alone, then those for all blocks.
    pub fields: Vec<CustomizedField>,
}

/// The customisations of a reference.
pub struct Customizations<'a> {
    reference: &'a Reference,
    inherited: &'a Fields,
    registry: &'a Registry,
    /// `None` when the library is not here: then all overrides for blocks are orphans.
    pool: Option<Pool>,
    blocks: Vec<NodeId>,
}

impl<'a> Customizations<'a> {
    /// Finds the blocks that are customised. `inherited` is what the reference inherits from its course.
    pub fn new(
        usage: &UsageKey,
        reference: &'a Reference,
        inherited: &'a Fields,
        library: Option<&Library>,
        registry: &'a Registry,
    ) -> Self {
        let pool =
            library.map(|library| Pool::of_library(usage, reference, library, registry, &mut Vec::new()));
        let mut blocks = pool.as_ref().map_or_else(Vec::new, Pool::shown);
        if reference.field_overrides.is_empty() {
            let own: HashSet<_> = pool.iter().flat_map(|pool| pool.overridden_alone(reference)).collect();
            blocks.retain(|id| own.contains(id));
        }
        Customizations { reference, inherited, registry, pool, blocks }
    }

    /// Returns the sources whose definitions [`Customizations::list`] needs.
    pub fn sources(&self) -> Vec<Arc<DefinitionSource>> {
        let pool = self.pool.iter();
        pool.flat_map(|pool| self.blocks.iter().map(|&id| Arc::clone(&pool.structure.node(id).source)))
            .collect()
    }

    /// Lists the customised blocks in pool order, then the orphans; `definitions` pair up with
    /// [`Customizations::sources`]. Overrides for all blocks are left out where a type has no such field.
    pub fn list(&self, definitions: &[Arc<Definition>]) -> Vec<CustomizedBlock> {
        let mut listed = Vec::new();
        let mut orphans: Vec<(&String, &Fields)> = Vec::new();
        let mut alone: HashMap<NodeId, &Fields> = HashMap::new();
        let here: HashSet<NodeId> = self.blocks.iter().copied().collect();
        for (key, name, fields) in &self.reference.block_field_overrides {
            let pool = self.pool.as_ref();
            let found = pool.and_then(|pool| pool.find(name.as_ref()?)).filter(|id| here.contains(id));
            match found {
                Some(id) => {
                    alone.insert(id, fields);
                }
                None => orphans.push((key, fields)),
            }
        }
        for (&id, definition) in self.blocks.iter().zip(definitions) {
            let Some(pool) = &self.pool else { break };
            let node = pool.structure.node(id);
            let decl = self.registry.known(node.block_type()).map(|known| known.decl());
            let levels = &pool.overrides(id).levels;
            let row = |level: Level, name: &String, value: &Value| {
                let code = refusal(decl, level, name, value);
                (level == Level::Block || code != Some("override_unknown_field")).then(|| CustomizedField {
                    field: name.clone(),
                    level,
                    value: value.clone(),
                    library_value: library_value(name, definition, decl),
                    effective_value: match decl {
                        Some(decl) => effective(name, levels, definition, self.inherited, decl),
                        None => value.clone(),
                    },
                    code,
                })
            };
            let of_block = alone.get(&id).into_iter().flat_map(|fields| fields.iter());
            let of_block = of_block.filter_map(|(name, value)| row(Level::Block, name, value));
            let of_all = self.reference.field_overrides.iter();
            let of_all = of_all.filter_map(|(name, value)| row(Level::Reference, name, value));
            let fields: Vec<_> = of_block.chain(of_all).collect();
            if !fields.is_empty() {
                listed.push(CustomizedBlock {
                    block: node.usage.to_string(),
                    block_type: Some(node.block_type().to_string()),
                    orphan: false,
                    fields,
                });
            }
        }
        let waiting = |(name, value): (&String, &Value)| CustomizedField {
            field: name.clone(),
            level: Level::Block,
            value: value.clone(),
            library_value: Value::Null,
            effective_value: Value::Null,
            code: Some("override_orphan"),
        };
        listed.extend(orphans.into_iter().map(|(key, fields)| CustomizedBlock {
            block: key.clone(),
            block_type: None,
            orphan: true,
            fields: fields.iter().map(waiting).collect(),
        }));
        listed
    }
}

/// Returns the value of a field in a course: the overrides, highest first, then the library's, the course's,
/// the default; the course's before the library's where the course says so (unit-composition §4.1).
pub(crate) fn effective(
    name: &str,
    levels: &[Arc<Fields>],
    definition: &Definition,
    inherited: &Fields,
    decl: &BlockDecl,
) -> Value {
    let overridden = levels.iter().find_map(|fields| fields.get(name));
    let (own, inherited_value) = (definition.fields.get(name), inherited.get(name));
    let set = overridden.or(match inherited_first(inherited) {
        true => inherited_value.or(own),
        false => own.or(inherited_value),
    });
    set.cloned().unwrap_or_else(|| decl.field(name).map_or(Value::Null, |field| field.default.to_json()))
}

fn library_value(name: &str, definition: &Definition, decl: Option<&BlockDecl>) -> Value {
    let default = || decl.and_then(|decl| decl.field(name)).map_or(Value::Null, |f| f.default.to_json());
    definition.fields.get(name).cloned().unwrap_or_else(default)
}

/// Which customisations are meant: one field of one block, all of one block, one field of all blocks, or
/// everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The block, as it is written or by its `lb:` key.
    pub block: Option<String>,
    /// The field.
    pub field: Option<String>,
}

impl Scope {
    /// Reads what updates keep and discard: `lb:ORG:SLUG:TYPE:ID`, the same followed by `:FIELD`, or `FIELD`.
    pub fn read(text: &str) -> Self {
        if text.parse::<UsageKey>().is_ok() {
            return Scope { block: Some(text.to_owned()), field: None };
        }
        match text.rsplit_once(':') {
            Some((block, field)) => Scope { block: Some(block.to_owned()), field: Some(field.to_owned()) },
            None => Scope { block: None, field: Some(text.to_owned()) },
        }
    }

    fn holds(&self, library: Option<&LearningContextKey>, block: Option<&str>, field: &str) -> bool {
        let same = |wanted: &String, written: &str| {
            let name = || block_name(wanted, library);
            wanted == written || name().is_some_and(|name| block_name(written, library) == Some(name))
        };
        let of_block = match (&self.block, block) {
            (None, _) => true,
            (Some(wanted), Some(written)) => same(wanted, written),
            (Some(_), None) => false,
        };
        of_block && self.field.as_ref().is_none_or(|wanted| wanted == field)
    }
}

/// Overrides that were taken away.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cleared {
    /// The settings to be saved; null takes one away.
    pub changes: Fields,
    /// The same settings as they were: saved again, they bring everything back.
    pub previous: Fields,
}

/// Takes overrides away from the settings of a reference to `library`: those that `discard` names, save those
/// that `keep` names. Settings that are no objects are taken away with everything only.
pub fn clear(
    settings: &Fields,
    library: Option<&LearningContextKey>,
    discard: &[Scope],
    keep: &[Scope],
) -> Cleared {
    let mut cleared = Cleared::default();
    let goes = |block: Option<&str>, field: &str| {
        let named = |scopes: &[Scope]| scopes.iter().any(|scope| scope.holds(library, block, field));
        named(discard) && !named(keep)
    };
    let everything = discard.contains(&Scope::default()) && keep.is_empty();
    for name in ["field_overrides", "block_field_overrides"] {
        let Some(before) = stored(settings, name).filter(|value| !value.is_null()) else { continue };
        let read = match before {
            Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| before.clone()),
            other => other.clone(),
        };
        let after = match &read {
            Value::Object(_) if everything => Value::Null,
            Value::Object(fields) if name == "field_overrides" => {
                without(fields, |name, _| (!goes(None, name)).then_some(None))
            }
            Value::Object(blocks) => without(blocks, |block, fields| match fields {
                Value::Object(fields) if !fields.is_empty() => {
                    let kept = without(fields, |name, _| (!goes(Some(block), name)).then_some(None));
                    (!kept.is_null()).then_some(Some(kept))
                }
                // Nothing in it has a name: it goes with its block.
                _ => (!goes(Some(block), "")).then_some(None),
            }),
            _ if everything => Value::Null,
            _ => continue,
        };
        if after != read {
            cleared.changes.insert(name.to_owned(), after);
            cleared.previous.insert(name.to_owned(), before.clone());
        }
    }
    cleared
}

/// Returns an object without the entries for which `kept` has nothing, and with what it has instead of a
/// value; null when nothing is left.
fn without(fields: &Map<String, Value>, kept: impl Fn(&str, &Value) -> Option<Option<Value>>) -> Value {
    let left: Map<_, _> = fields
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), kept(name, value)?.unwrap_or_else(|| value.clone()))))
        .collect();
    if left.is_empty() && !fields.is_empty() { Value::Null } else { Value::Object(left) }
}

impl Pool {
    /// Returns the blocks that have overrides of their own, in no particular order.
    fn overridden_alone(&self, reference: &Reference) -> HashSet<NodeId> {
        let names = reference.block_field_overrides.iter().filter_map(|(_, name, _)| name.as_ref());
        names.filter_map(|name| self.find(name)).collect()
    }

    /// Returns the keys, as written, of overrides that are for no block of the pool.
    pub(crate) fn orphans(&self, reference: &Reference) -> Vec<String> {
        let shown: HashSet<NodeId> = self.shown().into_iter().collect();
        let is_here = |name: &BlockName| self.find(name).is_some_and(|id| shown.contains(&id));
        let written = reference.block_field_overrides.iter();
        written
            .filter(|(_, name, _)| !name.as_ref().is_some_and(is_here))
            .map(|(key, ..)| key.clone())
            .collect()
    }
}
