//! OLX: a lossless XML tree with positions, its reader and its writer.
//!
//! [`Document::parse`] turns text into a tree of [`Element`]s that keeps everything an author wrote: order,
//! CDATA sections, comments, mixed content and where each element began. Document type definitions are refused,
//! and so is whatever exceeds the [`Limits`]; the error says where. [`Element::outer_xml`], [`Element::inner_xml`]
//! and [`Element::pretty_xml`] print the way the reference runtime's XML library does, so that stored content stays
//! byte-comparable with it.

mod error;
mod include;
mod reader;
mod tree;
mod writer;

pub use error::{OlxError, codes};
pub use include::{Include, IncludeError};
pub use reader::Limits;
pub use tree::{Attribute, Document, Element, Node, Position};
