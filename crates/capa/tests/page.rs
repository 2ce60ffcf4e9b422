//! What learners see: the view model and the default renderer.

use capa::{Answers, CorrectMap, Entry, Hooks, Problem, State, Value, html};
use olx::{Document, Element, Limits};
use proptest::prelude::*;

fn state<'a>(answers: &'a Answers, correct_map: &'a CorrectMap) -> State<'a> {
    State {
        answers,
        correct_map,
        input_state: None,
        overall_message: "",
        done: !correct_map.is_empty(),
        has_saved_answers: false,
        show_correctness: true,
    }
}

fn compile(olx: &str) -> Problem {
    Problem::compile(olx, &Hooks::NONE).unwrap_or_else(|error| panic!("{error}: {olx}"))
}

fn answer(id: &str, text: &str) -> Answers {
    [(id, Value::Text(text.to_owned()))].into_iter().collect()
}

/// Grades the answers and renders the page that follows.
fn after(olx: &str, answers: &Answers) -> String {
    let problem = compile(olx);
    let instance = problem.instance(1, "p");
    let graded = instance.grade(answers).expect("graded");
    html::render(&instance.view(&state(answers, &graded.correct_map)))
}

fn fresh(olx: &str) -> String {
    let problem = compile(olx);
    html::render(&problem.instance(1, "p").view(&state(&Answers::default(), &CorrectMap::default())))
}

fn parse(page: &str) -> Element {
    Document::parse(page, &Limits::default()).unwrap_or_else(|error| panic!("{error}: {page}")).root
}

fn by_id<'e>(page: &'e Element, id: &str) -> &'e Element {
    page.descendants()
        .find(|element| element.attr("id") == Some(id))
        .unwrap_or_else(|| panic!("no element {id}"))
}

const CHOICES: &str = "<problem><label>Which?</label><multiplechoiceresponse><description>One.</description>\
    <choicegroup><choice correct='true'>1 &lt; 2</choice><choice correct='false'>2 <i/><choicehint>no</choicehint>\
    </choice></choicegroup></multiplechoiceresponse><solution><p>s</p></solution></problem>";

#[test]
fn choices_are_labelled_and_described() {
    let page = parse(&fresh(CHOICES));
    assert_eq!(by_id(&page, "p_2_1-legend").text_content(), "Which?");
    assert_eq!(by_id(&page, "description_p_1_1").text_content(), "One.");
    let input = by_id(&page, "input_p_2_1_choice_1");
    assert_eq!((input.attr("name"), input.attr("checked")), (Some("input_p_2_1"), None));
    assert_eq!(by_id(&page, "p_2_1-choice_0-label").text_content(), "1 < 2");
    assert_eq!(by_id(&page, "status_p_2_1").attr("class"), Some("status unanswered"));
    assert!(by_id(&page, "solution_p_solution_1").children.is_empty());
    assert!(
        page.descendants().all(|element| element.name != "choicehint" && element.name != "label"
            || element.attr("for").is_some())
    );
}

#[test]
fn the_page_after_an_answer_shows_verdict_and_message() {
    let page = after(CHOICES, &answer("p_2_1", "choice_1"));
    let page = parse(&page);
    assert_eq!(by_id(&page, "input_p_2_1_choice_1").attr("checked"), Some("true"));
    assert_eq!(by_id(&page, "status_p_2_1").attr("class"), Some("status incorrect"));
    assert!(
        by_id(&page, "p_2_1-choice_1-label").attr("class").is_some_and(|class| class.ends_with("_incorrect"))
    );
    let message =
        page.descendants().find(|element| element.attr("class") == Some("message")).expect("a message");
    assert!(message.text_content().ends_with("no"));
}

#[test]
fn correctness_that_is_withheld_is_not_in_the_page() {
    let problem = compile(CHOICES);
    let instance = problem.instance(1, "p");
    let answers = answer("p_2_1", "choice_1");
    let graded = instance.grade(&answers).expect("graded");
    let hidden = State { show_correctness: false, ..state(&answers, &graded.correct_map) };
    let page = html::render(&instance.view(&hidden));
    assert!(!page.contains("incorrect") && !page.contains("class=\"message\""), "{page}");
    let saved = State { has_saved_answers: true, ..state(&answers, &graded.correct_map) };
    assert!(!html::render(&instance.view(&saved)).contains("incorrect"));
}

