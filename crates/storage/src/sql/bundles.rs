//! Bundles, versions and drafts. 9223372036854775807 is the open end of what is current.

use crate::engine::Statement;

/// (id, title, slug, description)
pub(crate) const CREATE_BUNDLE: Statement = statement!(
    "INSERT INTO bundle (id, title, slug, description, latest_version, draft_revision)
     VALUES ($1, $2, $3, $4, 0, 0) ON CONFLICT (id) DO NOTHING"
);

/// (id)
pub(crate) const BUNDLE: Statement =
    statement!("SELECT title, slug, description, latest_version FROM bundle WHERE id = $1");

/// (id): serialises everything that writes to one bundle.
pub(crate) const LOCK_BUNDLE: Statement =
    statement!("SELECT latest_version, draft_revision FROM bundle WHERE id = $1" (for update));

/// (id)
pub(crate) const DELETE_BUNDLE: Statement = statement!("DELETE FROM bundle WHERE id = $1");

/// (id, latest version)
pub(crate) const SET_LATEST_VERSION: Statement =
    statement!("UPDATE bundle SET latest_version = $2 WHERE id = $1");

/// (id, revision)
pub(crate) const SET_DRAFT_REVISION: Statement =
    statement!("UPDATE bundle SET draft_revision = $2 WHERE id = $1");

/// (bundle, draft name)
pub(crate) const DRAFT: Statement = statement!(
    "SELECT id, base_version, revision, created_at, updated_at, file_count,
            EXISTS (SELECT 1 FROM draft_file o WHERE o.draft = draft.id)
            OR EXISTS (SELECT 1 FROM draft_link o WHERE o.draft = draft.id AND NOT o.committed)
     FROM draft WHERE bundle = $1 AND name = $2"
);

/// (id, bundle, name, base version, revision, time): the file count is that of the base.
pub(crate) const OPEN_DRAFT: Statement = statement!(
    "INSERT INTO draft (id, bundle, name, base_version, revision, file_count, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5,
             COALESCE((SELECT file_count FROM bundle_version WHERE bundle = $2 AND number = $4), 0), $6, $6)"
);

/// (id, base version, revision, file count, time)
pub(crate) const UPDATE_DRAFT: Statement = statement!(
    "UPDATE draft SET base_version = $2, revision = $3, file_count = $4, updated_at = $5 WHERE id = $1"
);

/// (id)
pub(crate) const DELETE_DRAFT: Statement = statement!("DELETE FROM draft WHERE id = $1");

/// (paths, bundle, base version, draft): what each path is on the base and in the draft.
pub(crate) const FILE_STATES: Statement = statement!(
    "SELECT item.value, f.digest, f.size, o.path IS NOT NULL, o.digest, o.size FROM " [1] "
     LEFT JOIN bundle_file f ON f.bundle = $2 AND f.path = item.value
                            AND f.from_version <= $3 AND $3 < f.to_version
     LEFT JOIN draft_file o ON o.draft = $4 AND o.path = item.value"
);

/// (draft, [path, digest or null, size])
pub(crate) const PUT_DRAFT_FILES: Statement = statement!(
    "INSERT INTO draft_file (draft, path, digest, size)
     SELECT $1, item.value ->> 0, unhex(item.value ->> 1), CAST(item.value ->> 2 AS BIGINT) FROM " {2} "
     WHERE TRUE
     ON CONFLICT (draft, path) DO UPDATE SET digest = excluded.digest, size = excluded.size"
);

/// (draft, paths)
pub(crate) const DROP_DRAFT_FILES: Statement =
    statement!("DELETE FROM draft_file WHERE draft = $1 AND path IN (SELECT item.value FROM " [2] ")");

/// (draft)
pub(crate) const CLEAR_DRAFT_FILES: Statement = statement!("DELETE FROM draft_file WHERE draft = $1");

/// ([digest, size, bytes in hexadecimal or null])
pub(crate) const PUT_BLOBS: Statement = statement!(
    "INSERT INTO blob (digest, size, bytes)
     SELECT unhex(item.value ->> 0), CAST(item.value ->> 1 AS BIGINT), unhex(item.value ->> 2) FROM " {1} "
     WHERE TRUE
     ON CONFLICT (digest) DO NOTHING"
);

