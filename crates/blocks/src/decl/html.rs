//! What text is: fields and traits of the `html` type (xblock-core §1, §2).

use xblock::{BlockDecl, CompletionMode, DefaultValue::*, FieldDecl, Scope, field::FieldType};

/// The `html` type.
pub static DECL: BlockDecl = BlockDecl {
    block_type: "html",
    class_name: "HtmlBlock",
    title: "Text",
    has_children: false,
    has_score: false,
    icon_class: "other",
    completion_mode: CompletionMode::Completable,
    fields: FIELDS,
    customizable: &["data"],
};

const FIELDS: &[FieldDecl] = &[
    FieldDecl::new("data", FieldType::String, Scope::Content, Text("")),
    FieldDecl {
        display_name: Some("Display Name"),
        ..FieldDecl::new("display_name", FieldType::String, Scope::Settings, Text("Text"))
    },
    FieldDecl {
        display_name: Some("Editor"),
        ..FieldDecl::new("editor", FieldType::String, Scope::Settings, Text("visual"))
    },
    FieldDecl::new("name", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("parent", FieldType::Reference, Scope::Parent, Null),
    FieldDecl::new("source_code", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("tags", FieldType::List, Scope::Settings, EmptyList),
    FieldDecl {
        enforce_type: true,
        ..FieldDecl::new("upstream_data", FieldType::String, Scope::Content, Null)
    },
    FieldDecl::new("use_latex_compiler", FieldType::Boolean, Scope::Settings, Bool(false)),
    FieldDecl::new("xml_attributes", FieldType::Dict, Scope::Settings, EmptyDict),
];