#[test]
fn several_inputs_form_a_labelled_group() {
    let page = parse(&fresh(
        "<problem><optionresponse><label>Both</label><description>d</description>\
         <p>x <optioninput label='first' options=\"('a')\" correct='a'/></p><optioninput options=\"('b')\" correct='b'/>\
         </optionresponse></problem>",
    ));
    let group = page.descendants().find(|element| element.attr("class") == Some("multi-inputs-group"));
    let group = group.expect("a group");
    assert_eq!(group.attr("aria-labelledby"), Some("multiinput-group-label-p_1"));
    assert_eq!(by_id(&page, "multiinput-group-label-p_1").text_content(), "Both");
    assert_eq!(by_id(&page, "multiinput-group-description-p_1-0").text_content(), "d");
    assert_eq!(by_id(&page, "label_p_2_1").text_content(), "first");
    assert_eq!(by_id(&page, "input_p_2_2").name, "select");
}

#[test]
fn targeted_feedback_waits_for_the_answer() {
    let olx = "<problem><multiplechoiceresponse targeted-feedback='alwaysShowCorrectChoiceExplanation'>\
        <choicegroup type='MultipleChoice'><choice correct='false' explanation-id='w'>W</choice>\
        <choice correct='true' explanation-id='r'>R</choice></choicegroup></multiplechoiceresponse>\
        <targetedfeedbackset><targetedfeedback explanation-id='w'><p>why not</p></targetedfeedback>\
        <targetedfeedback explanation-id='r'><p>indeed</p></targetedfeedback></targetedfeedbackset>\
        <solution explanation-id='r'><p>explained</p></solution></problem>";
    let before = fresh(olx);
    assert!(
        !before.contains("why not")
            && !before.contains("explained")
            && before.contains("solution_p_solution_1")
    );
    let after = after(olx, &answer("2_1", "choice_0"));
    assert!(after.contains("<span class=\"sr\">Incorrect</span><p>why not</p>"), "{after}");
    assert!(
        !after.contains("indeed") && after.contains("explained") && !after.contains("solution_p_solution_1")
    );
}

#[test]
fn unsupported_responses_leave_a_note_and_their_text() {
    let page = fresh(
        "<problem><customresponse cfn='f'><p>Prove it.</p><textline/><answer>secret</answer></customresponse></problem>",
    );
    assert!(page.contains("customresponse") && page.contains("Prove it.") && !page.contains("secret"));
    assert!(parse(&page).descendants().all(|element| element.name != "input"));
}

#[test]
fn author_html_is_safe_for_browsers_and_variables_are_filled_in() {
    let page = fresh(
        "<problem><p>Seed $seed<br/><span/></p><script type='text/javascript'>a &lt; b</script>\
         <p>see <clarification>more</clarification></p><!-- gone --></problem>",
    );
    assert!(page.contains("<p>Seed 1<br/><span></span></p>"), "{page}");
    assert!(page.contains("<script type=\"text/javascript\">a < b</script>"), "{page}");
    assert!(page.contains("data-tooltip=\"more\"") && !page.contains("gone"));
}

#[test]
fn the_hook_sees_author_html_and_never_learner_text() {
    let hooks = Hooks { html: &|html| html.replace("TEX", "MATH"), ..Hooks::NONE };
    let problem = Problem::compile(
        "<problem><p>TEX</p><stringresponse answer='x'><label>TEX</label><textline/></stringresponse></problem>",
        &hooks,
    )
    .expect("compiles");
    let page =
        html::render(&problem.instance(1, "p").view(&state(&answer("2_1", "TEX"), &CorrectMap::default())));
    assert_eq!((page.matches("MATH").count(), page.matches("TEX").count()), (2, 1));
}

#[test]
fn hints_of_a_group_come_before_the_message() {
    let olx = "<problem><stringresponse answer='x'><hintgroup><stringhint answer='y' name='n'/>\
        <hintpart on='n'><text>nearly</text></hintpart></hintgroup><textline/></stringresponse></problem>";
    assert!(after(olx, &answer("2_1", "y")).contains("nearly<br/>"));
}

