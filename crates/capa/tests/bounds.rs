//! What authors and learners write takes bounded work.

use capa::{Hooks, Problem, Value};

fn compile(inside: &str) -> Result<Problem, String> {
    Problem::compile(&format!("<problem>{inside}</problem>"), &Hooks::NONE).map_err(|error| error.to_string())
}

#[test]
fn a_problem_has_so_many_nodes_and_no_more() {
    let question = "<stringresponse answer='a'><textline/></stringresponse>";
    let several = compile(&question.repeat(5_000)).expect("thousands of questions are a problem");
    assert_eq!(several.max_score(), 5_000);
    let error = compile(&question.repeat(50_000)).expect_err("too many");
    assert!(error.contains("more than 50000"), "{error}");
}

#[test]
fn texts_are_compared_whatever_their_case_as_python_lowers_them() {
    let correct = |expected: &str, given: &str| {
        let problem =
            compile(&format!("<stringresponse answer='{expected}' type='ci'><textline/></stringresponse>"));
        let answers = [("p_2_1", Value::Text(given.to_owned()))].into_iter().collect();
        problem.expect("compiles").instance(1, "p").grade(&answers).expect("graded").score.raw_earned > 0.0
    };
    assert!(correct("ΟΔΟΣ", "οδος"), "a sigma that ends a word");
    assert!(!correct("ΟΔΟΣ", "οδοσ"));
    assert!(correct("İx", "i\u{307}X"), "one letter becomes two");
    assert!(!correct("Straße", "STRASSE") && !correct("a", "ab") && !correct("ab", "a"));
}

#[test]
fn references_in_labels_are_as_long_as_references_are() {
    let label = |text: &str| {
        let problem =
            compile(&format!("<stringresponse answer='a'><label>{text}</label><textline/></stringresponse>"));
        let problem = problem.expect("compiles");
        problem.instance(1, "p").describe(&Default::default(), &Default::default())["p_2_1"].question.clone()
    };
    assert_eq!(label("a &amp;lt; b &amp;#960; &amp; &lt;"), "a < b π & <");
    // Nothing is looked for up to the end, again and again.
    let many = label(&"&amp;".repeat(300_000));
    assert_eq!(many.len(), 300_000);
}
