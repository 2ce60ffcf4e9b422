//! From a pattern to a program.

use super::PatternError;
use super::tree::{At, Kind, Node, Set};

/// Instructions of a program; counted repetitions are written out.
const MAX_INSTRUCTIONS: usize = 10_000;

/// One step of a program.
#[derive(Debug)]
pub(super) enum Instruction {
    /// Takes one character of the set.
    One(Set),
    At(At),
    /// Goes on here, or there if that fails.
    Split {
        first: usize,
        second: usize,
    },
    Jump(usize),
    /// Stores the position.
    Save(usize),
    /// Leaves a loop whose body matched nothing since the position was stored.
    Progress {
        slot: usize,
        out: usize,
    },
    Backref {
        group: usize,
        ignore_case: bool,
    },
    /// Asks whether what follows matches here, or that many characters before; goes on at `next`.
    Look {
        behind: Option<usize>,
        negative: bool,
        next: usize,
    },
    /// Takes the first match of what follows and no other; goes on at `next`.
    Atomic {
        next: usize,
    },
    /// Goes on if the group matched something, or there.
    Conditional {
        group: usize,
        no: usize,
    },
    /// The end of the program, or of a part that another instruction asks for.
    Done,
}

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) instructions: Vec<Instruction>,
    /// Positions to store: start and end of each group, then one for each loop that needs it.
    pub(super) slots: usize,
    /// Whether what happens at an instruction depends on the position in the text alone.
    pub(super) regular: bool,
}

impl Program {
    pub(super) fn compile(node: &Node, groups: usize) -> Result<Self, PatternError> {
        let mut program = Self { instructions: Vec::new(), slots: groups * 2, regular: true };
        program.node(node)?;
        program.push(Instruction::Done)?;
        Ok(program)
    }

    fn next(&self) -> usize {
        self.instructions.len()
    }

    fn push(&mut self, instruction: Instruction) -> Result<usize, PatternError> {
        if self.instructions.len() >= MAX_INSTRUCTIONS {
            return Err(PatternError::Unsupported("the pattern is too large".to_owned()));
        }
        self.instructions.push(instruction);
        Ok(self.instructions.len() - 1)
    }

    fn node(&mut self, node: &Node) -> Result<(), PatternError> {
        match node {
            Node::Empty => {}
            Node::One(set) => drop(self.push(Instruction::One(set.clone()))?),
            Node::At(at) => drop(self.push(Instruction::At(*at))?),
            Node::Concat(nodes) => nodes.iter().try_for_each(|node| self.node(node))?,
            Node::Alternate(nodes) => self.alternate(nodes)?,
            Node::Group(group, node) => {
                self.push(Instruction::Save(group * 2 - 2))?;
                self.node(node)?;
                self.push(Instruction::Save(group * 2 - 1))?;
            }
            Node::Repeat { node, min, max, kind: Kind::Possessive } => {
                self.apart(
                    |next| Instruction::Atomic { next },
                    |program| program.repeat(node, *min, *max, false),
                )?;
            }
            Node::Repeat { node, min, max, kind } => self.repeat(node, *min, *max, *kind == Kind::Lazy)?,
            Node::Look { behind, negative, node } => {
                // A text is never as long as a number that does not fit.
                let behind = behind.map(|width| usize::try_from(width).unwrap_or(usize::MAX));
                let negative = *negative;
                self.apart(
                    |next| Instruction::Look { behind, negative, next },
                    |program| program.node(node),
                )?;
            }
            Node::Atomic(node) => {
                self.apart(|next| Instruction::Atomic { next }, |program| program.node(node))?;
            }
            Node::Backref { group, ignore_case } => {
                self.regular = false;
                self.push(Instruction::Backref { group: *group, ignore_case: *ignore_case })?;
            }
            Node::Conditional { group, yes, no } => {
                self.regular = false;
                let test = self.push(Instruction::Conditional { group: *group, no: 0 })?;
                self.node(yes)?;
                let over = self.push(Instruction::Jump(0))?;
                self.instructions[test] = Instruction::Conditional { group: *group, no: self.next() };
                self.node(no)?;
                self.instructions[over] = Instruction::Jump(self.next());
            }
        }
        Ok(())
    }

    fn alternate(&mut self, nodes: &[Node]) -> Result<(), PatternError> {
        let mut ends = Vec::new();
        for (at, node) in nodes.iter().enumerate() {
            if at + 1 == nodes.len() {
                self.node(node)?;
                break;
            }
            let split = self.push(Instruction::Jump(0))?;
            self.node(node)?;
            ends.push(self.push(Instruction::Jump(0))?);
            self.instructions[split] = Instruction::Split { first: split + 1, second: self.next() };
        }
        let end = self.next();
        ends.into_iter().for_each(|at| self.instructions[at] = Instruction::Jump(end));
        Ok(())
    }

    fn repeat(&mut self, node: &Node, min: u32, max: Option<u32>, lazy: bool) -> Result<(), PatternError> {
        (0..min).try_for_each(|_| self.copy(node))?;
        let split = |body, out| match lazy {
            false => Instruction::Split { first: body, second: out },
            true => Instruction::Split { first: out, second: body },
        };
        let Some(max) = max else {
            let start = self.push(Instruction::Jump(0))?;
            let slot = self.slots;
            if node.may_be_empty() {
                self.slots += 1;
                self.push(Instruction::Save(slot))?;
            }
            self.copy(node)?;
            if node.may_be_empty() {
                let out = self.next() + 2;
                self.push(Instruction::Progress { slot, out })?;
            }
            self.push(Instruction::Jump(start))?;
            self.instructions[start] = split(start + 1, self.next());
            return Ok(());
        };
        let mut starts = Vec::new();
        for _ in min..max {
            starts.push(self.push(Instruction::Jump(0))?);
            self.copy(node)?;
        }
        let out = self.next();
        starts.into_iter().for_each(|start| self.instructions[start] = split(start + 1, out));
        Ok(())
    }

    /// Writes a node once more. One without instructions still counts, so that repeating it often ends.
    fn copy(&mut self, node: &Node) -> Result<(), PatternError> {
        let before = self.next();
        self.node(node)?;
        if self.next() == before {
            self.push(Instruction::Jump(before + 1))?;
        }
        Ok(())
    }

    /// Writes a part that is run by itself.
    fn apart(
        &mut self,
        instruction: impl Fn(usize) -> Instruction,
        part: impl FnOnce(&mut Self) -> Result<(), PatternError>,
    ) -> Result<(), PatternError> {
        self.regular = false;
        let start = self.push(Instruction::Jump(0))?;
        part(self)?;
        self.push(Instruction::Done)?;
        self.instructions[start] = instruction(self.next());
        Ok(())
    }
}
