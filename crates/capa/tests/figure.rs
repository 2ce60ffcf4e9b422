//! Pictures to point at, annotations and choices with numbers: their pages.

use capa::preview::PreviewKind;
use capa::{Answers, CapaError, CorrectMap, Hooks, Problem, State, Value, html};
use proptest::prelude::*;

/// Renders for our pages, with these answers graded unless there are none.
fn page(inside: &str, answers: &Answers) -> String {
    let olx = format!("<problem>{inside}</problem>");
    let problem = Problem::compile(&olx, &Hooks::NONE).unwrap_or_else(|error| panic!("{error}: {olx}"));
    let instance = problem.instance(1, "p");
    let done = !answers.is_empty();
    let correct_map = match done {
        true => instance.grade(answers).expect("graded").correct_map,
        false => CorrectMap::default(),
    };
    let state = State {
        answers,
        correct_map: &correct_map,
        input_state: None,
        overall_message: "",
        done,
        has_saved_answers: false,
        show_correctness: true,
    };
    html::render_page(&instance.view(&state))
}

fn text(id: &str, answer: &str) -> Answers {
    [(id, Value::Text(answer.to_owned()))].into_iter().collect()
}

/// Every form control has a name for people: a label, or another element that labels it.
fn assert_named(page: &str) {
    let controls = page.match_indices("<input").chain(page.match_indices("<textarea"));
    for (at, _) in controls {
        let tag = &page[at..at + page[at..].find('>').expect("a tag ends")];
        let id =
            tag.split(" id=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a control has an id");
        assert!(
            page.contains(&format!("for=\"{id}\"")) || tag.contains(" aria-labelledby=\""),
            "{tag} has no name"
        );
    }
}

#[test]
fn fields_without_a_label_have_a_name_on_our_pages() {
    let fresh = page(
        "<stringresponse answer='a'><textline/></stringresponse><numericalresponse answer='1'><formulaequationinput/>\
         </numericalresponse><optionresponse><optioninput options=\"('a','b')\" correct='a'/>\
         <optioninput options=\"('a','b')\" correct='a'/></optionresponse>",
        &Answers::default(),
    );
    assert_named(&fresh);
    assert!(
        fresh.contains(
            "<label class=\"sr\" for=\"input_p_4_2\" id=\"label_p_4_2\">Answer to question 3, field 2</label>"
        ),
        "{fresh}"
    );
}

const PICTURE: &str = "<imageresponse><label>Where is it?</label>\
    <imageinput src='/static/a.png' width='400' height='200' alt='A map' rectangle='(10,20)-(30,40)'/>\
    </imageresponse>";

#[test]
fn a_picture_has_a_field_for_each_coordinate() {
    let fresh = page(PICTURE, &Answers::default());
    assert_named(&fresh);
    assert!(
        fresh.contains("<img src=\"/static/a.png\" alt=\"A map\" width=\"400\" height=\"200\"/>"),
        "{fresh}"
    );
    assert!(fresh.contains("id=\"cross_p_2_1\" hidden"), "{fresh}");
    assert!(!fresh.contains("<script"));
    let after = page(PICTURE, &text("p_2_1", "[20,30]"));
    assert!(after.contains("style=\"left:5.00%;top:15.00%\""), "{after}");
    assert!(after.contains("name=\"input_p_2_1_x\" id=\"input_p_2_1_x\" value=\"20\""), "{after}");
    assert!(after.contains("status correct"));
}

const ANNOTATION: &str = "<annotationresponse><annotationinput><title>Line 3</title><text>the <i>quick</i> fox</text>\
    <comment>Look at the verb.</comment><comment_prompt>Why?</comment_prompt><tag_prompt>Which?</tag_prompt>\
    <options><option choice='incorrect'>a &lt; b</option><option choice='incorrect'>two</option>\
    <option choice='correct'>three</option></options></annotationinput></annotationresponse>";

