//! What is told, and with which members (capa §12.1).

use serde_json::{Value, json};

use super::{CHOICE, P, ask, choice, event, keep, problem, submit};
use crate::testing::Fixture;

const STATE: [&str; 6] =
    ["correct_map", "done", "has_saved_answers", "input_state", "seed", "student_answers"];

/// Returns the names of the members of an object, sorted.
fn members(value: &Value) -> Vec<&str> {
    let mut names: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

fn told(fixture: &Fixture, dispatch: &str, form: &[(&str, &str)], name: &str) -> Value {
    let (_, effects) = fixture.post_form("xmodule_handler", dispatch, form);
    event(&effects, name).clone()
}

#[test]
fn a_submission_is_told_with_everything_about_it() {
    let data = CHOICE.replace("<choicegroup>", "<choicegroup shuffle=\"true\">");
    let mut fixture = problem(&data, json!({"rerandomize": "per_student"}));
    let (_, effects) = submit(&mut fixture, "choice_1");
    let check = event(&effects, "problem_check");
    let expected = [
        "answers",
        "attempts",
        "correct_map",
        "grade",
        "max_grade",
        "permutation",
        "problem_id",
        "state",
        "submission",
        "success",
    ];
    assert_eq!(members(check), expected);
    assert_eq!(members(&check["state"]), STATE);
    assert_eq!(check["answers"], json!({format!("{P}_2_1"): "choice_1"}));
    let entry = ["answervariable", "correctness", "hint", "hintmode", "msg", "npoints", "queuestate"];
    assert_eq!(members(&check["correct_map"][format!("{P}_2_1")]), entry);
    let submission =
        ["answer", "correct", "group_label", "input_type", "question", "response_type", "variant"];
    assert_eq!(members(&check["submission"][format!("{P}_2_1")]), submission);
    assert_eq!(check["submission"][format!("{P}_2_1")]["variant"], fixture.user_state["seed"]);
    let permutation = &check["permutation"][format!("{P}_2_1")];
    assert_eq!(permutation[0], "shuffle");
    let mut names: Vec<_> =
        permutation[1].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["choice_0", "choice_1"]);
}

#[test]
fn everything_else_that_is_done_is_told() {
    let input = format!("input_{P}_2_1");
    let form = [(input.as_str(), "choice_1")];
    let fresh = choice(json!({"force_save_button": true, "showanswer": "always"}));
    let save = told(&fresh, "problem_save", &form, "save_problem_success");
    assert_eq!(members(&save), ["answers", "problem_id", "state"]);
    assert_eq!(members(&save["state"]), STATE);
    let show = told(&fresh, "problem_show", &[], "showanswer");
    assert_eq!(show, json!({"problem_id": P}));
    let fail = told(&fresh, "problem_reset", &[], "reset_problem_fail");
    assert_eq!(members(&fail), ["failure", "old_state", "problem_id"]);
    assert_eq!(fail["failure"], "not_done");
    let hint = told(&fresh, "hint_button", &[("hint_index", "1")], "edx.problem.hint.demandhint_displayed");
    let text = "It is <i>not</i> red.";
    assert_eq!(hint, json!({"module_id": P, "hint_index": 1, "hint_len": 2, "hint_text": text}));

    let mut closed = choice(json!({"max_attempts": 1}));
    submit(&mut closed, "choice_0");
    for (dispatch, name, failure) in
        [("problem_check", "problem_check_fail", "closed"), ("problem_save", "save_problem_fail", "closed")]
    {
        let fail = told(&closed, dispatch, &form, name);
        assert_eq!(members(&fail), ["answers", "failure", "problem_id", "state"], "{name}");
        assert_eq!(
            (&fail["failure"], &fail["answers"]),
            (&json!(failure), &json!({format!("{P}_2_1"): "choice_1"}))
        );
    }
    assert_eq!(told(&closed, "problem_reset", &[], "reset_problem_fail")["failure"], "closed");

    let mut done = choice(json!({"rerandomize": "always"}));
    submit(&mut done, "choice_0");
    assert_eq!(told(&done, "problem_check", &form, "problem_check_fail")["failure"], "unreset");
    assert_eq!(told(&done, "problem_save", &form, "save_problem_fail")["failure"], "done");
    let reset = told(&done, "problem_reset", &[], "reset_problem");
    assert_eq!(members(&reset), ["new_state", "old_state", "problem_id"]);
    assert_eq!(
        (members(&reset["old_state"]), members(&reset["new_state"])),
        (STATE.to_vec(), STATE.to_vec())
    );
    assert_eq!(
        (&reset["new_state"]["done"], &reset["new_state"]["student_answers"]),
        (&json!(false), &json!({}))
    );
}

#[test]
fn a_hint_that_is_shown_with_the_feedback_is_told_with_its_block() {
    let data = CHOICE.replace("Blue <b>!</b>", "Blue<choicehint label=\"Yes\">Like the sky.</choicehint>");
    let mut fixture = problem(&data, json!({}));
    let (_, effects) = submit(&mut fixture, "choice_1");
    let hint = event(&effects, "edx.problem.hint.feedback_displayed");
    assert_eq!((&hint["module_id"], &hint["problem_part_id"]), (&json!(P), &json!(format!("{P}_1"))));
    assert_eq!((&hint["trigger_type"], &hint["hint_label"]), (&json!("single"), &json!("Yes")));
    assert_eq!(hint["hints"], json!([{"text": "Like the sky."}]));
    assert_eq!(
        (&hint["correctness"], &hint["question_type"]),
        (&json!(true), &json!("multiplechoiceresponse"))
    );
    assert_eq!(hint["student_answer"], json!(["choice_1"]));
}

#[test]
fn a_reset_of_a_problem_that_changes_tells_both_variants() {
    let mut fixture = choice(json!({"rerandomize": "onreset"}));
    let (_, _, effects) = fixture.view();
    keep(&mut fixture, &effects);
    submit(&mut fixture, "choice_0");
    fixture.random = 7;
    let (_, effects) = ask(&fixture, "problem_reset", &[("id", P)]);
    let reset = event(&effects, "reset_problem");
    assert_eq!((&reset["old_state"]["seed"], &reset["new_state"]["seed"]), (&json!(456), &json!(7)));
}
