//! OLX of the native types: the rules are those of [`crate::olx_io`].

use xblock::{Authored, BlockDecl, Fields, ReadInput, ViewError};

use crate::olx_io::{self, Mode, Source, Stored};

/// Reads a block.
pub(crate) fn read(decl: &BlockDecl, input: &ReadInput<'_>) -> Result<Authored, olx::OlxError> {
    olx_io::read(decl, &Source::from(input))
}

/// Writes a block's `definition.xml`.
pub(crate) fn write(
    decl: &BlockDecl,
    fields: &Fields,
    includes: &[olx::Element],
) -> Result<String, ViewError> {
    let stored = Stored { mode: Mode::V2, fields, url_name: None, children: includes };
    let written = olx_io::write(decl, &stored).map_err(|error| ViewError::Failed(error.to_string()))?;
    Ok(written.element.pretty_xml())
}
