//! Tags of an archive: `x-ext/tags.csv`, a row for each entity with its key and then its tags.

use std::collections::BTreeMap;

use xblock::Severity::Warning;

use super::{EntityKey, model::Entity};
use crate::Finding;

/// Where archives keep tags.
pub(super) const PATH: &str = "x-ext/tags.csv";

/// Returns the tags of each entity, by key; rows of entities that are not in the archive are reported.
pub(super) fn read<'a>(
    bytes: &[u8],
    entities: &'a BTreeMap<EntityKey, Entity>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<&'a str, Vec<String>> {
    let mut tags: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let Ok(text) = std::str::from_utf8(bytes) else {
        findings.push(Finding::new(Warning, "tags_unreadable", "it is not UTF-8").at(PATH, 0));
        return tags;
    };
    for (line, row) in rows(text.trim_start_matches('\u{feff}')) {
        let mut cells = row.into_iter().map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty());
        let Some(key) = cells.next() else { continue };
        let entity = key.parse().ok().and_then(|key: EntityKey| entities.get(&key));
        let Some(entity) = entity else {
            let message = format!("there is no entity {key:?} in the archive, so its tags are left out");
            findings.push(Finding::new(Warning, "unknown_tagged_entity", message).at(PATH, line));
            continue;
        };
        let of_entity = tags.entry(&entity.record.key).or_default();
        for tag in cells {
            if !of_entity.contains(&tag) {
                of_entity.push(tag);
            }
        }
    }
    tags.retain(|_, tags| !tags.is_empty());
    tags
}

/// Splits comma-separated text into cells, quoted as RFC 4180 says; each row with its first line.
fn rows(text: &str) -> Vec<(u32, Vec<String>)> {
    let mut rows = Vec::new();
    let (mut row, mut cell) = (Vec::new(), String::new());
    let (mut line, mut first_line, mut is_quoted) = (1, 1, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += u32::from(c == '\n');
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push((first_line, std::mem::take(&mut row)));
                first_line = line;
            }
            _ => cell.push(c),
        }
    }
    row.push(cell);
    rows.push((first_line, row));
    rows
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{read, rows};

    #[test]
    fn tags_of_what_is_not_there_are_reported_with_their_line() {
        let mut findings = Vec::new();
        assert!(read(b"\n\nhtml:nobody,x\n", &BTreeMap::new(), &mut findings).is_empty());
        assert!(read(b"\xff", &BTreeMap::new(), &mut findings).is_empty());
        let told: Vec<_> = findings.iter().map(|finding| (finding.code, finding.line)).collect();
        assert_eq!(told, [("unknown_tagged_entity", Some(3)), ("tags_unreadable", None)]);
    }

    #[test]
    fn cells_are_quoted_as_in_other_tables() {
        let text = "a,b\r\n\"c, \"\"d\"\"\",\"e\nf\"\n\ng";
        let read: Vec<(u32, Vec<String>)> = rows(text)
            .into_iter()
            .map(|(line, row)| (line, row.iter().map(|c| c.trim().to_owned()).collect()))
            .collect();
        let row =
            |line, cells: &[&str]| (line, cells.iter().map(|cell| cell.to_string()).collect::<Vec<_>>());
        assert_eq!(read, [row(1, &["a", "b"]), row(2, &["c, \"d\"", "e\nf"]), row(4, &[""]), row(5, &["g"])]);
    }
}
