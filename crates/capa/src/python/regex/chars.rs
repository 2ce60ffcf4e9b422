//! Escapes and classes in brackets.

use super::PatternError;
use super::parse::{Parser, Result};
use super::tree::{At, Builder, Category, Node, Set};

/// Ranges of characters in all classes of a pattern.
const MAX_RANGES: usize = 200_000;

/// One member of a class in brackets, or an escape that stands for characters.
enum Item {
    Literal(Option<char>),
    Category(Category, bool),
}

impl Parser {
    pub(super) fn escape(&mut self, start: usize) -> Result<Node> {
        let Some(letter) = self.next() else { return self.error_at("bad escape (end of pattern)", start) };
        let ascii = self.flags.ascii;
        Ok(match letter {
            'A' => Node::At(At::Start),
            'Z' => Node::At(At::AbsoluteEnd),
            'b' | 'B' => Node::At(At::Word { ascii, negative: letter == 'B' }),
            '0' => {
                self.at -= 1;
                let code = self.digits(3, 8);
                self.code(u32::from_str_radix(&code, 8).ok())
            }
            '1'..='9' => {
                self.at -= 1;
                let octal = self.source[self.at..].iter().take(3).take_while(|c| c.is_digit(8)).count();
                if octal == 3 {
                    let code = self.digits(3, 8);
                    return self.octal(&code, start).map(|code| self.code(code));
                }
                let number = self.digits(2, 10);
                self.reference(number.parse().unwrap_or(usize::MAX), start + 1)?
            }
            other => match self.shared_escape(other, start)? {
                Item::Literal(character) => self.code(character.map(u32::from)),
                Item::Category(category, negative) => {
                    Node::One(Set::category(category, ascii, negative).clone())
                }
            },
        })
    }

    /// A character by its number; a number that is none matches nothing.
    fn code(&self, code: Option<u32>) -> Node {
        match code.and_then(char::from_u32) {
            Some(character) => self.literal(character),
            None => Node::One(Builder::default().build(false, false)),
        }
    }

    fn octal(&self, digits: &str, start: usize) -> Result<Option<u32>> {
        match u32::from_str_radix(digits, 8) {
            Ok(code) if code <= 0o377 => Ok(Some(code)),
            _ => self.error_at("octal escape value outside of range 0-0o377", start),
        }
    }

    /// Reads the escapes that mean the same inside and outside of brackets.
    fn shared_escape(&mut self, letter: char, start: usize) -> Result<Item> {
        let hex = |parser: &mut Self, count| {
            let digits = parser.digits(count, 16);
            if digits.len() < count {
                return parser.error_at("incomplete escape", start);
            }
            let code = u32::from_str_radix(&digits, 16).unwrap_or(u32::MAX);
            if code > 0x0010_ffff {
                return parser.error_at("bad escape", start);
            }
            Ok(Item::Literal(char::from_u32(code)))
        };
        Ok(match letter {
            'd' | 'D' => Item::Category(Category::Digit, letter == 'D'),
            's' | 'S' => Item::Category(Category::Space, letter == 'S'),
            'w' | 'W' => Item::Category(Category::Word, letter == 'W'),
            'a' => Item::Literal(Some('\u{7}')),
            'f' => Item::Literal(Some('\u{c}')),
            'n' => Item::Literal(Some('\n')),
            'r' => Item::Literal(Some('\r')),
            't' => Item::Literal(Some('\t')),
            'v' => Item::Literal(Some('\u{b}')),
            'x' => hex(self, 2)?,
            'u' => hex(self, 4)?,
            'U' => hex(self, 8)?,
            'N' => return Err(PatternError::Unsupported(r"\N{name} is not supported".to_owned())),
            other if other.is_ascii_alphanumeric() => return self.error_at("bad escape", start),
            other => Item::Literal(Some(other)),
        })
    }

    pub(super) fn class(&mut self, start: usize) -> Result<Node> {
        let negative = self.take('^');
        let mut members = Builder::default();
        let mut empty = true;
        loop {
            let at = self.at;
            let unterminated = || self.error_at("unterminated character set", start);
            let Some(character) = self.peek() else { return unterminated() };
            self.at += 1;
            if character == ']' && !empty {
                break;
            }
            empty = false;
            let low = self.member(character)?;
            if self.peek() != Some('-') {
                members = self.add(members, low)?;
                continue;
            }
            self.at += 1;
            let Some(character) = self.next() else {
                return self.error_at("unterminated character set", start);
            };
            if character == ']' {
                members = self.add(members, low)?.literal('-');
                break;
            }
            match (low, self.member(character)?) {
                (Item::Literal(Some(low)), Item::Literal(Some(high))) if low <= high => {
                    // The other cases are looked up character by character.
                    let width = u32::from(high) - u32::from(low);
                    self.spend(if self.flags.ignore_case { width as usize / 16 } else { 0 })?;
                    members = members.range(low, high);
                }
                (Item::Literal(None), Item::Literal(_)) | (Item::Literal(_), Item::Literal(None)) => {}
                _ => return self.error_at("bad character range", at),
            }
        }
        let set = members.build(self.flags.ignore_case, negative);
        self.spend(set.size())?;
        Ok(Node::One(set))
    }

    fn add(&mut self, members: Builder, item: Item) -> Result<Builder> {
        Ok(match item {
            Item::Literal(Some(character)) => members.literal(character),
            Item::Literal(None) => members,
            Item::Category(category, negative) => {
                let ascii = self.flags.ascii;
                self.spend(Set::category(category, ascii, negative).size())?;
                members.category(category, ascii, negative)
            }
        })
    }

    /// Counts ranges of characters: a few letters of a pattern can stand for hundreds.
    fn spend(&mut self, ranges: usize) -> Result<()> {
        self.ranges += ranges;
        if self.ranges > MAX_RANGES {
            return Err(PatternError::Unsupported("the pattern is too large".to_owned()));
        }
        Ok(())
    }

    fn member(&mut self, character: char) -> Result<Item> {
        if character != '\\' {
            return Ok(Item::Literal(Some(character)));
        }
        let start = self.at - 1;
        match self.next() {
            None => self.error_at("bad escape (end of pattern)", start),
            Some('b') => Ok(Item::Literal(Some('\u{8}'))),
            Some('0'..='7') => {
                self.at -= 1;
                let digits = self.digits(3, 8);
                Ok(Item::Literal(self.octal(&digits, start)?.and_then(char::from_u32)))
            }
            Some(letter) => self.shared_escape(letter, start),
        }
    }
}
