//! What the import tests share: a database in memory and ways to write folders and look into bundles.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use blockstore::{At, BlobStore, Blockstore, BundleId, DraftName, MemoryBlobs};
use importer::{ImportError, NoProgress, Options, Progress, Report, import};
use learning_context::{ContextRecord, ContextStore};
use storage::Database;
use tempfile::TempDir;
use time::OffsetDateTime;
use uuid::Uuid;
use xblock::Registry;

/// A database, a registry and a folder for scratch files.
pub(crate) struct Site {
    pub(crate) db: Database,
    pub(crate) registry: Registry,
    pub(crate) folder: TempDir,
}

fn next_uuid() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u64_pair(0x4000, NEXT.fetch_add(1, Ordering::Relaxed) | 1 << 63)
}

impl Site {
    /// Returns a new site with an empty database.
    pub(crate) async fn new() -> Self {
        Site::on("sqlite::memory:", Arc::new(MemoryBlobs::default())).await
    }

    /// Returns a site on a database and blob store.
    pub(crate) async fn on(url: &str, blobs: Arc<dyn BlobStore>) -> Self {
        let clock = Arc::new(|| OffsetDateTime::UNIX_EPOCH);
        let options = storage::Options::new(clock, Arc::new(next_uuid));
        let db = Database::connect(url, blobs, options).await.unwrap();
        db.migrate().await.unwrap();
        Site { db, registry: blocks::registry(), folder: TempDir::new().unwrap() }
    }

    /// Imports with options changed by a function.
    pub(crate) async fn import_with(
        &self,
        path: &Path,
        change: impl FnOnce(&mut Options<'_>),
    ) -> Result<Report, ImportError> {
        self.import_telling(path, &NoProgress, change).await
    }

    /// Imports and tells how far it is.
    pub(crate) async fn import_telling(
        &self,
        path: &Path,
        progress: &dyn Progress,
        change: impl FnOnce(&mut Options<'_>),
    ) -> Result<Report, ImportError> {
        let mut options = Options::new(OffsetDateTime::UNIX_EPOCH, &next_uuid, self.folder.path());
        change(&mut options);
        import(path, &self.db, &self.db, &self.registry, &options, progress).await
    }

    /// Imports.
    pub(crate) async fn import(&self, path: &Path) -> Result<Report, ImportError> {
        self.import_with(path, |_| {}).await
    }

    /// Returns the record of a context.
    pub(crate) async fn record(&self, key: &str) -> Option<ContextRecord> {
        let found = self.db.contexts(&[key.parse().unwrap()]).await.unwrap();
        found.into_iter().next().map(|(_, record)| record)
    }

    /// Returns the files of a state of a context as path and text.
    pub(crate) async fn texts(&self, key: &str, at: At) -> Vec<(String, String)> {
        let bundle = self.record(key).await.unwrap().bundle;
        let files = self.db.files(bundle, &at, None).await.unwrap();
        let digests: Vec<_> = files.iter().map(|file| file.digest).collect();
        let bytes = self.db.read(&digests).await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        files.iter().zip(bytes).map(|(file, bytes)| (file.path.to_string(), text(&bytes))).collect()
    }

    /// Returns the bundle of a context.
    pub(crate) async fn bundle(&self, key: &str) -> BundleId {
        self.record(key).await.unwrap().bundle
    }
}

/// The working draft.
pub(crate) fn draft() -> At {
    At::Draft(DraftName::studio())
}

/// Writes files below a folder.
pub(crate) fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// Returns a folder with files in it.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let root = TempDir::new().unwrap();
    write(root.path(), files);
    root
}

/// Returns the corpora of other people's content that may lie beside a checkout.
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: there is no {name} in ../shared/corpus");
    None
}

/// Returns codes of the findings, sorted.
pub(crate) fn codes(report: &Report) -> Vec<&'static str> {
    let mut codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    codes
}
