//! Reading what one learner did.

use std::collections::HashMap;

use learner::{BlockStateRow, Gather, LearnerId, SelectionRow, StateSet};
use opaque_keys::UsageKey;
use serde_json::json;

use super::parse;
use crate::{
    StorageError,
    engine::{Param, Record},
};

/// The lists of a gather as JSON texts.
pub(super) struct Lists {
    blocks: String,
    types: String,
    user_info: bool,
    selections: String,
}

impl Lists {
    pub(super) fn of(what: &Gather) -> Self {
        let keys =
            |keys: &[UsageKey]| json!(keys.iter().map(UsageKey::as_str).collect::<Vec<_>>()).to_string();
        Lists {
            blocks: keys(&what.blocks),
            types: json!(what.types).to_string(),
            user_info: what.user_info,
            selections: keys(&what.selections),
        }
    }

    pub(super) fn params<'a>(&'a self, learner: &'a LearnerId) -> [Param<'a>; 5] {
        [
            (&self.blocks).into(),
            learner.0.as_ref().into(),
            (&self.types).into(),
            self.user_info.into(),
            (&self.selections).into(),
        ]
    }
}

/// Sorts the rows of [`crate::sql::learners::GATHER`] into a state set, under the keys that were asked for.
pub(super) fn state_set(rows: &[Record], what: &Gather) -> Result<StateSet, StorageError> {
    let asked: HashMap<&str, &UsageKey> =
        what.blocks.iter().chain(&what.selections).map(|key| (key.as_str(), key)).collect();
    let key_of = |text: &str| {
        let key = asked.get(text).map(|key| (*key).clone());
        key.ok_or_else(|| StorageError::corrupt("usage key", text))
    };
    let mut set = StateSet::default();
    for row in rows {
        let (key, field): (&str, &str) = (row.get(1)?, row.get(2)?);
        let body: &str = row.get(3)?;
        match row.get::<i64>(0)? {
            1 => {
                let score = row.get::<Option<f64>>(5)?.zip(row.get(6)?);
                let state = BlockStateRow {
                    fields: parse("state", body)?,
                    score,
                    completion: row.get(7)?,
                    revision: row.number(9)?,
                };
                set.blocks.insert(key_of(key)?, state);
            }
            2 => {
                let fields = set.summary.entry(key_of(key)?).or_default();
                fields.insert(field.to_owned(), parse("summary", body)?);
            }
            3 => {
                let fields = set.preferences.entry(key.into()).or_default();
                fields.insert(field.to_owned(), parse("preference", body)?);
            }
            4 => {
                set.user_info.insert(field.to_owned(), parse("user_info", body)?);
            }
            _ => {
                let selection = SelectionRow {
                    selected: parse("selection", body)?,
                    seen: parse("selection", row.get(4)?)?,
                    epoch: row.number(8)?,
                    revision: row.number(9)?,
                };
                set.selections.insert(key_of(key)?, selection);
            }
        }
    }
    Ok(set)
}
