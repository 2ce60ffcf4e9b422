//! Learner state that is forgotten: anonymous learners and author previews.

mod report;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use opaque_keys::UsageKey;
use serde_json::Value;

use crate::{
    BlockChange, BlockResult, BlocksOf, Changes, Event, EventPage, EventQuery, Gather, LearnerError,
    LearnerId, LearnerRow, LearnerSelection, LearnerStore, Learners, Plan, StateSet,
};

/// How much an [`EphemeralState`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EphemeralLimits {
    /// Rows: one for the state of a block, for a selection, for the preferences of a block type, and for each
    /// user_info or summary value.
    pub entries: usize,
    /// Bytes of keys and values, roughly as long as their JSON.
    pub bytes: usize,
    /// Events; the oldest are dropped.
    pub events: usize,
}

impl Default for EphemeralLimits {
    fn default() -> Self {
        EphemeralLimits { entries: 50_000, bytes: 16 << 20, events: 1_000 }
    }
}

/// Keeps learner state in memory, within limits: the learner (or shared block summary) that was not used for
/// the longest time is forgotten as a whole. Otherwise it behaves as a database does.
#[derive(Debug, Default)]
pub struct EphemeralState {
    limits: EphemeralLimits,
    shelves: Mutex<Shelves>,
}

impl EphemeralState {
    /// Makes an empty store.
    pub fn new(limits: EphemeralLimits) -> Self {
        EphemeralState { limits, shelves: Mutex::default() }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Shelves) -> T) -> T {
        // Every change is swapped in whole, so a panic elsewhere leaves nothing half-done.
        work(&mut self.shelves.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whose state is kept and forgotten together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Owner {
    Learner(LearnerId),
    Summary(UsageKey),
}

/// The state of one owner.
#[derive(Debug, Default)]
struct Shelf {
    state: StateSet,
    size: Size,
    /// When it was used last, on the clock that counts uses.
    used: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Size {
    entries: usize,
    bytes: usize,
}

impl Size {
    fn add(&mut self, other: Size) {
        self.entries += other.entries;
        self.bytes += other.bytes;
    }

    fn fits(self, limits: &EphemeralLimits) -> bool {
        self.entries <= limits.entries && self.bytes <= limits.bytes
    }
}

#[derive(Debug, Default)]
struct Shelves {
    shelves: HashMap<Owner, Shelf>,
    /// Owners by last use, the longest unused first.
    by_use: BTreeMap<u64, Owner>,
    size: Size,
    uses: u64,
    events: VecDeque<(i64, Event)>,
    last_event: i64,
}

impl Shelves {
    /// Marks an owner's shelf as used and returns its state.
    fn touch(&mut self, owner: &Owner) -> Option<&StateSet> {
        self.uses += 1;
        let shelf = self.shelves.get_mut(owner)?;
        self.by_use.remove(&shelf.used);
        shelf.used = self.uses;
        self.by_use.insert(self.uses, owner.clone());
        Some(&shelf.state)
    }

    /// Returns the state of every learner there is.
    fn learners(&self) -> impl Iterator<Item = (&LearnerId, &StateSet)> {
        self.shelves.iter().filter_map(|(owner, shelf)| match owner {
            Owner::Learner(learner) => Some((learner, &shelf.state)),
            Owner::Summary(_) => None,
        })
    }

    /// Replaces an owner's state.
    fn put(&mut self, owner: Owner, state: StateSet, size: Size) {
        self.remove(&owner);
        self.uses += 1;
        self.by_use.insert(self.uses, owner.clone());
        self.shelves.insert(owner, Shelf { state, size, used: self.uses });
        self.size.add(size);
    }

    fn remove(&mut self, owner: &Owner) {
        if let Some(shelf) = self.shelves.remove(owner) {
            self.by_use.remove(&shelf.used);
            self.size.entries -= shelf.size.entries;
            self.size.bytes -= shelf.size.bytes;
        }
    }

    /// Forgets the owners unused for longest until the rest fits.
    fn shrink(&mut self, limits: &EphemeralLimits) {
        while !self.size.fits(limits) {
            let Some((_, owner)) = self.by_use.pop_first() else { return };
            self.remove(&owner);
        }
    }

    fn persist(
        &mut self,
        limits: &EphemeralLimits,
        learner: &LearnerId,
        changes: &Changes,
    ) -> Result<(), LearnerError> {
        let owner = Owner::Learner(learner.clone());
        let mut state = self.touch(&owner).cloned().unwrap_or_default();
        // The only times it can know are those it is told.
        let at = changes.at.unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
        let plan = changes.plan(learner, &state, at)?;
        let mut puts: HashMap<Owner, StateSet> = HashMap::new();
        for (block, field, value) in &plan.summary {
            let owner = Owner::Summary((*block).clone());
            let stored = || self.shelves.get(&owner).map(|shelf| shelf.state.clone()).unwrap_or_default();
            let state = puts.entry(owner.clone()).or_insert_with(stored);
            state.summary.entry((*block).clone()).or_default().insert((*field).to_owned(), (*value).clone());
        }
        let told: Vec<Event> = plan.events.iter().map(|event| Event::clone(event)).collect();
        apply(&mut state, plan);
        puts.insert(owner, state);

        // A learner of whom nothing is kept, only told, takes no place.
        let puts = puts.into_iter().map(|(owner, state)| {
            let size = weigh(&state);
            (owner, state, size)
        });
        let puts: Vec<(Owner, StateSet, Size)> = puts.filter(|(_, _, size)| size.entries > 0).collect();
        let mut total = Size::default();
        puts.iter().for_each(|(_, _, size)| total.add(*size));
        if !total.fits(limits) {
            return Err(LearnerError::TooLarge {
                key: learner.to_string(),
                size: total.bytes,
                limit: limits.bytes,
            });
        }
        for (owner, state, size) in puts {
            self.put(owner, state, size);
        }
        // The shelves just put are the last ones it would come to, and they fit.
        self.shrink(limits);
        for event in told {
            self.last_event += 1;
            self.events.push_back((self.last_event, event));
        }
        let surplus = self.events.len().saturating_sub(limits.events);
        self.events.drain(..surplus);
        Ok(())
    }
}

/// Applies a learner's own changes; summaries belong to other shelves.
fn apply(state: &mut StateSet, plan: Plan<'_>) {
    for planned in plan.blocks {
        state.blocks.insert(planned.block.clone(), planned.row);
    }
    for (block_type, field, value) in plan.preferences {
        state.preferences.entry(block_type.into()).or_default().insert(field.to_owned(), value.clone());
    }
    for (field, value) in plan.user_info {
        state.user_info.insert(field.to_owned(), value.clone());
    }
    for (reference, row) in plan.selections {
        state.selections.insert(reference.clone(), row);
    }
}

/// Returns how much a state counts towards the limits.
fn weigh(state: &StateSet) -> Size {
    let mut size = Size::default();
    let mut row = |bytes: usize| size.add(Size { entries: 1, bytes: bytes + ROW_BYTES });
    for (block, stored) in &state.blocks {
        row(block.as_str().len() + map_bytes(&stored.fields));
    }
    for (block, fields) in &state.summary {
        row(block.as_str().len() + map_bytes(fields));
    }
    for (block_type, fields) in &state.preferences {
        row(block_type.len() + map_bytes(fields));
    }
    for (field, value) in &state.user_info {
        row(field.len() + value_bytes(value));
    }
    for (reference, stored) in &state.selections {
        let tokens = stored.selected.iter().chain(&stored.seen).map(|token| token.len() + ROW_BYTES);
        row(reference.as_str().len() + tokens.sum::<usize>());
    }
    size
}

/// What a row or value takes besides its text.
const ROW_BYTES: usize = 32;

fn map_bytes(map: &serde_json::Map<String, Value>) -> usize {
    map.iter().map(|(key, value)| key.len() + value_bytes(value)).sum()
}

fn value_bytes(value: &Value) -> usize {
    ROW_BYTES
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(value_bytes).sum(),
            Value::Object(map) => map_bytes(map),
        }
}

#[async_trait]
impl LearnerStore for EphemeralState {
    async fn gather(&self, learner: &LearnerId, what: &Gather) -> Result<StateSet, LearnerError> {
        Ok(self.with(|shelves| {
            let mut found = StateSet::default();
            if let Some(state) = shelves.touch(&Owner::Learner(learner.clone())) {
                found.blocks = pick(&what.blocks, &state.blocks);
                found.preferences = pick(&what.types, &state.preferences);
                found.selections = pick(&what.selections, &state.selections);
                if what.user_info {
                    found.user_info = state.user_info.clone();
                }
            }
            for block in &what.blocks {
                if let Some(state) = shelves.touch(&Owner::Summary(block.clone())) {
                    found.summary.extend(state.summary.clone());
                }
            }
            found
        }))
    }

    async fn persist(&self, learner: &LearnerId, changes: &Changes) -> Result<(), LearnerError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.with(|shelves| shelves.persist(&self.limits, learner, changes))
    }

    async fn event_page(&self, query: &EventQuery) -> Result<EventPage, LearnerError> {
        Ok(self.with(|shelves| {
            let asked = shelves.events.iter().filter(|(number, event)| {
                *number > query.after
                    && query.name.as_ref().is_none_or(|name| *name == event.name)
                    && query.context.as_ref().is_none_or(|context| Some(context) == event.context.as_ref())
            });
            let events = asked.take(query.limit as usize).cloned().collect();
            EventPage::new(query, events, shelves.last_event)
        }))
    }

    async fn selected_by(
        &self,
        references: &[UsageKey],
    ) -> Result<HashMap<UsageKey, HashMap<String, u64>>, LearnerError> {
        Ok(self.with(|shelves| report::selected_by(shelves.learners(), references)))
    }

    async fn learners_with_state(&self, blocks: &[UsageKey]) -> Result<HashMap<UsageKey, u64>, LearnerError> {
        Ok(self.with(|shelves| report::with_state(shelves.learners(), blocks)))
    }

    async fn selections_of(
        &self,
        reference: &UsageKey,
        after: Option<&LearnerId>,
        limit: u32,
    ) -> Result<Vec<LearnerSelection>, LearnerError> {
        Ok(self.with(|shelves| report::selections_of(shelves.learners(), reference, after, limit)))
    }

    async fn results(
        &self,
        learners: &[LearnerId],
        blocks: BlocksOf<'_>,
    ) -> Result<Vec<BlockResult>, LearnerError> {
        Ok(self.with(|shelves| report::results(shelves.learners(), learners, blocks)))
    }

    async fn rows_of(&self, block: &UsageKey, of: Learners<'_>) -> Result<Vec<LearnerRow>, LearnerError> {
        Ok(self.with(|shelves| report::rows_of(shelves.learners(), block, of)))
    }

    async fn persist_each(&self, changes: &[BlockChange]) -> Result<Vec<LearnerId>, LearnerError> {
        self.with(|shelves| {
            // Whatever can fail is found before anything is written.
            let mut conflicts = Vec::new();
            for change in changes {
                let owner = Owner::Learner(change.learner().clone());
                let state = shelves.touch(&owner).cloned().unwrap_or_default();
                let at = change.changes().at.unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
                match change.changes().plan(change.learner(), &state, at) {
                    Ok(_) => {}
                    Err(LearnerError::Conflict(_)) => conflicts.push(change.learner().clone()),
                    Err(error) => return Err(error),
                }
            }
            for change in changes.iter().filter(|change| !conflicts.contains(change.learner())) {
                shelves.persist(&self.limits, change.learner(), change.changes())?;
            }
            Ok(conflicts)
        })
    }
}

/// Returns the entries of a map that were asked for.
fn pick<K: Clone + Eq + std::hash::Hash, V: Clone>(keys: &[K], map: &HashMap<K, V>) -> HashMap<K, V> {
    keys.iter().filter_map(|key| Some((key.clone(), map.get(key)?.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::StateWrite;

    fn learner(who: &str) -> LearnerId {
        LearnerId(who.into())
    }

    fn block(id: &str) -> UsageKey {
        format!("lb:Ex:lib:problem:{id}").parse().expect("usage key")
    }

    fn state(id: &str, text: &str) -> Changes {
        let fields = [("text".to_owned(), json!(text))].into_iter().collect();
        Changes { states: vec![StateWrite { block: block(id), fields, revision: 0 }], ..Changes::default() }
    }

    async fn has(store: &EphemeralState, who: &str, id: &str) -> bool {
        let what = Gather { blocks: vec![block(id)], ..Gather::default() };
        !store.gather(&learner(who), &what).await.expect("gather").blocks.is_empty()
    }

    fn limited(entries: usize, bytes: usize) -> EphemeralState {
        EphemeralState::new(EphemeralLimits { entries, bytes, events: 3 })
    }

    #[tokio::test]
    async fn the_learner_unused_for_longest_is_forgotten_as_a_whole() {
        let store = limited(4, 1 << 20);
        for (who, id) in [("a", "p1"), ("a", "p2"), ("b", "p1"), ("c", "p1")] {
            store.persist(&learner(who), &state(id, "x")).await.expect("persist");
        }
        assert!(has(&store, "a", "p1").await, "reading counts as use");
        store.persist(&learner("d"), &state("p1", "x")).await.expect("persist");
        assert!(!has(&store, "b", "p1").await);
        for (who, id) in [("a", "p1"), ("a", "p2"), ("c", "p1"), ("d", "p1")] {
            assert!(has(&store, who, id).await, "{who} lost {id}");
        }
        store.persist(&learner("e"), &state("p1", "x")).await.expect("persist");
        assert!(!has(&store, "a", "p1").await && !has(&store, "a", "p2").await);
    }

    #[tokio::test]
    async fn bytes_are_bounded_and_one_learner_cannot_push_out_the_others() {
        let store = limited(100, 2_000);
        store.persist(&learner("a"), &state("p1", &"x".repeat(800))).await.expect("persist");
        let error =
            store.persist(&learner("b"), &state("p1", &"x".repeat(3_000))).await.expect_err("too large");
        assert!(matches!(error, LearnerError::TooLarge { limit: 2_000, .. }), "{error}");
        assert!(has(&store, "a", "p1").await && !has(&store, "b", "p1").await);
        store.persist(&learner("b"), &state("p1", &"x".repeat(1_500))).await.expect("persist");
        assert!(!has(&store, "a", "p1").await && has(&store, "b", "p1").await);
    }

    #[tokio::test]
    async fn summaries_and_events_are_bounded_too() {
        let store = limited(2, 1 << 20);
        let event = |n: u32| Event {
            name: n.to_string(),
            learner: None,
            context: None,
            block: None,
            data: json!(null),
            at: time::OffsetDateTime::UNIX_EPOCH,
        };
        for n in 1..=5 {
            let summary = vec![(block(&format!("p{n}")), "votes".to_owned(), json!(n))];
            let changes = Changes { summary, events: vec![event(n)], ..Changes::default() };
            store.persist(&learner("a"), &changes).await.expect("persist");
        }
        let what = Gather { blocks: (1..=5).map(|n| block(&format!("p{n}"))).collect(), ..Gather::default() };
        let set = store.gather(&learner("b"), &what).await.expect("gather");
        let mut left: Vec<_> = set.summary.keys().map(UsageKey::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["lb:Ex:lib:problem:p4", "lb:Ex:lib:problem:p5"]);
        let shelves = store.with(|shelves| shelves.shelves.len());
        assert_eq!(shelves, 2, "learners without state take no place");
        let events = store.events(0, 10).await.expect("events");
        assert_eq!(events.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!(store.events(4, 10).await.expect("events").len(), 1);
    }

    #[tokio::test]
    async fn what_is_counted_is_what_is_kept() {
        let store = limited(6, 1_500);
        for n in 0..200_u32 {
            let (who, id) = (format!("l{}", n % 7), format!("p{}", n % 3));
            // A conflict is no matter here: the rows were written before.
            let _ = store.persist(&learner(&who), &state(&id, &"x".repeat(n as usize % 90))).await;
            store.with(|shelves| {
                let mut total = Size::default();
                shelves.shelves.values().for_each(|shelf| total.add(weigh(&shelf.state)));
                assert_eq!((shelves.size.entries, shelves.size.bytes), (total.entries, total.bytes));
                assert_eq!(shelves.by_use.len(), shelves.shelves.len());
                assert!(total.fits(&store.limits));
            });
        }
        assert!(store.with(|shelves| !shelves.shelves.is_empty()));
    }
}
