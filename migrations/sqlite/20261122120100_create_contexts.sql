-- Learning contexts. A bundle may be in another service, so nothing here refers to the bundle table.

CREATE TABLE context (
    key TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    bundle BLOB NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    license TEXT NOT NULL,
    allow_public_learning BOOLEAN NOT NULL,
    allow_public_read BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;

-- Every key a context is found under: its own and its aliases.
CREATE TABLE context_key (
    key TEXT NOT NULL PRIMARY KEY,
    context TEXT NOT NULL REFERENCES context (key) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX context_key_context ON context_key (context);

CREATE TABLE context_role (
    context TEXT NOT NULL REFERENCES context (key) ON DELETE CASCADE,
    person TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (context, person)
) WITHOUT ROWID;
