//! Every statement's text. Parameters are listed above each; `statement!` joins the parts.

pub(crate) mod aliases;
pub(crate) mod bundles;
pub(crate) mod contexts;
pub(crate) mod learners;
pub(crate) mod reports;
pub(crate) mod units;

use crate::engine::Statement;

/// A sign of life.
pub(crate) const PING: Statement = statement!("SELECT 1");

#[cfg(test)]
mod tests {
    /// The files with statements are read as text: a value written into a statement would show as a `format!`.
    #[test]
    fn statements_are_constants() {
        for text in [
            include_str!("sql/aliases.rs"),
            include_str!("sql/bundles.rs"),
            include_str!("sql/contexts.rs"),
            include_str!("sql/learners.rs"),
            include_str!("sql/reports.rs"),
            include_str!("sql/units.rs"),
        ] {
            assert!(!text.contains("format!") && !text.contains("AssertSqlSafe"));
            assert!(text.contains("statement!("));
        }
    }
}
