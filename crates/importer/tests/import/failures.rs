//! Stores that fail, and programs that die, in the middle of an import.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use async_trait::async_trait;
use blockstore::{At, BlobStore, BlockstoreError, Digest, FolderBlobs, MemoryBlobs};
use bytes::Bytes;
use importer::{Progress, codes as error_codes};
use tempfile::TempDir;

use crate::common::{Site, draft, folder};

const KEY: &str = "course-v1:Org+Big+2026";

/// Four of these fill a batch of writes.
const ASSET_BYTES: usize = 2 << 20;

/// A course whose assets are too large to be kept in the database.
fn big_course(assets: usize) -> TempDir {
    let source = folder(&[
        ("course.xml", r#"<course url_name="2026" org="Org" course="Big"/>"#),
        ("course/2026.xml", r#"<course display_name="Big"/>"#),
    ]);
    std::fs::create_dir(source.path().join("static")).unwrap();
    for i in 0..assets {
        let path = source.path().join(format!("static/{i:04}.bin"));
        std::fs::write(path, i.to_le_bytes().repeat(ASSET_BYTES / 8)).unwrap();
    }
    source
}

/// A disk that is full after the first file.
#[derive(Default)]
struct FullDisk(MemoryBlobs);

#[async_trait]
impl BlobStore for FullDisk {
    async fn put(&self, digest: Digest, bytes: Bytes) -> Result<(), BlockstoreError> {
        if self.0.contains(digest).await? || bytes[0] == 0 {
            return self.0.put(digest, bytes).await;
        }
        Err(BlockstoreError::Blob("no space left on device".into()))
    }

    async fn get(&self, digest: Digest) -> Result<Option<Bytes>, BlockstoreError> {
        self.0.get(digest).await
    }

    async fn contains(&self, digest: Digest) -> Result<bool, BlockstoreError> {
        self.0.contains(digest).await
    }
}

#[tokio::test]
async fn a_full_disk_publishes_nothing_and_the_next_import_completes() {
    let data = TempDir::new().unwrap();
    let url = format!("sqlite://{}", data.path().join("db.sqlite").display());
    let source = big_course(3);
    let site = Site::on(&url, Arc::new(FullDisk::default())).await;
    let error = site.import(source.path()).await.unwrap_err();
    assert_eq!(error.code(), error_codes::STORE);
    assert!(error.to_string().contains("no space left"), "{error}");
    assert_eq!(site.record(KEY).await.map_or(0, |record| record.latest_version), 0);
    site.db.close().await;

    let site = Site::on(&url, Arc::new(MemoryBlobs::default())).await;
    let report = site.import(source.path()).await.unwrap();
    assert_eq!(report.version, Some(1));
    assert_eq!(site.texts(KEY, At::Version(1)).await.len(), 5);
}

/// Names the data and source folders to the process that is going to be killed.
const CHILD: &str = "IMPORTER_TEST_CHILD";

async fn site_in(data: &Path) -> Site {
    let url = format!("sqlite://{}", data.join("db.sqlite").display());
    Site::on(&url, Arc::new(FolderBlobs::open(data.join("blobs")).unwrap())).await
}

/// Tells the parent each time a batch of writes is acknowledged.
struct Acknowledged;

impl Progress for Acknowledged {
    fn advance(&self, _done: u64, _total: u64, what: &str) {
        if what == "files written" {
            let mut out = std::io::stdout().lock();
            writeln!(out, "{ACKNOWLEDGED}").unwrap();
        }
    }
}

const ACKNOWLEDGED: &str = "a batch is acknowledged";

/// The process that is killed: does nothing unless it was started by the test below.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "how the test tells its child what to do")]
async fn child_that_imports() {
    let Ok(folders) = std::env::var(CHILD) else { return };
    let (data, source) = folders.split_once('|').unwrap();
    let site = site_in(Path::new(data)).await;
    site.import_telling(Path::new(source), &Acknowledged, |_| {}).await.unwrap();
}

#[tokio::test]
async fn a_killed_import_leaves_a_consistent_store_and_the_next_one_completes() {
    let source = big_course(14);
    let files = 16;
    let mut interrupted = 0;
    for batches in 1..=4 {
        let data = TempDir::new().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "failures::child_that_imports", "--nocapture"])
            .env(CHILD, format!("{}|{}", data.path().display(), source.path().display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let acknowledged = lines.map_while(Result::ok).filter(|line| line.contains(ACKNOWLEDGED));
        assert_eq!(acknowledged.take(batches).count(), batches);
        child.kill().unwrap();
        child.wait().unwrap();

        let site = site_in(data.path()).await;
        let version = site.record(KEY).await.unwrap().latest_version;
        if version == 0 {
            interrupted += 1;
            let kept = site.texts(KEY, draft()).await.len();
            assert!(kept > 2 * batches, "an acknowledged batch is there: {kept} files after {batches}");
        } else {
            assert_eq!(site.texts(KEY, At::Version(1)).await.len(), files, "a version is complete");
        }
        let report = site.import(source.path()).await.unwrap();
        assert_eq!(report.version.is_none(), version == 1);
        assert!(report.findings.is_empty(), "{report}");
        assert_eq!(site.texts(KEY, At::Version(1)).await.len(), files);
        assert_eq!(site.record(KEY).await.unwrap().latest_version, 1);
    }
    assert!(interrupted > 0, "no import was interrupted");
}
