//! Which definitions a library has, own and linked, and what each includes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use blockstore::{At, Blockstore, BlockstoreError, BundleId, FilePath};
use olx::{Include, Limits};
use xblock::{ContentProblem, OlxMode, Registry, Severity};

use super::MAX_DEPTH;
use crate::{
    ContextError,
    blobs::read_all,
    definitions::parse,
    source::{SourceFile, Texts},
    structure::{FileList, Linked, MAX_NODES},
};

/// Place of a definition among the gathered ones.
pub(super) type DefIndex = usize;
/// Place of a bundle among those read; the library's own is the first.
type BundleIndex = usize;

pub(super) const OWN: BundleIndex = 0;

/// A bundle that definitions come from.
pub(super) struct Source {
    /// How nodes name it; `None` for the library's own.
    pub(super) linked: Option<Arc<Linked>>,
    pub(super) files: Arc<FileList>,
    /// Links by name; `None` where the linked bundle could not be read.
    links: BTreeMap<String, (BundleId, u32)>,
}

/// An include that leads to a definition.
pub(super) struct Target {
    pub(super) definition: DefIndex,
    /// The alias, else the definition's id: what the usage id is made from.
    pub(super) base: Arc<str>,
}

/// One definition.
pub(super) struct Def {
    pub(super) bundle: BundleIndex,
    pub(super) block_type: Arc<str>,
    pub(super) id: Arc<str>,
    pub(super) file: SourceFile,
    pub(super) is_container: bool,
    pub(super) includes: Vec<Target>,
}

/// Everything that was read.
pub(super) struct Gathered {
    pub(super) sources: Vec<Source>,
    pub(super) definitions: Vec<Def>,
    pub(super) problems: Vec<ContentProblem>,
    pub(super) texts: Texts,
}

/// Reads the listing of a library's bundle and, level by level, the containers reachable in it: two calls for
/// the library, two for each linked bundle, one for each level of containers.
pub(super) async fn gather(
    store: &dyn Blockstore,
    registry: &Registry,
    bundle: BundleId,
    at: &At,
) -> Result<Gathered, ContextError> {
    let files = Arc::new(FileList::new(store.files(bundle, at, None).await?));
    let links = links_by_name(store, bundle, at).await?;
    let mut gatherer = Gatherer {
        registry,
        by_path: HashMap::new(),
        // A library that another one leads back to is the one at hand, so that circles show.
        by_link: match at {
            At::Version(version) => HashMap::from([((bundle, *version), Some(OWN))]),
            At::Draft(_) => HashMap::new(),
        },
        out: Gathered {
            sources: vec![Source { linked: None, files: Arc::clone(&files), links }],
            definitions: Vec::new(),
            problems: Vec::new(),
            texts: Texts::default(),
        },
    };
    let own = files.iter().filter(|(path, _)| is_definition(path.as_str())).map(|(path, _)| path.clone());
    let mut level: Vec<DefIndex> = own.filter_map(|path| gatherer.define(OWN, &path)).collect();
    level.retain(|&index| gatherer.out.definitions[index].is_container);
    for _ in 0..=MAX_DEPTH {
        if level.is_empty() {
            break;
        }
        level = gatherer.scan(store, &level).await?;
    }
    Ok(gatherer.out)
}

/// Returns whether a path is that of a definition: `<type>/<id>/definition.xml`.
fn is_definition(path: &str) -> bool {
    path.ends_with("/definition.xml") && path.bytes().filter(|b| *b == b'/').count() == 2
}

async fn links_by_name(
    store: &dyn Blockstore,
    bundle: BundleId,
    at: &At,
) -> Result<BTreeMap<String, (BundleId, u32)>, BlockstoreError> {
    let links = store.links(bundle, at).await?;
    Ok(links.into_iter().map(|link| (link.name, (link.direct.bundle, link.direct.version))).collect())
}

struct Gatherer<'a> {
    registry: &'a Registry,
    by_path: HashMap<(BundleIndex, FilePath), DefIndex>,
    by_link: HashMap<(BundleId, u32), Option<BundleIndex>>,
    out: Gathered,
}

