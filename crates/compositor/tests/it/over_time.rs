//! Ten thousand steps in the life of a course: learners visit, work and draw again while authors change counts,
//! pools, versions and groups. What unit-composition §5 and §6 promise is checked after every visit, with a
//! model of its own.

use std::collections::{BTreeSet, HashMap, HashSet};

use compositor::{Composed, Outcome};
use opaque_keys::UsageKey;

use crate::world::{Draws, World, as_stored, compose, store};

const STEPS: usize = 10_000;
const LEARNERS: usize = 6;
/// The blocks of the library at its versions 1, 2, …
const VERSIONS: [&str; 4] = ["abcdefgh", "abcdefghijkl", "cdefghij", "ab"];
/// A version that is not there: the library is away.
const AWAY: usize = 99;
/// References in each of the two units.
const IN_UNIT: usize = 3;
const REFERENCES: usize = 2 * IN_UNIT;

/// Split-mix: the same numbers in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((number ^ (number >> 31)) % limit as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// A reference as its author set it.
#[derive(Clone)]
struct Setting {
    version: usize,
    count: i64,
    shuffle: bool,
    group: &'static str,
    /// The blocks picked by hand; all if none are.
    picked: &'static str,
}

impl Setting {
    fn is_active(&self) -> bool {
        self.version != AWAY && self.count != 0
    }

    fn pool(&self) -> Vec<String> {
        let all = VERSIONS[self.version - 1];
        let ids = if self.picked.is_empty() { all } else { self.picked };
        ids.chars().filter(|id| all.contains(*id)).map(|id| format!("lb:O:L:problem:{id}")).collect()
    }

    fn olx(&self, at: usize) -> String {
        let Setting { version, count, shuffle, group, picked } = self;
        let picked: Vec<String> = picked.chars().map(|id| format!("\"problem:{id}\"")).collect();
        format!(
            "<random_lib_ref url_name='r{at}' library_key='lib:O:L' library_version='{version}' count='{count}' \
             shuffle='{shuffle}' group='{group}' blocks='[{}]'/>",
            picked.join(",")
        )
    }

    fn change(&mut self, chance: &mut Chance) {
        match chance.below(6) {
            0 | 1 => self.count = chance.of(&[-1, 0, 1, 1, 2, 2, 3, 4, 6]),
            2 => self.version = chance.of(&[1, 2, 3, 4, AWAY]),
            3 => self.group = chance.of(&["", "one", "one", "two"]),
            4 => self.picked = chance.of(&["", "", "abc", "ghabc", "d", "z"]),
            _ => self.shuffle = chance.below(3) > 0,
        }
    }
}

struct Course {
    world: World,
    version: u32,
    settings: Vec<Setting>,
}

impl Course {
    fn publish(&mut self) {
        self.version += 1;
        let olx: Vec<String> =
            self.settings.iter().enumerate().map(|(at, setting)| setting.olx(at)).collect();
        let (first, second) = olx.split_at(IN_UNIT);
        self.world.course(
            self.version,
            &format!(
                "<chapter url_name='c'><sequential url_name='s'><vertical url_name='u0'>{}</vertical>\
                 <vertical url_name='u1'>{}</vertical></sequential></chapter>",
                first.concat(),
                second.concat()
            ),
        );
    }

    /// Returns the references whose rows a visit to a unit may change: alone, or with their groups.
    fn parties(&self, unit: usize) -> Vec<Vec<usize>> {
        let in_unit = |at: usize| at / IN_UNIT == unit;
        let alone = (0..REFERENCES).filter(|&at| in_unit(at) && self.settings[at].group.is_empty());
        let mut parties: Vec<Vec<usize>> = alone.map(|at| vec![at]).collect();
        let groups: BTreeSet<&str> =
            (0..REFERENCES).filter(|&at| in_unit(at)).map(|at| self.settings[at].group).collect();
        for group in groups.into_iter().filter(|group| !group.is_empty()) {
            parties.push((0..REFERENCES).filter(|&at| self.settings[at].group == group).collect());
        }
        parties
    }
}

fn reference(at: usize) -> UsageKey {
    format!("block-v1:edX+UseLib+1+type@random_lib_ref+block@r{at}").parse().unwrap()
}

fn unit(at: usize) -> String {
    format!("block-v1:edX+UseLib+1+type@vertical+block@u{at}")
}

#[derive(Default)]
struct Learner {
    draws: Draws,
    touched: HashSet<UsageKey>,
}

impl Learner {
    fn selected(&self, at: usize) -> Vec<String> {
        self.draws.get(&reference(at)).map_or_else(Vec::new, |draw| draw.selected.clone())
    }

    fn worked_on(&self, at: usize, token: &str) -> bool {
        let key = format!(
            "lb-ref:L:problem:{}:edX+UseLib+1+type@random_lib_ref+block@r{at}",
            &token[token.len() - 1..]
        );
        self.touched.contains(&key.parse::<UsageKey>().unwrap())
    }
}

