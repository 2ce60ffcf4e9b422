//! Writing drafts.

use std::collections::{BTreeMap, HashMap};

use blockstore::{BlockstoreError, BundleId, Change, Digest, Draft, DraftName, FilePath};
use bytes::Bytes;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{blobs, id, links};
use crate::{
    Database, StorageError,
    database::time_of,
    engine::{Param, Record, Tx},
    sql::bundles as sql,
};

/// A draft with what only the store knows.
pub(super) struct Stored {
    /// The draft.
    pub(super) draft: Draft,
    /// Files it holds, those of its base included.
    pub(super) file_count: u64,
}

/// Reads a row of [`sql::DRAFT`].
pub(super) fn read(row: &Record, bundle: BundleId, name: &DraftName) -> Result<Stored, StorageError> {
    let id = Uuid::from_slice(row.get(0)?).map_err(|error| StorageError::corrupt("draft id", error))?;
    let draft = Draft {
        id,
        bundle,
        name: name.clone(),
        base_version: row.number(1)?,
        revision: row.number(2)?,
        created_at: time_of(row.get(3)?)?,
        updated_at: time_of(row.get(4)?)?,
        has_changes: row.get(6)?,
    };
    Ok(Stored { draft, file_count: row.number(5)? })
}

/// The pointers of a bundle, locked until the transaction ends.
pub(super) struct Locked {
    pub(super) latest_version: u32,
    /// Highest revision of a draft that was thrown away.
    draft_revision: u64,
}

/// Locks a bundle for writing.
pub(super) async fn lock(tx: &mut Tx<'_>, bundle: BundleId) -> Result<Locked, BlockstoreError> {
    let row = tx.row(&sql::LOCK_BUNDLE, &[id(&bundle)]).await?;
    let row = row.ok_or(BlockstoreError::NoSuchBundle(bundle))?;
    Ok(Locked { latest_version: row.number(0)?, draft_revision: row.number(1)? })
}

/// Reads a draft within a transaction.
pub(super) async fn find(
    tx: &mut Tx<'_>,
    bundle: BundleId,
    name: &DraftName,
) -> Result<Option<Stored>, BlockstoreError> {
    let row = tx.row(&sql::DRAFT, &[id(&bundle), name.as_str().into()]).await?;
    Ok(row.map(|row| read(&row, bundle, name)).transpose()?)
}

/// What changes are to make of a bundle: the last one of each path and link counts.
#[derive(Default)]
struct Wanted {
    files: BTreeMap<FilePath, Option<(Digest, u64)>>,
    blobs: BTreeMap<Digest, Bytes>,
    links: BTreeMap<String, links::Target>,
}

impl Wanted {
    async fn collect(db: &Database, bundle: BundleId, changes: Vec<Change>) -> Result<Self, BlockstoreError> {
        let mut wanted = Wanted::default();
        let known = changes.iter().filter_map(|change| match change {
            Change::PutKnown(_, digest) => Some(*digest),
            _ => None,
        });
        let sizes = blobs::sizes(db, &known.collect()).await?;
        for change in changes {
            match change {
                Change::Put(path, bytes) => {
                    let (size, limit) = (bytes.len() as u64, db.options.limits.file_bytes);
                    if size > limit {
                        let what = format!("file '{path}' (bytes)");
                        return Err(BlockstoreError::TooLarge { what, size, limit });
                    }
                    let digest = Digest::of(&bytes);
                    wanted.files.insert(path, Some((digest, size)));
                    wanted.blobs.insert(digest, bytes);
                }
                Change::PutKnown(path, digest) => {
                    let size = sizes.get(&digest).ok_or(BlockstoreError::NoSuchBlob(digest))?;
                    wanted.files.insert(path, Some((digest, *size)));
                }
                Change::Delete(path) => {
                    wanted.files.insert(path, None);
                }
                Change::Link { name, bundle: target, version } => {
                    let target = links::resolve(db, bundle, &name, target, version).await?;
                    wanted.links.insert(name, target);
                }
                Change::Unlink(name) => {
                    wanted.links.insert(name, None);
                }
            }
        }
        Ok(wanted)
    }
}

