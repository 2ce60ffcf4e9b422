//! Answers that external graders judge (capa §6.12).

use capa::{
    Answers, CapaError, CorrectMap, Correctness, Delivery, Hooks, Problem, Queued, Shown, State, Value, html,
    safe_message,
};
use proptest::prelude::*;

const CODE: &str = "<problem><coderesponse queuename='q'><label>Sort</label><description>Do it.</description>\
    <textbox rows='3' mode='java'>text</textbox><codeparam><initial_display>start $seed</initial_display>\
    <answer_display>a &lt; 'b'</answer_display><grader_payload>{\"t\": 1}</grader_payload></codeparam>\
    </coderesponse><stringresponse answer='a'><textline/></stringresponse></problem>";

const FILES: &str = "<problem><coderesponse><filesubmission required_files='a.py b.py' \
    allowed_files='a.py b.py c.txt'/><codeparam/></coderesponse></problem>";

fn compile(olx: &str) -> Problem {
    Problem::compile(olx, &Hooks::NONE).unwrap_or_else(|error| panic!("{error}: {olx}"))
}

fn texts(values: &[(&str, &str)]) -> Answers {
    values.iter().map(|(id, text)| (*id, Value::Text((*text).to_owned()))).collect()
}

fn queued(input: &str, key: &str) -> Delivery {
    let queued =
        Queued { key: key.to_owned(), time: "20261122120000".to_owned(), message: "3 <in>".to_owned() };
    Delivery { input: input.to_owned(), outcome: Ok(queued) }
}

fn waiting(problem: &Problem) -> CorrectMap {
    let answers = texts(&[("p_2_1", "x"), ("p_3_1", "a")]);
    problem.instance(1, "p").grade_with(&answers, &[queued("p_2_1", "key1")]).expect("graded").correct_map
}

fn page(
    problem: &Problem,
    answers: &Answers,
    map: &CorrectMap,
    render: fn(&capa::ProblemView) -> String,
) -> String {
    let view = problem.instance(7, "p").view(&State {
        answers,
        correct_map: map,
        input_state: None,
        overall_message: "",
        done: !map.is_empty(),
        has_saved_answers: false,
        show_correctness: true,
    });
    render(&view)
}

#[test]
fn tells_what_is_for_a_grader_and_what_came_of_it() {
    let problem = compile(CODE);
    let instance = problem.instance(1, "p");
    let answers = texts(&[("p_2_1", "x"), ("p_3_1", "a")]);
    let tasks = instance.grader_tasks(&answers);
    assert_eq!(tasks.len(), 1);
    assert_eq!((tasks[0].input.as_str(), tasks[0].queue.as_deref()), ("p_2_1", Some("q")));
    assert_eq!(
        (tasks[0].grader_payload.as_str(), &tasks[0].answer),
        ("{\"t\": 1}", &Value::Text("x".into()))
    );

    let none = instance.grade(&answers).expect("graded");
    let entry = none.correct_map.get("p_2_1").expect("an entry");
    assert_eq!(
        (entry.correctness, entry.msg.as_str()),
        (None, "Error: No grader has been set up for this problem.")
    );
    assert_eq!((none.score.raw_earned, none.score.raw_possible), (1.0, 2.0));

    let failed = Delivery { input: "p_2_1".into(), outcome: Err("no <route>".into()) };
    let failed = instance.grade_with(&answers, &[failed]).expect("graded").correct_map;
    assert_eq!(
        failed.get("p_2_1").expect("an entry").msg,
        "Unable to deliver your submission to grader (Reason: no &lt;route&gt;). Please try again later."
    );

    let map = waiting(&problem);
    let entry = map.get("p_2_1").expect("an entry");
    assert_eq!(entry.correctness, Some(Correctness::Incomplete));
    assert_eq!(entry.queuestate, Some(serde_json::json!({"key": "key1", "time": "20261122120000"})));
    assert_eq!(
        (entry.queued_at(), map.get("p_3_1").and_then(capa::Entry::queued_at)),
        (Some("20261122120000"), None)
    );

    let shown = instance.answers_shown();
    let expected = "<span class=\"code-answer\"><pre><code>a &lt; &#39;b&#39;</code></pre></span>";
    assert_eq!(shown.get("p_2_1"), Some(&Shown::Text(expected.into())));
}

#[test]
fn an_answer_that_was_not_sent_and_a_response_without_parameters_are_refused() {
    let problem = compile(CODE);
    let graded = problem.instance(1, "p").grade(&texts(&[("p_3_1", "a")]));
    assert!(matches!(graded, Err(CapaError::Generic(_))));
    let old = Problem::compile("<problem><coderesponse><textbox/></coderesponse></problem>", &Hooks::NONE);
    assert!(matches!(old, Err(CapaError::Generic(_))));
}

