//! Every rejection of import-export §7, with an archive made for it.

use std::io::{Cursor, Write};

use ::tar::{Builder, EntryType, Header};
use ::zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};
use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

use super::*;
use crate::{NoProgress, codes};

const COURSE: (&str, &[u8]) = ("course.xml", b"<course url_name='r' org='o' course='c'/>");

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Writes names as they are, which the library's own way of adding members would refuse or clean.
fn tar_entry(builder: &mut Builder<Vec<u8>>, kind: EntryType, name: &[u8], bytes: &[u8]) {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    builder.append(&header, bytes).unwrap();
}

fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, bytes) in members {
        tar_entry(&mut builder, EntryType::Regular, name.as_bytes(), bytes);
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn open_with(bytes: &[u8], limits: &Limits) -> Result<Source, ImportError> {
    let folder = TempDir::new().unwrap();
    // The name says nothing about the content.
    let path = folder.path().join("upload.bin");
    std::fs::write(&path, bytes).unwrap();
    Source::open(&path, limits, folder.path(), &NoProgress)
}

fn open(bytes: &[u8]) -> Result<Source, ImportError> {
    open_with(bytes, &Limits::default())
}

fn code(result: Result<Source, ImportError>) -> &'static str {
    result.map(|source| format!("accepted {:?}", source.files.keys())).unwrap_err().code()
}

#[test]
fn reads_every_packing_with_and_without_a_leading_folder() {
    let members: [(&str, &[u8]); 2] = [COURSE, ("static/a b.png", b"png")];
    let inside = members.map(|(name, bytes)| (format!("./course/{name}"), bytes));
    let inside: Vec<(&str, &[u8])> = inside.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    for packed in [
        zip_of(&members),
        tar_of(&members),
        gzip(&tar_of(&members)),
        zip_of(&inside.iter().map(|(name, bytes)| (&name[2..], *bytes)).collect::<Vec<_>>()),
        gzip(&tar_of(&inside)),
    ] {
        let source = open(&packed).unwrap();
        assert_eq!(source.format, Format::Course);
        assert_eq!(source.files.keys().collect::<Vec<_>>(), ["course.xml", "static/a b.png"]);
        assert_eq!(source.read("static/a b.png").unwrap().unwrap(), &b"png"[..]);
        assert_eq!(source.files["static/a b.png"].digest, blockstore::Digest::of(b"png"));
    }
}

#[test]
fn tells_the_format_from_the_content() {
    for (marker, format) in MARKERS {
        assert_eq!(open(&zip_of(&[(marker, b"")])).unwrap().format, format);
    }
    for bytes in [zip_of(&[("readme.txt", b"")]), b"%PDF-1.4".to_vec(), Vec::new()] {
        assert_eq!(code(open(&bytes)), codes::UNKNOWN_FORMAT);
    }
    let two = zip_of(&[("a/course.xml", b""), ("b/course.xml", b"")]);
    assert_eq!(code(open(&two)), codes::UNKNOWN_FORMAT);
}

#[test]
fn skips_junk_and_tells_what_lies_outside() {
    let source = open(&zip_of(&[
        ("course/course.xml", b""),
        ("course/.DS_Store", b"x"),
        ("course/static/._a.png", b"x"),
        ("__MACOSX/course/a", b"x"),
        ("libraries/O_L.xml", b"<library/>"),
    ]));
    let source = source.unwrap();
    assert_eq!(source.files.keys().collect::<Vec<_>>(), ["course.xml"]);
    let findings: Vec<_> = source.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(findings, ["libraries_not_imported"]);
}

#[test]
fn refuses_unsafe_names() {
    let long = "x".repeat(90) + "/" + &"y/".repeat(4);
    let deep = "d/".repeat(25) + "f";
    for name in [
        "../evil",
        "a/../../evil",
        "a/..",
        "/etc/passwd",
        "/",
        "C:/windows",
        "c:evil",
        "a\\..\\evil",
        "a//b",
        "a/./b",
        "././a",
        "a\nb",
        "a\u{7f}b",
        deep.as_str(),
    ] {
        let packed = gzip(&tar_of(&[COURSE, (name, b"x")]));
        assert_eq!(code(open(&packed)), codes::UNSAFE_PATH, "{name:?} in a tar");
    }
    for name in ["../evil", "a/../../evil", "/etc/passwd", "a//b", "a\\b", "a\0b"] {
        // The library that writes the zip cleans names, so they are put in afterwards.
        let stand_in = "#".repeat(name.len());
        let mut packed = zip_of(&[COURSE, (&stand_in, b"x")]);
        let mut at = 0;
        while let Some(found) = packed[at..].windows(name.len()).position(|w| w == stand_in.as_bytes()) {
            packed[at + found..at + found + name.len()].copy_from_slice(name.as_bytes());
            at += found + name.len();
        }
        assert_eq!(code(open(&packed)), codes::UNSAFE_PATH, "{name:?} in a zip");
    }
    let limits = Limits { path_chars: 60, ..Limits::default() };
    assert_eq!(code(open_with(&tar_of(&[COURSE, (&long, b"x")]), &limits)), codes::UNSAFE_PATH);
}

