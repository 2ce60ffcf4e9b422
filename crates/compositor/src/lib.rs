//! Turns a unit document into the blocks one learner sees.

pub mod draw;
pub mod group;
pub mod selection;
