//! Pictures to point at, annotations and choices with numbers: their pages.

use capa::{Answers, CorrectMap, Hooks, Problem, State, Value, html};

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
