-- Other names of usages: what was converted is found under its old key for ever (unit-composition §9.4).

CREATE TABLE usage_alias (
    alias TEXT NOT NULL PRIMARY KEY,
    usage_key TEXT NOT NULL,
    context TEXT NOT NULL,
    -- The library block both keys stand for, where they stand for one.
    source TEXT,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE INDEX usage_alias_by_usage ON usage_alias (usage_key);
CREATE INDEX usage_alias_by_context ON usage_alias (context, alias);
