//! The grammar of expressions, as a recursive descent parser.

use std::ops::Range;

use num_bigint::BigInt;

use super::{CalcError, Number};
use crate::python::escape_entities;

/// Longest text that is parsed at all, in bytes.
const MAX_LENGTH: usize = 64 * 1024;
/// Deepest nesting of parentheses.
const MAX_DEPTH: usize = 128;
/// Most digits of an integer: reading one takes time that grows with the square.
const MAX_DIGITS: usize = 32_768;

/// A parsed expression as it was written; names are not resolved yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression {
    pub(super) root: Node,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// A number, and where it is written with its sign and percent sign.
    Number(Number, Range<usize>),
    Variable(Box<str>),
    Call(Box<str>, Group),
    Group(Group),
    /// A sum that begins with a sign; true for minus.
    Signed(bool, Box<Node>),
    /// The first operand, then each operator with its operand, left to right.
    Chain(Box<Node>, Vec<(Operator, Node)>),
    Parallel(Vec<Node>),
    /// Bases and exponents, applied right to left.
    Power(Vec<Node>),
}

/// What stands between parentheses.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub(super) inner: Box<Node>,
    /// Whether there is a division in it.
    pub(super) divides: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Expression {
    /// Parses `text`.
    ///
    /// # Errors
    /// [`CalcError::TooLarge`] for what is longer, deeper or has more digits than is computed here,
    /// [`CalcError::Parentheses`] when they do not match, otherwise [`CalcError::Syntax`].
    pub(crate) fn parse(text: &str) -> Result<Self, CalcError> {
        if text.len() > MAX_LENGTH {
            return Err(CalcError::TooLarge);
        }
        check_parentheses(text)?;
        let mut parser = Parser { bytes: text.as_bytes(), at: 0, depth: 0, divisions: 0 };
        let root = parser.sum()?;
        parser.skip_space();
        if parser.at == parser.bytes.len() { Ok(Self { root }) } else { Err(CalcError::Syntax) }
    }
}

fn check_parentheses(text: &str) -> Result<(), CalcError> {
    let mut open = 0usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' => open += 1,
            ')' if open == 0 => {
                return Err(CalcError::Parentheses(format!(
                    "Invalid Input: A closing parenthesis was found after segment {}, \
                     but there is no matching opening parenthesis before it.",
                    escape_entities(&text[..at])
                )));
            }
            ')' => open -= 1,
            _ => {}
        }
    }
    if open > 0 {
        return Err(CalcError::Parentheses(format!(
            "Invalid Input: Parentheses are unmatched. {open} parentheses were opened but never closed."
        )));
    }
    Ok(())
}

