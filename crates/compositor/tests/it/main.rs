//! Composing units over fixed courses and libraries.

mod author;
mod compose;
mod draws;
mod filters;
mod groups;
mod missing;
mod over_time;
mod pathways;
mod recorded;
mod references;
mod save;
mod seed_example;
#[path = "../../../learning-context/tests/support/mod.rs"]
#[expect(dead_code, reason = "shared with the tests of learning-context, which use all of it")]
mod support;
mod update;
mod world;
