//! Reads a zip file.

use std::{
    fs::File,
    io::{BufReader, Read},
};

use ::zip::{CompressionMethod, ZipArchive, read::ZipFile, result::ZipError};

use super::{Intake, Limits};
use crate::ImportError;

/// The bits of a Unix mode that tell the kind of file, and the kinds that are harmless.
const KIND_MASK: u32 = 0o170_000;
const KIND_FOLDER: u32 = 0o040_000;
const KIND_FILE: u32 = 0o100_000;

/// Takes in every member of a zip file.
pub(super) fn read(file: File, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    if archive.has_duplicate_names() {
        return Err(ImportError::unsafe_path("(zip directory)", "a name is there twice"));
    }
    if is_library(&archive) {
        intake.most_members = intake.most_members.max(Limits::ARCHIVE_MEMBERS);
    }
    if archive.has_overlapping_files().map_err(damaged)? {
        return Err(ImportError::unsafe_member("(zip directory)", "members share packed bytes"));
    }
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(damaged)?;
        let name = member.name().map_err(damaged)?.into_owned();
        check_kind(&name, &member)?;
        let is_folder = name.ends_with('/');
        let Some(name) = intake.member(&name)? else { continue };
        if !is_folder {
            intake.file(name, &mut member)?;
        }
    }
    Ok(())
}

/// Tells a library archive from its directory: those may have more members.
fn is_library(archive: &ZipArchive<BufReader<File>>) -> bool {
    archive.file_names_raw().any(|name| {
        name.strip_suffix(b"package.toml").is_some_and(|folder| {
            folder.is_empty() || (folder.ends_with(b"/") && !folder[..folder.len() - 1].contains(&b'/'))
        })
    })
}

fn check_kind<R: Read>(name: &str, member: &ZipFile<'_, R>) -> Result<(), ImportError> {
    let refuse = |problem| Err(ImportError::unsafe_member(name, problem));
    if member.encrypted() {
        return refuse("it is encrypted");
    }
    if !matches!(member.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
        return refuse("it is packed by another method than deflate");
    }
    match member.unix_mode().map(|mode| mode & KIND_MASK) {
        // Writers on other systems leave the kind out.
        None | Some(0 | KIND_FOLDER | KIND_FILE) if !member.is_symlink() => Ok(()),
        _ => refuse("it is a link or a device"),
    }
}

fn damaged(error: ZipError) -> ImportError {
    ImportError::Corrupt(error.to_string())
}
