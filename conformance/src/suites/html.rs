//! `html`: what problems look like, before and after an answer (capa §15).
//!
//! Pages are compared as trees, element by element: white space collapsed, attributes without order. Where the recorded
//! page still has hints in it, what counts is the page as it was served, without them. A row whose answers could not
//! be graded has only the first page. `--types` and the rows left out are as in `grade`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use capa::{Answers, CorrectMap, Hooks, Problem, State, html};
use olx::{Document, Element, Limits, Node};
use serde_json::Value;

use super::grade::{answers, wanted};
use super::{Options, Outcome, Row, text};

/// Returns one line per element and text, indented by depth.
fn outline(page: &str) -> Vec<String> {
    let mut lines = Vec::new();
    match Document::parse(page, &Limits::default()) {
        Ok(document) => outline_element(&document.root, 0, &mut lines),
        Err(error) => lines.push(format!("not well-formed: {error}")),
    }
    lines
}

fn outline_element(element: &Element, depth: usize, lines: &mut Vec<String>) {
    let attributes: BTreeMap<&str, &str> = element
        .attributes
        .iter()
        .map(|attribute| (attribute.name.as_str(), attribute.value.as_str()))
        .collect();
    lines.push(format!("{}<{} {attributes:?}>", " ".repeat(depth), element.name));
    let mut run = String::new();
    let flush = |run: &mut String, lines: &mut Vec<String>| {
        let collapsed = run.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        if !collapsed.is_empty() {
            lines.push(format!("{}{collapsed:?}", " ".repeat(depth + 1)));
        }
        run.clear();
    };
    for node in &element.children {
        match node {
            Node::Text(text) | Node::CData(text) => run.push_str(text),
            Node::Element(child) => {
                flush(&mut run, lines);
                outline_element(child, depth + 1, lines);
            }
            Node::Comment(_) | Node::Pi(_) => {}
        }
    }
    flush(&mut run, lines);
}

fn check(row: &Value, member: &str, got: &str, compared: &mut Row<'_>) -> anyhow::Result<()> {
    let served = format!("{member}_served");
    let recorded = row.get(&served).or_else(|| row.get(member)).and_then(Value::as_str).context("no page")?;
    let (expected, got) = (outline(recorded), outline(got));
    if expected != got {
        let at = expected.iter().zip(&got).take_while(|(a, b)| a == b).count();
        let line = |lines: &[String]| lines.get(at).cloned().unwrap_or_else(|| "(end)".to_owned());
        compared.differs(format!("{} {member}", text(row, "id")?), line(&expected), line(&got));
    }
    Ok(())
}

fn compare(row: &Value, compared: &mut Row<'_>) -> anyhow::Result<()> {
    let id = text(row, "id")?;
    let problem = match Problem::compile(text(row, "problem_olx")?, &Hooks::NONE) {
        Ok(problem) => problem,
        Err(error) => {
            compared.differs(id, "a page", error);
            return Ok(());
        }
    };
    let instance = problem.instance(row["seed"].as_i64().context("seed")?, text(row, "problem_id")?);
    let fresh = State {
        answers: &Answers::default(),
        correct_map: &CorrectMap::default(),
        input_state: None,
        overall_message: "",
        done: false,
        has_saved_answers: false,
        show_correctness: true,
    };
    check(row, "html", &html::render(&instance.view(&fresh)), compared)?;
    if row.get("html_after").is_some() {
        let answers = answers(row)?;
        let correct_map: CorrectMap = serde_json::from_value(row["correct_map"].clone())?;
        let after = State { answers: &answers, correct_map: &correct_map, done: true, ..fresh };
        check(row, "html_after", &html::render(&instance.view(&after)), compared)?;
    }
    Ok(())
}

/// Compares the fresh page and the page after the answers.
pub(super) fn run(file: &Path, options: &Options) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    for row in wanted(file, options, &mut outcome)? {
        compare(&row, &mut outcome.row())?;
    }
    Ok(outcome)
}
