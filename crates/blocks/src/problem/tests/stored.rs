//! State that was stored before, here or elsewhere.

use serde_json::{Value, json};

use super::{P, TWO, choice, keep, page, problem, submit};
use crate::testing::fields;

#[test]
fn broken_state_counts_as_none() {
    let mut fixture = choice(json!({"max_attempts": "x"}));
    fixture.user_state = fields(json!({
        "attempts": "many", "student_answers": [1], "correct_map": {"a": 7}, "score": {"raw_earned": "x"},
        "seed": {}, "last_submission_time": 3.5e300, "done": null, "student_answers_history": 1,
    }));
    assert_eq!(page(&fixture).count("input[type=radio]"), 2);
    assert_eq!(submit(&mut fixture, "choice_1").0["success"], "correct");
    assert_eq!(fixture.user_state["attempts"], 1);
}

#[test]
fn what_cannot_be_read_is_left_as_it_is_until_the_learner_answers() {
    let mut fixture = choice(json!({}));
    fixture.user_state = fields(json!({"attempts": {}, "correct_map": 7, "seed": "?", "later": {"x": 1}}));
    assert!(fixture.view().2.is_empty());
    submit(&mut fixture, "choice_1");
    assert_eq!(fixture.user_state["later"], json!({"x": 1}));
}

#[test]
fn entries_that_cannot_be_read_do_not_take_the_others_with_them() {
    let mut fixture = problem(TWO, json!({}));
    fixture.user_state = fields(json!({
        "attempts": 1, "done": true,
        "student_answers": {format!("{P}_2_1"): 4, format!("{P}_3_1"): [["x"]]},
        "correct_map": {format!("{P}_2_1"): {"correctness": "correct"}, format!("{P}_3_1"): {"correctness": "perhaps"}},
    }));
    let page = page(&fixture);
    assert_eq!(page.attr(&format!("[id='input_{P}_2_1']"), "value").unwrap(), "4");
    assert_eq!((page.count(".status.correct"), page.count(".status.unanswered")), (1, 1));
}

#[test]
fn state_is_read_under_the_ids_it_was_stored_under() {
    let old = "i4x-Org-Course-problem-b1_x";
    for prefix in ["", &format!("{P}_"), &format!("{old}_"), &format!("input_{old}_")] {
        let mut fixture = choice(json!({}));
        fixture.user_state = fields(json!({
            "attempts": 1, "done": true, "seed": 1,
            "student_answers": {format!("{prefix}2_1"): "choice_1"},
            "correct_map": {format!("{prefix}2_1"): "correct"},
        }));
        let page = page(&fixture);
        assert_eq!(page.count("input[value=choice_1][checked]"), 1, "{prefix}");
        assert_eq!(page.count(".status.correct"), 1, "{prefix}");
    }
}

#[test]
fn an_answer_stored_under_its_own_id_counts_more_than_one_that_is_renamed() {
    let mut fixture = choice(json!({}));
    let answers = json!({"2_1": "choice_1", format!("{P}_2_1"): "choice_0", "zz_2_1": "choice_1"});
    fixture.user_state = fields(json!({"student_answers": answers}));
    assert_eq!(page(&fixture).count("input[value=choice_0][checked]"), 1);
}

#[test]
fn fields_inside_an_answer_are_renamed_with_it() {
    let mut fixture = choice(json!({"force_save_button": true}));
    let inside = json!({"old_1_2_1_choiceinput_0bc": "x", "other": "y"});
    fixture.user_state =
        fields(json!({"attempts": 1, "done": true, "student_answers": {"old_1_2_1": inside}}));
    let (_, effects) = super::ask(&fixture, "problem_reset", &[]);
    let event = super::event(&effects, "reset_problem");
    let renamed = json!({format!("{P}_2_1_choiceinput_0bc"): "x", "other": "y"});
    assert_eq!(event["old_state"]["student_answers"], json!({format!("{P}_2_1"): renamed}));
}

#[test]
fn dates_and_numbers_are_read_in_the_forms_they_were_stored_in() {
    for stored in ["2026-11-22T11:59:30Z", "2026-11-22T11:59:30.250000+00:00", "2026-11-22T12:59:30+01:00"] {
        let mut fixture = choice(json!({"submission_wait_seconds": "60", "max_attempts": "3"}));
        fixture.user_state = fields(json!({"attempts": 1.0, "last_submission_time": stored}));
        let (answer, _) = submit(&mut fixture, "choice_1");
        let message = answer["success"].as_str().unwrap();
        assert!(message.starts_with("You must wait at least 1 minute between submissions."), "{message}");
        assert!(page(&fixture).text(".submission-feedback").starts_with("You have used 1 of 3"));
    }
}

#[test]
fn a_learner_who_tries_without_end_is_never_stopped_by_the_size_of_the_history() {
    let mut fixture = problem(TWO, json!({}));
    let long = "x".repeat(100_000);
    for _ in 0..12 {
        let form = [(&*format!("input_{P}_2_1"), "4"), (&*format!("input_{P}_3_1"), &*long)];
        let (_, effects) = super::ask(&fixture, "problem_check", &form);
        keep(&mut fixture, &effects);
    }
    assert_eq!(fixture.user_state["attempts"], 12);
    let size = Value::Object(fixture.user_state.clone()).to_string().len();
    assert!(size < 700_000, "{size}");
    assert_eq!(fixture.user_state["score_history"].as_array().unwrap().len(), 12);
}
