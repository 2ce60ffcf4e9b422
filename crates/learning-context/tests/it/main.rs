//! Learning contexts over bundles of fixed content.

mod contexts;
mod corpus;
mod course;
mod definitions;
mod library;
#[path = "../support/mod.rs"]
mod support;
