//! Choices, dropdowns and texts as authors write them, with the corners of their rules.

use capa::{Answers, CapaError, Correctness, Entry, Graded, Hooks, Problem, Value};

fn compile(olx: &str) -> Problem {
    Problem::compile(olx, &Hooks::NONE).unwrap_or_else(|error| panic!("{error}: {olx}"))
}

fn text(answer: &str) -> Option<Value> {
    Some(Value::Text(answer.to_owned()))
}

fn list(names: &[&str]) -> Option<Value> {
    Some(Value::List(names.iter().map(|&name| name.to_owned()).collect()))
}

fn grade(olx: &str, answer: Option<Value>) -> Result<Graded, CapaError> {
    let answers: Answers = answer.into_iter().map(|value| ("p_2_1", value)).collect();
    compile(olx).instance(1, "p").grade(&answers)
}

fn entry(olx: &str, answer: Option<Value>) -> Entry {
    let graded = grade(olx, answer).unwrap_or_else(|error| panic!("{error}: {olx}"));
    graded.correct_map.get("p_2_1").cloned().unwrap_or_else(|| panic!("not graded: {olx}"))
}

/// The verdict in one letter, and the points.
fn verdict(olx: &str, answer: Option<Value>) -> (char, Option<f64>) {
    let entry = entry(olx, answer);
    let letter = match entry.correctness {
        Some(Correctness::Correct) => 'c',
        Some(Correctness::Incorrect) => 'i',
        Some(Correctness::PartiallyCorrect) => 'p',
        Some(Correctness::Incomplete) | None => '?',
    };
    (letter, entry.npoints)
}

fn message(olx: &str, answer: &str) -> String {
    entry(olx, text(answer)).msg
}

fn checkboxes(attributes: &str, points: &str) -> String {
    format!(
        "<problem><choiceresponse {attributes}><checkboxgroup {points}><choice correct='True'>a</choice>\
         <choice correct='false'>b</choice><choice correct='TRUE'>c</choice></checkboxgroup></choiceresponse></problem>"
    )
}

#[test]
fn checkboxes_are_graded_by_the_set_chosen() {
    let plain = checkboxes("", "");
    assert_eq!(verdict(&plain, list(&["choice_2", "choice_0", "choice_0"])), ('c', None));
    assert_eq!(verdict(&plain, list(&["choice_0", "choice_2", "choice_9"])), ('i', None));
    assert_eq!(verdict(&plain, list(&[])), ('i', None));
    assert_eq!(verdict(&plain, None), ('i', None));
    // One text is a list of one.
    assert_eq!(verdict(&plain.replace("TRUE", "no"), text("choice_0")), ('c', None));
    // Nothing is not the right answer, even when nothing is right.
    let nothing = "<problem><choiceresponse><checkboxgroup><choice correct='false'>a</choice></checkboxgroup>\
                   </choiceresponse></problem>";
    assert_eq!(verdict(nothing, list(&[])), ('i', None));
}

#[test]
fn credit_for_decisions_is_rounded_to_two_digits() {
    let olx = checkboxes("partial_credit=' EDC '", "points='2'");
    assert_eq!(verdict(&olx, list(&["choice_0", "choice_2"])), ('c', None));
    assert_eq!(verdict(&olx, list(&["choice_0"])), ('p', Some(1.33)));
    assert_eq!(verdict(&olx, list(&["choice_1"])), ('i', Some(0.0)));
    assert_eq!(verdict(&olx, list(&[])), ('i', None));
    let graded = grade(&olx, list(&["choice_0", "choice_2"])).expect("graded");
    assert_eq!((graded.score.raw_earned, graded.score.raw_possible), (1.0, 2.0));
}

