//! What random references are: fields and traits of `random_lib_ref` (unit-composition §1.2).

use xblock::{BlockDecl, CompletionMode, DefaultValue::Bool};

/// The `random_lib_ref` type.
pub static DECL: BlockDecl = BlockDecl {
    block_type: "random_lib_ref",
    class_name: "RandomLibRefBlock",
    title: "Problem Bank",
    has_children: true,
    has_score: false,
    icon_class: "other",
    completion_mode: CompletionMode::Aggregator,
    fields: &super::lib_ref::fields("Problem Bank", 1, Bool(true)),
    customizable: &[],
};
