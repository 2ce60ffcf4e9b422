//! `exedra render`: one block's HTML, as a learner would get it.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::{Args, ValueEnum};
use learning_context::VersionSelector;
use opaque_keys::UsageKey;
use xblock::{Site, View};

use super::{block_on, open};
use crate::{
    app::App,
    caller::{Caller, Via},
    config::Config,
    path::BlockPath,
    runtime::render::show,
    token::Claims,
};

#[derive(Args)]
pub(super) struct Options {
    /// Usage key of the block or unit.
    key: UsageKey,
    /// View to render.
    #[arg(long, default_value = "student_view")]
    view: String,
    /// Which face of the server.
    #[arg(long, value_enum, default_value_t = Face::Learn)]
    site: Face,
    /// `draft`, `published` or a number; default is the site's own version.
    #[arg(long)]
    version: Option<VersionSelector>,
    /// Print the fragment as JSON, with its resources.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Face {
    Learn,
    Studio,
}

pub(super) fn run(config: Config, options: &Options) -> Result<ExitCode> {
    block_on(async {
        let shared = open(config).await?;
        let site = match options.site {
            Face::Learn => Site::Learn,
            Face::Studio => Site::Studio,
        };
        let app = App { site, shared };
        // Whoever can run the command can read the database: rights are not asked.
        let claims = Claims { sub: "command".to_owned(), administrator: true, ..Claims::default() };
        let caller = Caller::signed_in(&app, &claims, Via::Header);
        let path = BlockPath { usage: options.key.clone(), version: options.version.unwrap_or_default() };
        let view = View(options.view.clone());
        let (rendered, _) = show(&app, &caller, &path, &view, None).await.map_err(|e| anyhow!("{e}"))?;
        if options.json {
            println!("{}", serde_json::to_string_pretty(&rendered.wire(app.root()))?);
        } else {
            println!("{}", rendered.html);
        }
        app.database.close().await;
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}
