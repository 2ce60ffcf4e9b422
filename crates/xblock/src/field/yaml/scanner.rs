//! From characters to tokens.
//!
//! Block structure is indentation: `indents` holds the columns of the open collections. A `key:` is known to be a
//! key only at its colon, so every place where one could start is remembered (`simple_keys`, by flow level) and the
//! key token is inserted there later.

use std::collections::{BTreeMap, VecDeque};

use super::chars::{is_blank_or_end, is_break_or_end, is_white_or_end, is_word};
use super::token::Token;
use crate::field::FieldError;

type Result<T> = std::result::Result<T, FieldError>;

/// A key without `?` fits on one line and within this many characters.
const MAX_SIMPLE_KEY: usize = 1024;

/// A place where a key may have started.
struct SimpleKey {
    token_number: usize,
    required: bool,
    index: usize,
    line: usize,
    column: isize,
}

pub(super) struct Scanner {
    chars: Vec<char>,
    index: usize,
    line: usize,
    column: isize,
    tokens: VecDeque<Token>,
    tokens_taken: usize,
    done: bool,
    flow_level: i32,
    indent: isize,
    indents: Vec<isize>,
    allow_simple_key: bool,
    simple_keys: BTreeMap<i32, SimpleKey>,
}

impl Scanner {
    pub(super) fn new(text: &str) -> Self {
        Scanner {
            chars: text.chars().collect(),
            index: 0,
            line: 0,
            column: 0,
            tokens: VecDeque::new(),
            tokens_taken: 0,
            done: false,
            flow_level: 0,
            indent: -1,
            indents: Vec::new(),
            allow_simple_key: true,
            simple_keys: BTreeMap::new(),
        }
    }

    /// Returns the next token without taking it; the end token once all are taken.
    pub(super) fn peek_token(&mut self) -> Result<&Token> {
        while self.needs_more()? {
            self.fetch()?;
        }
        Ok(self.tokens.front().unwrap_or(&Token::StreamEnd))
    }

    /// Takes the next token.
    pub(super) fn next_token(&mut self) -> Result<Token> {
        self.peek_token()?;
        self.tokens_taken += 1;
        Ok(self.tokens.pop_front().unwrap_or(Token::StreamEnd))
    }

    /// Returns an error at the current place.
    pub(super) fn error(&self, message: &str) -> FieldError {
        FieldError::yaml(format!("line {}, column {}: {message}", self.line + 1, self.column + 1))
    }

    fn needs_more(&mut self) -> Result<bool> {
        if self.done {
            return Ok(false);
        }
        if self.tokens.is_empty() {
            return Ok(true);
        }
        // A token that may turn out to follow a key token is not handed out yet.
        self.drop_stale_keys()?;
        Ok(self.simple_keys.values().any(|key| key.token_number == self.tokens_taken))
    }

