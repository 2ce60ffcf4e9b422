//! SQLite and PostgreSQL behind the storage traits, with their migrations.
