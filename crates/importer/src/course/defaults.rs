//! Settings that copies of library blocks had in their library (import-export §3.1).

use olx::Element;
use serde_json::Value;
use xblock::Severity::Warning;

use crate::{Finding, source::Source};

/// Settings of problems that libraries usually set.
const USUAL: [&str; 7] = [
    "display_name",
    "max_attempts",
    "rerandomize",
    "show_reset_button",
    "showanswer",
    "submission_wait_seconds",
    "weight",
];

/// Returns where the settings of the copies in a `library_content` block are.
pub(crate) fn path(id: &str) -> String {
    format!("library_content/{}.defaults.json", id.replace(':', "/"))
}

/// Checks the file with the settings of the copies below `bank`. Where there is none, the block's defaults count
/// for all that is not written on a copy, which is worth telling: exports of the reference leave it out.
pub(super) fn check(
    source: &Source,
    bank: &Element,
    id: &str,
    file: &str,
    children: &[&Element],
) -> Option<Finding> {
    let path = path(id);
    if let Ok(Some(bytes)) = source.read(&path) {
        let (line, problem) = match serde_json::from_slice(&bytes) {
            Ok(Value::Object(_)) => return None,
            Ok(_) => (1, "it holds no object".to_owned()),
            Err(error) => (u32::try_from(error.line()).unwrap_or_default(), error.to_string()),
        };
        let finding =
            Finding::new(Warning, "defaults_invalid", format!("its settings are ignored: {problem}"));
        return Some(finding.at(&path, line).on(&bank.name, id));
    }
    let library = bank.attr("source_library_id").filter(|key| !key.is_empty())?;
    let problems: Vec<_> = children.iter().filter(|child| child.name == "problem").collect();
    let missing = |field: &&str| problems.iter().filter(|problem| problem.attr(field).is_none()).count();
    let fields: Vec<String> = USUAL
        .iter()
        .map(|field| (field, missing(field)))
        .filter(|(_, count)| *count > 0)
        .map(|(field, count)| format!("{field} ({count})"))
        .collect();
    if fields.is_empty() {
        return None;
    }
    let message = format!(
        "what its problems had in {library} is not here, so the usual settings count where none is written: {}",
        fields.join(", ")
    );
    let finding = Finding::new(Warning, "v1_defaults_unavailable", message);
    Some(finding.at(file, bank.position.line).on(&bank.name, id))
}
