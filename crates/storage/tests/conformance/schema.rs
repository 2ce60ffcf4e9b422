//! Both databases have the same tables.

use std::collections::BTreeSet;

use sqlx::{Connection as _, PgConnection, Row as _, SqliteConnection};

use crate::bench::{Backend, Bench};

/// A table's column: its name, what kind of value it holds, and whether it may be null.
type Column = (String, String, &'static str, bool);

/// Returns the kind of value a declared type stands for.
fn kind(declared: &str) -> &'static str {
    match declared.to_ascii_lowercase().as_str() {
        "text" => "text",
        "bigint" | "integer" => "whole number",
        "double precision" => "number",
        "boolean" => "truth value",
        "blob" | "bytea" => "bytes",
        other => panic!("the migrations use no type {other}"),
    }
}

async fn of_sqlite(url: &str) -> BTreeSet<Column> {
    let mut connection = SqliteConnection::connect(url).await.expect("connect");
    let rows = sqlx::query(
        "SELECT t.name, c.name, c.type, c.\"notnull\" FROM sqlite_schema t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> '_sqlx_migrations'",
    );
    let rows = rows.fetch_all(&mut connection).await.expect("columns");
    rows.iter().map(|row| (row.get(0), row.get(1), kind(row.get(2)), row.get::<i64, _>(3) == 0)).collect()
}

async fn of_postgres(url: &str) -> BTreeSet<Column> {
    let mut connection = PgConnection::connect(url).await.expect("connect");
    let rows = sqlx::query(
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT),
                is_nullable = 'YES'
         FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name <> '_sqlx_migrations'",
    );
    let rows = rows.fetch_all(&mut connection).await.expect("columns");
    rows.iter().map(|row| (row.get(0), row.get(1), kind(row.get(2)), row.get(3))).collect()
}

#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let sqlite = Bench::open(Backend::Sqlite).await.expect("SQLite is always there");
    let columns = of_sqlite(&sqlite.url).await;
    assert!(columns.iter().any(|(table, column, ..)| table == "bundle_file" && column == "from_version"));
    if let Some(postgres) = Bench::open(Backend::Postgres).await {
        assert_eq!(of_postgres(&postgres.url).await, columns);
        postgres.db.migrate().await.expect("migrating again does nothing");
        postgres.close().await;
    }
    sqlite.db.migrate().await.expect("migrating again does nothing");
    sqlite.close().await;
}
