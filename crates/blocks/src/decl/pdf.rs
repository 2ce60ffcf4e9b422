//! What PDF documents are: fields and traits of the `pdf` type (xblock-core §1, §2).

use xblock::{BlockDecl, CompletionMode, DefaultValue::*, FieldDecl, Scope, field::FieldType};

/// The `pdf` type.
pub static DECL: BlockDecl = BlockDecl {
    block_type: "pdf",
    class_name: "PDFBlock",
    title: "PDF",
    has_children: false,
    has_score: false,
    icon_class: "other",
    completion_mode: CompletionMode::Completable,
    fields: FIELDS,
    customizable: &[],
};

const FIELDS: &[FieldDecl] = &[
    FieldDecl {
        display_name: Some("PDF Download Allowed"),
        ..FieldDecl::new("allow_download", FieldType::Boolean, Scope::Content, Bool(true))
    },
    FieldDecl {
        display_name: Some("Display Name"),
        ..FieldDecl::new("display_name", FieldType::String, Scope::Settings, Text("PDF"))
    },
    FieldDecl::new("name", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("parent", FieldType::Reference, Scope::Parent, Null),
    FieldDecl {
        display_name: Some("Source document button text"),
        ..FieldDecl::new("source_text", FieldType::String, Scope::Content, Text(""))
    },
    FieldDecl {
        display_name: Some("Source document URL"),
        ..FieldDecl::new("source_url", FieldType::String, Scope::Content, Text(""))
    },
    FieldDecl::new("tags", FieldType::List, Scope::Settings, EmptyList),
    FieldDecl {
        display_name: Some("PDF URL"),
        ..FieldDecl::new(
            "url",
            FieldType::String,
            Scope::Content,
            Text("https://tutorial.math.lamar.edu/pdf/Trig_Cheat_Sheet.pdf"),
        )
    },
];
