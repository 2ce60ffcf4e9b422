//! Walks the tree of a course the way the course runtime does, to tell what will not show.

use std::collections::{BTreeSet, HashSet};

use olx::Element;
use opaque_keys::LearningContextKey;
use xblock::{OlxMode, ReadInput, Registry, Severity::Warning};

use super::{defaults, files, policy::Policy};
use crate::{
    Finding, Report,
    plan::{Reference, usage},
    reference,
    source::Source,
};

/// Deepest nesting of blocks that is followed; XML depth is limited per file, pointers are not.
const MAX_DEPTH: usize = 64;
/// References to libraries in one unit above which an import warns (unit-composition §2.3).
const MAX_REFERENCES: usize = 50;
/// Elements in a `course` that are no blocks.
const COURSE_EXTRAS: [&str; 4] = ["textbook", "pdf_textbook", "html_textbook", "wiki"];

/// An element and the file it is in.
#[derive(Debug, Clone)]
pub(super) struct Located {
    pub(super) element: Element,
    pub(super) file: String,
}

/// What the walk found.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Files that blocks are read from.
    pub(super) files: BTreeSet<String>,
    /// Tags in use.
    pub(super) tags: BTreeSet<String>,
    /// References to libraries.
    pub(super) references: Vec<Reference>,
}

struct Walker<'a> {
    source: &'a Source,
    policy: &'a Policy,
    registry: &'a Registry,
    key: &'a LearningContextKey,
    report: &'a mut Report,
    walked: Walked,
    seen: HashSet<(String, String)>,
}

/// Walks the tree below the root.
pub(super) fn walk(
    source: &Source,
    root: &Located,
    run: &str,
    policy: &Policy,
    registry: &Registry,
    key: &LearningContextKey,
    report: &mut Report,
) -> Walked {
    let mut walker =
        Walker { source, policy, registry, key, report, walked: Walked::default(), seen: HashSet::new() };
    walker.walked.files.insert("course.xml".to_owned());
    let mut pending = vec![(Block::new(root.element.clone(), root.file.clone(), Some(run)), 0)];
    while let Some((block, depth)) = pending.pop() {
        let children = walker.visit(block, depth);
        pending.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
    }
    walker.report.list_placeholders();
    walker.walked
}

/// A block whose pointer is resolved.
struct Block {
    element: Element,
    file: String,
    url_name: Option<String>,
}

impl Block {
    fn new(element: Element, file: String, url_name: Option<&str>) -> Self {
        Block { element, file, url_name: url_name.map(str::to_owned) }
    }

    fn tag(&self) -> &str {
        &self.element.name
    }

    fn name(&self) -> &str {
        self.url_name.as_deref().unwrap_or("(no url_name)")
    }

    fn finding(&self, code: &'static str, message: impl Into<String>) -> Finding {
        Finding::new(Warning, code, message)
            .at(&self.file, self.element.position.line)
            .on(self.tag(), self.name())
    }
}

