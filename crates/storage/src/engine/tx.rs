//! Transactions that write.

use sqlx::{Postgres, Sqlite, Transaction};

use super::{Engine, Param, Pools, Record, Statement, param};
use crate::StorageError;

/// An open transaction; dropping it undoes everything.
pub(crate) struct Tx<'a> {
    engine: &'a Engine,
    open: Open,
}

enum Open {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl<'a> Tx<'a> {
    pub(super) async fn begin(engine: &'a Engine) -> Result<Self, StorageError> {
        engine.count();
        let open = match &engine.pools {
            // A transaction that reads first and writes later could find that another process wrote in
            // between; SQLite then fails it at once. Saying at the start that it will write waits instead.
            Pools::Sqlite { writer, .. } => Open::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => Open::Postgres(pool.begin().await?),
        };
        Ok(Tx { engine, open })
    }

    /// Makes everything written durable.
    pub(crate) async fn commit(self) -> Result<(), StorageError> {
        self.engine.count();
        match self.open {
            Open::Sqlite(tx) => tx.commit().await?,
            Open::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Reads all rows of a statement.
    pub(crate) async fn rows(
        &mut self,
        statement: &Statement,
        params: &[Param<'_>],
    ) -> Result<Vec<Record>, StorageError> {
        self.engine.count();
        match &mut self.open {
            Open::Sqlite(tx) => {
                let rows = param::sqlite(statement, params)?.fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Record::Sqlite).collect())
            }
            Open::Postgres(tx) => {
                let rows = param::postgres(statement, params)?.fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Record::Postgres).collect())
            }
        }
    }

    /// Reads the only row of a statement, if there is one.
    pub(crate) async fn row(
        &mut self,
        statement: &Statement,
        params: &[Param<'_>],
    ) -> Result<Option<Record>, StorageError> {
        Ok(self.rows(statement, params).await?.pop())
    }

    /// Runs a statement; returns how many rows it touched.
    pub(crate) async fn execute(
        &mut self,
        statement: &Statement,
        params: &[Param<'_>],
    ) -> Result<u64, StorageError> {
        self.engine.count();
        Ok(match &mut self.open {
            Open::Sqlite(tx) => param::sqlite(statement, params)?.execute(&mut **tx).await?.rows_affected(),
            Open::Postgres(tx) => {
                param::postgres(statement, params)?.execute(&mut **tx).await?.rows_affected()
            }
        })
    }

    /// Runs a statement that only PostgreSQL needs; SQLite's writing transactions are alone anyway.
    pub(crate) async fn on_postgres(
        &mut self,
        statement: &Statement,
        params: &[Param<'_>],
    ) -> Result<(), StorageError> {
        if let Open::Postgres(tx) = &mut self.open {
            self.engine.count();
            param::postgres(statement, params)?.execute(&mut **tx).await?;
        }
        Ok(())
    }
}