#[test]
fn a_reply_is_applied_to_the_entry_with_its_key_once() {
    let problem = compile(CODE);
    let instance = problem.instance(1, "p");
    let mut map = waiting(&problem);
    let before = map.clone();
    let reply = r#"{"correct": true, "score": 0.5, "msg": "<p>fine<br/></p>"}"#;
    for key in ["key2", "key", "key11", ""] {
        assert!(!instance.apply_reply(&mut map, key, reply), "{key}");
    }
    assert_eq!(map, before);
    assert!(instance.apply_reply(&mut map, "key1", reply));
    let entry = map.get("p_2_1").expect("an entry");
    assert_eq!((entry.correctness, entry.npoints), (Some(Correctness::Correct), Some(0.5)));
    assert_eq!((entry.msg.as_str(), &entry.queuestate), ("<p>fine<br></p>", &None));
    assert_eq!(instance.score(&map).raw_earned, 1.5);
    assert!(!instance.apply_reply(&mut map, "key1", reply), "a second time");
}

#[test]
fn points_of_a_reply_are_never_negative_and_python_decides_what_is_true() {
    let problem = compile(CODE);
    let instance = problem.instance(1, "p");
    for (correct, score, expected) in [
        ("true", "-1", (Correctness::Correct, 0.0)),
        ("false", "1", (Correctness::Incorrect, 1.0)),
        ("1", "2", (Correctness::Correct, 2.0)),
        ("\"\"", "0", (Correctness::Incorrect, 0.0)),
        ("null", "0.25", (Correctness::Incorrect, 0.25)),
    ] {
        let mut map = waiting(&problem);
        let reply = format!("{{\"correct\": {correct}, \"score\": {score}, \"msg\": \"m\"}}");
        assert!(instance.apply_reply(&mut map, "key1", &reply));
        let entry = map.get("p_2_1").expect("an entry");
        assert_eq!((entry.correctness, entry.npoints), (Some(expected.0), Some(expected.1)), "{reply}");
    }
}

#[test]
fn a_reply_that_cannot_be_read_ends_the_wait_and_says_so() {
    let problem = compile(CODE);
    for reply in [
        "",
        "[]",
        "null",
        "{\"correct\": true, \"score\": 1}",
        "{\"correct\": true, \"score\": 1, \"msg\": \"\"}",
        "{\"correct\": true, \"score\": \"1\", \"msg\": \"m\"}",
        "{\"correct\": true, \"msg\": \"m\"}",
        &format!("{{\"correct\": true, \"score\": 1, \"msg\": \"{}\"}}", "m".repeat(100_000)),
    ] {
        let mut map = waiting(&problem);
        assert!(problem.instance(1, "p").apply_reply(&mut map, "key1", reply));
        let entry = map.get("p_2_1").expect("an entry");
        assert_eq!(entry.msg, "Invalid grader reply. Please contact the course staff.", "{reply:.60}");
        assert_eq!((entry.correctness, &entry.queuestate, entry.points()), (None, &None, 0.0));
    }
}

#[test]
fn messages_of_graders_cannot_break_the_page() {
    for (message, safe) in [
        ("plain & simple", "plain &amp; simple"),
        ("<div class=\"test\"><pre>1\n2</pre></div>", "<div class=\"test\"><pre>1\n2</pre></div>"),
        ("<p/>after", "<p></p>after"),
        ("<b>open", "<b>open</b>"),
        ("</div></form>x", "x"),
        ("<form action=\"/x\"><input name=\"a\">y</form>", "y"),
        ("<script>alert(1)</script>x", "x"),
        ("<img src=\"x\" onerror=\"alert(1)\" alt=\"a\">", "<img src=\"x\" alt=\"a\">"),
        ("<a href=\"javascript:alert(1)\">x</a>", "<a rel=\"noopener noreferrer\">x</a>"),
        ("<a href=\"data:text/html,x\">x</a>", "<a rel=\"noopener noreferrer\">x</a>"),
        ("<a href=\" DA\tta:text/html,x\">x</a>", "<a rel=\"noopener noreferrer\">x</a>"),
        ("<img src=\"data:image/png;base64,AA\">", "<img src=\"data:image/png;base64,AA\">"),
        ("<!-- <p id=\"answer_p_2_1\" data-dispatch=\"x\">x</p>", ""),
        ("<p id=\"answer_p_2_1\" data-dispatch=\"x\">x</p>", "<p>x</p>"),
        ("<textarea>x", "x"),
    ] {
        assert_eq!(safe_message(message).as_deref(), Some(safe), "{message}");
    }
    assert_eq!(safe_message(""), None);
    assert!(safe_message(&"<b>".repeat(20_000)).is_some());
}

#[test]
fn a_program_starts_with_what_the_author_gave_and_stays_what_it_was_made() {
    let problem = compile(CODE);
    let field = |answers: &Answers| {
        let html = page(&problem, answers, &CorrectMap::default(), html::render);
        let (_, rest) = html.split_once("data-linenums=\"true\">").expect("the field");
        rest.split_once("</textarea>").expect("its end").0.to_owned()
    };
    assert_eq!(field(&Answers::default()), "start 7");
    assert_eq!(field(&texts(&[("p_2_1", "\n</textarea><b>")])), "\n\n&lt;/textarea&gt;&lt;b&gt;");
    assert_eq!(field(&texts(&[("p_2_1", "")])), "text");
}

