//! The road of a request: find the block, compose, gather, compute, persist (docs/ARCHITECTURE.md).

pub mod answers;
pub mod author;
pub mod author_view;
pub mod beside;
pub mod call;
pub mod compose;
pub mod diff;
pub mod everyones;
pub mod find;
pub mod legacy;
pub mod links;
pub mod original;
pub mod outline;
pub mod pathways;
pub mod persist;
pub mod progress;
pub mod redraw;
pub mod references;
pub mod render;
pub mod report;
pub mod rescore;
pub mod review;
pub mod scene;
pub mod units;
pub mod upstream;

pub use find::{Found, find};
pub use scene::Scene;