impl Gatherer<'_> {
    /// Returns the definition in a file, which is made on first sight; `None` when there is no such file or
    /// there are too many definitions.
    fn define(&mut self, bundle: BundleIndex, path: &FilePath) -> Option<DefIndex> {
        if let Some(&known) = self.by_path.get(&(bundle, path.clone())) {
            return Some(known);
        }
        let (path, asset) = self.out.sources[bundle].files.get(path.as_str())?;
        let (block_type, rest) = path.as_str().split_once('/')?;
        let (id, _) = rest.split_once('/')?;
        if self.out.definitions.len() >= MAX_NODES {
            return None;
        }
        let index = self.out.definitions.len();
        self.by_path.insert((bundle, path.clone()), index);
        self.out.definitions.push(Def {
            bundle,
            is_container: self.registry.known(block_type).is_some_and(|t| t.decl().has_children),
            block_type: self.out.texts.get(block_type),
            id: id.into(),
            file: SourceFile { path: path.clone(), digest: asset.digest },
            includes: Vec::new(),
        });
        Some(index)
    }

    /// Reads the includes of some containers; returns the containers seen for the first time.
    async fn scan(
        &mut self,
        store: &dyn Blockstore,
        level: &[DefIndex],
    ) -> Result<Vec<DefIndex>, ContextError> {
        let digests = level.iter().map(|&index| self.out.definitions[index].file.digest);
        let blobs = read_all(store, digests).await?;
        let mut found: Vec<(DefIndex, u32, Include)> = Vec::new();
        for &index in level {
            let bytes = blobs.get(&self.out.definitions[index].file.digest);
            let Some(bytes) = bytes else {
                self.report(index, 0, "definition_unreadable", "its content is missing".to_owned());
                continue;
            };
            match parse(bytes, OlxMode::V2, &Limits::default()) {
                Ok(document) => {
                    for child in document.root.child_elements().filter(|c| Include::is_include(c)) {
                        match Include::from_element(child) {
                            Ok(include) => found.push((index, child.position.line, include)),
                            Err(error) => {
                                self.report(
                                    index,
                                    child.position.line,
                                    "include_malformed",
                                    error.to_string(),
                                );
                            }
                        }
                    }
                }
                Err(error) => self.report(index, error.line, "definition_unreadable", error.message),
            }
        }
        for (index, line, include) in &found {
            self.open(store, *index, *line, include).await?;
        }
        let before = self.out.definitions.len();
        for (index, line, include) in found {
            self.resolve(index, line, &include);
        }
        let new = before..self.out.definitions.len();
        Ok(new.filter(|&index| self.out.definitions[index].is_container).collect())
    }

    /// Returns the bundle an include leads to, as far as that is known by now: the outer `None` means it was
    /// not looked at.
    fn bundle_of(&self, index: DefIndex, include: &Include) -> Option<Option<BundleIndex>> {
        let bundle = self.out.definitions[index].bundle;
        let Some(link) = &include.source else { return Some(Some(bundle)) };
        match self.out.sources[bundle].links.get(link) {
            None => Some(None),
            Some(direct) => self.by_link.get(direct).copied(),
        }
    }

    /// Reads the listing of the bundle an include leads to, unless it is known.
    async fn open(
        &mut self,
        store: &dyn Blockstore,
        index: DefIndex,
        line: u32,
        include: &Include,
    ) -> Result<(), ContextError> {
        if self.bundle_of(index, include).is_some() {
            return Ok(());
        }
        let bundle = self.out.definitions[index].bundle;
        let link = include.source.as_deref().unwrap_or_default();
        let Some(&(linked, version)) = self.out.sources[bundle].links.get(link) else { return Ok(()) };
        let at = At::Version(version);
        let read = match store.files(linked, &at, None).await {
            Ok(files) => links_by_name(store, linked, &at).await.map(|links| (files, links)),
            Err(error) => Err(error),
        };
        let opened = match read {
            Ok((files, links)) => {
                let files = Arc::new(FileList::new(files));
                let linked = Linked { bundle: linked, version, files: Arc::clone(&files) };
                self.out.sources.push(Source { linked: Some(Arc::new(linked)), files, links });
                Some(self.out.sources.len() - 1)
            }
            Err(error @ (BlockstoreError::NoSuchBundle(_) | BlockstoreError::NoSuchVersion { .. })) => {
                self.report(index, line, "link_missing", format!("Link '{link}' leads nowhere: {error}"));
                None
            }
            Err(error) => return Err(error.into()),
        };
        self.by_link.insert((linked, version), opened);
        Ok(())
    }

    fn resolve(&mut self, index: DefIndex, line: u32, include: &Include) {
        let bundle = match self.bundle_of(index, include) {
            Some(Some(bundle)) => bundle,
            Some(None) | None => {
                let link = include.source.as_deref().unwrap_or_default();
                self.report(index, line, "link_not_found", format!("Link not found: {link}"));
                return;
            }
        };
        let path = format!("{}/{}/definition.xml", include.definition_type, include.definition_id);
        let target = path.parse::<FilePath>().ok().and_then(|path| self.define(bundle, &path));
        match target {
            Some(definition) => {
                let base = include.usage.as_deref().unwrap_or(&include.definition_id).into();
                self.out.definitions[index].includes.push(Target { definition, base });
            }
            None => {
                let what = format!("{}/{}", include.definition_type, include.definition_id);
                self.report(index, line, "definition_missing", format!("there is no definition \"{what}\""));
            }
        }
    }

    fn report(&mut self, index: DefIndex, line: u32, code: &'static str, message: String) {
        let file = self.out.definitions[index].file.path.as_str();
        self.out.problems.push(ContentProblem::new(Severity::Error, code, message).at(file, line));
    }
}
