//! Reading versions, listings and links.

use blockstore::{
    At, BlockstoreError, BundleId, Digest, FileEntry, FilePath, Link, SnapshotDigest, SnapshotFile, Version,
};

use super::{id, links};
use crate::{
    Database, StorageError,
    database::time_of,
    engine::{Param, Record, Statement},
    sql::bundles as sql,
};

/// Reads a row of [`sql::VERSIONS`].
pub(super) fn version(row: &Record, bundle: BundleId) -> Result<Version, BlockstoreError> {
    let snapshot: Option<&[u8]> = row.get(5)?;
    Ok(Version {
        bundle,
        number: row.number(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        author: row.get(3)?,
        created_at: time_of(row.get(4)?)?,
        snapshot: snapshot.map(SnapshotDigest::try_from).transpose()?,
    })
}

/// Returns a version, computing its snapshot digest when nobody asked for it before.
pub(super) async fn version_with_snapshot(
    db: &Database,
    bundle: BundleId,
    number: u32,
) -> Result<Option<Version>, BlockstoreError> {
    let Some(row) = db.engine.row(&sql::VERSION, &[id(&bundle), number.into()]).await? else {
        return Ok(None);
    };
    let mut version = version(&row, bundle)?;
    if version.snapshot.is_none() {
        let at = At::Version(number);
        let files = files(db, bundle, &at, "").await?;
        let links = links(db, bundle, &at).await?;
        let files = files.iter().map(|file| SnapshotFile {
            path: file.path.as_str(),
            size: file.size,
            digest: file.digest,
            mime: None,
        });
        let digest = SnapshotDigest::compute(bundle, version.created_at, files, &links);
        let params = [id(&bundle), number.into(), digest.as_bytes().into()];
        db.engine.execute(&sql::SET_SNAPSHOT, &params).await?;
        version.snapshot = Some(digest);
    }
    Ok(Some(version))
}

/// Lists the files whose path starts with a prefix.
pub(super) async fn files(
    db: &Database,
    bundle: BundleId,
    at: &At,
    prefix: &str,
) -> Result<Vec<FileEntry>, BlockstoreError> {
    // No path has more than 500 characters, so none that starts with the prefix comes after this one.
    let beyond = prefix.to_owned() + &"\u{10ffff}".repeat(501);
    files_between(db, bundle, at, prefix, &beyond).await
}

/// Returns one file's entry.
pub(super) async fn file(
    db: &Database,
    bundle: BundleId,
    at: &At,
    path: &FilePath,
) -> Result<Option<FileEntry>, BlockstoreError> {
    // Paths have no control characters, so only the path itself lies before this one.
    let beyond = format!("{path}\u{1}");
    Ok(files_between(db, bundle, at, path.as_str(), &beyond).await?.pop())
}

async fn files_between(
    db: &Database,
    bundle: BundleId,
    at: &At,
    from: &str,
    beyond: &str,
) -> Result<Vec<FileEntry>, BlockstoreError> {
    let range = [from.into(), beyond.into()];
    let rows = rows_at(db, bundle, at, [&sql::VERSION_FILES, &sql::DRAFT_FILES], &range).await?;
    rows.iter().map(file_entry).collect()
}

/// Lists the links.
pub(super) async fn links(db: &Database, bundle: BundleId, at: &At) -> Result<Vec<Link>, BlockstoreError> {
    let rows = rows_at(db, bundle, at, [&sql::VERSION_LINKS, &sql::DRAFT_LINKS], &[]).await?;
    rows.iter().map(links::read).collect()
}

/// Reads rows by the statement for versions or the one for drafts.
async fn rows_at(
    db: &Database,
    bundle: BundleId,
    at: &At,
    [of_version, of_draft]: [&Statement; 2],
    rest: &[Param<'_>],
) -> Result<Vec<Record>, BlockstoreError> {
    let (statement, place) = match at {
        At::Version(0) => return Ok(Vec::new()),
        At::Version(number) => (of_version, (*number).into()),
        At::Draft(name) => (of_draft, name.as_str().into()),
    };
    let params: Vec<Param<'_>> = [id(&bundle), place].into_iter().chain(rest.iter().copied()).collect();
    let rows = db.engine.rows(statement, &params).await?;
    // An empty listing is the only one that could be of a version that does not exist.
    if let At::Version(version) = *at
        && rows.is_empty()
        && db.engine.row(&sql::VERSION, &[id(&bundle), version.into()]).await?.is_none()
    {
        return Err(BlockstoreError::NoSuchVersion { bundle, version });
    }
    Ok(rows)
}

fn file_entry(row: &Record) -> Result<FileEntry, BlockstoreError> {
    Ok(FileEntry {
        path: row.get::<&str>(0)?.parse().map_err(|error| StorageError::corrupt("path", error))?,
        digest: Digest::try_from(row.get::<&[u8]>(1)?)?,
        size: row.number(2)?,
        modified: row.get(3)?,
    })
}
