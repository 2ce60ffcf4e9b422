//! `grade`: what answers to problems are worth (capa §15).
//!
//! `--types` names tags; a row is compared when all its tags are among them. Without it all rows are compared but those
//! tagged `python`, which need an engine for scripts of authors.

use std::path::Path;

use anyhow::Context;
use capa::{Answers, CapaError, CorrectMap, FeedbackEvent, Graded, Hooks, Instance, Problem, Shown};
use serde_json::{Map, Value, json};

use super::{Options, Outcome, Row, json_lines, text};

/// The module id in recorded events.
const MODULE_ID: &str = "block-v1:vec";

/// What the reference adds to some messages by mistake.
const TRACEBACK: &str = " (<traceback object at ";

/// The tag of rows that need an engine for scripts.
const PYTHON: &str = "python";

/// Returns the rows of a file to compare, and counts those that are left out without having been asked.
pub(super) fn wanted(file: &Path, options: &Options, outcome: &mut Outcome) -> anyhow::Result<Vec<Value>> {
    let mut rows = json_lines(file)?;
    rows.retain(|row| {
        let mut tags = row["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if options.types.is_none() && tags.clone().any(|tag| tag == PYTHON) {
            outcome.skipped.count(PYTHON);
            return false;
        }
        tags.all(|tag| options.wants(tag))
    });
    Ok(rows)
}

/// Returns the submitted answers of a row.
pub(super) fn answers(row: &Value) -> anyhow::Result<Answers> {
    serde_json::from_value(row["answers"].clone()).context("answers")
}

/// Names an error as the reference does; only messages meant for readers are compared.
fn error_json(error: &CapaError) -> Value {
    match error {
        CapaError::StudentInput(message) => json!({ "type": "StudentInputError", "message": message }),
        CapaError::LoncapaProblem(message) => json!({ "type": "LoncapaProblemError", "message": message }),
        CapaError::Response(_) => json!({ "type": "ResponseError" }),
        CapaError::Generic(_) | CapaError::Olx(_) => json!({ "type": "generic" }),
    }
}

fn expected_error(recorded: &Value) -> Value {
    match recorded["type"].as_str() {
        Some("StudentInputError" | "LoncapaProblemError") => {
            let mut expected = recorded.clone();
            // The address of an object of the recording process, different each time.
            if let Some((message, _)) =
                recorded["message"].as_str().and_then(|text| text.split_once(TRACEBACK))
            {
                expected["message"] = message.into();
            }
            expected
        }
        Some("ResponseError") => json!({ "type": "ResponseError" }),
        _ => json!({ "type": "generic" }),
    }
}

/// Returns whether two values are equal when numbers are compared by value.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

/// Names of choices are a set in the reference and sorted in the file.
fn shown_json(instance: &Instance<'_>) -> Value {
    let mut shown = instance.answers_shown();
    for answer in shown.values_mut() {
        if let Shown::List(names) = answer {
            names.sort_unstable();
        }
    }
    json!(shown)
}

/// Inputs without a right answer are null in the file and left out by us.
fn without_nulls(shown: &Value) -> Value {
    let members = shown.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    Value::Object(members.map(|(id, value)| (id.clone(), value.clone())).collect())
}

fn event_json(event: &FeedbackEvent) -> Value {
    let mut payload = Map::from_iter([("module_id".to_owned(), json!(MODULE_ID))]);
    if let Value::Object(members) = json!(event) {
        payload.extend(members);
    }
    json!([FeedbackEvent::NAME, payload])
}

fn graded_json(instance: &Instance<'_>, graded: &Graded) -> Value {
    let order = instance.permutations().into_iter().map(|(id, (_, names))| (id, json!(names)));
    let mut found = json!({
        "correct_map": graded.correct_map,
        "overall_message": graded.overall_message,
        "score": graded.score,
        "events": graded.events.iter().map(event_json).collect::<Vec<_>>(),
        "choice_order": Value::Object(order.collect()),
    });
    // The file leaves out what is empty.
    if let Value::Object(members) = &mut found {
        members.retain(|name, value| {
            let empty =
                value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
            !(empty && matches!(name.as_str(), "events" | "choice_order"))
        });
    }
    found
}

fn compare(row: &Value, compared: &mut Row<'_>) -> anyhow::Result<()> {
    let id = text(row, "id")?;
    let mut check = |member: &str, expected: &Value, got: &Value| {
        if !same(expected, got) {
            compared.differs(format!("{id} {member}"), expected, got);
        }
    };
    let problem = match Problem::compile(text(row, "problem_olx")?, &Hooks::NONE) {
        Ok(problem) => problem,
        Err(error) => {
            let expected = row.get("load_error").map_or(Value::Null, expected_error);
            check("load_error", &expected, &error_json(&error));
            return Ok(());
        }
    };
    check("load_error", &row.get("load_error").map_or(Value::Null, expected_error), &Value::Null);
    let instance = problem.instance(row["seed"].as_i64().context("seed")?, text(row, "problem_id")?);
    if let Some(shown) = row.get("answers_shown") {
        check("answers_shown", &without_nulls(shown), &shown_json(&instance));
    }
    match instance.grade(&answers(row)?) {
        Err(error) => {
            let expected = row.get("error").map_or(Value::Null, expected_error);
            check("error", &expected, &error_json(&error));
            check("score", &row["score"], &json!(instance.score(&CorrectMap::default())));
        }
        Ok(graded) => {
            check("error", &row.get("error").map_or(Value::Null, expected_error), &Value::Null);
            let found = graded_json(&instance, &graded);
            for member in ["correct_map", "overall_message", "score", "events", "choice_order"] {
                if row.get("correct_map").is_some() {
                    check(member, &row[member], &found[member]);
                }
            }
        }
    }
    Ok(())
}

/// Compares outcome, correct map, score, events, shown answers and the order of choices.
pub(super) fn run(file: &Path, options: &Options) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    for row in wanted(file, options, &mut outcome)? {
        compare(&row, &mut outcome.row())?;
    }
    Ok(outcome)
}
