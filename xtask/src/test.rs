//! `cargo xtask test`: everything that must hold before a change is trusted.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result, bail};

use crate::{
    graph, names,
    postgres::Postgres,
    run::{cargo, exists, install, must, root},
};

/// Recorded answers of the reference systems, beside the project where they are to be had.
const VECTORS: &str = "../shared";

/// A suite of the package `conformance` with the files it compares.
struct Suite {
    name: &'static str,
    files: &'static [&'static str],
    /// What of the files is compared: block types, or tags of problems. There is no code for the others.
    types: Option<&'static str>,
    /// Rows in a hundred that must pass. What is missing is explained in docs/COMPATIBILITY.md.
    percent: usize,
}

const SUITES: [Suite; 11] = [
    Suite { name: "keys", files: &["vectors/opaque_keys.jsonl"], types: None, percent: 100 },
    Suite { name: "keys-eq", files: &["vectors/opaque_keys_eq.jsonl"], types: None, percent: 100 },
    Suite {
        name: "fields",
        files: &["vectors/field_parse.jsonl", "vectors/fields.json"],
        types: None,
        percent: 100,
    },
    Suite {
        name: "olx",
        files: &["vectors/olx_roundtrip.jsonl"],
        types: Some("html,video,problem,unit,vertical"),
        percent: 99,
    },
    Suite {
        name: "archive",
        files: &["corpus/archives/optics-mini.zip", "corpus/archives/survey-240.zip"],
        types: None,
        percent: 100,
    },
    Suite { name: "ids", files: &["vectors/block_id_derivation.jsonl"], types: None, percent: 100 },
    Suite { name: "selection", files: &["vectors/selection.jsonl"], types: None, percent: 100 },
    Suite { name: "grade", files: &["vectors/capa_grade.jsonl"], types: None, percent: 100 },
    Suite { name: "html", files: &["vectors/capa_html.jsonl"], types: None, percent: 100 },
    Suite { name: "markdown", files: &["vectors/capa_markdown.jsonl"], types: None, percent: 100 },
    Suite { name: "markdown-back", files: &["vectors/capa_markdown.jsonl"], types: None, percent: 100 },
];

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let strict = std::env::var_os("CI").is_some() || arguments.iter().any(|a| a == "--strict");
    let mut skipped: Vec<String> = Vec::new();

    must("format", &mut cargo(&["fmt", "--all", "--", "--check"]))?;
    must("lints", &mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    graph::check()?;
    names::check()?;

    let postgres = Postgres::start()?;
    if postgres.is_none() {
        skipped.push("tests on PostgreSQL: its server is not installed (package `postgresql`)".into());
    }
    let browser = exists("chromium") || install(&["chromium"]);
    if !browser {
        skipped.push("browser tests: Chromium is not installed (package `chromium`)".into());
    }
    let shared = root().join(VECTORS);
    if !shared.exists() {
        skipped.push("conformance suites: there are no recorded answers beside the project".into());
    }

    let with_postgres = |command: &mut Command| {
        if let Some(postgres) = &postgres {
            command.env("EXEDRA_TEST_POSTGRES", postgres.url());
        }
    };
    let mut tests = if exists("cargo-nextest") {
        cargo(&["nextest", "run", "--no-fail-fast"])
    } else {
        cargo(&["test", "--no-fail-fast"])
    };
    with_postgres(&mut tests);
    must("tests", &mut tests)?;
    if exists("cargo-nextest") {
        must("documentation tests", &mut cargo(&["test", "--doc", "--quiet"]))?;
    }
    if shared.exists() {
        conformance(&shared)?;
    }

    if skipped.is_empty() {
        println!("Everything was run.");
    } else {
        println!("Skipped:");
        for what in &skipped {
            println!("  - {what}");
        }
        if strict {
            bail!("nothing may be skipped here");
        }
    }
    Ok(())
}

fn conformance(shared: &Path) -> Result<()> {
    must("building the conformance suites", &mut cargo(&["build", "--quiet", "-p", "conformance"]))?;
    for suite in SUITES {
        let mut command = cargo(&["run", "--quiet", "-p", "conformance", "--", suite.name]);
        command.args(suite.files.iter().map(|file| shared.join(file)));
        if let Some(types) = suite.types {
            command.args(["--types", types]);
        }
        let output = command.output()?;
        let report = String::from_utf8_lossy(&output.stdout);
        let (passed, failed) = counts(&report).with_context(|| {
            format!("conformance {}: {}", suite.name, String::from_utf8_lossy(&output.stderr))
        })?;
        println!("── conformance {}: {passed} passed, {failed} failed", suite.name);
        if passed == 0 || passed * 100 < suite.percent * (passed + failed) {
            println!("{report}");
            bail!("conformance {} must pass {} rows in a hundred", suite.name, suite.percent);
        }
    }
    Ok(())
}

/// Reads the closing line `N passed, N failed`, whatever it says after that.
fn counts(report: &str) -> Option<(usize, usize)> {
    let (passed, rest) = report.trim_end().lines().last()?.split_once(" passed, ")?;
    let (failed, _) = rest.split_once(" failed")?;
    Some((passed.parse().ok()?, failed.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::counts;

    #[test]
    fn the_closing_line_is_read() {
        assert_eq!(counts("a mismatch\n291 passed, 1 failed\n"), Some((291, 1)));
        assert_eq!(counts("291 passed, 0 failed, 80 skipped (python)\n"), Some((291, 0)));
        assert_eq!(counts("panicked"), None);
    }
}
