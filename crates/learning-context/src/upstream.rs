//! Links of blocks to the library blocks they were copied from, as the reference keeps them in fields of the
//! copy (unit-composition §8.1).
//!
//! They are read from the content each time, so they are there as soon as the content is: after an import, a
//! copy or a new run.

use std::{collections::HashMap, str::FromStr, sync::Arc};

use olx::{Element, Limits};
use opaque_keys::{ContainerKey, UsageKey};
use serde_json::Value;
use xblock::Fields;

use crate::{ContextError, Definitions, NodeId, Structure, definitions::parse, structure::Node};

/// The field that makes a block a linked one.
const UPSTREAM: &str = "upstream";
/// What is kept of customised fields; only linked blocks have it.
pub const CUSTOMIZED: &str = "downstream_customized";
/// Fields of a linked block that are its own: a change of one is not undone when the block is synchronised.
pub const CUSTOMIZABLE: [&str; 12] = [
    "display_name",
    "attempts_before_showanswer_button",
    "due",
    "force_save_button",
    "graceperiod",
    "grading_method",
    "max_attempts",
    "show_correctness",
    "show_reset_button",
    "showanswer",
    "submission_wait_seconds",
    "weight",
];

/// The link of one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// The copy.
    pub node: NodeId,
    /// The key of its source as written: a block or a container of a library.
    pub key: Box<str>,
    /// The version of the source that was copied last.
    pub synced: Option<u32>,
    /// The version that was declined last.
    pub declined: Option<u32>,
    /// The copied container it came in with, as `type@id`; it is synchronised with that.
    pub container: Option<Box<str>>,
    /// Names of fields that an author changed.
    pub customized: Vec<String>,
}

/// What there is of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Available {
    /// Its library is not here, or the caller may not know.
    Unknown,
    /// Its library is here, without it.
    Deleted,
    /// Its newest version.
    Version(u32),
}

impl Upstream {
    /// Returns the source as a block of its library; `None` where the key is none of a library's.
    pub fn source(&self) -> Option<UsageKey> {
        match self.key.starts_with("lct:") {
            true => ContainerKey::from_str(&self.key).ok()?.usage().ok(),
            false => self.key.parse().ok().filter(|key: &UsageKey| key.as_library_block().is_some()),
        }
    }

    /// Returns whether an author should look at the source: it is newer than what was copied or declined, or
    /// gone.
    pub fn is_ready_to_sync(&self, available: Available) -> bool {
        if self.container.is_some() {
            return false;
        }
        match available {
            Available::Unknown => false,
            Available::Deleted => true,
            Available::Version(version) => Some(version) > self.synced.max(self.declined),
        }
    }

    fn read(node: NodeId, value: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let key = value(UPSTREAM).map(|key| key.trim().to_owned()).filter(|key| !is_nothing(key))?;
        let number = |name| value(name)?.trim().parse().ok();
        Some(Upstream {
            node,
            key: key.into(),
            synced: number("upstream_version"),
            declined: number("upstream_version_declined"),
            container: value("top_level_downstream_parent_key")
                .filter(|key| !is_nothing(key))
                .map(Into::into),
            customized: value(CUSTOMIZED).map(|text| names(&text)).unwrap_or_default(),
        })
    }
}