#[test]
fn refuses_names_that_are_not_utf8() {
    let mut builder = Builder::new(Vec::new());
    tar_entry(&mut builder, EntryType::Regular, b"static/\xff.png", b"x");
    assert_eq!(code(open(&builder.into_inner().unwrap())), codes::UNSAFE_PATH);
}

#[test]
fn refuses_names_that_clash() {
    for (first, second) in [
        ("static/a.png", "static/a.png"),
        ("static/a.png", "static/A.PNG"),
        ("static/\u{e9}.png", "static/e\u{301}.png"),
        ("static/a", "static/a/b"),
    ] {
        let packed = tar_of(&[COURSE, (first, b"1"), (second, b"2")]);
        assert_eq!(code(open(&packed)), codes::UNSAFE_PATH, "{first} and {second}");
    }
    let mut twice = zip_of(&[COURSE, ("static/a.png", b"1"), ("static/b.png", b"2")]);
    while let Some(at) = twice.windows(12).position(|window| window == b"static/b.png") {
        twice[at..at + 12].copy_from_slice(b"static/a.png");
    }
    assert_eq!(code(open(&twice)), codes::UNSAFE_PATH);
}

#[test]
fn refuses_everything_that_is_no_file_or_folder() {
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
        EntryType::GNUSparse,
        EntryType::GNULongLink,
        EntryType::new(b'V'),
    ] {
        let mut builder = Builder::new(Vec::new());
        tar_entry(&mut builder, EntryType::Regular, b"course.xml", COURSE.1);
        tar_entry(&mut builder, kind, b"static/x", b"");
        assert_eq!(code(open(&builder.into_inner().unwrap())), codes::UNSAFE_MEMBER, "{kind:?}");
    }
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("static/x", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let packed = writer.finish().unwrap().into_inner();
    assert_eq!(code(open(&packed)), codes::UNSAFE_MEMBER);
}

#[test]
fn extended_headers_may_name_members_but_not_change_what_they_are() {
    let with_header = |kind: EntryType, record: &str| {
        let mut builder = Builder::new(Vec::new());
        tar_entry(&mut builder, EntryType::Regular, b"course.xml", COURSE.1);
        let mut length = record.len() + 3;
        length += length.to_string().len().saturating_sub(1);
        let text = format!("{length} {record}\n");
        assert_eq!(text.len(), length);
        tar_entry(&mut builder, kind, b"header", text.as_bytes());
        tar_entry(&mut builder, EntryType::Regular, b"short", b"x");
        open(&builder.into_inner().unwrap())
    };
    let long = format!("static/{}.png", "n".repeat(60));
    let named = with_header(EntryType::XHeader, &format!("path={long}")).unwrap();
    assert!(named.files.contains_key(&long), "{:?}", named.files.keys());
    assert_eq!(code(with_header(EntryType::XHeader, "path=../../evil.png")), codes::UNSAFE_PATH);
    assert_eq!(code(with_header(EntryType::XHeader, "linkpath=/etc/passwd")), codes::UNSAFE_MEMBER);
    assert_eq!(code(with_header(EntryType::XHeader, "GNU.sparse.major=1")), codes::UNSAFE_MEMBER);
    assert_eq!(code(with_header(EntryType::XHeader, "size=99999999999")), codes::UNSAFE_MEMBER);
    assert_eq!(code(with_header(EntryType::XGlobalHeader, "path=everything")), codes::UNSAFE_MEMBER);
    assert!(with_header(EntryType::XGlobalHeader, "comment=0123456789").is_ok());

    let mut builder = Builder::new(Vec::new());
    tar_entry(&mut builder, EntryType::GNULongName, b"././@LongLink", format!("{long}\0").as_bytes());
    tar_entry(&mut builder, EntryType::Regular, b"short", b"x");
    tar_entry(&mut builder, EntryType::Regular, b"course.xml", COURSE.1);
    assert!(open(&builder.into_inner().unwrap()).unwrap().files.contains_key(&long));
}

