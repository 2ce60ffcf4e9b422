//! What is correct is withheld: two problems that differ in nothing else than what is right answer the same.

use serde_json::{Value, json};

use super::{P, ask, keep, problem};
use crate::testing::{Fixture, fields};

/// What is asked, the answer, and what in the text makes the answer wrong when it is replaced.
type Asked = (&'static str, &'static [(&'static str, &'static str)], (&'static str, &'static str));

const QUESTIONS: &[Asked] = &[
    (
        r#"<multiplechoiceresponse><choicegroup><choice correct="RIGHT">a<choicehint>h0</choicehint></choice><choice correct="WRONG">b<choicehint>h1</choicehint></choice></choicegroup></multiplechoiceresponse>"#,
        &[("2_1", "choice_0")],
        ("RIGHT", "WRONG"),
    ),
    (
        r#"<multiplechoiceresponse targeted-feedback="alwaysShowCorrectChoiceExplanation"><choicegroup><choice correct="RIGHT" explanation-id="x">a</choice><choice correct="WRONG" explanation-id="y">b</choice></choicegroup></multiplechoiceresponse>
        <targetedfeedbackset><targetedfeedback explanation-id="x">FB</targetedfeedback><targetedfeedback explanation-id="y">FB</targetedfeedback></targetedfeedbackset>
        <solutionset><solution explanation-id="x">sx</solution><solution explanation-id="y">sy</solution></solutionset>"#,
        &[("2_1", "choice_0")],
        ("RIGHT", "WRONG"),
    ),
    (
        r#"<choiceresponse partial_credit="edc"><checkboxgroup><choice correct="RIGHT">a<choicehint selected="true">h0</choicehint></choice><choice correct="WRONG">b</choice><compoundhint value="A">both</compoundhint></checkboxgroup></choiceresponse>"#,
        &[("2_1[]", "choice_0")],
        ("RIGHT", "WRONG"),
    ),
    (
        r#"<optionresponse><optioninput><option correct="RIGHT">a<optionhint>h</optionhint></option><option correct="WRONG">b</option></optioninput></optionresponse>"#,
        &[("2_1", "a")],
        ("RIGHT", "WRONG"),
    ),
    (
        r#"<stringresponse answer="RIGHT"><textline/><correcthint>yes</correcthint><stringequalhint answer="zz">no</stringequalhint></stringresponse>"#,
        &[("2_1", "zz")],
        ("RIGHT", "zz"),
    ),
    (
        r#"<numericalresponse answer="RIGHT" partial_credit="close"><responseparam type="tolerance" default="1"/><formulaequationinput trailing_text="m"/><correcthint>yes</correcthint></numericalresponse>"#,
        &[("2_1", "4")],
        ("RIGHT", "4"),
    ),
    (
        r#"<formularesponse answer="RIGHT" samples="x@1:2#3"><textline math="1"/></formularesponse>"#,
        &[("2_1", "x+1")],
        ("RIGHT", "x+1"),
    ),
    (
        r#"<imageresponse><imageinput src="a.png" width="40" height="30" rectangle="RIGHT"/></imageresponse>"#,
        &[("2_1", "[3,4]")],
        ("RIGHT", "(1,2)-(9,9)"),
    ),
    (
        r#"<annotationresponse><annotationinput><title>t</title><text>x</text><tag_prompt>p</tag_prompt><options><option choice="RIGHT">a</option><option choice="WRONG">b</option></options></annotationinput></annotationresponse>"#,
        &[("2_1", r#"{"options":[0],"comment":"c"}"#)],
        ("RIGHT", "WRONG"),
    ),
    (
        r#"<choicetextresponse><radiotextgroup><choice correct="RIGHT"><numtolerance_input answer="5"/></choice><choice correct="WRONG"><numtolerance_input answer="6"/></choice></radiotextgroup></choicetextresponse>"#,
        &[(
            "2_1{}",
            r#"{"P_2_1_choiceinput_0bc":"choice_0","P_2_1_choiceinput_0_numtolerance_input_0":"5"}"#,
        )],
        ("RIGHT", "WRONG"),
    ),
];

/// Returns the problem with the answer right, and with it wrong.
fn both(question: &str, (right, value): (&str, &str), settings: &Value) -> [Fixture; 2] {
    // Words that are true and false where that is what counts; else the right value and one that is not.
    let (yes, no) = match value {
        "WRONG" if question.contains("choice=\"RIGHT\"") => ("correct", "incorrect"),
        "WRONG" => ("true", "false"),
        value if value.starts_with('(') => (value, "(20,20)-(30,29)"),
        "4" => ("4", "400"),
        value => (value, "2*x"),
    };
    [(yes, no), (no, yes)].map(|(first, second)| {
        let data = question.replace(right, first).replace("WRONG", second);
        problem(&format!("<problem>{data}<solution>s</solution></problem>"), settings.clone())
    })
}

fn told(fixture: &mut Fixture, fields: &[(&str, &str)]) -> Vec<(String, Value)> {
    let form: Vec<_> = fields
        .iter()
        .map(|(name, value)| (format!("input_{P}_{name}"), value.replace("P_", &format!("{P}_"))))
        .collect();
    let form: Vec<_> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
    let mut told = Vec::new();
    for dispatch in [
        "problem_check",
        "problem_get",
        "problem_show",
        "problem_save",
        "problem_get",
        "problem_check",
        "problem_reset",
        "problem_get",
    ] {
        let sends = matches!(dispatch, "problem_check" | "problem_save");
        let (answer, effects) = ask(fixture, dispatch, if sends { &form } else { &[] });
        keep(fixture, &effects);
        told.push((dispatch.to_owned(), answer));
        told.push((format!("page after {dispatch}"), fixture.view().1.into()));
    }
    told
}

#[test]
fn nothing_that_is_answered_depends_on_what_is_right() {
    for settings in [
        json!({"show_correctness": "never", "showanswer": "always"}),
        json!({"show_correctness": "never_but_include_grade", "showanswer": "always"}),
        json!({"show_correctness": "past_due", "due": "2026-11-23T00:00:00Z", "showanswer": "attempted"}),
    ] {
        for reset in [false, true] {
            let mut settings = settings.clone();
            settings["show_reset_button"] = reset.into();
            settings["max_attempts"] = 5.into();
            for (question, answer, replaced) in QUESTIONS {
                let [mut right, mut wrong] = both(question, *replaced, &settings);
                let (right, wrong) = (told(&mut right, answer), told(&mut wrong, answer));
                assert_eq!(right[0].1["success"], "submitted", "{question}: {right:?}");
                for (right, wrong) in right.iter().zip(&wrong) {
                    assert_eq!(right, wrong, "{question} {settings}");
                }
            }
        }
    }
}

#[test]
fn the_questions_tell_right_from_wrong_where_nothing_is_withheld() {
    for (question, answer, replaced) in QUESTIONS {
        let [mut right, mut wrong] = both(question, *replaced, &json!({}));
        let (right, wrong) = (told(&mut right, answer), told(&mut wrong, answer));
        assert_eq!(right[0].1["success"], "correct", "{question}");
        assert_eq!(wrong[0].1["success"], "incorrect", "{question}: {wrong:?}");
    }
}

#[test]
fn what_a_grader_said_is_withheld_too() {
    let code = "<problem><coderesponse><codeparam><grader_payload>g</grader_payload></codeparam><textbox/></coderesponse></problem>";
    let page = |correctness: &str, points: i64, settings: Value| {
        let mut fixture = problem(code, settings);
        let entry =
            json!({"correctness": correctness, "npoints": points, "msg": format!("<p>{correctness}</p>")});
        fixture.user_state = fields(json!({
            "attempts": 1, "done": true, "student_answers": {format!("{P}_2_1"): "x"},
            "correct_map": {format!("{P}_2_1"): entry}, "score": [points, 1],
        }));
        (fixture.view().1, ask(&fixture, "problem_get", &[]).0)
    };
    let hidden = json!({"show_correctness": "never"});
    assert_eq!(page("correct", 1, hidden.clone()), page("incorrect", 0, hidden));
    assert_ne!(page("correct", 1, json!({})), page("incorrect", 0, json!({})));
}
