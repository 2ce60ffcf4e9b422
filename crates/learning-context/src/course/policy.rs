//! Policies: settings of a run that go over the attributes of its blocks (xblock-core §4.3).

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use serde_json::Value;
use xblock::Fields;

/// Policy entries by `type/url_name`.
#[derive(Debug, Default)]
pub(super) struct Policy(HashMap<String, Arc<Fields>>);

impl Policy {
    /// Reads `policy.json`: an object of objects. Entries of another shape are left out.
    ///
    /// # Errors
    /// What is wrong with the file, with its line.
    pub(super) fn read(bytes: &Bytes) -> Result<Self, (u32, String)> {
        let entries: HashMap<String, Value> = serde_json::from_slice(bytes).map_err(|error| {
            (u32::try_from(error.line()).unwrap_or(0), format!("the policy is not valid: {error}"))
        })?;
        let fields = entries.into_iter().filter_map(|(key, entry)| match entry {
            Value::Object(fields) => Some((key, Arc::new(fields))),
            _ => None,
        });
        Ok(Policy(fields.collect()))
    }

    pub(super) fn of(&self, block_type: &str, url_name: &str) -> Option<Arc<Fields>> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&format!("{block_type}/{url_name}")).cloned()
    }
}

/// Returns the paths at which the policy of a run may be, the newer layout first.
pub(crate) fn paths(run: &str) -> [String; 2] {
    [format!("policies/{run}/policy.json"), format!("policies/{run}.json")]
}
