//! The benches package's own report, read back.

use std::process::Stdio;

use anyhow::{Context as _, Result, bail};

use super::report::Report;
use crate::run::cargo;

/// Runs the benchmarks in one process and adds their medians.
pub(super) fn run(report: &mut Report) -> Result<()> {
    println!("── benchmarks in one process");
    let output = cargo(&["bench", "-p", "benches", "--bench", "in_process", "--bench", "problems"])
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    if !output.status.success() {
        bail!("the benchmarks failed");
    }
    let mut rows = text.lines().filter_map(median).peekable();
    rows.peek().context("the benchmarks report nothing")?;
    for (name, microseconds) in rows {
        report.add(name, microseconds);
    }
    Ok(())
}

/// Reads one row of divan's table: the name, and the median in microseconds.
fn median(line: &str) -> Option<(&str, f64)> {
    let rest = line.strip_prefix("├─ ").or_else(|| line.strip_prefix("╰─ "))?;
    let name = rest.split_whitespace().next()?;
    let (number, unit) = rest.split('│').nth(2)?.trim().split_once(' ')?;
    let scale = match unit {
        "ps" => 1e-6,
        "ns" => 1e-3,
        "µs" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        _ => return None,
    };
    Some((name, number.parse::<f64>().ok()? * scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_read_from_the_table() {
        let row = "├─ html_render             10.1 µs       │ 98.1 µs       │ 12.5 µs       │ 14.2 µs       │ 100     │ 100";
        assert_eq!(median(row), Some(("html_render", 12.5)));
        let row = "╰─ key_parse               88 ns         │ 90 ns         │ 89 ns         │ 89 ns         │ 100     │ 6400";
        assert_eq!(median(row), Some(("key_parse", 0.089)));
        assert_eq!(median("in_process     fastest       │ slowest       │ median        │ mean"), None);
    }
}
