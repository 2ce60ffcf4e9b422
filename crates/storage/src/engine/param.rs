//! Values sent with a statement.

use sqlx::{Arguments, Postgres, Sqlite, postgres::PgArguments, query::Query, sqlite::SqliteArguments};

use super::Statement;
use crate::StorageError;

/// A value bound to a statement. PostgreSQL wants to know the type of a missing value too.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Param<'a> {
    /// A whole number.
    Int(i64),
    /// A number that may be missing.
    Real(Option<f64>),
    /// A truth value that may be missing.
    Bool(Option<bool>),
    /// A text that may be missing.
    Text(Option<&'a str>),
    /// Bytes that may be missing.
    Bytes(Option<&'a [u8]>),
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Param::Int(value)
    }
}

impl From<u32> for Param<'_> {
    fn from(value: u32) -> Self {
        Param::Int(value.into())
    }
}

impl From<bool> for Param<'_> {
    fn from(value: bool) -> Self {
        Param::Bool(Some(value))
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Param::Text(Some(value))
    }
}

impl<'a> From<&'a String> for Param<'a> {
    fn from(value: &'a String) -> Self {
        Param::Text(Some(value))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Param<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Param::Bytes(Some(value))
    }
}

impl From<Option<f64>> for Param<'_> {
    fn from(value: Option<f64>) -> Self {
        Param::Real(value)
    }
}

impl From<Option<bool>> for Param<'_> {
    fn from(value: Option<bool>) -> Self {
        Param::Bool(value)
    }
}

impl<'a> From<Option<&'a str>> for Param<'a> {
    fn from(value: Option<&'a str>) -> Self {
        Param::Text(value)
    }
}

/// Adds the parameters to one database's arguments.
macro_rules! bind {
    ($arguments:ty, $params:expr) => {{
        let mut arguments = <$arguments>::default();
        for param in $params {
            match *param {
                Param::Int(value) => arguments.add(value),
                Param::Real(value) => arguments.add(value),
                Param::Bool(value) => arguments.add(value),
                Param::Text(value) => arguments.add(value),
                Param::Bytes(value) => arguments.add(value),
            }
            .map_err(StorageError::Encode)?;
        }
        arguments
    }};
}

/// Makes SQLite's query of a statement and its parameters.
pub(super) fn sqlite(
    statement: &Statement,
    params: &[Param<'_>],
) -> Result<Query<'static, Sqlite, SqliteArguments>, StorageError> {
    Ok(sqlx::query_with(statement.sqlite, bind!(SqliteArguments, params)))
}

/// Makes PostgreSQL's query of a statement and its parameters.
pub(super) fn postgres(
    statement: &Statement,
    params: &[Param<'_>],
) -> Result<Query<'static, Postgres, PgArguments>, StorageError> {
    Ok(sqlx::query_with(statement.postgres, bind!(PgArguments, params)))
}