/// How many of these slots can be filled, each with one of its blocks and no block twice.
fn most(slots: &[Vec<&String>]) -> usize {
    fn fill<'a>(
        slot: usize,
        slots: &[Vec<&'a String>],
        owner: &mut HashMap<&'a String, usize>,
        met: &mut HashSet<&'a String>,
    ) -> bool {
        for &block in &slots[slot] {
            if !met.insert(block) {
                continue;
            }
            let free = match owner.get(block).copied() {
                None => true,
                Some(other) => fill(other, slots, owner, met),
            };
            if free {
                owner.insert(block, slot);
                return true;
            }
        }
        false
    }
    let mut owner = HashMap::new();
    (0..slots.len()).filter(|&slot| fill(slot, slots, &mut owner, &mut HashSet::new())).count()
}

/// Checks what a visit made of the members of a group, or of a reference alone.
fn check(course: &Course, members: &[usize], before: &Learner, after: &Learner, step: usize) {
    let (active, away): (Vec<usize>, Vec<usize>) =
        members.iter().partition(|&&at| course.settings[at].is_active());
    for &at in &away {
        assert_eq!(before.draws.get(&reference(at)), after.draws.get(&reference(at)), "{step}: suspended");
    }
    let reserved: HashSet<String> = away.iter().flat_map(|&at| before.selected(at)).collect();
    let pools: Vec<Vec<String>> = active.iter().map(|&at| course.settings[at].pool()).collect();
    let shown: Vec<Vec<String>> = active.iter().map(|&at| after.selected(at)).collect();
    let mut everything = HashSet::new();
    for (pool, shown) in pools.iter().zip(&shown) {
        for token in shown {
            assert!(pool.contains(token), "{step}: {token} is in the pool");
            assert!(everything.insert(token.clone()), "{step}: {token} is shown once");
        }
    }

    // Who keeps what: the first member that worked on a block, else the first that has it.
    let stored: Vec<Vec<String>> = active.iter().map(|&at| before.selected(at)).collect();
    let holds =
        |member: usize, token: &String| stored[member].contains(token) && pools[member].contains(token);
    let keeps = |member: usize, token: &String| {
        let holders = || (0..active.len()).filter(|&other| holds(other, token));
        let worked = holders().find(|&other| before.worked_on(active[other], token));
        worked.or_else(|| holders().next()) == Some(member)
    };
    let kept: Vec<Vec<&String>> = (0..active.len())
        .map(|member| {
            stored[member].iter().filter(|token| holds(member, token) && keeps(member, token)).collect()
        })
        .collect();
    let mut survivors: Vec<Vec<&String>> = Vec::new();
    for (member, &at) in active.iter().enumerate() {
        let left: Vec<&String> = shown[member].iter().filter(|token| kept[member].contains(token)).collect();
        let want = usize::try_from(course.settings[at].count).unwrap_or(usize::MAX);
        assert!(shown[member].len() <= want, "{step}: never more than configured");
        if kept[member].len() <= want {
            assert_eq!(left.len(), kept[member].len(), "{step}: what is kept stays");
        } else {
            assert_eq!(left.len(), want, "{step}: only what is too much goes");
            let goes = kept[member].iter().filter(|token| !left.contains(token));
            let lost_work = goes.filter(|token| before.worked_on(at, token)).count();
            let idle = left.iter().filter(|token| !before.worked_on(at, token)).count();
            assert!(lost_work == 0 || idle == 0, "{step}: untouched blocks go first");
        }
        if course.settings[at].shuffle {
            let order: Vec<&&String> = kept[member].iter().filter(|token| left.contains(token)).collect();
            assert_eq!(left.iter().collect::<Vec<_>>(), order, "{step}: in the order they had");
        } else if shown[member] != stored[member] {
            let places: Vec<_> = shown[member]
                .iter()
                .map(|token| pools[member].iter().position(|other| other == token))
                .collect();
            assert!(places.is_sorted(), "{step}: in the order of the pool");
        }
        survivors.push(left);
    }

    // Free slots are filled as far as any allocation could.
    let taken: HashSet<&String> = survivors.iter().flatten().copied().chain(&reserved).collect();
    let (mut slots, mut filled) = (Vec::new(), 0);
    for (member, &at) in active.iter().enumerate() {
        let Ok(count) = usize::try_from(course.settings[at].count) else { continue };
        let free: Vec<&String> = pools[member].iter().filter(|token| !taken.contains(token)).collect();
        slots.extend(std::iter::repeat_n(free, count - survivors[member].len()));
        filled += shown[member].len() - survivors[member].len();
    }
    assert_eq!(filled, most(&slots), "{step}: as many slots are filled as can be");
    for (member, _) in active.iter().enumerate().filter(|(_, at)| course.settings[**at].count < 0) {
        let missed =
            pools[member].iter().find(|token| !everything.contains(*token) && !reserved.contains(*token));
        assert_eq!(missed, None, "{step}: who shows all shows what nobody has");
    }
}

