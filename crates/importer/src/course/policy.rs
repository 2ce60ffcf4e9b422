//! Policy files: settings of blocks beside their OLX.

use serde_json::Value;
use xblock::{Fields, Severity::Warning};

use crate::{Finding, Report, source::Source};

/// The entries of `policies/<run>/policy.json`.
#[derive(Debug, Default)]
pub(super) struct Policy(serde_json::Map<String, Value>);

impl Policy {
    /// Returns the entry of a block.
    pub(super) fn of(&self, block_type: &str, url_name: &str) -> Option<&Fields> {
        self.0.get(&format!("{block_type}/{url_name}")).and_then(Value::as_object)
    }

    /// Returns a text of a block's entry.
    pub(super) fn text(&self, block_type: &str, url_name: &str, field: &str) -> Option<String> {
        self.of(block_type, url_name)?.get(field)?.as_str().map(str::to_owned)
    }
}

/// Reads the policy of a run and checks that the other policy files are JSON.
pub(super) fn read(source: &Source, run: &str, report: &mut Report) -> Policy {
    let names = [format!("policies/{run}/policy.json"), format!("policies/{run}.json")];
    let mut policy = Policy::default();
    for path in source.files.keys().filter(|path| path.starts_with("policies/") && path.ends_with(".json")) {
        match parse(source, path) {
            Ok(Value::Object(entries)) if names.contains(path) => policy = Policy(entries),
            Ok(_) if names.contains(path) => {
                report.findings.push(invalid("it holds no object", path, 1));
            }
            Ok(_) => {}
            Err((line, problem)) => report.findings.push(invalid(&problem, path, line)),
        }
    }
    policy
}

fn parse(source: &Source, path: &str) -> Result<Value, (u32, String)> {
    let bytes = source.read(path).map_err(|error| (0, error.to_string()))?.unwrap_or_default();
    serde_json::from_slice(&bytes).map_err(|error| {
        let line = u32::try_from(error.line()).unwrap_or_default();
        (line, error.to_string())
    })
}

fn invalid(problem: &str, path: &str, line: u32) -> Finding {
    Finding::new(Warning, "policy_invalid", format!("its settings are ignored: {problem}")).at(path, line)
}
