//! The draw of a whole group for one learner (unit-composition §6).

use std::collections::{HashMap, HashSet};

use opaque_keys::UsageKey;

use crate::{
    drawing::{Drawing, Drawn, NeedsState, StoredDraw, avoided, drawn},
    group::allocate_around,
    pool::Entry,
    prepared::{Group, Slot},
    selection::SelectInput,
};

/// A member that takes part, with what is stored of its draw.
struct Active<'p, 's> {
    slot: &'p Slot,
    stored: StoredDraw<'s>,
}

impl Drawing<'_> {
    /// Selects the blocks of all members of a group, in their order; `None` for members that are suspended.
    pub(crate) fn draw_group<'p, 's>(
        &self,
        group: &'p Group,
        stored: &dyn Fn(&UsageKey) -> StoredDraw<'s>,
    ) -> Result<Vec<Option<Drawn<'p>>>, NeedsState> {
        let mut active = Vec::with_capacity(group.members.len());
        let mut reserved: HashSet<&str> = HashSet::new();
        for member in &group.members {
            let stored = stored(&member.placed.usage);
            match &member.slot {
                Ok(slot) => active.push(Active { slot, stored }),
                Err(_) => reserved.extend(stored.selected.iter().map(String::as_str)),
            }
        }
        let drawn = match unchanged(&active, &reserved) {
            Some(shown) => {
                let as_stored = |entries| Drawn { entries, new: None, events: Vec::new() };
                shown.into_iter().map(as_stored).collect()
            }
            None => self.allocate(&active, &reserved)?,
        };
        let mut drawn = drawn.into_iter();
        Ok(group.members.iter().map(|member| member.slot.as_ref().ok().and_then(|_| drawn.next())).collect())
    }

    fn allocate<'p>(
        &self,
        active: &[Active<'p, '_>],
        reserved: &HashSet<&str>,
    ) -> Result<Vec<Drawn<'p>>, NeedsState> {
        let has_state = self.contested_with_state(active)?;
        let pools: Vec<Vec<&str>> = active.iter().map(|member| member.slot.pool.tokens().collect()).collect();
        let selected: Vec<Vec<&str>> =
            active.iter().map(|member| member.stored.selected.iter().map(String::as_str).collect()).collect();
        let seen: Vec<_> = active.iter().map(|member| avoided(member.slot, member.stored)).collect();
        let seeds: Vec<_> = active.iter().map(|member| self.seed(member.slot, member.stored)).collect();
        let inputs = active.iter().enumerate().map(|(at, member)| SelectInput {
            pool: &pools[at],
            stored: &selected[at],
            count: member.slot.count,
            shuffle: member.slot.shuffle,
            seen: &seen[at],
            has_state: &has_state[at],
            seed: &seeds[at],
        });
        let inputs: Vec<_> = inputs.collect();
        let results = allocate_around(&inputs, reserved);
        let drawn = active
            .iter()
            .zip(&results)
            .map(|(member, result)| drawn(member.slot, member.stored, &result.selection, &result.duplicate));
        Ok(drawn.collect())
    }

    /// Returns for each member those of its stored blocks that have state of the learner, where that decides
    /// who keeps a block or which ones go.
    fn contested_with_state<'s>(
        &self,
        active: &[Active<'_, 's>],
    ) -> Result<Vec<HashSet<&'s str>>, NeedsState> {
        let mut holders: HashMap<&str, usize> = HashMap::new();
        let kept: Vec<Vec<(&'s str, &Entry)>> = active
            .iter()
            .map(|member| {
                let mut met = HashSet::new();
                let tokens = member.stored.selected.iter().map(String::as_str);
                let kept = tokens.filter(|token| met.insert(*token));
                kept.filter_map(|token| Some((token, member.slot.pool.entry(token)?))).collect()
            })
            .collect();
        kept.iter().flatten().for_each(|(token, _)| *holders.entry(token).or_default() += 1);
        let mut needed = Vec::new();
        let mut all = Vec::with_capacity(active.len());
        for (member, kept) in active.iter().zip(&kept) {
            let is_over = usize::try_from(member.slot.count).is_ok_and(|count| kept.len() > count);
            let contested = kept.iter().filter(|(token, _)| is_over || holders[token] > 1);
            let contested = contested.map(|(token, entry)| (*token, member.slot.pool.state_keys(entry)));
            match self.touched {
                Some(touched) => all.push(
                    contested
                        .filter(|(_, keys)| keys.iter().any(|key| touched.contains(key)))
                        .map(|(token, _)| token)
                        .collect(),
                ),
                None => {
                    needed.extend(contested.flat_map(|(_, keys)| keys));
                    all.push(HashSet::new());
                }
            }
        }
        if needed.is_empty() { Ok(all) } else { Err(NeedsState(needed)) }
    }
}

/// Returns the stored blocks of all members when nothing about them changes: each is in its pool, nobody has
/// too many, no two have the same, and who has too few could only get what others have. That is so on all
/// visits but few, and needs neither chance nor a matching.
fn unchanged<'p>(active: &[Active<'p, '_>], reserved: &HashSet<&str>) -> Option<Vec<Vec<&'p Entry>>> {
    let mut held: HashSet<&str> = HashSet::new();
    let mut shown = Vec::with_capacity(active.len());
    for Active { slot, stored } in active {
        if usize::try_from(slot.count).is_ok_and(|count| stored.selected.len() > count) {
            return None;
        }
        let mut entries = Vec::with_capacity(stored.selected.len());
        for token in stored.selected {
            entries.push(slot.pool.entry(token)?);
            if !held.insert(token) {
                return None;
            }
        }
        shown.push(entries);
    }
    held.extend(reserved);
    let lacks_none = active.iter().zip(&shown).all(|(Active { slot, .. }, entries)| {
        let all = slot.pool.entries.len();
        let want = usize::try_from(slot.count).map_or(all, |count| count.min(all));
        entries.len() >= want || slot.pool.tokens().all(|token| held.contains(token))
    });
    lacks_none.then_some(shown)
}
