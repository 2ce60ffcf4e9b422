//! What tests need around learning contexts: a bundle store of fixed versions, records, simple block types.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use blockstore::{
    At, Blockstore, BlockstoreError, Bundle, BundleId, Change, Commit, Dependency, Digest, Draft, DraftName,
    FileEntry, FilePath, Link, NewBundle, SnapshotDigest, Version,
};
use bytes::Bytes;
use learning_context::{ContextError, ContextKind, ContextRecord, ContextStore, NewContext, Role};
use opaque_keys::LearningContextKey;
use time::OffsetDateTime;
use uuid::Uuid;
use xblock::{
    Authored, Block, BlockCx, BlockDecl, BlockType, CompileCx, Compiled, CompletionMode, ContentProblem,
    DefaultValue, FieldDecl, Fields, Fragment, ReadInput, Registry, Scope, View, ViewError, field::FieldType,
};

type FileMap = BTreeMap<String, Bytes>;
type State = (FileMap, Vec<Link>);

/// Bundles whose states are handed in. Counts the calls that would be statements.
#[derive(Default)]
pub(crate) struct FixedBundles {
    states: Mutex<HashMap<(BundleId, At), State>>,
    blobs: Mutex<HashMap<Digest, Bytes>>,
    calls: AtomicUsize,
}

/// Returns the n-th bundle id.
pub(crate) fn bundle(n: u128) -> BundleId {
    BundleId(Uuid::from_u128(n))
}

/// Returns the studio draft.
pub(crate) fn draft() -> At {
    At::Draft(DraftName::studio())
}

impl FixedBundles {
    /// Sets the files of a bundle at a state.
    pub(crate) fn put<P: Into<String>, B: Into<Bytes>>(
        &self,
        bundle: BundleId,
        at: At,
        files: impl IntoIterator<Item = (P, B)>,
    ) {
        let files: FileMap = files.into_iter().map(|(path, bytes)| (path.into(), bytes.into())).collect();
        let mut blobs = self.blobs.lock().unwrap();
        for bytes in files.values() {
            blobs.insert(Digest::of(bytes), bytes.clone());
        }
        self.states.lock().unwrap().insert((bundle, at), (files, Vec::new()));
    }

    /// Links a bundle at a state to a version of another one.
    pub(crate) fn link(&self, from: BundleId, at: At, name: &str, to: BundleId, version: u32) {
        let snapshot = SnapshotDigest::compute(to, OffsetDateTime::UNIX_EPOCH, [], &[]);
        let direct = Dependency { bundle: to, version, snapshot };
        let link = Link { name: name.to_owned(), direct, indirect: Vec::new(), modified: false };
        self.states.lock().unwrap().get_mut(&(from, at)).unwrap().1.push(link);
    }

    /// Loses bytes, as a damaged store would.
    pub(crate) fn lose(&self, bytes: &[u8]) {
        self.blobs.lock().unwrap().remove(&Digest::of(bytes));
    }

    /// Returns the number of calls since the last time it was asked.
    pub(crate) fn calls(&self) -> usize {
        self.calls.swap(0, Ordering::Relaxed)
    }

    fn state<T>(
        &self,
        bundle: BundleId,
        at: &At,
        of: impl FnOnce(&FileMap, &[Link]) -> T,
    ) -> Result<T, BlockstoreError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let states = self.states.lock().unwrap();
        match (states.get(&(bundle, at.clone())), at) {
            (Some((files, links)), _) => Ok(of(files, links)),
            (None, At::Version(0)) => Ok(of(&FileMap::new(), &[])),
            (None, At::Version(version)) => Err(BlockstoreError::NoSuchVersion { bundle, version: *version }),
            (None, At::Draft(_)) => Err(BlockstoreError::NoSuchBundle(bundle)),
        }
    }
}

/// Nothing under test writes bundles.
fn read_only<T>() -> Result<T, BlockstoreError> {
    Err(BlockstoreError::Storage("these bundles are fixed".to_owned()))
}

