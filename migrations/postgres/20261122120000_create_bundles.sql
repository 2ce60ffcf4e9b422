-- Bundles, their versions and drafts. Identifiers are the 16 bytes of a UUID, digests 20 bytes, times
-- microseconds since 1970. Keys and paths are ordered by code point, whatever the server's locale.

-- SQLite has this function: with it one statement text serves both.
CREATE FUNCTION unhex (digits TEXT) RETURNS BYTEA
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT decode(digits, 'hex') $$;

CREATE TABLE blob (
    digest BYTEA NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    -- NULL when the bytes are in the blob store.
    bytes BYTEA
);

CREATE TABLE bundle (
    id BYTEA NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    slug TEXT NOT NULL,
    description TEXT NOT NULL,
    latest_version BIGINT NOT NULL,
    -- The highest revision of a draft that was thrown away: revisions are never used twice.
    draft_revision BIGINT NOT NULL
);

CREATE TABLE bundle_version (
    bundle BYTEA NOT NULL REFERENCES bundle (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT NOT NULL,
    author TEXT,
    created_at BIGINT NOT NULL,
    file_count BIGINT NOT NULL,
    -- NULL until someone asked for it.
    snapshot BYTEA,
    PRIMARY KEY (bundle, number)
);

-- A file has these bytes from one version on, up to but not including another one. No digest: it was
-- deleted. The newest row of a path ends at 9223372036854775807.
CREATE TABLE bundle_file (
    bundle BYTEA NOT NULL REFERENCES bundle (id) ON DELETE CASCADE,
    path TEXT COLLATE "C" NOT NULL,
    from_version BIGINT NOT NULL,
    to_version BIGINT NOT NULL,
    digest BYTEA,
    size BIGINT NOT NULL,
    PRIMARY KEY (bundle, path, from_version)
);

CREATE INDEX bundle_file_changed ON bundle_file (bundle, from_version);

-- As bundle_file; no target: it was deleted. "indirect" is a JSON array of [bundle, version, snapshot].
CREATE TABLE bundle_link (
    bundle BYTEA NOT NULL REFERENCES bundle (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    from_version BIGINT NOT NULL,
    to_version BIGINT NOT NULL,
    target BYTEA,
    target_version BIGINT NOT NULL,
    snapshot BYTEA,
    indirect TEXT NOT NULL,
    PRIMARY KEY (bundle, name, from_version)
);

CREATE TABLE draft (
    id BYTEA NOT NULL PRIMARY KEY,
    bundle BYTEA NOT NULL REFERENCES bundle (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    base_version BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    file_count BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (bundle, name)
);

-- What a draft changes on its base. No digest: it deletes the file.
CREATE TABLE draft_file (
    draft BYTEA NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
    path TEXT COLLATE "C" NOT NULL,
    digest BYTEA,
    size BIGINT NOT NULL,
    PRIMARY KEY (draft, path)
);

-- As draft_file. A committed row changes nothing any more: it says that this draft set the link.
CREATE TABLE draft_link (
    draft BYTEA NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    target BYTEA,
    target_version BIGINT NOT NULL,
    snapshot BYTEA,
    indirect TEXT NOT NULL,
    committed BOOLEAN NOT NULL,
    PRIMARY KEY (draft, name)
);
