//! Reads the syntax of Python's `re`, version 3.11.

use std::collections::BTreeMap;

use super::PatternError;
use super::tree::{At, Kind, MAX_REPEAT, Node, Set};

/// Levels of nested groups.
pub(super) const MAX_DEPTH: usize = 100;

/// A pattern that was read.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) node: Node,
    /// Capturing groups.
    pub(super) groups: usize,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) ignore_case: bool,
    pub(super) multi_line: bool,
    pub(super) dot_all: bool,
    pub(super) verbose: bool,
    pub(super) ascii: bool,
}

impl Flags {
    pub(super) fn set(&mut self, letter: char, on: bool) {
        match letter {
            'i' => self.ignore_case = on,
            'm' => self.multi_line = on,
            's' => self.dot_all = on,
            'x' => self.verbose = on,
            'a' => self.ascii = on,
            _ => {}
        }
    }
}

pub(super) struct Parser {
    pub(super) source: Vec<char>,
    pub(super) at: usize,
    pub(super) flags: Flags,
    /// The least and greatest width of each group; none while it is open.
    pub(super) groups: Vec<Option<(u64, u64)>>,
    pub(super) names: BTreeMap<String, usize>,
    /// Groups that conditions ask for, and where.
    pub(super) conditions: Vec<(usize, usize)>,
    /// Inside a look-behind: the groups there were before it.
    pub(super) look_behind: Option<usize>,
    pub(super) depth: usize,
    /// Ranges of characters in the classes so far.
    pub(super) ranges: usize,
}

pub(super) type Result<T> = std::result::Result<T, PatternError>;

/// Reads a pattern.
pub(super) fn parse(pattern: &str, ignore_case: bool) -> Result<Parsed> {
    let mut parser = Parser {
        source: pattern.chars().collect(),
        at: 0,
        flags: Flags { ignore_case, ..Flags::default() },
        groups: Vec::new(),
        names: BTreeMap::new(),
        conditions: Vec::new(),
        look_behind: None,
        depth: 0,
        ranges: 0,
    };
    let node = parser.alternatives()?;
    if parser.peek().is_some() {
        return Err(parser.error("unbalanced parenthesis"));
    }
    if let Some((group, at)) = parser.conditions.iter().find(|(group, _)| *group > parser.groups.len()) {
        return Err(PatternError::Invalid(format!("invalid group reference {group} at position {at}")));
    }
    Ok(Parsed { node, groups: parser.groups.len() })
}

impl Parser {
    pub(super) fn peek(&self) -> Option<char> {
        self.source.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    pub(super) fn take(&mut self, wanted: char) -> bool {
        let taken = self.peek() == Some(wanted);
        self.at += usize::from(taken);
        taken
    }

    /// Takes up to `count` characters that are digits of that base.
    pub(super) fn digits(&mut self, count: usize, base: u32) -> String {
        let rest = self.source[self.at..].iter().take(count);
        let digits: String = rest.take_while(|c| c.is_digit(base)).collect();
        self.at += digits.len();
        digits
    }

    /// The message names the place but not the pattern: learners may read it, and the pattern is the answer.
    pub(super) fn error(&self, what: &str) -> PatternError {
        PatternError::Invalid(format!("{what} at position {}", self.at))
    }

    pub(super) fn error_at<T>(&self, what: &str, at: usize) -> Result<T> {
        Err(PatternError::Invalid(format!("{what} at position {at}")))
    }

    pub(super) fn alternatives(&mut self) -> Result<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(PatternError::Unsupported(format!("groups are nested deeper than {MAX_DEPTH}")));
        }
        let mut branches = vec![self.sequence(self.depth == 1)?];
        while self.take('|') {
            branches.push(self.sequence(false)?);
        }
        self.depth -= 1;
        Ok(if branches.len() == 1 { branches.swap_remove(0) } else { Node::Alternate(branches) })
    }

    pub(super) fn sequence(&mut self, first: bool) -> Result<Node> {
        let mut nodes: Vec<Node> = Vec::new();
        while let Some(character) = self.peek().filter(|c| !matches!(c, '|' | ')')) {
            let start = self.at;
            self.at += 1;
            if self.flags.verbose {
                if matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}') {
                    continue;
                }
                if character == '#' {
                    while self.next().is_some_and(|c| c != '\n') {}
                    continue;
                }
            }
            let node = match character {
                '\\' => self.escape(start)?,
                '[' => self.class(start)?,
                '(' => match self.group(start, first && nodes.is_empty())? {
                    Some(node) => node,
                    None => continue,
                },
                '.' => Node::One(Set::dot(self.flags.dot_all)),
                '^' => Node::At(if self.flags.multi_line { At::LineStart } else { At::Start }),
                '$' => Node::At(if self.flags.multi_line { At::LineEnd } else { At::End }),
                '*' | '+' | '?' | '{' => match self.bounds(character)? {
                    Some((min, max)) => self.repeat(nodes.pop(), min, max, start)?,
                    None => self.literal('{'),
                },
                other => self.literal(other),
            };
            nodes.push(node);
        }
        Ok(match nodes.len() {
            0 => Node::Empty,
            1 => nodes.swap_remove(0),
            _ => Node::Concat(nodes),
        })
    }

    pub(super) fn literal(&self, character: char) -> Node {
        Node::One(Set::literal(character, self.flags.ignore_case))
    }

    /// Reads the bounds of a repetition; none for a brace that is just a brace.
    fn bounds(&mut self, character: char) -> Result<Option<(u32, Option<u32>)>> {
        match character {
            '*' => return Ok(Some((0, None))),
            '+' => return Ok(Some((1, None))),
            '?' => return Ok(Some((0, Some(1)))),
            _ => {}
        }
        let start = self.at;
        if self.peek() == Some('}') {
            return Ok(None);
        }
        let low = self.digits(usize::MAX, 10);
        let high = if self.take(',') { self.digits(usize::MAX, 10) } else { low.clone() };
        if !self.take('}') {
            self.at = start;
            return Ok(None);
        }
        let number = |digits: &str| {
            let number: Option<u64> = digits.parse().ok().filter(|number| *number < MAX_REPEAT);
            let number = number.and_then(|number| u32::try_from(number).ok());
            number.ok_or_else(|| PatternError::Invalid("the repetition number is too large".to_owned()))
        };
        let min = if low.is_empty() { 0 } else { number(&low)? };
        let max = if high.is_empty() { None } else { Some(number(&high)?) };
        if max.is_some_and(|max| max < min) {
            return self.error_at("min repeat greater than max repeat", start);
        }
        Ok(Some((min, max)))
    }

    fn repeat(&mut self, node: Option<Node>, min: u32, max: Option<u32>, start: usize) -> Result<Node> {
        let node = match node {
            None | Some(Node::At(_)) => return self.error_at("nothing to repeat", start),
            Some(Node::Repeat { .. }) => return self.error_at("multiple repeat", start),
            Some(node) => Box::new(node),
        };
        let kind = match self.peek() {
            Some('?') => Kind::Lazy,
            Some('+') => Kind::Possessive,
            _ => Kind::Greedy,
        };
        self.at += usize::from(kind != Kind::Greedy);
        Ok(Node::Repeat { node, min, max, kind })
    }
}
