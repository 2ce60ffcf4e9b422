//! Making versions out of drafts (blockstore-api §1.5).

use blockstore::{BlockstoreError, BundleId, Commit, DraftName, Version, limits};

use super::{draft, id};
use crate::{Database, database::time_of, sql::bundles as sql};

/// Files in a commit from which the tables differ so much from what the planner believes that the next
/// statements would be slow.
const LARGE_COMMIT: u64 = 1_000;

/// Makes a draft's state the bundle's next version.
///
/// A version is the draft's base overlaid with what the draft changes. So where other drafts were committed
/// since, their changes are undone: the draft takes them on as changes of its own first.
pub(super) async fn commit(
    db: &Database,
    bundle: BundleId,
    name: &DraftName,
    commit: Commit,
) -> Result<Version, BlockstoreError> {
    limits::check_text("change description", &commit.description, limits::CHANGE_DESCRIPTION_CHARS)?;
    for (what, text) in [("version name", &commit.name), ("version author", &commit.author)] {
        limits::check_text(what, text.as_deref().unwrap_or_default(), limits::NAME_CHARS)?;
    }

    let mut tx = db.engine.begin().await?;
    let latest = draft::lock(&mut tx, bundle).await?.latest_version;
    let Some(mut stored) = draft::find(&mut tx, bundle, name).await? else {
        return Err(BlockstoreError::NoSuchDraft { bundle, name: name.as_str().to_owned() });
    };
    let base = stored.draft.base_version;
    if let Some(expected) = commit.expect_base
        && let Some(found) = [latest, base].into_iter().find(|found| *found != expected)
    {
        return Err(BlockstoreError::Stale { expected: expected.into(), found: found.into() });
    }
    if let Some(expected) = commit.expect_revision.filter(|expected| *expected != stored.draft.revision) {
        return Err(BlockstoreError::Stale { expected, found: stored.draft.revision });
    }
    if commit.reject_empty && !stored.draft.has_changes {
        return Err(BlockstoreError::NothingToCommit);
    }

    let number = latest
        .checked_add(1)
        .ok_or_else(|| BlockstoreError::Storage(format!("bundle {bundle} has no version numbers left")))?;
    let draft_id = stored.draft.id.as_bytes().into();
    if base < latest {
        for undo in [&sql::UNDO_OTHER_FILES, &sql::UNDO_OTHER_LINKS] {
            tx.execute(undo, &[draft_id, id(&bundle), base.into()]).await?;
        }
    }
    if stored.draft.has_changes || base < latest {
        let params = [id(&bundle), draft_id, number.into()];
        tx.execute(&sql::END_FILES, &params).await?;
        let files = tx.execute(&sql::BEGIN_FILES, &params).await?;
        tx.execute(&sql::END_LINKS, &params).await?;
        tx.execute(&sql::BEGIN_LINKS, &params).await?;
        for step in [&sql::CLEAR_DRAFT_FILES, &sql::DROP_DELETED_LINKS, &sql::MARK_LINKS_COMMITTED] {
            tx.execute(step, &[draft_id]).await?;
        }
        if files >= LARGE_COMMIT {
            tx.on_postgres(&sql::REFRESH_STATISTICS, &[]).await?;
        }
    }

    let now = db.now();
    let version = Version {
        bundle,
        number,
        name: commit.name.unwrap_or_else(|| format!("v{number}")),
        description: commit.description,
        author: commit.author,
        created_at: time_of(now)?,
        snapshot: None,
    };
    let params = [
        id(&bundle),
        number.into(),
        (&version.name).into(),
        (&version.description).into(),
        version.author.as_deref().into(),
        now.into(),
        draft::as_param(stored.file_count),
    ];
    tx.execute(&sql::CREATE_VERSION, &params).await?;
    tx.execute(&sql::SET_LATEST_VERSION, &[id(&bundle), number.into()]).await?;
    stored.draft.base_version = number;
    stored.draft.revision += 1;
    draft::update(&mut tx, &stored, now).await?;
    tx.commit().await?;
    Ok(version)
}
