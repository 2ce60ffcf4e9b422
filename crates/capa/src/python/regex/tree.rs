//! What a pattern says, and the sets of characters it is made of.

use std::sync::{Arc, LazyLock};

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

/// A part of a pattern.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Empty,
    One(Set),
    At(At),
    Concat(Vec<Node>),
    Alternate(Vec<Node>),
    /// A capturing group, numbered from 1.
    Group(usize, Box<Node>),
    Repeat {
        node: Box<Node>,
        min: u32,
        max: Option<u32>,
        kind: Kind,
    },
    /// Look-ahead, or look-behind over that many characters.
    Look {
        behind: Option<u64>,
        negative: bool,
        node: Box<Node>,
    },
    Atomic(Box<Node>),
    Backref {
        group: usize,
        ignore_case: bool,
    },
    Conditional {
        group: usize,
        yes: Box<Node>,
        no: Box<Node>,
    },
}

/// Python's bound on repetitions.
pub(super) const MAX_REPEAT: u64 = 4_294_967_295;

impl Node {
    /// Returns the least and greatest number of characters it matches, given those of the groups.
    pub(super) fn width(&self, groups: &[Option<(u64, u64)>]) -> (u64, u64) {
        let both = |a: (u64, u64), b: (u64, u64)| (a.0.saturating_add(b.0), a.1.saturating_add(b.1));
        let either = |a: (u64, u64), b: (u64, u64)| (a.0.min(b.0), a.1.max(b.1));
        match self {
            Self::Empty | Self::At(_) | Self::Look { .. } => (0, 0),
            Self::One(_) => (1, 1),
            Self::Concat(nodes) => nodes.iter().map(|node| node.width(groups)).fold((0, 0), both),
            Self::Alternate(nodes) => {
                nodes.iter().map(|node| node.width(groups)).reduce(either).unwrap_or((0, 0))
            }
            Self::Group(_, node) | Self::Atomic(node) => node.width(groups),
            Self::Repeat { node, min, max, .. } => {
                let (low, high) = node.width(groups);
                let max = max.map_or(MAX_REPEAT, u64::from);
                (low.saturating_mul(u64::from(*min)), high.saturating_mul(max))
            }
            Self::Backref { group, .. } => {
                groups.get(group.wrapping_sub(1)).copied().flatten().unwrap_or((0, 0))
            }
            Self::Conditional { yes, no, .. } => either(yes.width(groups), no.width(groups)),
        }
    }

    /// Returns whether it may match without taking a character.
    pub(super) fn may_be_empty(&self) -> bool {
        self.width(&[]).0 == 0
    }
}

/// Which way a repetition prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Greedy,
    Lazy,
    Possessive,
}

/// A position in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Start,
    LineStart,
    /// The end, or before a final newline.
    End,
    LineEnd,
    /// The end and nothing else.
    AbsoluteEnd,
    /// Between a word character and something else, or not.
    Word {
        ascii: bool,
        negative: bool,
    },
}

/// A set of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    /// A bit for each of the first 128 characters, which most texts are made of.
    ascii: u128,
    /// All members, as sorted ranges.
    ranges: Arc<[(char, char)]>,
}

impl Set {
    fn new(ranges: Arc<[(char, char)]>) -> Self {
        let bit = |code: u8| ranges.iter().any(|(low, high)| (*low..=*high).contains(&char::from(code)));
        let ascii = (0..128).filter(|code| bit(*code)).fold(0, |bits, code| bits | 1 << code);
        Self { ascii, ranges }
    }

    pub(super) fn contains(&self, character: char) -> bool {
        if character.is_ascii() {
            return self.ascii >> u32::from(character) & 1 == 1;
        }
        let at = self.ranges.partition_point(|(_, high)| *high < character);
        self.ranges.get(at).is_some_and(|(low, _)| *low <= character)
    }

    /// How much there is to remember.
    pub(super) fn size(&self) -> usize {
        self.ranges.len()
    }

