//! A fresh database for each test, and words the tests share.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use blockstore::{
    At, Blockstore as _, BundleId, Change, Commit, DraftName, FileEntry, MemoryBlobs, NewBundle, Version,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use storage::{Database, Options};
use tempfile::TempDir;
use time::OffsetDateTime;
use uuid::Uuid;

/// The databases the suite runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    SqliteInMemory,
    Postgres,
}

/// A migrated, empty database.
pub(crate) struct Bench {
    pub(crate) db: Arc<Database>,
    pub(crate) blobs: MemoryBlobs,
    /// What opened it.
    pub(crate) url: String,
    /// The PostgreSQL server's URL and this test's schema.
    schema: Option<(String, String)>,
    _folder: Option<TempDir>,
}

/// Returns options with a clock that ticks once a second from 2026 on, and identifiers that count.
pub(crate) fn options() -> Options {
    let ticks = AtomicI64::new(1_767_225_600);
    let ids = AtomicU64::new(1);
    Options::new(
        Arc::new(move || {
            let now = ticks.fetch_add(1, Ordering::Relaxed);
            OffsetDateTime::from_unix_timestamp(now).expect("a time this century")
        }),
        Arc::new(move || Uuid::from_u128(ids.fetch_add(1, Ordering::Relaxed).into())),
    )
}

impl Bench {
    /// Opens a database of its own, or says why it cannot.
    pub(crate) async fn open(backend: Backend) -> Option<Self> {
        Bench::open_with(backend, |_| {}).await
    }

    /// As [`Bench::open`], with other options.
    pub(crate) async fn open_with(backend: Backend, change: impl FnOnce(&mut Options)) -> Option<Self> {
        let (url, schema, folder) = match backend {
            Backend::SqliteInMemory => ("sqlite::memory:".to_owned(), None, None),
            Backend::Sqlite => {
                let folder = tempfile::tempdir().expect("folder");
                (format!("sqlite://{}/data/exedra.db", folder.path().display()), None, Some(folder))
            }
            Backend::Postgres => {
                let server = postgres_server()?;
                let schema = make_schema(&server).await;
                let joint = if server.contains('?') { '&' } else { '?' };
                (format!("{server}{joint}options[search_path]={schema}"), Some((server, schema)), None)
            }
        };
        let blobs = MemoryBlobs::default();
        let mut options = options();
        change(&mut options);
        let db = Database::connect(&url, Arc::new(blobs.clone()), options).await.expect("connect");
        db.migrate().await.expect("migrate");
        Some(Bench { db: Arc::new(db), blobs, url, schema, _folder: folder })
    }

    /// Closes and removes the database.
    pub(crate) async fn close(self) {
        self.db.close().await;
        if let Some((server, schema)) = self.schema {
            let mut connection = PgConnection::connect(&server).await.expect("connect");
            let drop = AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"));
            sqlx::raw_sql(drop).execute(&mut connection).await.expect("drop schema");
        }
    }

    /// Returns how many statements some work sends.
    pub(crate) async fn statements(&self, work: impl Future) -> u64 {
        let before = self.db.statement_count();
        work.await;
        self.db.statement_count() - before
    }

    /// Makes an empty bundle.
    pub(crate) async fn bundle(&self, number: u128) -> BundleId {
        let id = bundle_id(number);
        let bundle = NewBundle { id, title: "Title".into(), slug: "slug".into(), description: String::new() };
        self.db.create_bundle(bundle).await.expect("create bundle");
        id
    }

    /// Writes files (`None` deletes) into the studio draft.
    pub(crate) async fn write(&self, bundle: BundleId, files: &[(&str, Option<&str>)]) {
        self.write_to(bundle, &studio(), files).await;
    }

    /// Writes files into a draft.
    pub(crate) async fn write_to(&self, bundle: BundleId, draft: &DraftName, files: &[(&str, Option<&str>)]) {
        self.db.write_draft(bundle, draft, changes(files), None).await.expect("write draft");
    }

    /// Commits the studio draft.
    pub(crate) async fn commit(&self, bundle: BundleId) -> Version {
        self.db.commit(bundle, &studio(), Commit::default()).await.expect("commit")
    }

    /// Returns paths with their text, as listed.
    pub(crate) async fn texts(&self, bundle: BundleId, at: &At) -> Vec<(String, String)> {
        let files = self.db.files(bundle, at, None).await.expect("files");
        self.texts_of(&files).await
    }

    async fn texts_of(&self, files: &[FileEntry]) -> Vec<(String, String)> {
        let digests: Vec<_> = files.iter().map(|file| file.digest).collect();
        let bytes = self.db.read(&digests).await.expect("read");
        files
            .iter()
            .zip(bytes)
            .map(|(file, bytes)| {
                assert_eq!(file.size, bytes.len() as u64);
                (file.path.to_string(), String::from_utf8(bytes.to_vec()).expect("text"))
            })
            .collect()
    }
}

pub(crate) fn bundle_id(number: u128) -> BundleId {
    BundleId(Uuid::from_u128(number))
}

pub(crate) fn studio() -> DraftName {
    DraftName::studio()
}

pub(crate) fn draft_name(name: &str) -> DraftName {
    name.parse().expect("draft name")
}

/// Returns file changes; `None` deletes.
pub(crate) fn changes(files: &[(&str, Option<&str>)]) -> Vec<Change> {
    files
        .iter()
        .map(|(path, text)| {
            let path = path.parse().expect("path");
            match text {
                Some(text) => Change::Put(path, text.as_bytes().to_vec().into()),
                None => Change::Delete(path),
            }
        })
        .collect()
}

/// Returns owned pairs to compare listings with.
pub(crate) fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where a server is")]
fn postgres_server() -> Option<String> {
    let server = std::env::var("EXEDRA_TEST_POSTGRES").ok().filter(|url| !url.is_empty());
    if server.is_none() {
        eprintln!("skipped: EXEDRA_TEST_POSTGRES does not name a PostgreSQL server");
    }
    server
}

async fn make_schema(server: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let schema = format!("exedra_test_{}_{number}", std::process::id());
    let mut connection = PgConnection::connect(server).await.expect("connect to EXEDRA_TEST_POSTGRES");
    let create = AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}"));
    sqlx::raw_sql(create).execute(&mut connection).await.expect("create schema");
    schema
}
