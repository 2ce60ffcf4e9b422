-- Other names of usages: what was converted is found under its old key for ever (unit-composition §9.4).

CREATE TABLE usage_alias (
    alias TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    usage_key TEXT COLLATE "C" NOT NULL,
    context TEXT COLLATE "C" NOT NULL,
    -- The library block both keys stand for, where they stand for one.
    source TEXT COLLATE "C",
    created_at BIGINT NOT NULL
);

CREATE INDEX usage_alias_by_usage ON usage_alias (usage_key);
CREATE INDEX usage_alias_by_context ON usage_alias (context, alias);
