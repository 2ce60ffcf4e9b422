//! The rows, and what is known of each beforehand.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};

/// What a row is called, what the reference systems need on a comparable machine, and what must be reached.
struct Row {
    id: &'static str,
    what: &'static str,
    unit: &'static str,
    reference: &'static str,
    target: Option<f64>,
}

const fn row(
    id: &'static str,
    what: &'static str,
    unit: &'static str,
    reference: &'static str,
    target: Option<f64>,
) -> Row {
    Row { id, what, unit, reference, target }
}

/// CPU time of the server's process for one request.
const SERVED: [Row; 8] = [
    row("healthz", "the framework alone: `/healthz`", "ms", "", Some(0.008)),
    row("html", "text block, anonymous", "ms", "10 ms", Some(0.02)),
    row("choice", "4-choice problem with state", "ms", "24 ms, 28 queries", Some(0.15)),
    row("ten", "vertical of 10 text blocks", "ms", "", None),
    row("thirty", "vertical of 30 text blocks", "ms", "", None),
    row("stress", "stress unit: 30 of 50, with state", "ms", "400 ms, 343 queries", Some(1.0)),
    row("embed_html", "text block as a page to be framed", "ms", "", None),
    row("stress_page", "stress unit as a page", "ms", "", None),
];

/// Medians in one process, and facts about the process.
const ROWS: [Row; 29] = [
    row("key_parse", "parse one `lb:` key", "µs", "11.8 µs", Some(0.1)),
    row("html_render", "text block: view and wrapper", "µs", "190 µs", None),
    row("html_show_anonymous", "text block, anonymous, from the store", "µs", "", None),
    row("choice_render", "4-choice problem: view and wrapper", "µs", "", None),
    row("choice_show", "4-choice problem with state, from the store", "µs", "", None),
    row("ten_render", "10 text blocks: view and wrappers", "µs", "", None),
    row("ten_show", "10 text blocks, from the store", "µs", "", None),
    row("thirty_render", "30 text blocks: view and wrappers", "µs", "", None),
    row("thirty_show", "30 text blocks, from the store", "µs", "", None),
    row("stress_compose", "stress unit: composing, the draw read from the store", "µs", "", None),
    row("stress_render", "stress unit: views and wrappers", "µs", "", None),
    row("stress_show", "stress unit with state, from the store", "µs", "50,000 µs", None),
    row("grade_choice", "grade and render a multiple choice answer", "µs", "4,700 µs", Some(50.0)),
    row("grade_number", "grade and render a numerical answer", "µs", "23,000 µs", Some(100.0)),
    row("choice_load", "a multiple choice: load", "µs", "", None),
    row("choice_round", "a multiple choice: load, grade and render", "µs", "", Some(50.0)),
    row("number_load", "a number: load", "µs", "", None),
    row("number_round", "a number: load, grade and render", "µs", "", Some(100.0)),
    row("formulas_load", "two formulas: load", "µs", "", None),
    row("formulas_round", "two formulas, ten samples each: load, grade and render", "µs", "", None),
    row(
        "corpus_choice_round",
        "a recorded multiple choice: load, grade and render",
        "µs",
        "4,700 µs",
        Some(50.0),
    ),
    row("corpus_number_round", "a recorded number: load, grade and render", "µs", "23,000 µs", Some(100.0)),
    row("corpus_formulas_round", "two recorded formulas: load, grade and render", "µs", "", None),
    row("commit_100", "commit one change, 100 files, durable", "µs", "52,000 µs", Some(3_000.0)),
    row("commit_10000", "commit one change, 10,000 files, durable", "µs", "grows", Some(3_000.0)),
    row("edit_and_commit_10000", "change a draft and commit it, 10,000 files, durable", "µs", "", None),
    row(
        "memory",
        "memory after the stress unit, 10,000 blocks stored",
        "MB",
        "94–194 MB a worker",
        Some(60.0),
    ),
    row("memory_peak", "most memory until then", "MB", "", None),
    row("start", "start to first answered request", "s", "seconds", Some(0.3)),
];

/// A kind of request, measured.
pub(super) struct Measured {
    /// CPU time for one request, over four connections and over sixteen.
    pub(super) cpu_ms: [f64; 2],
    /// SQL statements for one request, over sixteen.
    pub(super) statements: f64,
    /// Requests answered a second over sixteen, which depends on what else the machine does.
    pub(super) requests_per_second: f64,
    /// Size of the body.
    pub(super) bytes: usize,
}

