//! `cargo xtask fuzz`: every fuzz target for a while.

use std::process::Command;

use anyhow::{Context, Result};

use crate::run::{must, root};

const TARGETS: [&str; 2] = ["expression", "problem"];

/// Runs each target for the given number of seconds, a minute when none is given.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let seconds: u32 = match arguments.first() {
        Some(text) => text.parse().with_context(|| format!("'{text}' is no number of seconds"))?,
        None => 60,
    };
    for target in TARGETS {
        let corpus = format!("fuzz/corpus/{target}");
        std::fs::create_dir_all(root().join(&corpus)).with_context(|| corpus.clone())?;
        // Nothing here is unsafe code: the sanitizers would only slow it down.
        let mut fuzz = Command::new("cargo");
        fuzz.current_dir(root());
        fuzz.args([
            "+nightly",
            "fuzz",
            "run",
            "-s",
            "none",
            target,
            &corpus,
            &format!("fuzz/seeds/{target}"),
            "--",
        ]);
        fuzz.args(["-timeout=5", "-max_len=8192", &format!("-dict=fuzz/{target}.dict")]);
        fuzz.arg(format!("-max_total_time={seconds}"));
        must(target, &mut fuzz)?;
    }
    Ok(())
}
