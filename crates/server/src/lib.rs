//! The exedra server and command.
