//! Definitions: read in batches, compiled once, kept by digest.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use blockstore::{Blockstore, Digest};
use bytes::Bytes;
use olx::{Document, Limits, OlxError};
use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};
use serde_json::Value;
use tokio::{sync::Semaphore, task::spawn_blocking};
use xblock::{
    BlockType, CompileCx, ContentProblem, Definition, Fields, Files, OlxMode, ReadInput, Registry, Severity,
};

use crate::{ContextError, DefinitionSource, blobs::read_all};

/// Turns the formulas in author HTML into MathML and reports those it cannot; see [`CompileCx`].
pub type MathFn = dyn Fn(&str, &mut Vec<ContentProblem>) -> String + Send + Sync;

/// Code of the problem that stands in for a definition nobody can read.
const UNREADABLE: &str = "definition_unreadable";

/// Returns whether a definition could not be read: authors see its problems, learners do not see the block
/// (unit-composition §7). Its compiled form is that of [`Registry::fallback`].
pub fn is_unreadable(definition: &Definition) -> bool {
    definition.problems.iter().any(|problem| problem.code == UNREADABLE)
}

#[derive(Clone)]
struct Cached {
    definition: Arc<Definition>,
    bytes: u64,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<[u8; 20], Cached> for ByBytes {
    fn weight(&self, _digest: &[u8; 20], cached: &Cached) -> u64 {
        cached.bytes
    }
}

/// Reads definitions and keeps them, weighed by the bytes they were made from.
///
/// Content decides how long compiling takes, and the thread that asks has other requests to serve: what is long is
/// compiled on threads of its own, so a runtime of tokio has to be there.
pub struct Definitions {
    store: Arc<dyn Blockstore>,
    maker: Arc<Maker>,
    /// Keeps long compilations from taking all processors.
    beside: Arc<Semaphore>,
}

/// Makes definitions and keeps them.
struct Maker {
    registry: Arc<Registry>,
    math: Arc<MathFn>,
    limits: Limits,
    cache: Cache<[u8; 20], Cached, ByBytes>,
}

/// Bytes of content that is kept however many processors there are: the most that authors send at once.
const KEPT_BYTES: u64 = 2 << 20;

/// Returns a cache of few parts. A part keeps nothing that is larger than itself, and what is not kept is compiled for each
/// request; by default there are as many parts as the machine's processors ask for.
fn cache(capacity_bytes: u64) -> Cache<[u8; 20], Cached, ByBytes> {
    let parts = capacity_bytes / (OVERHEAD_BYTES + KEPT_BYTES * BYTES_PER_BYTE);
    let parts = 1 << parts.clamp(1, 16).ilog2();
    let options = OptionsBuilder::new()
        .shards(parts)
        .estimated_items_capacity(EXPECTED_ITEMS)
        .weight_capacity(capacity_bytes)
        .build();
    match options {
        Ok(options) => {
            Cache::with_options(options, ByBytes, DefaultHashBuilder::default(), DefaultLifecycle::default())
        }
        Err(_) => Cache::with_weighter(EXPECTED_ITEMS, capacity_bytes, ByBytes),
    }
}

/// Bytes of content up to which compiling takes no longer than waiting for another thread.
const AT_ONCE_BYTES: usize = 64 << 10;
/// How many threads compile what is longer.
const THREADS: usize = 2;

/// What a definition costs besides its text: the entry, its fields, its compiled form.
const OVERHEAD_BYTES: u64 = 1_024;
/// A compiled definition is taken to need this many bytes for one byte of OLX: the fields, the compiled form
/// and what allocators add.
const BYTES_PER_BYTE: u64 = 4;
/// Number of definitions the cache prepares for.
const EXPECTED_ITEMS: usize = 4_096;

impl Definitions {
    /// Returns a reader that keeps about `capacity_bytes` of definitions.
    pub fn new(
        store: Arc<dyn Blockstore>,
        registry: Arc<Registry>,
        math: Arc<MathFn>,
        capacity_bytes: u64,
    ) -> Self {
        let cache = cache(capacity_bytes);
        Definitions {
            store,
            maker: Arc::new(Maker { registry, math, limits: Limits::default(), cache }),
            beside: Arc::new(Semaphore::new(THREADS)),
        }
    }

    /// Returns the block types definitions are read and compiled with.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.maker.registry
    }

    /// Reads files by digest with one call; those that are gone are left out.
    pub(crate) async fn read(
        &self,
        digests: impl IntoIterator<Item = Digest>,
    ) -> Result<HashMap<Digest, Bytes>, ContextError> {
        Ok(read_all(&*self.store, digests).await?)
    }

