//! The `exedra` command and its subcommands, one file each.
#![expect(clippy::disallowed_macros, reason = "a command for people prints")]

mod check;
mod demo;
mod import;
mod key;
mod markdown;
mod migrate;
mod render;
mod serve;
mod token;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use crate::{
    app::Shared,
    clock::SystemClock,
    config::{Config, Settings},
};

const ABOUT: &str =
    "Serves learning content: rendered units for LMSs, previews for authors, pages for the public.";

/// Serves learning content: rendered units for LMSs, previews for authors, pages for the public.
#[derive(Parser)]
#[command(name = "exedra", version, about = ABOUT)]
struct Cli {
    /// Configuration file (TOML); every entry is also a flag and an `EXEDRA_…` variable.
    #[arg(long, env = "EXEDRA_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the demo library and course from an embedded store and prints the addresses to open.
    Demo(demo::Options),
    /// Serves both sites.
    Serve,
    /// Imports a course (folder or .tar.gz) or a library (archive, folder or .tar.gz).
    Import(import::Options),
    /// Renders one block as a learner would see it and prints the HTML.
    Render(render::Options),
    /// Reads OLX files or folders and reports what is wrong, with positions.
    Check(check::Options),
    /// Converts the text of the simple editor to OLX, or back.
    Markdown(markdown::Options),
    /// Explains a key as JSON.
    Key(key::Options),
    /// Prints a signed token for a person.
    Token(token::Options),
    /// Brings the database's schema up to date.
    Migrate,
}

/// Runs the command; returns its exit status: 0 done, 1 failed, 2 wrong use.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("exedra: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Key(options) => return key::run(&options),
        Command::Check(options) => return check::run(&options),
        Command::Markdown(options) => return markdown::run(&options),
        _ => {}
    }
    let file = cli.config.as_deref().map(Settings::from_file).transpose()?.unwrap_or_default();
    let settings = cli.settings.or(file);
    match cli.command {
        Command::Demo(options) => demo::run(settings, &options),
        Command::Serve => serve::run(configured(settings)?),
        Command::Import(options) => import::run(configured(settings)?, &options),
        Command::Render(options) => render::run(configured(settings)?, &options),
        Command::Token(options) => token::run(&configured(settings)?, &options),
        Command::Migrate => migrate::run(configured(settings)?),
        Command::Key(_) | Command::Check(_) | Command::Markdown(_) => Ok(ExitCode::SUCCESS),
    }
}

fn configured(settings: Settings) -> Result<Config> {
    Config::complete(settings, &SystemClock)
}

/// Opens the store for a command that does not serve.
async fn open(config: Config) -> Result<Arc<Shared>> {
    Ok(Arc::new(Shared::open(config, Arc::new(SystemClock)).await?))
}

/// Runs a command that waits for the store.
fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    actix_web::rt::System::new().block_on(work)
}

/// Starts the log: lines for machines (`json`) or people, on standard error.
fn start_log(config: &Config) -> Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log)
        .with_context(|| format!("'{}' is no log filter; try `info` or `server=debug`", config.log))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_writer(std::io::stderr);
    let started =
        if config.log_json { log.json().flatten_event(true).try_init() } else { log.compact().try_init() };
    started.map_err(|e| anyhow::anyhow!("the log cannot be started: {e}"))
}
