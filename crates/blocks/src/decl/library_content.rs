//! What randomised content blocks are: fields and traits of the `library_content` type (xblock-core §1, §2).

use xblock::{BlockDecl, CompletionMode, DefaultValue::*, FieldDecl, Scope, field::FieldType};

/// The `library_content` type.
pub static DECL: BlockDecl = BlockDecl {
    block_type: "library_content",
    class_name: "LegacyLibraryContentBlock",
    title: "Randomized Content Block",
    has_children: true,
    has_score: false,
    icon_class: "other",
    completion_mode: CompletionMode::Aggregator,
    fields: FIELDS,
    customizable: &[],
};

const FIELDS: &[FieldDecl] = &[
    FieldDecl::new("display_name", FieldType::String, Scope::Settings, Text("Randomized Content Block")),
    FieldDecl::new("max_count", FieldType::Integer, Scope::Settings, Int(1)),
    FieldDecl::new("selected", FieldType::List, Scope::UserState, EmptyList),
    FieldDecl::new("allow_resetting_children", FieldType::Boolean, Scope::Settings, Bool(false)),
    FieldDecl::new("source_library_id", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("source_library_version", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("capa_type", FieldType::String, Scope::Settings, Text("any")),
    FieldDecl::new("is_migrated_to_v2", FieldType::Boolean, Scope::Settings, Bool(false)),
    FieldDecl::new("xml_attributes", FieldType::Dict, Scope::Settings, EmptyDict),
    FieldDecl::new("name", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("tags", FieldType::List, Scope::Settings, EmptyList),
    FieldDecl::new("parent", FieldType::Reference, Scope::Parent, Null),
    FieldDecl::new("children", FieldType::ReferenceList, Scope::Children, EmptyList),
];
