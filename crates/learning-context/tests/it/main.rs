//! Learning contexts over bundles of fixed content.

mod contexts;
mod corpus;
mod course;
mod definitions;
mod edit;
mod library;
mod part;
mod pathway;
#[path = "../support/mod.rs"]
mod support;
