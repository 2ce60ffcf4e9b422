//! Other names of usages, and moving what learners did from one to another.

use crate::engine::Statement;

/// (context, [alias, usage, source or null], time)
pub(crate) const PUT_ALIASES: Statement = statement!(
    "INSERT INTO usage_alias (alias, usage_key, context, source, created_at)
     SELECT item.value ->> 0, item.value ->> 1, $1, item.value ->> 2, $3 FROM " {2} "
     WHERE TRUE
     ON CONFLICT (alias) DO UPDATE
     SET usage_key = excluded.usage_key, context = excluded.context, source = excluded.source"
);

/// (usage): what it is an alias of, with the other aliases of that, and its own aliases.
pub(crate) const OTHER_KEYS: Statement = statement!(
    "SELECT usage_key FROM usage_alias WHERE alias = $1
     UNION SELECT other.alias FROM usage_alias own JOIN usage_alias other ON other.usage_key = own.usage_key
           WHERE own.alias = $1 AND other.alias <> $1
     UNION SELECT alias FROM usage_alias WHERE usage_key = $1 ORDER BY 1"
);

/// (context)
pub(crate) const ALIASES: Statement =
    statement!("SELECT alias, usage_key, source FROM usage_alias WHERE context = $1 ORDER BY alias");

/// ([from, to] of blocks, [from, to] of selections, limit): learners who have something that can be moved.
pub(crate) const MOVING_LEARNERS: Statement = statement!(
    "SELECT b.learner FROM " {1} " JOIN learner_block b ON b.usage_key = item.value ->> 0
     WHERE NOT EXISTS (
         SELECT 1 FROM learner_block n WHERE n.learner = b.learner AND n.usage_key = item.value ->> 1)
     UNION
     SELECT s.learner FROM " {2} " JOIN learner_selection s ON s.reference = item.value ->> 0
     WHERE NOT EXISTS (
         SELECT 1 FROM learner_selection n WHERE n.learner = s.learner AND n.reference = item.value ->> 1)
     ORDER BY 1 LIMIT $3"
);

/// (learners): makes other writes for them wait, in the order of their ids.
pub(crate) const LOCK_LEARNERS: Statement = Statement {
    sqlite: "",
    postgres: "SELECT pg_advisory_xact_lock(hashtextextended(value, 0))
               FROM (SELECT value FROM json_array_elements_text(CAST($1 AS JSON)) AS item(value)
                     ORDER BY value COLLATE \"C\") AS learners",
};

/// ([from, to], learners)
pub(crate) const MOVE_BLOCKS: Statement = statement!(
    "UPDATE learner_block
     SET usage_key = (SELECT item.value ->> 1 FROM " {1} " WHERE item.value ->> 0 = learner_block.usage_key)
     WHERE learner IN (SELECT item.value FROM " [2] ")
       AND usage_key IN (SELECT item.value ->> 0 FROM " {1} ")
       AND NOT EXISTS (
         SELECT 1 FROM " {1} " JOIN learner_block n ON n.usage_key = item.value ->> 1
         WHERE item.value ->> 0 = learner_block.usage_key AND n.learner = learner_block.learner)"
);

/// ([from, to], learners)
pub(crate) const MOVING_SELECTIONS: Statement = statement!(
    "SELECT s.learner, s.reference, item.value ->> 1, s.selected, s.seen
     FROM " {1} " JOIN learner_selection s ON s.reference = item.value ->> 0
     WHERE s.learner IN (SELECT item.value FROM " [2] ")
       AND NOT EXISTS (
         SELECT 1 FROM learner_selection n WHERE n.learner = s.learner AND n.reference = item.value ->> 1)"
);

/// ([learner, from, to, selected, seen])
pub(crate) const MOVE_SELECTIONS: Statement = statement!(
    "UPDATE learner_selection SET
       reference = (SELECT item.value ->> 2 FROM " {1} "
         WHERE item.value ->> 0 = learner_selection.learner AND item.value ->> 1 = learner_selection.reference),
       selected = (SELECT item.value ->> 3 FROM " {1} "
         WHERE item.value ->> 0 = learner_selection.learner AND item.value ->> 1 = learner_selection.reference),
       seen = (SELECT item.value ->> 4 FROM " {1} "
         WHERE item.value ->> 0 = learner_selection.learner AND item.value ->> 1 = learner_selection.reference)
     WHERE (learner, reference) IN (SELECT item.value ->> 0, item.value ->> 1 FROM " {1} ")"
);

/// ([from, to]): what blocks keep for all learners together.
pub(crate) const MOVE_SUMMARIES: Statement = statement!(
    "UPDATE block_summary
     SET usage_key = (SELECT item.value ->> 1 FROM " {1} " WHERE item.value ->> 0 = block_summary.usage_key)
     WHERE usage_key IN (SELECT item.value ->> 0 FROM " {1} ")
       AND NOT EXISTS (
         SELECT 1 FROM " {1} " JOIN block_summary n ON n.usage_key = item.value ->> 1
         WHERE item.value ->> 0 = block_summary.usage_key AND n.field = block_summary.field)"
);
