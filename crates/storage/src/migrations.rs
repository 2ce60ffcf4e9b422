//! The schema's history, built into the binary.
//!
//! A migration is never edited once released: what changes the schema is a new file, of the same name in
//! both folders.

use std::borrow::Cow;

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};

/// One step of both databases' history.
struct Step {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! step {
    ($version:literal, $name:literal) => {
        Step {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../../../migrations/sqlite/", $version, "_", $name, ".sql")),
            postgres: include_str!(concat!("../../../migrations/postgres/", $version, "_", $name, ".sql")),
        }
    };
}

/// All steps, oldest first.
const STEPS: &[Step] = &[
    step!(20261122120000, "create_bundles"),
    step!(20261122120100, "create_contexts"),
    step!(20261122120200, "create_learner_state"),
    step!(20261122190000, "index_learner_reports"),
    step!(20261122191500, "create_unit_records"),
    step!(20261122193000, "create_usage_aliases"),
];

/// Returns the migrations of SQLite.
pub(crate) fn sqlite() -> Migrator {
    migrator(|step| step.sqlite)
}

/// Returns the migrations of PostgreSQL.
pub(crate) fn postgres() -> Migrator {
    migrator(|step| step.postgres)
}

fn migrator(text: impl Fn(&Step) -> &'static str) -> Migrator {
    let migrations = STEPS.iter().map(|step| {
        let name = Cow::Borrowed(step.name);
        Migration::new(step.version, name, MigrationType::Simple, text(step).into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn both_folders_hold_exactly_the_steps_listed() {
        let listed: BTreeSet<String> =
            STEPS.iter().map(|step| format!("{}_{}.sql", step.version, step.name)).collect();
        for backend in ["sqlite", "postgres"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(backend);
            let found: BTreeSet<String> = fs::read_dir(folder)
                .expect("migrations folder")
                .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
                .collect();
            assert_eq!(found, listed, "{backend}");
        }
    }

    #[test]
    fn steps_are_in_order() {
        assert!(STEPS.is_sorted_by(|a, b| a.version < b.version));
    }
}
