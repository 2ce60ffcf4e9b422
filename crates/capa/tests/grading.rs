//! Problems as authors write them, graded through the public interface.

use capa::{Answers, CapaError, Correctness, Graded, Hooks, Problem, Reason, Shown, Value};
use proptest::prelude::*;

fn compile(olx: &str) -> Problem {
    Problem::compile(olx, &Hooks::NONE).unwrap_or_else(|error| panic!("{error}: {olx}"))
}

fn answers(values: &[(&str, &str)]) -> Answers {
    values.iter().map(|&(id, text)| (id, Value::Text(text.to_owned()))).collect()
}

fn list(id: &str, names: &[&str]) -> Answers {
    [(id, Value::List(names.iter().map(|&name| name.to_owned()).collect()))].into_iter().collect()
}

fn grade(olx: &str, answers: &Answers) -> Result<Graded, CapaError> {
    compile(olx).instance(1, "p").grade(answers)
}

/// Grades and returns the verdict and points of the first input.
fn first(olx: &str, answers: &Answers) -> (Option<Correctness>, f64) {
    let graded = grade(olx, answers).unwrap_or_else(|error| panic!("{error}: {olx}"));
    let entry = graded.correct_map.get("p_2_1").expect("the first input is graded");
    (entry.correctness, entry.points())
}

const CORRECT: (Option<Correctness>, f64) = (Some(Correctness::Correct), 1.0);
const INCORRECT: (Option<Correctness>, f64) = (Some(Correctness::Incorrect), 0.0);

fn partial(points: f64) -> (Option<Correctness>, f64) {
    (Some(Correctness::PartiallyCorrect), points)
}

const PLANETS: &str = "<problem><multiplechoiceresponse partial_credit='points'><choicegroup>\
    <choice correct='true' name='mars'>Mars</choice>\
    <choice correct='partial' point_value='0.25'>Phobos</choice>\
    <choice correct='false'>Sirius<choicehint label='Look up:'>A &lt; star &amp; no more</choicehint></choice>\
    </choicegroup></multiplechoiceresponse></problem>";

#[test]
fn multiple_choice_gives_points_and_hints() {
    assert_eq!(first(PLANETS, &answers(&[("2_1", "choice_mars")])), CORRECT);
    assert_eq!(first(PLANETS, &answers(&[("p_2_1", "choice_0")])), partial(0.25));
    assert_eq!(first(PLANETS, &Answers::default()), INCORRECT);
    let graded = grade(PLANETS, &answers(&[("2_1", "choice_1")])).expect("graded");
    assert_eq!(
        graded.correct_map.get("p_2_1").map(|entry| entry.msg.as_str()),
        Some(
            "<div class=\"feedback-hint-incorrect\"><div class=\"explanation-title\">Answer</div>\
             <span class=\"hint-label\">Look up: </span>\
             <div class=\"hint-text\">A &lt; star &amp; no more</div></div>"
        )
    );
    assert_eq!(graded.events.len(), 1);
    assert_eq!(graded.events[0].problem_part_id, "p_1");
}

#[test]
fn partial_credit_of_an_unknown_kind_is_the_authors_error() {
    let olx = PLANETS.replace("'points'", "'halves'");
    let error = grade(&olx, &Answers::default()).expect_err("refused");
    assert_eq!(
        error,
        CapaError::LoncapaProblem("partial_credit attribute should be one of: points,false".into())
    );
}

#[test]
fn checkboxes_count_decisions_or_errors() {
    let olx = |credit: &str| {
        format!(
            "<problem><choiceresponse partial_credit='{credit}'><checkboxgroup>\
             <choice correct='true'>2</choice><choice correct='true'>3</choice>\
             <choice correct='false'>4</choice><choice correct='true'>5</choice>\
             <choice correct='false'>6</choice></checkboxgroup></choiceresponse></problem>"
        )
    };
    let all = list("2_1", &["choice_0", "choice_1", "choice_3"]);
    let two = list("2_1", &["choice_0", "choice_1"]);
    let one = list("2_1", &["choice_0"]);
    for credit in ["false", "edc", "halves"] {
        assert_eq!(first(&olx(credit), &all), CORRECT, "{credit}");
        assert_eq!(first(&olx(credit), &Answers::default()), INCORRECT, "{credit}");
    }
    assert_eq!(first(&olx("edc"), &two), partial(0.8));
    assert_eq!(first(&olx("halves"), &two), partial(0.5));
    assert_eq!(first(&olx("halves"), &one), partial(0.25));
    assert_eq!(first(&olx("false"), &two), INCORRECT);
}