/// Returns the names to keep in `downstream_customized` when an author changed fields of a block, or `None`
/// when nothing is to be kept: the block is not linked, or no field of its own was changed.
pub fn customized(before: &Fields, after: &Fields) -> Option<Vec<String>> {
    let value = |fields: &Fields, name: &str| {
        fields.get(name).or_else(|| fields.get("xml_attributes")?.get(name)).cloned()
    };
    let text = |fields: &Fields, name: &str| {
        value(fields, name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    text(after, UPSTREAM).filter(|key| !is_nothing(key))?;
    let known = text(after, CUSTOMIZED).map(|text| names(&text)).unwrap_or_default();
    let is_new =
        |name: &&str| value(before, name) != value(after, name) && !known.iter().any(|known| known == name);
    let new: Vec<String> = CUSTOMIZABLE.into_iter().filter(|name| is_new(name)).map(str::to_owned).collect();
    (!new.is_empty()).then(|| known.into_iter().chain(new).collect())
}

/// Returns whether the text of an attribute stands for no value.
fn is_nothing(text: &str) -> bool {
    matches!(text.trim(), "" | "None" | "null")
}

/// Reads a list of names, as JSON or as Python prints it.
fn names(text: &str) -> Vec<String> {
    let read = |text: &str| serde_json::from_str(text).ok();
    read(text).or_else(|| read(&text.replace('\'', "\""))).unwrap_or_default()
}

impl Structure {
    /// Returns the links of the context's own blocks, in their order; read with one call on first use, and
    /// kept with the structure. Blocks that cannot be read have none.
    ///
    /// # Errors
    /// Storage failures.
    pub async fn upstreams(&self, definitions: &Definitions) -> Result<Arc<[Upstream]>, ContextError> {
        if let Some(known) = self.upstreams.get() {
            return Ok(Arc::clone(known));
        }
        let files = || self.blocks().filter_map(|id| own_file(self.node(id)));
        let blobs = definitions.read(files()).await?;
        let mut elements: HashMap<_, Option<Element>> = HashMap::new();
        let mut links = Vec::new();
        for id in self.blocks() {
            let node = self.node(id);
            let inline = node.source.inline.as_ref().filter(|inline| inline.olx.contains(UPSTREAM));
            let bytes = own_file(node).and_then(|digest| Some((digest, blobs.get(&digest)?)));
            let element = match (inline, bytes) {
                (Some(inline), _) => parse(inline.olx.as_bytes(), node.source.mode, &Limits::default())
                    .ok()
                    .map(|document| document.root),
                (None, Some((digest, bytes))) if mentions(bytes) => elements
                    .entry(digest)
                    .or_insert_with(|| {
                        parse(bytes, node.source.mode, &Limits::default()).ok().map(|document| document.root)
                    })
                    .clone(),
                _ => None,
            };
            let policy = node.source.policy.as_deref();
            if element.is_none() && policy.is_none() {
                continue;
            }
            links.extend(Upstream::read(id, |name| match policy.and_then(|policy| policy.get(name)) {
                Some(Value::String(text)) => Some(text.clone()),
                Some(other) => Some(other.to_string()),
                None => element.as_ref()?.attr(name).map(str::to_owned),
            }));
        }
        Ok(Arc::clone(self.upstreams.get_or_init(|| links.into())))
    }
}

fn own_file(node: &Node) -> Option<blockstore::Digest> {
    let is_own = node.source.inline.is_none() && node.linked.is_none();
    node.source.files.first().filter(|_| is_own).map(|file| file.digest)
}

/// Most files have no link, so they are not parsed for it.
fn mentions(bytes: &[u8]) -> bool {
    bytes.windows(UPSTREAM.len()).any(|part| part == UPSTREAM.as_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn link(synced: Option<u32>, declined: Option<u32>, container: Option<&str>) -> Upstream {
        // Any node does: links are compared with versions only.
        let node = crate::structure::first_node();
        let (key, container) = ("lb:O:L:problem:p".into(), container.map(Into::into));
        Upstream { node, key, synced, declined, container, customized: Vec::new() }
    }

    #[test]
    fn a_source_is_ready_when_it_is_newer_than_what_was_taken_or_declined() {
        for (synced, declined, available, is_ready) in [
            (Some(2), None, Available::Version(2), false),
            (Some(2), None, Available::Version(3), true),
            (Some(2), Some(3), Available::Version(3), false),
            (Some(2), Some(3), Available::Version(4), true),
            (None, None, Available::Version(1), true),
            (Some(9), None, Available::Deleted, true),
            (None, None, Available::Unknown, false),
        ] {
            let link = link(synced, declined, None);
            assert_eq!(link.is_ready_to_sync(available), is_ready, "{link:?} {available:?}");
        }
        let inside = link(Some(1), None, Some("vertical@v"));
        assert!(!inside.is_ready_to_sync(Available::Version(2)), "it is synchronised with its container");
    }

    #[test]
    fn only_linked_blocks_keep_what_was_customised() {
        let fields = |value: Value| -> Fields { serde_json::from_value(value).unwrap() };
        let plain = fields(json!({"display_name": "a"}));
        assert_eq!(customized(&plain, &fields(json!({"display_name": "b"}))), None);
        let linked = |name: &str, known: Value| {
            fields(
                json!({"display_name": name, "data": name, "xml_attributes": {"upstream": "lb:O:L:problem:p", "downstream_customized": known}}),
            )
        };
        let before = linked("a", json!("[]"));
        assert_eq!(customized(&before, &before), None);
        assert_eq!(customized(&before, &linked("b", json!("[]"))), Some(vec!["display_name".to_owned()]));
        let known = json!("['weight']");
        let both = ["weight".to_owned(), "display_name".to_owned()];
        assert_eq!(customized(&linked("a", known.clone()), &linked("b", known)), Some(both.to_vec()));
        let known = json!(["display_name"]);
        assert_eq!(customized(&linked("a", known.clone()), &linked("b", known)), None);
        let cut = fields(json!({"display_name": "b", "upstream": null}));
        assert_eq!(customized(&fields(json!({"display_name": "a", "upstream": null})), &cut), None);
    }
}
