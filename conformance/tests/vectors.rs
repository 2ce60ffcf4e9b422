//! Runs the suites on the recorded answers beside the project, where they are.

use std::path::Path;
use std::process::Command;

fn passes(suite: &str, file: &str) {
    passes_in("vectors", suite, file);
}

fn passes_in(folder: &str, suite: &str, file: &str) {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(folder).join(file);
    if !vectors.exists() {
        eprintln!("skipped: there is no {}", vectors.display());
        return;
    }
    let run =
        Command::new(env!("CARGO_BIN_EXE_conformance")).arg(suite).arg(&vectors).output().expect("it starts");
    let report = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{report}{}", String::from_utf8_lossy(&run.stderr));
    assert!(report.ends_with(" passed, 0 failed\n") && !report.starts_with("0 "), "{report}");
}

#[test]
fn keys_read_as_recorded() {
    passes("keys", "opaque_keys.jsonl");
}

#[test]
fn keys_compare_as_recorded() {
    passes("keys-eq", "opaque_keys_eq.jsonl");
}

#[test]
fn selections_come_out_as_recorded() {
    passes("selection", "selection.jsonl");
}

#[test]
fn ids_of_copies_come_out_as_recorded() {
    passes("ids", "block_id_derivation.jsonl");
}

#[test]
fn archives_import_as_recorded() {
    for file in ["optics-mini.zip", "survey-240.zip"] {
        passes_in("corpus/archives", "archive", file);
    }
}

#[test]
fn problems_of_courses_and_libraries_load() {
    for folder in ["demo-course", "mit-latex2edx-demo", "oxa-kitchen-sink"] {
        passes_in("corpus", "problems", folder);
    }
}

#[test]
fn mismatches_are_listed_and_fail() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let rows = concat!(
        r#"{"input": "lib:o:s", "as": "LearningContextKey", "ok": false, "canonical": null, "class": null, "fields": null}"#,
        "\n",
        r#"{"input": "lib:o", "as": "LearningContextKey", "ok": false, "canonical": null, "class": null, "fields": null}"#,
    );
    std::fs::write(file.path(), rows).expect("writable");
    let run = Command::new(env!("CARGO_BIN_EXE_conformance"))
        .arg("keys")
        .arg(file.path())
        .output()
        .expect("it starts");
    let report = String::from_utf8_lossy(&run.stdout);
    assert_eq!(run.status.code(), Some(1));
    assert!(report.contains("LearningContextKey \"lib:o:s\" ok\texpected: false\tgot: true\n"), "{report}");
    assert!(report.ends_with("\n1 passed, 1 failed\n"), "{report}");
}
