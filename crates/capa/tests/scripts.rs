//! The seam where the code of authors runs, with engines that only play a part: what is asked of an engine, and what
//! becomes of its answers.

use capa::script::{Environment, Globals, Job, Outcomes, ScriptEngine, ScriptError};
use capa::{
    Answers, Attempt, CapaError, CorrectMap, Correctness, Graded, Hooks, Instance, Problem, Step, Value, html,
};
use serde_json::{Map, Value as Json, json};

/// An engine that looks at the job and knows what would come out.
struct Played<F>(F);

impl<F: Fn(&Job) -> Result<Json, ScriptError> + Send + Sync> ScriptEngine for Played<F> {
    fn run(&self, job: &Job) -> Result<Globals, ScriptError> {
        (self.0)(job).map(|globals| Globals::from(object(globals)))
    }
}

fn object(value: Json) -> Map<String, Json> {
    match value {
        Json::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

fn compile(olx: &str) -> Problem {
    let hooks = Hooks { scripts: true, ..Hooks::NONE };
    Problem::compile(olx, &hooks).unwrap_or_else(|error| panic!("{error}: {olx}"))
}

fn answers(values: &[(&str, &str)]) -> Answers {
    values.iter().map(|&(id, text)| (id, Value::Text(text.to_owned()))).collect()
}

/// Makes the instance of seed 3, and grades with whatever an engine says.
fn with_instance<T>(
    problem: &Problem,
    engine: &dyn ScriptEngine,
    f: impl FnOnce(&Instance<'_>) -> T,
) -> Result<T, CapaError> {
    let Some(job) = problem.script_job(3, "anon", &Environment::default()) else {
        return Ok(f(&problem.instance_for(3, "p", "anon")));
    };
    let outcome = engine.run(&job);
    problem.instance_with(&job, &outcome, "p", "anon").map(|instance| f(&instance))
}

fn grade_by(
    olx: &str,
    answers: &Answers,
    engine: impl Fn(&Job) -> Result<Json, ScriptError> + Send + Sync,
) -> Result<Graded, CapaError> {
    let (engine, previous, environment) = (Played(engine), CorrectMap::default(), Environment::default());
    let attempt =
        Attempt { answers, number: 2, previous: &previous, deliveries: &[], environment: &environment };
    with_instance(&compile(olx), &engine, |instance| {
        let mut outcomes = Outcomes::default();
        for _ in 0..3 {
            match instance.grade_attempt(&attempt, &outcomes)? {
                Step::Graded(graded) => return Ok(graded),
                Step::Run(jobs) => outcomes.run(&engine, jobs),
            }
        }
        panic!("grading {olx} asks for more and more");
    })?
}

const DRAWN: &str = "<problem><script type='loncapa/python'>n = draw()</script>\
    <p>[mathjaxinline]$n + 1[/mathjaxinline] of $words, $5</p>\
    <numericalresponse answer='$n'><responseparam type='tolerance' default='$q%'/><textline/></numericalresponse>\
    <optionresponse><optioninput options=\"('$n','7')\" correct='$n'/></optionresponse></problem>";

fn drawn(job: &Job) -> Result<Json, ScriptError> {
    assert_eq!((job.code.as_str(), job.seed), ("n = draw()", 3));
    assert_eq!(Json::Object(job.globals.clone()), json!({"seed": 3, "anonymous_student_id": "anon"}));
    Ok(json!({"seed": 3, "anonymous_student_id": "anon", "n": 270, "q": 10, "words": ["it's", 0.5, true]}))
}

#[test]
fn what_a_script_computes_is_asked_graded_and_shown() {
    let problem = compile(DRAWN);
    assert!(problem.formulas_vary() && problem.gradable() && problem.unsupported().is_empty());
    assert_eq!(problem.max_score(), 2);
    let graded = grade_by(DRAWN, &answers(&[("2_1", "250"), ("3_1", "270")]), drawn).expect("graded");
    assert_eq!(graded.score.raw_earned, 2.0);
    let option = graded.correct_map.get("p_3_1").expect("graded");
    assert_eq!(option.answervariable.as_deref(), Some("$n"));
    let wrong = grade_by(DRAWN, &answers(&[("2_1", "240"), ("3_1", "7")]), drawn).expect("graded");
    assert_eq!(wrong.score.raw_earned, 0.0);
    let page = with_instance(&problem, &Played(drawn), |instance| {
        let shown = serde_json::to_value(instance.answers_shown()).expect("serializes");
        assert_eq!(shown, json!({"p_2_1": "270", "p_3_1": "270"}));
        html::render(&view(instance))
    });
    let page = page.expect("an instance");
    assert!(page.contains("[mathjaxinline]270 + 1[/mathjaxinline] of [\"it's\", 0.5, True], $5"), "{page}");
    assert!(page.contains("<option value=\"270\">270</option>"), "{page}");
}

fn view(instance: &Instance<'_>) -> capa::ProblemView {
    instance.view(&capa::State {
        answers: &Answers::default(),
        correct_map: &CorrectMap::default(),
        overall_message: "",
        done: false,
        has_saved_answers: false,
        show_correctness: true,
        input_state: None,
    })
}

#[test]
fn a_script_that_fails_is_told_of_and_one_that_did_not_run_too() {
    let none = Answers::default();
    let raised = grade_by(DRAWN, &none, |_| Err(ScriptError::Raised("NameError: draw".to_owned())));
    let message = "Error while executing script code: NameError: draw";
    assert_eq!(raised, Err(CapaError::LoncapaProblem(message.to_owned())));
    let not_run = grade_by(DRAWN, &none, |_| Err(ScriptError::NotRun("no engine".to_owned())));
    assert!(matches!(not_run, Err(CapaError::Generic(_))), "{not_run:?}");
}

#[test]
fn a_problem_whose_script_did_not_run_shows_its_text() {
    let problem = compile(DRAWN);
    let instance = problem.instance_for(3, "p", "anon");
    assert!(!instance.is_ready());
    let page = html::render(&view(&instance));
    assert!(page.contains("$n + 1") && page.contains("cannot be answered on this site"), "{page}");
    assert!(!page.contains("<input") && !page.contains("<select"), "{page}");
    assert!(instance.grade(&answers(&[("2_1", "270")])).expect("graded").correct_map.is_empty());
}

#[test]
fn all_scripts_are_one_and_browser_scripts_are_none_of_them() {
    let problem = compile(
        "<problem><script>a = &amp;quot;x&amp;quot;</script><div><script type='text/python'>b = 2\n</script></div>\
         <script type='text/javascript'>c</script><script type='loncapa/perl'>d</script><p>$a</p></problem>",
    );
    let job = problem.script_job(1, "", &Environment::default()).expect("a job");
    assert_eq!(job.code, "a = \"x\"\nb = 2\n");
    assert_eq!(compile("<problem><p>$a</p></problem>").script_job(1, "", &Environment::default()), None);
}

const INLINE: &str = "<problem><script>k = 1</script><customresponse expect='$k'><textline points='3'/>\
    <textline correct_answer='b$k'/><answer type='loncapa/python'>correct = check()</answer></customresponse></problem>";

#[test]
fn inline_code_finds_its_names_and_fills_lists() {
    let submitted = answers(&[("p_2_1", "x"), ("p_2_2", ""), ("p_2_1_dynamath", "<math/>")]);
    let graded = grade_by(INLINE, &submitted, |job| {
        if job.code == "k = 1" {
            return Ok(json!({"k": 1}));
        }
        assert_eq!(job.code, "correct = check()");
        let expected = json!({
            "seed": 3, "anonymous_student_id": "anon", "k": 1,
            "script_code": "k = 1", "python_path": [], "extra_files": null,
            "response_id": "p_1", "expect": "1", "submission": ["x", ""], "idset": ["p_2_1", "p_2_2"],
            "dynamath": ["<math/>", null],
            "answers": {"p_2_1": "x", "p_2_1_dynamath": "<math/>", "p_2_2": ""},
            "correct": ["unknown", "unknown"], "messages": ["", ""], "overall_message": "",
            "options": "", "testdat": "hello world", "debug": false, "attempt": 2,
        });
        assert_eq!(Json::Object(job.globals.clone()), expected);
        Ok(json!({
            "correct": ["correct", "partially-correct"], "messages": ["yes <b>", ""], "overall_message": "all in all",
        }))
    });
    let graded = graded.expect("graded");
    let entry = |id: &str| graded.correct_map.get(id).expect("an entry").clone();
    assert_eq!((entry("p_2_1").npoints, entry("p_2_1").msg.as_str()), (Some(3.0), "yes <b/>"));
    assert_eq!(entry("p_2_2").correctness, Some(Correctness::PartiallyCorrect));
    assert_eq!(entry("p_2_2").npoints, Some(0.5));
    assert_eq!(graded.overall_message, "all in all");
    assert_eq!((graded.score.raw_earned, graded.score.raw_possible), (3.5, 4.0));
}

#[test]
fn inline_code_may_give_parts_of_the_points_and_must_tell_of_every_input() {
    let submitted = answers(&[("p_2_1", "x"), ("p_2_2", "y")]);
    let fill = |filled: Json| {
        grade_by(INLINE, &submitted, move |job| match job.code.as_str() {
            "k = 1" => Ok(json!({"k": 1})),
            _ => Ok(filled.clone()),
        })
    };
    let graded =
        fill(json!({"correct": ["incorrect", "unknown"], "grade_decimals": [0.25, 0]})).expect("graded");
    let entry = |id: &str| graded.correct_map.get(id).map(|entry| (entry.correctness, entry.npoints));
    assert_eq!(entry("p_2_1"), Some((Some(Correctness::Incorrect), Some(0.75))));
    assert_eq!(entry("p_2_2"), Some((None, Some(0.0))));
    for broken in [
        json!({}),
        json!({"correct": ["correct"]}),
        json!({"correct": "correct"}),
        json!({"correct": ["correct", "correct"], "grade_decimals": [1]}),
        json!({"correct": ["correct", "correct"], "grade_decimals": ["a", 1]}),
    ] {
        assert!(matches!(fill(broken.clone()), Err(CapaError::Generic(_))), "{broken}");
    }
}

/// Grades one or two inputs of a check function that returns this.
fn returned(inputs: usize, value: Json) -> Result<Graded, CapaError> {
    let fields = "<textline points='2'/>".repeat(inputs);
    let olx = format!(
        "<problem><script>def f(e, a, attempt): pass</script>\
         <customresponse cfn='f' expect='yes' cfn_extra_args='attempt'>{fields}</customresponse></problem>"
    );
    let values: Vec<_> = ["p_2_1", "p_2_2"][..inputs].iter().map(|&id| (id, "no")).collect();
    grade_by(&olx, &answers(&values), |job| {
        let script = "def f(e, a, attempt): pass";
        if job.code == script {
            return Ok(json!({}));
        }
        let call = "\n_capa_returned = f(_capa_expect, _capa_answer, **_capa_extra)\n";
        assert_eq!(job.code, [script, call].concat());
        let answer = if inputs == 1 { json!("no") } else { json!(["no", "no"]) };
        let expected = json!({
            "seed": 3, "anonymous_student_id": "anon",
            "_capa_expect": "yes", "_capa_answer": answer, "_capa_extra": {"attempt": 2},
        });
        assert_eq!(Json::Object(job.globals.clone()), expected);
        Ok(json!({"_capa_returned": value}))
    })
}

#[test]
fn check_functions_answer_in_many_ways() {
    use Correctness::{Correct, Incorrect, PartiallyCorrect};
    for (value, correctness, npoints) in [
        (json!(true), Correct, 2.0),
        (json!(false), Incorrect, 0.0),
        (json!(null), Incorrect, 0.0),
        (json!(""), Incorrect, 0.0),
        (json!("False"), Incorrect, 0.0),
        (json!("yes"), Correct, 2.0),
        (json!("Partially"), PartiallyCorrect, 1.0),
        (json!(1), Correct, 2.0),
        (json!(0.0), Incorrect, 0.0),
        (json!({"ok": true}), Correct, 2.0),
        (json!({"ok": "partial", "msg": null}), PartiallyCorrect, 1.0),
        (json!({"ok": false, "grade_decimal": 0.3}), Incorrect, 0.6),
        (json!({"ok": true, "grade_decimal": 0.25}), Correct, 0.5),
        (json!({"ok": true, "grade_decimal": null}), Correct, 2.0),
        (json!({"input_list": [{"ok": true}]}), Correct, 2.0),
        (json!({"input_list": [{"ok": "yes"}]}), Correct, 0.0),
        (json!({"input_list": [{"ok": "partial"}]}), PartiallyCorrect, 1.0),
    ] {
        let graded = returned(1, value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"));
        let entry = graded.correct_map.get("p_2_1").expect("an entry");
        assert_eq!((entry.correctness, entry.npoints), (Some(correctness), Some(npoints)), "{value}");
        assert_eq!((entry.msg.as_str(), graded.overall_message.as_str()), ("", ""), "{value}");
    }
    let invalid = "CustomResponse: check function returned an invalid dictionary!".to_owned();
    assert_eq!(returned(1, json!({"msg": "x"})), Err(CapaError::Response(invalid)));
    for broken in
        [json!({"input_list": []}), json!({"input_list": [{}]}), json!({"ok": true, "grade_decimal": "x"})]
    {
        assert!(matches!(returned(1, broken.clone()), Err(CapaError::Generic(_))), "{broken}");
    }
}

#[test]
fn messages_of_check_functions_go_to_their_input_or_to_all() {
    let said = |graded: &Graded| {
        let messages = graded.correct_map.iter().map(|(_, entry)| entry.msg.clone()).collect::<Vec<_>>();
        (messages, graded.overall_message.clone())
    };
    let texts = |messages: &[&str], overall: &str| {
        (messages.iter().map(|&text| text.to_owned()).collect::<Vec<_>>(), overall.to_owned())
    };
    let told = json!({"ok": false, "msg": "No: <i>"});
    assert_eq!(said(&returned(1, told.clone()).expect("graded")), texts(&["No: <i/>"], ""));
    assert_eq!(said(&returned(2, told).expect("graded")), texts(&["", ""], "No: <i/>"));
    let each = json!({
        "overall_message": "Sum & more", "input_list": [{"ok": true, "msg": "first"}, {"ok": false, "msg": "second"}],
    });
    let graded = returned(2, each).expect("graded");
    assert_eq!(said(&graded), texts(&["first", "second"], "Sum &amp; more"));
    assert_eq!(graded.score.raw_earned, 2.0);
}

#[test]
fn what_check_code_raises_is_for_the_learner_to_read() {
    let submitted = answers(&[("p_2_1", "x"), ("p_2_2", "y")]);
    let fail = |error: ScriptError| {
        grade_by(INLINE, &submitted, move |job| match job.code.as_str() {
            "k = 1" => Ok(json!({"k": 1})),
            _ => Err(error.clone()),
        })
    };
    let raised = fail(ScriptError::Raised("ValueError: x".to_owned()));
    assert_eq!(raised, Err(CapaError::Response("ValueError: x".to_owned())));
    assert!(matches!(fail(ScriptError::NotRun("late".to_owned())), Err(CapaError::Generic(_))));
}

#[test]
fn an_empty_answer_is_wrong_without_a_call_and_a_missing_one_an_error() {
    let olx = |error: &str| {
        format!("<problem><customresponse cfn='f' {error}><textline/></customresponse></problem>")
    };
    let never = |job: &Job| -> Result<Json, ScriptError> { panic!("{job:?} is not wanted") };
    for (attribute, message) in
        [("", ""), ("empty_answer_err='1'", "<span class=\"inline-error\">No answer entered!</span>")]
    {
        let graded = grade_by(&olx(attribute), &answers(&[("2_1", "")]), never).expect("graded");
        let entry = graded.correct_map.get("p_2_1").expect("an entry");
        assert_eq!((entry.correctness, entry.npoints), (Some(Correctness::Incorrect), None));
        assert_eq!(entry.msg, message);
    }
    assert!(matches!(grade_by(&olx(""), &Answers::default(), never), Err(CapaError::Generic(_))));
}

#[test]
fn a_name_that_is_nowhere_cannot_be_handed_to_a_function() {
    let olx =
        "<problem><customresponse cfn='f' cfn_extra_args='nowhere'><textline/></customresponse></problem>";
    let graded = grade_by(olx, &answers(&[("2_1", "x")]), |_| Ok(json!({"_capa_returned": true})));
    assert!(matches!(graded, Err(CapaError::Generic(_))), "{graded:?}");
}

#[test]
fn the_expected_answer_is_shown_for_one_input_and_each_right_one_for_several() {
    let shown = |olx: &str| {
        let engine = Played(|_: &Job| Ok(json!({"k": 1})));
        let shown =
            with_instance(&compile(olx), &engine, |instance| instance.answers_shown()).expect("an instance");
        serde_json::to_value(shown).expect("serializes")
    };
    assert_eq!(shown(INLINE), json!({"p_2_2": "b1"}));
    let one = |attributes: &str| {
        format!(
            "<problem><customresponse cfn='f' {attributes}><textline correct_answer='c'/></customresponse></problem>"
        )
    };
    assert_eq!(shown(&one("expect='e'")), json!({"p_2_1": "e"}));
    assert_eq!(shown(&one("answer='a'")), json!({"p_2_1": "a"}));
    assert_eq!(shown(&one("expect=''")), json!({"p_2_1": "c"}));
}

#[test]
fn a_hint_function_writes_the_hints_instead_of_others() {
    let olx = "<problem><script>def hf(ids, answers, new, old): pass</script><stringresponse answer='x'>\
        <correcthint>not this</correcthint><textline/><hintgroup hintfn='hf'/></stringresponse></problem>";
    let graded = grade_by(olx, &answers(&[("p_2_1", "x")]), |job| {
        if !job.code.contains("_capa_map") {
            return Ok(json!({}));
        }
        assert!(job.code.starts_with("def hf(ids, answers, new, old): pass\n"));
        assert!(job.code.contains("\nhf(_capa_ids, _capa_answers, _capa_map, _CapaMap(_capa_old))\n"));
        assert_eq!(job.globals["_capa_ids"], json!(["p_2_1"]));
        assert_eq!(job.globals["_capa_answers"], json!({"p_2_1": "x"}));
        assert_eq!(job.globals["_capa_old"], json!({}));
        let mut new = job.globals["_capa_new"].clone();
        assert_eq!(new["p_2_1"]["correctness"], "correct");
        new["p_2_1"]["hint"] = "you said <i>x".into();
        new["p_2_1"]["hintmode"] = "always".into();
        Ok(json!({"_capa_new": new}))
    });
    let graded = graded.expect("graded");
    let entry = graded.correct_map.get("p_2_1").expect("an entry");
    assert_eq!((entry.hint.as_str(), entry.msg.as_str()), ("you said <i>x</i>", ""));
    assert_eq!(entry.hintmode, Some(capa::HintMode::Always));
    assert!(graded.events.is_empty());
    let without = Problem::compile(olx, &Hooks::NONE).expect("compiles");
    assert_eq!(without.unsupported().iter().map(|part| part.tag.as_str()).collect::<Vec<_>>(), ["hintgroup"]);
    assert_eq!(
        without.instance(1, "p").grade(&answers(&[("2_1", "x")])).expect("graded").score.raw_earned,
        1.0
    );
}

#[test]
fn everything_that_has_to_run_is_asked_for_at_once() {
    let custom = "<customresponse cfn='f'><textline/></customresponse>";
    let problem = compile(&format!(
        "<problem>{custom}<numericalresponse answer='1'><textline/></numericalresponse>{custom}</problem>"
    ));
    let instance = problem.instance(1, "p");
    let submitted = answers(&[("2_1", "a"), ("3_1", "1"), ("4_1", "b")]);
    let (previous, environment) =
        (CorrectMap::default(), Environment { slug: "p1".to_owned(), ..Environment::default() });
    let attempt = Attempt {
        answers: &submitted,
        number: 1,
        previous: &previous,
        deliveries: &[],
        environment: &environment,
    };
    let Ok(Step::Run(jobs)) = instance.grade_attempt(&attempt, &Outcomes::default()) else {
        panic!("there is code to run");
    };
    assert_eq!(jobs.len(), 2);
    assert!(jobs.iter().all(|job| job.environment.slug == "p1" && job.seed == 1));
    assert!(matches!(instance.grade(&submitted), Err(CapaError::Generic(_))));
    let mut outcomes = Outcomes::default();
    outcomes
        .run(&Played(|job: &Job| Ok(json!({"_capa_returned": job.globals["_capa_answer"] == "a"}))), jobs);
    let Ok(Step::Graded(graded)) = instance.grade_attempt(&attempt, &outcomes) else {
        panic!("everything has run")
    };
    assert_eq!(graded.score.raw_earned, 2.0);
}
