//! Python regular expressions: read, compiled and run as Python does, with bounds on sizes and steps.
//!
//! Neither `regex` nor `fancy-regex` takes what authors wrote for Python: names, classes, letter case, ends of lines and
//! errors all differ a little. The engine is small because it only answers whether a pattern is found.

mod chars;
mod groups;
mod parse;
mod program;
mod run;
mod tree;

use thiserror::Error;

use program::Program;

/// Longest pattern that is compiled, in bytes.
const MAX_PATTERN: usize = 20_000;
/// Longest text that is searched, in bytes.
const MAX_TEXT: usize = 20_000;

/// Why a pattern cannot be compiled. The text says what is wrong but not what the pattern is: learners may read it, and
/// the pattern is the answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum PatternError {
    /// Python refuses it too.
    #[error("{0}")]
    Invalid(String),
    /// Python takes it; we do not.
    #[error("{0}")]
    Unsupported(String),
}

/// Why it is not known whether a pattern matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum MatchError {
    /// The text is too long.
    #[error("the answer is longer than {MAX_TEXT} bytes")]
    TooLong,
    /// The pattern tries too many ways to match the text.
    #[error("comparing this answer takes too many steps")]
    TooManySteps,
}

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern(Program);

impl Pattern {
    /// Compiles a Python pattern.
    pub(crate) fn compile(pattern: &str, ignore_case: bool) -> Result<Self, PatternError> {
        if pattern.len() > MAX_PATTERN {
            return Err(PatternError::Unsupported(format!("the pattern is longer than {MAX_PATTERN} bytes")));
        }
        let parsed = parse::parse(pattern, ignore_case)?;
        Program::compile(&parsed.node, parsed.groups).map(Self)
    }

