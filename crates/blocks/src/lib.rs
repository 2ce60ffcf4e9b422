//! The native block types.
