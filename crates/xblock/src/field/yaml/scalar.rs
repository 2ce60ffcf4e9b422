//! The three kinds of scalars: plain, quoted, block.

use super::chars::{is_break, is_break_or_end, is_white_or_end};
use super::scanner::Scanner;
use crate::field::FieldError;

type Result<T> = std::result::Result<T, FieldError>;

impl Scanner {
    pub(super) fn scan_plain(&mut self) -> String {
        let mut text = String::new();
        let indent = self.indent() + 1;
        let mut spaces = String::new();
        while self.peek(0) != '#' {
            let length = (0..).take_while(|&ahead| !self.ends_plain(ahead)).count();
            if length == 0 {
                break;
            }
            self.allow_simple_key(false);
            text.push_str(&spaces);
            text.push_str(&self.take(length));
            spaces = self.scan_plain_spaces();
            if spaces.is_empty() || (self.flow_level() == 0 && self.column() < indent) {
                break;
            }
        }
        text
    }

    fn ends_plain(&self, ahead: usize) -> bool {
        let (c, next) = (self.peek(ahead), self.peek(ahead + 1));
        let in_flow = self.flow_level() != 0;
        is_white_or_end(c)
            || (c == ':' && (is_white_or_end(next) || (in_flow && ",[]{}".contains(next))))
            || (in_flow && ",?[]{}".contains(c))
    }

    fn scan_plain_spaces(&mut self) -> String {
        let length = (0..).take_while(|&ahead| self.peek(ahead) == ' ').count();
        let spaces = self.take(length);
        let Some(first) = self.scan_break() else { return spaces };
        self.allow_simple_key(true);
        if self.at_document_separator() {
            return String::new();
        }
        let mut breaks = String::new();
        loop {
            if self.peek(0) == ' ' {
                self.forward(1);
            } else if let Some(next) = self.scan_break() {
                breaks.push(next);
                if self.at_document_separator() {
                    return String::new();
                }
            } else {
                return fold(first, &breaks);
            }
        }
    }

    pub(super) fn scan_quoted(&mut self, quote: char) -> Result<String> {
        self.forward(1);
        let mut text = String::new();
        loop {
            self.scan_quoted_text(quote, &mut text)?;
            if self.peek(0) == quote {
                self.forward(1);
                return Ok(text);
            }
            self.scan_quoted_spaces(&mut text)?;
        }
    }

    fn scan_quoted_text(&mut self, quote: char, text: &mut String) -> Result<()> {
        loop {
            let is_special = |c: char| is_white_or_end(c) || matches!(c, '\'' | '"' | '\\');
            let length = (0..).take_while(|&ahead| !is_special(self.peek(ahead))).count();
            text.push_str(&self.take(length));
            match (quote, self.peek(0)) {
                ('\'', '\'') if self.peek(1) == '\'' => {
                    text.push('\'');
                    self.forward(2);
                }
                ('"', '\'') | ('\'', '"' | '\\') => text.push_str(&self.take(1)),
                ('"', '\\') => {
                    self.forward(1);
                    self.scan_escape(text)?;
                }
                _ => return Ok(()),
            }
        }
    }

