//! The names of tests in the documentation, checked against the tests there are.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use crate::run::root;

/// Pages that name the tests that hold what they say.
const PAGES: [&str; 3] = ["docs/ARCHITECTURE.md", "docs/COMPATIBILITY.md", "README.md"];
/// Folders with tests.
const FOLDERS: [&str; 4] = ["crates", "tests", "conformance", "xtask"];
/// A name of that many words is a sentence, and so a test's.
const WORDS: usize = 5;

/// Fails when a page names a test that is not there, with the lines.
pub(crate) fn check() -> Result<()> {
    let mut functions = BTreeSet::new();
    for folder in FOLDERS {
        collect(&root().join(folder), &mut functions)?;
    }
    let mut missing = Vec::new();
    for page in PAGES {
        let text = fs::read_to_string(root().join(page)).context(page)?;
        for (name, line) in names(&text) {
            if !functions.contains(name) {
                missing.push(format!("{page}:{line}: {name}"));
            }
        }
    }
    if !missing.is_empty() {
        bail!("no test has these names:\n{}", missing.join("\n"));
    }
    Ok(())
}

/// Returns the names of tests that a page mentions, each with the line that does so last.
fn names(page: &str) -> BTreeMap<&str, usize> {
    let told = page.lines().zip(1..);
    told.flat_map(|(line, at)| line.split('`').filter(|code| is_sentence(code)).map(move |name| (name, at)))
        .collect()
}

fn is_sentence(code: &str) -> bool {
    code.split('_').count() >= WORDS
        && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Adds the names of the functions in all source files below a folder.
fn collect(folder: &Path, functions: &mut BTreeSet<String>) -> Result<()> {
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
                functions.extend(source.lines().filter_map(function).map(str::to_owned));
            }
        }
    }
    Ok(())
}

/// Returns the function that a line of source declares.
fn function(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once("fn ")?;
    let modifiers = before.split_whitespace().all(|word| matches!(word, "async" | "pub" | "const"));
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    modifiers.then(|| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::{function, names};

    #[test]
    fn every_test_that_a_page_names_is_there() {
        super::check().expect("the pages name tests that exist");
    }

    #[test]
    fn sentences_in_code_are_names_of_tests() {
        let page = "`a_name` and `library_content`\n(`it_is_told_in_five_words`, `A_Name_Of_Five_Words`)";
        assert_eq!(names(page).into_iter().collect::<Vec<_>>(), [("it_is_told_in_five_words", 2)]);
    }

    #[test]
    fn functions_are_found_however_they_are_declared() {
        assert_eq!(function("    async fn a_test() {"), Some("a_test"));
        assert_eq!(function("    pub const fn other(x: u8) {"), Some("other"));
        assert_eq!(function("// what fn does (not)"), None);
    }
}
