//! `bench-content FOLDER [BLOCKS]`: writes the benchmarks' content into a folder; with a number, libraries of so
//! many blocks together besides.

use std::path::Path;

use anyhow::{Context as _, Result};
use benches::content;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().context("say which folder")?;
    let folder = Path::new(&folder);
    content::write_library(&folder.join("library"), content::LIBRARY, content::POOL)?;
    content::write_course(&folder.join("course"))?;
    if let Some(blocks) = arguments.next() {
        let blocks: usize = blocks.parse().context("the number of blocks is no number")?;
        for key in content::LARGE {
            let name = key.rsplit(':').next().unwrap_or_default();
            content::write_library(&folder.join(name), key, blocks / content::LARGE.len())?;
        }
    }
    Ok(())
}
