//! The block model: fields, scopes, fragments, handlers and the block-type registry.
