//! Policy entries that go over the attributes of edited blocks.

use blockstore::FilePath;
use serde::Serialize as _;
use serde_json::{Map, Value, ser::PrettyFormatter};

/// The policy file of a run, if it is there and can be read.
#[derive(Debug)]
pub(super) struct OpenPolicy {
    pub(super) path: FilePath,
    entries: Map<String, Value>,
    touched: bool,
}

impl OpenPolicy {
    /// Reads a policy file; one that is no object has no entries that count.
    pub(super) fn parse(path: FilePath, bytes: &[u8]) -> Option<Self> {
        let Ok(Value::Object(entries)) = serde_json::from_slice(bytes) else { return None };
        Some(OpenPolicy { path, entries, touched: false })
    }

    /// Takes one value out of a block's entry.
    pub(super) fn remove_value(&mut self, entry: &str, name: &str) {
        let fields = self.entries.get_mut(entry).and_then(Value::as_object_mut);
        self.touched |= fields.is_some_and(|fields| fields.shift_remove(name).is_some());
    }

    /// Takes a block's entry out.
    pub(super) fn remove(&mut self, entry: &str) {
        self.touched |= self.entries.shift_remove(entry).is_some();
    }

    /// Returns what is to be written; `None` when nothing was touched.
    pub(super) fn print(&self) -> Option<Vec<u8>> {
        if !self.touched {
            return None;
        }
        let mut bytes = Vec::new();
        let indented = PrettyFormatter::with_indent(b"    ");
        let mut out = serde_json::Serializer::with_formatter(&mut bytes, indented);
        self.entries.serialize(&mut out).ok()?;
        bytes.push(b'\n');
        Some(bytes)
    }
}
