//! The Exedra server and command: routes, callers, sites, configuration, and the road every request goes.
//!
//! [`http`] holds the endpoints, one file each, with all routes in one table; [`runtime`] is the road from a
//! usage key to a rendered page or an answered handler call; [`commands`] is the `exedra` command.

pub mod app;
pub mod caller;
pub mod clock;
pub mod commands;
pub mod config;
pub mod http;
pub mod path;
pub mod runtime;
pub mod token;
pub mod xqueue;
