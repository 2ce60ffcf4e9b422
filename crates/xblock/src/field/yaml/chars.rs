//! Character classes of YAML 1.1. The scanner reads `\0` past the end.

/// Returns whether YAML text may hold the character.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Returns whether the character ends a line.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Returns whether the character ends a line or the text.
pub(super) fn is_break_or_end(c: char) -> bool {
    is_break(c) || c == '\0'
}

/// Returns whether the character is a space, ends a line or ends the text.
pub(super) fn is_blank_or_end(c: char) -> bool {
    c == ' ' || is_break_or_end(c)
}

/// Returns whether the character is white space, tabs included, ends a line or ends the text.
pub(super) fn is_white_or_end(c: char) -> bool {
    c == '\t' || is_blank_or_end(c)
}

/// Returns whether the character may be in an anchor or a tag handle.
pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}