#[async_trait]
impl Blockstore for FixedBundles {
    async fn create_bundle(&self, _bundle: NewBundle) -> Result<Bundle, BlockstoreError> {
        read_only()
    }

    async fn bundle(&self, _bundle: BundleId) -> Result<Option<Bundle>, BlockstoreError> {
        read_only()
    }

    async fn delete_bundle(&self, _bundle: BundleId) -> Result<bool, BlockstoreError> {
        read_only()
    }

    async fn draft(&self, _bundle: BundleId, _name: &DraftName) -> Result<Option<Draft>, BlockstoreError> {
        read_only()
    }

    async fn write_draft(
        &self,
        _bundle: BundleId,
        _name: &DraftName,
        _changes: Vec<Change>,
        _expect_revision: Option<u64>,
    ) -> Result<Draft, BlockstoreError> {
        read_only()
    }

    async fn commit(
        &self,
        _bundle: BundleId,
        _name: &DraftName,
        _commit: Commit,
    ) -> Result<Version, BlockstoreError> {
        read_only()
    }

    async fn delete_draft(
        &self,
        _bundle: BundleId,
        _name: &DraftName,
        _expect_revision: Option<u64>,
    ) -> Result<bool, BlockstoreError> {
        read_only()
    }

    async fn versions(&self, bundle: BundleId) -> Result<Vec<Version>, BlockstoreError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let states = self.states.lock().unwrap();
        let mut numbers: Vec<u32> = states
            .keys()
            .filter(|(of, _)| *of == bundle)
            .filter_map(|(_, at)| match at {
                At::Version(number) => Some(*number),
                At::Draft(_) => None,
            })
            .collect();
        numbers.sort_unstable();
        let version = |number| Version {
            bundle,
            number,
            name: format!("v{number}"),
            description: String::new(),
            author: None,
            created_at: OffsetDateTime::UNIX_EPOCH,
            snapshot: None,
        };
        Ok(numbers.into_iter().map(version).collect())
    }

    async fn version(&self, _bundle: BundleId, _number: u32) -> Result<Option<Version>, BlockstoreError> {
        read_only()
    }

    async fn files(
        &self,
        bundle: BundleId,
        at: &At,
        prefix: Option<&str>,
    ) -> Result<Vec<FileEntry>, BlockstoreError> {
        self.state(bundle, at, |files, _| {
            let of_prefix = files.iter().filter(|(path, _)| path.starts_with(prefix.unwrap_or_default()));
            of_prefix
                .map(|(path, bytes)| FileEntry {
                    path: path.parse().unwrap(),
                    digest: Digest::of(bytes),
                    size: bytes.len() as u64,
                    modified: false,
                })
                .collect()
        })
    }

    async fn file(
        &self,
        bundle: BundleId,
        at: &At,
        path: &FilePath,
    ) -> Result<Option<FileEntry>, BlockstoreError> {
        Ok(self.files(bundle, at, None).await?.into_iter().find(|entry| entry.path == *path))
    }

    async fn links(&self, bundle: BundleId, at: &At) -> Result<Vec<Link>, BlockstoreError> {
        self.state(bundle, at, |_, links| links.to_vec())
    }

    async fn read(&self, digests: &[Digest]) -> Result<Vec<Bytes>, BlockstoreError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let blobs = self.blobs.lock().unwrap();
        digests.iter().map(|d| blobs.get(d).cloned().ok_or(BlockstoreError::NoSuchBlob(*d))).collect()
    }
}

/// Returns a record of a context.
pub(crate) fn record(
    key: &str,
    bundle: BundleId,
    latest_version: u32,
    draft_revision: Option<u64>,
) -> ContextRecord {
    let key: LearningContextKey = key.parse().unwrap();
    ContextRecord {
        kind: match key {
            LearningContextKey::Library(_) => ContextKind::Library,
            LearningContextKey::Course(_) => ContextKind::Course,
            LearningContextKey::Pathway(_) => ContextKind::Pathway,
        },
        key,
        bundle,
        latest_version,
        draft_revision,
        title: "".into(),
        description: "".into(),
        license: "".into(),
        allow_public_learning: false,
        allow_public_read: false,
        created_at: OffsetDateTime::UNIX_EPOCH,
    }
}

