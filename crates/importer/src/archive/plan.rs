//! From what an archive says to the files of a bundle.

use std::collections::{BTreeMap, BTreeSet};

use blockstore::FilePath;
use learning_context::ContextKind;
use olx::{Document, Element, Include};
use opaque_keys::LearningContextKey;
use serde::Serialize;
use xblock::{
    NoFiles, OlxMode, ReadInput, Registry,
    Severity::{Error, Warning},
};

use super::{
    EntityFile, EntityKey, FORMAT,
    layout::stored_path,
    model::{Archive, Entity, Version},
    parse, tags,
};
use crate::{
    Finding, ImportError, Options, Plan, Report,
    plan::{Reference, usage},
    reference,
    source::{Blob, Source},
};

/// Makes the plan of a library archive.
///
/// # Errors
/// Any fault of the archive (all of them are listed), or no usable key.
pub(crate) fn plan(source: Source, registry: &Registry, options: &Options<'_>) -> Result<Plan, ImportError> {
    let mut report = Report::new(FORMAT);
    report.findings.clone_from(&source.findings);
    let archive = parse::parse(&source, &mut report.findings)?;
    if let Some(archive) = &archive {
        check_members(archive, options.lenient, &mut report.findings);
    }
    let has_errors = report.findings.iter().any(|finding| finding.severity == Error);
    let archive = match archive {
        Some(archive) if !has_errors => archive,
        _ => {
            report.findings.retain(|finding| finding.severity == Error);
            return Err(ImportError::Invalid(report.findings));
        }
    };
    let key = key_of(&archive, options)?;
    let mut builder = Builder {
        archive: &archive,
        registry,
        key: &key,
        report: &mut report,
        references: Vec::new(),
        published: BTreeMap::new(),
        draft: BTreeMap::new(),
        checked: BTreeSet::new(),
    };
    builder.build()?;
    builder.report.list_placeholders();
    let (references, published, draft) = (builder.references, builder.published, builder.draft);
    let title = options.title.clone().unwrap_or_else(|| archive.package.title.clone());
    let title = if title.is_empty() { key.to_string() } else { title };
    Ok(Plan {
        key,
        kind: ContextKind::Library,
        title,
        description: archive.package.description.clone(),
        aliases: Vec::new(),
        version_name: None,
        asks_to_replace: false,
        draft: changes(&published, draft),
        published,
        references,
        report,
    })
}

fn key_of(archive: &Archive, options: &Options<'_>) -> Result<LearningContextKey, ImportError> {
    if let Some(key) = &options.key {
        return if key.is_library() {
            Ok(key.clone())
        } else {
            Err(ImportError::Key(format!("'{key}' is no library key, and this is a library")))
        };
    }
    let suggested = archive.package.key.as_deref().unwrap_or_default();
    match suggested.parse::<LearningContextKey>() {
        Ok(key) if key.is_library() => Ok(key),
        _ => Err(ImportError::Key(format!(
            "the archive suggests the key {suggested:?}, which is no library key; name the key to import it under"
        ))),
    }
}

/// Containers and collections may only name entities that are there.
fn check_members(archive: &Archive, lenient: bool, findings: &mut Vec<Finding>) {
    let severity = if lenient { Warning } else { Error };
    let missing = |key: &str| !key.parse().is_ok_and(|key: EntityKey| archive.entities.contains_key(&key));
    for entity in archive.entities.values() {
        let mut versions: Vec<&Version> = entity.draft.iter().chain(&entity.published).collect();
        versions.dedup_by_key(|version| version.record.version_num);
        for version in versions {
            for child in version.record.children.iter().flatten().filter(|child| missing(&child.key)) {
                let message =
                    format!("Entity ref {} not found for container {}", child.key, entity.record.key);
                findings
                    .push(Finding::new(severity, "unknown_child", message).at(&entity.path, version.line));
            }
        }
    }
    for collection in &archive.collections {
        for key in collection.entities.iter().filter(|key| missing(key)) {
            let message = format!("Entity ref {key} not found for collection {}", collection.key);
            findings
                .push(Finding::new(severity, "unknown_member_of_collection", message).at("collections/", 0));
        }
    }
}