#[test]
fn credit_for_halves_needs_choices_enough() {
    let olx = checkboxes("partial_credit='halves'", "points='3'");
    assert_eq!(verdict(&olx, list(&["choice_0", "choice_2"])), ('c', Some(3.0)));
    assert_eq!(verdict(&olx, list(&["choice_0"])), ('p', Some(1.5)));
    assert_eq!(verdict(&olx, list(&["choice_0", "choice_1"])), ('i', None));
    let five = olx.replace(
        "</checkboxgroup>",
        "<choice correct='no'>d</choice><choice correct='no'>e</choice></checkboxgroup>",
    );
    assert_eq!(verdict(&five, list(&["choice_0", "choice_1"])), ('p', Some(0.75)));
}

#[test]
fn credit_of_checkboxes_is_read_when_something_is_chosen() {
    for (credit, expected) in [
        ("edc,halves", "Only one type of partial credit is allowed for Checkbox problems."),
        ("points", "partial_credit attribute should be one of: edc,halves,false"),
        ("", "partial_credit attribute should be one of: edc,halves,false"),
    ] {
        let olx = checkboxes(&format!("partial_credit='{credit}'"), "");
        assert_eq!(
            grade(&olx, list(&["choice_0"])),
            Err(CapaError::LoncapaProblem(expected.into())),
            "{credit}"
        );
        assert_eq!(verdict(&olx, list(&[])), ('i', None), "{credit}");
    }
    assert_eq!(verdict(&checkboxes("partial_credit='FALSE'", ""), list(&["choice_0"])), ('i', None));
}

#[test]
fn hints_for_a_combination_replace_those_for_choices() {
    let olx = "<problem><choiceresponse><checkboxgroup>\
        <choice correct='true' id='left'>a<choicehint selected='TRUE' label='A:'>a on</choicehint>\
        <choicehint selected='false'>a off</choicehint></choice>\
        <choice correct='false'>b<choicehint selected='true'>b <i>on</i></choicehint>\
        <choicehint>never</choicehint></choice>\
        <compoundhint value=' b  LEFT ' label=''>both<b>cut</b></compoundhint>\
        <compoundhint value='LEFT B'>later</compoundhint></checkboxgroup></choiceresponse></problem>";
    let message = |names: &[&str]| entry(olx, list(names)).msg;
    assert_eq!(
        message(&["choice_0", "choice_1"]),
        "<div class=\"feedback-hint-incorrect\"><div class=\"explanation-title\">Answer</div>\
         <div class=\"hint-text\">both</div></div>"
    );
    assert_eq!(
        message(&["choice_1"]),
        "<div class=\"feedback-hint-incorrect\"><div class=\"explanation-title\">Answer</div>\
         <span class=\"hint-label\">Incorrect: </span><div class=\"feedback-hint-multi\">\
         <div class=\"hint-text\">a off</div><div class=\"hint-text\">b <i>on</i></div></div></div>"
    );
    assert_eq!(
        message(&["choice_0"]),
        "<div class=\"feedback-hint-correct\"><div class=\"explanation-title\">Answer</div>\
         <span class=\"hint-label\">A: </span><div class=\"feedback-hint-multi\">\
         <div class=\"hint-text\">a on</div></div></div>"
    );
    // What is not chosen counts without an answer too.
    assert!(entry(olx, None).msg.contains("a off"));
}

fn radio(attributes: &str, group: &str) -> String {
    format!(
        "<problem><multiplechoiceresponse {attributes}><choicegroup type='Whatever' {group}>\
         <choice name='x' correct='TRUE'>x</choice><choice correct='Partial' point_value='0.3'>y</choice>\
         <choice name='z' correct='false'>z</choice><choice correct='partial'>w</choice></choicegroup>\
         </multiplechoiceresponse></problem>"
    )
}

#[test]
fn radio_buttons_count_unnamed_choices_only() {
    let olx = radio("partial_credit='Points'", "points='4'");
    assert_eq!(verdict(&olx, text("choice_x")), ('c', None));
    assert_eq!(verdict(&olx, text("choice_0")), ('p', Some(0.3)));
    assert_eq!(verdict(&olx, text("choice_1")), ('p', Some(0.5)));
    for wrong in ["choice_z", "choice_2", "x", ""] {
        assert_eq!(verdict(&olx, text(wrong)), ('i', None), "{wrong}");
    }
    assert_eq!(verdict(&olx, list(&["choice_x"])), ('i', None));
    assert_eq!(verdict(&radio("", ""), text("choice_0")), ('i', None));
    assert_eq!(
        grade(&radio("partial_credit='points,points'", ""), None),
        Err(CapaError::LoncapaProblem(
            "Only one type of partial credit is allowed for Multiple Choice problems.".into()
        ))
    );
}

