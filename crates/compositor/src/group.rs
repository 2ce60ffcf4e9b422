//! Reference groups: no block is shown twice by the references of one group (unit-composition §6).

use std::collections::{HashMap, HashSet};

use crate::selection::{Changes, Draw, SelectInput, Selection};

/// What one member of a group shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemberSelection<'a> {
    /// The blocks, and what changed.
    pub selection: Selection<'a>,
    /// Blocks it showed that stay with another member, ordered by block type, then by id.
    pub duplicate: Vec<&'a str>,
    /// How many blocks it lacks; 0 for members that take what is left.
    pub short: usize,
}

/// Allocates blocks to all members of a group at once. Members come in the order of the course document, and
/// so do the answers.
///
/// Blocks a member shows stay with it. Free slots are filled by a maximum matching, so that a member with
/// a large pool does not starve a later one with a small pool.
pub fn allocate<'a>(members: &[SelectInput<'a>]) -> Vec<MemberSelection<'a>> {
    allocate_around(members, &HashSet::new())
}

/// As [`allocate`], without drawing blocks that are `reserved`: those of members whose library is missing, to
/// whom they come back with it. A member that shows one of them keeps it until then.
pub fn allocate_around<'a>(
    members: &[SelectInput<'a>],
    reserved: &HashSet<&'a str>,
) -> Vec<MemberSelection<'a>> {
    let mut draws: Vec<Draw<'a>> = members.iter().map(Draw::new).collect();
    let (mut kept, mut changes): (Vec<_>, Vec<_>) = draws
        .iter()
        .map(|draw| {
            let (kept, invalid) = draw.keep();
            (kept, Changes { invalid, ..Changes::default() })
        })
        .unzip();
    resolve_duplicates(members, &draws, &mut kept, &mut changes);
    for ((draw, kept), changes) in draws.iter_mut().zip(&mut kept).zip(&mut changes) {
        changes.overlimit = draw.drop_overlimit(kept);
    }
    fill(members, reserved, &mut draws, &kept, &mut changes);
    let answers = members.iter().zip(draws).zip(kept.into_iter().zip(changes));
    answers
        .map(|((member, draw), (kept, changes))| {
            let duplicate = draw.names_by_type(changes.duplicate.clone());
            let selection = draw.finish(kept, changes);
            let short = usize::try_from(member.count).unwrap_or(0).saturating_sub(selection.selected.len());
            MemberSelection { selection, duplicate, short }
        })
        .collect()
}

