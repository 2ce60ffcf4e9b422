//! Texts in messages: the line of a place, and long texts and lists cut short.

/// Returns the 1-based line of a byte offset.
pub(crate) fn line_of(text: &str, offset: usize) -> u32 {
    let before = text.get(..offset).unwrap_or(text);
    u32::try_from(before.bytes().filter(|&byte| byte == b'\n').count()).unwrap_or(u32::MAX).saturating_add(1)
}

/// Returns at most so many characters of a text.
pub(crate) fn truncated(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

/// Returns up to five of the names, and how many more there are.
pub(crate) fn some_of<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 5;
    let more = names.len().saturating_sub(SHOWN);
    let mut shown = names.take(SHOWN).collect::<Vec<_>>().join(", ");
    if more > 0 {
        shown.push_str(&format!(" and {more} more"));
    }
    shown
}
