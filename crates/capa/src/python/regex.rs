//! Python regular expressions, translated for the `regex` crate; patterns with look-around or back-references go to
//! `fancy-regex` with a bound on backtracking.

use std::fmt::Write as _;

/// Steps after which a backtracking search gives up and counts as no match.
const BACKTRACK_LIMIT: usize = 100_000;
/// Bytes a compiled pattern may take.
const SIZE_LIMIT: usize = 4 << 20;
/// Longest pattern that is compiled.
const MAX_PATTERN: usize = 20_000;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) enum Pattern {
    Linear(regex::Regex),
    Backtracking(Box<fancy_regex::Regex>),
}

impl Pattern {
    /// Compiles a Python pattern; the error says what is wrong with it.
    pub(crate) fn compile(pattern: &str, ignore_case: bool) -> Result<Self, String> {
        if pattern.len() > MAX_PATTERN {
            return Err("pattern is too long".to_owned());
        }
        let translated = Translator::new(pattern).translate()?;
        if translated.backtracking {
            let source = if ignore_case { format!("(?i){}", translated.pattern) } else { translated.pattern };
            return fancy_regex::RegexBuilder::new(&source)
                .backtrack_limit(BACKTRACK_LIMIT)
                .delegate_size_limit(SIZE_LIMIT)
                .build()
                .map(|regex| Self::Backtracking(Box::new(regex)))
                .map_err(|error| reason(&error));
        }
        regex::RegexBuilder::new(&translated.pattern)
            .case_insensitive(ignore_case)
            .size_limit(SIZE_LIMIT)
            .build()
            .map(Self::Linear)
            .map_err(|error| reason(&error))
    }

    /// Returns whether the pattern matches anywhere in `text`.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Linear(regex) => regex.is_match(text),
            Self::Backtracking(regex) => regex.is_match(text).unwrap_or(false),
        }
    }
}