/// Records that are handed in. Counts reads.
#[derive(Default)]
pub(crate) struct FixedRecords {
    records: Mutex<Vec<ContextRecord>>,
    aliases: Mutex<HashMap<LearningContextKey, LearningContextKey>>,
    roles: Mutex<HashMap<(LearningContextKey, String), Role>>,
    reads: AtomicUsize,
}

impl FixedRecords {
    /// Sets a record.
    pub(crate) fn put(&self, record: ContextRecord) {
        let mut records = self.records.lock().unwrap();
        records.retain(|known| known.key != record.key);
        records.push(record);
    }

    /// Makes a record known under another key.
    pub(crate) fn alias(&self, alias: &str, key: &str) {
        self.aliases.lock().unwrap().insert(alias.parse().unwrap(), key.parse().unwrap());
    }

    /// Returns the number of reads since the last time it was asked.
    pub(crate) fn reads(&self) -> usize {
        self.reads.swap(0, Ordering::Relaxed)
    }
}

#[async_trait]
impl ContextStore for FixedRecords {
    async fn create_context(&self, _context: NewContext) -> Result<(), ContextError> {
        Err(ContextError::Storage("these records are fixed".to_owned()))
    }

    async fn contexts(
        &self,
        keys: &[LearningContextKey],
    ) -> Result<Vec<(LearningContextKey, ContextRecord)>, ContextError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let (records, aliases) = (self.records.lock().unwrap(), self.aliases.lock().unwrap());
        let find = |key: &LearningContextKey| {
            let key = aliases.get(key).unwrap_or(key);
            records.iter().find(|record| record.key == *key).cloned()
        };
        Ok(keys.iter().filter_map(|key| Some((key.clone(), find(key)?))).collect())
    }

    async fn list_contexts(
        &self,
        _kind: Option<ContextKind>,
        _after: Option<&LearningContextKey>,
        _limit: u32,
    ) -> Result<Vec<ContextRecord>, ContextError> {
        Ok(self.records.lock().unwrap().clone())
    }

    async fn update_context(
        &self,
        key: &LearningContextKey,
        _title: Option<&str>,
        _description: Option<&str>,
        _allow_public_learning: Option<bool>,
        _allow_public_read: Option<bool>,
    ) -> Result<(), ContextError> {
        Err(ContextError::NotFound(key.clone()))
    }

    async fn add_aliases(
        &self,
        key: &LearningContextKey,
        aliases: &[LearningContextKey],
    ) -> Result<Vec<LearningContextKey>, ContextError> {
        let mut known = self.aliases.lock().unwrap();
        known.extend(aliases.iter().map(|alias| (alias.clone(), key.clone())));
        Ok(Vec::new())
    }

    async fn delete_context(&self, _key: &LearningContextKey) -> Result<bool, ContextError> {
        Ok(false)
    }

    async fn set_role(
        &self,
        key: &LearningContextKey,
        user: &str,
        role: Option<Role>,
    ) -> Result<(), ContextError> {
        let mut roles = self.roles.lock().unwrap();
        match role {
            Some(role) => roles.insert((key.clone(), user.to_owned()), role),
            None => roles.remove(&(key.clone(), user.to_owned())),
        };
        Ok(())
    }

    async fn role(&self, key: &LearningContextKey, user: &str) -> Result<Option<Role>, ContextError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        Ok(self.roles.lock().unwrap().get(&(key.clone(), user.to_owned())).copied())
    }

    async fn roles(
        &self,
        keys: &[LearningContextKey],
        user: &str,
    ) -> Result<Vec<(LearningContextKey, Role)>, ContextError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let roles = self.roles.lock().unwrap();
        let role = |key: &LearningContextKey| roles.get(&(key.clone(), user.to_owned())).copied();
        Ok(keys.iter().filter_map(|key| Some((key.clone(), role(key)?))).collect())
    }
}

