//! `cargo xtask test`: everything that must hold before a change is trusted.

use std::{path::Path, process::Command};

use anyhow::{Result, bail};

use crate::{
    graph,
    postgres::Postgres,
    run::{cargo, exists, install, must, root},
};

/// Recorded answers of the reference systems, beside the project where they are to be had.
const VECTORS: &str = "../shared";

const CONFORMANCE: [(&str, &[&str]); 7] = [
    ("keys", &["vectors/opaque_keys.jsonl"]),
    ("keys-eq", &["vectors/opaque_keys_eq.jsonl"]),
    ("fields", &["vectors/field_parse.jsonl", "vectors/fields.json"]),
    ("olx", &["vectors/olx_roundtrip.jsonl"]),
    ("archive", &["corpus/archives/optics-mini.zip", "corpus/archives/survey-240.zip"]),
    ("selection", &["vectors/selection.jsonl"]),
    ("handler-tokens", &["contracts/examples/handler-token-vectors.json"]),
];

/// Block types whose OLX rows are in reach; the others belong to later work.
const OLX_TYPES: &str = "html,video,problem,unit,vertical";

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let strict = std::env::var_os("CI").is_some() || arguments.iter().any(|a| a == "--strict");
    let mut skipped: Vec<String> = Vec::new();

    must("format", &mut cargo(&["fmt", "--all", "--", "--check"]))?;
    must("lints", &mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    graph::check()?;

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
    for (suite, files) in CONFORMANCE {
        for file in files {
            let path = shared.join(file).display().to_string();
            let mut arguments = vec!["run", "--quiet", "-p", "conformance", "--", suite, &path];
            if suite == "olx" {
                arguments.extend(["--types", OLX_TYPES, "--at-least", "97"]);
            }
            must(&format!("conformance {suite} {file}"), &mut cargo(&arguments))?;
        }
    }
    Ok(())
}
