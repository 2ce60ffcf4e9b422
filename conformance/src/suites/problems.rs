//! Problems of a course or library folder: does each load, and what of it is not graded here?
//!
//! A row is a problem, in a file of its own or inside another block. It fails if it does not load. What needs Python or
//! is not supported is listed with its place and counted, but is no failure.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use capa::{Hooks, Problem, Reason};
use olx::{Document, Element, Limits};

use super::{Options, Outcome};

/// What was counted, in the order it is told.
#[derive(Default)]
struct Tally {
    graded: usize,
    in_part: usize,
    not_graded: usize,
    parts: BTreeMap<(&'static str, String), usize>,
}

/// Loads every problem below a folder, or in one file.
pub(crate) fn run(path: &Path, _options: &Options) -> anyhow::Result<Outcome> {
    let mut files = Vec::new();
    collect(path, &mut files).with_context(|| format!("cannot read {}", path.display()))?;
    let mut outcome = Outcome::default();
    let mut tally = Tally::default();
    for file in files {
        let name = file.strip_prefix(path).ok().filter(|name| !name.as_os_str().is_empty()).unwrap_or(&file);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        // What is no XML is no problem; `exedra check` says so.
        let Ok(document) = Document::parse(&text, &Limits::default()) else { continue };
        let mut found = Vec::new();
        problems(&document.root, &mut found);
        for element in found {
            load(path, &name.display().to_string(), element, &mut tally, &mut outcome);
        }
    }
    let Tally { graded, in_part, not_graded, parts } = tally;
    outcome.notes.push(format!("{graded} graded, {in_part} graded in part, {not_graded} only shown or kept"));
    let count = |((reason, tag), count)| format!("{count} <{tag}> {reason}");
    outcome.notes.extend(parts.into_iter().map(count));
    Ok(outcome)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_dir() {
        let mut entries =
            fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
        entries.sort();
        return entries.iter().try_for_each(|entry| collect(entry, files));
    }
    if path.extension().is_some_and(|extension| extension == "xml") {
        files.push(path.to_owned());
    }
    Ok(())
}

/// Finds problems with content; one without leads to a file of its own.
fn problems<'e>(element: &'e Element, found: &mut Vec<&'e Element>) {
    if element.name == "problem" {
        if !element.children.is_empty() {
            found.push(element);
        }
        return;
    }
    element.child_elements().for_each(|child| problems(child, found));
}

fn load(folder: &Path, name: &str, element: &Element, tally: &mut Tally, outcome: &mut Outcome) {
    let at = |line: u32| format!("{name}:{line}");
    let include = |file: &str| fs::read_to_string(folder.join(file)).ok();
    let hooks = Hooks { include: &include, ..Hooks::NONE };
    let loaded = Problem::compile_element(element.clone(), &hooks);
    let mut row = outcome.row();
    let problem = match loaded {
        Ok(problem) => problem,
        Err(error) => return row.differs(at(element.position.line), "a problem that loads", error),
    };
    drop(row);
    let missing = problem.unsupported();
    match (problem.gradable(), missing.is_empty()) {
        (true, true) => tally.graded += 1,
        (true, false) => tally.in_part += 1,
        (false, _) => tally.not_graded += 1,
    }
    for part in missing {
        let reason = match part.reason {
            Reason::NeedsPython => "needs Python",
            Reason::NoChecker => "says nothing of how it is checked",
            Reason::NotSupported => "is not supported",
        };
        outcome.notes.push(format!("{}\t<{}> {reason}", at(part.position.line), part.tag));
        *tally.parts.entry((reason, part.tag.clone())).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_loaded_and_what_is_not_graded_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = [
            ("a.xml", "<problem><stringresponse answer='a'><textline/></stringresponse></problem>"),
            (
                "b.xml",
                "<vertical><problem url_name='a'/>\n<problem>\n<customresponse cfn='f'><textline/></customresponse></problem></vertical>",
            ),
            ("c.xml", "<problem><stringresponse><textline/></stringresponse></problem>"),
            ("d.xml", "<html>"),
            ("e.txt", "<problem>"),
        ];
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("writable");
        }
        let outcome = run(folder.path(), &Options::default()).expect("readable");
        assert_eq!((outcome.passed, outcome.failed()), (2, 1));
        assert!(outcome.mismatches[0].to_string().starts_with("c.xml:1\t"), "{}", outcome.mismatches[0]);
        assert_eq!(
            outcome.notes,
            [
                "b.xml:3\t<customresponse> needs Python",
                "1 graded, 0 graded in part, 1 only shown or kept",
                "1 <customresponse> needs Python",
            ]
        );
    }
}
