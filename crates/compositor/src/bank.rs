//! Blocks that show each learner some of their own children: `library_content` and `itembank`
//! (unit-composition §9.2).

use learning_context::{
    NodeId, Structure,
    legacy::{derived_ids, library_context},
};
use opaque_keys::LearningContextKey;
use serde_json::Value;
use xblock::Fields;

/// The settings of a bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bank {
    /// Children per learner; negative is all.
    pub(crate) count: i64,
    /// Per-learner order, else that of the children.
    pub(crate) shuffle: bool,
    /// The blocks an author picked by hand, as types and ids; those of the library or of their copies.
    candidates: Option<Vec<(String, String)>>,
    library: Option<LearningContextKey>,
}

impl Bank {
    /// Reads the settings of a bank; odd values count as their default.
    pub(crate) fn read(fields: &Fields) -> Self {
        let count = match value(fields, "max_count") {
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(other) => other.as_i64(),
            None => None,
        };
        let is_manual = flag(fields, "manual").unwrap_or(false);
        let candidates =
            value(fields, "candidates").map(pairs).filter(|pairs| is_manual && !pairs.is_empty());
        let library = value(fields, "source_library_id").and_then(Value::as_str);
        Bank {
            count: count.unwrap_or(1),
            shuffle: flag(fields, "shuffle").unwrap_or(true),
            candidates,
            library: library.and_then(|key| key.trim().parse().ok()),
        }
    }

    /// Returns the children that can be shown.
    pub(crate) fn children(&self, structure: &Structure, bank: NodeId) -> Vec<NodeId> {
        let node = structure.node(bank);
        let Some(candidates) = &self.candidates else { return node.children.clone() };
        let context = self.library.as_ref().map(library_context);
        let names_of = |(block_type, id): &(String, String)| {
            let copies = context.as_ref().map(|context| derived_ids(context, id, node.usage.block_id()));
            let ids = [id.clone()].into_iter().chain(copies.into_iter().flatten());
            ids.map(|id| (block_type.clone(), id)).collect::<Vec<_>>()
        };
        let wanted: std::collections::HashSet<_> = candidates.iter().flat_map(names_of).collect();
        let name = |child: NodeId| {
            let child = structure.node(child);
            (child.block_type().to_string(), child.usage.block_id().to_owned())
        };
        node.children.iter().copied().filter(|&child| wanted.contains(&name(child))).collect()
    }
}

/// Returns a field; types that do not declare it keep it among their unknown attributes.
fn value<'a>(fields: &'a Fields, name: &str) -> Option<&'a Value> {
    fields.get(name).or_else(|| fields.get("xml_attributes")?.get(name)).filter(|value| !value.is_null())
}

fn flag(fields: &Fields, name: &str) -> Option<bool> {
    match value(fields, name)? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Reads a list of pairs of type and id, as JSON or as Python prints it: lists or tuples in single quotes.
fn pairs(value: &Value) -> Vec<(String, String)> {
    let read = |value: &Value| serde_json::from_value::<Vec<(String, String)>>(value.clone()).ok();
    let text = match value {
        Value::String(text) => text,
        other => return read(other).unwrap_or_default(),
    };
    // Types and ids hold neither quotes nor parentheses.
    let json = text.replace('\'', "\"").replace('(', "[").replace(')', "]");
    serde_json::from_str(&json).ok().as_ref().and_then(read).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(fields: Value) -> Bank {
        Bank::read(&serde_json::from_value(fields).unwrap())
    }

    #[test]
    fn settings_are_typed_or_as_python_prints_them() {
        let plain = read(json!({}));
        assert_eq!((plain.count, plain.shuffle, &plain.candidates), (1, true, &None));
        let typed = read(
            json!({"max_count": -1, "shuffle": false, "manual": true, "candidates": [["problem", "a"]]}),
        );
        let text = read(json!({"xml_attributes": {
            "max_count": "-1", "shuffle": "False", "manual": "True", "candidates": "[('problem', 'a')]"
        }}));
        assert_eq!(typed, text);
        assert_eq!(typed.candidates, Some(vec![("problem".to_owned(), "a".to_owned())]));
        assert_eq!((typed.count, typed.shuffle), (-1, false));
    }

    #[test]
    fn candidates_count_only_when_picked_by_hand() {
        for fields in [
            json!({"candidates": [["problem", "a"]]}),
            json!({"manual": "False", "candidates": "[[\"problem\", \"a\"]]"}),
            json!({"manual": true, "candidates": "[]"}),
            json!({"manual": true, "candidates": "nonsense"}),
        ] {
            assert_eq!(read(fields.clone()).candidates, None, "{fields}");
        }
    }
}