/// Applies changes to a draft, opening it when there is none.
pub(super) async fn write(
    db: &Database,
    bundle: BundleId,
    name: &DraftName,
    changes: Vec<Change>,
    expect_revision: Option<u64>,
) -> Result<Draft, BlockstoreError> {
    let wanted = Wanted::collect(db, bundle, changes).await?;
    blobs::put_large(db, &wanted.blobs).await?;

    let mut tx = db.engine.begin().await?;
    let locked = lock(&mut tx, bundle).await?;
    let found = find(&mut tx, bundle, name).await?;
    check(expect_revision, found.as_ref())?;
    let is_new = found.is_none();
    let mut stored = match found {
        Some(stored) => stored,
        None => open(db, &mut tx, bundle, name, &locked).await?,
    };
    let files = write_files(db, &mut tx, &stored, &wanted).await?;
    let links = write_links(&mut tx, &stored.draft, &wanted).await?;
    if !(is_new || links || files.is_some()) {
        // Nothing changed, so nothing that was read from the draft is out of date.
        return Ok(stored.draft);
    }
    stored.file_count = files.unwrap_or(stored.file_count);
    stored.draft.revision += 1;
    update(&mut tx, &stored, db.now()).await?;
    let stored = find(&mut tx, bundle, name).await?;
    tx.commit().await?;
    let gone = || BlockstoreError::NoSuchDraft { bundle, name: name.as_str().to_owned() };
    Ok(stored.ok_or_else(gone)?.draft)
}

/// Refuses a draft at another revision than the one expected; 0 stands for no draft.
fn check(expect_revision: Option<u64>, stored: Option<&Stored>) -> Result<(), BlockstoreError> {
    let found = stored.map_or(0, |stored| stored.draft.revision);
    match expect_revision.filter(|expected| *expected != found) {
        Some(expected) => Err(BlockstoreError::Stale { expected, found }),
        None => Ok(()),
    }
}

/// Opens a draft on the newest version.
async fn open(
    db: &Database,
    tx: &mut Tx<'_>,
    bundle: BundleId,
    name: &DraftName,
    locked: &Locked,
) -> Result<Stored, BlockstoreError> {
    let draft = (db.options.new_id)();
    let params = [
        draft.as_bytes().into(),
        id(&bundle),
        name.as_str().into(),
        locked.latest_version.into(),
        as_param(locked.draft_revision),
        db.now().into(),
    ];
    tx.execute(&sql::OPEN_DRAFT, &params).await?;
    let opened = find(tx, bundle, name).await?;
    opened.ok_or_else(|| BlockstoreError::Storage(format!("draft {draft} was written but is not there")))
}

/// Writes a draft's pointers.
pub(super) async fn update(tx: &mut Tx<'_>, stored: &Stored, now: i64) -> Result<(), BlockstoreError> {
    let params = [
        stored.draft.id.as_bytes().into(),
        stored.draft.base_version.into(),
        as_param(stored.draft.revision),
        as_param(stored.file_count),
        now.into(),
    ];
    tx.execute(&sql::UPDATE_DRAFT, &params).await?;
    Ok(())
}

/// Writes the file changes; returns the draft's new number of files if any of them changed something.
async fn write_files(
    db: &Database,
    tx: &mut Tx<'_>,
    stored: &Stored,
    wanted: &Wanted,
) -> Result<Option<u64>, BlockstoreError> {
    if wanted.files.is_empty() {
        return Ok(None);
    }
    let draft = &stored.draft;
    let states = file_states(tx, draft, &wanted.files).await?;
    let (mut puts, mut drops, mut used) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut file_count = stored.file_count;
    for (path, to) in &wanted.files {
        let State { base, overlay } = states.get(path.as_str()).copied().unwrap_or_default();
        let now = overlay.unwrap_or(base);
        if now == *to {
            continue;
        }
        match (now, to) {
            (None, Some(_)) => file_count += 1,
            (Some(_), None) => file_count = file_count.saturating_sub(1),
            _ => {}
        }
        if base == *to {
            drops.push(path.as_str());
            continue;
        }
        puts.push(json!([path, to.map(|(digest, _)| digest), to.map_or(0, |(_, size)| size)]));
        if let Some((digest, bytes)) = to.and_then(|(digest, _)| wanted.blobs.get_key_value(&digest)) {
            used.insert(*digest, bytes.clone());
        }
    }
    if puts.is_empty() && drops.is_empty() {
        return Ok(None);
    }
    let limit = db.options.limits.files;
    if file_count > limit && file_count > stored.file_count {
        let what = "the list of files of one bundle".to_owned();
        return Err(BlockstoreError::TooLarge { what, size: file_count, limit });
    }
    blobs::put(db, tx, &used).await?;
    let id = Param::from(draft.id.as_bytes());
    if !puts.is_empty() {
        let puts = Value::Array(puts).to_string();
        tx.execute(&sql::PUT_DRAFT_FILES, &[id, (&puts).into()]).await?;
    }
    if !drops.is_empty() {
        let drops = json!(drops).to_string();
        tx.execute(&sql::DROP_DRAFT_FILES, &[id, (&drops).into()]).await?;
    }
    Ok(Some(file_count))
}