#[test]
fn compound_hints_come_before_hints_of_single_choices() {
    let olx = "<problem><choiceresponse><checkboxgroup>\
        <choice correct='true'>x<choicehint selected='true'>chosen x</choicehint></choice>\
        <choice correct='false'>y</choice>\
        <compoundhint value='a B'>both</compoundhint></checkboxgroup></choiceresponse></problem>";
    let message = |answers: &Answers| {
        let graded = grade(olx, answers).expect("graded");
        graded.correct_map.get("p_2_1").map(|entry| entry.msg.clone()).unwrap_or_default()
    };
    assert!(message(&list("2_1", &["choice_1", "choice_0"])).contains(">both<"));
    assert!(message(&list("2_1", &["choice_0"])).contains("<div class=\"feedback-hint-multi\">"));
    assert_eq!(message(&list("2_1", &["choice_1"])), "");
}

#[test]
fn dropdowns_are_graded_one_by_one() {
    let olx = "<problem><optionresponse><label>Both</label>\
        <optioninput options=\"('up','don't know')\" correct=\"don't know\"/>\
        <optioninput><option correct='true'> left </option><option correct='false'>right</option></optioninput>\
        </optionresponse></problem>";
    let graded = grade(olx, &answers(&[("2_1", "don't know"), ("2_2", "right")])).expect("graded");
    assert_eq!(graded.score, capa::Score { raw_earned: 1.0, raw_possible: 2.0 });
    let shown = compile(olx).instance(1, "p").answers_shown();
    assert_eq!(shown.get("p_2_2"), Some(&Shown::Text("left".into())));
}

#[test]
fn numbers_are_compared_within_their_tolerance() {
    let olx = |answer: &str, inside: &str| {
        format!(
            "<problem><numericalresponse answer='{answer}'>{inside}<textline/></numericalresponse></problem>"
        )
    };
    let tenth = "<responseparam type='tolerance' default='0.1'/>";
    for (answer, inside, given, expected) in [
        ("1", tenth, "1.1", CORRECT),
        ("1", tenth, "1.11", INCORRECT),
        ("2*pi", "", "6.2831853", CORRECT),
        ("[1,5)", "", "5", INCORRECT),
        ("[1,5)", "", "1", CORRECT),
        ("3+4j", "", "3+4*i", CORRECT),
        ("7", "<additional_answer answer='8'/>", "2^3", CORRECT),
        ("7", "", "  ", INCORRECT),
    ] {
        assert_eq!(
            first(&olx(answer, inside), &answers(&[("2_1", given)])),
            expected,
            "{given} for {answer}"
        );
    }
    let refused =
        |given: &str| grade(&olx("1", ""), &answers(&[("2_1", given)])).map_err(|error| error.to_string());
    assert_eq!(refused("<b>").err().as_deref(), Some("Invalid math syntax: '&lt;b&gt;'"));
    assert_eq!(refused("1/0").err().as_deref(), Some("Could not interpret '1/0' as a number."));
    assert_eq!(
        refused("<i>)").err().as_deref(),
        Some(
            "Invalid Input: A closing parenthesis was found after segment &lt;i&gt;, \
             but there is no matching opening parenthesis before it."
        )
    );
}

#[test]
fn texts_are_compared_plainly_or_by_pattern() {
    let olx = |attributes: &str, inside: &str| {
        format!("<problem><stringresponse {attributes}>{inside}<textline/></stringresponse></problem>")
    };
    for (attributes, inside, given, expected) in [
        ("answer='Ångström'", "", " Ångström ", CORRECT),
        ("answer='Ångström'", "", "ångström", INCORRECT),
        ("answer='Ångström' type='ci'", "", "ångström", CORRECT),
        ("answer='a_or_b'", "", "b", CORRECT),
        ("answer='colou?r' type='regexp'", "", "color", CORRECT),
        ("answer='(?=.*9).+' type='regexp'", "", "a9", CORRECT),
        ("answer='one'", "<additional_answer>two</additional_answer>", "two", CORRECT),
        ("answer='one'", "", "", INCORRECT),
    ] {
        assert_eq!(
            first(&olx(attributes, inside), &answers(&[("2_1", given)])),
            expected,
            "{attributes} {given}"
        );
    }
    let broken = grade(&olx("answer='(' type='regexp'", ""), &answers(&[("2_1", "x")]));
    assert!(matches!(broken, Err(CapaError::Response(_))));
}