    pub(super) fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.index + ahead).copied().unwrap_or('\0')
    }

    pub(super) fn forward(&mut self, count: usize) {
        for _ in 0..count {
            let c = self.peek(0);
            self.index += 1;
            let crlf = c == '\r' && self.peek(0) == '\n';
            if super::chars::is_break(c) && !crlf {
                self.line += 1;
                self.column = 0;
            } else if c != '\u{FEFF}' {
                self.column += 1;
            }
        }
    }

    pub(super) fn take(&mut self, count: usize) -> String {
        let text = (0..count).map(|ahead| self.peek(ahead)).collect();
        self.forward(count);
        text
    }

    pub(super) fn flow_level(&self) -> i32 {
        self.flow_level
    }

    pub(super) fn indent(&self) -> isize {
        self.indent
    }

    pub(super) fn column(&self) -> isize {
        self.column
    }

    pub(super) fn allow_simple_key(&mut self, allow: bool) {
        self.allow_simple_key = allow;
    }

    /// Returns whether `---` or `...` stands here, with white space after it.
    pub(super) fn at_document_separator(&self) -> bool {
        ['-', '.'].iter().any(|&c| (0..3).all(|ahead| self.peek(ahead) == c)) && is_white_or_end(self.peek(3))
    }

    /// Takes a line break, which reads as `\n` unless it is a Unicode separator; nothing if there is none.
    pub(super) fn scan_break(&mut self) -> Option<char> {
        match (self.peek(0), self.peek(1)) {
            ('\r', '\n') => {
                self.forward(2);
                Some('\n')
            }
            ('\r' | '\n' | '\u{85}', _) => {
                self.forward(1);
                Some('\n')
            }
            (c @ ('\u{2028}' | '\u{2029}'), _) => {
                self.forward(1);
                Some(c)
            }
            _ => None,
        }
    }

    fn skip_to_token(&mut self) {
        if self.index == 0 && self.peek(0) == '\u{FEFF}' {
            self.forward(1);
        }
        loop {
            while self.peek(0) == ' ' {
                self.forward(1);
            }
            if self.peek(0) == '#' {
                while !is_break_or_end(self.peek(0)) {
                    self.forward(1);
                }
            }
            if self.scan_break().is_none() {
                return;
            }
            if self.flow_level == 0 {
                self.allow_simple_key = true;
            }
        }
    }

    fn fetch(&mut self) -> Result<()> {
        self.skip_to_token();
        self.drop_stale_keys()?;
        self.unwind(self.column);
        let (c, next) = (self.peek(0), self.peek(1));
        let in_flow = self.flow_level != 0;
        let separated = is_white_or_end(next);
        if self.index >= self.chars.len() {
            return self.fetch_end();
        }
        if self.column == 0 && c == '%' {
            return self.fetch_directive();
        }
        if self.column == 0 && self.at_document_separator() {
            let token = if c == '-' { Token::DocumentStart } else { Token::DocumentEnd };
            self.leave_blocks()?;
            self.forward(3);
            self.tokens.push_back(token);
            return Ok(());
        }
        match c {
            '[' => self.flow_start(Token::FlowSequenceStart),
            '{' => self.flow_start(Token::FlowMappingStart),
            ']' => self.flow_end(Token::FlowSequenceEnd),
            '}' => self.flow_end(Token::FlowMappingEnd),
            ',' => self.indicator(Token::FlowEntry, true),
            '-' if separated => self.block_entry(),
            '?' if in_flow || separated => self.key(),
            ':' if in_flow || separated => self.value(),
            '*' | '&' => {
                self.start_simple_key()?;
                let name = self.scan_anchor()?;
                self.tokens.push_back(if c == '*' { Token::Alias(name) } else { Token::Anchor(name) });
                Ok(())
            }
            '!' => {
                self.start_simple_key()?;
                let token = self.scan_tag()?;
                self.tokens.push_back(token);
                Ok(())
            }
            '|' | '>' if !in_flow => {
                self.allow_simple_key = true;
                self.drop_key()?;
                let text = self.scan_block_scalar(c == '>')?;
                self.tokens.push_back(Token::Scalar { text, is_plain: false });
                Ok(())
            }
            '\'' | '"' => {
                self.start_simple_key()?;
                let text = self.scan_quoted(c)?;
                self.tokens.push_back(Token::Scalar { text, is_plain: false });
                Ok(())
            }
            _ if self.starts_plain() => {
                self.start_simple_key()?;
                let text = self.scan_plain();
                self.tokens.push_back(Token::Scalar { text, is_plain: true });
                Ok(())
            }
            _ => Err(self.error(&format!("{c:?} cannot start a token"))),
        }
    }

    fn starts_plain(&self) -> bool {
        let c = self.peek(0);
        if !is_white_or_end(c) && !"-?:,[]{}#&*!|>'\"%@`".contains(c) {
            return true;
        }
        !is_white_or_end(self.peek(1)) && (c == '-' || (self.flow_level == 0 && matches!(c, '?' | ':')))
    }

    fn drop_stale_keys(&mut self) -> Result<()> {
        let is_stale = |key: &SimpleKey| key.line != self.line || self.index - key.index > MAX_SIMPLE_KEY;
        if self.simple_keys.values().any(|key| is_stale(key) && key.required) {
            return Err(self.error("expected ':' after a key"));
        }
        let (line, index) = (self.line, self.index);
        self.simple_keys.retain(|_, key| key.line == line && index - key.index <= MAX_SIMPLE_KEY);
        Ok(())
    }

    /// Remembers that a key may start here; what follows on the line is no other key.
    fn start_simple_key(&mut self) -> Result<()> {
        let required = self.flow_level == 0 && self.indent == self.column;
        if self.allow_simple_key {
            self.drop_key()?;
            let key = SimpleKey {
                token_number: self.tokens_taken + self.tokens.len(),
                required,
                index: self.index,
                line: self.line,
                column: self.column,
            };
            self.simple_keys.insert(self.flow_level, key);
        }
        self.allow_simple_key = false;
        Ok(())
    }

    fn drop_key(&mut self) -> Result<()> {
        match self.simple_keys.remove(&self.flow_level) {
            Some(key) if key.required => Err(self.error("expected ':' after a key")),
            _ => Ok(()),
        }
    }

    fn unwind(&mut self, column: isize) {
        if self.flow_level != 0 {
            return;
        }
        while self.indent > column {
            self.indent = self.indents.pop().unwrap_or(-1);
            self.tokens.push_back(Token::BlockEnd);
        }
    }

    /// Opens a block collection at a column, unless one is open there.
    fn add_indent(&mut self, column: isize) -> bool {
        if self.indent >= column {
            return false;
        }
        self.indents.push(self.indent);
        self.indent = column;
        true
    }

    fn leave_blocks(&mut self) -> Result<()> {
        self.unwind(-1);
        self.drop_key()?;
        self.allow_simple_key = false;
        Ok(())
    }

    fn fetch_end(&mut self) -> Result<()> {
        self.leave_blocks()?;
        self.simple_keys.clear();
        self.tokens.push_back(Token::StreamEnd);
        self.done = true;
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<()> {
        self.leave_blocks()?;
        self.forward(1);
        let length = (0..).take_while(|&ahead| is_word(self.peek(ahead))).count();
        let name = self.take(length);
        if name.is_empty() || !is_blank_or_end(self.peek(0)) {
            return Err(self.error("expected the name of a directive"));
        }
        let length = (0..).take_while(|&ahead| !is_break_or_end(self.peek(ahead))).count();
        let rest = self.take(length);
        let version = rest.split('#').next().unwrap_or_default().trim();
        match name.as_str() {
            "YAML" if !version.starts_with("1.") => return Err(self.error("only YAML 1 is read")),
            "TAG" => return Err(self.error("the %TAG directive is not supported")),
            _ => {}
        }
        self.tokens.push_back(Token::Directive);
        Ok(())
    }

    fn flow_start(&mut self, token: Token) -> Result<()> {
        self.start_simple_key()?;
        self.flow_level += 1;
        self.allow_simple_key = true;
        self.forward(1);
        self.tokens.push_back(token);
        Ok(())
    }

    fn flow_end(&mut self, token: Token) -> Result<()> {
        self.drop_key()?;
        if self.flow_level == 0 {
            return Err(self.error("nothing is open that this bracket closes"));
        }
        self.flow_level -= 1;
        self.indicator_without_key(token, false)
    }

    fn indicator(&mut self, token: Token, allow_simple_key: bool) -> Result<()> {
        self.drop_key()?;
        self.indicator_without_key(token, allow_simple_key)
    }

    fn indicator_without_key(&mut self, token: Token, allow_simple_key: bool) -> Result<()> {
        self.allow_simple_key = allow_simple_key;
        self.forward(1);
        self.tokens.push_back(token);
        Ok(())
    }

    fn block_entry(&mut self) -> Result<()> {
        if self.flow_level == 0 {
            if !self.allow_simple_key {
                return Err(self.error("a sequence entry is not allowed here"));
            }
            if self.add_indent(self.column) {
                self.tokens.push_back(Token::BlockSequenceStart);
            }
        }
        self.indicator(Token::BlockEntry, true)
    }

    fn key(&mut self) -> Result<()> {
        if self.flow_level == 0 {
            if !self.allow_simple_key {
                return Err(self.error("a mapping key is not allowed here"));
            }
            if self.add_indent(self.column) {
                self.tokens.push_back(Token::BlockMappingStart);
            }
        }
        self.indicator(Token::Key, self.flow_level == 0)
    }

    fn value(&mut self) -> Result<()> {
        if let Some(key) = self.simple_keys.remove(&self.flow_level) {
            let place = key.token_number.saturating_sub(self.tokens_taken);
            self.tokens.insert(place, Token::Key);
            if self.flow_level == 0 && self.add_indent(key.column) {
                self.tokens.insert(place, Token::BlockMappingStart);
            }
            return self.indicator_without_key(Token::Value, false);
        }
        if self.flow_level == 0 {
            if !self.allow_simple_key {
                return Err(self.error("a mapping value is not allowed here"));
            }
            if self.add_indent(self.column) {
                self.tokens.push_back(Token::BlockMappingStart);
            }
        }
        self.indicator(Token::Value, self.flow_level == 0)
    }

    fn scan_anchor(&mut self) -> Result<String> {
        self.forward(1);
        let length = (0..).take_while(|&ahead| is_word(self.peek(ahead))).count();
        let name = self.take(length);
        let next = self.peek(0);
        if name.is_empty() || !(is_white_or_end(next) || "?:,]}%@`".contains(next)) {
            return Err(self.error("expected the name of an anchor"));
        }
        Ok(name)
    }

    fn scan_tag(&mut self) -> Result<Token> {
        let token = if self.peek(1) == '<' {
            self.forward(2);
            let suffix = self.scan_tag_uri()?;
            if self.peek(0) != '>' {
                return Err(self.error("expected '>' after a tag"));
            }
            self.forward(1);
            Token::Tag(None, suffix)
        } else if is_white_or_end(self.peek(1)) {
            self.forward(1);
            Token::Tag(None, "!".to_owned())
        } else {
            let length = (1..).take_while(|&ahead| !is_blank_or_end(self.peek(ahead))).count();
            let has_handle = (1..=length).any(|ahead| self.peek(ahead) == '!');
            let handle = if has_handle { self.scan_tag_handle()? } else { self.take(1) };
            Token::Tag(Some(handle), self.scan_tag_uri()?)
        };
        if is_blank_or_end(self.peek(0)) {
            Ok(token)
        } else {
            Err(self.error("expected a space after a tag"))
        }
    }

    fn scan_tag_handle(&mut self) -> Result<String> {
        let length = (1..).take_while(|&ahead| is_word(self.peek(ahead))).count();
        if self.peek(length + 1) != '!' {
            return Err(self.error("expected '!' after the handle of a tag"));
        }
        Ok(self.take(length + 2))
    }

    fn scan_tag_uri(&mut self) -> Result<String> {
        let is_uri = |c: char| c.is_ascii_alphanumeric() || "-;/?:@&=+$,_.!~*'()[]%".contains(c);
        let length = (0..).take_while(|&ahead| is_uri(self.peek(ahead))).count();
        let suffix = self.take(length);
        // Escapes name no tag that is built.
        if suffix.is_empty() || suffix.contains('%') {
            return Err(self.error("expected a tag"));
        }
        Ok(suffix)
    }
}