#[test]
fn true_false_takes_the_whole_set() {
    let olx = "<problem><truefalseresponse><choicegroup><choice correct='true' name='f'>a</choice>\
        <choice correct='true'>b</choice><choice correct='false'>c</choice></choicegroup></truefalseresponse></problem>";
    assert_eq!(verdict(olx, list(&["choice_0", "choice_f"])), ('c', None));
    assert_eq!(verdict(olx, text("choice_f")), ('i', None));
    assert_eq!(verdict(olx, None), ('i', None));
    assert!(matches!(grade(olx, list(&[])), Err(CapaError::Generic(_))));
    let nothing = olx.replace("'true'", "'false'");
    assert_eq!(verdict(&nothing, None), ('c', None));
}

#[test]
fn groups_say_how_their_choices_are_drawn_or_are_not_loaded() {
    let refused = |group: &str| Problem::compile(&radio("", group), &Hooks::NONE).map(drop);
    let problem = |message: &str| Err(CapaError::LoncapaProblem(message.to_owned()));
    assert_eq!(
        refused("shuffle='true' answer-pool='0'"),
        problem("Do not use shuffle and answer-pool at the same time")
    );
    for size in ["", "two", "2.5"] {
        let group = format!("answer-pool='{size}'");
        assert_eq!(refused(&group), problem("answer-pool value should be an integer"), "{size}");
    }
    assert_eq!(refused("answer-pool=' 3 '"), Ok(()));
    let right = radio("", "answer-pool='2'").replace("'false'", "'true'").replace("artial'", "x'");
    assert_eq!(
        Problem::compile(&right.replace("'px'", "'true'").replace("'Px'", "'true'"), &Hooks::NONE).map(drop),
        problem("Choicegroup must include at least 1 correct and 1 incorrect choice")
    );
    let problem = compile(&radio("", "shuffle='True'"));
    assert!(problem.instance(1, "p").permutations().is_empty());
}

#[test]
fn right_choices_that_were_not_drawn_are_right() {
    let olx = "<problem><multiplechoiceresponse><choicegroup answer-pool='2'><choice correct='true'>a</choice>\
        <choice correct='true'>b</choice><choice correct='false'>c</choice></choicegroup></multiplechoiceresponse></problem>";
    assert_eq!(verdict(olx, text("choice_0")), ('c', None));
    assert_eq!(verdict(olx, text("choice_1")), ('c', None));
}

#[test]
fn dropdowns_compare_exactly_and_name_the_variable_that_says_the_same() {
    let olx = "<problem><optionresponse><optioninput options=\"('1','a b','it\\'s','$seed')\" correct='a b'/>\
        </optionresponse></problem>";
    assert_eq!(verdict(olx, text("a b")), ('c', None));
    for wrong in ["a  b", " a b", "A b", ""] {
        assert_eq!(verdict(olx, text(wrong)), ('i', None), "{wrong:?}");
    }
    for (answer, variable) in
        [("1", "$seed"), ("", "$script_code"), ("[]", "$python_path"), ("None", "$extra_files")]
    {
        assert_eq!(entry(olx, text(answer)).answervariable.as_deref(), Some(variable));
    }
    assert_eq!(entry(olx, None).answervariable, None);
    let seed = olx.replace("correct='a b'", "correct='$seed'");
    assert_eq!(verdict(&seed, text("1")), ('c', None));
}

