//! Library archives: imported into an empty store and compared with what the reference reader restored.
//!
//! `FILE.zip` is compared with `restored` in `FILE.state.json` beside it. A row is a fact: the package, an entity, one
//! of its versions, one of their files, a collection. Media types and storage kinds of the reference are not compared.
//!
//! The reference reader loses some of what an archive carries (library-archive §7.1). Each kind of loss is taken out of
//! our side before comparing, by rule and never by row; `normalise` has the rules.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::Path,
    sync::Arc,
};

use anyhow::{Context, bail};
use blockstore::{Blockstore, MemoryBlobs};
use importer::{
    NoProgress,
    archive::{ContentState, EntityState, FileState, ImportedState, VersionState, read_state},
};
use learning_context::ContextStore;
use serde_json::Value;
use storage::Database;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Options, Outcome, text};

/// Compares one archive.
pub(crate) fn run(file: &Path, _options: &Options) -> anyhow::Result<Outcome> {
    let state = file.with_extension("state.json");
    let open = File::open(&state).with_context(|| format!("cannot open {}", state.display()))?;
    let recorded: Value = serde_json::from_reader(open)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ours = runtime.block_on(import(file))?;
    compare(&recorded["restored"], ours)
}

async fn import(file: &Path) -> anyhow::Result<ImportedState> {
    let at = OffsetDateTime::UNIX_EPOCH;
    let options = storage::Options::new(Arc::new(move || at), Arc::new(uuid::Uuid::new_v4));
    let db = Database::connect("sqlite::memory:", Arc::new(MemoryBlobs::default()), options).await?;
    db.migrate().await?;
    let scratch = tempfile::tempdir()?;
    let mut options = importer::Options::new(at, &uuid::Uuid::new_v4, scratch.path());
    // The reference leaves out children that are not in the archive.
    options.lenient = true;
    let registry = blocks::registry();
    let report = importer::import(file, &db, &db, &registry, &options, &NoProgress).await?;
    let again = importer::import(file, &db, &db, &registry, &options, &NoProgress).await?;
    if again.changed() {
        bail!("importing it again changed something:\n{again}");
    }
    let found = db.contexts(&[report.key.parse()?]).await?;
    let (_, record) = found.first().context("the imported library is not there")?;
    db.bundle(record.bundle).await?.context("the library's bundle is not there")?;
    Ok(read_state(&db, record.bundle).await?)
}

fn compare(restored: &Value, mut ours: ImportedState) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut row = outcome.row();
    for (name, got) in [("title", &ours.package.title), ("description", &ours.package.description)] {
        if text(restored, name)? != got {
            row.differs(format!("package {name}"), &restored[name], got);
        }
    }
    drop(row);
    let keys: BTreeSet<String> = ours.entities.keys().cloned().collect();
    for expected in list(restored, "entities")? {
        let key = text(expected, "ref")?;
        let entity = ours.entities.remove(key).map(|entity| normalise(entity, expected, &keys));
        compare_entity(&mut outcome, key, expected, entity.as_ref())?;
    }
    for expected in list(restored, "collections")? {
        let key = text(expected, "code")?;
        let mut row = outcome.row();
        let Some(got) = ours.collections.remove(key) else {
            row.differs(format!("collection {key}"), "present", "absent");
            continue;
        };
        // The reference refuses an archive whose collections name what is not there.
        let entities: Vec<&str> = got.entities.iter().map(String::as_str).collect();
        for (name, got) in [
            ("title", Value::from(got.title.as_str())),
            ("description", got.description.as_str().into()),
            ("entities", entities.into()),
        ] {
            if expected[name] != got {
                row.differs(format!("collection {key} {name}"), &expected[name], got);
            }
        }
    }
    for (kind, left) in [
        ("entity", ours.entities.into_keys().collect::<Vec<_>>()),
        ("collection", ours.collections.into_keys().collect()),
    ] {
        for key in left {
            outcome.row().differs(format!("{kind} {key}"), "absent", "present");
        }
    }
    Ok(outcome)
}

fn list<'a>(value: &'a Value, name: &str) -> anyhow::Result<&'a Vec<Value>> {
    value[name].as_array().with_context(|| format!("there is no list {name:?}"))
}

/// Takes out of our side what the reference reader loses (library-archive §7.1).
fn normalise(mut entity: EntityState, expected: &Value, keys: &BTreeSet<String>) -> EntityState {
    // An unpublished deletion is undone: the draft comes back equal to what is published.
    if entity.draft.is_none() && entity.published.is_some() && !expected["draft"].is_null() {
        entity.draft = entity.published.clone();
    }
    for (version, state) in [(&mut entity.draft, "draft"), (&mut entity.published, "published")] {
        match version.as_mut().map(|version| &mut version.content) {
            Some(ContentState::Children(children)) => {
                // Children that are not in the archive are dropped, and all others lose their pins.
                children.retain(|(key, _)| keys.contains(key));
                children.iter_mut().for_each(|(_, pinned)| *pinned = None);
            }
            Some(ContentState::Files(files)) => {
                *files = lossy_files(std::mem::take(files), &expected[state]["files"]);
            }
            None => {}
        }
    }
    entity
}

