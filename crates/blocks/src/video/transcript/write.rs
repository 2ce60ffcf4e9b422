//! WebVTT for players, SubRip and text for downloads, "sjson" for clients that ask for it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Cue;

/// Tags both SubRip and WebVTT know.
const SHARED_TAGS: [&str; 6] = ["<b>", "</b>", "<i>", "</i>", "<u>", "</u>"];

/// Writes WebVTT: shared tags are kept, other tags left out, everything else escaped.
pub(in crate::video) fn vtt(cues: &[Cue]) -> String {
    let mut out = String::from("WEBVTT\n");
    for cue in cues {
        out.push('\n');
        push_times(&mut out, cue, '.');
        push_vtt_text(&mut out, &cue.text);
        out.push('\n');
    }
    out
}

fn push_vtt_text(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = SHARED_TAGS.iter().find(|tag| starts_with_ignoring_case(rest, tag));
        let skipped = if let Some(tag) = known {
            out.push_str(tag);
            tag.len()
        } else if let Some(tag) = tag(rest) {
            tag.len()
        } else if let Some(entity) = entity(rest) {
            out.push_str(entity);
            entity.len()
        } else {
            out.push_str(match rest.as_bytes()[0] {
                b'<' => "&lt;",
                b'>' => "&gt;",
                _ => "&amp;",
            });
            1
        };
        rest = &rest[skipped..];
    }
    out.push_str(rest);
}

/// Returns the tag the text begins with, e.g. `<font color="red">`.
fn tag(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('<')?;
    let name = inside.strip_prefix('/').unwrap_or(inside);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let end = text.find(['>', '\n']).filter(|end| text.as_bytes()[*end] == b'>')?;
    Some(&text[..=end])
}

/// Returns the character reference the text begins with, if WebVTT has it.
fn entity(text: &str) -> Option<&str> {
    ["&amp;", "&lt;", "&gt;", "&nbsp;", "&lrm;", "&rlm;"].into_iter().find(|entity| text.starts_with(entity))
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// Writes SubRip.
pub(in crate::video) fn srt(cues: &[Cue]) -> String {
    let mut out = String::new();
    for (i, cue) in cues.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}", i + 1);
        push_times(&mut out, cue, ',');
        out.push_str(&cue.text);
        out.push_str("\n\n");
    }
    out
}

/// Writes the text alone, a line for each caption.
pub(in crate::video) fn txt(cues: &[Cue]) -> String {
    let lines: Vec<_> = cues.iter().map(|cue| cue.text.replace('\n', " ")).collect();
    lines.join("\n")
}

/// Writes lists of start times, end times and texts.
pub(in crate::video) fn sjson(cues: &[Cue]) -> Value {
    json!({
        "start": cues.iter().map(|cue| cue.start).collect::<Vec<_>>(),
        "end": cues.iter().map(|cue| cue.end).collect::<Vec<_>>(),
        "text": cues.iter().map(|cue| cue.text.as_str()).collect::<Vec<_>>(),
    })
}

fn push_times(out: &mut String, cue: &Cue, decimal: char) {
    push_time(out, cue.start, decimal);
    out.push_str(" --> ");
    push_time(out, cue.end, decimal);
    out.push('\n');
}

fn push_time(out: &mut String, time: u64, decimal: char) {
    let (seconds, ms) = (time / 1000, time % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let _ = write!(out, "{hours:02}:{minutes:02}:{seconds:02}{decimal}{ms:03}");
}
