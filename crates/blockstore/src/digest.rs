//! The digests content is addressed by (blockstore-api §1.4).

mod snapshot;

use std::{fmt, str::FromStr};

use blake2::{Blake2b, Digest as _, digest::consts::U20};
use serde::{Deserialize, Serialize};

use crate::BlockstoreError;

pub use snapshot::{SnapshotDigest, SnapshotFile};

/// BLAKE2b with a 20-byte digest, unkeyed.
type Blake2b160 = Blake2b<U20>;

/// BLAKE2b-160 of a file's bytes; printed as 40 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 20]);

impl Digest {
    /// Returns the digest of the bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Digest(Blake2b160::digest(bytes).into())
    }

    /// Returns the digest's own 20 bytes.
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl From<[u8; 20]> for Digest {
    fn from(bytes: [u8; 20]) -> Self {
        Digest(bytes)
    }
}

impl TryFrom<&[u8]> for Digest {
    type Error = BlockstoreError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        bytes.try_into().map(Digest).map_err(|_| BlockstoreError::InvalidDigest(hex::encode(bytes)))
    }
}

impl FromStr for Digest {
    type Err = BlockstoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 20];
        hex::decode_to_slice(text, &mut bytes)
            .map_err(|_| BlockstoreError::InvalidDigest(text.chars().take(80).collect()))?;
        Ok(Digest(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = BlockstoreError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        hex::encode(digest.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_digests_equal_the_recorded_ones() {
        for (bytes, hex) in [
            ("", "3345524abf6bbe1809449224b5972c41790b6cf2"),
            ("a", "948caa2db61bc4cdb4faf7740cd491f195043914"),
            ("initial version", "a45a5c6716276a66c4005534a51453ab16ea63c4"),
        ] {
            assert_eq!(Digest::of(bytes.as_bytes()).to_string(), hex);
            assert_eq!(hex.parse::<Digest>().expect("hex"), Digest::of(bytes.as_bytes()));
        }
    }

    #[test]
    fn refuses_what_is_no_digest() {
        for text in [
            "",
            "33",
            "zz45524abf6bbe1809449224b5972c41790b6cf2",
            "3345524abf6bbe1809449224b5972c41790b6cf2aa",
        ] {
            assert!(text.parse::<Digest>().is_err(), "accepted {text:?}");
        }
        assert!(Digest::try_from([1_u8; 19].as_slice()).is_err());
    }
}
