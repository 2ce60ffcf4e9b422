//! `exedra check`: what is wrong with OLX, with file, line and column.

use std::{
    borrow::Cow,
    fs,
    path::{Component, Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use clap::Args;
use olx::{Document, Limits};
use xblock::{CompileCx, ContentProblem, Files, OlxMode, ReadInput, Registry, Severity};

#[derive(Args)]
pub(super) struct Options {
    /// OLX files, or folders in which every `.xml` file is read.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

pub(super) fn run(options: &Options) -> Result<ExitCode> {
    let registry = blocks::registry();
    let mut files = Vec::new();
    for path in &options.paths {
        collect(path, &mut files)?;
    }
    let (mut errors, mut warnings) = (0, 0);
    for file in &files {
        for (severity, line) in check(file, &registry)? {
            match severity {
                Severity::Error => errors += 1,
                Severity::Warning => warnings += 1,
                Severity::Info => {}
            }
            println!("{line}");
        }
    }
    println!("{} files, {errors} errors, {warnings} warnings", files.len());
    Ok(if errors > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let unreadable = || format!("{} cannot be read", path.display());
    if fs::metadata(path).with_context(unreadable)?.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(path)
        .with_context(unreadable)?
        .map(|e| e.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    for entry in entries {
        // Links may lead in circles.
        let kind = fs::symlink_metadata(&entry)?.file_type();
        if kind.is_dir() {
            collect(&entry, files)?;
        } else if kind.is_file() && entry.extension().is_some_and(|e| e == "xml") {
            files.push(entry);
        }
    }
    Ok(())
}

/// The files of the course or library a block's file is in: blocks name them by their path from its folder.
struct Beside(PathBuf);

impl Beside {
    /// Returns the files around `…/<tag>/<id>.xml`, or those beside a file that is not in a folder of its tag.
    fn of(path: &Path, tag: &str) -> Self {
        let folder = path.parent().unwrap_or(Path::new(""));
        let in_folder_of_tag = folder.file_name().is_some_and(|name| name == tag);
        let root = if in_folder_of_tag { folder.parent().unwrap_or(folder) } else { folder };
        Beside(root.to_owned())
    }
}

impl Files for Beside {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        if !inside {
            return None;
        }
        fs::read(self.0.join(path)).ok().map(Cow::Owned)
    }
}

/// Returns what is wrong with one file, a line each.
fn check(path: &Path, registry: &Registry) -> Result<Vec<(Severity, String)>> {
    let name = path.display();
    let bytes = fs::read(path).with_context(|| format!("{name} cannot be read"))?;
    let document = match Document::parse_bytes(&bytes, &Limits::default()) {
        Ok(document) => document,
        Err(e) => {
            return Ok(vec![(
                Severity::Error,
                format!("{name}:{}:{}: error: {} [{}]", e.line, e.column, e.message, e.code),
            )]);
        }
    };
    let mut problems: Vec<ContentProblem> = Vec::new();
    let element = &document.root;
    // A pointer names another file, which is checked for itself.
    let pointer = element.children.is_empty()
        && element.attributes.iter().all(|a| matches!(a.name.as_str(), "url_name" | "org" | "course"));
    if let Some(block_type) = registry.known(&element.name).filter(|_| !pointer) {
        let input = ReadInput {
            mode: OlxMode::V1,
            element,
            url_name: None,
            files: &Beside::of(path, &element.name),
            policy: None,
        };
        match block_type.read(&input) {
            Ok(authored) => {
                problems.extend(authored.problems);
                let cx = CompileCx { math: &renderer::math::compile_math };
                block_type.compile(&authored.fields, &cx, &mut problems);
            }
            Err(e) => problems.push(ContentProblem {
                severity: Severity::Error,
                code: e.code,
                message: e.message,
                file: None,
                line: e.line,
            }),
        }
    }
    Ok(problems
        .into_iter()
        .map(|p| {
            let word = match p.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "note",
            };
            let line = if p.line > 0 { format!(":{}", p.line) } else { String::new() };
            (p.severity, format!("{name}{line}: {word}: {} [{}]", p.message, p.code))
        })
        .collect())
}
