//! One suite over every database: each trait method, its errors, and what happens at the same time.
//!
//! SQLite always runs. PostgreSQL runs when `EXEDRA_TEST_POSTGRES` holds the URL of a server on which
//! schemas may be created; each test makes a schema of its own.

mod aliases;
mod bench;
mod blobs;
mod bundles;
mod commits;
mod contexts;
mod crash;
mod drafts;
mod groups;
mod learners;
mod links;
mod model;
mod reports;
mod schema;
mod together;
mod units;
