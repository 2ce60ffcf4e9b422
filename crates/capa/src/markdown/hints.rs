//! Demand hints: lines `||text||` anywhere in a text.

use super::lines::replace_runs;

/// Takes the hints out of a text; returns what is left, and the hints in order.
pub(super) fn take(text: &str) -> (String, Vec<String>) {
    let mut hints = Vec::new();
    let rest = replace_runs(
        text,
        |line| hint(line).is_some(),
        |items, _| {
            hints.extend(items.iter().filter_map(|line| hint(line.text)).map(str::to_owned));
            (String::new(), 0)
        },
    );
    (rest, hints)
}

fn hint(line: &str) -> Option<&str> {
    line.trim().strip_prefix("||")?.strip_suffix("||").map(str::trim)
}