#[test]
fn hints_of_dropdowns_are_for_the_first() {
    let input = |right: &str| {
        format!(
            "<optioninput><option correct='{right}'> a <optionhint label='L'>why a</optionhint></option>\
             <option correct='false'>b<optionhint/></option></optioninput>"
        )
    };
    let olx =
        format!("<problem><optionresponse>{}{}</optionresponse></problem>", input("True"), input("true"));
    let answers: Answers = [("2_1", text("a")), ("2_2", text("a"))]
        .into_iter()
        .filter_map(|(id, value)| Some((id, value?)))
        .collect();
    let graded = compile(&olx).instance(1, "p").grade(&answers).expect("graded");
    let messages: Vec<&str> = graded.correct_map.iter().map(|(_, entry)| entry.msg.as_str()).collect();
    assert!(
        messages[0].contains("feedback-hint-correct") && messages[0].contains("L </span>"),
        "{messages:?}"
    );
    assert_eq!(messages[1], "");
    assert_eq!(message(&olx, "b"), "");
    let reworded = message(&olx.replace("'True'", "'no'"), "a");
    assert!(reworded.contains("feedback-hint-incorrect"), "{reworded}");
}

fn line(attributes: &str, inside: &str) -> String {
    format!("<problem><stringresponse {attributes}>{inside}<textline/></stringresponse></problem>")
}

#[test]
fn texts_are_trimmed_and_compared() {
    for (attributes, inside, given, right) in [
        ("answer=' Paris '", "", "\u{a0}Paris\u{2003}", true),
        ("answer='Paris'", "", "paris", false),
        ("answer='straße' type='ci'", "", "STRASSE", false),
        ("answer='STRAẞE' type='CI'", "", "straße", true),
        ("answer='İzmir' type='ci'", "", "i\u{307}zmir", true),
        ("answer='a' type='ci  regexp'", "", "A", true),
        ("answer='a' type='ci,regexp'", "", "A", false),
        ("answer=''", "", "", false),
        ("answer='' type='regexp'", "", "   ", false),
        ("answer='a'", "<additional_answer>  b </additional_answer>", "b", true),
        ("answer='a'", "<additional_answer answer='c'>b</additional_answer>", "b", false),
        ("answer='$seed'", "<additional_answer answer='n$seed'/>", "n1", true),
        ("answer='a_or_b'", "<additional_answer answer='c'/>", "c", false),
        ("answer='a _or_ b'", "", "b", true),
        ("answer='a_OR_b'", "", "b", false),
        ("answer='a_OR_b'", "", "a_OR_b", true),
        ("answer='.+_or_b' type='regexp'", "", "xyz", false),
        // The anchors belong to the first and to the last answer only.
        ("answer='ab' type='regexp'", "<additional_answer answer='cd'/>", "abx", true),
        ("answer='ab' type='regexp'", "<additional_answer answer='cd'/>", "xcd", true),
        ("answer='ab' type='regexp'", "<additional_answer answer='cd'/>", "xab", false),
        ("answer='(?P&lt;q&gt;.)(?P=q)' type='regexp'", "", "ßß", true),
        ("answer='(?i:x)y' type='regexp'", "", "Xy", true),
    ] {
        let expected = if right { 'c' } else { 'i' };
        assert_eq!(verdict(&line(attributes, inside), text(given)).0, expected, "{attributes} {given:?}");
    }
    let refused =
        |attributes: &str, given: &str| grade(&line(attributes, ""), text(given)).expect_err(attributes);
    assert_eq!(
        refused("answer='(?i)x' type='regexp'", "x"),
        CapaError::Response(
            "[courseware.capa.responsetypes.stringresponse] error: \
             global flags not at the start of the expression at position 1"
                .into()
        )
    );
    let slow = refused(r"answer='(?=a)(a+)+\1' type='regexp'", &format!("{}!", "a".repeat(60)));
    assert!(matches!(slow, CapaError::Response(reason) if reason.contains("too many steps")));
    assert!(matches!(refused("answer='a' type='regexp'", &"a".repeat(30_000)), CapaError::Response(_)));
}

