//! Where content comes from: a folder, a zip, or a tarball.
//!
//! Everything is read once, counted in the bytes that really come out and checked against the rules of
//! import-export §7 before anything is looked at. Archive members never touch the file system under a name of
//! their own: small ones stay in memory up to a budget, the rest goes to one nameless scratch file.

mod folder;
mod limits;
mod names;
mod spool;
mod tar;
mod zip;

use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

use crate::{Finding, ImportError, Progress};

pub use limits::Limits;
pub use spool::Blob;

use names::Names;
use spool::Spool;

/// What a source holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A plain OLX course (import-export C0).
    Course,
    /// A legacy library tarball (import-export L1).
    LegacyLibrary,
    /// A library archive with `package.toml` (library-archive).
    LibraryArchive,
}

/// The file that tells a format, in the order they are looked for.
const MARKERS: [(&str, Format); 3] = [
    ("package.toml", Format::LibraryArchive),
    ("course.xml", Format::Course),
    ("library.xml", Format::LegacyLibrary),
];

/// Everything a source holds, by path without a leading folder.
#[derive(Debug)]
pub struct Source {
    /// What it is.
    pub format: Format,
    /// The files, without junk that operating systems leave behind.
    pub files: BTreeMap<String, Blob>,
    /// Files that lie outside the folder of the content, and why they were left.
    pub findings: Vec<Finding>,
}

impl Source {
    /// Reads a folder, zip or tarball; the kind is told from the content, never from the name.
    ///
    /// `scratch` is a folder in which a temporary file may be made.
    ///
    /// # Errors
    /// Every rejection of import-export §7, with its code.
    pub fn open(
        path: &Path,
        limits: &Limits,
        scratch: &Path,
        progress: &dyn Progress,
    ) -> Result<Source, ImportError> {
        let mut intake = Intake::new(limits, scratch, progress);
        let metadata = std::fs::metadata(path).map_err(|source| ImportError::io(path, source))?;
        if metadata.is_dir() {
            folder::read(path, &mut intake)?;
        } else {
            let packed = metadata.len();
            if packed > limits.packed_bytes {
                return Err(ImportError::TooLarge { what: "the archive".into(), limit: limits.packed_bytes });
            }
            intake.packed = Some(packed);
            let mut file = File::open(path).map_err(|source| ImportError::io(path, source))?;
            match Packing::of(&mut file).map_err(|source| ImportError::io(path, source))? {
                Some(Packing::Zip) => zip::read(file, &mut intake)?,
                Some(Packing::Gzip) => tar::read_gzip(file, &mut intake)?,
                Some(Packing::Tar) => tar::read(file, &mut intake)?,
                None => {
                    return Err(ImportError::UnknownFormat(
                        "this is no folder, zip, tar or gzipped tar file".into(),
                    ));
                }
            }
        }
        recognise(intake.finish()?)
    }

    /// Returns the bytes of a file, if it is there.
    ///
    /// # Errors
    /// The scratch file or the source folder cannot be read.
    pub fn read(&self, path: &str) -> Result<Option<bytes::Bytes>, ImportError> {
        self.files.get(path).map(Blob::read).transpose()
    }
}

/// How an archive is packed.
enum Packing {
    Zip,
    Gzip,
    Tar,
}

impl Packing {
    /// Tells the packing from the first block and goes back to the start.
    fn of(file: &mut File) -> std::io::Result<Option<Packing>> {
        use std::io::{Seek, SeekFrom};

        let mut head = Vec::with_capacity(512);
        Read::by_ref(file).take(512).read_to_end(&mut head)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            Some(Packing::Zip)
        } else if head.starts_with(&[0x1f, 0x8b]) {
            Some(Packing::Gzip)
        } else if head.get(257..262) == Some(b"ustar") {
            Some(Packing::Tar)
        } else {
            None
        })
    }
}

/// Finds the marker file at the top or in exactly one folder, and strips that folder.
fn recognise(files: BTreeMap<String, Blob>) -> Result<Source, ImportError> {
    for (marker, format) in MARKERS {
        if files.contains_key(marker) {
            return Ok(Source { format, files, findings: Vec::new() });
        }
    }
    for (marker, format) in MARKERS {
        let mut folders = files.keys().filter_map(|path| {
            let (folder, rest) = path.split_once('/')?;
            (rest == marker).then(|| format!("{folder}/"))
        });
        let Some(prefix) = folders.next() else { continue };
        if folders.next().is_some() {
            return Err(ImportError::UnknownFormat(format!("more than one folder has a {marker}")));
        }
        let mut inside = BTreeMap::new();
        let mut outside: BTreeMap<String, u64> = BTreeMap::new();
        for (path, blob) in files {
            match path.strip_prefix(&prefix) {
                Some(rest) => {
                    inside.insert(rest.to_owned(), blob);
                }
                None => {
                    *outside.entry(path.split('/').next().unwrap_or_default().to_owned()).or_default() += 1;
                }
            }
        }
        let findings = outside.into_iter().map(|(name, count)| left_outside(&name, count, &prefix)).collect();
        return Ok(Source { format, files: inside, findings });
    }
    Err(ImportError::UnknownFormat(
        "there is no course.xml, library.xml or package.toml at the top or in a single leading folder".into(),
    ))
}