/// A block type that keeps attributes as fields and what is inside as `data`.
struct Simple(&'static BlockDecl);

impl BlockType for Simple {
    fn decl(&self) -> &'static BlockDecl {
        self.0
    }

    fn read(&self, input: &ReadInput<'_>) -> Result<Authored, olx::OlxError> {
        let mut fields = Fields::new();
        for attribute in input.element.attributes.iter().filter(|a| a.name != "url_name") {
            let text = &attribute.value;
            let value = serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into());
            fields.insert(attribute.name.clone(), value);
        }
        let body = input.element.attr("filename").and_then(|name| {
            let bytes = input.files.read(&format!("html/{name}.html"))?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        });
        if !self.0.has_children {
            fields.insert("data".to_owned(), body.unwrap_or_else(|| input.element.inner_xml()).into());
        }
        fields.extend(input.policy.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
        Ok(Authored { fields, ..Authored::default() })
    }

    fn write(&self, _fields: &Fields, _includes: &[olx::Element]) -> Result<String, ViewError> {
        Err(ViewError::Failed("nothing is written here".to_owned()))
    }

    fn compile(&self, fields: &Fields, cx: &CompileCx<'_>, problems: &mut Vec<ContentProblem>) -> Compiled {
        let data = fields.get("data").and_then(|data| data.as_str()).unwrap_or_default();
        Arc::new((cx.math)(data, problems))
    }

    fn view(&self, _block: &Block<'_>, view: &View, _cx: &mut BlockCx<'_>) -> Result<Fragment, ViewError> {
        Err(ViewError::NoSuchView { block_type: self.0.block_type.to_owned(), view: view.to_string() })
    }
}

const FIELDS: &[FieldDecl] = &[
    FieldDecl::new("display_name", FieldType::String, Scope::Settings, DefaultValue::Null),
    FieldDecl::new("max_attempts", FieldType::Integer, Scope::Settings, DefaultValue::Null),
    FieldDecl::new("weight", FieldType::Float, Scope::Settings, DefaultValue::Null),
    FieldDecl::new("data", FieldType::String, Scope::Content, DefaultValue::Text("")),
    FieldDecl::new("attempts", FieldType::Integer, Scope::UserState, DefaultValue::Int(0)),
];

const fn decl(
    block_type: &'static str,
    has_children: bool,
    customizable: &'static [&'static str],
) -> BlockDecl {
    BlockDecl {
        block_type,
        class_name: "SimpleBlock",
        title: "Simple",
        has_children,
        has_score: false,
        icon_class: "other",
        completion_mode: CompletionMode::Completable,
        fields: FIELDS,
        customizable,
    }
}

static LEAVES: [BlockDecl; 4] = [
    decl("html", false, &["data"]),
    decl("problem", false, &[]),
    decl("video", false, &[]),
    decl("discussion", false, &[]),
];
static CONTAINERS: [BlockDecl; 9] = [
    decl("unit", true, &[]),
    decl("subsection", true, &[]),
    decl("vertical", true, &[]),
    decl("sequential", true, &[]),
    decl("chapter", true, &[]),
    decl("course", true, &[]),
    decl("library_content", true, &[]),
    decl("itembank", true, &[]),
    decl("lib_ref", true, &[]),
];
static RANDOM: BlockDecl = decl("random_lib_ref", true, &[]);
static FALLBACK: BlockDecl = decl("unknown", false, &[]);

/// Returns a registry of the types tests use.
pub(crate) fn registry() -> Arc<Registry> {
    let simple = |decl| Arc::new(Simple(decl)) as Arc<dyn BlockType>;
    let types = LEAVES.iter().chain(&CONTAINERS).chain([&RANDOM]).map(simple);
    Arc::new(Registry::new(types, simple(&FALLBACK)))
}