    /// The dot: everything but a newline, or everything.
    pub(super) fn dot(all: bool) -> Self {
        static EACH: LazyLock<[Set; 2]> = LazyLock::new(|| {
            [Builder::default().literal('\n').build(false, true), Builder::default().build(false, true)]
        });
        EACH[usize::from(all)].clone()
    }

    pub(super) fn literal(character: char, ignore_case: bool) -> Self {
        if ignore_case {
            return Builder::default().literal(character).build(true, false);
        }
        let ascii = if character.is_ascii() { 1 << u32::from(character) } else { 0 };
        Self { ascii, ranges: Arc::new([(character, character)]) }
    }

    /// What a letter like `\w` stands for.
    pub(super) fn category(category: Category, ascii: bool, negative: bool) -> &'static Self {
        static EACH: LazyLock<[Set; 12]> = LazyLock::new(|| {
            std::array::from_fn(|at| {
                let category = [Category::Digit, Category::Space, Category::Word][at / 4];
                Builder::default().category(category, at % 4 >= 2, at % 2 == 1).build(false, false)
            })
        });
        &EACH[category as usize * 4 + usize::from(ascii) * 2 + usize::from(negative)]
    }
}

/// A class of characters with a letter of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    Digit,
    Space,
    Word,
}

impl Category {
    /// Returns the class as Python defines it.
    fn class(self, ascii: bool) -> ClassUnicode {
        static EACH: LazyLock<[ClassUnicode; 6]> = LazyLock::new(|| {
            [r"[\p{Nd}]", r"[0-9]", r"[\s\x1c-\x1f]", r"[ \t-\r]", r"[\p{L}\p{N}_]", r"[0-9A-Za-z_]"]
                .map(unicode_class)
        });
        EACH[self as usize * 2 + usize::from(ascii)].clone()
    }
}

/// Reads a class in the syntax of `regex-syntax`; these are constants of this module.
fn unicode_class(text: &str) -> ClassUnicode {
    match regex_syntax::parse(text).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => class,
        _ => ClassUnicode::empty(),
    }
}

/// Collects the members of a set.
#[derive(Debug)]
pub(super) struct Builder {
    /// Characters written one by one or as ranges.
    written: ClassUnicode,
    /// Those of categories, which are the same in all cases.
    categories: ClassUnicode,
}

impl Default for Builder {
    fn default() -> Self {
        Self { written: ClassUnicode::empty(), categories: ClassUnicode::empty() }
    }
}

impl Builder {
    pub(super) fn literal(self, character: char) -> Self {
        self.range(character, character)
    }

    pub(super) fn range(mut self, low: char, high: char) -> Self {
        self.written.push(ClassUnicodeRange::new(low, high));
        self
    }

    pub(super) fn category(mut self, category: Category, ascii: bool, negative: bool) -> Self {
        let mut class = category.class(ascii);
        if negative {
            class.negate();
        }
        self.categories.union(&class);
        self
    }

    /// Returns the set, with the other cases of its members, or of everything else.
    pub(super) fn build(self, ignore_case: bool, negative: bool) -> Set {
        /// Python takes all four for one letter; simple folding keeps the last two apart.
        const LETTER_I: [char; 4] = ['i', 'I', '\u{130}', '\u{131}'];
        let mut class = self.written;
        if ignore_case {
            // Folding fails only without the tables of Unicode, which are compiled in.
            let _ = class.try_case_fold_simple();
            let has = |class: &ClassUnicode, letter| {
                class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&letter))
            };
            if LETTER_I.iter().any(|letter| has(&class, *letter)) {
                LETTER_I.iter().for_each(|letter| class.push(ClassUnicodeRange::new(*letter, *letter)));
            }
        }
        class.union(&self.categories);
        if negative {
            class.negate();
        }
        Set::new(class.ranges().iter().map(|range| (range.start(), range.end())).collect())
    }
}

/// Returns the lower case of a character, if that is one character.
pub(super) fn lower(character: char) -> char {
    if character == '\u{130}' {
        return 'i';
    }
    let mut lower = character.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) => lower,
        _ => character,
    }
}
