//! The suites, and what they have in common.

mod archive;
mod encoding;
mod fields;
mod grade;
mod html;
mod ids;
mod keys;
mod keys_eq;
mod markdown;
mod olx;
mod problems;
mod selection;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

/// A named comparison with one kind of file.
pub(crate) struct Suite {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    /// Compares one file.
    pub(crate) run: fn(&Path, &Options) -> anyhow::Result<Outcome>,
}

/// Every suite there is.
pub(crate) const SUITES: &[Suite] = &[
    Suite { name: "archive", run: archive::run },
    Suite { name: "grade", run: grade::run },
    Suite { name: "html", run: html::run },
    Suite { name: "keys", run: keys::run },
    Suite { name: "keys-eq", run: keys_eq::run },
    Suite { name: "fields", run: fields::run },
    Suite { name: "ids", run: ids::run },
    Suite { name: "markdown", run: markdown::run },
    Suite { name: "markdown-back", run: markdown::run_back },
    Suite { name: "olx", run: olx::run },
    Suite { name: "problems", run: problems::run },
    Suite { name: "selection", run: selection::run },
];

/// What the command line says about a run.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// The only block types to compare; all of them if absent.
    pub(crate) types: Option<Vec<String>>,
}

impl Options {
    /// Says whether rows of this block type are to be compared.
    pub(crate) fn wants(&self, block_type: &str) -> bool {
        self.types.as_ref().is_none_or(|types| types.iter().any(|wanted| wanted == block_type))
    }
}

/// A difference between what was recorded and what we do.
#[derive(Debug)]
pub(crate) struct Mismatch {
    id: String,
    expected: String,
    got: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, expected, got } = self;
        write!(f, "{id}\texpected: {expected}\tgot: {got}")
    }
}

/// Rows that were left out, by the reason.
#[derive(Debug, Default)]
pub(crate) struct Skipped(BTreeMap<&'static str, usize>);

impl Skipped {
    /// Counts a row.
    pub(crate) fn count(&mut self, reason: &'static str) {
        *self.0.entry(reason).or_default() += 1;
    }

    /// Counts the rows of another file.
    pub(crate) fn add(&mut self, other: Self) {
        for (reason, rows) in other.0 {
            *self.0.entry(reason).or_default() += rows;
        }
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(reason, rows)| write!(f, ", {rows} skipped ({reason})"))
    }
}

/// The result of comparing one file. A row that differs in several ways failed once.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) passed: usize,
    pub(crate) skipped: Skipped,
    pub(crate) mismatches: Vec<Mismatch>,
    /// What else there is to tell, a line each.
    pub(crate) notes: Vec<String>,
    failed: BTreeSet<usize>,
    rows: usize,
}

impl Outcome {
    /// Starts the next row.
    pub(crate) fn row(&mut self) -> Row<'_> {
        self.rows += 1;
        Row { outcome: self }
    }

    /// Returns the number of rows that differ.
    pub(crate) fn failed(&self) -> usize {
        self.failed.len()
    }
}

/// A row that is being compared. It has passed if it is dropped without a mismatch.
pub(crate) struct Row<'a> {
    outcome: &'a mut Outcome,
}

impl Row<'_> {
    /// Records a difference.
    pub(crate) fn differs(
        &mut self,
        id: impl fmt::Display,
        expected: impl fmt::Display,
        got: impl fmt::Display,
    ) {
        self.outcome.failed.insert(self.outcome.rows);
        self.outcome.mismatches.push(Mismatch {
            id: on_one_line(id),
            expected: on_one_line(expected),
            got: on_one_line(got),
        });
    }
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        if !self.outcome.failed.contains(&self.outcome.rows) {
            self.outcome.passed += 1;
        }
    }
}

fn on_one_line(value: impl fmt::Display) -> String {
    value.to_string().replace('\n', "\\n")
}

/// Reads a file of one JSON document a line.
pub(crate) fn json_lines(file: &Path) -> anyhow::Result<Vec<Value>> {
    let open = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    let mut rows = Vec::new();
    for (at, line) in BufReader::new(open).lines().enumerate() {
        let line = line?;
        if !line.trim().is_empty() {
            rows.push(serde_json::from_str(&line).with_context(|| format!("line {}", at + 1))?);
        }
    }
    Ok(rows)
}

/// Returns a member of a row that must be text.
pub(crate) fn text<'a>(row: &'a Value, member: &str) -> anyhow::Result<&'a str> {
    row[member].as_str().with_context(|| format!("a row without text in {member:?}: {row}"))
}