/// Returns what is wrong with a pattern, on one line and without the pattern: learners may read it, and the
/// pattern is the answer.
fn reason(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    let last = text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

struct Translated {
    pattern: String,
    backtracking: bool,
}

struct Translator {
    source: Vec<char>,
    at: usize,
    output: String,
    backtracking: bool,
    /// Whether the last token was a quantifier; a second one is an error in Python.
    quantified: bool,
}

impl Translator {
    fn new(pattern: &str) -> Self {
        Self {
            source: pattern.chars().collect(),
            at: 0,
            output: String::with_capacity(pattern.len() + 16),
            backtracking: false,
            quantified: false,
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.source.get(self.at + ahead).copied()
    }

    fn translate(mut self) -> Result<Translated, String> {
        while let Some(character) = self.peek(0) {
            let mut quantified = false;
            match character {
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '(' => self.group()?,
                '$' => {
                    self.at += 1;
                    // Python's end also matches before a final newline.
                    self.output.push_str(r"(?:\n?\z)");
                }
                '*' | '+' | '?' => {
                    self.quantifier_suffix_only()?;
                    self.at += 1;
                    self.output.push(character);
                    self.lazy_suffix()?;
                    quantified = true;
                }
                '{' => quantified = self.brace()?,
                other => {
                    self.at += 1;
                    self.output.push(other);
                }
            }
            self.quantified = quantified;
        }
        Ok(Translated { pattern: self.output, backtracking: self.backtracking })
    }

    fn quantifier_suffix_only(&self) -> Result<(), String> {
        if self.quantified { Err(format!("multiple repeat at position {}", self.at)) } else { Ok(()) }
    }

    fn lazy_suffix(&mut self) -> Result<(), String> {
        match self.peek(0) {
            Some('?') => {
                self.at += 1;
                self.output.push('?');
            }
            Some('+') => {
                self.at += 1;
                self.backtracking = true;
                self.output.push('+');
            }
            _ => {}
        }
        Ok(())
    }

    /// Translates `{`: a repetition when it looks like one, otherwise a literal brace.
    fn brace(&mut self) -> Result<bool, String> {
        let body: String = self.source[self.at + 1..].iter().take_while(|&&c| c != '}').collect();
        let closed = self.peek(body.chars().count() + 1) == Some('}');
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let repetition = closed
            && match body.split_once(',') {
                Some((low, high)) => number(low) && number(high) && body.len() > 1,
                None => !body.is_empty() && number(&body),
            };
        if !repetition {
            self.at += 1;
            self.output.push_str(r"\{");
            return Ok(false);
        }
        self.quantifier_suffix_only()?;
        self.at += body.chars().count() + 2;
        let zero = if body.starts_with(',') { "0" } else { "" };
        let _ = write!(self.output, "{{{zero}{body}}}");
        self.lazy_suffix()?;
        Ok(true)
    }

    fn group(&mut self) -> Result<(), String> {
        let start = self.at;
        self.at += 1;
        self.output.push('(');
        if self.peek(0) != Some('?') {
            return Ok(());
        }
        let rest: String = self.source[self.at..].iter().take(4).collect();
        if rest.starts_with("?#") {
            self.output.pop();
            while self.peek(0).is_some_and(|c| c != ')') {
                self.at += 1;
            }
            self.at += 1;
        } else if rest.starts_with("?P=") {
            let name: String = self.source[self.at + 3..].iter().take_while(|&&c| c != ')').collect();
            self.backtracking = true;
            self.output.pop();
            let _ = write!(self.output, r"\k<{name}>");
            self.at += 4 + name.chars().count();
        } else if ["?=", "?!", "?<=", "?<!", "?>", "?("].iter().any(|start| rest.starts_with(start)) {
            self.backtracking = true;
        } else if !(rest.starts_with("?:") || rest.starts_with("?P<")) {
            let flags: String = self.source[self.at + 1..]
                .iter()
                .take_while(|&&c| c.is_ascii_alphabetic() || c == '-')
                .collect();
            match self.peek(1 + flags.chars().count()) {
                Some(')') if start > 0 => {
                    return Err(format!(
                        "global flags not at the start of the expression at position {start}"
                    ));
                }
                Some(')' | ':') if flags.chars().all(|c| "imsxu-".contains(c)) => {}
                _ => return Err(format!("unknown extension at position {start}")),
            }
        }
        Ok(())
    }

    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        let Some(character) = self.peek(1) else { return Err("bad escape (end of pattern)".to_owned()) };
        self.at += 2;
        let plain = |output: &mut String| {
            output.push('\\');
            output.push(character);
        };
        match character {
            'w' if in_class => self.output.push_str(r"\p{L}\p{N}_"),
            'w' => self.output.push_str(r"[\p{L}\p{N}_]"),
            'W' => self.output.push_str(r"[^\p{L}\p{N}_]"),
            's' => self.output.push_str(r"[\s\x1c-\x1f]"),
            'S' => self.output.push_str(r"[^\s\x1c-\x1f]"),
            'b' if in_class => self.output.push_str(r"\x08"),
            'A' | 'b' | 'B' if !in_class => plain(&mut self.output),
            'Z' if !in_class => self.output.push_str(r"\z"),
            'd' | 'D' | 'f' | 'n' | 'r' | 't' | 'v' | 'a' | 'x' | 'u' | 'U' => plain(&mut self.output),
            '0' => self.output.push_str(r"\x00"),
            '1'..='9' if !in_class => {
                self.backtracking = true;
                plain(&mut self.output);
            }
            '<' | '>' => self.output.push(character),
            other if other.is_ascii_alphanumeric() => return Err(format!("bad escape \\{other}")),
            other if other.is_ascii() => plain(&mut self.output),
            other => self.output.push(other),
        }
        Ok(())
    }

    fn class(&mut self) -> Result<(), String> {
        self.at += 1;
        self.output.push('[');
        if self.peek(0) == Some('^') {
            self.at += 1;
            self.output.push('^');
        }
        let mut first = true;
        loop {
            match self.peek(0) {
                None => return Err("unterminated character set".to_owned()),
                Some(']') if !first => {
                    self.at += 1;
                    self.output.push(']');
                    return Ok(());
                }
                Some('\\') => self.escape(true)?,
                Some(special @ ('[' | ']' | '&' | '~')) => {
                    self.at += 1;
                    self.output.push('\\');
                    self.output.push(special);
                }
                Some(other) => {
                    self.at += 1;
                    self.output.push(other);
                }
            }
            first = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::compile(pattern, false).unwrap_or_else(|error| panic!("{pattern}: {error}")).is_match(text)
    }

    #[test]
    fn errors_do_not_repeat_the_pattern() {
        for pattern in ["secret(", "secret[z-a]", "(?=secret)(", "((secret{99}){99}){99}"] {
            let error = Pattern::compile(pattern, false).map(drop).unwrap_err();
            assert!(!error.is_empty() && !error.contains("secret") && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn keeps_python_meanings() {
        for (pattern, text, expected) in [
            ("^ab$", "ab\n", true),
            ("^ab$", "ab\n\n", false),
            (r"^\w+$", "café", true),
            (r"^\w+$", "e\u{301}", false),
            (r"^a{,2}b{$", "aab{", true),
            (r"^[[&~a]+$", "[&~", true),
            (r"^[]a]+$", "]a", true),
            (r"^\<x\>$", "<x>", true),
            (r"^a\Z", "a", true),
            ("^(?#note)a$", "a", true),
            (r"^(?P<c>.)(?P=c)$", "aa", true),
            (r"^(.)\1$", "ab", false),
            (r"^(?=.*\d)[a-z\d]+$", "a1", true),
            (r"^(?=.*\d)[a-z\d]+$", "ab", false),
            ("(?i)AB", "xab", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text:?}");
        }
        assert!(Pattern::compile("STRASSE", true).is_ok_and(|pattern| pattern.is_match("strasse")));
    }

    #[test]
    fn refuses_what_python_refuses() {
        for pattern in ["(bad", "^(?i)late", "a**", r"\q", "[a", r"\p{L}", "x\\", "(?z)a"] {
            assert!(Pattern::compile(pattern, false).is_err(), "{pattern}");
        }
    }

    #[test]
    fn bounds_backtracking() {
        let text = format!("{}!", "a".repeat(40));
        assert!(!matches(r"^(?=a)(a+)+\1$", &text));
    }

    proptest! {
        #[test]
        fn never_panics(pattern in r"[-a-c\\\[\]{}()?*+.^$|<>=!:#&~0-9iPwWdsSbZ ,]{0,20}") {
            if let Ok(pattern) = Pattern::compile(&pattern, true) {
                let _ = pattern.is_match("abc 12");
            }
        }
    }
}
