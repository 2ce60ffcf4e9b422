//! The tokens of YAML.

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    StreamEnd,
    Directive,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    /// Handle, none for a verbatim tag, and suffix.
    Tag(Option<String>, String),
    Scalar {
        text: String,
        is_plain: bool,
    },
}
