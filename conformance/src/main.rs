//! Compares Exedra with recorded answers of the reference systems.
//!
//! `conformance SUITE FILE… [--types a,b,c]` prints one line for every mismatch and ends with the line
//! `N passed, N failed`, with `, N skipped (why)` if rows were left out that nobody asked to leave out; it exits with 1
//! if anything failed, with 2 if it could not run.
//!
//! To add a suite: a module in `suites` with a `run` function, and its line in [`suites::SUITES`].

mod suites;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};

use suites::{Options, SUITES, Skipped, Suite};

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            // Nothing is left to tell if standard error is gone.
            let _ = writeln!(io::stderr(), "conformance: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// What the command line asks for.
struct Request {
    suite: &'static Suite,
    files: Vec<PathBuf>,
    options: Options,
}

fn read_arguments(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Request> {
    let mut words = Vec::new();
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        match argument.strip_prefix("--") {
            None => words.push(argument),
            Some("types") => {
                let types = arguments.next().context("--types wants a list of block types: a,b,c")?;
                options.types = Some(types.split(',').map(str::to_owned).collect());
            }
            Some(other) => bail!("there is no option --{other}"),
        }
    }
    let names = || SUITES.iter().map(|suite| suite.name).collect::<Vec<_>>().join(", ");
    if words.is_empty() {
        bail!("usage: conformance SUITE FILE… [--types a,b,c]; suites: {}", names());
    }
    let name = words.remove(0);
    let Some(suite) = SUITES.iter().find(|suite| suite.name == name) else {
        bail!("there is no suite {name}; suites: {}", names());
    };
    if words.is_empty() {
        bail!("the suite {name} wants at least one file");
    }
    Ok(Request { suite, files: words.into_iter().map(PathBuf::from).collect(), options })
}

/// Runs a suite and returns the number of mismatches.
fn run(arguments: impl Iterator<Item = String>) -> anyhow::Result<usize> {
    let request = read_arguments(arguments)?;
    let mut out = io::stdout().lock();
    let (mut passed, mut failed, mut skipped) = (0, 0, Skipped::default());
    for file in &request.files {
        let outcome = (request.suite.run)(file, &request.options)
            .with_context(|| format!("{} on {}", request.suite.name, file.display()))?;
        for mismatch in &outcome.mismatches {
            writeln!(out, "{mismatch}")?;
        }
        for note in &outcome.notes {
            writeln!(out, "{note}")?;
        }
        passed += outcome.passed;
        failed += outcome.failed();
        skipped.add(outcome.skipped);
    }
    writeln!(out, "{passed} passed, {failed} failed{skipped}")?;
    Ok(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> anyhow::Result<Request> {
        read_arguments(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn reads_suite_files_and_types() {
        let request = read("keys a.jsonl --types html,video b.jsonl").expect("a good line");
        assert_eq!(request.suite.name, "keys");
        assert_eq!(request.files, [PathBuf::from("a.jsonl"), PathBuf::from("b.jsonl")]);
        assert!(request.options.wants("video") && !request.options.wants("problem"));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for line in ["", "keys", "nonsense a.jsonl", "keys a.jsonl --types", "keys a.jsonl --fast"] {
            assert!(read(line).is_err(), "{line:?}");
        }
    }
}
