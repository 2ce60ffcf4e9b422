//! Reads course trees and library archives into bundles.

mod error;
mod progress;
pub mod report;
pub mod source;
mod text;

pub use error::{ImportError, codes};
pub use progress::{NoProgress, Progress};
pub use report::{Finding, Report};
pub use source::{Limits, Source};
