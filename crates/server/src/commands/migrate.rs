//! `exedra migrate`: the schema the program needs.

use std::process::ExitCode;

use anyhow::Result;

use super::{block_on, open};
use crate::config::Config;

pub(super) fn run(config: Config) -> Result<ExitCode> {
    block_on(async {
        // Opening brings the schema up to date.
        let shared = open(config).await?;
        shared.database.close().await;
        Ok(())
    })?;
    println!("The database is up to date.");
    Ok(ExitCode::SUCCESS)
}
