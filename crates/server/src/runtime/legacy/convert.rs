//! Banks of copied blocks become references (unit-composition §9.4).

use blockstore::Change;
use compositor::never_overridden;
use learning_context::{
    Edit, NodeId, UsageAlias,
    legacy::{Sync, Wanted},
    upstream::{CUSTOMIZABLE, CUSTOMIZED},
};
use olx::Element;
use opaque_keys::UsageKey;
use serde_json::{Map, Value};
use xblock::{BlockDecl, Fields, Scope};

use super::bank::{self, Bank, Which, content, text};
use crate::{
    app::App,
    caller::Caller,
    http::error::{ApiError, Code},
    runtime::{
        author::{Editing, changes_of, edit_error},
        find::context_error,
    },
};

/// Attributes of a bank that a reference says in another way, or not at all.
const REPLACED: &[&str] = &[
    "url_name",
    "display_name",
    "max_count",
    "allow_resetting_children",
    "capa_type",
    "source_library_id",
    "source_library_version",
    "is_migrated_to_v2",
    "mode",
    "manual",
    "shuffle",
    "candidates",
    "selected",
    "filename",
];

/// What a conversion did.
pub struct Converted {
    /// The new reference.
    pub reference: UsageKey,
    /// The library's key.
    pub library: String,
    /// The version it pins.
    pub version: u32,
    /// Whether that is the version the bank named; else it is the newest.
    pub is_named: bool,
    /// Old and new keys.
    pub aliases: Vec<UsageAlias>,
    /// Copies nobody knows the source of; what learners did in them stays under their keys.
    pub unmatched: Vec<UsageKey>,
    /// Copies whose text is not that of the library, which is shown from now on.
    pub content_differs: Vec<UsageKey>,
}

/// Works out the conversion of a bank into a `random_lib_ref` of the same id in its place.
///
/// # Errors
/// 422 for blocks that are no banks or whose library is not here, and what cannot be edited.
pub async fn convert(
    app: &App,
    caller: &Caller,
    editing: &Editing,
) -> Result<(Vec<Change>, Converted), ApiError> {
    let structure = &editing.structure;
    let node = structure.node(editing.node);
    let bank = bank::read(app, caller, editing, Which::Named).await?;
    let id = node.usage.block_id();
    let invalid = |error: opaque_keys::InvalidKey| ApiError::problem(Code::CannotEdit, error.to_string());
    let reference = UsageKey::course_block(&editing.record.key, "random_lib_ref", id).map_err(invalid)?;

    let mut pairs = Vec::new();
    flatten(&bank.children, &mut Vec::new(), &mut pairs);
    let mut overrides = Map::new();
    let mut content_differs = Vec::new();
    let mut aliases = vec![UsageAlias { alias: node.usage.clone(), usage: reference.clone(), source: None }];
    let slug = bank.record.key.slug().unwrap_or_default();
    for (source, copy, path) in pairs {
        let (source_node, copy_node) = (bank.library.node(source), structure.node(copy));
        let path: Vec<&str> = path.iter().map(|&id| bank.library.node(id).usage.block_id()).collect();
        let usage =
            UsageKey::lib_ref(slug, source_node.block_type(), &path, 1, &reference).map_err(invalid)?;
        let source_key = source_node.usage.clone();
        if let (Some(own), Some(theirs)) = (bank.of_copies.get(&copy), bank.of_library.get(&source)) {
            if content(own) != content(theirs) {
                content_differs.push(copy_node.usage.clone());
            }
            let decl = app.registry.known(copy_node.block_type()).map(|known| known.decl());
            let own = own_settings(decl, &own.fields);
            if !own.is_empty() {
                overrides.insert(source_key.to_string(), Value::Object(own));
            }
        }
        aliases.push(UsageAlias { alias: copy_node.usage.clone(), usage, source: Some(source_key) });
    }
    let mut edit =
        Edit::open_with_all_below(&*app.database, structure, &[editing.node]).await.map_err(context_error)?;
    let old = edit.element(editing.node).cloned().unwrap_or_default();
    let element = reference_element(&bank, id, &old, overrides, node.block_type());
    edit.replace(editing.node, vec![element]).map_err(edit_error)?;
    let mut changes = changes_of(edit)?;
    let beside = format!("library_content/{}.defaults.json", id.replace(':', "/"));
    if structure.file(&beside).is_some()
        && let Ok(path) = beside.parse()
    {
        changes.push(Change::Delete(path));
    }
    let converted = Converted {
        library: bank.record.key.to_string(),
        version: bank.version,
        is_named: bank.is_named,
        unmatched: bank.children.gone.iter().map(|&id| structure.node(id).usage.clone()).collect(),
        reference,
        aliases,
        content_differs,
    };
    Ok((changes, converted))
}

