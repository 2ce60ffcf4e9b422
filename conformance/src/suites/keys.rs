//! `keys`: what every text reads as (opaque-keys §9).
//!
//! Rows marked `extension` are texts that we read and the reference refuses; they are read as the reference
//! does, all others as every part of Exedra does.

use std::path::Path;

use anyhow::bail;
use opaque_keys::{
    AnyKey, AsideDefinitionKey, AsideUsageKey, AssetKey, BlockTypeKey, CollectionKey, ContainerKey,
    CourseKey, DefinitionKey, InvalidKey, LearningContextKey, UsageKey,
};
use serde_json::{Map, Value, json};

use super::{Options, Outcome, json_lines, text};

/// The reference's types of keys: the name in the vectors, and how to read one.
pub(super) fn parse(
    kind: &str,
    text: &str,
    as_reference: bool,
) -> anyhow::Result<Result<AnyKey, InvalidKey>> {
    macro_rules! read {
        ($key:ty) => {
            if as_reference { <$key>::parse_reference(text) } else { text.parse::<$key>() }
        };
    }
    Ok(match kind {
        "LearningContextKey" => read!(LearningContextKey).map(AnyKey::from),
        "CourseKey" => read!(CourseKey).map(|key| LearningContextKey::from(key).into()),
        "UsageKey" => read!(UsageKey).map(AnyKey::from),
        "UsageKeyV2" => match read!(UsageKey) {
            Ok(key @ (UsageKey::Library(_) | UsageKey::Pathway(_))) => Ok(key.into()),
            // Asked for a key of a library or a pathway, so that the error says so.
            Ok(_) => read!(opaque_keys::LibraryBlockKey).map(|key| UsageKey::from(key).into()),
            Err(error) => Err(error),
        },
        "AsideUsageKey" => read!(AsideUsageKey).map(|key| UsageKey::from(key).into()),
        "DefinitionKey" => read!(DefinitionKey).map(AnyKey::from),
        "AsideDefinitionKey" => read!(AsideDefinitionKey).map(|key| DefinitionKey::from(key).into()),
        "AssetKey" => read!(AssetKey).map(AnyKey::from),
        "CollectionKey" => read!(CollectionKey).map(AnyKey::from),
        "ContainerKey" => read!(ContainerKey).map(AnyKey::from),
        "BlockTypeKey" => read!(BlockTypeKey).map(AnyKey::from),
        other => bail!("there is no type of keys called {other:?}"),
    })
}

fn changed<K: AsRef<str>>(key: Result<K, InvalidKey>) -> Value {
    key.map_or_else(|_| json!({ "raises": "InvalidKeyError" }), |key| json!(key.as_ref()))
}

/// The reference can not print a course key in the old form that has no run at all.
fn course_text(key: &CourseKey) -> Value {
    match key.is_deprecated() && key.run().is_none() {
        true => json!({ "raises": "TypeError" }),
        false => json!(key),
    }
}

fn context_text(key: &LearningContextKey) -> Value {
    key.as_course().map_or_else(|| json!(key), course_text)
}

/// The properties that the reference's class of a key has.
fn properties(key: &AnyKey) -> Value {
    let mut found = Map::new();
    let mut set = |name: &str, value: Value| found.insert(name.to_owned(), value);
    match key {
        AnyKey::Context(context) => {
            set("is_course", json!(context.is_course()));
            match context {
                LearningContextKey::Course(course) => {
                    set("html_id", json!(course));
                    set("version_agnostic", changed(course.without_version()));
                    set("for_branch_none", changed(course.without_branch()));
                }
                LearningContextKey::Library(_) => {
                    set("for_branch_none", changed(context.without_branch()));
                }
                LearningContextKey::Pathway(_) => {}
            }
        }
        AnyKey::Usage(usage) => {
            set("block_type", json!(usage.block_type()));
            set("block_id", json!(usage.block_id()));
            set("context_key", context_text(&usage.context_key()));
            if let UsageKey::Course(block) = usage {
                set("version_agnostic", changed(block.without_version()));
                set("for_branch_none", changed(block.without_branch()));
            }
            if !matches!(usage, UsageKey::Aside(_)) {
                set("html_id", json!(usage.html_id()));
            }
        }
        AnyKey::Asset(asset) => {
            set("block_type", json!(asset.asset_type()));
            set("block_id", json!(asset.path()));
            set("asset_type", json!(asset.asset_type()));
            set("path", json!(asset.path()));
            set("context_key", course_text(&asset.course()));
            set("html_id", json!(asset.html_id()));
            set("version_agnostic", changed(asset.without_version()));
            set("for_branch_none", changed(asset.without_branch()));
        }
        AnyKey::Definition(_) | AnyKey::Collection(_) | AnyKey::Container(_) | AnyKey::BlockType(_) => {}
    }
    Value::Object(found)
}

/// Compares `ok`, and for keys `canonical`, `class`, `fields`, `deprecated`, `props` and `reparse_equal`.
pub(super) fn run(file: &Path, _: &Options) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    for row in json_lines(file)? {
        let (input, kind) = (text(&row, "input")?, text(&row, "as")?);
        let as_reference = row.get("extension").is_some_and(|extension| *extension != Value::Bool(false));
        let answer = match parse(kind, input, as_reference)? {
            Err(_) => json!({ "ok": false, "canonical": null, "class": null, "fields": null }),
            Ok(key) => {
                let again = parse(kind, key.as_str(), as_reference)?;
                json!({
                    "ok": true,
                    "canonical": key.as_str(),
                    "class": key.class(),
                    "fields": key.describe()["fields"],
                    "deprecated": key.is_deprecated(),
                    "props": properties(&key),
                    "reparse_equal": again.is_ok_and(|again| again == key),
                })
            }
        };
        let mut compared = outcome.row();
        for member in ["ok", "canonical", "class", "fields", "deprecated", "props", "reparse_equal"] {
            let (expected, got) = (&row[member], &answer[member]);
            if expected != got {
                compared.differs(format!("{kind} {input:?} {member}"), expected, got);
            }
        }
    }
    Ok(outcome)
}
