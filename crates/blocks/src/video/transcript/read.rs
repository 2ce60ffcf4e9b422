//! SubRip, WebVTT and the "sjson" of timed transcripts, as they are found in the wild.

use std::borrow::Cow;

use serde::Deserialize;

use super::Cue;

/// Captions beyond this many are left out.
const MAX_CUES: usize = 50_000;

/// Longest time stamp that is kept, in milliseconds: 100 hours.
const MAX_TIME: u64 = 360_000_000;

/// Reads a transcript in whichever format it is; what is in none of them has no cues.
pub(in crate::video) fn parse(bytes: &[u8]) -> Vec<Cue> {
    let text = decode(bytes);
    let text = text.trim_start();
    if text.starts_with('{') { sjson(text) } else { timed_text(text) }
}

/// Decodes UTF-8 and, by their mark, UTF-16; anything else is read as Latin-1, which never fails.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
        },
    }
}

#[derive(Deserialize)]
struct Sjson {
    start: Vec<f64>,
    end: Vec<f64>,
    text: Vec<String>,
}

fn sjson(text: &str) -> Vec<Cue> {
    let Ok(sjson) = serde_json::from_str::<Sjson>(text) else { return Vec::new() };
    let times = sjson.start.iter().zip(&sjson.end);
    let cues = times.zip(sjson.text).map(|((start, end), text)| {
        // A cast of a float saturates, and makes 0 of NaN.
        cue(*start as u64, *end as u64, text.lines())
    });
    cues.filter(|cue| !cue.text.is_empty()).take(MAX_CUES).collect()
}

/// Reads SubRip and WebVTT, which agree on the essential: a line of times, then lines of text. Numbers before
/// the times, blank lines inside a text, a missing blank line before the next cue, times without hours, dots
/// or commas, and settings after the times are all taken as they come.
fn timed_text(text: &str) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut open: Option<(u64, u64, Vec<&str>)> = None;
    let mut lines = text.lines().peekable();
    let mut after_blank = true;
    while let Some(line) = lines.next() {
        let line = line.trim();
        if let Some((start, end)) = times(line) {
            finish(&mut cues, open.replace((start, end, Vec::new())));
            if cues.len() == MAX_CUES {
                return cues;
            }
        } else if is_comment(line) && after_blank {
            finish(&mut cues, open.take());
        } else {
            let names_next = lines.peek().is_some_and(|next| times(next.trim()).is_some())
                && !line.is_empty()
                && (after_blank || is_number(line));
            if let Some((_, _, text)) = open.as_mut().filter(|_| !names_next) {
                text.push(line);
            }
        }
        after_blank = line.is_empty();
    }
    finish(&mut cues, open);
    cues
}

fn finish(cues: &mut Vec<Cue>, open: Option<(u64, u64, Vec<&str>)>) {
    if let Some((start, end, lines)) = open {
        let cue = cue(start, end, lines.into_iter());
        if !cue.text.is_empty() {
            cues.push(cue);
        }
    }
}

fn cue<'a>(start: u64, end: u64, lines: impl Iterator<Item = &'a str>) -> Cue {
    let lines: Vec<_> = lines.map(str::trim).filter(|line| !line.is_empty()).collect();
    let start = start.min(MAX_TIME);
    Cue { start, end: end.clamp(start, MAX_TIME), text: lines.join("\n") }
}

fn is_number(line: &str) -> bool {
    !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit())
}

/// Returns whether a WebVTT block that is no cue starts here.
fn is_comment(line: &str) -> bool {
    ["NOTE", "STYLE", "REGION"].iter().any(|word| line == *word || line.starts_with(&[word, " "].concat()))
}

/// Reads `00:00:01,000 --> 00:00:02,500 …`.
fn times(line: &str) -> Option<(u64, u64)> {
    let (start, rest) = line.split_once("-->")?;
    let end = rest.split_whitespace().next()?;
    Some((time(start.trim())?, time(end)?))
}

/// Reads `[H:]M:S[,mmm]` into milliseconds; a fraction of any number of digits, with a dot or a comma.
fn time(text: &str) -> Option<u64> {
    let (clock, fraction) = text.split_once([',', '.']).unwrap_or((text, ""));
    let mut seconds: u64 = 0;
    let mut parts = 0;
    for part in clock.split(':') {
        seconds = seconds.checked_mul(60)?.checked_add(part.trim().parse().ok()?)?;
        parts += 1;
    }
    if !(2..=3).contains(&parts) || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let milliseconds = fraction.bytes().chain(*b"000").take(3).fold(0, |ms, b| ms * 10 + u64::from(b - b'0'));
    seconds.checked_mul(1000)?.checked_add(milliseconds)
}
