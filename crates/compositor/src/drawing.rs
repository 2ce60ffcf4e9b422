//! From a stored draw to the blocks shown, with what is to be stored and told.

use std::collections::HashSet;

use learning_context::NodeId;
use opaque_keys::UsageKey;
use serde_json::{Value, json};

use crate::{
    DrawEvent, NewDraw, draw,
    pool::{Entry, Pool},
    prepared::Slot,
    selection::{SelectInput, Selection, select},
    token_usage,
};

/// What is stored of one learner's draw at one reference.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoredDraw<'a> {
    /// Tokens in display order.
    pub selected: &'a [String],
    /// Tokens shown to this learner before.
    pub seen: &'a [String],
    /// Number of resets.
    pub epoch: u32,
}

impl StoredDraw<'_> {
    /// Returns what is stored after the learner asked for another draw; the next composition draws it.
    pub fn reset(&self, reference: &UsageKey) -> NewDraw {
        NewDraw {
            reference: reference.clone(),
            selected: Vec::new(),
            seen: union(self.seen, self.selected.iter().map(String::as_str)),
            epoch: self.epoch.saturating_add(1),
        }
    }
}

/// Who draws.
pub(crate) struct Drawing<'a> {
    pub(crate) learner: &'a str,
    pub(crate) secret: &'a [u8],
    /// Blocks with learner state, as far as known.
    pub(crate) touched: Option<&'a HashSet<UsageKey>>,
}

/// What one learner sees of a slot.
pub(crate) struct Drawn<'p> {
    pub(crate) entries: Vec<&'p Entry>,
    pub(crate) new: Option<NewDraw>,
    pub(crate) events: Vec<DrawEvent>,
}

/// The blocks whose learner state decides which of them are dropped.
pub(crate) struct NeedsState(pub(crate) Vec<UsageKey>);

impl Drawing<'_> {
    /// Selects the blocks of a slot.
    pub(crate) fn draw<'p>(&self, slot: &'p Slot, stored: StoredDraw<'_>) -> Result<Drawn<'p>, NeedsState> {
        if let Some(entries) = unchanged(slot, stored.selected) {
            return Ok(Drawn { entries, new: None, events: Vec::new() });
        }
        let has_state = self.tokens_with_state(slot, stored.selected)?;
        let tokens: Vec<&str> = slot.pool.tokens().collect();
        let selected: Vec<&str> = stored.selected.iter().map(String::as_str).collect();
        let (seen, seed) = (avoided(slot, stored), self.seed(slot, stored));
        let selection = select(&SelectInput {
            pool: &tokens,
            stored: &selected,
            count: slot.count,
            shuffle: slot.shuffle,
            seen: &seen,
            has_state: &has_state,
            seed: &seed,
        });
        Ok(drawn(slot, stored, &selection, &[]))
    }

    /// Returns the source of chance of a slot.
    pub(crate) fn seed(&self, slot: &Slot, stored: StoredDraw<'_>) -> draw::Seed {
        draw::seed(self.secret, self.learner, slot.usage.as_str(), u64::from(stored.epoch))
    }

    /// Returns the stored tokens that have state. Only asked for where some must be dropped.
    fn tokens_with_state<'s>(
        &self,
        slot: &Slot,
        stored: &'s [String],
    ) -> Result<HashSet<&'s str>, NeedsState> {
        let kept = stored.iter().filter_map(|token| Some((token, slot.pool.entry(token)?)));
        let kept: Vec<_> = kept.collect();
        if usize::try_from(slot.count).map_or(true, |count| kept.len() <= count) {
            return Ok(HashSet::new());
        }
        let keyed = kept.iter().map(|(token, entry)| (token.as_str(), slot.pool.state_keys(entry)));
        match self.touched {
            Some(touched) => Ok(keyed
                .filter(|(_, keys)| keys.iter().any(|key| touched.contains(key)))
                .map(|(token, _)| token)
                .collect()),
            None => Err(NeedsState(keyed.flat_map(|(_, keys)| keys).collect())),
        }
    }
}

/// Returns the blocks a slot draws only when no others are left.
pub(crate) fn avoided<'s>(slot: &Slot, stored: StoredDraw<'s>) -> HashSet<&'s str> {
    if slot.avoid_seen { stored.seen.iter().map(String::as_str).collect() } else { HashSet::new() }
}