#[test]
fn an_annotation_is_a_text_and_radio_buttons() {
    let fresh = page(ANNOTATION, &Answers::default());
    assert_named(&fresh);
    assert!(!fresh.contains("script_placeholder") && !fresh.contains("javascript:"), "{fresh}");
    assert!(fresh.contains("the <i>quick</i> fox") && fresh.contains(">a &lt; b<"), "{fresh}");
    let after = page(ANNOTATION, &text("p_2_1", r#"{"options": [1], "comment": "</textarea><b>"}"#));
    assert!(after.contains("value=\"1\" checked"), "{after}");
    assert!(after.contains("&lt;/textarea&gt;&lt;b&gt;</textarea>"), "{after}");
    // Only the chosen option carries the verdict: the other wrong one is still worth thinking about.
    assert_eq!(after.matches("choicegroup_incorrect").count(), 1, "{after}");
}

const CHOICES: &str = "<choicetextresponse><label>Pick</label><radiotextgroup>\
    <choice correct='true'>It is <numtolerance_input answer='5'/> of <numtolerance_input answer='7'/> parts</choice>\
    <choice correct='false'><decoy_input/></choice></radiotextgroup></choicetextresponse>";

fn chosen(text: &str) -> Answers {
    let json = format!(
        r#"{{"p_2_1": {{"p_2_1_choiceinput_0bc": "p_2_1_choiceinput_0bc",
            "p_2_1_choiceinput_0_numtolerance_input_0": "{text}",
            "p_2_1_choiceinput_0_numtolerance_input_1": "7"}}}}"#
    );
    serde_json::from_str(&json).expect("answers")
}

#[test]
fn choices_with_numbers_keep_what_was_written() {
    let fresh = page(CHOICES, &Answers::default());
    assert_named(&fresh);
    let after = page(CHOICES, &chosen("5"));
    assert!(after.contains("name=\"input_p_2_1_choiceinput\" id=\"p_2_1_choiceinput_0bc\""), "{after}");
    assert!(after.contains(
        "name=\"input_p_2_1_choiceinput_0_numtolerance_input_1\" id=\"p_2_1_choiceinput_0_numtolerance_input_1\" \
         aria-labelledby=\"p_2_1_choiceinput_0bc-0 p_2_1_choiceinput_0bc-1\" value=\"7\""
    ), "{after}");
    assert!(after.contains("class=\"field choicetextgroup_correct\"") && after.contains("status correct"));
}

#[test]
fn numbers_that_cannot_be_read_are_told_to_the_learner() {
    let problem = format!("<problem>{CHOICES}</problem>");
    let problem = Problem::compile(&problem, &Hooks::NONE).expect("compiles");
    let error = problem.instance(1, "p").grade(&chosen("2*<")).expect_err("refused");
    assert_eq!(error, CapaError::StudentInput("Could not interpret '2*&lt;' as a number.".into()));
    let wrong = problem.instance(1, "p").grade(&chosen("6")).expect("graded");
    assert_eq!(wrong.score.raw_earned, 0.0);
}

#[test]
fn right_choices_must_say_their_numbers() {
    let olx = |inside: &str| {
        format!(
            "<problem><choicetextresponse><radiotextgroup>{inside}</radiotextgroup></choicetextresponse></problem>"
        )
    };
    let compile = |inside: &str| Problem::compile(&olx(inside), &Hooks::NONE);
    assert!(compile("<choice correct='true'><numtolerance_input/></choice>").is_err());
    assert!(compile("<choice correct='true'><b>x</b></choice>").is_err());
    assert!(compile("<choice correct='false'><b>x</b></choice>").is_ok());
    assert!(compile("<p/>").is_err());
    let problem = compile("<choice correct='true'><numtolerance_input answer='x' tolerance='y'/></choice>");
    assert_eq!(problem.expect("compiles").faults().len(), 2);
}