#[test]
fn the_view_model_serializes() {
    let problem = compile(CHOICES);
    let mut map = CorrectMap::default();
    map.insert("p_2_1", Entry::default());
    let view = problem.instance(1, "p").view(&state(&Answers::default(), &map));
    let json = serde_json::to_value(&view).expect("serializes");
    assert_eq!(json["pieces"][1]["piece"], "response");
    assert_eq!(json["pieces"][1]["pieces"][0]["kind"]["kind"], "choices");
}

proptest! {
    #[test]
    fn learner_text_never_becomes_markup(text in any::<String>(), hostile in "[<>\"'&/a-z=$ ]{0,20}") {
        for text in [&text, &hostile] {
            let olx = "<problem><stringresponse answer='x'><textline/></stringresponse></problem>";
            let plain = fresh(olx);
            let page = after(olx, &answer("2_1", text));
            prop_assert_eq!(page.matches('<').count(), plain.matches('<').count());
            prop_assert_eq!(page.matches('"').count(), plain.matches('"').count());
        }
    }
}

#[test]
fn a_formula_field_has_an_empty_place_for_our_preview() {
    let olx = "<problem><numericalresponse answer='4'><formulaequationinput/></numericalresponse></problem>";
    let problem = Problem::compile(olx, &Hooks::NONE).expect("a problem");
    let view = problem.instance(1, "p").view(&state(&Answers::default(), &CorrectMap::default()));
    assert!(html::render(&view).contains("id=\"input_p_2_1_preview\" class=\"equation\">\\(\\)<img"));
    let ours = html::render_page(&view);
    assert!(ours.contains("<div id=\"input_p_2_1_preview\" class=\"equation\" aria-live=\"polite\"></div>"));
    assert!(!ours.contains("<img") && !ours.contains("script_placeholder"), "{ours}");
    assert_eq!(ours.matches("<div").count(), ours.matches("</div>").count());
}

#[test]
fn hints_are_taken_out_without_their_neighbours() {
    let page = fresh(
        "<problem><multiplechoiceresponse><choicegroup>\
         <choice correct='false'>one<choicehint label='l'/></choice>\
         <choice correct='false'>two<choicehint>why</choicehint></choice>\
         <choice correct='true'>three</choice></choicegroup></multiplechoiceresponse></problem>",
    );
    assert!(page.contains("one<choicehint label=\"l\"></choicehint>") && !page.contains("why"), "{page}");
    assert!(page.contains(">two<") && page.contains(">three<"), "{page}");
}

#[test]
fn old_formulas_are_wrapped_only_in_the_exact_rendering() {
    let problem = compile("<problem><math>$x$</math> tail</problem>");
    let view = problem.instance(1, "p").view(&state(&Answers::default(), &CorrectMap::default()));
    let marked = "[mathjaxinline]x[/mathjaxinline]";
    assert_eq!(
        html::render(&view),
        format!("<div><html><html>{marked}</html><html></html></html> tail</div>")
    );
    assert_eq!(html::render_page(&view), format!("<div>{marked} tail</div>"));
}

const FRAME: &str = "<problem><customresponse cfn='check'><jsinput gradefn='Sim.grade' get_statefn='Sim.get' \
    set_statefn='Sim.set' initial_state='{\"a\": 1}' html_file='/static/sim.html' sop='false' width='500' title='A lens'/>\
    </customresponse></problem>";

