//! SQLite and PostgreSQL behind the storage traits, with their migrations.
//!
//! [`Database`] implements [`blockstore::Blockstore`], [`learning_context::ContextStore`],
//! [`learning_context::AliasStore`], [`compositor::UnitRecords`], [`learner::LearnerStore`] and
//! [`learner::MoveState`] on both databases with one set of code and, but for a few words, one set of statements.
//! Reading order: `engine` runs statements on either database and counts them; `sql` has every statement's text;
//! `bundles`, `contexts`, `aliases`, `units` and `learners` implement the traits.
//!
//! To add a table: a migration of the same name in both folders of `migrations/`, its line in `migrations`,
//! its statements in `sql`, and its methods in the conformance suite, which runs on both databases.

mod aliases;
mod bundles;
mod contexts;
mod database;
#[macro_use]
mod engine;
mod error;
mod learners;
mod migrations;
mod sql;
mod units;

pub use database::{Clock, Database, NewId, Options};
pub use error::StorageError;
