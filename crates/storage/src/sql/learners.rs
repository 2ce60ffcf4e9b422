//! What learners did.

use crate::engine::Statement;

/// (blocks, learner, block types, whether user_info is wanted, references): everything in one answer. Each
/// row says in its first column what it is: 1 user state, 2 summary, 3 preference, 4 user_info, 5 selection.
pub(crate) const GATHER: Statement = statement!(
    "SELECT CAST(1 AS BIGINT), usage_key, '', fields, '', earned, possible, completion, 0, revision
     FROM learner_block WHERE learner = $2 AND usage_key IN (SELECT item.value FROM " [1] ")
     UNION ALL
     SELECT 2, usage_key, field, value, '', NULL, NULL, NULL, 0, 0
     FROM block_summary WHERE usage_key IN (SELECT item.value FROM " [1] ")
     UNION ALL
     SELECT 3, block_type, field, value, '', NULL, NULL, NULL, 0, 0
     FROM learner_preference WHERE learner = $2 AND block_type IN (SELECT item.value FROM " [3] ")
     UNION ALL
     SELECT 4, '', field, value, '', NULL, NULL, NULL, 0, 0
     FROM learner_info WHERE $4 AND learner = $2
     UNION ALL
     SELECT 5, reference, '', selected, seen, NULL, NULL, NULL, epoch, revision
     FROM learner_selection WHERE learner = $2 AND reference IN (SELECT item.value FROM " [5] ")"
);

/// (learner): makes one learner's writes wait for each other, rows that are not there yet included.
pub(crate) const LOCK_LEARNER: Statement =
    Statement { sqlite: "", postgres: "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))" };

/// (learners in order): as [`LOCK_LEARNER`] for each; in one order, so that nobody waits in a circle.
pub(crate) const LOCK_LEARNERS: Statement = Statement {
    sqlite: "",
    postgres: "SELECT pg_advisory_xact_lock(hashtextextended(item.value, 0))
               FROM json_array_elements_text(CAST($1 AS JSON)) AS item(value)",
};

/// (learner, [block, fields, revision], time)
pub(crate) const PUT_BLOCKS: Statement = statement!(
    "INSERT INTO learner_block (learner, usage_key, fields, revision, updated_at)
     SELECT $1, item.value ->> 0, item.value ->> 1, CAST(item.value ->> 2 AS BIGINT), $3 FROM " {2} "
     WHERE TRUE
     ON CONFLICT (learner, usage_key) DO UPDATE
     SET fields = excluded.fields, revision = excluded.revision, updated_at = excluded.updated_at"
);

/// (learner, block, earned, possible, completion): numbers are bound, so they keep every digit.
pub(crate) const SET_RESULT: Statement = statement!(
    "UPDATE learner_block SET earned = $3, possible = $4, completion = $5
     WHERE learner = $1 AND usage_key = $2"
);

/// ([learner, block]): the rows of several learners.
pub(crate) const ROWS: Statement = statement!(
    "SELECT learner, fields, earned, possible, completion, revision, usage_key
     FROM " {1} " JOIN learner_block ON learner = item.value ->> 0 AND usage_key = item.value ->> 1"
);

/// ([learner, block, fields, revision], time): rows of several learners.
pub(crate) const PUT_ROWS: Statement = statement!(
    "INSERT INTO learner_block (learner, usage_key, fields, revision, updated_at)
     SELECT item.value ->> 0, item.value ->> 1, item.value ->> 2, CAST(item.value ->> 3 AS BIGINT), $2 FROM " {1} "
     WHERE TRUE
     ON CONFLICT (learner, usage_key) DO UPDATE
     SET fields = excluded.fields, revision = excluded.revision, updated_at = excluded.updated_at"
);

