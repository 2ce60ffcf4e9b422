//! Views and handlers of problems, each with plain values.

use serde_json::{Value, json};
use time::macros::datetime;
use xblock::{BlockType, Effects, Fields, HandlerRequest, Published, Site};

mod events;
mod external;
mod figures;
mod refusals;
mod rescored;
mod stored;
mod withheld;

use super::Problem;
use crate::testing::{Fixture, POST, Page, body, fields};

const CHOICE: &str = r#"<problem><multiplechoiceresponse><label>Which?</label>
  <choicegroup><choice correct="false">Red</choice><choice correct="true">Blue <b>!</b></choice></choicegroup>
  <solution><p>Because.</p></solution></multiplechoiceresponse>
  <demandhint><hint>Look up.</hint><hint>It is <i>not</i> red.</hint></demandhint></problem>"#;

const TWO: &str = r#"<problem><numericalresponse answer="4"><label>2 + 2</label><formulaequationinput/></numericalresponse>
  <stringresponse answer="yes"><label>Sure?</label><textline/></stringresponse></problem>"#;

const P: &str = "lb:Org:lib:problem:b1";

fn problem(data: &str, settings: Value) -> Fixture {
    let mut authored = settings;
    authored["data"] = data.into();
    Fixture::new(&Problem, authored)
}

fn choice(settings: Value) -> Fixture {
    problem(CHOICE, settings)
}

/// Keeps what a call changed, as the server does.
fn keep(fixture: &mut Fixture, effects: &Effects) {
    fixture.user_state = effects.apply(xblock::Scope::UserState, &fixture.user_state);
}

fn ask(fixture: &Fixture, dispatch: &str, form: &[(&str, &str)]) -> (Value, Effects) {
    let (answer, effects) = fixture.post_form("xmodule_handler", dispatch, form);
    (body(&answer), effects)
}

/// Submits a choice of [`CHOICE`] and keeps the state.
fn submit(fixture: &mut Fixture, name: &str) -> (Value, Effects) {
    let (answer, effects) = ask(fixture, "problem_check", &[(&format!("input_{P}_2_1"), name)]);
    keep(fixture, &effects);
    (answer, effects)
}

fn page(fixture: &Fixture) -> Page {
    Page::new(&fixture.view().1)
}

fn grades(effects: &Effects) -> Vec<(f64, f64)> {
    let grades = effects.published.iter().filter_map(|p| match p {
        Published::Grade { value, max_value, .. } => Some((*value, *max_value)),
        _ => None,
    });
    grades.collect()
}

fn event<'e>(effects: &'e Effects, wanted: &str) -> &'e Value {
    let event = effects.published.iter().find_map(|p| match p {
        Published::Event { name, data } if name == wanted => Some(data),
        _ => None,
    });
    event.unwrap_or_else(|| panic!("no {wanted} in {:?}", effects.published))
}

#[test]
fn a_fresh_problem_is_a_plain_form_in_its_frame() {
    let fixture = choice(json!({"display_name": "Colours <1>"}));
    let (fragment, html, effects) = fixture.view();
    let page = Page::new(&html);
    assert!(effects.is_empty());
    let wrapper = ".problems-wrapper[role=group]";
    assert_eq!(page.attr(wrapper, "id").unwrap(), format!("problem_{P}"));
    assert_eq!(page.attr(wrapper, "data-problem-id").unwrap(), P);
    let url = format!("https://learn.test/{P}/handler/xmodule_handler");
    assert_eq!(page.attr(wrapper, "data-url").unwrap(), url);
    assert_eq!(page.attr(wrapper, "data-problem-score").unwrap(), "0");
    assert_eq!(page.attr(wrapper, "data-problem-total-possible").unwrap(), "1");
    assert_eq!(page.attr(wrapper, "data-attempts-used").unwrap(), "0");
    assert_eq!(page.attr(wrapper, "data-graded").unwrap(), "False");
    assert_eq!(page.text("h3.problem-header"), "Colours <1>");
    assert_eq!(page.text(".problem-progress"), "1 point possible (ungraded)");
    let action = page.attr("form[method=post]", "action").unwrap();
    assert_eq!(action, format!("{url}/problem_check?return=/units/u1%3Fa%3D1"));
    assert_eq!(page.count("form .problem input[type=radio]"), 2);
    assert_eq!(page.attr("button.submit", "data-should-enable-submit-button").unwrap(), "True");
    assert_eq!(page.count("button.submit[disabled], button.save, button.reset, button.show"), 0);
    assert_eq!(page.text(".submission-feedback"), "Grading method: Last Score");
    assert_eq!(page.count(".notification:not(.is-hidden)"), 0);
    assert_eq!(fragment.js_init.unwrap().function, "Problem");
}

