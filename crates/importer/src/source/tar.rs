//! Reads a tar file, gzipped or not.

use std::{
    fs::File,
    io::{self, BufReader, Read},
};

use ::tar::{Archive, EntryType};
use flate2::bufread::MultiGzDecoder;

use super::Intake;
use crate::ImportError;

/// Longest name or set of extended headers that is read; names above the path limit are refused anyway.
const MAX_HEADER_BYTES: u64 = 64 << 10;
/// Bytes a tar stream may have besides file contents: headers and padding of the most members, twice over.
const OVERHEAD_PER_MEMBER: u64 = 4 << 10;

/// Takes in every member of a gzipped tar file.
pub(super) fn read_gzip(file: File, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    read_stream(MultiGzDecoder::new(BufReader::new(file)), intake)
}

/// Takes in every member of a tar file.
pub(super) fn read(file: File, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    read_stream(BufReader::new(file), intake)
}

fn read_stream(reader: impl Read, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    let limits = intake.limits;
    let most = limits.unpacked_bytes.saturating_add(limits.members.saturating_mul(OVERHEAD_PER_MEMBER));
    let mut stream = Stream { reader, left: most, ended: false };
    let mut archive = Archive::new(&mut stream);
    let mut name_of_next: Option<String> = None;
    // Raw entries: long names and extended headers are read here, with a limit, instead of by the library.
    for entry in archive.entries().map_err(damaged)?.raw(true) {
        let mut entry = entry.map_err(damaged)?;
        let own_name = || match String::from_utf8(entry.path_bytes().into_owned()) {
            Ok(name) => Ok(name),
            Err(error) => {
                let name = String::from_utf8_lossy(error.as_bytes()).into_owned();
                Err(ImportError::unsafe_path(&name, "it is not UTF-8"))
            }
        };
        match entry.header().entry_type() {
            EntryType::GNULongName => {
                let mut name = header_text(&mut entry)?;
                name.truncate(name.trim_end_matches('\0').len());
                name_of_next = Some(name);
            }
            EntryType::XHeader => {
                if let Some(name) = name_in_extended_header(&header_text(&mut entry)?)? {
                    name_of_next = Some(name);
                }
            }
            EntryType::XGlobalHeader => {
                if name_in_extended_header(&header_text(&mut entry)?)?.is_some() {
                    return Err(ImportError::unsafe_member(
                        "(tar header)",
                        "one name is set for all members",
                    ));
                }
            }
            EntryType::Directory => {
                let name = name_of_next.take().map_or_else(own_name, Ok)?;
                intake.member(&name)?;
            }
            EntryType::Regular | EntryType::Continuous => {
                let name = name_of_next.take().map_or_else(own_name, Ok)?;
                // The oldest writers mark a folder only by its name.
                let is_folder = name.ends_with('/');
                let size = entry.size();
                let Some(name) = intake.member(&name)? else { continue };
                if !is_folder {
                    intake.file(name.clone(), &mut Exactly { reader: &mut entry, left: size })?;
                }
            }
            kind => {
                let name = name_of_next.take().map_or_else(own_name, Ok)?;
                return Err(ImportError::unsafe_member(&name, describe(kind)));
            }
        }
    }
    if stream.ended {
        return Err(ImportError::Corrupt("it ends without an end mark".into()));
    }
    // The checksum of a gzip stream is only compared at its end.
    io::copy(&mut stream, &mut io::sink()).map_err(damaged)?;
    Ok(())
}

fn describe(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Symlink | EntryType::Link | EntryType::GNULongLink => "it is a link",
        EntryType::Char | EntryType::Block => "it is a device",
        EntryType::Fifo => "it is a pipe",
        EntryType::GNUSparse => "it is a sparse file",
        _ => "it is no plain file or folder",
    }
}

fn header_text(entry: &mut impl Read) -> Result<String, ImportError> {
    let mut bytes = Vec::new();
    entry.take(MAX_HEADER_BYTES + 1).read_to_end(&mut bytes).map_err(damaged)?;
    if bytes.len() as u64 > MAX_HEADER_BYTES {
        return Err(ImportError::TooLarge { what: "a tar header".into(), limit: MAX_HEADER_BYTES });
    }
    String::from_utf8(bytes).map_err(|_| ImportError::unsafe_path("(tar header)", "it is not UTF-8"))
}

/// Returns the `path` of `LENGTH key=value\n` records; refuses records that change what a member is.
fn name_in_extended_header(text: &str) -> Result<Option<String>, ImportError> {
    let malformed = || ImportError::Corrupt("an extended tar header is malformed".into());
    let mut name = None;
    let mut rest = text;
    while !rest.is_empty() {
        let (length, _) = rest.split_once(' ').ok_or_else(malformed)?;
        let end: usize = length.parse().map_err(|_| malformed())?;
        let record = rest.get(length.len() + 1..end).ok_or_else(malformed)?;
        let (key, value) =
            record.strip_suffix('\n').and_then(|record| record.split_once('=')).ok_or_else(malformed)?;
        match key {
            "path" => name = Some(value.to_owned()),
            "linkpath" => return Err(ImportError::unsafe_member(value, "it is a link")),
            "size" => return Err(ImportError::unsafe_member("(tar header)", "its size is set twice")),
            _ if key.starts_with("GNU.sparse") => {
                return Err(ImportError::unsafe_member("(tar header)", "it is a sparse file"));
            }
            _ => {}
        }
        rest = &rest[end..];
    }
    Ok(name)
}

fn damaged(error: io::Error) -> ImportError {
    super::damaged("tar file", &error)
}

/// Counts what is unpacked and remembers whether the end was reached.
struct Stream<R> {
    reader: R,
    left: u64,
    ended: bool,
}

impl<R: Read> Read for Stream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.ended |= count == 0 && !buffer.is_empty();
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other("it unpacks to more than any archive within the limits")),
        }
        Ok(count)
    }
}

/// Reads a member and complains when it is shorter than its header says.
struct Exactly<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.left = self.left.saturating_sub(count as u64);
        if count == 0 && !buffer.is_empty() && self.left > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(count)
    }
}
