//! Which overrides apply to a block (unit-composition §4.2, §4.3).

use std::sync::Arc;

use learning_context::course::INHERITED_OVER_LIBRARY;
use serde::Serialize;
use serde_json::Value;
use xblock::{BlockDecl, Fields, Scope, field::FieldType};

/// Fields no reference may override, besides `upstream…`.
const FORBIDDEN: &[&str] = &[
    "children",
    "parent",
    "url_name",
    "name",
    "tags",
    "xml_attributes",
    "markdown",
    "source_code",
    "downstream_customized",
    "copied_from_block",
    "top_level_downstream_parent_key",
    "library_key",
    "library_version",
    "source_library_id",
    "source_library_version",
];

/// Where an override is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// `field_overrides`.
    Reference,
    /// `block_field_overrides`.
    Block,
}

/// Returns whether no reference may override fields of that name, whatever the type.
pub fn never_overridden(name: &str) -> bool {
    FORBIDDEN.contains(&name) || name.starts_with("upstream")
}

/// Returns whether what blocks of libraries inherit here comes before what their libraries set
/// (unit-composition §4.1).
pub(crate) fn inherited_first(inherited: &Fields) -> bool {
    inherited.get(INHERITED_OVER_LIBRARY).and_then(Value::as_bool) == Some(true)
}

/// Returns whether a setting is a second representation of content.
pub(crate) fn is_content(name: &str) -> bool {
    matches!(name, "markdown" | "source_code")
}

/// Why an override is ignored, or `None` when it applies. `decl` is `None` for types this server does not
/// know; their overrides pass through.
pub(crate) fn refusal(
    decl: Option<&BlockDecl>,
    level: Level,
    name: &str,
    value: &Value,
) -> Option<&'static str> {
    let decl = decl?;
    if never_overridden(name) {
        return Some("override_forbidden");
    }
    let Some(field) = decl.field(name) else { return Some("override_unknown_field") };
    let is_open = match field.scope {
        Scope::Settings => true,
        Scope::Content => level == Level::Block && decl.customizable.contains(&name),
        _ => false,
    };
    if !is_open {
        Some("override_forbidden")
    } else if !fits(field.ty, value) {
        Some("override_bad_type")
    } else {
        None
    }
}

/// Returns whether a JSON value is of the kind a field stores; null always is.
fn fits(ty: FieldType, value: &Value) -> bool {
    match (ty, value) {
        (_, Value::Null) | (FieldType::Any, _) => true,
        (FieldType::Integer, value) => value.as_i64().is_some() || value.as_u64().is_some(),
        (FieldType::Float, value) => value.is_number(),
        (FieldType::Boolean, value) => value.is_boolean(),
        (FieldType::List | FieldType::Set | FieldType::ReferenceList | FieldType::ListScore, value) => {
            value.is_array()
        }
        (FieldType::Dict | FieldType::ReferenceValueDict, value) => value.is_object(),
        (FieldType::Score, value) => value.is_object() || value.is_array(),
        (FieldType::Timedelta | FieldType::RelativeTime | FieldType::DateTime | FieldType::Date, value) => {
            value.is_string() || value.is_number()
        }
        (
            FieldType::String | FieldType::XmlString | FieldType::Reference | FieldType::Randomization,
            value,
        ) => value.is_string(),
    }
}

/// The overrides of one block: those for it alone, then those for all blocks of the reference.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    /// Highest precedence first; without empty levels.
    pub(crate) levels: Arc<[Arc<Fields>]>,
    /// Names of all overridden fields, sorted.
    pub(crate) names: Arc<[Arc<str>]>,
}

impl Applied {
    pub(crate) fn new(block: Option<Arc<Fields>>, reference: Option<&Arc<Fields>>) -> Self {
        let levels: Arc<[Arc<Fields>]> = block.into_iter().chain(reference.cloned()).collect();
        let mut names: Vec<Arc<str>> =
            levels.iter().flat_map(|fields| fields.keys()).map(|name| Arc::from(name.as_str())).collect();
        names.sort_unstable();
        names.dedup();
        Applied { levels, names: names.into() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use xblock::{CompletionMode, DefaultValue, FieldDecl};

    use super::*;

    const DECL: BlockDecl = BlockDecl {
        block_type: "html",
        class_name: "HtmlBlock",
        title: "Text",
        has_children: false,
        has_score: false,
        icon_class: "other",
        completion_mode: CompletionMode::Completable,
        fields: &[
            FieldDecl::new("display_name", FieldType::String, Scope::Settings, DefaultValue::Null),
            FieldDecl::new("max_attempts", FieldType::Integer, Scope::Settings, DefaultValue::Null),
            FieldDecl::new("markdown", FieldType::String, Scope::Settings, DefaultValue::Null),
            FieldDecl::new("data", FieldType::String, Scope::Content, DefaultValue::Null),
            FieldDecl::new("other", FieldType::String, Scope::Content, DefaultValue::Null),
            FieldDecl::new("attempts", FieldType::Integer, Scope::UserState, DefaultValue::Null),
        ],
        customizable: &["data"],
    };

    #[test]
    fn the_table_of_what_may_be_overridden() {
        let at = |level, name: &str, value: Value| refusal(Some(&DECL), level, name, &value);
        for level in [Level::Reference, Level::Block] {
            assert_eq!(at(level, "display_name", json!("x")), None);
            assert_eq!(at(level, "max_attempts", Value::Null), None);
            assert_eq!(at(level, "max_attempts", json!("3")), Some("override_bad_type"));
            assert_eq!(at(level, "max_attempts", json!(1.5)), Some("override_bad_type"));
            assert_eq!(at(level, "markdown", json!("x")), Some("override_forbidden"));
            assert_eq!(at(level, "upstream_version", json!(1)), Some("override_forbidden"));
            assert_eq!(at(level, "attempts", json!(0)), Some("override_forbidden"));
            assert_eq!(at(level, "other", json!("x")), Some("override_forbidden"));
            assert_eq!(at(level, "color", json!("x")), Some("override_unknown_field"));
        }
        assert_eq!(at(Level::Reference, "data", json!("x")), Some("override_forbidden"));
        assert_eq!(at(Level::Block, "data", json!("x")), None);
        assert_eq!(refusal(None, Level::Reference, "anything", &json!([])), None);
    }
}
