//! Trees of expressions as somebody might type them: with spaces anywhere and parentheses beyond the needed ones.

/// Where a text stands, from what takes anything to what takes only an atom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Sum,
    /// The second or a later term: no sign before it.
    Product,
    /// A divisor or a later factor.
    Factor,
    Atom,
}

/// A tree that can be written.
pub(super) trait Written {
    /// Writes the tree so that it stands for itself at this level.
    fn write(&self, out: &mut String, level: Level, spacing: &mut Spacing<'_>);
}

/// Decides about spaces and parentheses by a list of numbers that is gone through again and again.
pub(super) struct Spacing<'c> {
    choices: &'c [u8],
    at: usize,
}

impl<'c> Spacing<'c> {
    pub(super) fn new(choices: &'c [u8]) -> Self {
        Self { choices, at: 0 }
    }

    fn next(&mut self) -> u8 {
        self.at += 1;
        self.choices[self.at % self.choices.len()]
    }

    /// Writes a token with spaces before it, or none.
    pub(super) fn token(&mut self, out: &mut String, token: &str) {
        match self.next() % 8 {
            0 => out.push(' '),
            1 => out.push_str("  \t"),
            _ => {}
        }
        out.push_str(token);
    }

    /// Writes what is written by `inner` in parentheses when that is needed, or without need.
    fn enclosed(
        &mut self,
        out: &mut String,
        needed: bool,
        level: Level,
        inner: impl FnOnce(&mut Self, &mut String, Level),
    ) {
        if needed || self.next().is_multiple_of(16) {
            self.token(out, "(");
            inner(self, out, Level::Sum);
            self.token(out, ")");
        } else {
            inner(self, out, level);
        }
    }

    /// Writes a sign before a term.
    pub(super) fn negative(&mut self, out: &mut String, level: Level, inner: &dyn Written) {
        self.enclosed(out, level > Level::Sum, level, |spacing, out, _| {
            spacing.token(out, "-");
            inner.write(out, Level::Product, spacing);
        });
    }

    /// Writes an operation with its operands.
    pub(super) fn binary(
        &mut self,
        out: &mut String,
        level: Level,
        operator: char,
        a: &dyn Written,
        b: &dyn Written,
    ) {
        let (needed, left, right) = match operator {
            '+' | '-' => (level > Level::Sum, Level::Sum, Level::Product),
            '*' | '/' => (level > Level::Product, Level::Product, Level::Factor),
            _ => (level == Level::Atom, Level::Atom, Level::Atom),
        };
        self.enclosed(out, needed, level, |spacing, out, _| {
            a.write(out, left, spacing);
            spacing.token(out, &operator.to_string());
            b.write(out, right, spacing);
        });
    }

    /// Writes a call.
    pub(super) fn call(&mut self, out: &mut String, name: &str, argument: &dyn Written) {
        self.token(out, name);
        self.token(out, "(");
        argument.write(out, Level::Sum, self);
        self.token(out, ")");
    }
}
