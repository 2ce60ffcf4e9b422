//! `exedra key`: what a key says.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

#[derive(Args)]
pub(super) struct Options {
    /// Any key: `lb:…`, `course-v1:…`, `lb-ref:…` …
    key: String,
}

pub(super) fn run(options: &Options) -> Result<ExitCode> {
    match options.key.parse::<opaque_keys::AnyKey>() {
        Ok(key) => {
            println!("{}", serde_json::to_string_pretty(&key.explain())?);
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!("exedra: {error}");
            Ok(ExitCode::FAILURE)
        }
    }
}
