//! Answers that an external grader judges (capa §6.12).

use std::sync::Arc;

use serde_json::{Value, json};
use xblock::{Effects, GraderDelivery, GraderReceipt, HandlerRequest, UploadedFile};

use super::{P, ask, grades, keep, page, problem};
use crate::testing::{Fixture, POST, body};

const CODE: &str = "<problem><coderesponse queuename='q'><label>Sort</label><textbox/>\
    <codeparam><grader_payload>{\"t\": 1}</grader_payload></codeparam></coderesponse></problem>";
const FILES: &str =
    "<problem><coderesponse><filesubmission required_files='a.py'/><codeparam/></coderesponse></problem>";
const MATLAB: &str = "<problem><coderesponse><matlabinput><plot_payload>plot</plot_payload></matlabinput>\
    <codeparam/></coderesponse></problem>";

/// A minute after the clock of the fixture.
const LATER: time::Duration = time::Duration::minutes(1);

fn input() -> String {
    format!("{P}_2_1")
}

fn delivered(outcome: Result<&str, &str>) -> Vec<GraderDelivery> {
    let receipt = |key: &str| GraderReceipt { key: key.to_owned(), message: "2".to_owned() };
    let time = "20261122120000".to_owned();
    vec![GraderDelivery { input: input(), time, outcome: outcome.map(receipt).map_err(str::to_owned) }]
}

fn submit(fixture: &mut Fixture, text: &str) -> (Value, Effects) {
    let (answer, effects) = ask(fixture, "problem_check", &[(&format!("input_{}", input()), text)]);
    keep(fixture, &effects);
    (answer, effects)
}

/// Returns a problem whose answer a grader has under `key`.
fn waiting(data: &str, key: &str) -> Fixture {
    let mut fixture = problem(data, json!({}));
    fixture.grader = Some((5, delivered(Ok(key))));
    submit(&mut fixture, "x = 1");
    fixture.grader = Some((5, Vec::new()));
    fixture.now += LATER;
    fixture
}

fn reply(fixture: &mut Fixture, dispatch: &str, key: &str, reply: &Value) -> (Value, Effects) {
    let form = [("queuekey", key), ("xqueue_body", &reply.to_string())];
    let (answer, effects) = ask(fixture, dispatch, &form);
    keep(fixture, &effects);
    (answer, effects)
}

#[test]
fn without_a_grader_an_answer_is_not_judged_and_says_so() {
    let mut fixture = problem(CODE, json!({}));
    let (answer, effects) = submit(&mut fixture, "x = 1");
    assert_eq!((&answer["success"], effects.submissions.len()), (&json!("incorrect"), 0));
    let message = page(&fixture).text(".external-grader-message");
    assert_eq!(message, "Error: No grader has been set up for this problem.");
}

#[test]
fn an_answer_is_sent_with_what_its_grader_has_to_know() {
    let mut fixture = problem(CODE, json!({}));
    fixture.grader = Some((5, Vec::new()));
    let (_, effects) = submit(&mut fixture, "x = \"é\"");
    assert_eq!(effects.submissions.len(), 1);
    let sent = &effects.submissions[0];
    assert_eq!((sent.input.as_str(), sent.queue.as_deref()), (input().as_str(), Some("q")));
    assert_eq!((sent.reply_to, sent.time.as_str()), ("score_update", "20261122120000"));
    let body: Value = serde_json::from_str(&sent.body).unwrap();
    assert_eq!(
        (&body["student_response"], &body["grader_payload"]),
        (&json!("x = \"é\""), &json!("{\"t\": 1}"))
    );
    let student: Value = serde_json::from_str(body["student_info"].as_str().unwrap()).unwrap();
    let expected =
        json!({"anonymous_student_id": "f00d", "submission_time": "20261122120000", "random_seed": 1});
    assert_eq!(student, expected);
    assert!(effects.published.is_empty() && fixture.user_state.is_empty(), "nothing counts yet");
}

