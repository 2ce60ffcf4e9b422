//! Links between bundles (blockstore-api §1.6).

use std::collections::BTreeSet;

use blockstore::{At, Blockstore as _, BlockstoreError, BundleId, Dependency, Link, SnapshotDigest, limits};
use serde_json::{Value, json};
use uuid::Uuid;

use super::id;
use crate::{
    Database, StorageError,
    engine::{Param, Record, Tx},
    sql::bundles as sql,
};

/// A link's target with everything it depends on, or `None` for a link to be removed.
pub(super) type Target = Option<(Dependency, Vec<Dependency>)>;

/// Works out the dependencies of a link to be set. Versions never change, so this needs no transaction.
pub(super) async fn resolve(
    db: &Database,
    from: BundleId,
    name: &str,
    bundle: BundleId,
    version: u32,
) -> Result<Target, BlockstoreError> {
    limits::check_text("link name", name, limits::NAME_CHARS)?;
    let missing = BlockstoreError::NoSuchVersion { bundle, version };
    let target = db.version(bundle, version).await?.ok_or(missing)?;
    let snapshot = target
        .snapshot
        .ok_or_else(|| BlockstoreError::Storage(format!("version {version} of {bundle} has no digest")))?;
    let mut indirect = BTreeSet::new();
    for link in db.links(bundle, &At::Version(version)).await? {
        indirect.extend(link.indirect);
        indirect.insert(link.direct);
    }
    if bundle == from || indirect.iter().any(|dependency| dependency.bundle == from) {
        return Err(BlockstoreError::LinkCycle { bundle: from, name: name.to_owned() });
    }
    Ok(Some((Dependency { bundle, version, snapshot }, indirect.into_iter().collect())))
}

/// Applies one link change to a draft; returns whether it changed anything.
pub(super) async fn apply(
    tx: &mut Tx<'_>,
    draft: &Uuid,
    base: &[Link],
    effective: &[Link],
    name: &str,
    target: &Target,
) -> Result<bool, BlockstoreError> {
    let is_target = |links: &[Link]| {
        let link = links.iter().find(|link| link.name == name);
        link.map(|link| (&link.direct, &link.indirect)) == target.as_ref().map(|(direct, all)| (direct, all))
    };
    if is_target(effective) {
        return Ok(false);
    }
    let draft = Param::from(draft.as_bytes());
    if is_target(base) {
        tx.execute(&sql::DROP_DRAFT_LINK, &[draft, name.into()]).await?;
        return Ok(true);
    }
    let indirect = target.as_ref().map_or_else(|| "[]".to_owned(), |(_, all)| print(all));
    let direct = target.as_ref().map(|(direct, _)| direct);
    let params = [
        draft,
        name.into(),
        Param::Bytes(direct.map(|direct| direct.bundle.0.as_bytes().as_slice())),
        direct.map_or(0, |direct| direct.version).into(),
        Param::Bytes(direct.map(|direct| direct.snapshot.as_bytes().as_slice())),
        (&indirect).into(),
    ];
    tx.execute(&sql::PUT_DRAFT_LINK, &params).await?;
    Ok(true)
}

/// Reads the links of a draft's base and of the draft itself, within a transaction.
pub(super) async fn of_draft(
    tx: &mut Tx<'_>,
    bundle: BundleId,
    draft_name: &str,
    base_version: u32,
) -> Result<(Vec<Link>, Vec<Link>), BlockstoreError> {
    let base = tx.rows(&sql::VERSION_LINKS, &[id(&bundle), base_version.into()]).await?;
    let effective = tx.rows(&sql::DRAFT_LINKS, &[id(&bundle), draft_name.into()]).await?;
    Ok((
        base.iter().map(read).collect::<Result<_, _>>()?,
        effective.iter().map(read).collect::<Result<_, _>>()?,
    ))
}

/// Reads a row of [`sql::VERSION_LINKS`] or [`sql::DRAFT_LINKS`].
pub(super) fn read(row: &Record) -> Result<Link, BlockstoreError> {
    let bundle = Uuid::from_slice(row.get(1)?).map_err(|error| StorageError::corrupt("bundle id", error))?;
    Ok(Link {
        name: row.get(0)?,
        direct: Dependency {
            bundle: BundleId(bundle),
            version: row.number(2)?,
            snapshot: SnapshotDigest::try_from(row.get::<&[u8]>(3)?)?,
        },
        indirect: parse(row.get(4)?)?,
        modified: row.get(5)?,
    })
}

fn print(dependencies: &[Dependency]) -> String {
    let list = dependencies.iter().map(|d| json!([d.bundle, d.version, d.snapshot]));
    Value::Array(list.collect()).to_string()
}

fn parse(text: &str) -> Result<Vec<Dependency>, StorageError> {
    let list: Vec<(BundleId, u32, SnapshotDigest)> =
        serde_json::from_str(text).map_err(|error| StorageError::corrupt("list of dependencies", error))?;
    Ok(list.into_iter().map(|(bundle, version, snapshot)| Dependency { bundle, version, snapshot }).collect())
}