    /// Returns whether the pattern matches anywhere in `text`.
    ///
    /// # Errors
    /// Texts that are too long, and searches that take too many steps.
    pub(crate) fn is_match(&self, text: &str) -> Result<bool, MatchError> {
        if text.len() > MAX_TEXT {
            return Err(MatchError::TooLong);
        }
        let text: Vec<char> = text.chars().collect();
        run::search(&self.0, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::compile(pattern, false)
            .unwrap_or_else(|error| panic!("{pattern}: {error}"))
            .is_match(text)
            .expect("few steps")
    }

    #[test]
    fn errors_do_not_repeat_the_pattern() {
        for pattern in ["secret(", "secret[z-a]", "(?=secret)(", "((secret{99}){99}){99}"] {
            let error = Pattern::compile(pattern, false).map(drop).unwrap_err().to_string();
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
        assert!(
            Pattern::compile("STRASSE", true).is_ok_and(|pattern| pattern.is_match("strasse") == Ok(true))
        );
    }

    #[test]
    fn refuses_what_python_refuses() {
        for pattern in ["(bad", "^(?i)late", "a**", r"\q", "[a", r"\p{L}", "x\\", "(?z)a"] {
            assert!(Pattern::compile(pattern, false).is_err(), "{pattern}");
        }
    }

    /// What a few thousand random patterns showed to differ between Python and other engines.
    #[test]
    fn keeps_the_corners_of_python() {
        for (pattern, text, expected) in [
            (r"^a{,}$", "aaa", true),
            (r"^a{}$", "a{}", true),
            (r"^[]a-]+$", "-]a", true),
            (r"^[\b]\x41\101\u00e9\0$", "\u{8}AAé\0", true),
            (r"^(a)?b(?(1)c|d)$", "abc", true),
            (r"^(a)?b(?(1)c|d)$", "bc", false),
            (r"^(?P<x>a)?(?(x)b)$", "a", false),
            (r"^(?>a*)a$", "aaa", false),
            (r"^a++a$", "aaa", false),
            (r"^a{1,2}+a$", "aaa", true),
            (r"(?<=ab|cd)e", "cde", true),
            (r"(?<!ab)e", "abe", false),
            (r"a$\n", "a\n", true),
            (r"^x\b", "x²", false),
            (r"^x\b", "x\u{301}", true),
            (r"\B", "", false),
            (
                r"^(?x: a b # note
               )$",
                "ab",
                true,
            ),
            (r"^(?i:a)b$", "Ab", true),
            (r"^(?i:a)b$", "AB", false),
            (r"(?m:^b$)", "a\nb\nc", true),
            (r"^(?s:.)$", "\n", true),
            (r"^(?a:\w)$", "é", false),
            (r"^(?:a|(b))+\1$", "abb", true),
            (r"^(a*)*$", "b", false),
            (r"^(?#\)x)a$", "a", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text:?}");
        }
    }

    #[test]
    fn ignores_case_as_python_does() {
        let search = |pattern: &str, text: &str| {
            Pattern::compile(pattern, true).map(|pattern| pattern.is_match(text)).expect("compiles")
        };
        for (pattern, text, expected) in [
            ("^izmir$", "İZMİR", true),
            ("^ı$", "I", true),
            ("^[a-z]$", "İ", true),
            ("^[^i]$", "ı", false),
            ("^k$", "\u{212a}", true),
            ("^ß$", "ẞ", true),
            ("^ß$", "SS", false),
            ("^σ$", "ς", true),
            (r"^(é)\1$", "éÉ", true),
            (r"^\W$", "ι", false),
        ] {
            assert_eq!(search(pattern, text), Ok(expected), "{pattern} on {text:?}");
        }
    }

    #[test]
    fn refuses_with_the_words_of_python() {
        for (pattern, reason) in [
            ("^(?i)late", "global flags not at the start of the expression at position 1"),
            ("a**", "multiple repeat at position 2"),
            ("^*", "nothing to repeat at position 1"),
            ("(bad", "missing ), unterminated subpattern at position 0"),
            ("bad)", "unbalanced parenthesis at position 3"),
            ("(?<=a+)b", "look-behind requires fixed-width pattern at position 0"),
            (r"(a\1)", "cannot refer to an open group at position 3"),
            (r"\1", "invalid group reference 1 at position 1"),
            ("(?(1)a)", "invalid group reference 1 at position 3"),
            ("a{3,1}", "min repeat greater than max repeat at position 2"),
            ("a{99999999999}", "the repetition number is too large"),
            ("[b-a]", "bad character range at position 1"),
        ] {
            let error = Pattern::compile(pattern, false).map(drop);
            assert_eq!(error, Err(PatternError::Invalid(reason.to_owned())), "{pattern}");
        }
    }

    #[test]
    fn tells_what_is_not_supported() {
        let nested = format!("{}a{}", "(".repeat(200), ")".repeat(200));
        let long = "a".repeat(1 << 20);
        let wide = "[\\0-\u{10ffff}]".repeat(100);
        let classes = r"[\w-]".repeat(1_000);
        for pattern in
            [r"\N{DIGIT ONE}", "(?:a{999}){999}", "(?:){4294967294}", &classes, &wide, &nested, &long]
        {
            let error = Pattern::compile(pattern, true).map(drop);
            assert!(matches!(error, Err(PatternError::Unsupported(_))), "{error:?}");
        }
    }

    #[test]
    fn bounds_the_steps_of_a_search() {
        let search = |pattern: &str, text: &str| {
            Pattern::compile(pattern, false).map(|pattern| pattern.is_match(text)).expect("compiles")
        };
        let text = format!("{}!", "a".repeat(2_000));
        // Without references each place is tried once, however the pattern is built.
        for pattern in ["^(a+)+$", "^(a|a)*$", "^(a*)*b", "(?:a?){30}a{30}$", "(x+x+)+y"] {
            assert_eq!(search(pattern, &text), Ok(false), "{pattern}");
        }
        assert_eq!(search(r"^(?=a)(a+)+\1$", &text), Err(MatchError::TooManySteps));
        assert_eq!(search("^(?:a|b)*$", &"a".repeat(20_001)), Err(MatchError::TooLong));
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
