//! Inputs whose answer is sent in several plain fields.

use serde_json::{Value, json};

use super::{P, ask, event, keep, page, problem};

const FIGURES: &str = r#"<problem>
  <imageresponse><imageinput src="/static/a.png" width="40" height="20" alt="A" rectangle="(1,2)-(3,4)"/></imageresponse>
  <annotationresponse><annotationinput><options><option choice="incorrect">noun</option>
    <option choice="correct">verb</option></options></annotationinput></annotationresponse>
  <choicetextresponse><label>Pick</label><radiotextgroup>
    <choice correct="true">It is <numtolerance_input answer="5"/> &gt; <numtolerance_input answer="4"/></choice>
    <choice correct="false">Nothing</choice></radiotextgroup></choicetextresponse></problem>"#;

/// What the page's form sends when everything is right.
fn right() -> Vec<(String, String)> {
    let name = format!("{P}_4_1_choiceinput_0");
    [
        (format!("input_{P}_2_1_x"), "2".to_owned()),
        (format!("input_{P}_2_1_y"), "3".to_owned()),
        (format!("input_{P}_3_1_option"), "1".to_owned()),
        (format!("input_{P}_3_1_comment"), "it moves".to_owned()),
        (format!("input_{P}_4_1_choiceinput"), format!("{name}bc")),
        (format!("input_{name}_numtolerance_input_0"), "5".to_owned()),
        (format!("input_{name}_numtolerance_input_1"), "2*2".to_owned()),
    ]
    .into()
}

fn borrowed(form: &[(String, String)]) -> Vec<(&str, &str)> {
    form.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

#[test]
fn plain_fields_are_joined_graded_and_shown_again() {
    let mut fixture = problem(FIGURES, json!({}));
    let fresh = page(&fixture);
    for (name, _) in right() {
        assert!(fresh.count(&format!("[name=\"{name}\"]")) > 0, "the page has no {name}");
    }
    let (answer, effects) = ask(&fixture, "problem_check", &borrowed(&right()));
    assert_eq!(answer["success"], "correct", "{answer}");
    let event = event(&effects, "problem_check");
    assert_eq!((&event["grade"], &event["max_grade"]), (&json!(4), &json!(4)));
    let answers = &event["answers"];
    assert_eq!(answers[format!("{P}_2_1")], "[2,3]");
    assert_eq!(answers[format!("{P}_3_1")], r#"{"options":[1],"comment":"it moves"}"#);
    assert_eq!(answers.as_object().map(serde_json::Map::len), Some(3));
    let said = |id: &str| event["submission"][format!("{P}_{id}")]["answer"].clone();
    assert_eq!(said("4_1"), json!(["It is [5] > [2*2]"]));
    assert_eq!(said("3_1"), "verb \u{201c}it moves\u{201d}");

    keep(&mut fixture, &effects);
    let after = page(&fixture);
    assert_eq!(after.count(&format!("[name=\"input_{P}_2_1_x\"][value=\"2\"]")), 1);
    assert_eq!(after.count(&format!("[name=\"input_{P}_3_1_option\"][value=\"1\"][checked]")), 1);
    assert_eq!(after.text("textarea"), "it moves");
    assert_eq!(
        after.count(&format!("[name=\"input_{P}_4_1_choiceinput_0_numtolerance_input_1\"][value=\"2*2\"]")),
        1
    );
}

#[test]
fn packed_answers_of_other_clients_are_taken_as_they_are() {
    let fixture = problem(FIGURES, json!({}));
    let name = format!("{P}_4_1_choiceinput_0");
    let object = json!({
        format!("{name}bc"): format!("{name}bc"),
        format!("{name}_numtolerance_input_0"): "5",
        format!("{name}_numtolerance_input_1"): "5",
    });
    let form = [
        (format!("input_{P}_2_1"), "[2,3]".to_owned()),
        (format!("input_{P}_3_1"), r#"{"options": [0]}"#.to_owned()),
        (format!("input_{P}_4_1{{}}"), object.to_string()),
    ];
    let (_, effects) = ask(&fixture, "problem_check", &borrowed(&form));
    let map = &event(&effects, "problem_check")["correct_map"];
    let verdicts = ["2_1", "3_1", "4_1"].map(|id| map[format!("{P}_{id}")]["correctness"].clone());
    assert_eq!(verdicts, ["correct", "incorrect", "incorrect"].map(Value::from));
}

#[test]
fn a_point_with_one_coordinate_costs_no_attempt() {
    let fixture = problem(FIGURES, json!({}));
    let form: Vec<_> = right().into_iter().filter(|(name, _)| !name.ends_with("_y")).collect();
    let (answer, effects) = ask(&fixture, "problem_check", &borrowed(&form));
    assert_ne!(answer["success"], "correct");
    assert!(!effects.published.iter().any(|p| matches!(p, xblock::Published::Grade { .. })));
}

#[test]
fn areas_and_numbers_are_shown_without_a_client() {
    let fixture = problem(FIGURES, json!({"showanswer": "always"}));
    let html = fixture.view().1;
    let plain = html.split("<noscript>").nth(1).unwrap().split("</noscript>").next().unwrap();
    for answer in [">(1,2)-(3,4)<", ">verb<", ">It is … &gt; … (5, 4)<"] {
        assert!(plain.contains(answer), "{plain}");
    }
    assert!(!plain.contains("problem-solution"), "{plain}");
}

#[test]
fn areas_that_cannot_be_read_are_reported_to_the_author() {
    let fixture = problem(&FIGURES.replace("(3,4)", "nowhere"), json!({}));
    let [fault] = fixture.definition.problems.as_slice() else {
        panic!("one fault: {:?}", fixture.definition.problems)
    };
    assert_eq!((fault.code, fault.line), ("problem_fault", 2));
}