/// Returns what comes of a selection; `duplicate` are blocks that stay with another member of the group.
pub(crate) fn drawn<'p>(
    slot: &'p Slot,
    stored: StoredDraw<'_>,
    selection: &Selection<'_>,
    duplicate: &[&str],
) -> Drawn<'p> {
    let entries = selection.selected.iter().filter_map(|token| slot.pool.entry(token)).collect();
    if !selection.changed {
        return Drawn { entries, new: None, events: Vec::new() };
    }
    let gone = selection.invalid.iter().chain(duplicate).chain(&selection.overlimit).copied();
    let new = NewDraw {
        reference: slot.usage.clone(),
        selected: selection.selected.iter().map(|token| (*token).to_owned()).collect(),
        seen: union(stored.seen, gone),
        epoch: stored.epoch,
    };
    Drawn { entries, new: Some(new), events: events(slot, selection, duplicate, stored) }
}

/// Returns the stored blocks when they are exactly as many as wanted, each once and all in the pool: the
/// common case, which needs no chance.
fn unchanged<'p>(slot: &'p Slot, stored: &[String]) -> Option<Vec<&'p Entry>> {
    let pool = &slot.pool;
    let all = pool.entries.len();
    let want = usize::try_from(slot.count).map_or(all, |count| count.min(all));
    if stored.len() != want {
        return None;
    }
    let mut entries = Vec::with_capacity(want);
    let mut met = HashSet::with_capacity(want);
    for token in stored {
        let entry = pool.entry(token)?;
        if !met.insert(entry.node) {
            return None;
        }
        entries.push(entry);
    }
    Some(entries)
}

fn union<'a>(seen: &[String], more: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut all: Vec<String> = seen.to_vec();
    let mut met: HashSet<String> = seen.iter().cloned().collect();
    all.extend(more.map(str::to_owned).filter(|token| met.insert(token.clone())));
    all
}

/// Returns the events of a change, in the order of unit-composition §11. All name the blocks selected now;
/// each says how many were selected before it.
fn events(
    slot: &Slot,
    selection: &Selection<'_>,
    duplicate: &[&str],
    stored: StoredDraw<'_>,
) -> Vec<DrawEvent> {
    let block_type = slot.usage.block_type().unwrap_or_default();
    let family = if block_type == "itembank" { "itembankblock" } else { "librarycontentblock" };
    let blocks = |tokens: &[&str]| -> Vec<Value> {
        tokens.iter().map(|token| block_json(&slot.pool, &slot.usage, token)).collect()
    };
    let result = blocks(&selection.selected);
    let mut previous = stored.selected.len();
    let mut events = Vec::new();
    let mut tell = |what: &str, key: &str, tokens: &[&str], reason: Option<&str>| {
        if tokens.is_empty() {
            return;
        }
        let mut data = json!({
            "location": slot.usage.as_str(),
            "result": result,
            "previous_count": previous,
            "max_count": slot.count,
        });
        data[key] = blocks(tokens).into();
        if let Some(reason) = reason {
            data["reason"] = reason.into();
        }
        if let Some(origin) = &slot.pool.origin {
            data["reference"] = slot.usage.as_str().into();
            data["library_version"] = origin.version.into();
            data["group"] = (*slot.group).into();
            data["epoch"] = stored.epoch.into();
        }
        let name = format!("edx.{family}.content.{what}");
        events.push(DrawEvent { name, reference: slot.usage.clone(), data });
        previous = selection.selected.len();
    };
    tell("removed", "removed", &selection.invalid, Some("invalid"));
    tell("removed", "removed", duplicate, Some("duplicate"));
    tell("removed", "removed", &selection.overlimit, Some("overlimit"));
    tell("assigned", "added", &selection.added, None);
    events
}

/// Returns the blocks below a copy in a `library_content` block, parents first; other selecting blocks tell none.
fn descendants(pool: &Pool, slot: &UsageKey, token: &str) -> Vec<Value> {
    let entry = pool.entry(token).filter(|_| slot.block_type() == Some("library_content"));
    let mut pending: Vec<NodeId> = Vec::new();
    let mut met = HashSet::new();
    let mut found = Vec::new();
    let push = |pending: &mut Vec<NodeId>, id| pending.extend(pool.structure.node(id).children.iter().rev());
    entry.iter().for_each(|entry| push(&mut pending, entry.node));
    while let Some(id) = pending.pop() {
        if met.insert(id) {
            found.push(json!({ "usage_key": pool.structure.node(id).usage }));
            push(&mut pending, id);
        }
    }
    found
}

fn block_json(pool: &Pool, slot: &UsageKey, token: &str) -> Value {
    let usage = match pool.entry(token) {
        Some(entry) => pool.key(entry),
        None => token_usage(slot, token),
    };
    let mut block = json!({
        "usage_key": usage.as_ref().map_or(token, |usage| usage.as_str()),
        "descendants": descendants(pool, slot, token),
    });
    if let Some(origin) = &pool.origin {
        block["original_usage_key"] = token.into();
        block["original_usage_version"] = origin.version.into();
    }
    block
}