#[test]
fn drawing_tools_are_not_here_and_what_was_drawn_stays() {
    let olx = "<problem><schematicresponse><schematic height='300' width='400'/><answer>x</answer></schematicresponse>\
        <customresponse cfn='f'><vsepr_input/></customresponse>\
        <numericalresponse answer='1'><textline/></numericalresponse></problem>";
    let problem = Problem::compile(olx, &Hooks::NONE).expect("compiles");
    let tools: Vec<_> = problem.unsupported().iter().map(|part| part.tag.as_str()).collect();
    assert_eq!(tools, ["schematic", "vsepr_input"]);
    assert!(problem.gradable() && !problem.keeps_work());
    assert_eq!(problem.max_score(), 1);
    let inside =
        olx.strip_prefix("<problem>").and_then(|rest| rest.strip_suffix("</problem>")).expect("a problem");
    let mut answers = text("p_3_1", "{\"drawn\": 1}");
    answers.insert("p_4_1", Value::Text("1".into()));
    let page = page(inside, &answers);
    assert!(
        page.contains("name=\"input_p_3_1\" id=\"input_p_3_1\" value=\"{&quot;drawn&quot;: 1}\""),
        "{page}"
    );
    assert_eq!(page.matches("This question cannot be answered on this site.").count(), 2);
}

#[test]
fn chemical_equations_have_a_line_with_a_preview() {
    let inside =
        "<customresponse cfn='f'><label>Burn it</label><chemicalequationinput size='40'/></customresponse>";
    let problem = Problem::compile(&format!("<problem>{inside}</problem>"), &Hooks::NONE).expect("compiles");
    assert!(problem.keeps_work() && !problem.gradable());
    assert_eq!(problem.instance(1, "p").preview_kind("p_2_1"), Some(PreviewKind::Chemistry));
    let page = page(inside, &text("p_2_1", "CH4 + 2O2 -> CO2 + 2H2O"));
    assert_named(&page);
    assert!(page.contains("value=\"CH4 + 2O2 -&gt; CO2 + 2H2O\"") && page.contains("size=\"40\""), "{page}");
}

fn json_text() -> impl Strategy<Value = String> {
    let hostile = "[<>\"'&/a-z=$ {}\\[\\]:,0-9]{0,24}";
    prop_oneof![
        any::<String>(),
        hostile,
        "\\{\"options\": ?\\[[0-9, ]{0,3}\\], ?\"comment\": ?\"[<>&/a-z]{0,9}\"\\}",
        "\\[[0-9]{0,20},[0-9]{0,20}\\]"
    ]
}

proptest! {
    #[test]
    fn answers_are_graded_or_refused_and_never_become_markup(text in json_text(), other in any::<String>()) {
        let olx = format!("<problem>{PICTURE}{ANNOTATION}{CHOICES}</problem>");
        let problem = Problem::compile(&olx, &Hooks::NONE).expect("compiles");
        let instance = problem.instance(1, "p");
        let mut fields: Answers = [("p_2_1", &text), ("p_3_1", &text)]
            .into_iter()
            .map(|(id, text)| (id, Value::Text(text.clone())))
            .collect();
        for (name, text) in [
            ("p_4_1_choiceinput", "p_4_1_choiceinput_0bc"),
            ("p_4_1_choiceinput_0_numtolerance_input_0", &text),
            ("p_4_1_choiceinput_0_numtolerance_input_1", &other),
        ] {
            fields.insert(name, Value::Text(text.to_owned()));
        }
        let answers = instance.join_fields(fields);
        if let Ok(graded) = instance.grade(&answers) {
            prop_assert!(graded.score.raw_earned <= graded.score.raw_possible);
        }
        instance.describe(&answers, &CorrectMap::default());
        let render = |answers: &Answers, render: fn(&capa::ProblemView) -> String| {
            render(&instance.view(&State {
                answers,
                correct_map: &CorrectMap::default(),
                overall_message: "",
                input_state: None,
                done: false,
                has_saved_answers: true,
                show_correctness: true,
            }))
        };
        // A chosen radio button has no verdict beside the group in the reference; otherwise no element comes or goes.
        let chosen = serde_json::json!({"p_4_1": {"p_4_1_choiceinput_0bc": ""}});
        let harmless: Answers = serde_json::from_value(chosen).expect("answers");
        for style in [html::render, html::render_page] {
            let (plain, answered) = (render(&harmless, style), render(&answers, style));
            prop_assert_eq!(answered.matches('<').count(), plain.matches('<').count());
        }
    }
}