impl Walker<'_> {
    /// Checks one block and returns its children.
    fn visit(&mut self, block: Block, depth: usize) -> Vec<Block> {
        let tag = block.tag().to_owned();
        self.walked.files.insert(block.file.clone());
        self.walked.tags.insert(tag.clone());
        let known = self.registry.known(&tag).cloned();
        self.report.count_block(&tag);
        if let Some(url_name) = &block.url_name {
            if !self.seen.insert((tag.clone(), url_name.clone())) {
                let message = "the same block is there twice; only the first one counts";
                self.report.findings.push(block.finding("duplicate_block", message));
                return Vec::new();
            }
            if depth > 0
                && let Err(problem) = usage(self.key, &tag, url_name)
            {
                self.report.findings.push(block.finding("invalid_block_id", problem));
            }
        }
        let Some(known) = known else {
            self.report.count_placeholder(&tag, block.name(), &block.file, block.element.position.line);
            return Vec::new();
        };
        self.note_body(&block);
        let input = ReadInput {
            mode: OlxMode::V1,
            element: &block.element,
            url_name: block.url_name.as_deref(),
            files: &files::SourceFiles(self.source),
            policy: block.url_name.as_deref().and_then(|url_name| self.policy.of(&tag, url_name)),
        };
        match known.read(&input) {
            Ok(authored) => {
                let file = &block.file;
                let problems = authored.problems.into_iter();
                self.report.findings.extend(
                    problems.map(|problem| Finding::of_problem(problem, file).on(&tag, block.name())),
                );
            }
            Err(error) => {
                self.report.findings.push(Finding::of_olx(&error, &block.file).on(&tag, block.name()));
            }
        }
        if reference::is_reference(&tag) {
            self.walked.references.extend(reference::check(
                &block.element,
                &block.file,
                block.name(),
                &mut self.report.findings,
            ));
            return Vec::new();
        }
        if !known.decl().has_children {
            return Vec::new();
        }
        if depth >= MAX_DEPTH {
            self.report.findings.push(block.finding("too_deep", "its children are nested too deep to show"));
            return Vec::new();
        }
        let children = self.children(&block);
        if let Some(id) = block.url_name.as_deref().filter(|_| tag == "library_content") {
            self.walked.files.insert(defaults::path(id));
            let elements: Vec<&Element> = children.iter().map(|child| &child.element).collect();
            let finding = defaults::check(self.source, &block.element, id, &block.file, &elements);
            self.report.findings.extend(finding);
        }
        children
    }

    fn children(&mut self, block: &Block) -> Vec<Block> {
        let mut children = Vec::new();
        for element in block.element.child_elements() {
            let extra = block.tag() == "course" && COURSE_EXTRAS.contains(&element.name.as_str());
            if extra || element.option_name().is_some() || element.name == "xblock-include" {
                continue;
            }
            children.extend(self.resolve(element, &block.file));
        }
        let references = children.iter().filter(|child| reference::is_reference(child.tag())).count();
        if references > MAX_REFERENCES {
            let message = format!("it draws from libraries {references} times, more than {MAX_REFERENCES}");
            self.report.findings.push(block.finding("too_many_references", message));
        }
        children
    }

    /// Follows pointers and `filename` attributes to the element that defines a block.
    fn resolve(&mut self, element: &Element, file: &str) -> Option<Block> {
        let url_name = element.attr("url_name");
        let tag = &element.name;
        let target = if is_pointer(element) {
            url_name.map(|url_name| definition_path(tag, url_name))
        } else {
            // The layout of 2012; the `filename` of an html block names its body instead.
            element.attr("filename").filter(|_| tag != "html").map(|name| definition_path(tag, name))
        };
        let block = Block::new(element.clone(), file.to_owned(), url_name);
        let Some(target) = target else { return Some(block) };
        match files::parse(self.source, &target) {
            Ok(Some(definition)) => {
                if definition.name != *tag {
                    let found = &definition.name;
                    let message = format!("{target} defines <{found}> where <{tag}> is expected");
                    self.report.findings.push(block.finding("tag_mismatch", message));
                }
                let mut definition = definition;
                definition.name.clone_from(tag);
                if !is_pointer(element) {
                    for attribute in element.attributes.iter().filter(|a| a.name != "filename") {
                        definition.set_attr(&attribute.name, attribute.value.clone());
                    }
                }
                Some(Block::new(definition, target, url_name))
            }
            Ok(None) => {
                let message = format!("it points to {target}, which is not there; it will not show");
                self.report.findings.push(block.finding("missing_file", message));
                None
            }
            Err(error) => {
                self.walked.files.insert(target.clone());
                let name = url_name.unwrap_or_default();
                self.report.findings.push(Finding::of_olx(&error, &target).on(tag, name));
                None
            }
        }
    }

    /// Notes the separate body of an html block as a file that is read. The block type itself reports a missing one.
    fn note_body(&mut self, block: &Block) {
        let Some(filename) = block.element.attr("filename").filter(|_| block.tag() == "html") else { return };
        let folder = block.file.rsplit_once('/').map_or("html", |(folder, _)| folder);
        for path in [format!("{folder}/{filename}.html"), format!("html/{filename}.html")] {
            if self.source.files.contains_key(&path) {
                self.walked.files.insert(path);
                return;
            }
        }
    }
}

/// Tells whether an element only points to a file (xblock-core §4.3).
pub(crate) fn is_pointer(element: &Element) -> bool {
    let allowed = |name: &str| match element.name.as_str() {
        "course" => matches!(name, "url_name" | "org" | "course"),
        _ => name == "url_name",
    };
    element.attr("url_name").is_some()
        && element.attributes.iter().all(|attribute| allowed(&attribute.name))
        && element.child_elements().next().is_none()
        && element.text_content().trim().is_empty()
}

fn definition_path(tag: &str, name: &str) -> String {
    format!("{tag}/{}.xml", name.replace(':', "/"))
}
