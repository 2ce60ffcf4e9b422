//! `markdown`: the text of the simple editor as OLX, character by character; and `markdown-back`: the recorded OLX as
//! text, which must give the same OLX again.

use std::path::Path;

use capa::markdown::{BackError, from_olx, to_olx};
use olx::{Document, Limits};

use super::{Options, Outcome, json_lines, text};

/// Compares one file.
pub(super) fn run(file: &Path, _options: &Options) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    for recorded in json_lines(file)? {
        let expected = text(&recorded, "olx")?;
        let mut row = outcome.row();
        match to_olx(text(&recorded, "markdown")?) {
            Ok(converted) if converted.olx == expected => {}
            Ok(converted) => row.differs(text(&recorded, "id")?, expected, converted.olx),
            Err(error) => row.differs(text(&recorded, "id")?, expected, error),
        }
    }
    Ok(outcome)
}

/// Compares one file the other way round. OLX that is not well-formed has no text and is no mismatch.
pub(super) fn run_back(file: &Path, _options: &Options) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    for recorded in json_lines(file)? {
        let expected = text(&recorded, "olx")?;
        let mut row = outcome.row();
        match from_olx(expected) {
            Ok(markdown) => match to_olx(&markdown) {
                Ok(again) if plain(&again.olx) == plain(expected) => {}
                Ok(again) => row.differs(text(&recorded, "id")?, expected, again.olx),
                Err(error) => row.differs(text(&recorded, "id")?, expected, error),
            },
            Err(BackError::Malformed(_)) => {}
            Err(BackError::Inexpressible(obstacles)) => {
                row.differs(text(&recorded, "id")?, expected, format!("{obstacles:?}"));
            }
            Err(error) => row.differs(text(&recorded, "id")?, expected, error),
        }
    }
    Ok(outcome)
}

/// Returns the OLX in one spelling of what has several: references, empty elements, blank lines.
fn plain(olx: &str) -> String {
    let printed = Document::parse(olx, &Limits::default()).map(|document| document.root.outer_xml());
    let printed = printed.unwrap_or_else(|error| error.to_string());
    printed.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n")
}
