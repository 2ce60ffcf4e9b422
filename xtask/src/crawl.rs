//! `cargo xtask crawl [--release] [--report FILE] [PATH…]`: imports content (the demo when none is given), then
//! opens every unit and every library block on both sites.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::{
    html,
    http::get,
    process::{Store, build},
    run::root,
};

#[derive(Default)]
struct Tally {
    pages: usize,
    faults: Vec<String>,
    corrected: BTreeMap<String, usize>,
    corrected_pages: usize,
    types: BTreeMap<String, (usize, usize)>,
    statuses: BTreeMap<u16, usize>,
}

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let release = arguments.iter().any(|a| a == "--release");
    let report = arguments.iter().position(|a| a == "--report").and_then(|at| arguments.get(at + 1));
    let paths: Vec<&String> =
        arguments.iter().filter(|a| !a.starts_with("--") && Some(*a) != report).collect();
    let program = build(release)?;
    let store = Store::new(program)?;
    if paths.is_empty() {
        for part in ["library", "course"] {
            import(&store, &root().join("demo").join(part).display().to_string())?;
        }
    }
    for path in paths {
        import(&store, path)?;
    }
    let token = format!("Authorization: JWT {}", store.token(1, true)?);
    let server = store.serve()?;
    let mut tally = Tally::default();
    for (site, address) in [("learn", server.learn), ("studio", server.studio)] {
        crawl(site, address, &token, &mut tally)?;
    }
    println!("\n{} pages, by status: {:?}", tally.pages, tally.statuses);
    println!("\n| block type | shown | as placeholder |\n|---|---|---|");
    for (tag, (shown, placeholders)) in &tally.types {
        println!("| {tag} | {shown} | {placeholders} |");
    }
    println!("\n{} pages on which the parser corrected something:", tally.corrected_pages);
    for (what, count) in &tally.corrected {
        println!("  {count} × {what}");
    }
    if let Some(path) = report {
        let report = json!({
            "pages": tally.pages, "statuses": tally.statuses, "types": tally.types,
            "corrected_pages": tally.corrected_pages, "corrected": tally.corrected, "faults": tally.faults,
        });
        std::fs::write(path, serde_json::to_string_pretty(&report)?)?;
    }
    if !tally.faults.is_empty() {
        for fault in tally.faults.iter().take(40) {
            println!("FAULT {fault}");
        }
        bail!("{} faults", tally.faults.len());
    }
    println!("No faults.");
    Ok(())
}

fn import(store: &Store, path: &str) -> Result<()> {
    let report = store.run(&["import", path])?;
    println!("{report}");
    // A second import of the same thing changes nothing.
    let again: Value = serde_json::from_str(&store.run(&["import", "--json", path])?)?;
    if !again["version"].is_null() || again["created"] == true {
        bail!("importing {path} a second time changed something: {again}");
    }
    Ok(())
}

fn crawl(site: &str, address: SocketAddr, token: &str, tally: &mut Tally) -> Result<()> {
    let json = |path: &str| -> Result<Value> {
        let answer = get(address, path, &[token])?;
        if answer.status != 200 {
            bail!("{site} {path}: {} {}", answer.status, answer.text());
        }
        Ok(serde_json::from_slice(&answer.body)?)
    };
    let mut visit = |path: &str| -> Result<()> {
        let answer = get(address, path, &[token, "Accept: text/html"])?;
        tally.pages += 1;
        *tally.statuses.entry(answer.status).or_default() += 1;
        if answer.status != 200 {
            tally.faults.push(format!("{site} {path}: status {}", answer.status));
            return Ok(());
        }
        let text = answer.text();
        if std::str::from_utf8(&answer.body).is_err() {
            tally.faults.push(format!("{site} {path}: not UTF-8"));
        }
        let verdict = html::judge(&text);
        tally.faults.extend(verdict.faults.iter().map(|fault| format!("{site} {path}: {fault}")));
        if !verdict.corrections.is_empty() {
            tally.corrected_pages += 1;
        }
        for what in verdict.corrections {
            *tally.corrected.entry(what.chars().take(100).collect()).or_default() += 1;
        }
        for (tag, placeholder) in html::blocks(&text) {
            let row = tally.types.entry(tag).or_default();
            row.0 += 1;
            row.1 += usize::from(placeholder);
        }
        Ok(())
    };
    visit("/")?;
    for context in json("/api/exedra/v1/contexts/")?["results"].as_array().context("no contexts")? {
        let key = context["key"].as_str().context("no key")?;
        visit(&format!("/contexts/{}", encoded(key)))?;
        let listing = json(&format!("/api/exedra/v1/contexts/{}/blocks/", encoded(key)))?;
        let blocks = listing["blocks"].as_array().context("no blocks")?;
        for block in blocks {
            // Units of courses; of libraries every block.
            if block["is_page"] == true || key.starts_with("lib:") {
                visit(&format!("/units/{}", encoded(block["usage_key"].as_str().context("no usage")?)))?;
            }
        }
        println!("{site} {key}: {} blocks", blocks.len());
    }
    Ok(())
}

/// Percent-encodes a key for a path.
fn encoded(key: &str) -> String {
    key.bytes()
        .map(|b| match b {
            b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
            b'-' | b'.' | b'_' | b':' | b'+' | b'@' => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}
