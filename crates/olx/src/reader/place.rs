//! Lines and columns from byte offsets.

use crate::Position;

/// Walks forward through a text and knows line and column of where it is.
pub(super) struct Place<'t> {
    text: &'t str,
    position: Position,
}

impl<'t> Place<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Place { text, position: Position { line: 1, column: 1, offset: 0 } }
    }

    /// Returns the position of an offset; offsets must not go backwards.
    pub(super) fn advance(&mut self, offset: usize) -> Position {
        let passed = self.text.get(self.position.offset..offset).unwrap_or_default();
        match passed.rfind('\n') {
            Some(last) => {
                let lines = passed.bytes().filter(|&byte| byte == b'\n').count();
                self.position.line = self.position.line.saturating_add(saturate(lines));
                self.position.column = saturate(passed[last + 1..].chars().count()).saturating_add(1);
            }
            None => {
                self.position.column = self.position.column.saturating_add(saturate(passed.chars().count()))
            }
        }
        self.position.offset = offset.max(self.position.offset);
        self.position
    }
}

fn saturate(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Returns the position of an offset, which may be in the middle of a character.
pub(super) fn position_of(text: &str, mut offset: usize) -> Position {
    offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    Place::new(text).advance(offset)
}
