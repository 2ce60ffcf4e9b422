//! Runs statements on either database and counts them.
//!
//! This is the only module that knows there are two databases, beside `migrations` and the few statements
//! in `sql` whose text differs.

mod param;
mod record;
#[macro_use]
mod statement;
mod tx;

use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{PgPool, SqlitePool};

pub(crate) use param::Param;
pub(crate) use record::Record;
pub(crate) use statement::Statement;
pub(crate) use tx::Tx;

use crate::StorageError;

/// Connections to one database.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) pools: Pools,
    statements: AtomicU64,
}

/// The connections of each kind of database.
#[derive(Debug)]
pub(crate) enum Pools {
    /// SQLite lets one connection write at a time, so there is one for it; the others only read. A database
    /// in memory has a single connection for both.
    Sqlite {
        /// The one connection that writes.
        writer: SqlitePool,
        /// Those that read.
        readers: SqlitePool,
    },
    /// PostgreSQL's connections are all alike.
    Postgres(PgPool),
}

impl Engine {
    pub(crate) fn new(pools: Pools) -> Self {
        Engine { pools, statements: AtomicU64::new(0) }
    }

    /// Returns how many statements were sent so far, `BEGIN` and `COMMIT` among them.
    pub(crate) fn statement_count(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    fn count(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    /// Reads all rows of a statement.
    pub(crate) async fn rows(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
    ) -> Result<Vec<Record>, StorageError> {
        self.count();
        match &self.pools {
            Pools::Sqlite { readers, .. } => {
                let rows = param::sqlite(statement, params)?.fetch_all(readers).await?;
                Ok(rows.into_iter().map(Record::Sqlite).collect())
            }
            Pools::Postgres(pool) => {
                let rows = param::postgres(statement, params)?.fetch_all(pool).await?;
                Ok(rows.into_iter().map(Record::Postgres).collect())
            }
        }
    }

    /// Reads the only row of a statement, if there is one.
    pub(crate) async fn row(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
    ) -> Result<Option<Record>, StorageError> {
        Ok(self.rows(statement, params).await?.pop())
    }

    /// Starts a transaction that may write.
    pub(crate) async fn begin(&self) -> Result<Tx<'_>, StorageError> {
        Tx::begin(self).await
    }

    /// Runs one writing statement in a transaction of its own; returns how many rows it touched.
    pub(crate) async fn execute(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
    ) -> Result<u64, StorageError> {
        self.count();
        Ok(match &self.pools {
            Pools::Sqlite { writer, .. } => {
                param::sqlite(statement, params)?.execute(writer).await?.rows_affected()
            }
            Pools::Postgres(pool) => param::postgres(statement, params)?.execute(pool).await?.rows_affected(),
        })
    }
}