#[test]
fn an_answer_waits_for_its_grader_and_gets_its_points() {
    let mut fixture = waiting(CODE, "key1");
    assert_eq!(fixture.user_state["attempts"], 1);
    let entry = &fixture.user_state["correct_map"][input()];
    assert_eq!(entry["correctness"], "incomplete");
    assert_eq!(entry["queuestate"], json!({"key": "key1", "time": "20261122120000"}));
    assert_eq!(page(&fixture).count(".xqueue"), 1);

    let fine = json!({"correct": true, "score": 1, "msg": "<p>Fine</p>"});
    for wrong in ["key2", ""] {
        let before = fixture.user_state.clone();
        let (answer, effects) = reply(&mut fixture, "score_update", wrong, &fine);
        assert_eq!((&answer["success"], effects.published.len()), (&json!(false), 0));
        assert_eq!(fixture.user_state, before);
    }
    let (answer, effects) = reply(&mut fixture, "score_update", "key1", &fine);
    assert_eq!((&answer["success"], &answer["current_score"]), (&json!(true), &json!(1)));
    assert_eq!(grades(&effects), [(1.0, 1.0)]);
    assert_eq!(
        (&fixture.user_state["attempts"], &fixture.user_state["score_history"]),
        (&json!(1), &json!([{"raw_earned": 1, "raw_possible": 1}]))
    );
    assert_eq!(fixture.user_state["correct_map_history"][0][input()]["correctness"], "correct");
    assert_eq!(
        (page(&fixture).count(".xqueue"), page(&fixture).text(".external-grader-message")),
        (0, "Fine".into())
    );
    let (answer, effects) = reply(&mut fixture, "score_update", "key1", &fine);
    assert_eq!((&answer["success"], effects.is_empty()), (&json!(false), true), "once only");
}

#[test]
fn only_the_last_of_several_submissions_waits() {
    let mut fixture = waiting(CODE, "key1");
    fixture.grader = Some((5, delivered(Ok("key2"))));
    submit(&mut fixture, "x = 2");
    let fine = json!({"correct": true, "score": 1, "msg": "m"});
    assert_eq!(reply(&mut fixture, "score_update", "key1", &fine).0["success"], false);
    assert_eq!(reply(&mut fixture, "score_update", "key2", &fine).0["success"], true);
    assert_eq!(fixture.user_state["score_history"][0]["raw_earned"], 0);
    assert_eq!(fixture.user_state["score_history"][1]["raw_earned"], 1);
}

#[test]
fn an_answer_that_could_not_be_delivered_says_why() {
    let mut fixture = problem(CODE, json!({}));
    fixture.grader = Some((5, delivered(Err("no <b>answer"))));
    submit(&mut fixture, "x = 1");
    assert_eq!(
        page(&fixture).text(".external-grader-message"),
        "Unable to deliver your submission to grader (Reason: no <b>answer). Please try again later."
    );
    assert_eq!(page(&fixture).count(".xqueue"), 0);
}

#[test]
fn submissions_are_apart_while_a_grader_has_one() {
    let mut fixture = waiting(CODE, "key1");
    fixture.now -= LATER - time::Duration::seconds(4);
    let (answer, effects) = submit(&mut fixture, "x = 2");
    assert_eq!(answer["success"], "You must wait at least 5 seconds between submissions.");
    assert!(effects.submissions.is_empty());
    fixture.now += time::Duration::SECOND;
    assert_eq!(submit(&mut fixture, "x = 2").1.submissions.len(), 1);
}

#[test]
fn replies_that_are_none_are_refused_and_change_nothing() {
    let mut fixture = waiting(CODE, "key1");
    let before = fixture.user_state.clone();
    for form in [&[][..], &[("queuekey", "key1")], &[("xqueue_body", "{}")]] {
        for dispatch in ["score_update", "ungraded_response"] {
            let answer = fixture.post_form("xmodule_handler", dispatch, form).0.unwrap();
            assert_eq!(answer.status, 400, "{dispatch} {form:?}");
        }
    }
    let score = json!({"correct": true, "score": 1, "msg": "m"});
    assert_eq!(reply(&mut fixture, "ungraded_response", "key1", &score).0["success"], false);
    assert_eq!(fixture.user_state, before);
}

fn hand_in(fixture: &Fixture, files: &[UploadedFile]) -> (u16, Value, Effects) {
    let request = HandlerRequest { suffix: "problem_check", files, ..POST };
    let (answer, effects) = fixture.call("xmodule_handler", &request);
    let said = body(&answer);
    (answer.unwrap().status, said, effects)
}