/// (digests)
pub(crate) const BLOBS: Statement = statement!(
    "SELECT digest, size, bytes FROM blob WHERE digest IN (SELECT unhex(item.value) FROM " [1] ")"
);

/// (digests)
pub(crate) const BLOB_SIZES: Statement =
    statement!("SELECT digest, size FROM blob WHERE digest IN (SELECT unhex(item.value) FROM " [1] ")");

/// (draft, bundle, base version): makes the draft undo what other drafts committed since its base, where it
/// does not change the file itself.
pub(crate) const UNDO_OTHER_FILES: Statement = statement!(
    "INSERT INTO draft_file (draft, path, digest, size)
     SELECT DISTINCT $1, c.path, b.digest, COALESCE(b.size, 0)
     FROM bundle_file c
     LEFT JOIN bundle_file b ON b.bundle = c.bundle AND b.path = c.path
                            AND b.from_version <= $3 AND $3 < b.to_version
     WHERE c.bundle = $2 AND c.from_version > $3
     ON CONFLICT (draft, path) DO NOTHING"
);

/// (draft, bundle, base version): as [`UNDO_OTHER_FILES`].
pub(crate) const UNDO_OTHER_LINKS: Statement = statement!(
    "INSERT INTO draft_link (draft, name, target, target_version, snapshot, indirect, committed)
     SELECT DISTINCT $1, c.name, b.target, COALESCE(b.target_version, 0), b.snapshot,
                     COALESCE(b.indirect, '[]'), FALSE
     FROM bundle_link c
     LEFT JOIN bundle_link b ON b.bundle = c.bundle AND b.name = c.name
                            AND b.from_version <= $3 AND $3 < b.to_version
     WHERE c.bundle = $2 AND c.from_version > $3
     ON CONFLICT (draft, name) DO UPDATE
     SET target = excluded.target, target_version = excluded.target_version, snapshot = excluded.snapshot,
         indirect = excluded.indirect, committed = FALSE
     WHERE draft_link.committed"
);

/// (bundle, draft, version): ends what the draft replaces.
pub(crate) const END_FILES: Statement = statement!(
    "UPDATE bundle_file SET to_version = $3
     WHERE bundle = $1 AND to_version = 9223372036854775807
       AND path IN (SELECT o.path FROM draft_file o WHERE o.draft = $2)"
);

/// (bundle, draft, version): begins what the draft holds.
pub(crate) const BEGIN_FILES: Statement = statement!(
    "INSERT INTO bundle_file (bundle, path, from_version, to_version, digest, size)
     SELECT $1, path, $3, 9223372036854775807, digest, size FROM draft_file WHERE draft = $2"
);

/// (): tells the planner at once what a large commit made of the tables.
pub(crate) const REFRESH_STATISTICS: Statement =
    Statement { sqlite: "", postgres: "ANALYZE bundle_file, draft_file" };

/// (bundle, draft, version)
pub(crate) const END_LINKS: Statement = statement!(
    "UPDATE bundle_link SET to_version = $3
     WHERE bundle = $1 AND to_version = 9223372036854775807
       AND name IN (SELECT o.name FROM draft_link o WHERE o.draft = $2 AND NOT o.committed)"
);

/// (bundle, draft, version)
pub(crate) const BEGIN_LINKS: Statement = statement!(
    "INSERT INTO bundle_link (bundle, name, from_version, to_version, target, target_version, snapshot, indirect)
     SELECT $1, name, $3, 9223372036854775807, target, target_version, snapshot, indirect
     FROM draft_link WHERE draft = $2 AND NOT committed"
);

/// (draft): forgets the links it deleted …
pub(crate) const DROP_DELETED_LINKS: Statement =
    statement!("DELETE FROM draft_link WHERE draft = $1 AND target IS NULL");

/// (draft): … and remembers that it set the others.
pub(crate) const MARK_LINKS_COMMITTED: Statement =
    statement!("UPDATE draft_link SET committed = TRUE WHERE draft = $1 AND NOT committed");

/// (draft, name, target, target version, snapshot, indirect)
pub(crate) const PUT_DRAFT_LINK: Statement = statement!(
    "INSERT INTO draft_link (draft, name, target, target_version, snapshot, indirect, committed)
     VALUES ($1, $2, $3, $4, $5, $6, FALSE)
     ON CONFLICT (draft, name) DO UPDATE
     SET target = excluded.target, target_version = excluded.target_version, snapshot = excluded.snapshot,
         indirect = excluded.indirect, committed = FALSE"
);

