//! Imports into a real database in memory.

mod archive;
mod common;
mod corpora;
mod course;
mod demo;
mod failures;
mod legacy;
