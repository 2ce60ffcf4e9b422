//! Any key at all, told apart by its namespace.

use serde_json::{Value, json};

use super::{
    AssetKey, BlockTypeKey, CollectionKey, ContainerKey, DefinitionKey, Key, LearningContextKey, UsageKey,
    key_enum,
};
use crate::error::Reason;
use crate::grammar::{self, Mode};
use crate::raw::Raw;

key_enum! {
    /// A key of any type. No namespace belongs to two types, so the text decides; block types are read only
    /// with their namespace and family, since every text would be a bare one.
    AnyKey, "keys", read,
    /// Of a learning context.
    Context(LearningContextKey),
    /// Of a usage.
    Usage(UsageKey),
    /// Of a definition.
    Definition(DefinitionKey),
    /// Of an asset.
    Asset(AssetKey),
    /// Of a collection.
    Collection(CollectionKey),
    /// Of a container.
    Container(ContainerKey);
    /// Of a block type.
    BlockType(BlockTypeKey)
}

fn read(input: &str, mode: Mode) -> Result<Raw, Reason> {
    let namespace = input.split_once(':').map(|(namespace, _)| namespace);
    match namespace {
        _ if input.starts_with("/c4x/") => grammar::asset(input),
        None => grammar::context(input, mode),
        Some("course-v1" | "slashes" | "library-v1" | "ccx-v1" | "lib" | "lx-pathway") => {
            grammar::context(input, mode)
        }
        Some("def-v1" | "bundle-olx" | "aside-def-v1" | "aside-def-v2") => grammar::definition(input, 0),
        Some("asset-v1") => grammar::asset(input),
        Some("lib-collection") => grammar::collection(input, mode),
        Some("lct") => grammar::container(input, mode),
        Some("block-type-v1") if input.matches(':').count() > 1 => Ok(grammar::block_type(input)),
        Some(other) => grammar::usage(input, mode, 0).map_err(|reason| match reason {
            Reason::Namespace { .. } => Reason::namespace(other, AnyKey::KIND),
            reason => reason,
        }),
    }
}

impl AnyKey {
    /// Returns what type of key this is, in one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Context(_) => "learning_context",
            Self::Usage(_) => "usage",
            Self::Definition(_) => "definition",
            Self::Asset(_) => "asset",
            Self::Collection(_) => "collection",
            Self::Container(_) => "container",
            Self::BlockType(_) => "block_type",
        }
    }

    /// Explains the key as JSON: `kind`, `key` (canonical text), `namespace`, `class`, `deprecated`, `fields`,
    /// and for keys that have them `context_key`, `block_type`, `block_id`, `html_id`, `reference`.
    pub fn explain(&self) -> Value {
        let described = self.describe();
        let mut explained = json!({
            "kind": self.kind(),
            "key": self.as_str(),
            "namespace": self.namespace(),
            "class": self.class(),
            "deprecated": self.is_deprecated(),
            "fields": described["fields"],
        });
        match self {
            Self::Context(key) => explained["is_course"] = json!(key.is_course()),
            Self::Usage(key) => {
                explained["context_key"] = json!(key.context_key());
                explained["block_type"] = json!(key.block_type());
                explained["block_id"] = json!(key.block_id());
                explained["html_id"] = json!(key.html_id());
                if let Some(key) = key.as_lib_ref() {
                    explained["path"] = json!(key.path().collect::<Vec<_>>());
                    explained["ordinal"] = json!(key.ordinal());
                    explained["reference"] = json!(key.reference());
                }
            }
            Self::Asset(key) => {
                explained["context_key"] = json!(key.course());
                explained["html_id"] = json!(key.html_id());
            }
            Self::Collection(key) => explained["context_key"] = json!(key.library()),
            Self::Container(key) => explained["context_key"] = json!(key.library()),
            Self::Definition(_) | Self::BlockType(_) => {}
        }
        explained
    }
}
