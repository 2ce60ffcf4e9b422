//! Keys as columns: written as text, read through the parser.

use opaque_keys::{LearningContextKey, UsageKey};
use sqlx::sqlite::SqlitePoolOptions;

#[tokio::test(flavor = "current_thread")]
async fn keys_go_into_text_columns_and_come_back() -> Result<(), sqlx::Error> {
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
    let usage: UsageKey = "lb:MITx:probs:problem:p1".parse().expect("a key");
    let row: (String, UsageKey, Option<LearningContextKey>) = sqlx::query_as("SELECT typeof($1), $1, $2")
        .bind(&usage)
        .bind(Some(usage.context_key()))
        .fetch_one(&pool)
        .await?;
    assert_eq!(row, ("text".to_owned(), usage.clone(), Some(usage.context_key())));
    let none: (Option<UsageKey>,) = sqlx::query_as("SELECT NULL").fetch_one(&pool).await?;
    assert_eq!(none.0, None);
    let wrong = sqlx::query_as::<_, (UsageKey,)>("SELECT 'lib:MITx:probs'").fetch_one(&pool).await;
    assert!(matches!(wrong, Err(sqlx::Error::ColumnDecode { .. })), "{wrong:?}");
    Ok(())
}

/// Both databases take keys; this fails to compile if one does not.
#[test]
fn keys_are_columns_of_both_databases() {
    fn column<DB: sqlx::Database, K>() -> &'static str
    where
        K: sqlx::Type<DB> + for<'q> sqlx::Encode<'q, DB> + for<'r> sqlx::Decode<'r, DB>,
    {
        std::any::type_name::<K>()
    }
    assert!(column::<sqlx::Sqlite, UsageKey>().ends_with("UsageKey"));
    assert!(column::<sqlx::Postgres, LearningContextKey>().ends_with("LearningContextKey"));
}
