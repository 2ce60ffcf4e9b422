//! `ids`: ids of blocks copied from a library or course (unit-composition §9.1).

use std::path::Path;

use anyhow::bail;
use learning_context::legacy::{Era, derived_id, hashed_context, unique_data};

use super::{Options, Outcome, json_lines, text};

/// Compares the context that is hashed, the text around it, and the id.
pub(super) fn run(file: &Path, _: &Options) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    for row in json_lines(file)? {
        let id = text(&row, "case")?;
        let era = match text(&row, "wrapper")? {
            "bytes-literal" => Era::BytesLiteral,
            "none" => Era::Plain,
            other => bail!("{id}: there is no wrapper {other:?}"),
        };
        let given = text(&row, "source_context_given")?;
        let (source, parent) = (text(&row, "source_block_id")?, text(&row, "dest_parent_id")?);
        // What is no key has no version to leave out.
        let hashed = given.parse().map_or_else(|_| given.to_owned(), |key| hashed_context(&key));
        let got = [
            ("unique_data", unique_data(&hashed, source, parent, era)),
            ("derived_block_id", derived_id(&hashed, source, parent, era)),
            // A copy keeps its type.
            ("derived_block_type", text(&row, "source_block_type")?.to_owned()),
            ("source_context_hashed", hashed),
        ];
        let mut compared = outcome.row();
        for (member, got) in got {
            let expected = text(&row, member)?;
            if expected != got {
                compared.differs(format!("{id} {member}"), expected, got);
            }
        }
    }
    Ok(outcome)
}
