//! What can go wrong with a problem.

use thiserror::Error;

/// Why a problem cannot be compiled or an answer cannot be graded.
///
/// The first three carry text for the reader of the problem; attempts are not counted for any of them
/// (capa §12, problem_check).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CapaError {
    /// The learner's input cannot be understood; the text tells the learner why.
    #[error("{0}")]
    StudentInput(String),
    /// A response cannot grade, for instance because its pattern is invalid.
    #[error("{0}")]
    Response(String),
    /// The problem is not written as its response types require.
    #[error("{0}")]
    LoncapaProblem(String),
    /// The problem text is not acceptable XML.
    #[error("{0}")]
    Olx(olx::OlxError),
    /// A fault the learner is only told about in general terms.
    #[error("{0}")]
    Generic(String),
}

impl CapaError {
    pub(crate) fn generic(message: impl Into<String>) -> Self {
        Self::Generic(message.into())
    }

    pub(crate) fn problem(message: impl Into<String>) -> Self {
        Self::LoncapaProblem(message.into())
    }
}

impl From<olx::OlxError> for CapaError {
    fn from(error: olx::OlxError) -> Self {
        Self::Olx(error)
    }
}
