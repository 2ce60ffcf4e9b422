//! What pages say of references and versions, in words.

use blockstore::Version;
use compositor::{CustomizedBlock, Level, PoolBlock, UpdateState};
use renderer::page::{CustomizedEntry, CustomizedValue, VersionEntry};
use serde_json::Value;

use crate::runtime::references::Referred;

/// Where a reference stands.
pub(super) struct Standing {
    pub(super) sentence: String,
    /// What the link to the update says, where there is one.
    pub(super) link: Option<&'static str>,
}

/// Says where a reference stands.
pub(super) fn standing(referred: &Referred, versions: &[Version]) -> Standing {
    let named = |number: Option<u32>| match number {
        Some(number) => label(number, versions),
        None => "no version".to_owned(),
    };
    let (pinned, latest) = (named(referred.pinned()), named(referred.latest()));
    let (sentence, link) = match referred.state() {
        None => ("No library is chosen yet.".to_owned(), None),
        Some(UpdateState::Current) => {
            let other = (versions.len() > 1).then_some("Compare with an older version");
            (format!("The course shows {pinned}, the newest."), other)
        }
        Some(UpdateState::UpdateAvailable) => {
            (format!("The course shows {pinned}. {} is there.", capital(&latest)), Some("See what changes"))
        }
        Some(UpdateState::Declined) => {
            let sentence = format!("The course shows {pinned}. You declined {latest}.");
            (sentence, Some("See what would change"))
        }
        Some(UpdateState::PinnedMissing) if referred.latest().is_some() => {
            let sentence =
                format!("The course asks for {pinned}, which is not here. {} is.", capital(&latest));
            (sentence, Some("Choose a version that is here"))
        }
        Some(UpdateState::PinnedMissing) => ("The library is not here.".to_owned(), None),
        Some(UpdateState::Unlinked) => ("The blocks were copied into the course.".to_owned(), None),
    };
    Standing { sentence, link }
}

/// Names a version.
pub(super) fn label(number: u32, versions: &[Version]) -> String {
    let version = versions.iter().find(|version| version.number == number);
    match version.map(given_name).filter(|name| !name.is_empty()) {
        Some(name) => format!("version {number} “{name}”"),
        None => format!("version {number}"),
    }
}

/// Returns a text with its first letter as at the beginning of a sentence.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Lists versions, the newest first.
pub(super) fn version_entries(
    versions: &[Version],
    shown: Option<u32>,
    chosen: Option<u32>,
) -> Vec<VersionEntry> {
    let entry = |version: &Version| VersionEntry {
        number: version.number,
        name: given_name(version).to_owned(),
        comment: version.description.clone(),
        date: version.created_at.date().to_string(),
        is_shown: shown == Some(version.number),
        is_chosen: chosen == Some(version.number),
    };
    versions.iter().rev().map(entry).collect()
}

/// Returns the name somebody gave a version: `v<N>` is none.
fn given_name(version: &Version) -> &str {
    if version.name == format!("v{}", version.number) { "" } else { &version.name }
}

/// Names the settings of a reference that say something.
pub(super) fn settings(referred: &Referred, versions: &[Version]) -> Vec<(&'static str, String)> {
    let reference = &referred.reference;
    let mut all = Vec::new();
    let mut tell = |name, value: String| {
        if !value.is_empty() {
            all.push((name, value));
        }
    };
    tell(
        "Library",
        match (&reference.library, &referred.library) {
            (None, _) => "none".to_owned(),
            (Some(key), Some(record)) if !record.title.is_empty() => format!("{} ({key})", record.title),
            (Some(key), _) => key.to_string(),
        },
    );
    tell("Version", reference.pinned().map_or_else(String::new, |n| capital(&label(n, versions))));
    tell("Pool", if reference.manual { "chosen blocks" } else { "the whole library" }.to_owned());
    if !reference.manual {
        tell("Only of these types", reference.block_types.join(", "));
        tell("Only problems of this kind", reference.capa_type.clone().unwrap_or_default());
        tell("Only with these tags", reference.tags.join(", "));
        tell("Only from these collections", reference.collections.join(", "));
    }
    tell(
        "Blocks for each learner",
        match reference.count {
            count if count < 0 => "all".to_owned(),
            count => count.to_string(),
        },
    );
    tell("Order", if reference.shuffle { "another for each learner" } else { "as in the pool" }.to_owned());
    tell("Group without repeats", reference.group.clone());
    tell("Learners may draw again", yes_no(reference.allow_reset).to_owned());
    all
}

/// Describes customisations.
pub(super) fn customized(blocks: Vec<CustomizedBlock>, pool: &[PoolBlock<'_>]) -> Vec<CustomizedEntry> {
    let title = |key: &str| {
        let block = pool.iter().find(|block| block.block.as_str() == key);
        block.map_or_else(|| key.to_owned(), |block| block.display_name.clone())
    };
    let entry = |block: CustomizedBlock| CustomizedEntry {
        title: title(&block.block),
        waits: block.orphan,
        fields: block
            .fields
            .into_iter()
            .map(|field| CustomizedValue {
                for_all: field.level == Level::Reference,
                library: if block.orphan { "–".to_owned() } else { shown(&field.library_value) },
                course: shown(if block.orphan { &field.value } else { &field.effective_value }),
                ignored: match field.code {
                    None | Some("override_orphan") => "",
                    Some("override_unknown_field") => "blocks of this type have no such field",
                    Some("override_bad_type") => "it is not the kind of value the field holds",
                    Some(_) => "the field cannot be changed here",
                },
                title: field_name(&field.field),
                name: field.field,
            })
            .collect(),
        block: block.block,
    };
    blocks.into_iter().map(entry).collect()
}

/// Returns the name of a field as people read it: `max_attempts` is “Max attempts”.
pub(super) fn field_name(name: &str) -> String {
    match name {
        "display_name" => "Title".to_owned(),
        "showanswer" => "Show answer".to_owned(),
        name => capital(&name.replace('_', " ")),
    }
}

/// Returns a value as people write it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(flag) => yes_no(*flag).to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn yes_no(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}
