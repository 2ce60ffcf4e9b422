//! Benchmarks of the rows in docs/BENCHMARKS.md, and the content they run on.
//!
//! [`content`] writes a library and a course into a folder; both kinds of benchmark import the same ones. The
//! benchmarks in one process are in `benches/in_process.rs` and work on a [`Fixture`]; those of the running
//! server are in `cargo xtask bench`, which also prints the table of all rows. [`draws`] is what
//! `cargo xtask simulate` prints.

pub mod content;
pub mod draws;
pub mod fixture;

pub use fixture::{BigBundle, Fixture};
