//! What discussions are: fields and traits of the `discussion` type (xblock-core §1, §2).

use xblock::{BlockDecl, CompletionMode, DefaultValue::*, FieldDecl, Scope, field::FieldType};

/// The `discussion` type.
pub static DECL: BlockDecl = BlockDecl {
    block_type: "discussion",
    class_name: "DiscussionXBlock",
    title: "Discussion",
    has_children: false,
    has_score: false,
    icon_class: "other",
    completion_mode: CompletionMode::Excluded,
    fields: FIELDS,
    customizable: &[],
};

const FIELDS: &[FieldDecl] = &[
    FieldDecl {
        display_name: Some("Category"),
        ..FieldDecl::new("discussion_category", FieldType::String, Scope::Settings, Text("Week 1"))
    },
    FieldDecl::new("discussion_id", FieldType::String, Scope::Settings, UniqueId),
    FieldDecl {
        display_name: Some("Subcategory"),
        ..FieldDecl::new(
            "discussion_target",
            FieldType::String,
            Scope::Settings,
            Text("Topic-Level Student-Visible Label"),
        )
    },
    FieldDecl {
        display_name: Some("Display Name"),
        ..FieldDecl::new("display_name", FieldType::String, Scope::Settings, Text("Discussion"))
    },
    FieldDecl::new("name", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("parent", FieldType::Reference, Scope::Parent, Null),
    FieldDecl::new("sort_key", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("tags", FieldType::List, Scope::Settings, EmptyList),
    FieldDecl::new("xml_attributes", FieldType::Dict, Scope::Settings, EmptyDict),
];