    /// Returns a definition for each source, in order; those not kept are read with one call. A definition
    /// that cannot be read is one too: see [`is_unreadable`].
    ///
    /// # Errors
    /// Storage failures, and content on which compiling broke down.
    pub async fn load(
        &self,
        sources: &[Arc<DefinitionSource>],
    ) -> Result<Vec<Arc<Definition>>, ContextError> {
        let mut found: Vec<Option<Arc<Definition>>> =
            sources.iter().map(|source| self.maker.known(&source.digest)).collect();
        let missing: Vec<_> =
            sources.iter().zip(&found).filter(|(_, f)| f.is_none()).map(|(s, _)| Arc::clone(s)).collect();
        if !missing.is_empty() {
            let digests = missing.iter().flat_map(|source| source.files.iter().map(|file| file.digest));
            let blobs = read_all(&*self.store, digests).await?;
            let bytes = missing.iter().map(|source| content_bytes(source, &blobs)).sum();
            let made = self.run(bytes, move |maker| maker.make_all(&missing, &blobs)).await?;
            for (source, found) in sources.iter().zip(&mut found) {
                if found.is_none() {
                    *found = made.get(&source.digest).cloned();
                }
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// As [`Definitions::load`], with the overrides that apply to each block, highest precedence first. Only
    /// an override of a field its type compiles makes a definition of its own.
    ///
    /// # Errors
    /// As [`Definitions::load`].
    pub async fn load_with_overrides(
        &self,
        blocks: &[(Arc<DefinitionSource>, &[Arc<Fields>])],
    ) -> Result<Vec<Arc<Definition>>, ContextError> {
        let sources: Vec<_> = blocks.iter().map(|(source, _)| Arc::clone(source)).collect();
        let mut definitions = self.load(&sources).await?;
        for (definition, (_, overrides)) in definitions.iter_mut().zip(blocks) {
            if let Some(changed) = self.maker.overrides(definition, overrides) {
                let base = Arc::clone(definition);
                let bytes = changed.1.len();
                *definition = self.run(bytes, move |maker| maker.overridden(&base, changed)).await?;
            }
        }
        Ok(definitions)
    }

    /// Does work on so many bytes of content: at once, or on a thread of its own.
    async fn run<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&Maker) -> T + Send + 'static,
    ) -> Result<T, ContextError> {
        if bytes <= AT_ONCE_BYTES {
            return Ok(work(&self.maker));
        }
        let stopped = |e: &dyn std::fmt::Display| ContextError::Compiling(e.to_string());
        let permit = Arc::clone(&self.beside).acquire_owned().await.map_err(|e| stopped(&e))?;
        let maker = Arc::clone(&self.maker);
        let done = spawn_blocking(move || {
            let done = work(&maker);
            drop(permit);
            done
        });
        done.await.map_err(|e| stopped(&e))
    }
}

/// Returns the bytes a definition is made from.
fn content_bytes(source: &DefinitionSource, blobs: &HashMap<Digest, Bytes>) -> usize {
    let inline = source.inline.as_ref().map_or(0, |inline| inline.olx.len());
    inline + source.files.iter().filter_map(|f| blobs.get(&f.digest)).map(Bytes::len).sum::<usize>()
}

/// The overrides of compiled fields, and their text.
type Overrides = (Fields, String);

impl Maker {
    fn known(&self, digest: &[u8; 20]) -> Option<Arc<Definition>> {
        self.cache.get(digest).map(|cached| cached.definition)
    }

    /// Makes definitions, each content once, also if somebody else made it meanwhile.
    fn make_all(
        &self,
        sources: &[Arc<DefinitionSource>],
        blobs: &HashMap<Digest, Bytes>,
    ) -> HashMap<[u8; 20], Arc<Definition>> {
        let mut made = HashMap::new();
        for source in sources {
            made.entry(source.digest)
                .or_insert_with(|| self.known(&source.digest).unwrap_or_else(|| self.make(source, blobs)));
        }
        made
    }

    /// Returns what overrides change of what is compiled; `None` if nothing.
    fn overrides(&self, base: &Definition, overrides: &[Arc<Fields>]) -> Option<Overrides> {
        if overrides.is_empty() || is_unreadable(base) {
            return None;
        }
        let block_type = self.registry.known(&base.block_type)?;
        let compiled: Fields = block_type
            .compiles()
            .iter()
            .filter_map(|name| {
                let value = overrides.iter().find_map(|fields| fields.get(*name))?;
                Some(((*name).to_owned(), value.clone()))
            })
            .collect();
        if compiled.is_empty() {
            return None;
        }
        let text = xblock::field::json_text(&Value::Object(compiled.clone()));
        Some((compiled, text))
    }

    /// Returns the definition as overrides make it.
    fn overridden(&self, base: &Definition, (compiled, text): Overrides) -> Arc<Definition> {
        let digest = *Digest::of(&[&base.digest[..], text.as_bytes()].concat()).as_bytes();
        self.known(&digest).unwrap_or_else(|| {
            let block_type = self.registry.get(&base.block_type);
            let mut fields = base.fields.clone();
            fields.extend(compiled);
            self.compile(block_type, digest, &base.block_type, fields, Vec::new(), text.len() as u64)
        })
    }