#[test]
fn counts_the_bytes_that_really_come() {
    let zeros = vec![0; 8 << 20];
    let members: [(&str, &[u8]); 2] = [COURSE, ("static/zeros.bin", &zeros)];
    for packed in [zip_of(&members), gzip(&tar_of(&members))] {
        assert_eq!(code(open(&packed)), codes::RATIO);
        let generous = Limits { ratio: 100_000, ..Limits::default() };
        assert!(open_with(&packed, &generous).is_ok());
        let limits = Limits { unpacked_bytes: 1 << 20, ..generous };
        assert_eq!(code(open_with(&packed, &limits)), codes::TOO_LARGE);
        let limits = Limits { file_bytes: 1 << 20, ..generous };
        assert_eq!(code(open_with(&packed, &limits)), codes::TOO_LARGE);
        let limits = Limits { packed_bytes: 100, ..generous };
        assert_eq!(code(open_with(&packed, &limits)), codes::TOO_LARGE);
    }
    // A zip that declares a smaller size than it has is damaged, not a way around the limits.
    let mut lying = zip_of(&members);
    let declared = (8_u32 << 20).to_le_bytes();
    while let Some(at) = lying.windows(4).position(|window| window == declared) {
        lying[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
    }
    assert!(matches!(code(open(&lying)), codes::RATIO | codes::CORRUPT));
}

#[test]
fn olx_has_a_lower_limit_than_assets() {
    let limits = Limits { olx_bytes: 100, ..Limits::default() };
    assert_eq!(code(open_with(&zip_of(&[COURSE, ("html/a.xml", &[b' '; 101])]), &limits)), codes::TOO_LARGE);
    assert!(open_with(&zip_of(&[COURSE, ("static/a.bin", &[b' '; 101])]), &limits).is_ok());
}

#[test]
fn counts_members_of_every_kind() {
    let limits = Limits { members: 3, ..Limits::default() };
    let mut builder = Builder::new(Vec::new());
    tar_entry(&mut builder, EntryType::Regular, b"course.xml", COURSE.1);
    for name in ["a/", "b/", "._junk"] {
        tar_entry(&mut builder, EntryType::Directory, name.as_bytes(), b"");
    }
    assert_eq!(code(open_with(&builder.into_inner().unwrap(), &limits)), codes::TOO_MANY_FILES);
    let four = zip_of(&[COURSE, ("a", b""), ("b", b""), ("c", b"")]);
    assert_eq!(code(open_with(&four, &limits)), codes::TOO_MANY_FILES);
}

#[test]
fn library_archives_may_have_more_members() {
    let limits = Limits { members: 2, ..Limits::default() };
    let members = zip_of(&[("package.toml", b""), ("entities/a.toml", b""), ("entities/b.toml", b"")]);
    assert_eq!(open_with(&members, &limits).unwrap().files.len(), 3);
}

#[test]
fn truncated_archives_are_damaged() {
    let noise: Vec<u8> = (0..40_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let members: [(&str, &[u8]); 3] = [COURSE, ("static/noise.bin", &noise), ("static/b.bin", b"b")];
    let tar = tar_of(&members);
    let gz = gzip(&tar);
    let zip = zip_of(&members);
    for (name, packed) in [("tar", &tar), ("tar.gz", &gz), ("zip", &zip)] {
        // Only an end mark, which is two blocks long, may lose its second half.
        let whole = if name == "tar" { packed.len() - 1024 } else { packed.len() - 1 };
        for keep in [whole, whole / 2, whole / 3, 600] {
            assert_eq!(code(open(&packed[..keep])), codes::CORRUPT, "{name} cut to {keep}");
        }
    }
}

#[test]
fn damaged_bytes_are_noticed() {
    let mut gz = gzip(&tar_of(&[COURSE]));
    let checksum = gz.len() - 6;
    gz[checksum] ^= 1;
    assert_eq!(code(open(&gz)), codes::CORRUPT);
    let mut zip = zip_of(&[COURSE, ("static/a.txt", b"stored text that is long enough to be found")]);
    let data = zip.windows(12).position(|window| window == b"static/a.txt").unwrap() + 14;
    zip[data] ^= 0x55;
    assert_eq!(code(open(&zip)), codes::CORRUPT);
}

#[cfg(unix)]
#[test]
fn folders_may_hold_no_links() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("course.xml"), COURSE.1).unwrap();
    std::fs::create_dir(folder.path().join("static")).unwrap();
    std::fs::write(folder.path().join("static/a.txt"), b"a").unwrap();
    let scratch = TempDir::new().unwrap();
    let open = || Source::open(folder.path(), &Limits::default(), scratch.path(), &NoProgress);
    assert_eq!(open().unwrap().files.len(), 2);
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("static/b.txt")).unwrap();
    assert_eq!(open().unwrap_err().code(), codes::UNSAFE_MEMBER);
}

#[test]
fn library_archives_may_have_more_members_than_courses_packed_or_not() {
    let limits = Limits { members: 1, ..Limits::default() };
    for (marker, taken) in [("package.toml", true), ("course.xml", false)] {
        assert_eq!(open_with(&zip_of(&[(marker, b""), ("a.txt", b"a")]), &limits).is_ok(), taken, "{marker}");
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join(marker), b"").unwrap();
        std::fs::write(folder.path().join("a.txt"), b"a").unwrap();
        let source = Source::open(folder.path(), &limits, folder.path(), &NoProgress);
        assert_eq!(source.is_ok(), taken, "{marker}");
    }
}