#[test]
fn pools_show_one_right_choice_and_its_solution() {
    let olx = "<problem><multiplechoiceresponse><choicegroup answer-pool='2'>\
        <choice correct='true' explanation-id='a'>A</choice><choice correct='true' explanation-id='b'>B</choice>\
        <choice correct='false'>C</choice><choice correct='false'>D</choice></choicegroup></multiplechoiceresponse>\
        <solutionset><solution explanation-id='a'>because a</solution>\
        <solution explanation-id='b'>because b</solution></solutionset></problem>";
    let problem = compile(olx);
    for seed in 0..20 {
        let instance = problem.instance(seed, "p");
        let (_, names) = &instance.permutations()["p_2_1"];
        assert_eq!(names.len(), 2);
        let drawn = if names.iter().any(|name| name == "choice_0") { "a" } else { "b" };
        let shown = instance.answers_shown();
        let solutions: Vec<_> = shown.iter().filter(|(id, _)| id.contains("solution")).collect();
        let [(_, Shown::Text(xml))] = solutions.as_slice() else { panic!("one solution: {shown:?}") };
        assert!(xml.contains(&format!("because {drawn}")), "{xml}");
    }
}

#[test]
fn what_is_not_supported_is_listed_and_not_graded() {
    let problem = compile(
        "<problem>\n<p>Draw.</p><externalresponse><textline/></externalresponse>\
         <numericalresponse answer='1'><textline points='2'/></numericalresponse></problem>",
    );
    assert_eq!(problem.unsupported().len(), 1);
    assert_eq!(
        (problem.unsupported()[0].tag.as_str(), problem.unsupported()[0].position.line),
        ("externalresponse", 2)
    );
    assert_eq!(problem.max_score(), 2);
    assert_eq!(problem.index().response_types, ["externalresponse", "numericalresponse"]);
    let graded = problem.instance(1, "p").grade(&answers(&[("3_1", "1")])).expect("graded");
    assert_eq!(graded.correct_map.iter().map(|(id, _)| id).collect::<Vec<_>>(), ["p_3_1"]);
}

#[test]
fn problems_with_scripts_are_shown_and_not_graded() {
    let problem = compile(
        "<problem><script type='loncapa/python'>x = 2</script><p>Double $x.</p>\
         <numericalresponse answer='$x'><label>n</label><textline/></numericalresponse></problem>",
    );
    let reasons = |problem: &Problem| -> Vec<_> {
        problem.unsupported().iter().map(|part| (part.tag.clone(), part.position.line, part.reason)).collect()
    };
    assert_eq!(reasons(&problem), [("script".to_owned(), 1, Reason::NeedsPython)]);
    assert!(!problem.gradable());
    assert!(
        problem.instance(1, "p").grade(&answers(&[("2_1", "2")])).expect("graded").correct_map.is_empty()
    );

    let mixed = compile(
        "<problem><script>def f(e, a): return True</script>\n<customresponse cfn='f'><textline points='5'/></customresponse>\n\
         <customresponse><textline/></customresponse>\n<numericalresponse answer='2'><textline/></numericalresponse></problem>",
    );
    assert_eq!(
        reasons(&mixed),
        [
            ("customresponse".to_owned(), 2, Reason::NeedsPython),
            ("customresponse".to_owned(), 3, Reason::NoChecker)
        ]
    );
    assert!(mixed.gradable() && !mixed.keeps_work());
    let graded = mixed.instance(1, "p").grade(&answers(&[("2_1", "x"), ("4_1", "2")])).expect("graded");
    assert_eq!(graded.correct_map.iter().map(|(id, _)| id).collect::<Vec<_>>(), ["p_4_1"]);
    assert_eq!((graded.score.raw_earned, graded.score.raw_possible), (1.0, 1.0));
    assert!(compile("<problem><p>Nothing is asked.</p></problem>").gradable());
}

#[test]
fn load_errors_say_what_is_wrong_with_what() {
    let error = |olx: &str| Problem::compile(olx, &Hooks::NONE).expect_err(olx).to_string();
    assert_eq!(
        error("<problem>\n<stringresponse answer='a'><textline/><textline/></stringresponse></problem>"),
        "LoncapaProblem Response stringresponse: cannot have more than 1 input fields\nSee XML source line 2"
    );
    assert!(
        error("<problem><numericalresponse><textline/></numericalresponse></problem>").contains("answer")
    );
    assert!(error("<problem><p><textline/></p></problem>").contains("outside any response"));
    assert!(error("<problem><include file='x.xml'/></problem>").contains("x.xml"));
    assert!(matches!(Problem::compile("<problem>&nbsp;</problem>", &Hooks::NONE), Err(CapaError::Olx(_))));
}