#[test]
fn hints_of_texts_stop_at_the_first_that_matches() {
    let olx = line(
        "answer='yes' type='ci'",
        "<correcthint>right</correcthint><additional_answer answer='si'><correcthint>also</correcthint>\
         </additional_answer><additional_answer answer='oui'/><stringequalhint answer='No'>no</stringequalhint>\
         <stringequalhint answer='n.'>dot</stringequalhint><regexphint answer='n.'>n</regexphint>\
         <regexphint answer='('>bad</regexphint><regexphint answer='maybe|no.*'>late</regexphint>",
    );
    for (given, expected, correct) in [
        ("YES", "right", true),
        ("Si", "also", true),
        ("no", "no", false),
        ("n.", "dot", false),
        ("ny", "n", false),
        ("maybe so", "late", false),
    ] {
        let message = message(&olx, given);
        assert!(
            message.contains(&format!("<div class=\"hint-text\">{expected}</div>")),
            "{given}: {message}"
        );
        assert_eq!(message.contains("feedback-hint-correct"), correct, "{given}");
    }
    for silent in ["oui", "yes ", "x", ""] {
        assert_eq!(message(&olx, silent), "", "{silent:?}");
    }
    // The old way to write alternatives is taken for one text here, and never for a pattern.
    let legacy = line("answer='a_or_.*' type='regexp'", "<correcthint>right</correcthint>");
    assert_eq!(message(&legacy, "a_or_b"), "");
    assert!(message(&legacy, "a_or_.*").contains("right"));
}

#[test]
fn hints_of_a_group_go_to_the_last_input_in_its_mode() {
    let olx = line(
        "answer='a'",
        "<correcthint>not said</correcthint><hintgroup mode='on_request'>\
         <stringhint name='one' answer='b'/><stringhint name='any' type='regexp' answer='[bc]'/>\
         <hintpart on='any'><text>first</text></hintpart><hintpart on='one'><text>second</text></hintpart></hintgroup>",
    );
    for (given, hint) in [("b", "second"), ("c", "first"), (" c ", "first"), ("a", ""), ("", "")] {
        let entry = entry(&olx, text(given));
        assert_eq!((entry.hint.as_str(), entry.msg.as_str()), (hint, ""), "{given}");
        assert_eq!(entry.hintmode.is_some(), !hint.is_empty(), "{given}");
    }
}

#[test]
fn problems_the_reference_does_not_load_are_not_loaded() {
    let group = "<choicegroup><choice correct='true'>a</choice></choicegroup>";
    for (inside, message) in [
        (
            format!("<stringresponse answer='a'>{group}</stringresponse>"),
            "stringresponse: cannot have input field choicegroup",
        ),
        (
            format!("<multiplechoiceresponse>{group}{group}</multiplechoiceresponse>"),
            "multiplechoiceresponse: cannot have more than 1 input fields",
        ),
        (
            "<stringresponse><textline/></stringresponse>".into(),
            "stringresponse missing required attribute answer",
        ),
        ("<choiceresponse></choiceresponse>".into(), "no input"),
        ("<p><optioninput options=\"('a')\"/></p>".into(), "outside any response"),
        (
            "<multiplechoiceresponse><choicegroup><choice>a</choice></choicegroup></multiplechoiceresponse>"
                .into(),
            "correct",
        ),
        (
            format!(
                "<multiplechoiceresponse>{}</multiplechoiceresponse>",
                group.replace("<choice ", "<p/><choice ")
            ),
            "Expected a <choice>",
        ),
        ("<stringresponse answer='a'><textline points='many'/></stringresponse>".into(), "points"),
        ("<optionresponse><optioninput><option>a</option></optioninput></optionresponse>".into(), "correct"),
        ("<optionresponse><optioninput options=\"('a)\"/></optionresponse>".into(), "No closing quotation"),
    ] {
        let error = Problem::compile(&format!("<problem>\n{inside}</problem>"), &Hooks::NONE).map(drop);
        let error = error.expect_err(&inside);
        assert!(error.to_string().contains(message), "{error}: {inside}");
        let told = matches!(error, CapaError::LoncapaProblem(_));
        assert_eq!(told, message.contains("response:") || message.contains("missing"), "{error:?}");
        assert_eq!(told, error.to_string().ends_with("\nSee XML source line 2"), "{error}");
    }
}
