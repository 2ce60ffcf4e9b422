//! Legacy libraries (import-export §5, format L1): each block becomes a folder of its own.
//!
//! `<library org library>` with pointers to `<type>/<id>.xml` becomes `lib:ORG:LIBRARY`, found under
//! `library-v1:ORG+LIBRARY` too, with one `<type>/<id>/definition.xml` a block: what `html` keeps in a second file is
//! written into it, and assets that a block names are put beside it. The order of the library is kept in
//! `library.json`. What else is published under that key is replaced only if the caller says so, and stays as a
//! version.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use blockstore::FilePath;
use learning_context::ContextKind;
use olx::{Document, Element, Include, Node};
use opaque_keys::LearningContextKey;
use serde_json::json;
use xblock::{NoFiles, OlxMode, ReadInput, Registry, Severity::Info, Severity::Warning};

use crate::{
    Finding, ImportError, Options, Plan, Report,
    course::{files, is_pointer},
    plan::usage,
    source::{Blob, Source},
    text::some_of,
};

/// The format's name in reports.
pub const FORMAT: &str = "legacy_library";

/// Deepest nesting of blocks.
const MAX_DEPTH: usize = 8;

/// Makes the plan of a legacy library.
///
/// # Errors
/// `library.xml` cannot be read or names no key.
pub(crate) fn plan(source: Source, registry: &Registry, options: &Options<'_>) -> Result<Plan, ImportError> {
    let mut report = Report::new(FORMAT);
    report.findings.clone_from(&source.findings);
    let root = files::parse_required(&source, "library.xml")?;
    let (Some(org), Some(library)) = (root.attr("org"), root.attr("library")) else {
        return Err(ImportError::Key("library.xml is no <library org=… library=…>".into()));
    };
    let key = match &options.key {
        Some(key) if key.is_library() => key.clone(),
        Some(key) => {
            return Err(ImportError::Key(format!("'{key}' is no library key, and this is a library")));
        }
        None => LearningContextKey::library(org, library)?,
    };
    if let Some(structure) = options.structure.as_deref().filter(|id| !is_structure_id(id)) {
        return Err(ImportError::Key(format!("'{structure}' is no structure id of 24 hexadecimal digits")));
    }
    let mut aliases = Vec::new();
    match LearningContextKey::from_str(&format!("library-v1:{org}+{library}")) {
        Ok(alias) => aliases.push(alias),
        Err(error) => report.findings.push(
            Finding::new(Warning, "alias_invalid", format!("courses cannot find it by its old key: {error}"))
                .at("library.xml", root.position.line),
        ),
    }
    let title = options
        .title
        .clone()
        .or_else(|| root.attr("display_name").map(str::to_owned))
        .unwrap_or_else(|| key.to_string());
    let Converter { out: mut published, order, read, .. } =
        Converter::run(&source, registry, &key, &root, &mut report);
    published.insert("library.json".parse()?, {
        let settings: BTreeMap<&str, &str> =
            root.attributes.iter().map(|a| (a.name.as_str(), a.value.as_str())).collect();
        let mut text = json!({ "title": title, "order": order, "legacy": settings });
        // Content that did not change between two structures is a version for each, so that both are found.
        if let Some(structure) = &options.structure {
            text["structure"] = structure.as_str().into();
        }
        Blob::of(format!("{text:#}\n"))
    });
    report.list_placeholders();
    report_unused(&source, &read, &mut report);
    // Assets stay where they were as well: a block may make their names in a script.
    for (path, blob) in &source.files {
        if path.starts_with("static/") || path.starts_with("policies/") {
            published.insert(path.parse()?, blob.clone());
        }
    }
    let (kind, description, draft) = (ContextKind::Library, String::new(), BTreeMap::new());
    Ok(Plan {
        key,
        kind,
        title,
        description,
        aliases,
        version_name: options.structure.clone(),
        asks_to_replace: !options.replace,
        published,
        draft,
        references: Vec::new(),
        report,
    })
}

/// Returns whether a text can be the id of a structure of the reference system.
fn is_structure_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn report_unused(source: &Source, read: &BTreeSet<String>, report: &mut Report) {
    let unused: Vec<&str> = source
        .files
        .keys()
        .filter(|path| !read.contains(*path) && *path != "library.xml")
        .filter(|path| !path.starts_with("static/") && !path.starts_with("policies/"))
        .map(String::as_str)
        .collect();
    if !unused.is_empty() {
        let message = format!("skipped, no block of the library reads: {}", some_of(unused.into_iter()));
        report.findings.push(Finding::new(Info, "not_in_library", message));
    }
}

/// Turns the blocks of a library into folders of a bundle.
struct Converter<'a> {
    source: &'a Source,
    registry: &'a Registry,
    key: &'a LearningContextKey,
    report: &'a mut Report,
    out: BTreeMap<FilePath, Blob>,
    /// The library's own blocks as `type/id`, in its order.
    order: Vec<String>,
    /// Files of the source that blocks were read from.
    read: BTreeSet<String>,
}

impl<'a> Converter<'a> {
    fn run(
        source: &'a Source,
        registry: &'a Registry,
        key: &'a LearningContextKey,
        root: &Element,
        report: &'a mut Report,
    ) -> Self {
        let (out, order, read) = Default::default();
        let mut converter = Converter { source, registry, key, report, out, order, read };
        for child in root.child_elements().filter(|child| child.option_name().is_none()) {
            if let Some(include) = converter.block(child, "library.xml", 1) {
                converter.order.push(include);
            }
        }
        converter
    }

