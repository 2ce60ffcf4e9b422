//! What is asked across learners.

use crate::engine::Statement;

/// (references): how many learners have each block now.
pub(crate) const SELECTED_BY: Statement = statement!(
    "SELECT stored.reference, item.value, COUNT(*) FROM learner_selection AS stored, "
     (each "stored.selected") "
     WHERE stored.reference IN (SELECT item.value FROM " [1] ") GROUP BY stored.reference, item.value"
);

/// (blocks): how many learners did something in each. Rows that were cleared stay, empty.
pub(crate) const WITH_STATE: Statement = statement!(
    "SELECT usage_key, COUNT(*) FROM learner_block
     WHERE usage_key IN (SELECT item.value FROM " [1] ")
       AND (fields <> '{}' OR earned IS NOT NULL OR completion IS NOT NULL)
     GROUP BY usage_key"
);

/// (reference, learner after whom the page starts, limit)
pub(crate) const SELECTIONS_OF: Statement = statement!(
    "SELECT learner, selected, seen, epoch, revision FROM learner_selection
     WHERE reference = $1 AND learner > $2 ORDER BY learner LIMIT $3"
);

/// (learners, longest state read, blocks)
pub(crate) const RESULTS_OF_BLOCKS: Statement = statement!(
    "SELECT learner, usage_key, CASE WHEN LENGTH(fields) <= $2 THEN fields END, earned, possible, completion
     FROM learner_block
     WHERE learner IN (SELECT item.value FROM " [1] ") AND usage_key IN (SELECT item.value FROM " [3] ")
     ORDER BY learner, usage_key"
);

/// (learners, longest state read, pattern of the keys): the bounds keep to the part of a learner's rows that
/// `lb-ref:` keys are in; `LIKE` alone ignores case in SQLite, so the caller looks again.
pub(crate) const RESULTS_OF_REFERENCE: Statement = statement!(
    "SELECT learner, usage_key, CASE WHEN LENGTH(fields) <= $2 THEN fields END, earned, possible, completion
     FROM learner_block
     WHERE learner IN (SELECT item.value FROM " [1] ")
       AND usage_key >= 'lb-ref:' AND usage_key < 'lb-ref;' AND usage_key LIKE $3 ESCAPE '\\'
     ORDER BY learner, usage_key"
);

/// (block, learner after whom the page starts, limit): the rows of those who did something.
pub(crate) const ROWS_OF_PAGE: Statement = statement!(
    "SELECT learner, fields, earned, possible, completion, revision FROM learner_block
     WHERE usage_key = $1 AND learner > $2
       AND (fields <> '{}' OR earned IS NOT NULL OR completion IS NOT NULL)
     ORDER BY learner LIMIT $3"
);

/// (block, learners): the rows there are.
pub(crate) const ROWS_OF_LEARNERS: Statement = statement!(
    "SELECT learner, fields, earned, possible, completion, revision FROM learner_block
     WHERE usage_key = $1 AND learner IN (SELECT item.value FROM " [2] ")
     ORDER BY learner"
);
