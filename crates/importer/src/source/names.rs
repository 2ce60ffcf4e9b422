//! Which names members may have (import-export §7).

use std::collections::{BTreeMap, HashMap};

use unicode_normalization::UnicodeNormalization;

use super::{Blob, Limits};
use crate::ImportError;

/// The names taken so far, folded so that those which differ only by case or normalisation meet.
#[derive(Debug, Default)]
pub(super) struct Names {
    folded: HashMap<String, String>,
}

impl Names {
    /// Takes a name.
    pub(super) fn claim(&mut self, name: &str) -> Result<(), ImportError> {
        let folded: String = name.nfc().flat_map(char::to_lowercase).collect();
        match self.folded.insert(folded, name.to_owned()) {
            None => Ok(()),
            Some(other) if other == name => Err(ImportError::unsafe_path(name, "it is there twice")),
            Some(_) => Err(ImportError::unsafe_path(
                name,
                "another name differs from it only by case or Unicode normalisation",
            )),
        }
    }
}

/// Checks a name and returns it without `./` before and `/` behind; none when nothing is left.
pub(super) fn checked(name: &str, limits: &Limits) -> Result<Option<String>, ImportError> {
    let refuse = |problem| Err(ImportError::unsafe_path(name, problem));
    let path = name.strip_prefix("./").unwrap_or(name);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() || path == "." {
        // An absolute "/" is not the top folder of an archive.
        return if name.starts_with('/') { refuse("it is absolute") } else { Ok(None) };
    }
    if path.chars().nth(limits.path_chars).is_some() {
        return refuse("it is too long");
    }
    if path.starts_with('/') {
        return refuse("it is absolute");
    }
    if path.contains('\\') {
        return refuse("it contains a backslash");
    }
    if path.contains(char::is_control) {
        return refuse("it contains a control character");
    }
    let mut bytes = path.bytes();
    if bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic()) && bytes.next() == Some(b':') {
        return refuse("it starts with a drive letter");
    }
    let mut depth = 0;
    for segment in path.split('/') {
        match segment {
            "" => return refuse("it has an empty segment"),
            "." | ".." => return refuse("it has a '.' or '..' segment"),
            _ => depth += 1,
        }
    }
    if depth > limits.path_depth {
        return refuse("it is nested too deep");
    }
    Ok(Some(path.to_owned()))
}

/// Tells what operating systems and version control leave behind.
pub(super) fn is_junk(path: &str) -> bool {
    path.split('/').any(|segment| {
        matches!(segment, "__MACOSX" | ".DS_Store" | "Thumbs.db" | "desktop.ini" | ".git" | ".svn" | ".hg")
            || segment.starts_with("._")
    })
}

/// Refuses `a` beside `a/b`.
pub(super) fn check_no_file_is_a_folder(files: &BTreeMap<String, Blob>) -> Result<(), ImportError> {
    for path in files.keys() {
        let mut end = path.len();
        while let Some(slash) = path[..end].rfind('/') {
            if files.contains_key(&path[..slash]) {
                return Err(ImportError::unsafe_path(&path[..slash], "it is both a file and a folder"));
            }
            end = slash;
        }
    }
    Ok(())
}
