//! Opening a database.

use std::{fmt, path::Path, str::FromStr as _, sync::Arc, thread::available_parallelism, time::Duration};

use blockstore::{BlobStore, Limits};
use sqlx::{
    ConnectOptions as _, Connection as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    StorageError,
    engine::{Engine, Pools},
    migrations,
};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// Makes identifiers that were never used before (UUID version 4).
pub type NewId = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// How long a writer waits for another process before it gives up.
const BUSY: Duration = Duration::from_secs(5);

/// A connection that was idle for longer is asked whether it still works before it is used.
const CHECK_AFTER_IDLE: Duration = Duration::from_secs(30);

/// What a database needs besides its URL.
#[derive(Clone)]
pub struct Options {
    /// Tells the time.
    pub clock: Clock,
    /// Makes draft identifiers.
    pub new_id: NewId,
    /// Connections that read (SQLite) or all connections (PostgreSQL); twice the number of cores when absent.
    pub connections: Option<u32>,
    /// PostgreSQL gives up on a statement after this time.
    pub statement_timeout: Duration,
    /// Files up to this many bytes are kept in the database, larger ones in the blob store.
    pub inline_bytes: usize,
    /// How much a bundle may hold.
    pub limits: Limits,
}

impl Options {
    /// Returns the defaults, with the given sources of time and identifiers.
    pub fn new(clock: Clock, new_id: NewId) -> Self {
        Options {
            clock,
            new_id,
            connections: None,
            statement_timeout: Duration::from_secs(30),
            inline_bytes: 64 << 10,
            limits: Limits::default(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("connections", &self.connections)
            .field("statement_timeout", &self.statement_timeout)
            .field("inline_bytes", &self.inline_bytes)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Bundles, contexts and learner state on SQLite or PostgreSQL.
///
/// A write is durable when its call returns. Share one `Database` in an [`Arc`].
pub struct Database {
    pub(crate) engine: Engine,
    pub(crate) blobs: Arc<dyn BlobStore>,
    pub(crate) options: Options,
}

impl Database {
    /// Opens `sqlite://path`, `sqlite::memory:` or `postgres://…`. A SQLite file and its folder are made
    /// when missing. The schema is left as it is: call [`Database::migrate`] before anything else.
    pub async fn connect(
        url: &str,
        blobs: Arc<dyn BlobStore>,
        options: Options,
    ) -> Result<Self, StorageError> {
        let pools = match url.split_once(':').map_or(url, |(scheme, _)| scheme) {
            "sqlite" => sqlite_pools(url, &options).await?,
            "postgres" | "postgresql" => Pools::Postgres(postgres_pool(url, &options).await?),
            scheme => return Err(StorageError::UnknownUrl(scheme.to_owned())),
        };
        Ok(Database { engine: Engine::new(pools), blobs, options })
    }

    /// Brings the schema to what this program needs; does nothing when it is there already.
    pub async fn migrate(&self) -> Result<(), StorageError> {
        match &self.engine.pools {
            Pools::Sqlite { writer, .. } => migrations::sqlite().run(writer).await?,
            Pools::Postgres(pool) => migrations::postgres().run(pool).await?,
        }
        Ok(())
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), StorageError> {
        self.engine.row(&crate::sql::PING, &[]).await.map(drop)
    }

    /// Returns how many statements were sent since the database was opened, `BEGIN` and `COMMIT` among
    /// them.
    pub fn statement_count(&self) -> u64 {
        self.engine.statement_count()
    }

    /// Closes all connections after the work under way.
    pub async fn close(&self) {
        match &self.engine.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// Returns the time in microseconds since 1970, as it is stored.
    pub(crate) fn now(&self) -> i64 {
        micros((self.options.clock)())
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Returns a time as it is stored: microseconds since 1970.
pub(crate) fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

/// Returns a stored time.
pub(crate) fn time_of(micros: i64) -> Result<OffsetDateTime, StorageError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .map_err(|error| StorageError::corrupt("time", error))
}

fn connections(options: &Options) -> u32 {
    let cores = available_parallelism().map_or(2, |cores| cores.get());
    options.connections.unwrap_or_else(|| u32::try_from(2 * cores).unwrap_or(u32::MAX)).max(1)
}

async fn sqlite_pools(url: &str, options: &Options) -> Result<Pools, StorageError> {
    let in_memory = url.contains(":memory:") || url.contains("mode=memory");
    let connect = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .disable_statement_logging();
    // Asking before each use costs as much as a read, and a local file does not go away.
    let pool = || SqlitePoolOptions::new().test_before_acquire(false).idle_timeout(None).max_lifetime(None);
    if in_memory {
        // Every connection would have a database of its own.
        let only = pool().max_connections(1).min_connections(1).connect_with(connect).await?;
        return Ok(Pools::Sqlite { writer: only.clone(), readers: only });
    }
    let file = connect.get_filename();
    if let Some(folder) = file.parent().filter(|folder| *folder != Path::new("")) {
        std::fs::create_dir_all(folder)
            .map_err(|source| StorageError::Folder { path: file.display().to_string(), source })?;
    }
    // FULL syncs the log at every commit, so what was acknowledged survives a power cut.
    let connect = connect
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", "67108864");
    let writer = pool().max_connections(1).connect_with(connect.clone()).await?;
    let readers =
        pool().max_connections(connections(options)).connect_with(connect.pragma("query_only", "on")).await?;
    Ok(Pools::Sqlite { writer, readers })
}

async fn postgres_pool(url: &str, options: &Options) -> Result<PgPool, StorageError> {
    let timeout = options.statement_timeout.as_millis().to_string();
    // Every statement finds its rows by an index. Right after an import, until autovacuum has been there,
    // the planner knows too little and would read whole tables, again and again in a join.
    let planner = [("enable_seqscan", "off".to_owned()), ("statement_timeout", timeout)];
    let connect = PgConnectOptions::from_str(url)?
        .application_name("exedra")
        .options(planner)
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(connections(options))
        .acquire_timeout(BUSY)
        .test_before_acquire(false)
        .before_acquire(|connection, usage| {
            Box::pin(async move {
                // The server may have been restarted meanwhile.
                Ok(usage.idle_for < CHECK_AFTER_IDLE || connection.ping().await.is_ok())
            })
        })
        .connect_with(connect)
        .await?;
    Ok(pool)
}