/// Returns the files in which the draft differs from the published version.
fn changes(
    published: &BTreeMap<FilePath, Blob>,
    draft: BTreeMap<FilePath, Blob>,
) -> BTreeMap<FilePath, Option<Blob>> {
    let gone = published.keys().filter(|path| !draft.contains_key(*path)).map(|path| (path.clone(), None));
    let mut changes: BTreeMap<FilePath, Option<Blob>> = gone.collect();
    let differs =
        |path: &FilePath, blob: &Blob| published.get(path).is_none_or(|old| old.digest != blob.digest);
    changes.extend(
        draft.into_iter().filter(|(path, blob)| differs(path, blob)).map(|(path, blob)| (path, Some(blob))),
    );
    changes
}

/// Which of an entity's two versions.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Published,
    Draft,
}

impl State {
    fn version(self, entity: &Entity) -> Option<&Version> {
        match self {
            State::Published => entity.published.as_ref(),
            State::Draft => entity.draft.as_ref(),
        }
    }
}

/// Lays out both states of the bundle.
struct Builder<'a> {
    archive: &'a Archive,
    registry: &'a Registry,
    key: &'a LearningContextKey,
    report: &'a mut Report,
    references: Vec<Reference>,
    published: BTreeMap<FilePath, Blob>,
    draft: BTreeMap<FilePath, Blob>,
    /// Definitions that were checked, as most are the same in both states.
    checked: BTreeSet<(String, blockstore::Digest)>,
}

