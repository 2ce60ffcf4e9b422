//! Declarations: what a block type is and which fields it has.

use serde_json::Value;

use crate::field::FieldType;

/// The six named scopes and the two structural ones (xblock-core §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Authored, per definition.
    Content,
    /// Authored, per usage.
    Settings,
    /// One learner, one usage.
    UserState,
    /// One learner, all blocks of the type.
    Preferences,
    /// One learner, everything.
    UserInfo,
    /// All learners, one usage.
    UserStateSummary,
    /// The list of children.
    Children,
    /// The parent.
    Parent,
}

impl Scope {
    /// Returns whether an author sets fields of this scope.
    pub fn is_authored(self) -> bool {
        matches!(self, Scope::Content | Scope::Settings)
    }

    /// Returns the name used in vectors and the wire, e.g. `user_state`.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Content => "content",
            Scope::Settings => "settings",
            Scope::UserState => "user_state",
            Scope::Preferences => "preferences",
            Scope::UserInfo => "user_info",
            Scope::UserStateSummary => "user_state_summary",
            Scope::Children => "children",
            Scope::Parent => "parent",
        }
    }
}

/// A field's value when nothing is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DefaultValue {
    /// JSON null.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// Text.
    Text(&'static str),
    /// An empty list.
    EmptyList,
    /// An empty object.
    EmptyDict,
    /// Any other JSON, as text.
    Json(&'static str),
    /// SHA-1 of the usage, field and user (xblock-core §2).
    UniqueId,
}

impl DefaultValue {
    /// Returns the value in stored JSON form; [`DefaultValue::UniqueId`] gives null, since it needs the usage.
    pub fn to_json(self) -> Value {
        match self {
            DefaultValue::Null | DefaultValue::UniqueId => Value::Null,
            DefaultValue::Bool(b) => b.into(),
            DefaultValue::Int(n) => n.into(),
            DefaultValue::Float(x) => x.into(),
            DefaultValue::Text(s) => s.into(),
            DefaultValue::EmptyList => Value::Array(Vec::new()),
            DefaultValue::EmptyDict => Value::Object(serde_json::Map::new()),
            DefaultValue::Json(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        }
    }
}

/// One field of a block type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldDecl {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: FieldType,
    /// Its scope.
    pub scope: Scope,
    /// Its default.
    pub default: DefaultValue,
    /// What authors see it called, if it is editable.
    pub display_name: Option<&'static str>,
    /// Whether writes convert and check the value.
    pub enforce_type: bool,
    /// Whether it is written as a child element.
    pub xml_node: bool,
    /// Whether it is written even when unset.
    pub force_export: bool,
    /// Whether null is written as an element (text fields).
    pub none_to_xml: bool,
}

impl FieldDecl {
    /// Returns a declaration with the usual properties; change the odd ones with struct update syntax.
    pub const fn new(name: &'static str, ty: FieldType, scope: Scope, default: DefaultValue) -> Self {
        FieldDecl {
            name,
            ty,
            scope,
            default,
            display_name: None,
            enforce_type: false,
            xml_node: false,
            force_export: false,
            none_to_xml: matches!(ty, FieldType::String | FieldType::XmlString),
        }
    }
}

/// How completion of a block comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionMode {
    /// It has a completion of its own.
    Completable,
    /// It is as complete as its children.
    Aggregator,
    /// It does not count.
    Excluded,
}

/// What a block type is; one static value a type.
#[derive(Debug)]
pub struct BlockDecl {
    /// The OLX tag and the type in keys, e.g. `html`.
    pub block_type: &'static str,
    /// The class name that block CSS selects on, e.g. `HtmlBlock`.
    pub class_name: &'static str,
    /// Shown when no display name is set and the type's field has no default.
    pub title: &'static str,
    /// Whether it has children.
    pub has_children: bool,
    /// Whether it can be scored.
    pub has_score: bool,
    /// `problem`, `video` or `other`.
    pub icon_class: &'static str,
    /// How completion comes about.
    pub completion_mode: CompletionMode,
    /// All its fields, in class order.
    pub fields: &'static [FieldDecl],
    /// Content fields that a block override may set (unit-composition §4.2).
    pub customizable: &'static [&'static str],
}

impl BlockDecl {
    /// Returns the declaration of a field.
    pub fn field(&self, name: &str) -> Option<&'static FieldDecl> {
        self.fields.iter().find(|f| f.name == name)
    }
}
