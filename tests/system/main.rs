//! The whole server: both sites in this process over a store of their own, and the command as a process.

mod acceptance;
mod app;
mod assets;
mod authoring;
mod callers;
mod command;
mod content;
mod editing_references;
mod fields;
mod groups;
mod hostile;
mod learners;
mod legacy;
mod noise;
mod odd_content;
mod operations;
mod pathways;
mod pins;
mod problems;
mod recorded;
mod references;
mod refusals;
mod rest;
mod statements;
mod surface;
mod wire;