impl Builder<'_> {
    fn build(&mut self) -> Result<(), ImportError> {
        let archive = self.archive;
        for (key, entity) in &archive.entities {
            let folder = key.folder(&entity.record.kind);
            self.count(key, entity);
            for state in [State::Published, State::Draft] {
                match state.version(entity) {
                    Some(version) => self.version(&folder, entity, version, state)?,
                    // Known, but with nothing to show: it stays on record.
                    None if entity.draft.is_none() && entity.published.is_none() => {
                        self.put(state, &format!("{folder}/entity.json"), json(&entity.record))?;
                    }
                    None => {}
                }
            }
        }
        let tags = match archive.extensions.get(tags::PATH) {
            Some(blob) => tags::read(&blob.read()?, &archive.entities, &mut self.report.findings),
            None => BTreeMap::new(),
        };
        for state in [State::Published, State::Draft] {
            self.put(state, "library.json", json(&archive.package))?;
            if !tags.is_empty() {
                self.put(state, "tags.json", json(&tags))?;
            }
            for collection in &archive.collections {
                self.put(state, &format!("collections/{}.json", collection.key), json(collection))?;
            }
            for (path, blob) in &archive.extensions {
                self.put(state, path, blob.clone())?;
            }
        }
        Ok(())
    }

    fn version(
        &mut self,
        folder: &str,
        entity: &Entity,
        version: &Version,
        state: State,
    ) -> Result<(), ImportError> {
        let record = EntityFile { version: Some(version.record.clone()), ..entity.record.clone() };
        self.put(state, &format!("{folder}/entity.json"), json(&record))?;
        if let Some(children) = &version.record.children {
            let keys = children.iter().filter_map(|child| child.key.parse().ok());
            let includes = keys.filter_map(|key: EntityKey| self.include(&key, state));
            let definition = container(&entity.record.kind, &version.record.title, includes);
            self.put(state, &format!("{folder}/definition.xml"), Blob::of(definition))?;
        }
        for (path, blob) in &version.files {
            if path == "block.xml" && self.checked.insert((folder.to_owned(), blob.digest)) {
                self.check(entity, version, blob)?;
            }
            self.put(state, &format!("{folder}/{}", stored_path(path)), blob.clone())?;
        }
        if version.record.children.is_none() && !version.files.contains_key("block.xml") {
            let message = format!(
                "version {} has no block.xml, so there is nothing to show",
                version.record.version_num
            );
            let finding = Finding::new(Warning, "no_block_xml", message).at(&entity.path, version.line);
            if !self.report.findings.contains(&finding) {
                self.report.findings.push(finding);
            }
        }
        Ok(())
    }

    /// Returns the include of a child, if that state has it.
    fn include(&self, key: &EntityKey, state: State) -> Option<Element> {
        let entity = self.archive.entities.get(key)?;
        state.version(entity)?;
        let folder = key.folder(&entity.record.kind);
        let (definition_type, definition_id) = folder.split_once('/')?;
        // Components of other namespaces lie deeper; they are no blocks.
        if definition_id.contains('/') {
            return None;
        }
        let include = Include {
            definition_type: definition_type.to_owned(),
            definition_id: definition_id.to_owned(),
            source: None,
            usage: None,
        };
        Some(include.to_element())
    }

    fn put(&mut self, state: State, path: &str, blob: Blob) -> Result<(), ImportError> {
        let files = match state {
            State::Published => &mut self.published,
            State::Draft => &mut self.draft,
        };
        if files.insert(path.parse()?, blob).is_some() {
            let message = format!("two entities would share the file {path}");
            return Err(ImportError::Invalid(vec![Finding::new(Error, "duplicate_key", message)]));
        }
        Ok(())
    }

    /// Counts a block and warns when nothing can render it.
    fn count(&mut self, key: &EntityKey, entity: &Entity) {
        if entity.draft.is_none() && entity.published.is_none() {
            return;
        }
        let (tag, id) = match key {
            EntityKey::Component { block_type, code, .. } => (block_type, code),
            EntityKey::Container(code) => (&entity.record.kind, code),
        };
        self.report.count_block(tag);
        if self.registry.known(tag).is_none() {
            self.report.count_placeholder(tag, id, &entity.path, 0);
        }
        if let Err(problem) = usage(self.key, tag, id) {
            let finding = Finding::new(Warning, "invalid_block_id", problem);
            self.report.findings.push(finding.at(&entity.path, 0).on(tag, id));
        }
    }

    /// Reads a definition as it will be read when it is shown.
    fn check(&mut self, entity: &Entity, version: &Version, blob: &Blob) -> Result<(), ImportError> {
        let Ok(EntityKey::Component { block_type: tag, code: id, .. }) = entity.record.key.parse() else {
            return Ok(());
        };
        let folder = entity.path.strip_suffix(".toml").unwrap_or(&entity.path);
        let file = format!("{folder}/component_versions/v{}/block.xml", version.record.version_num);
        let bytes = blob.read()?;
        let element = match Document::parse_bytes(&bytes, &olx::Limits::default()) {
            Ok(document) => document.root,
            Err(error) => {
                self.report.findings.push(Finding::of_olx(&error, &file).on(&tag, &id));
                return Ok(());
            }
        };
        if element.name != tag {
            let message = format!("its OLX is <{}>; it is read as <{tag}>", element.name);
            let finding = Finding::new(Warning, "tag_mismatch", message);
            self.report.findings.push(finding.at(&file, element.position.line).on(&tag, &id));
        }
        for reference in element.descendants().chain([&element]).filter(|e| reference::is_reference(&e.name))
        {
            self.references.extend(reference::check(reference, &file, &id, &mut self.report.findings));
        }
        let Some(known) = self.registry.known(&tag) else { return Ok(()) };
        let input =
            ReadInput { mode: OlxMode::V2, element: &element, url_name: None, files: &NoFiles, policy: None };
        match known.read(&input) {
            Ok(authored) => {
                let problems = authored.problems.into_iter();
                self.report
                    .findings
                    .extend(problems.map(|problem| Finding::of_problem(problem, &file).on(&tag, &id)));
            }
            Err(error) => self.report.findings.push(Finding::of_olx(&error, &file).on(&tag, &id)),
        }
        Ok(())
    }
}

/// Writes the OLX of a container.
fn container(kind: &str, title: &str, includes: impl Iterator<Item = Element>) -> String {
    let mut element = Element::new(kind);
    if !title.is_empty() {
        element.set_attr("display_name", title);
    }
    includes.fold(element, Element::with_child).pretty_xml()
}

/// Writes a record. Its keys are in a fixed order, so equal records give equal bytes.
fn json(record: &impl Serialize) -> Blob {
    let mut text = serde_json::to_string_pretty(record).unwrap_or_default();
    text.push('\n');
    Blob::of(text)
}
