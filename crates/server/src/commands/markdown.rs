//! `exedra markdown`: the text of the simple editor as OLX, and back.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use capa::markdown::{BackError, MAX_BYTES, from_olx, to_olx};
use clap::Args;

#[derive(Args)]
pub(super) struct Options {
    /// The text of a problem as authors type it; `-` reads standard input.
    #[arg(default_value = "-")]
    file: PathBuf,
    /// Convert OLX to text instead.
    #[arg(long)]
    back: bool,
}

pub(super) fn run(options: &Options) -> Result<ExitCode> {
    let name =
        if options.file == Path::new("-") { "standard input".into() } else { options.file.to_string_lossy() };
    let text = read(&options.file).with_context(|| format!("{name} cannot be read"))?;
    if options.back {
        return back(&name, &text);
    }
    let converted = to_olx(&text)?;
    for notice in &converted.notices {
        eprintln!("{name}:{}: warning: {} [{}]", notice.line, notice.message, notice.code);
    }
    println!("{}", converted.olx);
    Ok(ExitCode::SUCCESS)
}

fn back(name: &str, text: &str) -> Result<ExitCode> {
    match from_olx(text) {
        Ok(markdown) => print!("{markdown}"),
        Err(BackError::Inexpressible(obstacles)) => {
            for obstacle in obstacles {
                eprintln!("{name}:{}: error: {} [{}]", obstacle.line, obstacle.message, obstacle.code);
            }
            return Ok(ExitCode::FAILURE);
        }
        Err(error) => bail!("{name}: {error}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads no more than can be converted, and one byte to know that there is more.
fn read(path: &Path) -> Result<String> {
    let most = u64::try_from(MAX_BYTES)? + 1;
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().take(most).read_to_string(&mut text)?;
    } else {
        fs::File::open(path)?.take(most).read_to_string(&mut text)?;
    }
    Ok(text)
}
