//! Transcripts: read in the formats authors have, written in those players and readers want.

mod read;
mod write;

#[cfg(test)]
mod tests;

pub(super) use read::parse;
pub(super) use write::{sjson, srt, txt, vtt};

/// One caption: what is said from when to when, in milliseconds. The text has no blank lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cue {
    /// When it begins.
    pub(super) start: u64,
    /// When it ends, never before it begins.
    pub(super) end: u64,
    /// Its lines; markup as the author wrote it.
    pub(super) text: String,
}
