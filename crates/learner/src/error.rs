//! What can go wrong with learner state.

use thiserror::Error;

/// An error of a learner store.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum LearnerError {
    /// Another request wrote the same row first; gather again and recompute.
    #[error("the state of {0} was changed by another request")]
    Conflict(String),
    /// The database did not do what it should; the text is for the log only.
    #[error("learner state could not be read or written: {0}")]
    Storage(String),
    /// A value to be stored is larger than the limit (bytes).
    #[error("the state of {key} is {size} bytes long; at most {limit} are kept")]
    TooLarge {
        /// What the value belongs to.
        key: String,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A score or completion is not a number in its range.
    #[error("{what} of {key} cannot be {value}")]
    InvalidNumber {
        /// The block.
        key: String,
        /// Which number.
        what: &'static str,
        /// The number.
        value: f64,
    },
}