#[test]
fn enter_submits_since_no_other_submit_button_is_before() {
    let fixture = choice(json!({"max_attempts": 3, "force_save_button": true}));
    let html = fixture.view().1;
    let first = html.find("type=\"submit\"").unwrap();
    assert!(html[first..].starts_with("type=\"submit\" class=\"submit"));
    assert!(html.contains("formaction="));
}

#[test]
fn a_right_answer_is_graded_kept_and_shown() {
    let mut fixture = choice(json!({"max_attempts": 2, "weight": 3.0}));
    let (answer, effects) = submit(&mut fixture, "choice_1");
    assert_eq!(answer["success"], "correct");
    assert_eq!(answer["progress_changed"], true);
    assert_eq!(answer["current_score"], 3);
    assert_eq!(answer["total_possible"], 3);
    assert_eq!(answer["attempts_used"], 1);
    assert_eq!(grades(&effects), [(1.0, 1.0)]);
    let contents = Page::new(answer["contents"].as_str().unwrap());
    assert_eq!(contents.text(".notification-submit.success .notification-message"), "Correct (3/3 points)");

    let state = &fixture.user_state;
    assert_eq!(state["attempts"], 1);
    assert_eq!(state["done"], true);
    assert_eq!(state["seed"], 1);
    assert_eq!(state["student_answers"], json!({format!("{P}_2_1"): "choice_1"}));
    assert_eq!(state["correct_map"][format!("{P}_2_1")]["correctness"], "correct");
    assert_eq!(state["score"], json!({"raw_earned": 1, "raw_possible": 1}));
    assert_eq!(state["last_submission_time"], "2026-11-22T12:00:00Z");
    for list in ["student_answers_history", "correct_map_history", "score_history"] {
        assert_eq!(state[list].as_array().unwrap().len(), 1, "{list}");
    }

    let page = page(&fixture);
    assert_eq!(page.text(".problem-progress"), "3/3 points (ungraded)");
    assert_eq!(page.text(".notification-submit .notification-message"), "Correct (3/3 points)");
    assert_eq!(page.count("input[value=choice_1][checked]"), 1);
    assert_eq!(page.count(".status.correct"), 1);
    assert_eq!(page.text(".submission-feedback"), "You have used 1 of 2 attemptsGrading method: Last Score");
}

