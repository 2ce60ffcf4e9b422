//! Runs a program on a text, trying one way after the other, with a bound on the steps.

use super::MatchError;
use super::program::{Instruction, Program};
use super::tree::{At, Category, Set, lower};

/// Steps a search may take.
const MAX_STEPS: usize = 500_000;
/// Bits to remember what was tried, at most.
const MAX_TRIED: usize = 1 << 24;
/// A position that was not stored.
const NOWHERE: usize = usize::MAX;

/// What to do when a way fails.
enum Undo {
    /// Try another way.
    Branch { instruction: usize, at: usize },
    /// Forget a position.
    Restore { slot: usize, position: usize },
}

struct Run<'a> {
    program: &'a [Instruction],
    text: &'a [char],
    slots: Vec<usize>,
    undo: Vec<Undo>,
    steps: usize,
    /// For regular programs, a bit for each instruction and position that was tried: it fails again. That makes the
    /// search linear in the product of both.
    tried: Option<Vec<u64>>,
}

/// Returns whether the program matches anywhere in the text.
pub(super) fn search(program: &Program, text: &[char]) -> Result<bool, MatchError> {
    let bits = program.instructions.len() * (text.len() + 1);
    let mut run = Run {
        program: &program.instructions,
        text,
        slots: vec![NOWHERE; program.slots],
        undo: Vec::new(),
        steps: 0,
        tried: (program.regular && bits <= MAX_TRIED).then(|| vec![0; bits / 64 + 1]),
    };
    for start in 0..=text.len() {
        if run.part(0, start)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Run<'_> {
    /// Runs from an instruction to the end of its part; returns where the match ends.
    fn part(&mut self, mut instruction: usize, mut at: usize) -> Result<Option<usize>, MatchError> {
        let base = self.undo.len();
        loop {
            self.count(1)?;
            let next = match &self.program[instruction] {
                Instruction::One(set) => {
                    let taken = self.text.get(at).is_some_and(|character| set.contains(*character));
                    at += usize::from(taken);
                    taken.then_some(instruction + 1)
                }
                Instruction::At(place) => self.is_at(*place, at).then_some(instruction + 1),
                Instruction::Split { first, second } => self.is_new(instruction, at).then(|| {
                    self.undo.push(Undo::Branch { instruction: *second, at });
                    *first
                }),
                Instruction::Jump(next) => Some(*next),
                Instruction::Save(slot) => {
                    let position = std::mem::replace(&mut self.slots[*slot], at);
                    self.undo.push(Undo::Restore { slot: *slot, position });
                    Some(instruction + 1)
                }
                Instruction::Progress { slot, out } => {
                    Some(if self.slots[*slot] == at { *out } else { instruction + 1 })
                }
                Instruction::Backref { group, ignore_case } => {
                    let length = self.repeats(*group, *ignore_case, at)?;
                    at += length.unwrap_or_default();
                    length.map(|_| instruction + 1)
                }
                Instruction::Look { behind, negative, next } => {
                    let start = behind.map_or(Some(at), |width| at.checked_sub(width));
                    let found = match start {
                        Some(start) => self.part(instruction + 1, start)?.is_some(),
                        None => false,
                    };
                    (found != *negative).then_some(*next)
                }
                Instruction::Atomic { next } => self.part(instruction + 1, at)?.map(|end| {
                    at = end;
                    *next
                }),
                Instruction::Conditional { group, no } => {
                    let matched = self.group(*group).is_some();
                    Some(if matched { instruction + 1 } else { *no })
                }
                Instruction::Done => {
                    self.settle(base);
                    return Ok(Some(at));
                }
            };
            match next.map(|next| (next, at)).or_else(|| self.back(base)) {
                Some((next, position)) => (instruction, at) = (next, position),
                None => return Ok(None),
            }
        }
    }

    fn count(&mut self, steps: usize) -> Result<(), MatchError> {
        self.steps += steps;
        if self.steps > MAX_STEPS { Err(MatchError::TooManySteps) } else { Ok(()) }
    }

    /// Takes the last way that was left open since `base`.
    fn back(&mut self, base: usize) -> Option<(usize, usize)> {
        while self.undo.len() > base {
            match self.undo.pop()? {
                Undo::Branch { instruction, at } => return Some((instruction, at)),
                Undo::Restore { slot, position } => self.slots[slot] = position,
            }
        }
        None
    }

    /// Closes the ways left open since `base`; positions are still forgotten if what follows fails.
    fn settle(&mut self, base: usize) {
        let mut kept = base;
        for at in base..self.undo.len() {
            if matches!(self.undo[at], Undo::Restore { .. }) {
                self.undo.swap(kept, at);
                kept += 1;
            }
        }
        self.undo.truncate(kept);
    }

    fn is_new(&mut self, instruction: usize, at: usize) -> bool {
        let Some(tried) = &mut self.tried else { return true };
        let bit = instruction * (self.text.len() + 1) + at;
        let mask = 1 << (bit % 64);
        let new = tried[bit / 64] & mask == 0;
        tried[bit / 64] |= mask;
        new
    }

    fn is_at(&self, place: At, at: usize) -> bool {
        let newline = |at: usize| self.text.get(at) == Some(&'\n');
        let end = self.text.len();
        match place {
            At::Start => at == 0,
            At::LineStart => at == 0 || newline(at - 1),
            At::End => at == end || (at + 1 == end && newline(at)),
            At::LineEnd => at == end || newline(at),
            At::AbsoluteEnd => at == end,
            At::Word { ascii, negative } => {
                let word = Set::category(Category::Word, ascii, false);
                let is_word = |at: Option<usize>| {
                    at.and_then(|at| self.text.get(at)).is_some_and(|character| word.contains(*character))
                };
                // In an empty text Python finds no place of either kind.
                end > 0 && (is_word(at.checked_sub(1)) != is_word(Some(at))) != negative
            }
        }
    }

    fn group(&self, group: usize) -> Option<&[char]> {
        let slot = |at: usize| self.slots.get(at).copied().filter(|position| *position != NOWHERE);
        self.text.get(slot(group * 2 - 2)?..slot(group * 2 - 1)?)
    }

    /// Returns the length of a group if the text says the same here.
    fn repeats(&mut self, group: usize, ignore_case: bool, at: usize) -> Result<Option<usize>, MatchError> {
        let Some(length) = self.group(group).map(<[char]>::len) else { return Ok(None) };
        self.count(length)?;
        let same = |a: &char, b: &char| a == b || (ignore_case && lower(*a) == lower(*b));
        let here = self.text.get(at..at + length);
        let group = self.group(group).unwrap_or_default();
        Ok(here.filter(|here| here.iter().zip(group).all(|(a, b)| same(a, b))).map(|_| length))
    }
}