    fn make(&self, source: &DefinitionSource, blobs: &HashMap<Digest, Bytes>) -> Arc<Definition> {
        let files = SourceFiles { source, blobs };
        let block_type = self.registry.get(&source.block_type);
        match self.authored(block_type, source, &files) {
            Ok(authored) => {
                let bytes = content_bytes(source, blobs);
                let mut problems = authored.problems;
                for problem in &mut problems {
                    locate(problem, source);
                }
                self.compile(
                    block_type,
                    source.digest,
                    &source.block_type,
                    authored.fields,
                    problems,
                    bytes as u64,
                )
            }
            Err(error) => {
                let mut problem = ContentProblem::new(Severity::Error, UNREADABLE, error.message);
                problem.file = error.file;
                problem.line = error.line;
                locate(&mut problem, source);
                let fallback = self.registry.fallback();
                let (kind, fields) = (&source.block_type, Fields::new());
                if error.code == olx::codes::MISSING_FILE {
                    // Not kept: bytes that are missing now may be there later.
                    return self.compiled(fallback, source.digest, kind, fields, vec![problem]);
                }
                self.compile(fallback, source.digest, kind, fields, vec![problem], 0)
            }
        }
    }

    fn authored(
        &self,
        block_type: &Arc<dyn BlockType>,
        source: &DefinitionSource,
        files: &SourceFiles<'_>,
    ) -> Result<xblock::Authored, OlxError> {
        let document = match (&source.inline, source.files.first()) {
            (Some(inline), _) => Document::parse(&inline.olx, &self.limits)?,
            (None, Some(main)) => {
                let bytes = files.blobs.get(&main.digest).ok_or_else(|| missing(&main.path))?;
                parse(bytes, source.mode, &self.limits)?
            }
            (None, None) => return Err(OlxError::new(olx::codes::MISSING_FILE, "the block has no file")),
        };
        block_type.read(&ReadInput {
            mode: source.mode,
            element: &document.root,
            url_name: source.url_name.as_deref(),
            files,
            policy: source.policy.as_deref(),
        })
    }

    fn compile(
        &self,
        block_type: &Arc<dyn BlockType>,
        digest: [u8; 20],
        name: &Arc<str>,
        fields: Fields,
        problems: Vec<ContentProblem>,
        bytes: u64,
    ) -> Arc<Definition> {
        let definition = self.compiled(block_type, digest, name, fields, problems);
        let cached = Cached {
            definition: Arc::clone(&definition),
            bytes: OVERHEAD_BYTES + bytes.saturating_mul(BYTES_PER_BYTE),
        };
        self.cache.insert(digest, cached);
        definition
    }

    fn compiled(
        &self,
        block_type: &Arc<dyn BlockType>,
        digest: [u8; 20],
        name: &Arc<str>,
        fields: Fields,
        mut problems: Vec<ContentProblem>,
    ) -> Arc<Definition> {
        let cx = CompileCx { math: &*self.math };
        let compiled = block_type.compile(&fields, &cx, &mut problems);
        Arc::new(Definition { digest, block_type: Arc::clone(name), fields, compiled, problems })
    }
}

/// Parses a block's own file; courses drop the white space that only indents elements (xblock-core §4.3).
pub(crate) fn parse(bytes: &[u8], mode: OlxMode, limits: &Limits) -> Result<Document, OlxError> {
    match mode {
        OlxMode::V2 => Document::parse_bytes(bytes, limits),
        OlxMode::V1 => {
            let text = std::str::from_utf8(bytes)
                .map_err(|_| OlxError::new(olx::codes::ENCODING, "the document is not UTF-8"))?;
            Document::parse_without_blank_text(text, limits)
        }
    }
}

fn missing(path: &blockstore::FilePath) -> OlxError {
    OlxError::new(olx::codes::MISSING_FILE, format!("the content of \"{}\" is missing", path.as_str()))
}

/// Says where in the bundle a problem is; lines of inline blocks count from the element they stand in.
fn locate(problem: &mut ContentProblem, source: &DefinitionSource) {
    if problem.file.is_some() {
        return;
    }
    problem.file = Some(source.place.to_string());
    if let Some(inline) = &source.inline {
        problem.line = inline.line + problem.line.saturating_sub(1);
    }
}

/// The files of one source, as block types ask for them.
struct SourceFiles<'a> {
    source: &'a DefinitionSource,
    blobs: &'a HashMap<Digest, Bytes>,
}

impl Files for SourceFiles<'_> {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        let file = self.source.files.iter().find(|file| file.path.as_str() == path)?;
        self.blobs.get(&file.digest).map(|bytes| Cow::Borrowed(bytes.as_ref()))
    }
}
