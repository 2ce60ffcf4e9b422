//! The native block types.
//!
//! A type is a folder with its fields (in [`decl`]), compiling, views, handlers and tests, beside its templates
//! in `templates/blocks/<folder>/`. Views and handlers are pure: what they need is in the block and its
//! context, what they change leaves through the context's effects.
//!
//! To add a type: 1. its table in [`decl`]; 2. a folder that implements [`xblock::BlockType`]; 3. its templates;
//! 4. one line in the registry.

pub mod decl;
pub mod olx_io;

mod completion;
mod container;
mod form_url;
mod html;
mod io;
mod markup;
mod notice;
mod outline;
mod placeholder;
mod problem;
mod registry;
mod selection;
#[cfg(test)]
mod testing;
mod unit;
mod vertical;
mod video;

pub use registry::registry;