    /// Writes the folder of one block and of those below it; returns its `type/id`.
    fn block(&mut self, element: &Element, file: &str, depth: usize) -> Option<String> {
        let tag = element.name.clone();
        let id = element.attr("url_name").unwrap_or_default().to_owned();
        let line = element.position.line;
        let problem =
            |code, message: String| Some(Finding::new(Warning, code, message).at(file, line).on(&tag, &id));
        let refused = if depth > MAX_DEPTH {
            problem("too_deep", format!("skipped: blocks are nested deeper than {MAX_DEPTH}"))
        } else if let Err(error) = usage(self.key, &tag, &id) {
            problem("invalid_block_id", format!("skipped: {error}"))
        } else {
            None
        };
        if let Some(finding) = refused {
            self.report.findings.push(finding);
            return None;
        }
        let (mut element, file) = self.definition(element, &tag, &id, file)?;
        if tag == "html" {
            self.inline_body(&mut element, &file);
        }
        element.remove_attr("url_name");
        self.check(&element, &file, &tag, &id);
        if self.registry.known(&tag).is_some_and(|known| known.decl().has_children) {
            for node in &mut element.children {
                let Node::Element(child) = node else { continue };
                if child.option_name().is_some() {
                    continue;
                }
                *node = match self.block(child, &file, depth + 1) {
                    Some(include) => Node::Element(include_of(&include)),
                    // What could not be converted is reported; a comment keeps the place.
                    None => Node::Comment(format!(" {} left out ", child.name.replace("--", "-"))),
                };
            }
        }
        let definition = element.outer_xml() + "\n";
        // An html body was no XML before, and may hold characters that XML cannot.
        if let Err(error) = Document::parse(&definition, &olx::Limits::default()) {
            self.report.findings.push(Finding::of_olx(&error, &file).on(&tag, &id));
        }
        let (Ok(path), folder) =
            (format!("{tag}/{id}/definition.xml").parse::<FilePath>(), format!("{tag}/{id}"))
        else {
            let finding = Finding::new(Warning, "invalid_block_id", "skipped: its id makes no path");
            self.report.findings.push(finding.at(&file, line).on(&tag, &id));
            return None;
        };
        self.copy_assets(&definition, &folder);
        if self.out.insert(path, Blob::of(definition)).is_some() {
            let finding = Finding::new(Warning, "duplicate_block", "it is there twice; the last one counts");
            self.report.findings.push(finding.at(&file, line).on(&tag, &id));
        }
        Some(folder)
    }

    /// Follows a pointer to the file that defines a block.
    fn definition(
        &mut self,
        element: &Element,
        tag: &str,
        id: &str,
        file: &str,
    ) -> Option<(Element, String)> {
        if !is_pointer(element) {
            return Some((element.clone(), file.to_owned()));
        }
        let path = format!("{tag}/{id}.xml");
        self.read.insert(path.clone());
        let finding = match files::parse(self.source, &path) {
            Ok(Some(definition)) if definition.name == tag => return Some((definition, path)),
            Ok(Some(definition)) => {
                let found = &definition.name;
                let message = format!("skipped: it defines <{found}> where <{tag}> is expected");
                Finding::new(Warning, "tag_mismatch", message).at(&path, definition.position.line)
            }
            Ok(None) => {
                let message = format!("skipped: it points to {path}, which is not there");
                Finding::new(Warning, "missing_file", message).at(file, element.position.line)
            }
            Err(error) => Finding::of_olx(&error, &path),
        };
        self.report.findings.push(finding.on(tag, id));
        None
    }

    fn check(&mut self, element: &Element, file: &str, tag: &str, id: &str) {
        let known = self.registry.known(tag);
        self.report.count_block(tag);
        let Some(known) = known else {
            self.report.count_placeholder(tag, id, file, element.position.line);
            return;
        };
        // As it is going to be read, with its body inside.
        let input = ReadInput { mode: OlxMode::V2, element, url_name: None, files: &NoFiles, policy: None };
        match known.read(&input) {
            Ok(authored) => {
                let problems = authored.problems.into_iter();
                self.report
                    .findings
                    .extend(problems.map(|problem| Finding::of_problem(problem, file).on(tag, id)));
            }
            Err(error) => self.report.findings.push(Finding::of_olx(&error, file).on(tag, id)),
        }
    }

    /// Puts the body of an html block, which is a file of its own, into its element.
    fn inline_body(&mut self, element: &mut Element, file: &str) {
        let Some(filename) = element.remove_attr("filename") else { return };
        let folder = file.rsplit_once('/').map_or("html", |(folder, _)| folder);
        for path in [format!("{folder}/{filename}.html"), format!("html/{filename}.html")] {
            let Ok(Some(bytes)) = self.source.read(&path) else { continue };
            self.read.insert(path.clone());
            let body = String::from_utf8_lossy(&bytes);
            if matches!(body, std::borrow::Cow::Owned(_)) {
                let message = "bytes that are not UTF-8 were replaced";
                self.report.findings.push(Finding::new(Warning, "not_utf8", message).at(&path, 0));
            }
            element.children = vec![Node::CData(body.into_owned())];
            return;
        }
        let message = format!("its body {filename}.html is not there");
        let finding = Finding::new(Warning, "missing_file", message);
        self.report.findings.push(finding.at(file, element.position.line));
    }

    /// Copies the assets that a definition names to where its block finds them.
    fn copy_assets(&mut self, definition: &str, folder: &str) {
        for (path, blob) in &self.source.files {
            if path.starts_with("static/")
                && definition.contains(&format!("/{path}"))
                && let Ok(target) = format!("{folder}/{path}").parse()
            {
                self.out.insert(target, blob.clone());
            }
        }
    }
}

fn include_of(definition: &str) -> Element {
    let (definition_type, definition_id) = definition.split_once('/').unwrap_or((definition, ""));
    Include {
        definition_type: definition_type.to_owned(),
        definition_id: definition_id.to_owned(),
        source: None,
        usage: None,
    }
    .to_element()
}