#[test]
fn a_page_in_a_frame_carries_what_its_bridge_needs() {
    let stored = "{\"answer\": \"'<b>' &amp; %41\",\n \"state\": \"'/static/a.png'\"}";
    let page = after(FRAME, &answer("2_1", stored));
    let root = parse(&page);
    let find = |class: &str| {
        let found = root.descendants().find(|element| element.attr("class") == Some(class));
        found.unwrap_or_else(|| panic!("no {class} in {page}"))
    };
    let frame = find("jsinput");
    for (name, value) in [
        ("id", "inputtype_p_2_1"),
        ("data", "Sim.grade"),
        ("data-stored", stored),
        ("data-initial-state", "{\"a\": 1}"),
        ("data-getstate", "Sim.get"),
        ("data-setstate", "Sim.set"),
        ("data-sop", "false"),
        ("data-processed", "false"),
    ] {
        assert_eq!(frame.attr(name), Some(value), "{name}");
    }
    let iframe = root.descendants().find(|element| element.name == "iframe").expect("a frame");
    for (name, value) in [
        ("name", "iframe_p_2_1"),
        ("id", "iframe_p_2_1"),
        ("src", "/static/sim.html"),
        ("height", "300"),
        ("width", "500"),
        ("title", "A lens"),
        (
            "sandbox",
            "allow-scripts allow-popups allow-same-origin allow-forms allow-pointer-lock allow-downloads",
        ),
    ] {
        assert_eq!(iframe.attr(name), Some(value), "{name}");
    }
    let field =
        root.descendants().find(|element| element.attr("id") == Some("input_p_2_1")).expect("a field");
    assert_eq!((field.attr("value"), field.attr("waitfor")), (Some(stored), Some("")));
    assert_eq!(page.matches("script_placeholder").count(), 2);
    assert!(!page.contains("'/static/a.png"), "a stored text never looks like a link of the author's");
    assert!(page.contains("not checked on this site"), "{page}");
    let fresh = fresh(FRAME);
    assert!(!fresh.contains("data-stored") && fresh.contains("waitfor=\"\" value=\"\""), "{fresh}");
}

#[test]
fn a_frame_about_what_a_script_would_compute_is_not_shown() {
    let page = fresh(&FRAME.replace("<problem>", "<problem><script>m = 3</script><p>Lift $m kg.</p>"));
    assert!(!page.contains("iframe") && page.contains("cannot be answered on this site"), "{page}");
    let page = fresh(&FRAME.replace("<problem>", "<problem><script>m = 3</script><p>It costs $5.</p>"));
    assert!(page.contains("iframe"), "{page}");
}

#[test]
fn scripts_stay_only_for_browsers() {
    let page = fresh(
        "<problem><script type='text/javascript'>keep(1 &lt; 2)</script><script type='loncapa/perl'>drop()</script>\
         <p>after</p></problem>",
    );
    assert_eq!(page, "<div><script type=\"text/javascript\">keep(1 < 2)</script><p>after</p></div>");
}

#[test]
fn feedback_is_for_the_choice_of_a_single_choice_problem_only() {
    let olx = "<problem><choiceresponse targeted-feedback=''><checkboxgroup><choice correct='true'>a</choice>\
        </checkboxgroup></choiceresponse><targetedfeedbackset><targetedfeedback explanation-id='e'>f\
        </targetedfeedback></targetedfeedbackset></problem>";
    assert!(fresh(olx).contains("<targetedfeedback explanation-id=\"e\">f</targetedfeedback>"));
}

#[test]
fn only_the_chosen_choice_is_marked() {
    let problem = compile(
        "<problem><multiplechoiceresponse><choicegroup><choice name='a' correct='false'>a</choice>\
         <choice name='ab' correct='true'>b</choice></choicegroup></multiplechoiceresponse></problem>",
    );
    let instance = problem.instance(1, "p");
    let answers = answer("2_1", "choice_ab");
    let map = instance.grade(&answers).expect("graded").correct_map;
    let view = instance.view(&state(&answers, &map));
    let marked = |page: String| {
        let page = parse(&page);
        ["a", "ab"].map(|name| {
            let class = by_id(&page, &format!("p_2_1-choice_{name}-label")).attr("class").map(str::to_owned);
            class.is_some_and(|class| class.ends_with(" choicegroup_correct"))
        })
    };
    assert_eq!(marked(html::render_page(&view)), [false, true]);
    assert_eq!(
        marked(html::render(&view)),
        [true, true],
        "the reference searches for the name in the answer"
    );
}

