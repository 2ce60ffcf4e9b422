//! What a learner sees of an answer while typing it: formulas as TeX, chemical equations as HTML (capa §7, §12
//! `input_ajax`).

mod chemistry;

use thiserror::Error;

use crate::calc::{self, CalcError};
pub use chemistry::chemistry;

/// What an input previews.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreviewKind {
    /// A formula; see [`latex`].
    Formula,
    /// A chemical equation; see [`chemistry`].
    Chemistry,
}

/// Why there is no preview; the text is for the learner.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PreviewError {
    /// It is not a formula, or not yet.
    #[error("Sorry, couldn't parse formula")]
    NotAFormula,
    /// It is longer or nested deeper than is previewed.
    #[error("Sorry, this formula is too long for a preview")]
    TooLong,
    /// It is not a chemical equation.
    #[error("Couldn't read this as a chemical equation: {0}")]
    NotChemistry(String),
}

/// Returns a formula as TeX without delimiters; a blank text is blank. Names need not mean anything.
///
/// # Errors
/// Text that is not a formula (capa §7).
pub fn latex(formula: &str) -> Result<String, PreviewError> {
    calc::latex(formula).map_err(|error| match error {
        CalcError::TooLarge => PreviewError::TooLong,
        _ => PreviewError::NotAFormula,
    })
}
