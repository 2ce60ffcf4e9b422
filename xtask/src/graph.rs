//! The crate graph, checked against docs/ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::run::{cargo, root};

const BEGIN: &str = "<!-- crate graph: `cargo xtask graph` prints it -->";
const END: &str = "<!-- end of crate graph -->";

/// Returns each crate under `crates/` with the crates of ours it uses; what only its tests or
/// its build script use is left out.
fn graph() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let output = cargo(&["metadata", "--format-version", "1", "--no-deps", "--offline"]).output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let crates = root().join("crates");
    let ours: BTreeSet<&str> = packages
        .iter()
        .filter(|p| p["manifest_path"].as_str().is_some_and(|m| std::path::Path::new(m).starts_with(&crates)))
        .filter_map(|p| p["name"].as_str())
        .collect();
    let mut graph = BTreeMap::new();
    for package in packages {
        let Some(name) = package["name"].as_str().filter(|n| ours.contains(n)) else { continue };
        let uses = package["dependencies"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|d| d["kind"].is_null())
            .filter_map(|d| d["name"].as_str())
            .filter(|d| ours.contains(d))
            .map(str::to_owned)
            .collect();
        graph.insert(name.to_owned(), uses);
    }
    Ok(graph)
}

/// Returns the graph as the table the page must have.
pub(crate) fn markdown() -> Result<String> {
    let mut text = String::from("| crate | uses |\n|---|---|\n");
    for (name, uses) in graph()? {
        let uses: Vec<String> = uses.iter().map(|u| format!("`{u}`")).collect();
        text.push_str(&format!(
            "| `{name}` | {} |\n",
            if uses.is_empty() { "–".to_owned() } else { uses.join(", ") }
        ));
    }
    Ok(text)
}

/// Fails when the page and the manifests disagree.
pub(crate) fn check() -> Result<()> {
    let page =
        std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).context("docs/ARCHITECTURE.md")?;
    let (_, rest) = page.split_once(BEGIN).context("docs/ARCHITECTURE.md has no crate graph")?;
    let (table, _) = rest.split_once(END).context("the crate graph of docs/ARCHITECTURE.md has no end")?;
    let actual = markdown()?;
    if table.trim() != actual.trim() {
        bail!("docs/ARCHITECTURE.md shows another crate graph than the manifests:\n{actual}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_shows_the_crate_graph_of_the_manifests() {
        super::check().expect("docs/ARCHITECTURE.md and the manifests agree");
    }
}