#[test]
fn texts_that_are_no_xml_are_read_as_html_in_the_exact_rendering() {
    let olx = |label: &str| {
        format!(
            "<problem><stringresponse answer='x'><label>{label}</label><description><p>d</p></description>\
             <textline/></stringresponse></problem>"
        )
    };
    let given = answer("2_1", "a\tb");
    let value = |page: &str| by_id(&parse(page), "input_p_2_1").attr("value").map(str::to_owned);
    let description = |page: &str| by_id(&parse(page), "description_p_1_1").text_content();
    let xml = after(&olx("a and b"), &given);
    assert_eq!((value(&xml).as_deref(), description(&xml).as_str()), (Some("a b"), "d"));
    let broken = after(&olx("a &amp; b"), &given);
    assert_eq!((value(&broken).as_deref(), description(&broken).as_str()), (Some("a\tb"), ""));
    assert!(broken.contains("</p><p>d</p><p></p>"));
}

#[test]
fn descriptions_with_blocks_stay_whole_in_our_pages() {
    let problem = compile(
        "<problem><stringresponse answer='x'><label>R &amp; D</label><description>a <p>b</p></description>\
         <textline/></stringresponse></problem>",
    );
    let answers = answer("2_1", "a\tb");
    let page = html::render_page(&problem.instance(1, "p").view(&state(&answers, &CorrectMap::default())));
    let page = parse(&page);
    assert_eq!(by_id(&page, "description_p_1_1").name, "div");
    assert_eq!(by_id(&page, "input_p_2_1").attr("value"), Some("a\tb"));
}

#[test]
fn hints_of_a_group_are_markup_and_cannot_break_the_page() {
    let olx = |text: &str| {
        format!(
            "<problem><stringresponse answer='x'><textline/><hintgroup><stringhint answer='y' name='n'/>\
             <hintpart on='n'><text>{text}</text></hintpart></hintgroup></stringresponse></problem>"
        )
    };
    let page = |text: &str| after(&olx(text), &answer("2_1", "y"));
    assert!(page("R &amp; D, a &lt; b").contains(">R &amp; D, a &lt; b<br/></span>"));
    assert!(page("&lt;b&gt;x&lt;/b&gt;").contains("><b>x</b><br/></span>"));
}

#[test]
fn labels_of_groups_are_text_and_elements() {
    let page = parse(&fresh(
        "<problem><optionresponse><label>a &lt;b&gt; <i>c</i></label><description>R &amp; D</description>\
         <optioninput options=\"('a')\" correct='a'/><optioninput options=\"('a')\" correct='a'/>\
         </optionresponse></problem>",
    ));
    assert_eq!(by_id(&page, "multiinput-group-label-p_1").text_content(), "a <b> c");
    assert_eq!(by_id(&page, "multiinput-group-description-p_1-0").text_content(), "R & D");
}

#[test]
fn the_name_of_a_group_of_choices_with_fields_is_not_escaped_twice() {
    let page = fresh(
        "<problem><choicetextresponse><label>R &amp; D <i>&lt;</i></label><radiotextgroup>\
         <choice correct='true'>a</choice></radiotextgroup></choicetextresponse></problem>",
    );
    let page = parse(&page);
    let group = page.descendants().find(|element| element.name == "fieldset").expect("a fieldset");
    assert_eq!(group.attr("aria-label"), Some("R & D <i><</i>"));
}

#[test]
fn names_of_fields_without_a_label_say_which_question_they_answer() {
    let line = "<stringresponse answer='a'><textline/></stringresponse>";
    let two = "<optionresponse><optioninput options=\"('a','b')\" correct='a'/>\
        <optioninput options=\"('a','b')\" correct='b'/></optionresponse>";
    let choice = "<multiplechoiceresponse><choicegroup><choice correct='true'>a</choice></choicegroup>\
        </multiplechoiceresponse>";
    let problem = compile(&format!("<problem>{line}{two}{choice}</problem>"));
    let view = problem.instance(1, "p").view(&state(&Answers::default(), &CorrectMap::default()));
    let page = html::render_page(&view);
    for name in [
        ">Answer to question 1</label>",
        ">Answer to question 2, field 1</label>",
        ">Answer to question 2, field 2</label>",
        "<fieldset aria-label=\"Answer to question 3\"",
    ] {
        assert!(page.contains(name), "{name}: {page}");
    }
}
