//! What problem banks are: fields and traits of the `itembank` type (xblock-core §1, §2).

use xblock::{BlockDecl, CompletionMode, DefaultValue::*, FieldDecl, Scope, field::FieldType};

/// The `itembank` type.
pub static DECL: BlockDecl = BlockDecl {
    block_type: "itembank",
    class_name: "ItemBankBlock",
    title: "Problem Bank",
    has_children: true,
    has_score: false,
    icon_class: "other",
    completion_mode: CompletionMode::Aggregator,
    fields: FIELDS,
    customizable: &[],
};

const FIELDS: &[FieldDecl] = &[
    FieldDecl::new("display_name", FieldType::String, Scope::Settings, Text("Problem Bank")),
    FieldDecl::new("max_count", FieldType::Integer, Scope::Settings, Int(1)),
    FieldDecl::new("selected", FieldType::List, Scope::UserState, EmptyList),
    FieldDecl::new("allow_resetting_children", FieldType::Boolean, Scope::Settings, Bool(false)),
    FieldDecl::new("xml_attributes", FieldType::Dict, Scope::Settings, EmptyDict),
    FieldDecl::new("name", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("tags", FieldType::List, Scope::Settings, EmptyList),
    FieldDecl::new("parent", FieldType::Reference, Scope::Parent, Null),
    FieldDecl::new("children", FieldType::ReferenceList, Scope::Children, EmptyList),
];