#[test]
fn the_index_leaves_answers_out() {
    let problem = compile(
        "<problem><p>What is\n <b>this</b>?</p><stringresponse answer='secret'><correcthint>hint</correcthint>\
         <textline/></stringresponse><solution>why</solution><demandhint><hint>help <i/></hint></demandhint></problem>",
    );
    assert_eq!(problem.index().text, "What is this ?");
    assert_eq!(problem.instance(1, "p").demand_hints(), ["help <i></i>"]);
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<String>().prop_map(Value::Text),
        "[-+*/^|()0-9a-z.%, ]{0,12}".prop_map(Value::Text),
        "choice_[0-3]".prop_map(Value::Text),
        proptest::collection::vec("choice_[0-3]", 0..4).prop_map(Value::List),
        Just(Value::Object(serde_json::Map::new())),
    ]
}

proptest! {
    #[test]
    fn grading_answers_or_refuses_whatever_is_posted(
        values in proptest::collection::vec(any_value(), 5), seed: i64
    ) {
        let problem = compile(
            "<problem><multiplechoiceresponse><choicegroup shuffle='true'><choice correct='true'>a</choice>\
             <choice correct='false'>b</choice></choicegroup></multiplechoiceresponse>\
             <choiceresponse partial_credit='halves'><checkboxgroup><choice correct='true'>a</choice>\
             <choice correct='false'>b<choicehint selected='false'>h</choicehint></choice></checkboxgroup></choiceresponse>\
             <optionresponse><optioninput options=\"('a','b')\" correct='a'/></optionresponse>\
             <stringresponse answer='[a-c]+' type='regexp ci'><textline/></stringresponse>\
             <numericalresponse answer='2.5' partial_credit='close'><textline/></numericalresponse></problem>",
        );
        let answers: Answers =
            values.into_iter().enumerate().map(|(at, value)| (format!("{}_1", at + 2), value)).collect();
        if let Ok(graded) = problem.instance(seed, "p").grade(&answers) {
            prop_assert_eq!(graded.correct_map.iter().count(), 5);
            prop_assert!(graded.score.raw_earned <= graded.score.raw_possible);
        }
    }
}

fn formula(attributes: &str, inner: &str) -> String {
    format!("<problem><formularesponse {attributes}>{inner}<textline/></formularesponse></problem>")
}

#[test]
fn formulas_are_compared_at_random_points() {
    let olx = formula("samples='x,y@1,1:3,4#10' answer='x*y+y'", "");
    for (given, verdict) in [
        ("y*(x+1)", CORRECT),
        ("Y*X + Y", CORRECT),
        ("x*y+y+0.0000001", CORRECT),
        ("x*y", INCORRECT),
        ("1/sin(0)", INCORRECT),
        ("", INCORRECT),
    ] {
        assert_eq!(first(&olx, &answers(&[("2_1", given)])), verdict, "{given}");
    }
    let wide = formula("samples='x@1:2#5' answer='x'", "<responseparam type='tolerance' default='2*0.1'/>");
    assert_eq!(first(&wide, &answers(&[("2_1", "x+0.19")])), CORRECT);
    assert_eq!(first(&wide, &answers(&[("2_1", "x+0.21")])), INCORRECT);
    let of_learner = formula("samples='x@$seed:2#$seed' answer='$seed*x'", "");
    assert_eq!(first(&of_learner, &answers(&[("2_1", "x")])), CORRECT);
}

