//! The digest of a whole version.

use std::{fmt, fmt::Write as _, str::FromStr};

use blake2::Digest as _;
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, UtcOffset};

use super::{Blake2b160, Digest};
use crate::{BlockstoreError, BundleId, Dependency, Link};

/// BLAKE2b-160 over a version's bundle, time, files and links; printed as 40 hexadecimal digits.
///
/// The time is part of it, so equal content never gives equal snapshot digests.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SnapshotDigest(Digest);

/// One file as it enters a snapshot digest.
#[derive(Clone, Copy, Debug)]
pub struct SnapshotFile<'a> {
    /// Path within the bundle.
    pub path: &'a str,
    /// Size in bytes.
    pub size: u64,
    /// Digest of the bytes.
    pub digest: Digest,
    /// The MIME type, when the snapshot records one; the original guesses it from the path, we leave it out.
    pub mime: Option<&'a str>,
}

impl SnapshotDigest {
    /// Computes the digest of blockstore-api §1.4: over the compact ASCII JSON of
    /// `[bundle, created_at, files, links]`.
    ///
    /// Files must come sorted by path and links by name, both in code point order.
    pub fn compute<'a>(
        bundle: BundleId,
        created_at: OffsetDateTime,
        files: impl IntoIterator<Item = SnapshotFile<'a>>,
        links: &[Link],
    ) -> Self {
        let mut out = Hashing(Blake2b160::new());
        out.raw("[");
        out.text(&bundle.to_string());
        out.raw(",");
        out.text(&iso(created_at));
        out.raw(",[");
        for (index, file) in files.into_iter().enumerate() {
            out.raw(if index == 0 { "[" } else { ",[" });
            out.text(file.path);
            out.raw(&format!(",[false,{},\"{}\"", file.size, file.digest));
            if let Some(mime) = file.mime {
                out.raw(",");
                out.text(mime);
            }
            out.raw("]]");
        }
        out.raw("],[");
        for (index, link) in links.iter().enumerate() {
            out.raw(if index == 0 { "{\"name\":" } else { ",{\"name\":" });
            out.text(&link.name);
            out.raw(",\"direct\":");
            out.dependency(&link.direct);
            out.raw(",\"indirect\":[");
            for (index, dependency) in link.indirect.iter().enumerate() {
                out.raw(if index == 0 { "" } else { "," });
                out.dependency(dependency);
            }
            out.raw("]}");
        }
        out.raw("]]");
        SnapshotDigest(Digest(out.0.finalize().into()))
    }

    /// Returns the digest's own 20 bytes.
    pub fn as_bytes(&self) -> &[u8; 20] {
        self.0.as_bytes()
    }
}

/// Prints a time as the digest wants it: `2026-11-22T06:47:08.481765+00:00`, without a fraction when the
/// microseconds are zero.
fn iso(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (date, micros) = (at.date(), at.microsecond());
    let mut text = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        at.hour(),
        at.minute(),
        at.second()
    );
    if micros != 0 {
        // Writing to a string cannot fail.
        let _ = write!(text, ".{micros:06}");
    }
    text + "+00:00"
}

/// Feeds JSON text to the hash without keeping it.
struct Hashing(Blake2b160);

impl Hashing {
    fn raw(&mut self, ascii: &str) {
        self.0.update(ascii.as_bytes());
    }

    /// Writes a JSON string in ASCII, escaped as Python's `json` does.
    fn text(&mut self, text: &str) {
        let mut json = String::with_capacity(text.len() + 2);
        json.push('"');
        for c in text.chars() {
            match c {
                '"' => json.push_str("\\\""),
                '\\' => json.push_str("\\\\"),
                '\n' => json.push_str("\\n"),
                '\r' => json.push_str("\\r"),
                '\t' => json.push_str("\\t"),
                '\u{8}' => json.push_str("\\b"),
                '\u{c}' => json.push_str("\\f"),
                ' '..='~' => json.push(c),
                _ => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        // Writing to a string cannot fail.
                        let _ = write!(json, "\\u{unit:04x}");
                    }
                }
            }
        }
        json.push('"');
        self.raw(&json);
    }

    fn dependency(&mut self, dependency: &Dependency) {
        self.raw(&format!(
            "{{\"bundle_uuid\":\"{}\",\"version\":{},\"snapshot_digest\":\"{}\"}}",
            dependency.bundle, dependency.version, dependency.snapshot
        ));
    }
}

impl From<[u8; 20]> for SnapshotDigest {
    fn from(bytes: [u8; 20]) -> Self {
        SnapshotDigest(bytes.into())
    }
}

impl TryFrom<&[u8]> for SnapshotDigest {
    type Error = BlockstoreError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        Digest::try_from(bytes).map(SnapshotDigest)
    }
}

impl FromStr for SnapshotDigest {
    type Err = BlockstoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(SnapshotDigest)
    }
}

impl fmt::Display for SnapshotDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for SnapshotDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    fn bundle(text: &str) -> BundleId {
        BundleId(Uuid::parse_str(text).expect("uuid"))
    }

    fn dependency(uuid: &str, version: u32, snapshot: &str) -> Dependency {
        Dependency { bundle: bundle(uuid), version, snapshot: snapshot.parse().expect("digest") }
    }

    #[test]
    fn snapshot_digest_equals_the_recorded_one() {
        let links = [Link {
            name: "toA".to_owned(),
            direct: dependency(
                "babc2301-1216-4335-98e1-70d0c6c7031a",
                4,
                "df51291a4fb57cc333152f85cd3f1cbac04e0350",
            ),
            indirect: vec![
                dependency(
                    "79c64fdf-683e-4106-b298-6dad3a80cf89",
                    0,
                    "dcec42106a1504e1f9ff3cbfe0f17527235298ed",
                ),
                dependency(
                    "79c64fdf-683e-4106-b298-6dad3a80cf89",
                    1,
                    "dcec42106a1504e1f9ff3cbfe0f17527235298ed",
                ),
                dependency(
                    "babc2301-1216-4335-98e1-70d0c6c7031a",
                    1,
                    "4590ebd39956895fadcea601d3f61bd5463888fe",
                ),
            ],
            modified: false,
        }];
        let digest = SnapshotDigest::compute(
            bundle("acfc83e5-a72e-4e41-b44a-c010682e3b04"),
            datetime!(2026-11-22 06:47:08.481765 UTC),
            [],
            &links,
        );
        assert_eq!(digest.to_string(), "d9dd72f0a447a3cae2deaa73aaa30571f512fa01");
    }

    #[test]
    fn files_enter_as_compact_ascii_json() {
        let id = "acfc83e5-a72e-4e41-b44a-c010682e3b04";
        let file = |path, mime| SnapshotFile { path, size: 1, digest: Digest::of(b"a"), mime };
        let digest = SnapshotDigest::compute(
            bundle(id),
            datetime!(2026-11-22 07:47:08 +1),
            [file("a \"é\u{7f}", None), file("😀.txt", Some("text/plain"))],
            &[],
        );
        let json = format!(
            "[\"{id}\",\"2026-11-22T06:47:08+00:00\",[[\"a \\\"\\u00e9\\u007f\",[false,1,\"{0}\"]],\
             [\"\\ud83d\\ude00.txt\",[false,1,\"{0}\",\"text/plain\"]]],[]]",
            Digest::of(b"a")
        );
        assert_eq!(digest.as_bytes(), Digest::of(json.as_bytes()).as_bytes());
    }
}
