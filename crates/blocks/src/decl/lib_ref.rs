//! What references to library blocks are: fields and traits of `lib_ref` (unit-composition §1.2), and the
//! fields it shares with `random_lib_ref`.

use xblock::{
    BlockDecl, CompletionMode,
    DefaultValue::{self, *},
    FieldDecl, Scope,
    field::FieldType,
};

/// The `lib_ref` type.
pub static DECL: BlockDecl = BlockDecl {
    block_type: "lib_ref",
    class_name: "LibRefBlock",
    title: "Library Content",
    has_children: true,
    has_score: false,
    icon_class: "other",
    completion_mode: CompletionMode::Aggregator,
    fields: &fields("Library Content", -1, Bool(false)),
    customizable: &[],
};

/// Returns the fields of a reference block; the two tags differ in the defaults of `display_name`, `count`
/// and `shuffle`.
pub(super) const fn fields(display_name: &'static str, count: i64, shuffle: DefaultValue) -> [FieldDecl; 22] {
    [
        FieldDecl::new("display_name", FieldType::String, Scope::Settings, Text(display_name)),
        FieldDecl::new("library_key", FieldType::String, Scope::Settings, Text("")),
        FieldDecl::new("library_version", FieldType::Any, Scope::Settings, Null),
        FieldDecl::new("blocks", FieldType::List, Scope::Settings, EmptyList),
        FieldDecl::new("manual", FieldType::Boolean, Scope::Settings, Null),
        FieldDecl::new("block_types", FieldType::List, Scope::Settings, EmptyList),
        FieldDecl::new("capa_type", FieldType::String, Scope::Settings, Text("any")),
        FieldDecl::new("collections", FieldType::List, Scope::Settings, EmptyList),
        FieldDecl::new("count", FieldType::Integer, Scope::Settings, Int(count)),
        FieldDecl::new("shuffle", FieldType::Boolean, Scope::Settings, shuffle),
        FieldDecl::new("group", FieldType::String, Scope::Settings, Text("")),
        FieldDecl::new("allow_reset", FieldType::Boolean, Scope::Settings, Bool(false)),
        FieldDecl::new("avoid_seen", FieldType::Boolean, Scope::Settings, Bool(true)),
        FieldDecl::new("field_overrides", FieldType::Dict, Scope::Settings, EmptyDict),
        FieldDecl::new("block_field_overrides", FieldType::Dict, Scope::Settings, EmptyDict),
        FieldDecl::new("declined_version", FieldType::Integer, Scope::Settings, Null),
        FieldDecl::new("selected", FieldType::List, Scope::UserState, EmptyList),
        FieldDecl::new("epoch", FieldType::Integer, Scope::UserState, Int(0)),
        FieldDecl::new("xml_attributes", FieldType::Dict, Scope::Settings, EmptyDict),
        FieldDecl::new("name", FieldType::String, Scope::Settings, Null),
        FieldDecl::new("tags", FieldType::List, Scope::Settings, EmptyList),
        FieldDecl::new("parent", FieldType::Reference, Scope::Parent, Null),
    ]
}
