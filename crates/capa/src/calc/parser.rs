//! The grammar of expressions, as a recursive descent parser.

use num_bigint::BigInt;

use super::{CalcError, Number};
use crate::python::escape_entities;

/// Longest text that is parsed at all.
const MAX_LENGTH: usize = 5_000;
/// Deepest nesting of parentheses.
const MAX_DEPTH: usize = 100;

/// A parsed expression; names are not resolved yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression {
    pub(super) root: Node,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Number(Number),
    Variable(String),
    Call(String, Box<Node>),
    Negative(Box<Node>),
    /// The first operand, then each operator with its operand, left to right.
    Chain(Box<Node>, Vec<(Operator, Node)>),
    Parallel(Vec<Node>),
    /// Bases and exponents, applied right to left.
    Power(Vec<Node>),
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
    /// [`CalcError::Parentheses`] when they do not match, otherwise [`CalcError::Syntax`].
    pub(crate) fn parse(text: &str) -> Result<Self, CalcError> {
        check_parentheses(text)?;
        if text.len() > MAX_LENGTH {
            return Err(CalcError::Syntax);
        }
        let mut parser = Parser { bytes: text.as_bytes(), at: 0, depth: 0 };
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
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(CalcError::Syntax);
        }
        let negative = self.sign() == Some(true);
        let first = self.product()?;
        let first = if negative { Node::Negative(Box::new(first)) } else { first };
        let mut rest = Vec::new();
        while let Some(negative) = self.sign() {
            rest.push((if negative { Operator::Subtract } else { Operator::Add }, self.product()?));
        }
        self.depth -= 1;
        Ok(chain(first, rest))
    }

    fn product(&mut self) -> Result<Node, CalcError> {
        let first = self.parallel()?;
        let mut rest = Vec::new();
        loop {
            let operator = if self.eat(b"*") {
                Operator::Multiply
            } else if self.eat(b"/") {
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
                self.closing_sum()
            }
            Some(byte) if byte.is_ascii_alphabetic() => {
                let name = self.name();
                if self.eat(b"(") {
                    let argument = self.closing_sum()?;
                    return Ok(Node::Call(name, Box::new(argument)));
                }
                Ok(Node::Variable(name))
            }
            _ => self.number(),
        }
    }

    fn closing_sum(&mut self) -> Result<Node, CalcError> {
        let inner = self.sum()?;
        if self.eat(b")") { Ok(inner) } else { Err(CalcError::Syntax) }
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
            Number::Integer(text.parse::<BigInt>().map_err(|_| CalcError::Syntax)?)
        } else {
            Number::Float(text.parse().map_err(|_| CalcError::Syntax)?)
        };
        let value = if negative { value.negated() } else { value };
        let percent = self.at;
        if self.eat(b"%") {
            return Ok(Node::Number(value.multiply(&Number::Float(0.01))?));
        }
        self.at = percent;
        Ok(Node::Number(value))
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
