//! Our own client files, embedded in the binary and served under URLs that name their content.
//!
//! `/static/exedra/<digest>/<name>` never changes what it answers, so it may be cached for ever.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

mod table {
    include!(concat!(env!("OUT_DIR"), "/files.rs"));
}

/// What the URLs of client files start with.
pub const ASSET_ROOT: &str = "/static/exedra/";

/// A client file.
#[derive(Debug)]
pub struct Asset {
    /// Path within `static/`, e.g. `runtime.js`.
    pub name: &'static str,
    /// Content.
    pub bytes: &'static [u8],
    /// Media type.
    pub content_type: &'static str,
    /// The first 16 hexadecimal digits of the SHA-256 of the content.
    pub digest: String,
    /// Path of its URL, digest included.
    pub url: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let asset = |&(name, bytes): &(&'static str, &'static [u8])| {
        let mut digest = hex::encode(Sha256::digest(bytes));
        digest.truncate(16);
        let url = format!("{ASSET_ROOT}{digest}/{name}");
        Asset { name, bytes, content_type: content_type(name), digest, url }
    };
    table::FILES.iter().map(asset).collect()
});

/// Returns all client files, sorted by name.
pub fn assets() -> &'static [Asset] {
    &ASSETS
}

/// Returns a client file by name.
pub fn asset(name: &str) -> Option<&'static Asset> {
    ASSETS.binary_search_by(|asset| asset.name.cmp(name)).ok().and_then(|n| ASSETS.get(n))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    #[test]
    fn every_file_has_a_type_and_is_found_by_name() {
        assert!(!assets().is_empty());
        for a in assets() {
            assert_ne!(a.content_type, "application/octet-stream", "{}", a.name);
            assert_eq!(asset(a.name).map(|found| found.url.as_str()), Some(a.url.as_str()));
            assert_eq!(a.url, format!("/static/exedra/{}/{}", a.digest, a.name));
            assert_eq!(a.digest.len(), 16);
        }
        assert!(asset("../Cargo.toml").is_none());
    }

    #[test]
    fn a_unit_of_choice_problems_stays_below_15_kb_compressed() {
        assert!(size("runtime.js") < 8_000);
        let all = ["runtime.js", "problem.js", "exedra.css", "icon.svg"].map(size).iter().sum::<usize>();
        assert!(all < 15_000, "{all}");
    }

    #[test]
    fn what_only_some_inputs_need_stays_below_10_kb_compressed() {
        let more = ["problem-inputs.js", "problem-inputs.css", "problem-jsinput.js"];
        let all = more.map(size).iter().sum::<usize>();
        assert!(all < 10_000, "{all}");
    }

    fn size(name: &str) -> usize {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(asset(name).unwrap().bytes).unwrap();
        encoder.finish().unwrap().len()
    }
}