/// A path is cut behind its last version folder (`static/v1/app.js` becomes `app.js`), and a file that looks like a
/// component's TOML is lost.
fn lossy_files(files: BTreeMap<String, FileState>, expected: &Value) -> BTreeMap<String, FileState> {
    let is_there = |path: &str| expected.get(path).is_some();
    let lossy = files.into_iter().filter_map(|(path, file)| {
        if is_there(&path) {
            return Some((path, file));
        }
        match cut(&path) {
            Some(rest) if is_there(rest) => Some((rest.to_owned(), file)),
            _ if path.ends_with(".toml") => None,
            _ => Some((path, file)),
        }
    });
    lossy.collect()
}

/// Returns what follows the last folder named `v` and a number.
fn cut(path: &str) -> Option<&str> {
    let is_version = |name: &str| {
        name.strip_prefix('v')
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let after_version = |at: &usize| is_version(path[..*at].rsplit('/').next().unwrap_or_default());
    path.rmatch_indices('/').map(|(at, _)| at).find(after_version).map(|at| &path[at + 1..])
}

fn compare_entity(
    outcome: &mut Outcome,
    key: &str,
    expected: &Value,
    entity: Option<&EntityState>,
) -> anyhow::Result<()> {
    let mut row = outcome.row();
    let Some(entity) = entity else {
        row.differs(format!("entity {key}"), "present", "absent");
        return Ok(());
    };
    if text(expected, "type")? != entity.kind {
        row.differs(format!("entity {key} type"), &expected["type"], &entity.kind);
    }
    if expected["can_stand_alone"] != entity.can_stand_alone {
        row.differs(
            format!("entity {key} can_stand_alone"),
            &expected["can_stand_alone"],
            entity.can_stand_alone,
        );
    }
    if let Some(created) = &entity.created
        && OffsetDateTime::parse(text(expected, "created")?, &Rfc3339)?
            != OffsetDateTime::parse(created, &Rfc3339)?
    {
        row.differs(format!("entity {key} created"), &expected["created"], created);
    }
    drop(row);
    for (state, got) in [("draft", &entity.draft), ("published", &entity.published)] {
        let id = format!("{state} of {key}");
        match (&expected[state], got) {
            (Value::Null, None) => drop(outcome.row()),
            (Value::Null, Some(got)) => outcome.row().differs(id, "none", format!("v{}", got.version_num)),
            (_, None) => outcome.row().differs(id, "a version", "none"),
            (expected, Some(got)) => compare_version(outcome, &id, expected, got)?,
        }
    }
    Ok(())
}

fn compare_version(
    outcome: &mut Outcome,
    id: &str,
    expected: &Value,
    got: &VersionState,
) -> anyhow::Result<()> {
    let mut row = outcome.row();
    if expected["version_num"] != got.version_num {
        row.differs(format!("{id} version_num"), &expected["version_num"], got.version_num);
    }
    if text(expected, "title")? != got.title {
        row.differs(format!("{id} title"), &expected["title"], &got.title);
    }
    match &got.content {
        ContentState::Children(children) => {
            let got: Vec<Value> = children
                .iter()
                .map(|(key, pinned)| serde_json::json!({ "pinned_version_num": pinned, "ref": key }))
                .collect();
            if expected["children"] != Value::Array(got.clone()) {
                row.differs(format!("{id} children"), &expected["children"], Value::Array(got));
            }
        }
        ContentState::Files(files) => {
            let Some(expected) = expected["files"].as_object() else {
                row.differs(format!("{id} files"), "none", "files");
                return Ok(());
            };
            drop(row);
            let paths: BTreeSet<&String> = expected.keys().chain(files.keys()).collect();
            for path in paths {
                let mut row = outcome.row();
                let fact = |digest: &str, size: u64| format!("{size} bytes, {digest}");
                let wanted = expected.get(path).map(|file| {
                    fact(
                        file["blake2b20"].as_str().unwrap_or_default(),
                        file["size"].as_u64().unwrap_or_default(),
                    )
                });
                let found = files.get(path).map(|file| fact(&file.digest.to_string(), file.size));
                if wanted != found {
                    let none = || "absent".to_owned();
                    row.differs(
                        format!("{id} {path}"),
                        wanted.unwrap_or_else(none),
                        found.unwrap_or_else(none),
                    );
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn cuts_behind_the_last_version_folder() {
        assert_eq!(cut("static/v1/app.js"), Some("app.js"));
        assert_eq!(cut("static/v1/v22/a/app.js"), Some("a/app.js"));
        assert_eq!(cut("static/v/app.js"), None);
        assert_eq!(cut("static/vx1/v1"), None);
    }
}