/// Lists sources with their copies and the way down to each source.
fn flatten(
    sync: &Sync<NodeId, NodeId>,
    path: &mut Vec<NodeId>,
    pairs: &mut Vec<(NodeId, NodeId, Vec<NodeId>)>,
) {
    for Wanted { source, copy, below, .. } in &sync.wanted {
        path.push(*source);
        if let Some(copy) = copy {
            pairs.push((*source, *copy, path.clone()));
        }
        flatten(below, path, pairs);
        path.pop();
    }
}

/// Returns the settings of a copy that are the course's own. A linked copy has those of its library written on it
/// too, so that only what an author changed counts, and what never comes from a library.
fn own_settings(decl: Option<&BlockDecl>, fields: &Fields) -> Fields {
    let is_linked = text(fields, "upstream").is_some();
    let customized = text(fields, CUSTOMIZED).unwrap_or_default();
    let is_own = |name: &str| {
        let is_setting = decl
            .is_none_or(|decl| decl.field(name).is_some_and(|field| field.scope == Scope::Settings))
            && !never_overridden(name);
        let only_here = name != "display_name" && CUSTOMIZABLE.contains(&name);
        is_setting
            && (!is_linked
                || only_here
                || customized.contains(&format!("\"{name}\""))
                || customized.contains(&format!("'{name}'")))
    };
    fields
        .iter()
        .filter(|(name, _)| is_own(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn reference_element(
    bank: &Bank,
    id: &str,
    old: &Element,
    overrides: Map<String, Value>,
    block_type: &str,
) -> Element {
    let mut element = Element::new("random_lib_ref").with_attr("url_name", id);
    let fields = &bank.fields;
    if let Some(name) = text(fields, "display_name") {
        element.set_attr("display_name", name);
    }
    element.set_attr("library_key", bank.record.key.to_string());
    element.set_attr("library_version", bank.version.to_string());
    element.set_attr("count", text(fields, "max_count").unwrap_or_else(|| "1".to_owned()));
    let is_true = |name: &str| text(fields, name).is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let is_picked = block_type == "itembank"
        || is_true("manual") && text(fields, "candidates").is_some_and(|text| text.contains('['));
    if is_picked {
        // Only what is there was ever shown.
        let there = bank.children.wanted.iter().filter(|wanted| wanted.copy.is_some());
        let names: Vec<Value> =
            there.map(|wanted| bank.library.node(wanted.source).usage.to_string().into()).collect();
        element.set_attr("blocks", Value::Array(names).to_string());
        element.set_attr("manual", "true");
    } else if let Some(tag) = text(fields, "capa_type").filter(|tag| tag != "any") {
        element.set_attr("capa_type", tag);
    }
    if is_true("allow_resetting_children") {
        element.set_attr("allow_reset", "true");
    }
    if text(fields, "shuffle").is_some_and(|text| text.eq_ignore_ascii_case("false")) {
        element.set_attr("shuffle", "false");
    }
    if !overrides.is_empty() {
        element.set_attr("block_field_overrides", Value::Object(overrides).to_string());
    }
    for attribute in old.attributes.iter().filter(|attribute| !REPLACED.contains(&attribute.name.as_str())) {
        if element.attr(&attribute.name).is_none() {
            element.set_attr(&attribute.name, attribute.value.clone());
        }
    }
    element
}
