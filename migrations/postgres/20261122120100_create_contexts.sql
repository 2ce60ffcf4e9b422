-- Learning contexts. A bundle may be in another service, so nothing here refers to the bundle table.

CREATE TABLE context (
    key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    bundle BYTEA NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    license TEXT NOT NULL,
    allow_public_learning BOOLEAN NOT NULL,
    allow_public_read BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

-- Every key a context is found under: its own and its aliases.
CREATE TABLE context_key (
    key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    context TEXT COLLATE "C" NOT NULL REFERENCES context (key) ON DELETE CASCADE
);

CREATE INDEX context_key_context ON context_key (context);

CREATE TABLE context_role (
    context TEXT COLLATE "C" NOT NULL REFERENCES context (key) ON DELETE CASCADE,
    person TEXT COLLATE "C" NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (context, person)
);
