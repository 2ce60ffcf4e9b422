//! What library units are: fields and traits of the `unit` type (xblock-core §1, §2).

use xblock::{BlockDecl, CompletionMode, DefaultValue::*, FieldDecl, Scope, field::FieldType};

/// The `unit` type.
pub static DECL: BlockDecl = BlockDecl {
    block_type: "unit",
    class_name: "UnitBlock",
    title: "Unit",
    has_children: true,
    has_score: false,
    icon_class: "other",
    completion_mode: CompletionMode::Aggregator,
    fields: FIELDS,
    customizable: &[],
};

const FIELDS: &[FieldDecl] = &[
    FieldDecl::new("display_name", FieldType::String, Scope::Settings, Text("Unit")),
    FieldDecl::new("name", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("tags", FieldType::List, Scope::Settings, EmptyList),
    FieldDecl::new("parent", FieldType::Reference, Scope::Parent, Null),
    FieldDecl::new("children", FieldType::ReferenceList, Scope::Children, EmptyList),
];