/// What a path is on a draft's base, and what the draft makes of it, if anything.
#[derive(Clone, Copy, Default)]
struct State {
    base: Option<(Digest, u64)>,
    overlay: Option<Option<(Digest, u64)>>,
}

async fn file_states(
    tx: &mut Tx<'_>,
    draft: &Draft,
    files: &BTreeMap<FilePath, Option<(Digest, u64)>>,
) -> Result<HashMap<String, State>, BlockstoreError> {
    let paths = json!(files.keys().collect::<Vec<_>>()).to_string();
    let params = [(&paths).into(), id(&draft.bundle), draft.base_version.into(), draft.id.as_bytes().into()];
    let mut states = HashMap::new();
    for row in tx.rows(&sql::FILE_STATES, &params).await? {
        let overlay = row.get::<bool>(3)?.then(|| content(&row, 4)).transpose()?;
        states.insert(row.get(0)?, State { base: content(&row, 1)?, overlay });
    }
    Ok(states)
}

/// Reads a digest and the size in the column after it.
fn content(row: &Record, column: usize) -> Result<Option<(Digest, u64)>, BlockstoreError> {
    let Some(digest) = row.get::<Option<&[u8]>>(column)? else { return Ok(None) };
    Ok(Some((Digest::try_from(digest)?, row.number(column + 1)?)))
}

/// Writes the link changes; returns whether any of them changed something.
async fn write_links(tx: &mut Tx<'_>, draft: &Draft, wanted: &Wanted) -> Result<bool, BlockstoreError> {
    if wanted.links.is_empty() {
        return Ok(false);
    }
    let (base, effective) =
        links::of_draft(tx, draft.bundle, draft.name.as_str(), draft.base_version).await?;
    let mut changed = false;
    for (name, target) in &wanted.links {
        changed |= links::apply(tx, &draft.id, &base, &effective, name, target).await?;
    }
    Ok(changed)
}

/// Throws a draft away, remembering its revision so that the next one does not repeat it.
pub(super) async fn delete(
    db: &Database,
    bundle: BundleId,
    name: &DraftName,
    expect_revision: Option<u64>,
) -> Result<bool, BlockstoreError> {
    let mut tx = db.engine.begin().await?;
    let locked = match lock(&mut tx, bundle).await {
        Err(BlockstoreError::NoSuchBundle(_)) => return Ok(false),
        locked => locked?,
    };
    let found = find(&mut tx, bundle, name).await?;
    check(expect_revision, found.as_ref())?;
    let Some(stored) = found else { return Ok(false) };
    let revision = as_param(locked.draft_revision.max(stored.draft.revision));
    tx.execute(&sql::SET_DRAFT_REVISION, &[id(&bundle), revision]).await?;
    tx.execute(&sql::DELETE_DRAFT, &[stored.draft.id.as_bytes().into()]).await?;
    tx.commit().await?;
    Ok(true)
}

/// Returns a counter as it is stored. Counters grow by one a write: they never come near the end.
pub(super) fn as_param(counter: u64) -> Param<'static> {
    Param::Int(i64::try_from(counter).unwrap_or(i64::MAX))
}
