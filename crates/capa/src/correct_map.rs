//! The correct map: what grading found out about each input (capa §5).

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

/// The verdict on one input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Correctness {
    /// Right.
    Correct,
    /// Wrong.
    Incorrect,
    /// Partly right.
    PartiallyCorrect,
    /// Waiting for an external grader.
    Incomplete,
}

/// When a hint of a `hintgroup` is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HintMode {
    /// With every message.
    Always,
    /// Only when asked for.
    OnRequest,
}

/// What is stored about one input.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// The verdict; none when the input could not be graded.
    pub correctness: Option<Correctness>,
    /// Points given by the response itself; when absent the verdict decides.
    pub npoints: Option<f64>,
    /// HTML shown below the input.
    #[serde(deserialize_with = "null_as_default")]
    pub msg: String,
    /// HTML of the matching hint of a `hintgroup`.
    #[serde(deserialize_with = "null_as_default")]
    pub hint: String,
    /// When `hint` is shown.
    #[serde(deserialize_with = "lenient_hint_mode")]
    pub hintmode: Option<HintMode>,
    /// The key and time of a pending external grading.
    pub queuestate: Option<serde_json::Value>,
    /// `$name` of the variable whose value was answered.
    pub answervariable: Option<String>,
}

impl Entry {
    pub(crate) fn new(correctness: Correctness) -> Self {
        Self { correctness: Some(correctness), ..Self::default() }
    }

    pub(crate) fn graded(correct: bool) -> Self {
        Self::new(if correct { Correctness::Correct } else { Correctness::Incorrect })
    }

    pub(crate) fn partial(npoints: f64) -> Self {
        Self { npoints: Some(npoints), ..Self::new(Correctness::PartiallyCorrect) }
    }

    /// Returns the points earned: `npoints`, else 1 for correct and partially correct, else 0.
    pub fn points(&self) -> f64 {
        match (self.npoints, self.correctness) {
            (Some(points), _) => points,
            (None, Some(Correctness::Correct | Correctness::PartiallyCorrect)) => 1.0,
            _ => 0.0,
        }
    }
}

/// The entries of a problem by full input id.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct CorrectMap(BTreeMap<String, Entry>);

impl CorrectMap {
    /// Returns the entry of an input.
    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.0.get(id)
    }

    /// Sets the entry of an input.
    pub fn insert(&mut self, id: impl Into<String>, entry: Entry) {
        self.0.insert(id.into(), entry);
    }

    /// Returns whether nothing was graded.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns all entries in id order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.0.iter().map(|(id, entry)| (id.as_str(), entry))
    }

    /// Returns whether every entry is correct or partially correct; false when there is none.
    pub fn is_success(&self) -> bool {
        let passed = |entry: &Entry| {
            matches!(entry.correctness, Some(Correctness::Correct | Correctness::PartiallyCorrect))
        };
        !self.0.is_empty() && self.0.values().all(passed)
    }
}

impl<K: Into<String>> FromIterator<(K, Entry)> for CorrectMap {
    fn from_iter<I: IntoIterator<Item = (K, Entry)>>(entries: I) -> Self {
        Self(entries.into_iter().map(|(id, entry)| (id.into(), entry)).collect())
    }
}

/// Also reads the old flat form, `{id: correctness}`.
impl<'de> Deserialize<'de> for CorrectMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Stored {
            Flat(Correctness),
            Entry(Box<Entry>),
        }
        let stored = BTreeMap::<String, Stored>::deserialize(deserializer)?;
        let entry = |stored| match stored {
            Stored::Flat(correctness) => Entry::new(correctness),
            Stored::Entry(entry) => *entry,
        };
        Ok(Self(stored.into_iter().map(|(id, stored)| (id, entry(stored))).collect()))
    }
}

fn null_as_default<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Authors can write any hint mode; the ones that mean nothing are dropped.
fn lenient_hint_mode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<HintMode>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    Ok(text.and_then(|text| HintMode::named(&text)))
}

impl HintMode {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "always" => Some(Self::Always),
            "on_request" => Some(Self::OnRequest),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_the_stored_form() {
        let mut map = CorrectMap::default();
        map.insert("p_2_1", Entry { msg: "<b>x</b>".into(), ..Entry::partial(0.5) });
        let text = serde_json::to_string(&map).expect("serializes");
        assert_eq!(
            text,
            r#"{"p_2_1":{"correctness":"partially-correct","npoints":0.5,"msg":"<b>x</b>","hint":"","hintmode":null,"queuestate":null,"answervariable":null}}"#
        );
        assert_eq!(serde_json::from_str::<CorrectMap>(&text).expect("reads back"), map);
    }

    #[test]
    fn reads_flat_and_incomplete_maps() {
        let map: CorrectMap = serde_json::from_str(
            r#"{"a": "correct", "b": {"correctness": "incorrect", "msg": null, "hintmode": "sometimes"}, "c": {}}"#,
        )
        .expect("valid map");
        assert_eq!(map.get("a"), Some(&Entry::graded(true)));
        assert_eq!(map.get("b"), Some(&Entry::graded(false)));
        assert_eq!(map.get("c"), Some(&Entry::default()));
        assert!(!map.is_success());
    }

    #[test]
    fn counts_points_by_verdict_unless_given() {
        assert_eq!(Entry::graded(true).points(), 1.0);
        assert_eq!(Entry::new(Correctness::PartiallyCorrect).points(), 1.0);
        assert_eq!(Entry::partial(0.25).points(), 0.25);
        assert_eq!(Entry::graded(false).points(), 0.0);
    }
}
