//! How much may come in.

/// Limits of what is read (import-export §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the archive as it is.
    pub packed_bytes: u64,
    /// Bytes of all files together.
    pub unpacked_bytes: u64,
    /// Files and folders.
    pub members: u64,
    /// Unpacked bytes for each packed byte.
    pub ratio: u64,
    /// Unpacked bytes that are harmless whatever the ratio: short texts and blank pictures pack very well.
    pub ratio_floor_bytes: u64,
    /// Bytes of one file. The default is what a bundle can keep (blockstore-api §3).
    pub file_bytes: u64,
    /// Bytes of one XML, TOML or JSON file.
    pub olx_bytes: u64,
    /// Characters of a path.
    pub path_chars: usize,
    /// Folders inside one another.
    pub path_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            packed_bytes: 1 << 30,
            unpacked_bytes: 2 << 30,
            members: 50_000,
            ratio: 200,
            ratio_floor_bytes: 1 << 20,
            file_bytes: blockstore::Limits::default().file_bytes,
            olx_bytes: 10 << 20,
            path_chars: 500,
            path_depth: 24,
        }
    }
}

impl Limits {
    /// Members of a library archive, which names each version's folders besides its files (library-archive §9).
    pub(super) const ARCHIVE_MEMBERS: u64 = 100_000;

    /// Returns the limit for a file of that name.
    pub(super) fn file_limit(&self, name: &str) -> u64 {
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("xml" | "toml" | "json") => self.olx_bytes.min(self.file_bytes),
            _ => self.file_bytes,
        }
    }
}
