//! Submissions graded again with the problem as it is now.

use serde_json::{Value, json};
use xblock::{BlockType as _, Effects, RescoreError, Rescored};

use super::{CHOICE, P, Problem, ask, choice, event, grades, keep, page, problem, submit};
use crate::testing::Fixture;

/// Makes the other choice of [`CHOICE`] the right one.
fn corrected(fixture: &mut Fixture) {
    let data =
        CHOICE.replace("\"true\"", "\"x\"").replace("\"false\"", "\"true\"").replace("\"x\"", "\"false\"");
    let settings = Value::Object(fixture.definition.fields.clone());
    fixture.definition = problem(&data, settings).definition;
}

fn rescore(fixture: &mut Fixture, only_if_higher: bool) -> (Result<Rescored, RescoreError>, Effects) {
    let (answer, effects) = fixture.with(|block, cx| Problem.rescore(block, only_if_higher, cx));
    keep(fixture, &effects);
    (answer, effects)
}

#[test]
fn a_submission_is_graded_with_the_problem_as_it_is_now_and_costs_no_attempt() {
    let mut fixture = choice(json!({}));
    submit(&mut fixture, "choice_0");
    corrected(&mut fixture);
    let (answer, effects) = rescore(&mut fixture, false);
    assert_eq!(answer, Ok(Rescored { before: (0.0, 1.0), after: (1.0, 1.0) }));
    assert_eq!(grades(&effects), [(1.0, 1.0)]);
    let told = event(&effects, "problem_rescore");
    assert_eq!(told["problem_id"], P);
    assert_eq!((&told["orig_score"], &told["orig_total"]), (&json!(0), &json!(1)));
    assert_eq!((&told["new_score"], &told["new_total"]), (&json!(1), &json!(1)));
    assert_eq!((&told["success"], &told["attempts"]), (&json!("correct"), &json!(1)));
    assert_eq!(told["state"]["correct_map"][format!("{P}_2_1")]["correctness"], "incorrect");
    assert_eq!(told["correct_map"][format!("{P}_2_1")]["correctness"], "correct");
    let state = &fixture.user_state;
    assert_eq!(state["attempts"], 1);
    assert_eq!(state["score_history"], json!([{"raw_earned": 1, "raw_possible": 1}]));
    assert_eq!(state["correct_map_history"][0][format!("{P}_2_1")]["correctness"], "correct");
    assert_eq!(page(&fixture).text(".problem-progress"), "1/1 point (ungraded)");
}

#[test]
fn points_are_kept_when_only_higher_ones_count() {
    let mut fixture = choice(json!({}));
    submit(&mut fixture, "choice_1");
    corrected(&mut fixture);
    let before = fixture.user_state.clone();
    let (answer, effects) = rescore(&mut fixture, true);
    assert_eq!(answer, Ok(Rescored { before: (1.0, 1.0), after: (0.0, 1.0) }));
    assert!(effects.is_empty());
    assert_eq!(fixture.user_state, before);
    let (_, effects) = rescore(&mut fixture, false);
    assert_eq!(grades(&effects), [(0.0, 1.0)]);
}

#[test]
fn the_tries_that_count_are_graded_again() {
    let rows = [
        ("last_score", 0.0, [1, 0, 0]),
        ("first_score", 0.0, [0, 0, 0]),
        ("highest_score", 1.0, [0, 1, 0]),
        ("average_score", 0.33, [0, 1, 0]),
    ];
    for (method, expected, history) in rows {
        let mut fixture = choice(json!({"grading_method": method}));
        for name in ["choice_1", "choice_0", "choice_1"] {
            submit(&mut fixture, name);
        }
        corrected(&mut fixture);
        let (answer, effects) = rescore(&mut fixture, false);
        assert_eq!(answer.unwrap().after, (expected, 1.0), "{method}");
        assert_eq!(grades(&effects), [(expected, 1.0)], "{method}");
        let scores = fixture.user_state["score_history"].as_array().unwrap();
        let earned: Vec<_> = scores.iter().map(|score| score["raw_earned"].as_i64().unwrap()).collect();
        assert_eq!(earned, history, "{method}");
    }
}

#[test]
fn earlier_tries_are_left_when_it_is_not_known_what_they_answered() {
    let mut fixture = choice(json!({"grading_method": "highest_score"}));
    for name in ["choice_1", "choice_0"] {
        submit(&mut fixture, name);
    }
    // Elsewhere submissions that were refused are in the history too.
    let answers = fixture.user_state["student_answers_history"].as_array_mut().unwrap();
    answers.insert(0, json!({"2_1": "choice_0"}));
    corrected(&mut fixture);
    rescore(&mut fixture, false).0.unwrap();
    let scores = json!([{"raw_earned": 1, "raw_possible": 1}, {"raw_earned": 1, "raw_possible": 1}]);
    assert_eq!(fixture.user_state["score_history"], scores);
}

#[test]
fn answers_that_were_only_saved_do_not_count() {
    let mut fixture = choice(json!({"force_save_button": true}));
    submit(&mut fixture, "choice_0");
    let (_, effects) = ask(&fixture, "problem_save", &[(&format!("input_{P}_2_1"), "choice_1")]);
    keep(&mut fixture, &effects);
    let (answer, _) = rescore(&mut fixture, false);
    assert_eq!(answer.unwrap().after, (0.0, 1.0));
    assert_eq!(fixture.user_state["student_answers"][format!("{P}_2_1")], "choice_1");
    assert_eq!(fixture.user_state["has_saved_answers"], true);
}

#[test]
fn what_was_not_submitted_is_not_graded_and_nothing_is_drawn_for_it() {
    let mut fixture = choice(json!({"rerandomize": "always", "force_save_button": true}));
    let (answer, effects) = rescore(&mut fixture, false);
    assert_eq!(answer, Err(RescoreError::Unanswered));
    assert!(effects.is_empty());
    fixture.user_state = crate::testing::fields(json!({"attempts": 1}));
    let (answer, effects) = rescore(&mut fixture, false);
    assert_eq!(answer, Err(RescoreError::Unanswered));
    assert!(effects.set.is_empty());
    assert_eq!(event(&effects, "problem_rescore_fail")["failure"], "unanswered");
}

#[test]
fn a_submission_that_cannot_be_graded_any_more_keeps_its_points() {
    let data =
        r#"<problem><numericalresponse answer="4"><formulaequationinput/></numericalresponse></problem>"#;
    let mut fixture = problem(data, json!({}));
    let (_, effects) = ask(&fixture, "problem_check", &[(&format!("input_{P}_2_1"), "4")]);
    keep(&mut fixture, &effects);
    fixture.definition = problem(&data.replace("\"4\"", "\"[1, i]\""), json!({})).definition;
    let before = fixture.user_state.clone();
    let (answer, effects) = rescore(&mut fixture, false);
    assert!(matches!(answer, Err(RescoreError::Failed(_))), "{answer:?}");
    assert_eq!(event(&effects, "problem_rescore_fail")["failure"], "input_error");
    assert_eq!(fixture.user_state, before);
}

#[test]
fn nothing_is_drawn_for_a_submission_whose_variant_is_not_known() {
    let mut fixture = choice(json!({"rerandomize": "always"}));
    submit(&mut fixture, "choice_1");
    fixture.user_state.shift_remove("seed");
    let (answer, effects) = rescore(&mut fixture, false);
    assert!(matches!(answer, Err(RescoreError::Failed(_))), "{answer:?}");
    assert!(effects.set.is_empty());
}
