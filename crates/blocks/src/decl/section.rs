//! What the upper containers of libraries are (library-archive §4): sections of subsections, subsections of
//! units. They have the fields of every container and nothing else.

use xblock::{BlockDecl, CompletionMode, DefaultValue::*, FieldDecl, Scope, field::FieldType};

/// The `section` type.
pub static SECTION: BlockDecl = container("section", "SectionContainer", "Section");

/// The `subsection` type.
pub static SUBSECTION: BlockDecl = container("subsection", "SubsectionContainer", "Subsection");

const fn container(block_type: &'static str, class_name: &'static str, title: &'static str) -> BlockDecl {
    BlockDecl {
        block_type,
        class_name,
        title,
        has_children: true,
        has_score: false,
        icon_class: "other",
        completion_mode: CompletionMode::Aggregator,
        fields: FIELDS,
        customizable: &[],
    }
}

const FIELDS: &[FieldDecl] = &[
    FieldDecl::new("display_name", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("name", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("tags", FieldType::List, Scope::Settings, EmptyList),
    FieldDecl::new("parent", FieldType::Reference, Scope::Parent, Null),
    FieldDecl::new("children", FieldType::ReferenceList, Scope::Children, EmptyList),
];
