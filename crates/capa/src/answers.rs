//! What a learner submitted.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

/// The submitted value of one input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A single field.
    Text(String),
    /// Every value of a repeated field (`input_ID[]`).
    List(Vec<String>),
    /// A JSON object (`input_ID{}`).
    Object(serde_json::Map<String, serde_json::Value>),
}

impl Value {
    /// Returns the text of a single field.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Submitted values by input id, either the full id (`P_2_1`) or only what follows the problem id (`2_1`).
///
/// "Not answered" is an absent key; JSON nulls are read as absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Answers(BTreeMap<String, Value>);

impl Answers {
    /// Returns the value of an input given its full id and the part after the problem id.
    pub(crate) fn input(&self, id: &str, suffix: &str) -> Option<&Value> {
        self.0.get(id).or_else(|| self.0.get(suffix))
    }

    /// Returns the value stored under exactly this key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Sets the value of an input.
    pub fn insert(&mut self, key: impl Into<String>, value: Value) {
        self.0.insert(key.into(), value);
    }

    /// Takes out all values whose key begins with `prefix`.
    pub(crate) fn take_prefixed(&mut self, prefix: &str) -> Self {
        let (taken, kept) =
            std::mem::take(&mut self.0).into_iter().partition(|(key, _)| key.starts_with(prefix));
        self.0 = kept;
        Self(taken)
    }

    /// Returns whether nothing was submitted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns all keys and values in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }
}

impl<K: Into<String>> FromIterator<(K, Value)> for Answers {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(items: I) -> Self {
        Self(items.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }
}

impl<'de> Deserialize<'de> for Answers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = BTreeMap::<String, Option<Value>>::deserialize(deserializer)?;
        Ok(Self(stored.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_stored_answers_and_finds_them_by_either_key() {
        let answers: Answers =
            serde_json::from_str(r#"{"p_2_1": "a", "3_1": ["b"], "p_4_1": null, "p_5_1": {"x": 1}}"#)
                .expect("valid answers");
        assert_eq!(answers.input("p_2_1", "2_1"), Some(&Value::Text("a".into())));
        assert_eq!(answers.input("p_3_1", "3_1"), Some(&Value::List(vec!["b".into()])));
        assert_eq!(answers.input("p_4_1", "4_1"), None);
        assert_eq!(
            serde_json::to_string(&answers).expect("serializes"),
            r#"{"3_1":["b"],"p_2_1":"a","p_5_1":{"x":1}}"#
        );
    }
}
