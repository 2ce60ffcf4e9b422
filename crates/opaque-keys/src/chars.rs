//! Character classes of the key grammars (opaque-keys §3).

use unicode_general_category::{GeneralCategory, get_general_category};

/// A set of characters: a bit of [`ASCII`] for ASCII, letters and numbers of every script or nothing beyond.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Class {
    bit: u8,
    words: bool,
}

/// `ALPHA / DIGIT / "_" / "-" / "."`, ASCII only: organisations and block types of libraries.
pub(crate) const ASCII_PART: Class = Class { bit: 1, words: false };
/// `W / "-" / "."`: slugs and ids of libraries.
pub(crate) const SLUG: Class = Class { bit: 1, words: true };
/// `W / "-" / "~" / "." / ":"`: parts of course-style keys.
pub(crate) const ID: Class = Class { bit: 2, words: true };
/// `ID / "%"`: names of assets and of old blocks.
pub(crate) const PERCENT_ID: Class = Class { bit: 4, words: true };
/// `W / "." / "%" / "-"`: parts of slash-separated course keys.
pub(crate) const OLD: Class = Class { bit: 8, words: true };
/// `SLUG / "/"`: paths inside bundles.
pub(crate) const PATH: Class = Class { bit: 16, words: true };
/// Lower-case hexadecimal digits.
pub(crate) const HEX: Class = Class { bit: 32, words: false };
/// Hexadecimal digits of either case.
pub(crate) const ANY_HEX: Class = Class { bit: 64, words: false };
/// `a` to `z` and digits: what labels of domain names are made of.
pub(crate) const LABEL: Class = Class { bit: 128, words: false };

/// For each ASCII character the classes it is in.
const ASCII: [u8; 128] = {
    let mut table = [0; 128];
    let mut c = 0;
    while c < 128 {
        let byte = c as u8;
        let word = byte.is_ascii_alphanumeric() || byte == b'_';
        if word || matches!(byte, b'-' | b'.') {
            table[c] |= 1 | 2 | 4 | 8 | 16;
        }
        if matches!(byte, b'~' | b':') {
            table[c] |= 2 | 4;
        }
        if byte == b'%' {
            table[c] |= 4 | 8;
        }
        if byte == b'/' {
            table[c] |= 16;
        }
        if byte.is_ascii_digit() || matches!(byte, b'a'..=b'f') {
            table[c] |= 32;
        }
        if byte.is_ascii_hexdigit() {
            table[c] |= 64;
        }
        if byte.is_ascii_digit() || byte.is_ascii_lowercase() {
            table[c] |= 128;
        }
        c += 1;
    }
    table
};

impl Class {
    /// Returns the number of bytes at the start of `text` that are in this class.
    #[inline]
    pub(crate) fn span(self, text: &str) -> usize {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if byte.is_ascii() {
                if ASCII[usize::from(byte)] & self.bit == 0 {
                    break;
                }
                at += 1;
            } else {
                match text[at..].chars().next() {
                    Some(c) if self.words && is_word(c) => at += c.len_utf8(),
                    _ => break,
                }
            }
        }
        at
    }
}

/// Says whether a character is a letter, a number or `_`: marks, joiners and symbols are not.
pub(crate) fn is_word(c: char) -> bool {
    use GeneralCategory::{
        DecimalNumber, LetterNumber, LowercaseLetter, ModifierLetter, OtherLetter, OtherNumber,
        TitlecaseLetter, UppercaseLetter,
    };
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    matches!(
        get_general_category(c),
        UppercaseLetter
            | LowercaseLetter
            | TitlecaseLetter
            | ModifierLetter
            | OtherLetter
            | DecimalNumber
            | LetterNumber
            | OtherNumber
    )
}

/// Says whether a character is a decimal digit of any script.
pub(crate) fn is_decimal(c: char) -> bool {
    c.is_ascii_digit() || (!c.is_ascii() && get_general_category(c) == GeneralCategory::DecimalNumber)
}

/// Says whether a character is a digit of any kind: decimal, or one of the 128 superscript, subscript, circled
/// and similar digits that have a digit value without being decimal.
pub(crate) fn is_digit(c: char) -> bool {
    is_decimal(c)
        || matches!(c,
            '\u{B2}' | '\u{B3}' | '\u{B9}' | '\u{1369}'..='\u{1371}' | '\u{19DA}' | '\u{2070}'
            | '\u{2074}'..='\u{2079}' | '\u{2080}'..='\u{2089}' | '\u{2460}'..='\u{2468}'
            | '\u{2474}'..='\u{247C}' | '\u{2488}'..='\u{2490}' | '\u{24EA}' | '\u{24F5}'..='\u{24FD}'
            | '\u{24FF}' | '\u{2776}'..='\u{277E}' | '\u{2780}'..='\u{2788}' | '\u{278A}'..='\u{2792}'
            | '\u{10A40}'..='\u{10A43}' | '\u{10E60}'..='\u{10E68}' | '\u{11052}'..='\u{1105A}'
            | '\u{1F100}'..='\u{1F10A}')
}

/// Says whether two characters are the same when case is ignored, `lower` being an ASCII character in lower
/// case. Four non-ASCII characters fold to ASCII ones: long s, the Kelvin sign, and i with and without its dot.
pub(crate) fn same_fold(lower: char, c: char) -> bool {
    c.to_ascii_lowercase() == lower
        || matches!((lower, c), ('s', '\u{17F}') | ('k', '\u{212A}') | ('i', '\u{130}' | '\u{131}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_numbers_and_underscore_only() {
        for c in ['a', 'Z', '0', '_', 'ß', '日', 'Ⅷ', '²', '\u{AA}', '٣'] {
            assert!(is_word(c), "{c:?}");
        }
        // A combining accent, joiners, an emoji, a circled letter, another connector, white space.
        for c in
            ['\u{301}', '\u{200D}', '\u{200C}', '🙂', '\u{24B6}', '\u{203F}', ' ', '\u{A0}', '-', '\u{FEFF}']
        {
            assert!(!is_word(c), "{c:?}");
        }
    }

    #[test]
    fn there_are_128_digits_that_are_not_decimal() {
        let count =
            (0..=0x10_FFFF).filter_map(char::from_u32).filter(|&c| is_digit(c) && !is_decimal(c)).count();
        assert_eq!(count, 128);
    }

    #[test]
    fn classes_agree_with_their_definitions_on_ascii() {
        for c in (0u8..128).map(char::from) {
            let text = c.to_string();
            let word = is_word(c);
            let id = word || "-~.:".contains(c);
            assert_eq!(ASCII_PART.span(&text) == 1, word || "-.".contains(c), "{c:?}");
            assert_eq!(ID.span(&text) == 1, id, "{c:?}");
            assert_eq!(PERCENT_ID.span(&text) == 1, id || c == '%', "{c:?}");
            assert_eq!(OLD.span(&text) == 1, word || ".%-".contains(c), "{c:?}");
            assert_eq!(PATH.span(&text) == 1, word || "-./".contains(c), "{c:?}");
            assert_eq!(HEX.span(&text) == 1, "0123456789abcdef".contains(c), "{c:?}");
        }
    }

    #[test]
    fn spans_end_at_the_first_foreign_character() {
        assert_eq!(SLUG.span("añ日:x"), "añ日".len());
        assert_eq!(ASCII_PART.span("añ"), 1);
        assert_eq!(SLUG.span(""), 0);
    }
}
