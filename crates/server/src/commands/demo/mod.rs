//! `exedra demo`: the demo library, course and pathway on an embedded store, both sites up, addresses printed.

mod content;

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context as _, Result};
use clap::Args;
use learning_context::VersionSelector;
use opaque_keys::LearningContextKey;
use xblock::Site;

use super::{block_on, open, serve::both, start_log};
use crate::{
    app::Shared,
    clock::SystemClock,
    config::{Config, Settings},
    runtime::{
        links::{context_path, page_path},
        outline::is_page,
    },
    token::{Claims, sign_jwt},
};

/// Seconds for which the printed addresses sign people in.
const SIGN_IN_SECONDS: i64 = 24 * 3600;

#[derive(Args)]
pub(super) struct Options {
    /// Folder with the content: one course, library or pathway in each subfolder.
    #[arg(long)]
    content: Option<PathBuf>,
}

pub(super) fn run(mut settings: Settings, options: &Options) -> Result<ExitCode> {
    let content = content::folders(options.content.as_deref())?;
    let learn = listen(settings.learn_listen, 8000)?;
    let studio = listen(settings.studio_listen, 8001)?;
    settings.learn_listen = Some(learn.local_addr()?);
    settings.studio_listen = Some(studio.local_addr()?);
    settings.data_dir.get_or_insert_with(|| Path::new("exedra-data").join("demo"));
    settings.log.get_or_insert_with(|| "warn".to_owned());
    let config = Config::complete(settings, &SystemClock)?;
    start_log(&config)?;
    block_on(async {
        let shared = open(config).await?;
        let keys = content::fill(&shared, &author(), &content).await?;
        announce(&shared, &keys).await?;
        both(shared, learn, studio).await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Listens where asked, or where it is usual, or, when that is taken, on a free port.
fn listen(asked: Option<SocketAddr>, usual: u16) -> Result<TcpListener> {
    match asked {
        Some(address) => TcpListener::bind(address).with_context(|| format!("cannot listen on {address}")),
        None => TcpListener::bind(("127.0.0.1", usual))
            .or_else(|_| TcpListener::bind(("127.0.0.1", 0)))
            .context("no port is free"),
    }
}

/// Returns what a token says of the person who wrote the demo.
fn author() -> Claims {
    Claims {
        user_id: Some(1),
        name: "Demo Author".into(),
        preferred_username: "author".into(),
        email: "author@example.org".into(),
        administrator: true,
        ..Claims::default()
    }
}

/// Prints where to go.
async fn announce(shared: &Arc<Shared>, keys: &[LearningContextKey]) -> Result<()> {
    let exp = shared.clock.now().unix_timestamp() + SIGN_IN_SECONDS;
    let token = |claims: Claims| sign_jwt(&shared.config.jwt_keys[0], &claims);
    let author = token(Claims { exp, ..author() });
    let learner = token(Claims {
        user_id: Some(2),
        name: "Demo Learner".into(),
        preferred_username: "learner".into(),
        email: "learner@example.org".into(),
        exp,
        ..Claims::default()
    });
    let (learn, studio) = (&shared.config.learn_url, &shared.config.studio_url);
    println!("Exedra is running. Stop it with Ctrl-C.\n");
    println!("The public site, signed in as nobody:\n  {learn}/\n");
    for key in keys {
        let record = shared.contexts.record(key).await?;
        let at = VersionSelector::Published.resolve(&record, Site::Learn)?;
        let structure = shared.contexts.structure(&record, at).await?;
        println!("{} ({key}):\n  {learn}{}", record.title, context_path(key));
        for id in structure.blocks() {
            let node = structure.node(id);
            let holds_others = matches!(&**node.block_type(), "vertical" | "unit");
            if holds_others && is_page(&structure, id) {
                println!("  {learn}{}", page_path(&node.usage));
            }
        }
        println!();
    }
    println!("As a learner whose answers are kept:\n  {learn}/login?token={learner}\n");
    println!("As an author, on the studio site:\n  {studio}/login?token={author}\n");
    println!("For programs:\n  {learn}/api/exedra/v1/docs");
    Ok(())
}
