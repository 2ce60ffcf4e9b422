//! Files of a course: parsing them, and telling which ones nothing reads.

use std::{borrow::Cow, collections::BTreeMap};

use olx::{Document, Element, OlxError};
use xblock::{Files, Registry, Severity::Info};

use super::walk::Walked;
use crate::{Finding, ImportError, Report, source::Source, text::some_of};

/// Folders that belong to a course without holding blocks, as they are read by other parts of a platform.
const OTHER_FOLDERS: [&str; 7] = ["about", "assets", "drafts", "info", "policies", "static", "tabs"];

/// Parses a file; none when it is not there.
pub(crate) fn parse(source: &Source, path: &str) -> Result<Option<Element>, OlxError> {
    let bytes = match source.read(path) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(None),
        Err(error) => return Err(OlxError::new(olx::codes::MISSING_FILE, error.to_string()).in_file(path)),
    };
    match Document::parse_bytes(&bytes, &olx::Limits::default()) {
        Ok(document) => Ok(Some(document.root)),
        Err(error) => Err(error.in_file(path)),
    }
}

/// Parses a file without which nothing can be imported.
pub(crate) fn parse_required(source: &Source, path: &str) -> Result<Element, ImportError> {
    parse(source, path)?
        .ok_or_else(|| OlxError::new(olx::codes::MISSING_FILE, "the file is not there").in_file(path).into())
}

/// Lets block types read the files of the source.
pub(crate) struct SourceFiles<'a>(pub(crate) &'a Source);

impl Files for SourceFiles<'_> {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        self.0.read(path).ok().flatten().map(|bytes| Cow::Owned(bytes.to_vec()))
    }
}

/// Reports files that stay in the bundle though no block of the course reads them, and OLX among them that cannot be
/// parsed.
pub(super) fn report_unused(source: &Source, walked: &Walked, registry: &Registry, report: &mut Report) {
    let mut unused: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in source.files.keys().filter(|path| !walked.files.contains(*path)) {
        let folder = path.split_once('/').map_or("", |(folder, _)| folder);
        match folder {
            "about" | "assets" | "info" | "policies" | "static" | "tabs" => {}
            _ => unused.entry(folder).or_default().push(path),
        }
    }
    for (folder, paths) in unused {
        let names = some_of(paths.iter().copied());
        let is_block_folder = registry.known(folder).is_some() || walked.tags.contains(folder);
        let finding = match folder {
            "" => Finding::new(Info, "file_not_used", format!("kept, but no block reads: {names}")),
            "drafts" => Finding::new(
                Info,
                "drafts_not_applied",
                format!("kept, but unpublished drafts of the course are not applied: {names}"),
            ),
            _ if is_block_folder => {
                Finding::new(Info, "not_in_course", format!("kept, but not part of the course tree: {names}"))
            }
            _ => Finding::new(Info, "unknown_folder", format!("kept, but no block reads: {names}")),
        };
        report.findings.push(if folder.is_empty() { finding } else { finding.at(&format!("{folder}/"), 0) });
        if !is_block_folder || OTHER_FOLDERS.contains(&folder) {
            continue;
        }
        for path in paths.into_iter().filter(|path| path.ends_with(".xml")) {
            if let Err(error) = parse(source, path) {
                report.findings.push(Finding::of_olx(&error, path));
            }
        }
    }
}
