//! The text of the simple editor, converted to OLX and back.
//!
//! The text is what authors type who do not want to write XML: `( ) wrong`, `(x) right`, `= 5 +- 0.1`. [`to_olx`]
//! turns it into a `<problem>`, character by character as the editor does. [`from_olx`] is the way back, for the
//! problems that the text can say; it refuses the others and names what they have too much.

mod answers;
mod back;
mod choices;
mod convert;
mod dropdown;
mod feedback;
mod gather;
mod hints;
mod lines;
mod prose;
#[cfg(test)]
mod tests;

pub use back::{BackError, Obstacle, codes as obstacle_codes, from_olx};
pub use convert::{Converted, NO_QUESTION, NOT_WELL_FORMED, Notice, SEVERAL_QUESTIONS, to_olx};

/// The longest text, and the longest OLX, that is converted, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// Why a text is not converted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarkdownError {
    /// The text is longer than [`MAX_BYTES`].
    #[error("the text has {bytes} bytes, more than {MAX_BYTES}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
}