#[test]
fn a_field_for_a_program_is_labelled_and_described_on_our_pages() {
    let problem = compile(CODE);
    let html = page(&problem, &Answers::default(), &CorrectMap::default(), html::render_page);
    assert!(html.contains("<label class=\"problem-group-label\" for=\"input_p_2_1\">Sort</label>"), "{html}");
    assert!(html.contains("<p class=\"question-description\" id=\"description_p_1_1\">Do it.</p>"), "{html}");
    assert!(html.contains("aria-describedby=\"answer_p_2_1 status_p_2_1 description_p_1_1\""), "{html}");
    assert!(!html.contains("class=\"debug\"") && !html.contains("aria-label=\"java editor\""), "{html}");
    let exact = page(&problem, &Answers::default(), &CorrectMap::default(), html::render);
    assert!(exact.contains("for=\"cm-textarea-p_2_1\">Sort</label>"), "{exact}");
    assert!(exact.contains("<p class=\"debug\">unanswered</p>"), "{exact}");
}

#[test]
fn while_a_grader_has_the_answer_the_page_says_so_and_is_marked() {
    let problem = compile(CODE);
    let answers = texts(&[("p_2_1", "x"), ("p_3_1", "a")]);
    let html = page(&problem, &answers, &waiting(&problem), html::render);
    assert!(html.contains("class=\"status processing\" id=\"status_p_2_1\""), "{html}");
    let mark = "<span style=\"display:none;\" class=\"xqueue\" id=\"p_2_1\">3 &lt;in&gt;</span>";
    assert!(html.contains(mark), "{html}");
    assert!(html.contains("external-grader-message\">Your answer has been submitted."), "{html}");
    assert!(!html.contains("key1"), "learners could pretend to be the grader");
    let graded = page(&problem, &answers, &CorrectMap::default(), html::render);
    assert!(!graded.contains("xqueue"));
}

#[test]
fn files_are_asked_for_by_name() {
    let problem = compile(FILES);
    let instance = problem.instance(1, "p");
    assert_eq!(instance.file_inputs(), ["p_2_1"]);
    let files = |names: &[&str]| -> Answers {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        [("p_2_1", Value::List(names))].into_iter().collect()
    };
    let refusal = |answers: &Answers| instance.check_files(answers).err().map(|error| error.to_string());
    assert_eq!(refusal(&files(&["a.py", "b.py", "c.txt"])), None);
    for answers in [files(&[]), texts(&[("p_2_1", "a.py")]), Answers::default()] {
        assert_eq!(refusal(&answers).as_deref(), Some("You did not select any files to submit."));
    }
    assert_eq!(
        refusal(&files(&["a.py", "d"])).as_deref(),
        Some("You submitted d; only a.py, b.py, c.txt are allowed.")
    );
    // Clients put what they are told into HTML.
    let markup = refusal(&files(&["<img src=x onerror='x'>"]));
    let told = "You submitted &lt;img src=x onerror=&#x27;x&#x27;&gt;; only a.py, b.py, c.txt are allowed.";
    assert_eq!(markup.as_deref(), Some(told));
    assert_eq!(refusal(&files(&["a.py"])).as_deref(), Some("You did not submit the required files: b.py."));
    let html = page(&problem, &files(&["a.py"]), &CorrectMap::default(), html::render);
    assert!(html.contains("data-required_files=\"[&quot;a.py&quot;,&quot;b.py&quot;]\""), "{html}");
    assert!(html.contains("<li>a.py</li>"), "{html}");
}

#[test]
fn a_matlab_program_can_be_run_without_being_submitted() {
    let olx = "<problem><coderesponse><matlabinput><plot_payload>plot</plot_payload></matlabinput><codeparam/>\
               </coderesponse><stringresponse answer='a'><textline/></stringresponse></problem>";
    let problem = compile(olx);
    let instance = problem.instance(1, "p");
    let task = instance.trial_task("p_2_1", "x = 1").expect("a task");
    assert_eq!((task.queue.as_deref(), task.grader_payload.as_str()), (Some("matlab"), "plot"));
    assert!(instance.trial_task("p_3_1", "x").is_none());
    assert!(instance.trial_task("p_9_1", "x").is_none());
    let html = page(&problem, &Answers::default(), &CorrectMap::default(), html::render);
    assert!(html.contains("data-dispatch=\"plot\""), "{html}");
    assert!(!html.contains("payload"), "{html}");
}

proptest! {
    #[test]
    fn messages_stay_as_they_are_once_they_are_safe(message in "[<>/a-z=\"'& !-]{1,200}") {
        let safe = safe_message(&message).expect("a message");
        let closed: Vec<_> = ["<script", "onerror=", "<form", "<textarea"].into_iter().filter(|t| safe.contains(t)).collect();
        prop_assert!(closed.is_empty(), "{safe}");
        if !safe.is_empty() {
            prop_assert_eq!(safe_message(&safe), Some(safe.clone()));
        }
    }
}