    fn scan_escape(&mut self, text: &mut String) -> Result<()> {
        let c = self.peek(0);
        let digits = match c {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        if digits > 0 {
            self.forward(1);
            let hex: String = (0..digits).map(|ahead| self.peek(ahead)).collect();
            let code = Some(&hex).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
            let decoded = code.and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
            text.push(decoded.ok_or_else(|| self.error("expected the number of a character"))?);
            self.forward(digits);
            return Ok(());
        }
        if is_break(c) {
            self.scan_break();
            text.push_str(&self.scan_quoted_breaks()?);
            return Ok(());
        }
        text.push(match c {
            '0' => '\0',
            'a' => '\u{7}',
            'b' => '\u{8}',
            't' | '\t' => '\t',
            'n' => '\n',
            'v' => '\u{b}',
            'f' => '\u{c}',
            'r' => '\r',
            'e' => '\u{1b}',
            ' ' | '"' | '\\' | '/' => c,
            'N' => '\u{85}',
            '_' => '\u{a0}',
            'L' => '\u{2028}',
            'P' => '\u{2029}',
            _ => return Err(self.error("unknown escape")),
        });
        self.forward(1);
        Ok(())
    }

    fn scan_quoted_spaces(&mut self, text: &mut String) -> Result<()> {
        let length = (0..).take_while(|&ahead| matches!(self.peek(ahead), ' ' | '\t')).count();
        let spaces = self.take(length);
        match self.scan_break() {
            Some(first) => {
                let breaks = self.scan_quoted_breaks()?;
                text.push_str(&fold(first, &breaks));
            }
            None if self.peek(0) == '\0' => return Err(self.error("the quoted text does not end")),
            None => text.push_str(&spaces),
        }
        Ok(())
    }

    fn scan_quoted_breaks(&mut self) -> Result<String> {
        let mut breaks = String::new();
        loop {
            if self.at_document_separator() {
                return Err(self.error("a document ends inside quoted text"));
            }
            while matches!(self.peek(0), ' ' | '\t') {
                self.forward(1);
            }
            match self.scan_break() {
                Some(next) => breaks.push(next),
                None => return Ok(breaks),
            }
        }
    }

    /// Scans `|` and `>` scalars: lines are kept or folded, and `+`, `-` say what happens to the final breaks.
    pub(super) fn scan_block_scalar(&mut self, folded: bool) -> Result<String> {
        self.forward(1);
        let (keep, increment) = self.scan_block_header()?;
        let min_indent = (self.indent() + 1).max(1);
        let (indent, mut breaks) = match increment {
            Some(increment) => {
                let indent = min_indent + increment - 1;
                (indent, self.scan_block_breaks(indent))
            }
            None => {
                let (found, breaks) = self.scan_block_indentation();
                (min_indent.max(found), breaks)
            }
        };
        let mut text = String::new();
        let mut line_break = None;
        while self.column() == indent && self.peek(0) != '\0' {
            text.push_str(&breaks);
            let leading_non_space = !matches!(self.peek(0), ' ' | '\t');
            let length = (0..).take_while(|&ahead| !is_break_or_end(self.peek(ahead))).count();
            text.push_str(&self.take(length));
            line_break = self.scan_break();
            breaks = self.scan_block_breaks(indent);
            if self.column() != indent || self.peek(0) == '\0' {
                break;
            }
            let next_non_space = !matches!(self.peek(0), ' ' | '\t');
            if folded && line_break == Some('\n') && leading_non_space && next_non_space {
                if breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.extend(line_break);
            }
        }
        if keep != Some(false) {
            text.extend(line_break);
        }
        if keep == Some(true) {
            text.push_str(&breaks);
        }
        Ok(text)
    }

    /// Scans what follows the indicator: `+` (true) or `-` (false), an indentation, a comment.
    fn scan_block_header(&mut self) -> Result<(Option<bool>, Option<isize>)> {
        let (mut keep, mut increment) = (None, None);
        loop {
            match self.peek(0) {
                c @ ('+' | '-') if keep.is_none() => keep = Some(c == '+'),
                '0' => return Err(self.error("the indentation of a block is 1 to 9")),
                c @ '1'..='9' if increment.is_none() => {
                    increment = c.to_digit(10).and_then(|digit| isize::try_from(digit).ok());
                }
                _ => break,
            }
            self.forward(1);
        }
        while self.peek(0) == ' ' {
            self.forward(1);
        }
        if self.peek(0) == '#' {
            while !is_break_or_end(self.peek(0)) {
                self.forward(1);
            }
        }
        if !is_break_or_end(self.peek(0)) {
            return Err(self.error("expected the end of the line"));
        }
        self.scan_break();
        Ok((keep, increment))
    }

    fn scan_block_indentation(&mut self) -> (isize, String) {
        let mut breaks = String::new();
        let mut indent = 0;
        loop {
            if self.peek(0) == ' ' {
                self.forward(1);
                indent = indent.max(self.column());
            } else if let Some(next) = self.scan_break() {
                breaks.push(next);
            } else {
                return (indent, breaks);
            }
        }
    }

    fn scan_block_breaks(&mut self, indent: isize) -> String {
        let mut breaks = String::new();
        loop {
            while self.column() < indent && self.peek(0) == ' ' {
                self.forward(1);
            }
            match self.scan_break() {
                Some(next) => breaks.push(next),
                None => return breaks,
            }
        }
    }
}

/// Folds line breaks: one is a space, more lose the first.
fn fold(first: char, more: &str) -> String {
    match (first, more.is_empty()) {
        ('\n', true) => " ".to_owned(),
        ('\n', false) => more.to_owned(),
        _ => format!("{first}{more}"),
    }
}