/// Leaves a block that several members show with the first of them that has state of the learner on it, or
/// with the first.
fn resolve_duplicates<'a>(
    members: &[SelectInput<'a>],
    draws: &[Draw<'a>],
    kept: &mut [Vec<usize>],
    changes: &mut [Changes<'a>],
) {
    let mut owners: HashMap<&'a str, (usize, bool)> = HashMap::new();
    for (member, blocks) in kept.iter().enumerate() {
        for &block in blocks {
            let name = draws[member].pool[block];
            let has_state = members[member].has_state.contains(name);
            let owner = owners.entry(name).or_insert((member, has_state));
            if has_state && !owner.1 {
                *owner = (member, true);
            }
        }
    }
    for (member, blocks) in kept.iter_mut().enumerate() {
        let is_own =
            |block: &usize| owners.get(draws[member].pool[*block]).is_some_and(|&(owner, _)| owner == member);
        (*blocks, changes[member].duplicate) = std::mem::take(blocks).into_iter().partition(is_own);
    }
}

/// Gives the members the blocks they show beyond those they keep.
fn fill<'a>(
    members: &[SelectInput<'a>],
    reserved: &HashSet<&'a str>,
    draws: &mut [Draw<'a>],
    kept: &[Vec<usize>],
    changes: &mut [Changes<'a>],
) {
    let missing: Vec<usize> =
        draws.iter().zip(kept).map(|(draw, kept)| draw.want().saturating_sub(kept.len())).collect();
    let mut blocks = Numbers::default();
    for (draw, kept) in draws.iter().zip(kept) {
        kept.iter().for_each(|&block| _ = blocks.number(draw.pool[block]));
    }
    reserved.iter().for_each(|block| _ = blocks.number(block));
    let taken = blocks.len();
    // Members that lack nothing get nothing, so nothing can be moved away from them either.
    let candidates = draws
        .iter_mut()
        .zip(&missing)
        .map(|(draw, missing)| match missing {
            0 => Vec::new(),
            _ => {
                let numbers: Vec<usize> = draw.pool.iter().map(|name| blocks.number(name)).collect();
                let free = draw.candidates(|block| numbers[block] < taken);
                free.into_iter().map(|block| Candidate { block, number: numbers[block] }).collect()
            }
        })
        .collect();
    let mut matching = Matching::new(candidates, blocks.len());
    for member in (0..members.len()).filter(|&member| members[member].count >= 0) {
        (0..missing[member]).all(|_| matching.augment(member));
    }
    for member in (0..members.len()).filter(|&member| members[member].count < 0) {
        matching.take_rest(member);
    }
    for (member, changes) in changes.iter_mut().enumerate() {
        let own = |candidate: &&Candidate| matching.owners[candidate.number] == Some(member);
        changes.added =
            matching.candidates[member].iter().filter(own).map(|candidate| candidate.block).collect();
    }
}

/// Numbers for the blocks of all pools together.
#[derive(Default)]
struct Numbers<'a>(HashMap<&'a str, usize>);

impl<'a> Numbers<'a> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn number(&mut self, name: &'a str) -> usize {
        let next = self.0.len();
        *self.0.entry(name).or_insert(next)
    }
}

/// A block a member can get.
struct Candidate {
    /// Its place in the member's pool.
    block: usize,
    /// Its number among the blocks of all pools.
    number: usize,
}

/// A bipartite matching of free blocks to members that grows by augmenting paths.
struct Matching {
    /// For each member the blocks it can get, the first to draw first.
    candidates: Vec<Vec<Candidate>>,
    /// For each block, by number, the member that gets it.
    owners: Vec<Option<usize>>,
    /// For each block the search that looked at it last.
    visited: Vec<usize>,
    searches: usize,
}

/// A member that looks for a block, and how far it has looked.
struct Search {
    member: usize,
    next: usize,
}

impl Matching {
    fn new(candidates: Vec<Vec<Candidate>>, blocks: usize) -> Self {
        Matching { candidates, owners: vec![None; blocks], visited: vec![0; blocks], searches: 0 }
    }

    /// Gives a member one more block, moving blocks of others if need be. Depth first, with a stack of its own
    /// because a path may be as long as there are blocks.
    fn augment(&mut self, member: usize) -> bool {
        self.searches += 1;
        let mut path = vec![Search { member, next: 0 }];
        while let Some(search) = path.last_mut() {
            let Some(&Candidate { number, .. }) = self.candidates[search.member].get(search.next) else {
                path.pop();
                continue;
            };
            search.next += 1;
            if self.visited[number] == self.searches || self.owners[number] == Some(search.member) {
                continue;
            }
            self.visited[number] = self.searches;
            match self.owners[number] {
                Some(owner) => path.push(Search { member: owner, next: 0 }),
                None => {
                    self.assign(&path);
                    return true;
                }
            }
        }
        false
    }

    /// Gives every member on the path the block it looked at last.
    fn assign(&mut self, path: &[Search]) {
        for search in path {
            let Candidate { number, .. } = self.candidates[search.member][search.next - 1];
            self.owners[number] = Some(search.member);
        }
    }

    fn take_rest(&mut self, member: usize) {
        for candidate in &self.candidates[member] {
            self.owners[candidate.number].get_or_insert(member);
        }
    }
}
