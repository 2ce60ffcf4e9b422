//! Rows read from either database.

use sqlx::{Decode, Postgres, Row as _, Sqlite, Type, postgres::PgRow, sqlite::SqliteRow};

use crate::StorageError;

/// A row; columns are read by position.
#[derive(Debug)]
pub(crate) enum Record {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Record {
    /// Returns the value of a column. Whole numbers are `i64`, texts `&str` or `String`, bytes `&[u8]` or
    /// `Vec<u8>`, each also as an `Option`.
    pub(crate) fn get<'r, T>(&'r self, column: usize) -> Result<T, StorageError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        Ok(match self {
            Record::Sqlite(row) => row.try_get(column)?,
            Record::Postgres(row) => row.try_get(column)?,
        })
    }

    /// Returns a whole number that was written from an unsigned one.
    pub(crate) fn number<T: TryFrom<i64>>(&self, column: usize) -> Result<T, StorageError> {
        let value: i64 = self.get(column)?;
        T::try_from(value).map_err(|_| StorageError::corrupt("number", value))
    }
}