/// Everything measured.
#[derive(Default)]
pub(super) struct Report {
    served: BTreeMap<String, Measured>,
    values: BTreeMap<String, f64>,
}

impl Report {
    /// Adds a number, in the unit of its row.
    pub(super) fn add(&mut self, id: &str, value: f64) {
        self.values.insert(id.to_owned(), value);
    }

    /// Adds a kind of request.
    pub(super) fn add_served(&mut self, id: &str, measured: Measured) {
        self.served.insert(id.to_owned(), measured);
    }

    /// Returns the tables of docs/BENCHMARKS.md.
    pub(super) fn table(&self) -> String {
        let mut text = String::from(
            "| one request, CPU time of the server | reference | must reach | 4 connections | 16 connections | SQL statements | requests/s | bytes |\n\
             |---|---|---|---|---|---|---|---|\n",
        );
        for row in &SERVED {
            let Some(m) = self.served.get(row.id) else { continue };
            let [few, many] = m.cpu_ms.map(|ms| with_unit(ms, row.unit));
            let _ = writeln!(
                text,
                "| {} | {} | {} | {few} | {many} | {} | {:.0} | {} |",
                row.what,
                row.reference,
                target(row),
                shown(m.statements),
                m.requests_per_second,
                m.bytes
            );
        }
        text.push_str("\n| in one process | reference | must reach | measured |\n|---|---|---|---|\n");
        for row in &ROWS {
            let Some(value) = self.values.get(row.id) else { continue };
            let measured = with_unit(*value, row.unit);
            let _ = writeln!(text, "| {} | {} | {} | {measured} |", row.what, row.reference, target(row));
        }
        text
    }

    /// Returns everything, for programs.
    pub(super) fn json(&self) -> Value {
        let served = self.served.iter().map(|(id, m)| {
            let target = SERVED.iter().find(|row| row.id == id).and_then(|row| row.target);
            let row = json!({
                "cpu_ms_4_connections": m.cpu_ms[0], "cpu_ms_16_connections": m.cpu_ms[1], "target_cpu_ms": target, "sql_statements": m.statements,
                "requests_per_second": m.requests_per_second, "bytes": m.bytes,
            });
            (id.clone(), row)
        });
        let values = self.values.iter().map(|(id, value)| {
            let row = ROWS.iter().find(|row| row.id == id);
            let (unit, target) = row.map_or(("", None), |row| (row.unit, row.target));
            (id.clone(), json!({"value": value, "unit": unit, "target": target}))
        });
        json!({"served": served.collect::<serde_json::Map<_, _>>(), "in_process": values.collect::<serde_json::Map<_, _>>()})
    }
}

fn target(row: &Row) -> String {
    row.target.map_or_else(String::new, |target| format!("≤ {}", with_unit(target, row.unit)))
}

fn with_unit(value: f64, unit: &str) -> String {
    format!("{} {unit}", shown(value))
}

/// Prints a number with three digits that count.
fn shown(value: f64) -> String {
    let digits = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        v if v >= 0.1 => 3,
        _ => 4,
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_show_what_was_measured_beside_what_must_be_reached() {
        let mut report = Report::default();
        report.add("key_parse", 0.0856);
        report.add_served(
            "html",
            Measured { cpu_ms: [0.0225, 0.0191], statements: 0.0, requests_per_second: 9e4, bytes: 812 },
        );
        let table = report.table();
        assert!(
            table.contains(
                "| text block, anonymous | 10 ms | ≤ 0.02 ms | 0.0225 ms | 0.0191 ms | 0 | 90000 | 812 |"
            ),
            "{table}"
        );
        assert!(table.contains("| parse one `lb:` key | 11.8 µs | ≤ 0.1 µs | 0.0856 µs |"), "{table}");
        assert_eq!(report.json()["in_process"]["key_parse"]["target"], 0.1);
    }

    #[test]
    fn every_row_is_named_once() {
        let mut ids: Vec<_> = SERVED.iter().chain(&ROWS).map(|row| row.id).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }

    #[test]
    fn numbers_keep_three_digits() {
        assert_eq!([0.0191, 0.5, 1.234, 60.0, 52_000.4].map(shown), ["0.0191", "0.5", "1.23", "60", "52000"]);
    }
}
