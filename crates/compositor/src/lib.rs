//! Turns a unit document into the blocks one learner sees.
