//! `exedra import`: a course or a library into the store, with a progress bar and a report.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result};
use clap::Args;
use importer::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use opaque_keys::LearningContextKey;
use xblock::Severity;

use super::{block_on, open};
use crate::{
    app::Shared,
    clock::random_uuid,
    config::Config,
    runtime::{legacy::settle, units::record_units},
};

#[derive(Args)]
pub(super) struct Options {
    /// Course folder or .tar.gz, library archive (.zip), or legacy library.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Key to import under instead of the one in the content.
    #[arg(long)]
    key: Option<LearningContextKey>,
    /// Title to give instead of the one in the content.
    #[arg(long)]
    title: Option<String>,
    /// Anyone may learn from it, without signing in.
    #[arg(long)]
    public: bool,
    /// Find out what would change and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Leave out members of containers and collections that are missing instead of refusing the archive.
    #[arg(long)]
    lenient: bool,
    /// Replace what else is there under the key of a legacy library; it stays as a version.
    #[arg(long)]
    replace: bool,
    /// Structure of a legacy library that the content was exported from: 24 hexadecimal digits, as courses name it.
    #[arg(long)]
    structure: Option<String>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(config: Config, options: &Options) -> Result<ExitCode> {
    block_on(async {
        let shared = open(config).await?;
        let mut code = ExitCode::SUCCESS;
        for path in &options.paths {
            let bar = Bar::new(!options.json);
            let report = one(&shared, path, options, &bar).await;
            bar.0.finish_and_clear();
            match report.with_context(|| format!("{} was not imported", path.display())) {
                Ok(report) if options.json => println!("{}", serde_json::to_string_pretty(&report)?),
                Ok(report) => {
                    println!("{report}");
                    if report.count(Severity::Error) > 0 {
                        println!("Some content cannot be shown as written; see the errors above.");
                    }
                }
                Err(error) => {
                    eprintln!("exedra: {error:#}");
                    code = ExitCode::FAILURE;
                }
            }
        }
        shared.database.close().await;
        Ok(code)
    })
}

async fn one(
    shared: &Shared,
    path: &std::path::Path,
    options: &Options,
    progress: &dyn Progress,
) -> Result<importer::Report> {
    let new_uuid = || random_uuid(shared.clock.as_ref());
    let scratch = shared.config.data_dir.clone();
    let mut how = importer::Options::new(shared.clock.now(), &new_uuid, &scratch);
    how.key = options.key.clone();
    how.title = options.title.clone();
    how.dry_run = options.dry_run;
    how.lenient = options.lenient;
    how.replace = options.replace;
    how.structure.clone_from(&options.structure);
    how.allow_public_learning = options.public;
    let (store, registry) = (&*shared.database, &shared.registry);
    let report = importer::import(path, store, store, registry, &how, progress).await?;
    if let Ok(key) = report.key.parse::<LearningContextKey>()
        && !options.dry_run
    {
        shared.contexts.invalidate(&key);
        record_units(shared, &key).await;
        if report.version.is_some() {
            let settled = settle(shared, &*shared.contexts.record(&key).await?).await;
            settled.map_err(|error| anyhow::anyhow!("what learners did was not moved: {error}"))?;
        }
    }
    Ok(report)
}

/// A progress bar on standard error; invisible where there is no terminal.
struct Bar(ProgressBar);

impl Bar {
    fn new(shown: bool) -> Self {
        if !shown {
            return Bar(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{msg:<24} [{bar:30}] {pos}/{len} {elapsed}") {
            bar.set_style(style.progress_chars("=> "));
        }
        Bar(bar)
    }
}

impl Progress for Bar {
    fn advance(&self, done: u64, total: u64, what: &str) {
        self.0.set_length(total);
        self.0.set_message(what.to_owned());
        self.0.set_position(done);
    }
}
