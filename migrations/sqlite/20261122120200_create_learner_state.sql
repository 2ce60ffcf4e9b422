-- What learners did. Keys are usage keys as text; values and fields are JSON text.

CREATE TABLE learner_block (
    learner TEXT NOT NULL,
    usage_key TEXT NOT NULL,
    fields TEXT NOT NULL,
    earned DOUBLE PRECISION,
    possible DOUBLE PRECISION,
    completion DOUBLE PRECISION,
    revision BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (learner, usage_key)
) WITHOUT ROWID;

CREATE TABLE block_summary (
    usage_key TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (usage_key, field)
) WITHOUT ROWID;

CREATE TABLE learner_preference (
    learner TEXT NOT NULL,
    block_type TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (learner, block_type, field)
) WITHOUT ROWID;

CREATE TABLE learner_info (
    learner TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (learner, field)
) WITHOUT ROWID;

CREATE TABLE learner_selection (
    learner TEXT NOT NULL,
    reference TEXT NOT NULL,
    selected TEXT NOT NULL,
    seen TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (learner, reference)
) WITHOUT ROWID;

CREATE TABLE event_outbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    learner TEXT,
    context TEXT,
    usage_key TEXT,
    data TEXT NOT NULL,
    happened_at BIGINT NOT NULL
);
