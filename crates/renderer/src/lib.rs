//! Templates, block wrappers, URL rewriting, the embed page and MathML.
//!
//! Everything here is pure: rendered fragments and plain values go in, text comes out. The way of a view:
//! a tree of [`RenderedBlock`]s becomes HTML with each block in its wrapper and its links rewritten
//! ([`urls`]); that is the content of a [`WireFragment`], or of a page ([`page::Pages`]). Formulas are
//! converted before, when content is compiled ([`math`]).
//!
//! To add a page: a template in `templates/page/`, its context type in `page::context`, a method of
//! [`page::Pages`] and a sample in its tests. To add a client file: put it in `static/`; its URL is
//! `url_for_asset(name)` in templates and [`assets::asset`] in code.

pub mod assets;
mod escape;
pub mod math;
pub mod page;
mod scan;
mod templates;
pub mod urls;
mod wire;
mod wrapper;

pub use templates::{TemplateError, Templates};
pub use wire::{WireFragment, WireResource};
pub use wrapper::RenderedBlock;
