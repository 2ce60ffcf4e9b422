//! Learning contexts.

use crate::engine::Statement;

/// (key, kind, bundle, title, description, license, public learning, public read, time)
pub(crate) const CREATE_CONTEXT: Statement = statement!(
    "INSERT INTO context (key, kind, bundle, title, description, license,
                          allow_public_learning, allow_public_read, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (key) DO NOTHING"
);

/// (key)
pub(crate) const CONTEXT_KEY: Statement = statement!("SELECT context FROM context_key WHERE key = $1");

/// (keys): the first of them that is taken.
pub(crate) const TAKEN_KEY: Statement = statement!(
    "SELECT key FROM context_key WHERE key IN (SELECT item.value FROM " [1] ") ORDER BY key LIMIT 1"
);

/// (context, keys)
pub(crate) const ADD_KEYS: Statement = statement!(
    "INSERT INTO context_key (key, context) SELECT item.value, $1 FROM " [2] " WHERE TRUE
     ON CONFLICT (key) DO NOTHING"
);

/// (context, keys): those of the keys that other contexts have.
pub(crate) const OTHERS_KEYS: Statement = statement!(
    "SELECT key FROM context_key WHERE context <> $1 AND key IN (SELECT item.value FROM " [2] ") ORDER BY key"
);

/// (keys, draft name)
pub(crate) const CONTEXTS: Statement = statement!(
    "SELECT k.key, c.key, c.kind, c.bundle, COALESCE(b.latest_version, 0), COALESCE(d.revision, -1),
            c.title, c.description, c.license, c.allow_public_learning, c.allow_public_read, c.created_at
     FROM context_key k
     JOIN context c ON c.key = k.context
     LEFT JOIN bundle b ON b.id = c.bundle
     LEFT JOIN draft d ON d.bundle = c.bundle AND d.name = $2
     WHERE k.key IN (SELECT item.value FROM " [1] ")"
);

/// (kind or '', after key, limit, draft name)
pub(crate) const LIST_CONTEXTS: Statement = statement!(
    "SELECT c.key, c.key, c.kind, c.bundle, COALESCE(b.latest_version, 0), COALESCE(d.revision, -1),
            c.title, c.description, c.license, c.allow_public_learning, c.allow_public_read, c.created_at
     FROM context c
     LEFT JOIN bundle b ON b.id = c.bundle
     LEFT JOIN draft d ON d.bundle = c.bundle AND d.name = $4
     WHERE c.key > $2 AND ($1 = '' OR c.kind = $1)
     ORDER BY c.key LIMIT $3"
);

/// (key, title, description, public learning, public read): what is null stays.
pub(crate) const UPDATE_CONTEXT: Statement = statement!(
    "UPDATE context
     SET title = COALESCE($2, title), description = COALESCE($3, description),
         allow_public_learning = COALESCE($4, allow_public_learning),
         allow_public_read = COALESCE($5, allow_public_read)
     WHERE key = (SELECT k.context FROM context_key k WHERE k.key = $1)"
);

/// (key)
pub(crate) const DELETE_CONTEXT: Statement =
    statement!("DELETE FROM context WHERE key = (SELECT k.context FROM context_key k WHERE k.key = $1)");

/// (key, person, role): touches no row when there is no such context.
pub(crate) const SET_ROLE: Statement = statement!(
    "INSERT INTO context_role (context, person, role)
     SELECT k.context, $2, $3 FROM context_key k WHERE k.key = $1
     ON CONFLICT (context, person) DO UPDATE SET role = excluded.role"
);

/// (key, person)
pub(crate) const DROP_ROLE: Statement = statement!(
    "DELETE FROM context_role
     WHERE context = (SELECT k.context FROM context_key k WHERE k.key = $1) AND person = $2"
);

/// (key, person)
pub(crate) const ROLE: Statement = statement!(
    "SELECT r.role FROM context_key k JOIN context_role r ON r.context = k.context
     WHERE k.key = $1 AND r.person = $2"
);

/// (keys, person)
pub(crate) const ROLES: Statement = statement!(
    "SELECT k.key, r.role FROM context_key k JOIN context_role r ON r.context = k.context
     WHERE r.person = $2 AND k.key IN (SELECT item.value FROM " [1] ")"
);
