//! Reading and writing the OLX of block types (xblock-core §4-§6).
//!
//! A block is read by the rules of its type and of where it comes from: [`Mode::V2`] for the learning-context
//! runtime, [`Mode::V1`] for courses, [`Mode::XBlock`] for the plain form. Everything works by the type's
//! declaration; only `html`, `problem` and `video` have rules of their own. Nothing here opens a file or follows a
//! child: files are handed in, children are returned as elements.

mod html;
mod mixin;
mod plain;
mod pointer;
mod problem;
#[cfg(test)]
mod tests;
mod value;
mod video;

use olx::{Element, OlxError};
use thiserror::Error;
use xblock::field::FieldError;
use xblock::{Authored, BlockDecl, Fields, Files, OlxMode, ReadInput};

pub use plain::document as plain_document;
pub use pointer::{is_pointer, pointer_path};

/// Which rules apply (xblock-core §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One definition of the learning-context runtime.
    V2,
    /// A block of a course tree.
    V1,
    /// A plain XBlock, whatever the type.
    XBlock,
}

impl From<OlxMode> for Mode {
    fn from(mode: OlxMode) -> Self {
        match mode {
            OlxMode::V2 => Mode::V2,
            OlxMode::V1 => Mode::V1,
        }
    }
}

/// What a block is read from.
pub struct Source<'a> {
    /// The rules.
    pub mode: Mode,
    /// The element of the definition; a pointer is resolved already.
    pub element: &'a Element,
    /// The block's id, which places its files.
    pub url_name: Option<&'a str>,
    /// The file that a pointer to the block led to.
    pub path: Option<&'a str>,
    /// The other files of the bundle.
    pub files: &'a dyn Files,
    /// The block's policy entry.
    pub policy: Option<&'a Fields>,
}

impl<'a> From<&ReadInput<'a>> for Source<'a> {
    fn from(input: &ReadInput<'a>) -> Self {
        Source {
            mode: input.mode.into(),
            element: input.element,
            url_name: input.url_name,
            path: None,
            files: input.files,
            policy: input.policy,
        }
    }
}

/// What a block is written from.
pub struct Stored<'a> {
    /// The rules.
    pub mode: Mode,
    /// The explicitly set fields in stored JSON form.
    pub fields: &'a Fields,
    /// The block's id, without which a course block is written inline.
    pub url_name: Option<&'a str>,
    /// The children as they are to stand in the block: includes, pointers or whole blocks.
    pub children: &'a [Element],
}

/// A written block.
#[derive(Clone, Debug, PartialEq)]
pub struct Serialized {
    /// What stands for the block in its parent: the whole block, or a pointer to its file.
    pub element: Element,
    /// Files beside the parent, by path.
    pub files: Vec<(String, String)>,
}

/// A block that cannot be written.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum WriteError {
    /// A field holds what its type cannot print.
    #[error("field {field} cannot be written: {source}")]
    Field {
        /// The field.
        field: String,
        /// Why.
        source: FieldError,
    },
    /// A field that is written as markup is not well-formed.
    #[error("field {field} is not well-formed: {source}")]
    Markup {
        /// The field.
        field: String,
        /// Where and why.
        source: OlxError,
    },
}

/// How a type is read and written.
enum Rules {
    Html,
    Problem,
    Video,
    /// Attributes typed as YAML, children as they are.
    Plain,
    /// Attributes by the legacy rule, children as they are.
    Mixin,
}

fn rules(decl: &BlockDecl, mode: Mode) -> Rules {
    match (mode, decl.block_type) {
        (Mode::XBlock, _) => Rules::Plain,
        (_, "html") => Rules::Html,
        (_, "problem") => Rules::Problem,
        (_, "video") => Rules::Video,
        (_, "unit" | "discussion" | "pdf") => Rules::Plain,
        _ => Rules::Mixin,
    }
}

/// Reads a block.
///
/// Values are stored JSON; fields of learners' scopes are never read from OLX. What is odd but harmless is in
/// [`Authored::problems`].
///
/// # Errors
/// A value that its field refuses, a missing file, or children of a type that has none.
pub fn read(decl: &BlockDecl, source: &Source<'_>) -> Result<Authored, OlxError> {
    match (rules(decl, source.mode), source.mode) {
        (Rules::Html, Mode::V2) => html::read(decl, source.element),
        (Rules::Problem, Mode::V2) => problem::read(decl, source.element),
        (Rules::Video, _) => video::read(decl, source),
        (Rules::Plain, mode) => plain::read(decl, source.element, mode),
        (Rules::Html | Rules::Problem | Rules::Mixin, _) => mixin::read(decl, source),
    }
}

/// Writes a block.
///
/// # Errors
/// A field that cannot be written.
pub fn write(decl: &BlockDecl, stored: &Stored<'_>) -> Result<Serialized, WriteError> {
    let element = match rules(decl, stored.mode) {
        Rules::Plain => return plain::write(decl, stored).map(inline),
        Rules::Html if stored.mode == Mode::V2 => return html::write(decl, stored.fields).map(inline),
        Rules::Html => Element::new(decl.block_type),
        Rules::Problem => problem::definition(decl, stored.fields)?,
        Rules::Video => video::definition(decl, stored)?,
        Rules::Mixin => mixin::definition(decl, stored.children),
    };
    let mut element = mixin::with_settings(decl, stored.fields, element)?;
    let Some(url_name) = stored.url_name.filter(|_| stored.mode == Mode::V1) else {
        return Ok(inline(element));
    };
    let mut files = Vec::new();
    if decl.block_type == "html" {
        element.set_attr("filename", url_name);
        files.push((
            pointer::path(decl.block_type, url_name, "html"),
            value::text(stored.fields, "data").to_owned(),
        ));
    }
    files.push((pointer::path(decl.block_type, url_name, "xml"), element.pretty_xml()));
    Ok(Serialized { element: Element::new(decl.block_type).with_attr("url_name", url_name), files })
}

fn inline(element: Element) -> Serialized {
    Serialized { element, files: Vec::new() }
}