fn file(name: &str, size: usize) -> UploadedFile {
    UploadedFile {
        field: format!("input_{}", input()),
        name: name.to_owned(),
        bytes: Arc::from(vec![b'x'; size]),
    }
}

#[test]
fn files_are_sent_to_the_grader_and_their_names_kept() {
    let mut fixture = problem(FILES, json!({}));
    fixture.grader = Some((5, Vec::new()));
    assert_eq!(page(&fixture).attr("form", "enctype").as_deref(), Some("multipart/form-data"));
    let files = [file("a.py", 3), file("b.py", 4)];
    let (_, _, effects) = hand_in(&fixture, &files);
    assert_eq!(effects.submissions[0].files, files);
    assert_eq!(serde_json::from_str::<Value>(&effects.submissions[0].body).unwrap()["student_response"], "");
    fixture.grader = Some((5, delivered(Ok("key1"))));
    let (_, _, effects) = hand_in(&fixture, &files);
    keep(&mut fixture, &effects);
    assert_eq!(fixture.user_state["student_answers"][input()], json!(["a.py", "b.py"]));
    assert_eq!(page(&fixture).count(".submitted-files li"), 2);
}

#[test]
fn files_that_cannot_be_taken_are_refused() {
    let mut fixture = problem(FILES, json!({}));
    fixture.grader = Some((5, Vec::new()));
    for (files, status, said) in [
        (vec![], 200, "You did not select any files to submit."),
        (vec![file("b.py", 1)], 200, "You did not submit the required files: a.py."),
        (vec![file("a.py", (4 << 20) + 1)], 413, "Your file a.py is too large (max size: 4 MB)."),
        (vec![file("a.py", 1); 21], 413, "At most 20 files can be submitted at once."),
    ] {
        let (found, answer, effects) = hand_in(&fixture, &files);
        assert_eq!((found, &answer["success"]), (status, &json!(said)));
        assert!(effects.is_empty());
    }
}

#[test]
fn a_program_is_run_without_being_submitted() {
    let mut fixture = problem(MATLAB, json!({}));
    let input = input();
    let form = [("input_id", input.as_str()), ("dispatch", "plot"), ("submission", "x = 1")];
    assert_eq!(ask(&fixture, "input_ajax", &form).0["success"], false, "there is no grader");
    fixture.grader = Some((5, Vec::new()));
    let (_, effects) = ask(&fixture, "input_ajax", &form);
    let sent = &effects.submissions[0];
    assert_eq!((sent.reply_to, sent.queue.as_deref()), ("ungraded_response", Some("matlab")));
    assert_eq!(serde_json::from_str::<Value>(&sent.body).unwrap()["grader_payload"], "plot");

    fixture.grader = Some((5, delivered(Ok("key1"))));
    let (answer, effects) = ask(&fixture, "input_ajax", &form);
    keep(&mut fixture, &effects);
    assert_eq!((&answer["success"], &answer["attempts_used"]), (&json!(true), &json!(0)));
    assert_eq!(page(&fixture).count(".xqueue"), 1);
    fixture.grader = Some((5, Vec::new()));
    let (answer, _) = ask(&fixture, "input_ajax", &form);
    assert_eq!(answer["message"], "You must wait at least 5 seconds between submissions.");

    let output = json!({"msg": "<pre>x = 1</pre><script>alert(1)</script>"});
    assert_eq!(reply(&mut fixture, "ungraded_response", "key2", &output).0["success"], false);
    assert_eq!(reply(&mut fixture, "ungraded_response", "key1", &output).0["success"], true);
    assert_eq!(page(&fixture).text(".ungraded-matlab-result pre"), "x = 1");
    assert_eq!(page(&fixture).count(".xqueue, .ungraded-matlab-result script"), 0);
    assert_eq!(reply(&mut fixture, "ungraded_response", "key1", &output).0["success"], false);
    let other = [("input_id", "nothing"), ("dispatch", "plot"), ("submission", "x")];
    assert_eq!(fixture.post_form("xmodule_handler", "input_ajax", &other).0.unwrap().status, 400);
}

#[test]
fn what_a_grader_judged_is_not_graded_again() {
    let fixture = waiting(CODE, "key1");
    let rescored = fixture.with(|block, cx| fixture.block_type.rescore(block, false, cx)).0;
    assert!(matches!(rescored, Err(xblock::RescoreError::Unsupported)));
}