/// (draft, name)
pub(crate) const DROP_DRAFT_LINK: Statement =
    statement!("DELETE FROM draft_link WHERE draft = $1 AND name = $2");

/// (bundle, number, name, description, author, time, file count)
pub(crate) const CREATE_VERSION: Statement = statement!(
    "INSERT INTO bundle_version (bundle, number, name, description, author, created_at, file_count)
     VALUES ($1, $2, $3, $4, $5, $6, $7)"
);

/// (bundle)
pub(crate) const VERSIONS: Statement = statement!(
    "SELECT number, name, description, author, created_at, snapshot
     FROM bundle_version WHERE bundle = $1 ORDER BY number"
);

/// (bundle, number)
pub(crate) const VERSION: Statement = statement!(
    "SELECT number, name, description, author, created_at, snapshot
     FROM bundle_version WHERE bundle = $1 AND number = $2"
);

/// (bundle, number, digest): the same whoever computes it.
pub(crate) const SET_SNAPSHOT: Statement =
    statement!("UPDATE bundle_version SET snapshot = $3 WHERE bundle = $1 AND number = $2");

/// (bundle, version, first path, first path beyond)
pub(crate) const VERSION_FILES: Statement = statement!(
    "SELECT path, digest, size, FALSE FROM bundle_file
     WHERE bundle = $1 AND from_version <= $2 AND $2 < to_version AND digest IS NOT NULL
       AND path >= $3 AND path < $4
     ORDER BY path"
);

/// (bundle, draft name, first path, first path beyond): a draft that was never opened is the newest version.
pub(crate) const DRAFT_FILES: Statement = statement!(
    "WITH head AS (
         SELECT bundle.id AS bundle, draft.id AS draft,
                COALESCE(draft.base_version, bundle.latest_version) AS version
         FROM bundle LEFT JOIN draft ON draft.bundle = bundle.id AND draft.name = $2
         WHERE bundle.id = $1
     )
     SELECT f.path AS path, f.digest, f.size, FALSE
     FROM head JOIN bundle_file f ON f.bundle = head.bundle
     WHERE f.from_version <= head.version AND head.version < f.to_version AND f.digest IS NOT NULL
       AND f.path >= $3 AND f.path < $4
       AND NOT EXISTS (SELECT 1 FROM draft_file o WHERE o.draft = head.draft AND o.path = f.path)
     UNION ALL
     SELECT o.path, o.digest, o.size, TRUE
     FROM head JOIN draft_file o ON o.draft = head.draft
     WHERE o.digest IS NOT NULL AND o.path >= $3 AND o.path < $4
     ORDER BY path"
);

/// (bundle, version)
pub(crate) const VERSION_LINKS: Statement = statement!(
    "SELECT name, target, target_version, snapshot, indirect, FALSE FROM bundle_link
     WHERE bundle = $1 AND from_version <= $2 AND $2 < to_version AND target IS NOT NULL
     ORDER BY name"
);

/// (bundle, draft name): as [`DRAFT_FILES`]; a link the draft committed is still marked as its own.
pub(crate) const DRAFT_LINKS: Statement = statement!(
    "WITH head AS (
         SELECT bundle.id AS bundle, draft.id AS draft,
                COALESCE(draft.base_version, bundle.latest_version) AS version
         FROM bundle LEFT JOIN draft ON draft.bundle = bundle.id AND draft.name = $2
         WHERE bundle.id = $1
     )
     SELECT l.name AS name, l.target, l.target_version, l.snapshot, l.indirect,
            EXISTS (SELECT 1 FROM draft_link o WHERE o.draft = head.draft AND o.name = l.name)
     FROM head JOIN bundle_link l ON l.bundle = head.bundle
     WHERE l.from_version <= head.version AND head.version < l.to_version AND l.target IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM draft_link o
                       WHERE o.draft = head.draft AND o.name = l.name AND NOT o.committed)
     UNION ALL
     SELECT o.name, o.target, o.target_version, o.snapshot, o.indirect, TRUE
     FROM head JOIN draft_link o ON o.draft = head.draft
     WHERE NOT o.committed AND o.target IS NOT NULL
     ORDER BY name"
);
