-- Bundles, their versions and drafts. Identifiers are the 16 bytes of a UUID, digests 20 bytes, times
-- microseconds since 1970.

CREATE TABLE blob (
    digest BLOB NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    -- NULL when the bytes are in the blob store.
    bytes BLOB
);

CREATE TABLE bundle (
    id BLOB NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    slug TEXT NOT NULL,
    description TEXT NOT NULL,
    latest_version BIGINT NOT NULL,
    -- The highest revision of a draft that was thrown away: revisions are never used twice.
    draft_revision BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE bundle_version (
    bundle BLOB NOT NULL REFERENCES bundle (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    author TEXT,
    created_at BIGINT NOT NULL,
    file_count BIGINT NOT NULL,
    -- NULL until someone asked for it.
    snapshot BLOB,
    PRIMARY KEY (bundle, number)
) WITHOUT ROWID;

-- A file has these bytes from one version on, up to but not including another one. No digest: it was
-- deleted. The newest row of a path ends at 9223372036854775807.
CREATE TABLE bundle_file (
    bundle BLOB NOT NULL REFERENCES bundle (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    from_version BIGINT NOT NULL,
    to_version BIGINT NOT NULL,
    digest BLOB,
    size BIGINT NOT NULL,
    PRIMARY KEY (bundle, path, from_version)
) WITHOUT ROWID;

CREATE INDEX bundle_file_changed ON bundle_file (bundle, from_version);

-- As bundle_file; no target: it was deleted. "indirect" is a JSON array of [bundle, version, snapshot].
CREATE TABLE bundle_link (
    bundle BLOB NOT NULL REFERENCES bundle (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    from_version BIGINT NOT NULL,
    to_version BIGINT NOT NULL,
    target BLOB,
    target_version BIGINT NOT NULL,
    snapshot BLOB,
    indirect TEXT NOT NULL,
    PRIMARY KEY (bundle, name, from_version)
) WITHOUT ROWID;

CREATE TABLE draft (
    id BLOB NOT NULL PRIMARY KEY,
    bundle BLOB NOT NULL REFERENCES bundle (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    base_version BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    file_count BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (bundle, name)
) WITHOUT ROWID;

-- What a draft changes on its base. No digest: it deletes the file.
CREATE TABLE draft_file (
    draft BLOB NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    digest BLOB,
    size BIGINT NOT NULL,
    PRIMARY KEY (draft, path)
) WITHOUT ROWID;

-- As draft_file. A committed row changes nothing any more: it says that this draft set the link.
CREATE TABLE draft_link (
    draft BLOB NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    target BLOB,
    target_version BIGINT NOT NULL,
    snapshot BLOB,
    indirect TEXT NOT NULL,
    committed BOOLEAN NOT NULL,
    PRIMARY KEY (draft, name)
) WITHOUT ROWID;
