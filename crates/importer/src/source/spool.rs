//! Keeps the bytes of what was read: small ones in memory up to a budget, others in one scratch file.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use blockstore::Digest;
use bytes::Bytes;

use crate::ImportError;

/// Files above this size never stay in memory.
const SMALL: usize = 1 << 20;
/// Bytes that stay in memory altogether.
const BUDGET: usize = 64 << 20;

/// A file's bytes, wherever they are, with size and digest.
#[derive(Clone, Debug)]
pub struct Blob {
    /// BLAKE2b-160 of the bytes.
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    Memory(Bytes),
    Scratch { scratch: Arc<Scratch>, offset: u64 },
    Disk(Arc<Path>),
}

/// A temporary file that has no name any more.
#[derive(Debug)]
struct Scratch {
    folder: PathBuf,
    file: Mutex<File>,
}

impl Blob {
    /// Returns a blob of bytes in memory.
    pub fn of(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Blob { digest: Digest::of(&bytes), size: bytes.len() as u64, place: Place::Memory(bytes) }
    }

    /// Returns the bytes.
    ///
    /// # Errors
    /// The scratch file or the source folder cannot be read, or a file of the folder changed meanwhile.
    pub fn read(&self) -> Result<Bytes, ImportError> {
        match &self.place {
            Place::Memory(bytes) => Ok(bytes.clone()),
            Place::Scratch { scratch, offset } => {
                scratch.read(*offset, self.size).map_err(|source| ImportError::io(&scratch.folder, source))
            }
            Place::Disk(path) => {
                let bytes = std::fs::read(path).map_err(|source| ImportError::io(path, source))?;
                if Digest::of(&bytes) != self.digest {
                    let source = std::io::Error::other("it changed during the import");
                    return Err(ImportError::io(path, source));
                }
                Ok(bytes.into())
            }
        }
    }
}

impl Scratch {
    fn read(&self, offset: u64, size: u64) -> std::io::Result<Bytes> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        Read::by_ref(&mut *file).take(size).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != size {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(bytes.into())
    }

    /// Appends and returns where.
    fn append(&self, bytes: &[u8]) -> std::io::Result<u64> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let offset = file.seek(SeekFrom::End(0))?;
        file.write_all(bytes)?;
        Ok(offset)
    }
}

/// Stores what is read.
#[derive(Debug)]
pub(super) struct Spool {
    folder: PathBuf,
    scratch: Option<Arc<Scratch>>,
    in_memory: usize,
}

impl Spool {
    pub(super) fn new(folder: &Path) -> Self {
        Spool { folder: folder.to_owned(), scratch: None, in_memory: 0 }
    }

    /// Keeps bytes that have no other place.
    pub(super) fn store(&mut self, bytes: Vec<u8>) -> Result<Blob, ImportError> {
        let (digest, size) = (Digest::of(&bytes), bytes.len() as u64);
        let place = if self.fits(&bytes) {
            Place::Memory(bytes.into())
        } else {
            let failed = |source| ImportError::io(&self.folder, source);
            let scratch = match &self.scratch {
                Some(scratch) => scratch.clone(),
                None => {
                    let file = Mutex::new(tempfile::tempfile_in(&self.folder).map_err(failed)?);
                    Arc::new(Scratch { folder: self.folder.clone(), file })
                }
            };
            let offset = scratch.append(&bytes).map_err(failed)?;
            self.scratch = Some(scratch.clone());
            Place::Scratch { scratch, offset }
        };
        Ok(Blob { digest, size, place })
    }

    /// Keeps bytes of a file that stays where it is.
    pub(super) fn store_from_disk(&mut self, bytes: Vec<u8>, path: &Path) -> Blob {
        let (digest, size) = (Digest::of(&bytes), bytes.len() as u64);
        let place = if self.fits(&bytes) { Place::Memory(bytes.into()) } else { Place::Disk(path.into()) };
        Blob { digest, size, place }
    }

    fn fits(&mut self, bytes: &[u8]) -> bool {
        let fits = bytes.len() <= SMALL && self.in_memory + bytes.len() <= BUDGET;
        if fits {
            self.in_memory += bytes.len();
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_files_come_back_from_the_scratch_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(folder.path());
        let large: Vec<u8> = (0..SMALL + 1).map(|i| (i % 251) as u8).collect();
        let blobs = [large.clone(), b"small".to_vec(), vec![7; SMALL + 2]].map(|b| spool.store(b).unwrap());
        assert!(matches!(blobs[1].place, Place::Memory(_)));
        assert_eq!(blobs[0].read().unwrap(), large);
        assert_eq!(blobs[1].read().unwrap(), &b"small"[..]);
        assert_eq!(blobs[2].read().unwrap(), vec![7; SMALL + 2]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the scratch file has no name");
    }

    #[test]
    fn a_file_that_changes_during_the_import_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("big.bin");
        std::fs::write(&path, vec![1; SMALL + 1]).unwrap();
        let blob = Spool::new(folder.path()).store_from_disk(vec![1; SMALL + 1], &path);
        assert!(blob.read().is_ok());
        std::fs::write(&path, vec![2; SMALL + 1]).unwrap();
        assert!(matches!(blob.read(), Err(ImportError::Io { .. })));
    }
}