#[test]
fn the_events_of_a_submission_say_what_was_asked_and_answered() {
    let mut fixture = choice(json!({}));
    let (_, effects) = submit(&mut fixture, "choice_1");
    let event = event(&effects, "problem_check");
    assert_eq!(event["problem_id"], P);
    assert_eq!(event["success"], "correct");
    assert_eq!((&event["grade"], &event["max_grade"], &event["attempts"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(event["state"]["done"], false);
    let entry = &event["submission"][format!("{P}_2_1")];
    assert_eq!(entry["question"], "Which?");
    assert_eq!(entry["answer"], "Blue !");
    assert_eq!(entry["response_type"], "multiplechoiceresponse");
    assert_eq!(entry["input_type"], "choicegroup");
    assert_eq!(entry["correct"], true);
}

#[test]
fn several_answers_are_partially_correct_when_some_are() {
    let fixture = problem(TWO, json!({}));
    let (first, second) = (format!("input_{P}_2_1"), format!("input_{P}_3_1"));
    let (answer, effects) = ask(&fixture, "problem_check", &[(&first, "4"), (&second, "no")]);
    assert_eq!(answer["success"], "incorrect");
    assert_eq!(grades(&effects), [(1.0, 2.0)]);
    let contents = Page::new(answer["contents"].as_str().unwrap());
    assert_eq!(contents.text(".notification-submit .notification-message"), "Partially correct (1/2 points)");
    assert_eq!(contents.count(".notification-submit.success.is-partial"), 1, "told apart from all right");
}

#[test]
fn what_a_learner_wrote_is_escaped_when_it_is_shown_again() {
    let mut fixture = problem(TWO, json!({}));
    let attack = "\"><script>alert(1)</script>";
    let (first, second) = (format!("input_{P}_2_1"), format!("input_{P}_3_1"));
    let (_, effects) = ask(&fixture, "problem_check", &[(&first, "4"), (&second, attack)]);
    keep(&mut fixture, &effects);
    let page = page(&fixture);
    assert_eq!(page.count("script"), 0);
    assert_eq!(page.attr(&format!("[id='{second}']"), "value").unwrap(), attack);
}

#[test]
fn a_closed_problem_takes_no_answer() {
    let mut fixture = choice(json!({"max_attempts": 1}));
    submit(&mut fixture, "choice_0");
    let form = [(format!("input_{P}_2_1"), "choice_1".to_owned())];
    let request = HandlerRequest { suffix: "problem_check", form: &form, ..POST };
    let (answer, effects) = fixture.call("xmodule_handler", &request);
    assert_eq!(answer.as_ref().unwrap().status, 409);
    assert!(body(&answer)["success"].as_str().unwrap().starts_with("The state of this problem has changed"));
    assert_eq!(event(&effects, "problem_check_fail")["failure"], "closed");
    assert!(effects.set.is_empty());
    let page = page(&fixture);
    assert_eq!(page.count("button.submit[disabled]"), 1);
    assert_eq!(page.attr("button.submit", "data-should-enable-submit-button").unwrap(), "False");
}

#[test]
fn the_deadline_includes_the_grace_period_and_binds_nobody_in_self_paced_courses() {
    let closes = json!({"due": "2026-11-22T10:00:00Z", "graceperiod": "2 hours 30 minutes"});
    let mut fixture = choice(closes);
    assert_eq!(page(&fixture).count("button.submit[disabled]"), 0);
    fixture.now = datetime!(2026-11-22 12:30:01 UTC);
    assert_eq!(page(&fixture).count("button.submit[disabled]"), 1);
    fixture.inherited = fields(json!({"self_paced": true}));
    assert_eq!(page(&fixture).count("button.submit[disabled]"), 0);
}

#[test]
fn a_problem_without_a_deadline_closes_with_its_course() {
    let closed = |settings| {
        let mut fixture = choice(settings);
        fixture.inherited = fields(json!({"end": "2026-11-22T11:00:00Z"}));
        page(&fixture).count("button.submit[disabled]") == 1
    };
    assert!(closed(json!({})));
    assert!(!closed(json!({"graceperiod": "1 day 1 hour"})));
    assert!(!closed(json!({"due": "2026-11-23T00:00:00Z"})));
    assert!(closed(json!({"due": "2026-11-22T11:00:00Z", "graceperiod": ""})));
}

#[test]
fn tries_must_be_apart_when_the_author_says_so() {
    let mut fixture = choice(json!({"submission_wait_seconds": 3661}));
    submit(&mut fixture, "choice_0");
    fixture.now = datetime!(2026-11-22 12:00:01 UTC);
    let (answer, effects) = submit(&mut fixture, "choice_1");
    assert_eq!(
        answer["success"],
        "You must wait at least 1 hour 1 minute 1 second between submissions. 1 hour 1 minute remaining."
    );
    assert_eq!(answer["html"], "");
    assert!(grades(&effects).is_empty());
    fixture.now = datetime!(2026-11-22 13:01:01 UTC);
    assert_eq!(submit(&mut fixture, "choice_1").0["success"], "correct");
}

#[test]
fn hidden_correctness_tells_nothing() {
    let mut fixture = choice(json!({"show_correctness": "never", "showanswer": "always"}));
    let (answer, effects) = submit(&mut fixture, "choice_1");
    assert_eq!(answer["success"], "submitted");
    assert_eq!(answer["current_score"], Value::Null);
    assert_eq!(grades(&effects), [(1.0, 1.0)]);
    let page = page(&fixture);
    assert_eq!(page.attr(".problems-wrapper", "data-problem-score").unwrap(), "");
    assert_eq!(page.text(".problem-progress"), "1 point possible (ungraded, results hidden)");
    assert_eq!(page.text(".notification-submit.general .notification-message"), "Answer submitted.");
    assert_eq!(page.count(".correct, button.show"), 0);
}

#[test]
fn the_best_try_counts_when_the_author_says_so() {
    let mut fixture = choice(json!({"grading_method": "highest_score"}));
    submit(&mut fixture, "choice_1");
    let (answer, effects) = submit(&mut fixture, "choice_0");
    assert_eq!(answer["success"], "incorrect");
    assert_eq!(grades(&effects), [(1.0, 1.0)]);
    assert_eq!(answer["current_score"], 1);
}

#[test]
fn saved_answers_are_shown_again_ungraded() {
    let mut fixture = choice(json!({"max_attempts": 2}));
    submit(&mut fixture, "choice_0");
    let (answer, effects) = ask(&fixture, "problem_save/", &[(&format!("input_{P}_2_1"), "choice_1")]);
    let message = "Your answers have been saved but not graded. Click 'Submit' to grade them.";
    assert_eq!((&answer["success"], &answer["msg"]), (&json!(true), &json!(message)));
    assert!(grades(&effects).is_empty());
    event(&effects, "save_problem_success");
    keep(&mut fixture, &effects);
    let page = page(&fixture);
    assert_eq!(page.text(".notification-save:not(.is-hidden) .notification-message"), message);
    assert_eq!(page.count("input[value=choice_1][checked]"), 1);
    assert_eq!(page.count(".notification-submit, .status.incorrect"), 0);
    assert_eq!(submit(&mut fixture, "choice_1").0["success"], "correct");
    assert_eq!(fixture.user_state["has_saved_answers"], false);
}

#[test]
fn saving_is_refused_when_it_would_be_lost() {
    let mut fixture = choice(json!({"max_attempts": 1}));
    submit(&mut fixture, "choice_0");
    let (answer, effects) = ask(&fixture, "problem_save", &[]);
    assert_eq!((&answer["success"], &answer["msg"]), (&json!(false), &json!("Problem is closed.")));
    assert!(effects.set.is_empty());
    let mut fixture = choice(json!({"rerandomize": "always"}));
    submit(&mut fixture, "choice_0");
    let (answer, effects) = ask(&fixture, "problem_save", &[]);
    assert_eq!(answer["msg"], "Problem needs to be reset prior to save.");
    assert_eq!(event(&effects, "save_problem_fail")["failure"], "done");
}

#[test]
fn reset_clears_answers_and_score_but_not_the_tries() {
    let mut fixture = choice(json!({"show_reset_button": true}));
    assert_eq!(
        ask(&fixture, "problem_reset", &[]).0["msg"],
        "You must submit an answer before you can select Reset."
    );
    submit(&mut fixture, "choice_0");
    assert_eq!(page(&fixture).count("button.reset[formaction*='problem_reset?return=']"), 1);
    let (answer, effects) = ask(&fixture, "problem_reset", &[("id", P)]);
    assert_eq!(answer["success"], true);
    assert_eq!(grades(&effects), [(0.0, 1.0)]);
    keep(&mut fixture, &effects);
    assert_eq!(fixture.user_state["attempts"], 1);
    assert_eq!(fixture.user_state["student_answers"], json!({}));
    assert_eq!(fixture.user_state["correct_map_history"].as_array().unwrap().len(), 1);
    assert_eq!(event(&effects, "reset_problem")["old_state"]["done"], true);
    assert_eq!(page(&fixture).count("input[checked], .notification-submit"), 0);
}

#[test]
fn a_problem_that_changes_keeps_its_seed_until_it_is_reset() {
    let mut fixture = choice(json!({"rerandomize": "always"}));
    let (_, _, effects) = fixture.view();
    assert_eq!(effects.set[0].value, json!(456));
    keep(&mut fixture, &effects);
    fixture.random = 9;
    assert!(fixture.view().2.is_empty());
    submit(&mut fixture, "choice_1");
    let (answer, effects) = fixture.post_form("xmodule_handler", "problem_check", &[]);
    assert_eq!(answer.unwrap().status, 409);
    assert_eq!(event(&effects, "problem_check_fail")["failure"], "unreset");
    let (_, effects) = ask(&fixture, "problem_reset", &[]);
    keep(&mut fixture, &effects);
    assert_eq!(fixture.user_state["seed"], 9);
}

#[test]
fn answers_are_shown_once_they_may_be() {
    let mut fixture = choice(json!({}));
    let (answer, effects) = fixture.post_form("xmodule_handler", "problem_show", &[]);
    assert_eq!(answer.unwrap().status, 409);
    assert!(effects.is_empty());
    submit(&mut fixture, "choice_1");
    let (answer, effects) = ask(&fixture, "problem_show", &[]);
    assert_eq!(answer["answers"][format!("{P}_2_1")], json!(["choice_1"]));
    assert!(answer["answers"][format!("{P}_solution_1")].as_str().unwrap().contains("Because."));
    assert!(answer["correct_status_html"].as_str().unwrap().starts_with("<span class=\"status correct\""));
    assert_eq!(event(&effects, "showanswer"), &json!({"problem_id": P}));
    let html = fixture.view().1;
    assert_eq!(Page::new(&html).count("button.show[type=button]"), 1);
    let plain = html.split("<noscript>").nth(2).unwrap().split("</noscript>").next().unwrap();
    let plain = Page::new(plain);
    assert_eq!(plain.text(".problem-answer"), "Blue !");
    assert_eq!(plain.text(".problem-solution"), "Because.");
}

#[test]
fn hints_come_one_after_the_other() {
    let fixture = choice(json!({}));
    let (answer, effects) = ask(&fixture, "hint_button", &[("hint_index", "1"), ("input_id", P)]);
    assert_eq!(answer["hint_index"], 1);
    assert_eq!(answer["should_enable_next_hint"], false);
    let hints = Page::new(answer["msg"].as_str().unwrap());
    assert_eq!(hints.text("li.hint-index-1"), "Hint (2 of 2): It is not red.");
    assert_eq!(event(&effects, "edx.problem.hint.demandhint_displayed")["hint_len"], 2);
    assert_eq!(ask(&fixture, "hint_button", &[("hint_index", "2")]).0["hint_index"], 0);
    let request = HandlerRequest { suffix: "hint_button", ..POST };
    assert_eq!(problem(TWO, json!({})).call("xmodule_handler", &request).0.unwrap().status, 400);
}

#[test]
fn unknown_questions_are_answered_as_the_reference_does() {
    let fixture = choice(json!({}));
    for dispatch in ["problem_skip", "x<y"] {
        let (answer, effects) = fixture.post_form("xmodule_handler", dispatch, &[]);
        let answer = answer.unwrap();
        assert_eq!(answer.body, format!("Error: {dispatch} is not a known capa action").into_bytes());
        assert_eq!(answer.headers[0].1, "text/plain; charset=utf-8");
        assert!(effects.is_empty());
    }
    let get = HandlerRequest { method: "GET", suffix: "problem_check", ..POST };
    assert_eq!(fixture.call("xmodule_handler", &get).0.unwrap().status, 405);
}

#[test]
fn links_in_answers_of_handlers_are_rewritten() {
    let data = CHOICE.replace("Which?", "<img src=\"/static/a.png\" alt=\"\"/>");
    let fixture = problem(&data, json!({}));
    let html = ask(&fixture, "problem_get", &[]).0["html"].as_str().unwrap().to_owned();
    assert!(html.contains("\"/assets/a.png\""));
}

#[test]
fn a_problem_that_cannot_be_loaded_says_so() {
    let mut fixture = problem("<problem><multiplechoiceresponse/></problem>", json!({}));
    assert_eq!(fixture.definition.problems[0].code, "problem_not_loaded");
    let (fragment, html, _) = fixture.view();
    assert!(html.starts_with("<p>Could not format HTML for problem."));
    assert_eq!(Page::new(&html).count("pre"), 0);
    assert_eq!(fragment.js_init, None);
    fixture.site = Site::Studio;
    assert_eq!(page(&fixture).count("pre.problem-load-error"), 1);
    let (answer, _) = fixture.post_form("xmodule_handler", "problem_check", &[]);
    assert_eq!(answer.unwrap().status, 422);
}

#[test]
fn parts_that_are_not_graded_are_reported_to_the_author() {
    let data = "<problem><p>Prove.</p><symbolicresponse><textline/></symbolicresponse></problem>";
    let mut fixture = problem(data, json!({}));
    assert_eq!(fixture.definition.problems[0].code, "unsupported_problem_part");
    assert!(fixture.definition.problems[0].message.contains("<symbolicresponse>"));
    let learners = page(&fixture);
    assert!(learners.count(".capa-unsupported") == 1 && learners.count(".problem-author-notes") == 0);
    assert_eq!(learners.count("button.submit"), 0, "there is nothing to submit");
    fixture.site = Site::Studio;
    assert_eq!(page(&fixture).count(".problem-author-notes li"), 1);
}

#[test]
fn what_does_not_do_what_it_seems_to_say_is_told_to_authors_on_the_page() {
    let data = "<problem>\n<optionresponse>\n<optioninput options=\"('a &amp; b','c')\"/></optionresponse></problem>";
    let mut fixture = problem(data, json!({}));
    assert_eq!(page(&fixture).count(".problem-author-notes"), 0, "learners read none of it");
    fixture.site = Site::Studio;
    let authors = page(&fixture);
    assert_eq!(authors.count(".problem-author-notes li"), 1);
    let note = authors.text(".problem-author-notes li");
    assert!(note.starts_with("line 3: no option is marked"), "{note}");
}

/// A page in a frame that Python would check, as most are.
const FRAMED: &str = "<problem>\n<script>def check(e, a): return True</script><p>Turn it.</p>\
    <customresponse cfn='check'><jsinput gradefn='g' get_statefn='gs' set_statefn='ss' html_file='/static/sim.html'/>\
    </customresponse></problem>";

#[test]
fn what_a_learner_does_in_a_frame_is_saved_where_it_cannot_be_graded() {
    let mut fixture = problem(FRAMED, json!({}));
    assert_eq!(
        (fixture.definition.problems[0].code, fixture.definition.problems[0].line),
        ("needs_python", 2)
    );
    let fresh = page(&fixture);
    assert_eq!([fresh.count("iframe"), fresh.count("button.save"), fresh.count("button.submit")], [1, 1, 0]);
    let state = r#"{"answer": "\"4\"", "state": "{'a': '/static/x.png'} <b>&amp;%41"}"#;
    let form = [("input_lb:Org:lib:problem:b1_2_1", state)];
    let (answer, effects) = fixture.post_form("xmodule_handler", "problem_save", &form);
    assert_eq!(answer.unwrap().status, 200);
    keep(&mut fixture, &effects);
    assert_eq!(fixture.user_state["student_answers"]["lb:Org:lib:problem:b1_2_1"], state);
    let (_, html, _) = fixture.view();
    let saved = Page::new(&html);
    assert_eq!(saved.attr(".jsinput", "data-stored").unwrap(), state);
    assert_eq!(saved.attr(".jsinput input[type=hidden]", "value").unwrap(), state);
    assert!(!html.contains("'/static/x.png"), "nothing in it looks like a link to rewrite");
}

#[test]
fn search_finds_problems_that_do_not_load_or_are_not_graded() {
    let index = |data: &str| {
        let fixture = problem(data, json!({}));
        fixture.block(|b| Problem.index_dictionary(b))
    };
    let python = index(
        "<problem><script>x = 1</script><customresponse cfn='f'><p>Why?</p><textline/></customresponse></problem>",
    );
    assert_eq!(python["problem_types"], json!(["customresponse"]));
    assert_eq!(python["content"]["capa_content"], "Why?");
    // Two numbers want an answer each.
    let broken = index(
        "<problem><p>How many?</p><numericalresponse><textline/></numericalresponse><stringresponse answer='a'><textline/></stringresponse><numericalresponse/></problem>",
    );
    assert_eq!(broken["problem_types"], json!(["numericalresponse", "stringresponse"]));
    assert_eq!(broken["content"]["capa_content"], "How many?");
    assert_eq!(index("<problem>")["problem_types"], json!([]));
}

#[test]
fn formulas_are_converted_when_the_problem_is_compiled() {
    let html = problem(&CHOICE.replace("Which?", "\\(x\\)?"), json!({})).view().1;
    assert_eq!(Page::new(&html).count("legend math mi"), 1);
}

#[test]
fn search_knows_what_is_asked_and_how() {
    let fixture = choice(json!({"display_name": " "}));
    let index = fixture.block(|b| Problem.index_dictionary(b));
    assert_eq!(index["content_type"], "CAPA");
    assert_eq!(index["problem_types"], json!(["multiplechoiceresponse"]));
    assert_eq!(index["content"]["display_name"], "problem");
    let text = index["content"]["capa_content"].as_str().unwrap();
    assert!(text.contains("Which?") && !text.contains("Because"), "{text}");
}

#[test]
fn a_block_without_data_is_an_empty_problem() {
    let fixture = Fixture::new(&Problem, Value::Object(Fields::new()));
    assert_eq!(page(&fixture).text(".problem-header"), "Blank Problem");
}

#[test]
fn a_formula_is_previewed_while_it_is_typed() {
    let fixture = problem(TWO, json!({}));
    let input = format!("{P}_2_1");
    let preview = |formula: &str| {
        let form = [
            ("input_id", input.as_str()),
            ("dispatch", "preview_formcalc"),
            ("formula", formula),
            ("request_start", "1700000000000"),
        ];
        let (answer, effects) = ask(&fixture, "input_ajax", &form);
        assert!(effects.is_empty());
        assert_eq!(answer["request_start"], 1_700_000_000_000_i64);
        answer
    };
    let answer = preview("x_1/5%");
    assert_eq!(answer["preview"], r"\frac{x_{1}}{5\text{%}}");
    assert_eq!(answer["mathml"], r"<math><mtext>\frac{x_{1}}{5\%}</mtext></math>");
    assert_eq!((&answer["error"], answer.get("formula")), (&json!(""), None));
    assert_eq!(answer["progress_changed"], false);
    let answer = preview("2**<b>");
    assert_eq!(answer["error"], "Sorry, couldn't parse formula");
    assert_eq!((&answer["preview"], &answer["mathml"]), (&json!(""), &json!("")));
    assert_eq!(answer["formula"], "2**<b>");
    let (answer, _) = ask(&fixture, "input_ajax", &[("input_id", &input), ("dispatch", "preview_formcalc")]);
    assert_eq!(answer["error"], "No formula specified.");
}

#[test]
fn an_input_answers_only_what_it_can_be_asked() {
    let fixture = problem(TWO, json!({}));
    let (formula, text) = (format!("{P}_2_1"), format!("{P}_3_1"));
    for (input, dispatch) in [
        (formula.as_str(), "preview_chemcalc"),
        (&text, "preview_formcalc"),
        (&formula, "plot"),
        ("2_1", "preview_formcalc"),
    ] {
        let form = [("input_id", input), ("dispatch", dispatch), ("formula", "1")];
        let (answer, _) = fixture.post_form("xmodule_handler", "input_ajax", &form);
        assert_eq!(answer.unwrap().status, 400, "{input} {dispatch}");
    }
    let (answer, _) = fixture.post_form("xmodule_handler", "input_ajax", &[]);
    assert_eq!(answer.unwrap().status, 400);
}

#[test]
fn reports_tell_the_last_graded_answer_in_the_words_of_the_page() {
    let mut fixture = choice(json!({"max_attempts": 3}));
    let learner = xblock::LearnerInfo { id: "5".to_owned(), ..xblock::LearnerInfo::default() };
    let answered = |fixture: &Fixture| fixture.block(|b| Problem.answered(b, &learner));
    let questions = fixture.block(|b| Problem.questions(b)).expect("a problem asks");
    assert_eq!((questions.len(), questions[0].input.as_str()), (1, "2_1"));
    assert!(questions[0].offers.len() > 1, "{questions:?}");
    assert_eq!(answered(&fixture), None);

    submit(&mut fixture, "choice_1");
    let told = answered(&fixture).expect("an answer");
    let answer = &told.answers["2_1"];
    assert_eq!((told.attempts, answer.correctness), (1, Some("correct")));
    assert_eq!(answer.texts, questions[0].offers[1..2]);

    let (_, effects) = ask(&fixture, "problem_save", &[(&format!("input_{P}_2_1"), "choice_0")]);
    keep(&mut fixture, &effects);
    assert_eq!(answered(&fixture), None);
}

#[test]
fn a_chemical_equation_is_previewed_while_it_is_typed() {
    let olx = "<problem><customresponse cfn='check'><chemicalequationinput/></customresponse></problem>";
    let fixture = problem(olx, json!({}));
    let input = format!("{P}_2_1");
    let preview = |formula: &str| {
        let form = [("input_id", input.as_str()), ("dispatch", "preview_chemcalc"), ("formula", formula)];
        ask(&fixture, "input_ajax", &form).0
    };
    assert_eq!(preview("H2O")["preview"], "<span class=\"math\">H<sub>2</sub>O</span>");
    let answer = preview("<b>");
    assert_eq!(answer["preview"], "");
    assert!(
        answer["error"].as_str().is_some_and(|error| error.starts_with("Couldn't read this")),
        "{answer}"
    );
}
