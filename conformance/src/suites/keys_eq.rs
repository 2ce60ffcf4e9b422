//! `keys-eq`: equality, order and text of pairs of keys (opaque-keys §7, §9).

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use opaque_keys::AnyKey;
use serde_json::{Value, json};

use super::keys::parse;
use super::{Options, Outcome, json_lines, text};

fn hash(key: &AnyKey) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// Compares `equal`, `a_lt_b` and `same_string`, and checks that hash and order agree with equality.
pub(super) fn run(file: &Path, _: &Options) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    for row in json_lines(file)? {
        let kind = text(&row, "as")?;
        let id = format!("{kind} {} {}", row["a"], row["b"]);
        let mut compared = outcome.row();
        let (a, b) = match (parse(kind, text(&row, "a")?, false)?, parse(kind, text(&row, "b")?, false)?) {
            (Ok(a), Ok(b)) => (a, b),
            (Err(error), _) | (_, Err(error)) => {
                compared.differs(id, "two keys", error);
                continue;
            }
        };
        let answer = json!({
            "equal": a == b,
            "a_lt_b": a.reference_cmp(&b).map(|order| order == Ordering::Less),
            "same_string": a.as_str() == b.as_str(),
        });
        for member in ["equal", "a_lt_b", "same_string"] {
            if row[member] != answer[member] {
                compared.differs(format!("{id} {member}"), &row[member], &answer[member]);
            }
        }
        let consistent = (a == b) == (a.cmp(&b) == Ordering::Equal) && (a != b || hash(&a) == hash(&b));
        if !consistent {
            compared.differs(format!("{id} hash and order agree with equality"), Value::Bool(true), false);
        }
    }
    Ok(outcome)
}