struct Parser<'t> {
    bytes: &'t [u8],
    at: usize,
    depth: usize,
    /// How many divisions were read.
    divisions: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Skips white space, then consumes `token` if it is next.
    fn eat(&mut self, token: &[u8]) -> bool {
        self.skip_space();
        let found = self.bytes[self.at..].starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn sign(&mut self) -> Option<bool> {
        if self.eat(b"+") {
            Some(false)
        } else if self.eat(b"-") {
            Some(true)
        } else {
            None
        }
    }

    fn sum(&mut self) -> Result<Node, CalcError> {
        let sign = self.sign();
        let first = self.product()?;
        let first = match sign {
            Some(negative) => Node::Signed(negative, Box::new(first)),
            None => first,
        };
        let mut rest = Vec::new();
        while let Some(negative) = self.sign() {
            rest.push((if negative { Operator::Subtract } else { Operator::Add }, self.product()?));
        }
        Ok(chain(first, rest))
    }

    fn product(&mut self) -> Result<Node, CalcError> {
        let first = self.parallel()?;
        let mut rest = Vec::new();
        loop {
            let operator = if self.eat(b"*") {
                Operator::Multiply
            } else if self.eat(b"/") {
                self.divisions += 1;
                Operator::Divide
            } else {
                break;
            };
            rest.push((operator, self.parallel()?));
        }
        Ok(chain(first, rest))
    }

    fn parallel(&mut self) -> Result<Node, CalcError> {
        let mut branches = vec![self.power()?];
        while self.eat(b"||") {
            branches.push(self.power()?);
        }
        Ok(single_or(branches, Node::Parallel))
    }

    fn power(&mut self) -> Result<Node, CalcError> {
        let mut operands = vec![self.atom()?];
        while self.eat(b"^") {
            operands.push(self.atom()?);
        }
        Ok(single_or(operands, Node::Power))
    }

    fn atom(&mut self) -> Result<Node, CalcError> {
        self.skip_space();
        match self.peek() {
            Some(b'(') => {
                self.at += 1;
                self.group().map(Node::Group)
            }
            Some(byte) if byte.is_ascii_alphabetic() => {
                let name = self.name().into_boxed_str();
                if self.eat(b"(") {
                    return Ok(Node::Call(name, self.group()?));
                }
                Ok(Node::Variable(name))
            }
            _ => self.number(),
        }
    }

    /// Reads what follows an opening parenthesis up to its closing one.
    fn group(&mut self) -> Result<Group, CalcError> {
        if self.depth == MAX_DEPTH {
            return Err(CalcError::TooLarge);
        }
        self.depth += 1;
        let before = self.divisions;
        let inner = Box::new(self.sum()?);
        self.depth -= 1;
        if !self.eat(b")") {
            return Err(CalcError::Syntax);
        }
        Ok(Group { inner, divides: self.divisions > before })
    }

    /// Reads a name: letters, digits and underscores, then at most one `_{…}` and one `^{…}` index, then primes.
    fn name(&mut self) -> String {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.at += 1;
        }
        if self.peek() == Some(b'{') && self.bytes[self.at - 1] == b'_' {
            self.at -= 1;
        }
        for opening in [b"_{", b"^{"] {
            self.index(opening);
        }
        // A trailing underscore that introduced no index belongs to the name.
        if self.peek() == Some(b'_') {
            self.at += 1;
        }
        while self.peek() == Some(b'\'') {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned()
    }

    fn index(&mut self, opening: &[u8; 2]) {
        if !self.bytes[self.at..].starts_with(opening) {
            return;
        }
        let inside = &self.bytes[self.at + 2..];
        let sign = usize::from(inside.first() == Some(&b'-'));
        let length = inside[sign..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        if length > 0 && inside.get(sign + length) == Some(&b'}') {
            self.at += 2 + sign + length + 1;
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Node, CalcError> {
        self.skip_space();
        let written = self.at;
        let negative = self.sign() == Some(true);
        self.skip_space();
        let start = self.at;
        let whole = self.digits();
        let mut exact = true;
        if self.peek() == Some(b'.') {
            self.at += 1;
            let fraction = self.digits();
            if whole == 0 && fraction == 0 {
                return Err(CalcError::Syntax);
            }
            exact = false;
        } else if whole == 0 {
            return Err(CalcError::Syntax);
        }
        let mut text = String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned();
        if let Some(exponent) = self.exponent() {
            text.push_str(&exponent);
            exact = false;
        }
        let value = if exact {
            if text.len() > MAX_DIGITS {
                return Err(CalcError::TooLarge);
            }
            Number::Integer(text.parse::<BigInt>().map_err(|_| CalcError::Syntax)?)
        } else {
            Number::Float(text.parse().map_err(|_| CalcError::Syntax)?)
        };
        let value = if negative { value.negated() } else { value };
        let end = self.at;
        if self.eat(b"%") {
            return Ok(Node::Number(value.hundredth()?, written..self.at));
        }
        self.at = end;
        Ok(Node::Number(value, written..end))
    }

    /// Reads `E [sign] digits`, with spaces allowed around it; leaves the position unchanged when it is not there.
    fn exponent(&mut self) -> Option<String> {
        let start = self.at;
        let mut text = String::from("e");
        if self.eat(b"e") || self.eat(b"E") {
            if self.sign() == Some(true) {
                text.push('-');
            }
            self.skip_space();
            let digits = self.at;
            if self.digits() > 0 {
                text.push_str(&String::from_utf8_lossy(&self.bytes[digits..self.at]));
                return Some(text);
            }
        }
        self.at = start;
        None
    }
}

fn chain(first: Node, rest: Vec<(Operator, Node)>) -> Node {
    if rest.is_empty() { first } else { Node::Chain(Box::new(first), rest) }
}

fn single_or(mut nodes: Vec<Node>, combine: fn(Vec<Node>) -> Node) -> Node {
    match nodes.pop() {
        Some(only) if nodes.is_empty() => only,
        Some(last) => {
            nodes.push(last);
            combine(nodes)
        }
        None => combine(nodes),
    }
}