#[test]
fn formulas_that_cannot_be_computed_cost_no_attempt() {
    let message = |olx: &str, given: &str| match grade(olx, &answers(&[("2_1", given)])) {
        Err(CapaError::StudentInput(message)) => message,
        other => panic!("{given}: {other:?}"),
    };
    let olx = formula("samples='n@1:5#10' answer='n'", "");
    for (given, expected) in [
        ("2**<n>", "Invalid input: Could not parse '2**&lt;n&gt;' as a formula"),
        ("fact(n)", "Invalid input: Could not parse 'fact(n)' as a formula"),
        ("1/0", "Invalid input: Could not parse '1/0' as a formula"),
        (
            "fact(-1)",
            "Factorial function not permitted in answer for this problem. Provided answer was: fact(-1)",
        ),
        ("m*n", "Invalid Input: m not permitted in answer as a variable"),
        (
            "n(2)",
            "Invalid Input: n not permitted in answer as a function (did you forget to use * for multiplication?)",
        ),
        ("(n", "Invalid Input: Parentheses are unmatched. 1 parentheses were opened but never closed."),
    ] {
        assert_eq!(message(&olx, given), expected);
    }
    let sensitive = formula("type='cs' samples='N@1:5#10' answer='N'", "");
    assert_eq!(
        message(&sensitive, "n"),
        "Invalid Input: n not permitted in answer as a variable (did you mean N?)"
    );
    for hostile in ["9^9^9^9+", "fact(10^6)+", &"sin(n)+".repeat(9_000), &"n+".repeat(20_000)] {
        let hostile = format!("{hostile}1");
        assert!(message(&olx, &hostile).starts_with("This is too long or too large"), "{hostile:.20}");
    }
    assert!(matches!(grade(&olx, &Answers::default()), Err(CapaError::Generic(_))));
}

#[test]
fn formula_hints_compare_with_formulas_of_their_own() {
    let olx = formula(
        "samples='x@1:9#5' answer='sqrt(x)'",
        "<hintgroup mode='on_request'><formulahint name='w' samples='x@2:3#4' answer='x^2'/>\
         <formulahint name='v' samples='x@2:3#4' answer='x*x'/>\
         <hintpart on='w'><text>The other way round</text></hintpart>\
         <hintpart on='v'><text>Not the square</text></hintpart></hintgroup>",
    );
    let hint = |given: &str| {
        let graded = grade(&olx, &answers(&[("2_1", given)])).expect("graded");
        graded.correct_map.get("p_2_1").expect("an entry").hint.clone()
    };
    assert_eq!(hint("x*x"), "Not the square");
    assert_eq!(hint("x"), "");
}

#[test]
fn samples_and_answers_that_cannot_work_are_told_to_the_author() {
    for (attributes, part) in [
        ("samples='x@1:2' answer='x'", "are not of the form"),
        ("samples='x@1:2#5000' answer='x'", "from 1 to 1000"),
        ("samples='x@1:2#5' answer='x+y'", "y not permitted"),
        ("samples='n@1:2#5' answer='fact(n)'", "has no value"),
    ] {
        let problem = compile(&formula(attributes, ""));
        assert_eq!(problem.faults().len(), 1, "{attributes}");
        assert!(problem.faults()[0].message.contains(part), "{attributes}: {:?}", problem.faults());
    }
    assert!(compile(&formula("samples='x@1:2#5' answer='x'", "")).faults().is_empty());
    assert!(compile(&formula("samples='x@1:2#5' answer='$seed*x'", "")).faults().is_empty());
}

#[test]
fn numbers_that_nothing_can_be_compared_with_are_told_to_the_author() {
    let faults = |attributes: &str, inner: &str| {
        let olx = format!(
            "<problem><numericalresponse {attributes}>{inner}<textline/></numericalresponse></problem>"
        );
        compile(&olx).faults().iter().map(|fault| fault.message.clone()).collect::<Vec<_>>()
    };
    assert!(faults("answer='[1, 2*3)'", "<additional_answer answer='1e3'/>").is_empty());
    assert!(faults("answer='$seed+1'", "").is_empty());
    for (attributes, inner, part) in [
        ("answer='1 meter'", "", "(1 meter)"),
        ("answer='[1,i]'", "", "complex boundary"),
        ("answer='1'", "<additional_answer answer='x'/>", "(x)"),
        ("answer='1'", "<responseparam type='tolerance' default='2*0.5'/>", "2*0.5"),
        ("answer='1' partial_credit='some'", "", "list, close"),
    ] {
        let faults = faults(attributes, inner);
        assert!(faults.len() == 1 && faults[0].contains(part), "{attributes} {inner}: {faults:?}");
    }
}

#[test]
fn no_points_are_plain_nothing() {
    let problem = Problem::compile("<problem><p>text</p></problem>", &Hooks::NONE).expect("compiles");
    let score = problem.instance(1, "p").grade(&Answers::default()).expect("graded").score;
    assert!(score.raw_earned.is_sign_positive(), "{score:?}");
}
