//! What stands in for tags without a block type.

use xblock::{
    BlockDecl, CompletionMode,
    DefaultValue::{EmptyDict, Null},
    FieldDecl, Scope,
    field::FieldType,
};

/// The stand-in type. `data` holds the element as written.
pub static DECL: BlockDecl = BlockDecl {
    block_type: "placeholder",
    class_name: "PlaceholderBlock",
    title: "Unavailable content",
    has_children: false,
    has_score: false,
    icon_class: "other",
    completion_mode: CompletionMode::Excluded,
    fields: &[
        FieldDecl::new("data", FieldType::String, Scope::Content, Null),
        FieldDecl::new("display_name", FieldType::String, Scope::Settings, Null),
        FieldDecl::new("xml_attributes", FieldType::Dict, Scope::Settings, EmptyDict),
    ],
    customizable: &[],
};
