//! [`Blockstore`] on a database.
//!
//! Files are kept by time: a row says which bytes a path has from one version on up to another. A draft
//! holds only what differs from its base. So neither writing a draft nor committing it touches what did not
//! change, whatever the size of the bundle.

mod blobs;
mod commit;
mod draft;
mod links;
mod read;

use async_trait::async_trait;
use blockstore::{
    At, Blockstore, BlockstoreError, Bundle, BundleId, Change, Commit, Digest, Draft, DraftName, FileEntry,
    FilePath, Link, NewBundle, Version, limits,
};
use bytes::Bytes;

use crate::{Database, engine::Param, sql::bundles as sql};

/// Returns a bundle's identifier as a parameter.
fn id(bundle: &BundleId) -> Param<'_> {
    Param::from(bundle.0.as_bytes())
}

#[async_trait]
impl Blockstore for Database {
    async fn create_bundle(&self, bundle: NewBundle) -> Result<Bundle, BlockstoreError> {
        limits::check_text("bundle title", &bundle.title, limits::TITLE_CHARS)?;
        limits::check_text("bundle slug", &bundle.slug, limits::SLUG_CHARS)?;
        limits::check_text("bundle description", &bundle.description, limits::DESCRIPTION_CHARS)?;
        let NewBundle { id: key, title, slug, description } = bundle;
        let params = [id(&key), (&title).into(), (&slug).into(), (&description).into()];
        if self.engine.execute(&sql::CREATE_BUNDLE, &params).await? == 0 {
            return Err(BlockstoreError::BundleExists(key));
        }
        Ok(Bundle { id: key, title, slug, description, latest_version: 0 })
    }

    async fn bundle(&self, bundle: BundleId) -> Result<Option<Bundle>, BlockstoreError> {
        let Some(row) = self.engine.row(&sql::BUNDLE, &[id(&bundle)]).await? else { return Ok(None) };
        Ok(Some(Bundle {
            id: bundle,
            title: row.get(0)?,
            slug: row.get(1)?,
            description: row.get(2)?,
            latest_version: row.number(3)?,
        }))
    }

    async fn delete_bundle(&self, bundle: BundleId) -> Result<bool, BlockstoreError> {
        Ok(self.engine.execute(&sql::DELETE_BUNDLE, &[id(&bundle)]).await? > 0)
    }

    async fn draft(&self, bundle: BundleId, name: &DraftName) -> Result<Option<Draft>, BlockstoreError> {
        let row = self.engine.row(&sql::DRAFT, &[id(&bundle), name.as_str().into()]).await?;
        Ok(row.map(|row| draft::read(&row, bundle, name)).transpose()?.map(|stored| stored.draft))
    }

    async fn write_draft(
        &self,
        bundle: BundleId,
        name: &DraftName,
        changes: Vec<Change>,
        expect_revision: Option<u64>,
    ) -> Result<Draft, BlockstoreError> {
        draft::write(self, bundle, name, changes, expect_revision).await
    }

    async fn commit(
        &self,
        bundle: BundleId,
        name: &DraftName,
        commit: Commit,
    ) -> Result<Version, BlockstoreError> {
        commit::commit(self, bundle, name, commit).await
    }

    async fn delete_draft(
        &self,
        bundle: BundleId,
        name: &DraftName,
        expect_revision: Option<u64>,
    ) -> Result<bool, BlockstoreError> {
        draft::delete(self, bundle, name, expect_revision).await
    }

    async fn versions(&self, bundle: BundleId) -> Result<Vec<Version>, BlockstoreError> {
        let rows = self.engine.rows(&sql::VERSIONS, &[id(&bundle)]).await?;
        rows.iter().map(|row| read::version(row, bundle)).collect()
    }

    async fn version(&self, bundle: BundleId, number: u32) -> Result<Option<Version>, BlockstoreError> {
        read::version_with_snapshot(self, bundle, number).await
    }

    async fn files(
        &self,
        bundle: BundleId,
        at: &At,
        prefix: Option<&str>,
    ) -> Result<Vec<FileEntry>, BlockstoreError> {
        read::files(self, bundle, at, prefix.unwrap_or_default()).await
    }

    async fn file(
        &self,
        bundle: BundleId,
        at: &At,
        path: &FilePath,
    ) -> Result<Option<FileEntry>, BlockstoreError> {
        read::file(self, bundle, at, path).await
    }

    async fn links(&self, bundle: BundleId, at: &At) -> Result<Vec<Link>, BlockstoreError> {
        read::links(self, bundle, at).await
    }

    async fn read(&self, digests: &[Digest]) -> Result<Vec<Bytes>, BlockstoreError> {
        blobs::read(self, digests).await
    }
}