/// Checks that what is written and told is what changed.
fn check_writes(composed: &Composed, before: &Learner, after: &Learner, step: usize) {
    let written: HashSet<_> = composed.changed.iter().map(|draw| draw.reference.clone()).collect();
    assert_eq!(written.len(), composed.changed.len());
    let told: HashSet<_> = composed.events.iter().map(|event| event.reference.clone()).collect();
    assert_eq!(written, told, "{step}: what is written is told, and nothing else");
    assert!(composed.based_on.iter().all(|read| !written.contains(read)));
    for draw in &composed.changed {
        let old = before.draws.get(&draw.reference);
        let old_len = old.map_or(0, |old| old.selected.len());
        assert_eq!(old.map_or(0, |old| old.epoch), draw.epoch);
        let mut events = composed.events.iter().filter(|event| event.reference == draw.reference);
        assert_eq!(events.clone().next().unwrap().data["previous_count"], old_len);
        assert!(events.all(|event| event.data["result"].as_array().unwrap().len() == draw.selected.len()));
    }
    for (key, draw) in &after.draws {
        assert!(written.contains(key) || before.draws.get(key) == Some(draw));
    }
}

async fn visit(course: &Course, learner: &mut Learner, name: &str, at: usize, step: usize) -> Composed {
    let plan = course.world.plan(&unit(at)).await;
    let composed_with = |draws: &Draws, touched: &HashSet<UsageKey>| match compose(&plan, name, draws, None) {
        Outcome::Ready(composed) => composed,
        Outcome::NeedsState(asked) => {
            let known = asked.into_iter().filter(|key| touched.contains(key)).collect();
            match compose(&plan, name, draws, Some(&known)) {
                Outcome::Ready(composed) => composed,
                Outcome::NeedsState(_) => panic!("{step}: everything is known"),
            }
        }
    };
    let before = Learner { draws: learner.draws.clone(), touched: learner.touched.clone() };
    let composed = composed_with(&learner.draws, &learner.touched);
    assert_eq!(
        composed_with(&learner.draws, &learner.touched).changed,
        composed.changed,
        "{step}: racers agree"
    );
    store(&mut learner.draws, &composed);
    let parties = course.parties(at);
    parties.iter().for_each(|members| check(course, members, &before, learner, step));
    let concerned: HashSet<UsageKey> = parties.into_iter().flatten().map(reference).collect();
    assert!(composed.changed.iter().all(|draw| concerned.contains(&draw.reference)), "{step}: nobody else");
    check_writes(&composed, &before, learner, step);
    let again = composed_with(&learner.draws, &learner.touched);
    assert!(again.changed.is_empty() && again.events.is_empty(), "{step}: the next visit changes nothing");
    let here = (at * IN_UNIT..(at + 1) * IN_UNIT).filter(|&at| course.settings[at].is_active());
    let expected: Vec<String> = here.flat_map(|at| learner.selected(at)).collect();
    let page: Vec<String> =
        composed.root.children.iter().map(|block| block.node().usage.to_string()).collect();
    assert_eq!(page, expected, "{step}: the page shows its slices");
    *composed
}

#[tokio::test]
async fn promises_hold_over_ten_thousand_steps() {
    let mut chance = Chance(2026);
    let setting = Setting { version: 1, count: 2, shuffle: true, group: "one", picked: "" };
    let mut course = Course { world: World::new(), version: 0, settings: vec![setting; REFERENCES] };
    for (number, ids) in (1..).zip(VERSIONS) {
        let files: Vec<_> = ids.chars().map(|id| format!("problem/{id}")).collect();
        let files: Vec<_> = files.iter().map(|path| (path.as_str(), "<problem/>")).collect();
        course.world.library("lib:O:L", 2, number, &files);
    }
    course.publish();
    let mut learners: Vec<Learner> = (0..LEARNERS).map(|_| Learner::default()).collect();
    let (mut drawn, mut duplicates) = (0, 0);
    for step in 0..STEPS {
        let who = chance.below(LEARNERS);
        let at = chance.below(2);
        match chance.below(20) {
            0..=2 => {
                course.settings[chance.below(REFERENCES)].change(&mut chance);
                course.publish();
            }
            3..=4 => {
                let reference = reference(chance.below(REFERENCES));
                if let Some(draw) = learners[who].draws.get(&reference) {
                    let reset = as_stored(draw).reset(&reference);
                    learners[who].draws.insert(reference, reset);
                }
            }
            action => {
                let composed = visit(&course, &mut learners[who], &format!("learner-{who}"), at, step).await;
                drawn += usize::from(!composed.changed.is_empty());
                duplicates +=
                    composed.events.iter().filter(|event| event.data["reason"] == "duplicate").count();
                if action < 8 && !composed.root.children.is_empty() {
                    let block = &composed.root.children[chance.below(composed.root.children.len())];
                    learners[who].touched.insert(block.usage.clone());
                }
            }
        }
    }
    assert!(
        drawn > 1_000 && duplicates > 100,
        "{drawn} draws and {duplicates} duplicates are enough to tell"
    );
}