fn left_outside(name: &str, count: u64, prefix: &str) -> Finding {
    use xblock::Severity::{Info, Warning};

    let (severity, code, why) = match name {
        // Libraries that travel with a course have to be imported by themselves.
        "libraries" | "bundles" => {
            (Warning, "libraries_not_imported", "libraries inside a course archive are not read")
        }
        _ => (Info, "outside_content", "it lies outside the folder of the content"),
    };
    Finding::new(severity, code, format!("skipped {count} file(s): {why} ({prefix})")).at(name, 0)
}

/// Takes in members one by one and keeps the limits.
struct Intake<'a> {
    limits: &'a Limits,
    progress: &'a dyn Progress,
    names: Names,
    spool: Spool,
    files: BTreeMap<String, Blob>,
    members: u64,
    most_members: u64,
    unpacked: u64,
    packed: Option<u64>,
}

impl<'a> Intake<'a> {
    fn new(limits: &'a Limits, scratch: &Path, progress: &'a dyn Progress) -> Self {
        Intake {
            limits,
            progress,
            names: Names::default(),
            spool: Spool::new(scratch),
            files: BTreeMap::new(),
            members: 0,
            most_members: limits.members,
            unpacked: 0,
            packed: None,
        }
    }

    /// Counts a member of any kind and checks its name; none for junk and for the top folder itself.
    fn member(&mut self, name: &str) -> Result<Option<String>, ImportError> {
        self.members += 1;
        if self.members > self.most_members {
            return Err(ImportError::TooManyFiles { limit: self.most_members });
        }
        let name = names::checked(name, self.limits)?;
        Ok(name.filter(|name| !names::is_junk(name)))
    }

    /// Reads a file's bytes, counting what really comes.
    fn file(&mut self, name: String, reader: &mut dyn Read) -> Result<(), ImportError> {
        let bytes = self.bytes(&name, reader)?;
        let blob = self.spool.store(bytes)?;
        self.insert(name, blob)
    }

    fn insert(&mut self, name: String, blob: Blob) -> Result<(), ImportError> {
        self.names.claim(&name)?;
        self.files.insert(name, blob);
        self.progress.advance(self.files.len() as u64, 0, "files read");
        Ok(())
    }

    fn bytes(&mut self, name: &str, reader: &mut dyn Read) -> Result<Vec<u8>, ImportError> {
        let limit = self.limits.file_limit(name);
        let room = self.limits.unpacked_bytes.saturating_sub(self.unpacked);
        let mut bytes = Vec::new();
        reader.take(limit.min(room) + 1).read_to_end(&mut bytes).map_err(|error| damaged(name, &error))?;
        let size = bytes.len() as u64;
        if size > room {
            let what = "the unpacked content".into();
            return Err(ImportError::TooLarge { what, limit: self.limits.unpacked_bytes });
        }
        // An archive far over the ratio is a bomb, whichever of its files crosses a limit first.
        self.unpacked += size;
        self.check_ratio()?;
        if size > limit {
            return Err(ImportError::TooLarge { what: format!("{name:?}"), limit });
        }
        Ok(bytes)
    }

    fn check_ratio(&self) -> Result<(), ImportError> {
        let Some(packed) = self.packed else { return Ok(()) };
        let bound = packed.saturating_mul(self.limits.ratio).max(self.limits.ratio_floor_bytes);
        if self.unpacked > bound { Err(ImportError::Ratio { limit: self.limits.ratio }) } else { Ok(()) }
    }

    fn finish(self) -> Result<BTreeMap<String, Blob>, ImportError> {
        names::check_no_file_is_a_folder(&self.files)?;
        Ok(self.files)
    }
}

/// Names what is wrong with bytes that cannot be read: `name` is the member, or the archive as a whole.
fn damaged(name: &str, error: &std::io::Error) -> ImportError {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => ImportError::Corrupt(format!("{name}: it ends too early")),
        _ => ImportError::Corrupt(format!("{name}: {error}")),
    }
}

#[cfg(test)]
mod tests;
