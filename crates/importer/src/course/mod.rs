//! OLX courses (import-export §2, format C0): the files go into the bundle as they are.
//!
//! The tree is walked from `course.xml` the way the course runtime does, only to tell what will not show: files
//! that cannot be parsed, pointers to nothing, tags no one knows, files no block reads. None of that stops an
//! import; only a root that cannot be read does.

pub(crate) mod defaults;
pub(crate) mod files;
mod policy;
mod walk;

use std::collections::BTreeMap;

use blockstore::FilePath;
use learning_context::ContextKind;
use olx::Element;
use opaque_keys::LearningContextKey;
use xblock::Registry;

use crate::{ImportError, Options, Plan, Report, source::Source};

pub(crate) use walk::is_pointer;

/// The format's name in reports.
pub const FORMAT: &str = "course";

/// Makes the plan of a course.
///
/// # Errors
/// `course.xml` or the file it points to cannot be read, or names no key.
pub(crate) fn plan(source: Source, registry: &Registry, options: &Options<'_>) -> Result<Plan, ImportError> {
    let mut report = Report::new(FORMAT);
    report.findings.clone_from(&source.findings);
    let top = files::parse_required(&source, "course.xml")?;
    let run = top.attr("url_name").unwrap_or_default();
    let key = match &options.key {
        Some(key) if key.is_course() => key.clone(),
        Some(key) => return Err(ImportError::Key(format!("'{key}' is no course key, and this is a course"))),
        None => key_of(&top, run)?,
    };
    let root = if is_pointer(&top) {
        let path = format!("course/{}.xml", run.replace(':', "/"));
        walk::Located { element: files::parse_required(&source, &path)?, file: path }
    } else {
        walk::Located { element: top.clone(), file: "course.xml".to_owned() }
    };
    let policy = policy::read(&source, run, &mut report);
    let title = options
        .title
        .clone()
        .or_else(|| policy.text("course", run, "display_name"))
        .or_else(|| root.element.attr("display_name").map(str::to_owned))
        .unwrap_or_else(|| key.to_string());
    let walked = walk::walk(&source, &root, run, &policy, registry, &key, &mut report);
    files::report_unused(&source, &walked, registry, &mut report);
    Ok(Plan {
        key,
        kind: ContextKind::Course,
        title,
        description: String::new(),
        aliases: Vec::new(),
        version_name: None,
        asks_to_replace: false,
        published: bundle_files(&source)?,
        draft: BTreeMap::new(),
        references: walked.references,
        report,
    })
}

fn key_of(top: &Element, run: &str) -> Result<LearningContextKey, ImportError> {
    match (top.name.as_str(), top.attr("org"), top.attr("course")) {
        ("course", Some(org), Some(course)) if !run.is_empty() => {
            Ok(LearningContextKey::course_run(org, course, run)?)
        }
        _ => Err(ImportError::Key(
            "course.xml is no <course url_name=… org=… course=…>; name the key of the course to import it"
                .into(),
        )),
    }
}

/// Returns the files of the source as files of a bundle.
pub(crate) fn bundle_files(source: &Source) -> Result<BTreeMap<FilePath, crate::source::Blob>, ImportError> {
    source.files.iter().map(|(path, blob)| Ok((path.parse()?, blob.clone()))).collect()
}
