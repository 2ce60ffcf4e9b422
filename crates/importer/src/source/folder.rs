//! Reads a folder.

use std::{fs::File, path::Path};

use super::{Intake, Limits, names};
use crate::ImportError;

/// Takes in everything below a folder, in the order of names.
pub(super) fn read(root: &Path, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    if root.join("package.toml").is_file() {
        intake.most_members = intake.most_members.max(Limits::ARCHIVE_MEMBERS);
    }
    // Relative paths of folders that are still to be read; a stack of our own, so that depth costs no call stack.
    let mut pending = vec![String::new()];
    while let Some(folder) = pending.pop() {
        let path = root.join(&folder);
        let failed = |source| ImportError::io(&path, source);
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else {
                let name = entry.file_name().to_string_lossy().into_owned();
                return Err(ImportError::unsafe_path(&name, "it is not UTF-8"));
            };
            entries.push((name, entry.file_type().map_err(failed)?));
        }
        entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (name, kind) in entries {
            let relative = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if names::is_junk(&relative) {
                continue;
            }
            let Some(relative) = intake.member(&relative)? else { continue };
            if kind.is_dir() {
                pending.push(relative);
            } else if kind.is_file() {
                let path = root.join(&relative);
                let mut file = File::open(&path).map_err(|source| ImportError::io(&path, source))?;
                let bytes = intake.bytes(&relative, &mut file)?;
                let blob = intake.spool.store_from_disk(bytes, &path);
                intake.insert(relative, blob)?;
            } else {
                let problem = if kind.is_symlink() { "it is a link" } else { "it is no plain file" };
                return Err(ImportError::unsafe_member(&relative, problem));
            }
        }
    }
    Ok(())
}
