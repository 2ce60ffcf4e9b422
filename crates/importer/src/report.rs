//! What an import did, for machines and for people.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;
use xblock::{ContentProblem, Severity};

use crate::text::some_of;

/// One thing worth telling about an import (import-export §3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Stable code.
    pub code: &'static str,
    /// File in the source, if the finding belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Line in that file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The block as `type/id`, if the finding belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// What is wrong with what.
    pub message: String,
}

impl Finding {
    /// Returns a finding that belongs to no file.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Finding { severity, code, path: None, line: None, block: None, message: message.into() }
    }

    /// Returns the finding with its file and line; line 0 means that it is not known.
    #[must_use]
    pub fn at(mut self, path: &str, line: u32) -> Self {
        self.path = Some(path.to_owned());
        self.line = (line > 0).then_some(line);
        self
    }

    /// Returns the finding with its block.
    #[must_use]
    pub fn on(mut self, block_type: &str, id: &str) -> Self {
        self.block = Some(format!("{block_type}/{id}"));
        self
    }

    /// Returns the finding that a problem of a block's content makes; `file` is where the block was read from.
    pub(crate) fn of_problem(problem: ContentProblem, file: &str) -> Self {
        let path = problem.file.as_deref().unwrap_or(file).to_owned();
        Finding::new(problem.severity, problem.code, problem.message).at(&path, problem.line)
    }

    /// Returns the finding that unreadable OLX makes.
    pub(crate) fn of_olx(error: &olx::OlxError, file: &str) -> Self {
        let mut message = error.message.clone();
        if let Some(source) = error.source_line.as_deref().map(str::trim).filter(|line| !line.is_empty()) {
            message.push_str(&format!(" (in: {source})"));
        }
        Finding::new(Severity::Error, crate::codes::OLX_PARSE, message)
            .at(error.file.as_deref().unwrap_or(file), error.line)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Info => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        if let Some(path) = &self.path {
            write!(f, "{path}:")?;
            if let Some(line) = self.line {
                write!(f, "{line}:")?;
            }
            f.write_str(" ")?;
        }
        write!(f, "{severity}: ")?;
        if let Some(block) = &self.block {
            write!(f, "{block}: ")?;
        }
        write!(f, "{} [{}]", self.message, self.code)
    }
}

/// How many files an import stored and left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FileCounts {
    /// New or different files.
    pub stored: u64,
    /// Files that were there already.
    pub unchanged: u64,
    /// Files that are no longer in the source.
    pub deleted: u64,
    /// Bytes of the stored files.
    pub stored_bytes: u64,
}

/// What an import did, or with `dry_run` would do.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `course`, `legacy_library` or `library_archive`.
    pub format: &'static str,
    /// Key of the learning context.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Whether the learning context is new.
    pub created: bool,
    /// The version this import made; none when the published content was the same already.
    pub version: Option<u32>,
    /// Files of the published version.
    pub published: FileCounts,
    /// Files of the working draft that differ from the published version, set or removed by this import.
    pub draft: FileCounts,
    /// Blocks by type.
    pub blocks: BTreeMap<String, u64>,
    /// Those of types that this server has no code for; they render as placeholders.
    pub unknown_types: BTreeMap<String, u64>,
    /// What is worth telling.
    pub findings: Vec<Finding>,
    #[serde(skip)]
    placeholders: BTreeMap<String, Placeholders>,
}

/// Blocks of one type that nothing can render.
#[derive(Clone, Debug)]
struct Placeholders {
    path: String,
    line: u32,
    ids: Vec<String>,
}

impl Report {
    pub(crate) fn new(format: &'static str) -> Self {
        Report {
            format,
            key: String::new(),
            title: String::new(),
            dry_run: false,
            created: false,
            version: None,
            published: FileCounts::default(),
            draft: FileCounts::default(),
            blocks: BTreeMap::new(),
            unknown_types: BTreeMap::new(),
            findings: Vec::new(),
            placeholders: BTreeMap::new(),
        }
    }

    /// Returns whether the import changed anything.
    pub fn changed(&self) -> bool {
        let draft = self.draft;
        self.created || self.version.is_some() || draft.stored + draft.deleted > 0
    }

    /// Returns how many findings have at least that severity.
    pub fn count(&self, at_least: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity >= at_least).count()
    }

    pub(crate) fn count_block(&mut self, block_type: &str) {
        *self.blocks.entry(block_type.to_owned()).or_default() += 1;
    }

    /// Counts a block that nothing can render; [`Report::list_placeholders`] tells of all of its type at once.
    pub(crate) fn count_placeholder(&mut self, block_type: &str, id: &str, path: &str, line: u32) {
        *self.unknown_types.entry(block_type.to_owned()).or_default() += 1;
        let place = || Placeholders { path: path.to_owned(), line, ids: Vec::new() };
        self.placeholders.entry(block_type.to_owned()).or_insert_with(place).ids.push(id.to_owned());
    }

    pub(crate) fn list_placeholders(&mut self) {
        for (tag, Placeholders { path, line, ids }) in std::mem::take(&mut self.placeholders) {
            let names = some_of(ids.iter().map(String::as_str));
            let message = format!(
                "<{tag}> is no block type here, so {} block(s) show as placeholders: {names}",
                ids.len()
            );
            self.findings
                .push(Finding::new(Severity::Warning, "unknown_block_type", message).at(&path, line));
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.key, self.title)?;
        for finding in &self.findings {
            writeln!(f, "  {finding}")?;
        }
        let blocks: Vec<_> = self.blocks.iter().map(|(tag, count)| format!("{count} {tag}")).collect();
        writeln!(f, "  blocks: {}", if blocks.is_empty() { "none".to_owned() } else { blocks.join(", ") })?;
        if !self.unknown_types.is_empty() {
            let unknown: Vec<_> = self.unknown_types.iter().map(|(tag, n)| format!("{n} {tag}")).collect();
            writeln!(f, "  without code here, shown as placeholders: {}", unknown.join(", "))?;
        }
        let FileCounts { stored, unchanged, deleted, stored_bytes } = self.published;
        writeln!(
            f,
            "  published files: {stored} stored ({stored_bytes} bytes), {unchanged} unchanged, {deleted} deleted"
        )?;
        let draft = self.draft;
        if draft.stored + draft.deleted > 0 {
            writeln!(f, "  working draft: {} stored, {} deleted", draft.stored, draft.deleted)?;
        }
        match (self.version, self.dry_run) {
            (_, true) => f.write_str("  nothing was written (dry run)"),
            (Some(version), _) => write!(f, "  version {version} is published"),
            (None, _) if self.changed() => f.write_str("  the published version stays"),
            (None, _) => f.write_str("  nothing to change"),
        }
    }
}
