//! Submissions that are not graded, and what is said about them.

use serde_json::json;

use super::{P, TWO, ask, body, choice, grades, problem};

#[test]
fn an_answer_that_cannot_be_read_costs_no_attempt() {
    let fixture = problem(TWO, json!({}));
    let (answer, effects) = ask(&fixture, "problem_check", &[(&format!("input_{P}_2_1"), "2+")]);
    assert!(answer["success"].as_str().unwrap().starts_with("Invalid math syntax"), "{answer}");
    assert_eq!(answer["attempts_used"], 0);
    assert!(grades(&effects).is_empty());
    assert!(effects.set.is_empty());
}

#[test]
fn forms_that_are_not_ours_are_refused() {
    let fixture = choice(json!({}));
    let (answer, effects) = fixture.post_form("xmodule_handler", "problem_check", &[("answer", "1")]);
    assert_eq!(answer.as_ref().unwrap().status, 400);
    assert!(body(&answer)["success"].as_str().unwrap().starts_with("We're sorry"));
    assert!(effects.is_empty());
}

#[test]
fn staff_read_which_fault_it_is() {
    let mut fixture = problem(TWO, json!({}));
    fixture.learner.staff = true;
    let (answer, effects) = ask(&fixture, "problem_check", &[(&format!("input_{P}_2_1"), "2+")]);
    let message = answer["success"].as_str().unwrap();
    assert!(message.starts_with("Staff debug info: StudentInputError: Invalid math syntax"), "{message}");
    assert!(effects.is_empty());
}

#[test]
fn a_fault_that_is_not_the_learners_is_told_in_general_terms_and_changes_nothing() {
    let data = TWO.replace("answer=\"4\"", "answer=\"4\" partial_credit=\"list\"");
    let fixture = problem(&data, json!({}));
    let form = [(&*format!("input_{P}_2_1"), "5")];
    let (answer, effects) = fixture.post_form("xmodule_handler", "problem_check", &form);
    assert_eq!(answer.as_ref().unwrap().status, 422);
    assert!(body(&answer)["success"].as_str().unwrap().starts_with("We're sorry"));
    assert!(effects.is_empty());
}

#[test]
fn an_answer_that_is_too_long_is_refused_clearly() {
    let fixture = choice(json!({"force_save_button": true}));
    let long = "x".repeat(200_000);
    for dispatch in ["problem_check", "problem_save"] {
        let form = [(&*format!("input_{P}_2_1"), &*long)];
        let (answer, effects) = fixture.post_form("xmodule_handler", dispatch, &form);
        assert_eq!(answer.as_ref().unwrap().status, 413);
        assert!(body(&answer)["success"].as_str().unwrap().starts_with("Your answer is too long"));
        assert!(effects.is_empty());
    }
}

#[test]
fn what_cannot_be_graded_here_cannot_be_submitted_either() {
    let data = "<problem><customresponse cfn=\"f\"><jsinput html_file=\"/static/a.html\"/></customresponse></problem>";
    let fixture = problem(data, json!({}));
    let form = [(&*format!("input_{P}_2_1"), "1")];
    let (answer, effects) = fixture.post_form("xmodule_handler", "problem_check", &form);
    assert_eq!(answer.unwrap().status, 422);
    assert!(effects.is_empty());
    assert_eq!(super::page(&fixture).count("button.submit"), 0);
}