/// ([learner, block, earned, possible, completion]): results of several learners.
pub(crate) const SET_RESULTS: Statement = statement!(
    "UPDATE learner_block
     SET earned = CAST(item.value ->> 2 AS DOUBLE PRECISION),
         possible = CAST(item.value ->> 3 AS DOUBLE PRECISION),
         completion = CAST(item.value ->> 4 AS DOUBLE PRECISION)
     FROM " {1} "
     WHERE learner = item.value ->> 0 AND usage_key = item.value ->> 1"
);

/// (learner, blocks)
pub(crate) const CLEAR_RESULTS: Statement = statement!(
    "UPDATE learner_block SET earned = NULL, possible = NULL, completion = NULL
     WHERE learner = $1 AND usage_key IN (SELECT item.value FROM " [2] ")"
);

/// ([block, field, value], time)
pub(crate) const PUT_SUMMARIES: Statement = statement!(
    "INSERT INTO block_summary (usage_key, field, value, updated_at)
     SELECT item.value ->> 0, item.value ->> 1, item.value ->> 2, $2 FROM " {1} "
     WHERE TRUE
     ON CONFLICT (usage_key, field) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at"
);

/// (learner, [block type, field, value], time)
pub(crate) const PUT_PREFERENCES: Statement = statement!(
    "INSERT INTO learner_preference (learner, block_type, field, value, updated_at)
     SELECT $1, item.value ->> 0, item.value ->> 1, item.value ->> 2, $3 FROM " {2} "
     WHERE TRUE
     ON CONFLICT (learner, block_type, field) DO UPDATE
     SET value = excluded.value, updated_at = excluded.updated_at"
);

/// (learner, [field, value], time)
pub(crate) const PUT_INFO: Statement = statement!(
    "INSERT INTO learner_info (learner, field, value, updated_at)
     SELECT $1, item.value ->> 0, item.value ->> 1, $3 FROM " {2} "
     WHERE TRUE
     ON CONFLICT (learner, field) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at"
);

/// (learner, [reference, selected, seen, epoch, revision], time)
pub(crate) const PUT_SELECTIONS: Statement = statement!(
    "INSERT INTO learner_selection (learner, reference, selected, seen, epoch, revision, updated_at)
     SELECT $1, item.value ->> 0, item.value ->> 1, item.value ->> 2, CAST(item.value ->> 3 AS BIGINT),
            CAST(item.value ->> 4 AS BIGINT), $3 FROM " {2} "
     WHERE TRUE
     ON CONFLICT (learner, reference) DO UPDATE
     SET selected = excluded.selected, seen = excluded.seen, epoch = excluded.epoch,
         revision = excluded.revision, updated_at = excluded.updated_at"
);

/// ([name, learner or null, context or null, block or null, data, time])
pub(crate) const PUT_EVENTS: Statement = statement!(
    "INSERT INTO event_outbox (name, learner, context, usage_key, data, happened_at)
     SELECT item.value ->> 0, item.value ->> 1, item.value ->> 2, item.value ->> 3, item.value ->> 4,
            CAST(item.value ->> 5 AS BIGINT) FROM " {1}
);

/// (): waits for the transactions that write events. Numbers are given before the commit, so without it a
/// reader could step over one that becomes visible later.
pub(crate) const LOCK_EVENTS: Statement =
    Statement { sqlite: "", postgres: "LOCK TABLE event_outbox IN SHARE MODE" };

/// (after, limit, name or empty)
pub(crate) const EVENTS: Statement = statement!(
    "SELECT id, name, learner, context, usage_key, data, happened_at
     FROM event_outbox WHERE id > $1 AND ($3 = '' OR name = $3) ORDER BY id LIMIT $2"
);

/// (after, limit, name or empty, context)
pub(crate) const EVENTS_OF_CONTEXT: Statement = statement!(
    "SELECT id, name, learner, context, usage_key, data, happened_at
     FROM event_outbox WHERE context = $4 AND id > $1 AND ($3 = '' OR name = $3) ORDER BY id LIMIT $2"
);

/// (): the number of the newest event.
pub(crate) const LAST_EVENT: Statement = statement!("SELECT COALESCE(MAX(id), 0) FROM event_outbox");
