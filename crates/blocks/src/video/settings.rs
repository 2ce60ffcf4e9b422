//! What a video block's fields say, in the terms of a player.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::Value;
use xblock::Block;

use super::language;

/// Where a video comes from and how it plays.
pub(super) struct Settings<'a> {
    /// File URLs, in order of preference.
    pub(super) sources: Vec<Cow<'a, str>>,
    /// YouTube ids by speed, the ordinary speed included; empty ids left out.
    pub(super) youtube: Vec<(&'static str, Cow<'a, str>)>,
    /// Seconds from where it plays.
    pub(super) start: f64,
    /// Seconds to where it plays; 0 is to the end.
    pub(super) end: f64,
    /// Transcript files by language, sorted.
    pub(super) transcripts: BTreeMap<Cow<'a, str>, Vec<String>>,
}

const YOUTUBE_FIELDS: [(&str, &str); 4] = [
    ("0.75", "youtube_id_0_75"),
    ("1.00", "youtube_id_1_0"),
    ("1.25", "youtube_id_1_25"),
    ("1.50", "youtube_id_1_5"),
];

impl<'a> Settings<'a> {
    /// Reads a block's fields; what has another type than declared counts as not set.
    pub(super) fn of(block: &Block<'a>) -> Self {
        let youtube = YOUTUBE_FIELDS.iter().map(|(speed, field)| (*speed, block.text(field)));
        Settings {
            sources: texts(block.value("html5_sources")),
            youtube: youtube.filter(|(_, id)| is_youtube_id(id)).collect(),
            start: seconds(&block.value("start_time")),
            end: seconds(&block.value("end_time")),
            transcripts: transcripts(block),
        }
    }

    /// Returns the YouTube id of the ordinary speed, else of any.
    pub(super) fn youtube_id(&self) -> Option<&str> {
        let ordinary = self.youtube.iter().find(|(speed, _)| *speed == "1.00");
        ordinary.or(self.youtube.first()).map(|(_, id)| id.as_ref())
    }

    /// Returns the language to show: the preferred one if there is a transcript in it, else English, else the
    /// first.
    pub(super) fn language(&self, preferred: &str) -> Option<&str> {
        let has = |language: &str| self.transcripts.get_key_value(language);
        let found = has(preferred).or_else(|| has("en")).or_else(|| self.transcripts.first_key_value());
        found.map(|(language, _)| language.as_ref())
    }
}

/// Returns whether text can be an id: anything else would change the URL it is put into.
fn is_youtube_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn texts(value: Cow<'_, Value>) -> Vec<Cow<'_, str>> {
    let keep = |text: &str| !text.trim().is_empty();
    match value {
        Cow::Borrowed(Value::Array(items)) => {
            items.iter().filter_map(Value::as_str).filter(|t| keep(t)).map(Cow::Borrowed).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the files that may hold the transcript of each language, best first.
fn transcripts<'a>(block: &Block<'a>) -> BTreeMap<Cow<'a, str>, Vec<String>> {
    let mut found = BTreeMap::new();
    if let Cow::Borrowed(Value::Object(entries)) = block.value("transcripts") {
        for (code, file) in entries {
            let file = file.as_str().map(str::trim).filter(|file| !file.is_empty());
            if let Some(file) = file.filter(|_| language::is_code(code)) {
                found.insert(Cow::Borrowed(code.as_str()), vec![asset_path(file).to_owned()]);
            }
        }
    }
    let sub = block.text("sub");
    if !sub.is_empty() {
        // Timed transcripts were stored under names made from the id.
        let files = || vec![["subs_", &sub, ".srt.sjson"].concat(), ["subs_", &sub, ".srt"].concat()];
        found.entry(Cow::Borrowed("en")).or_insert_with(files);
    }
    found
}

/// Returns a file's path below `static/`.
fn asset_path(file: &str) -> &str {
    file.strip_prefix("/static/").unwrap_or(file)
}

/// Reads a relative time: `HH:MM:SS`, or a number of seconds. What is neither is 0.
pub(super) fn seconds(value: &Value) -> f64 {
    match value {
        Value::Number(n) => n.as_f64().filter(|s| s.is_finite() && *s > 0.0).unwrap_or(0.0),
        Value::String(text) => clock_seconds(text).unwrap_or(0).into(),
        _ => 0.0,
    }
}

/// Reads `HH:MM:SS` up to a day; a fraction of a second is cut off.
pub(super) fn clock_seconds(text: &str) -> Option<u32> {
    let mut parts = text.trim().split(':');
    let mut part = |limit: u32| parts.next()?.parse::<u32>().ok().filter(|n| *n <= limit);
    let (hours, minutes) = (part(23)?, part(59)?);
    let seconds = parts.next()?.split('.').next()?.parse::<u32>().ok().filter(|n| *n < 60)?;
    parts.next().is_none().then_some(hours * 3600 + minutes * 60 + seconds)
}
