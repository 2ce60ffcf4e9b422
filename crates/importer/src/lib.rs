//! Reads course trees and library archives into bundles.
//!
//! What comes in is a folder, a zip or a tarball, recognised by what is in it ([`source`]). It becomes a
//! [`Plan`]: which learning context, which files its next published version holds and which its working draft.
//! Making the plan reads and checks everything and writes nothing; [`apply`] then brings the bundle there with a
//! few batched writes to the working draft and one commit, so that a crash on the way leaves what is published
//! untouched and a second run completes. Importing the same thing twice changes nothing.
//!
//! | format | recognised by | becomes |
//! |---|---|---|
//! | course ([`course`]) | `course.xml` | `course-v1:…`, the files as they are |
//! | legacy library ([`legacy`]) | `library.xml` | `lib:…` with alias `library-v1:…`, one folder a block |
//! | library archive ([`archive`]) | `package.toml` | `lib:…`, published set as one version, drafts as the working draft |
//!
//! To add a format: a marker file in [`source`], a module that makes a [`Plan`] of it, a line in [`prepare`].

mod apply;
pub mod archive;
pub mod course;
mod error;
mod import;
pub mod legacy;
mod plan;
mod progress;
mod reference;
pub mod report;
pub mod source;
mod text;

pub use apply::apply;
pub use error::{ImportError, codes};
pub use import::{Options, import, prepare};
pub use plan::Plan;
pub use progress::{NoProgress, Progress};
pub use report::{Finding, Report};
pub use source::{Limits, Source};
