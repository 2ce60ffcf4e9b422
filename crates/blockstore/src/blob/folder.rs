//! Blobs as files below one folder.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;

use super::BlobStore;
use crate::{BlockstoreError, Digest};

/// Keeps each blob in a file `ab/cd/abcd…` below a folder.
///
/// A file is written under another name, synced and renamed, so a crash leaves either the whole blob or
/// none. Several processes may share the folder.
#[derive(Clone, Debug)]
pub struct FolderBlobs {
    root: Arc<Path>,
    /// Makes names of files being written unique within the process.
    written: Arc<AtomicU64>,
}

impl FolderBlobs {
    /// Opens a folder, making it when it is missing.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, BlockstoreError> {
        let root: PathBuf = root.into();
        fs::create_dir_all(root.join("tmp")).map_err(|error| failed(&root, &error))?;
        Ok(FolderBlobs { root: root.into(), written: Arc::default() })
    }

    /// Returns the file a digest belongs in.
    fn file(&self, digest: Digest) -> PathBuf {
        let hex = digest.to_string();
        self.root.join(&hex[..2]).join(&hex[2..4]).join(&hex)
    }

    fn put_blocking(&self, digest: Digest, bytes: &[u8]) -> io::Result<()> {
        let target = self.file(digest);
        // A file of another length was damaged from outside: it is replaced.
        if fs::metadata(&target).is_ok_and(|found| found.len() == bytes.len() as u64) {
            return Ok(());
        }
        let (temporary, mut file) = self.temporary(digest)?;
        let written = file
            .write_all(bytes)
            .and_then(|()| file.sync_all())
            .and_then(|()| self.make_folder(&target))
            .and_then(|folder| fs::rename(&temporary, &target).map(|()| folder))
            .and_then(|folder| sync_folder(&folder));
        if written.is_err() {
            // The first error is the one to report; a left-over file is harmless.
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// Creates a file of a name no other writer uses.
    fn temporary(&self, digest: Digest) -> io::Result<(PathBuf, File)> {
        loop {
            let number = self.written.fetch_add(1, Ordering::Relaxed);
            let name = format!("{digest}.{}.{number}", std::process::id());
            let path = self.root.join("tmp").join(name);
            match File::create_new(&path) {
                Ok(file) => return Ok((path, file)),
                // Left over by a process of the same number that was killed, or another machine's.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes the folder a file goes into, durably.
    fn make_folder(&self, target: &Path) -> io::Result<PathBuf> {
        let folder = target.parent().unwrap_or(&self.root).to_owned();
        if !folder.is_dir() {
            fs::create_dir_all(&folder)?;
            sync_folder(folder.parent().unwrap_or(&self.root))?;
            sync_folder(&self.root)?;
        }
        Ok(folder)
    }
}

/// Makes names in a folder survive a crash.
fn sync_folder(folder: &Path) -> io::Result<()> {
    // Other systems have no such call on folders.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn failed(path: &Path, error: &io::Error) -> BlockstoreError {
    BlockstoreError::Blob(format!("{}: {error}", path.display()))
}

/// Runs file work where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlockstoreError> + Send + 'static,
) -> Result<T, BlockstoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(BlockstoreError::Blob(error.to_string())))
}

#[async_trait]
impl BlobStore for FolderBlobs {
    async fn put(&self, digest: Digest, bytes: Bytes) -> Result<(), BlockstoreError> {
        let this = self.clone();
        blocking(move || {
            this.put_blocking(digest, &bytes).map_err(|error| failed(&this.file(digest), &error))
        })
        .await
    }

    async fn get(&self, digest: Digest) -> Result<Option<Bytes>, BlockstoreError> {
        let path = self.file(digest);
        blocking(move || match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&path, &error)),
        })
        .await
    }

    async fn contains(&self, digest: Digest) -> Result<bool, BlockstoreError> {
        let path = self.file(digest);
        blocking(move || path.try_exists().map_err(|error| failed(&path, &error))).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keeps_blobs_over_a_restart_and_leaves_no_temporary_files() {
        let folder = tempfile::tempdir().expect("folder");
        let bytes = Bytes::from_static(b"some bytes");
        let digest = Digest::of(&bytes);
        let blobs = FolderBlobs::open(folder.path()).expect("open");
        assert_eq!(blobs.get(digest).await, Ok(None));
        assert_eq!(blobs.contains(digest).await, Ok(false));
        blobs.put(digest, bytes.clone()).await.expect("put");
        blobs.put(digest, bytes.clone()).await.expect("put again");

        let again = FolderBlobs::open(folder.path()).expect("open again");
        assert_eq!(again.get(digest).await, Ok(Some(bytes)));
        assert_eq!(again.contains(digest).await, Ok(true));
        assert_eq!(fs::read_dir(folder.path().join("tmp")).expect("tmp").count(), 0);
    }

    #[tokio::test]
    async fn replaces_a_file_that_was_cut_short() {
        let folder = tempfile::tempdir().expect("folder");
        let bytes = Bytes::from_static(b"some bytes");
        let digest = Digest::of(&bytes);
        let blobs = FolderBlobs::open(folder.path()).expect("open");
        blobs.put(digest, bytes.clone()).await.expect("put");
        fs::write(blobs.file(digest), b"some").expect("cut");
        blobs.put(digest, bytes.clone()).await.expect("put again");
        assert_eq!(blobs.get(digest).await, Ok(Some(bytes)));
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("not-a-folder");
        fs::write(&file, b"x").expect("file");
        let error = FolderBlobs::open(&file).expect_err("opened a file");
        assert!(matches!(error, BlockstoreError::Blob(text) if text.contains("not-a-folder")));
    }
}
