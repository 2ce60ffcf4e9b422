//! What hand-picked library blocks of the short-lived `library_sourced` type are: a `lib_ref` whose blocks are
//! named by `source_block_ids` (unit-composition §9.3).

use xblock::{BlockDecl, CompletionMode, DefaultValue::Bool};

/// The `library_sourced` type.
pub static DECL: BlockDecl = BlockDecl {
    block_type: "library_sourced",
    class_name: "LibrarySourcedBlock",
    title: "Library Content",
    has_children: true,
    has_score: false,
    icon_class: "other",
    completion_mode: CompletionMode::Aggregator,
    fields: &super::lib_ref::fields("Library Content", -1, Bool(false)),
    customizable: &[],
};
