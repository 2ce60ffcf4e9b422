//! What course units are: fields and traits of the `vertical` type (xblock-core §1, §2).

use xblock::{BlockDecl, CompletionMode, DefaultValue::*, FieldDecl, Scope, field::FieldType};

/// The `vertical` type.
pub static DECL: BlockDecl = BlockDecl {
    block_type: "vertical",
    class_name: "VerticalBlock",
    title: "Unit",
    has_children: true,
    has_score: false,
    icon_class: "other",
    completion_mode: CompletionMode::Aggregator,
    fields: FIELDS,
    customizable: &[],
};

const FIELDS: &[FieldDecl] = &[
    FieldDecl::new("display_name", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("discussion_enabled", FieldType::Boolean, Scope::Settings, Bool(true)),
    FieldDecl::new("position", FieldType::Integer, Scope::UserState, Null),
    FieldDecl::new("due", FieldType::Date, Scope::Settings, Null),
    FieldDecl::new("relative_weeks_due", FieldType::Integer, Scope::Settings, Null),
    FieldDecl::new("hide_after_due", FieldType::Boolean, Scope::Settings, Bool(false)),
    FieldDecl::new("is_entrance_exam", FieldType::Boolean, Scope::Settings, Bool(false)),
    FieldDecl::new("xml_attributes", FieldType::Dict, Scope::Settings, EmptyDict),
    FieldDecl::new("name", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("tags", FieldType::List, Scope::Settings, EmptyList),
    FieldDecl::new("parent", FieldType::Reference, Scope::Parent, Null),
    FieldDecl::new("children", FieldType::ReferenceList, Scope::Children, EmptyList),
];
