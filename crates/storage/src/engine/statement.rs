//! The text of a statement for each database.

/// A statement's text; made by `statement!`.
#[derive(Debug)]
pub(crate) struct Statement {
    /// What SQLite is sent; empty where it needs nothing.
    pub(crate) sqlite: &'static str,
    /// What PostgreSQL is sent.
    pub(crate) postgres: &'static str,
}

/// Joins the parts of a statement for both databases. A part is
/// - a literal, the same for both;
/// - `[n]`: parameter n, a JSON array of texts, as a table `item` with a column `value`;
/// - `{n}`: the same for a JSON array of arrays, whose fields are `item.value ->> 0`, `->> 1` …;
/// - `(each "t.c")`: a column that holds a JSON array of texts, as a table `item` with a column `value`;
/// - `(for update)`: locks the rows read; SQLite's writing transactions are alone anyway.
macro_rules! statement {
    ($($part:tt)+) => {
        $crate::engine::Statement {
            sqlite: concat!($(sqlite_part!($part)),+),
            postgres: concat!($(postgres_part!($part)),+),
        }
    };
}

macro_rules! sqlite_part {
    ([$n:literal]) => {
        concat!("json_each($", $n, ") AS item")
    };
    ({$n:literal}) => {
        concat!("json_each($", $n, ") AS item")
    };
    ((each $column:literal)) => {
        concat!("json_each(", $column, ") AS item")
    };
    ((for update)) => {
        ""
    };
    ($text:literal) => {
        $text
    };
}

macro_rules! postgres_part {
    ([$n:literal]) => {
        concat!("json_array_elements_text(CAST($", $n, " AS JSON)) AS item(value)")
    };
    ({$n:literal}) => {
        concat!("json_array_elements(CAST($", $n, " AS JSON)) AS item(value)")
    };
    ((each $column:literal)) => {
        concat!("json_array_elements_text(CAST(", $column, " AS JSON)) AS item(value)")
    };
    ((for update)) => {
        " FOR UPDATE"
    };
    ($text:literal) => {
        $text
    };
}

#[cfg(test)]
mod tests {
    use super::Statement;

    #[test]
    fn parts_are_joined_for_each_database() {
        const BOTH: Statement = statement!("SELECT a FROM t WHERE b = $1" (for update));
        assert_eq!(BOTH.sqlite, "SELECT a FROM t WHERE b = $1");
        assert_eq!(BOTH.postgres, "SELECT a FROM t WHERE b = $1 FOR UPDATE");

        const LISTS: Statement = statement!("A " [1] " B " {2});
        assert_eq!(LISTS.sqlite, "A json_each($1) AS item B json_each($2) AS item");
        assert_eq!(
            LISTS.postgres,
            "A json_array_elements_text(CAST($1 AS JSON)) AS item(value) \
             B json_array_elements(CAST($2 AS JSON)) AS item(value)"
        );

        const COLUMN: Statement = statement!("FROM t, " (each "t.a"));
        assert_eq!(COLUMN.sqlite, "FROM t, json_each(t.a) AS item");
        assert_eq!(COLUMN.postgres, "FROM t, json_array_elements_text(CAST(t.a AS JSON)) AS item(value)");
    }
}
