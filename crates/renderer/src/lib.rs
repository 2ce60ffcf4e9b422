//! Templates, block wrappers, URL rewriting, the embed page and MathML.

mod escape;
pub mod math;
mod scan;
pub mod urls;
mod wire;
mod wrapper;

pub use wire::{WireFragment, WireResource};
pub use wrapper::RenderedBlock;
