//! `selection`: which blocks learners see (unit-composition §5.6).
//!
//! Rows of the kind `deterministic` and `group` must come out exactly. Rows of the kind `upstream_invariants`
//! say what every draw of the reference has in common, so ours must keep to it for any learner.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context, bail};
use compositor::draw::{Seed, seed};
use compositor::group::allocate;
use compositor::selection::{SelectInput, Selection, select};
use serde_json::{Value, json};

use super::{Options, Outcome, Row, json_lines, text};

/// How many learners the invariants are checked for.
const LEARNERS: usize = 50;

fn tokens<'a>(row: &'a Value, member: &str) -> anyhow::Result<Vec<&'a str>> {
    let list = row[member].as_array().with_context(|| format!("a row without a list {member:?}: {row}"))?;
    list.iter().map(|token| token.as_str().context("a block that is not text")).collect()
}

/// A reference of a row, with what its selection depends on.
struct Reference<'a> {
    pool: Vec<&'a str>,
    stored: Vec<&'a str>,
    count: i64,
    shuffle: bool,
    seen: HashSet<&'a str>,
    has_state: HashSet<&'a str>,
    seed: Seed,
}

impl<'a> Reference<'a> {
    fn read(row: &'a Value, secret: &str, learner: &str) -> anyhow::Result<Self> {
        Ok(Self {
            pool: tokens(row, "pool")?,
            stored: tokens(row, "prior")?,
            count: row["count"].as_i64().context("a count")?,
            shuffle: row["shuffle"].as_bool().context("shuffle")?,
            seen: tokens(row, "seen")?.into_iter().collect(),
            has_state: tokens(row, "touched")?.into_iter().collect(),
            seed: seed(
                secret.as_bytes(),
                learner,
                text(row, "ref")?,
                row["epoch"].as_u64().context("an epoch")?,
            ),
        })
    }

    fn input(&self) -> SelectInput<'_> {
        SelectInput {
            pool: &self.pool,
            stored: &self.stored,
            count: self.count,
            shuffle: self.shuffle,
            seen: &self.seen,
            has_state: &self.has_state,
            seed: &self.seed,
        }
    }
}

fn lists(selection: &Selection<'_>) -> Value {
    json!({
        "selected": selection.selected,
        "added": selection.added,
        "invalid": selection.invalid,
        "overlimit": selection.overlimit,
    })
}

fn deterministic(row: &Value, compared: &mut Row<'_>) -> anyhow::Result<()> {
    let id = text(row, "case")?;
    let reference = Reference::read(row, text(row, "secret")?, text(row, "learner")?)?;
    let seed = json!(hex::encode(reference.seed.as_bytes()));
    if row["seed_hex"] != seed {
        compared.differs(format!("{id} seed_hex"), &row["seed_hex"], seed);
    }
    let got = lists(&select(&reference.input()));
    if row["expect"] != got {
        compared.differs(id, &row["expect"], got);
    }
    Ok(())
}

fn group(row: &Value, compared: &mut Row<'_>) -> anyhow::Result<()> {
    let (secret, learner) = (text(row, "secret")?, text(row, "learner")?);
    let members = row["members"].as_array().context("members")?;
    let references = members
        .iter()
        .map(|member| Reference::read(member, secret, learner))
        .collect::<Result<Vec<_>, _>>()?;
    let inputs: Vec<SelectInput<'_>> = references.iter().map(Reference::input).collect();
    let got: Vec<Value> = allocate(&inputs)
        .into_iter()
        .zip(members)
        .map(|(result, member)| {
            let mut got = lists(&result.selection);
            got["duplicate"] = json!(result.duplicate);
            got["short"] = json!(result.short);
            got["ref"] = member["ref"].clone();
            got
        })
        .collect();
    let got = Value::Array(got);
    if row["expect"] != got {
        compared.differs(text(row, "case")?, &row["expect"], got);
    }
    Ok(())
}

/// The events of a change, in the order they are sent.
fn events(selection: &Selection<'_>) -> Value {
    let mut events = Vec::new();
    for (blocks, reason) in [(&selection.invalid, "invalid"), (&selection.overlimit, "overlimit")] {
        if !blocks.is_empty() {
            events.push(json!({ "suffix": "removed", "reason": reason }));
        }
    }
    if !selection.added.is_empty() {
        events.push(json!({ "suffix": "assigned" }));
    }
    Value::Array(events)
}

fn invariants(row: &Value, compared: &mut Row<'_>) -> anyhow::Result<()> {
    let (id, expect) = (text(row, "case")?, &row["expect"]);
    let (pool, stored) = (tokens(row, "pool")?, tokens(row, "selected")?);
    let count = row["max_count"].as_i64().context("max_count")?;
    let may_add: HashSet<&str> = tokens(expect, "added_subset_of")?.into_iter().collect();
    let may_drop: HashSet<&str> = tokens(expect, "overlimit_subset_of")?.into_iter().collect();
    let nothing = HashSet::new();
    for learner in 0..LEARNERS {
        let seed = seed(b"any secret", &learner.to_string(), id, 0);
        let input = SelectInput {
            pool: &pool,
            stored: &stored,
            count,
            shuffle: true,
            seen: &nothing,
            has_state: &nothing,
            seed: &seed,
        };
        let selection = select(&input);
        let got = json!({
            "added_count": selection.added.len(),
            "final_count": selection.selected.len(),
            "invalid": selection.invalid,
            "overlimit_count": selection.overlimit.len(),
            "events": events(&selection),
        });
        for member in ["added_count", "final_count", "invalid", "overlimit_count", "events"] {
            if expect[member] != got[member] {
                compared.differs(format!("{id} {member}"), &expect[member], &got[member]);
            }
        }
        for (member, blocks, allowed) in [
            ("added_subset_of", &selection.added, &may_add),
            ("overlimit_subset_of", &selection.overlimit, &may_drop),
        ] {
            if !blocks.iter().all(|block| allowed.contains(block)) {
                compared.differs(format!("{id} {member}"), &expect[member], json!(blocks));
            }
        }
        if expect["order_unchanged"] == true && selection.selected != stored {
            compared.differs(format!("{id} order_unchanged"), json!(stored), json!(selection.selected));
        }
    }
    Ok(())
}

/// Compares every row of the three kinds.
pub(super) fn run(file: &Path, _: &Options) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    for row in json_lines(file)? {
        let mut compared = outcome.row();
        match text(&row, "kind")? {
            "deterministic" => deterministic(&row, &mut compared)?,
            "group" => group(&row, &mut compared)?,
            "upstream_invariants" => invariants(&row, &mut compared)?,
            other => bail!("there are no rows of the kind {other:?}"),
        }
    }
    Ok(outcome)
}
