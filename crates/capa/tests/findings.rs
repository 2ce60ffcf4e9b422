//! What authors are told about problems that load.

use capa::{Hooks, Problem};

/// Returns code and line of everything found in a problem with this inside from line 2 on.
fn found(inside: &str) -> Vec<(&'static str, u32)> {
    let olx = format!("<problem>\n{inside}</problem>");
    let problem = Problem::compile(&olx, &Hooks::NONE).unwrap_or_else(|error| panic!("{error}: {olx}"));
    problem.faults().iter().map(|fault| (fault.code, fault.position.line)).collect()
}

fn radio(choices: &str) -> String {
    format!("<multiplechoiceresponse><choicegroup>{choices}</choicegroup></multiplechoiceresponse>")
}

fn boxes(choices: &str) -> String {
    format!(
        "<choiceresponse><checkboxgroup><choice correct='true'>a</choice>{choices}</checkboxgroup></choiceresponse>"
    )
}

fn line(attributes: &str, inside: &str) -> String {
    format!("<stringresponse {attributes}>{inside}<textline/></stringresponse>")
}

fn number(attributes: &str, inside: &str) -> String {
    format!("<numericalresponse {attributes}>{inside}<textline/></numericalresponse>")
}

#[test]
fn problems_that_do_not_do_what_they_seem_to_say_are_told_with_their_line() {
    for (inside, code, at) in [
        (radio("<choice correct='yes'>a</choice>"), "no_correct_choice", 2),
        (
            radio("<choice correct='true' name='a'>a</choice>\n<choice correct='false' name='a'>b</choice>"),
            "choice_name_repeated",
            3,
        ),
        (
            radio("<choice correct='true' name='0'>a</choice>\n<choice correct='false'>b</choice>"),
            "choice_name_repeated",
            3,
        ),
        (radio("<choice correct='true'>a\n<choicehint> </choicehint></choice>"), "hint_without_text", 3),
        (boxes("<choice correct='false'>b\n<choicehint>h</choicehint></choice>"), "hint_never_shown", 3),
        (boxes("\n<compoundhint value='A C'>h</compoundhint>"), "hint_never_shown", 3),
        (boxes("").replace("<checkboxgroup", "\n<checkboxgroup points='2'"), "points_out_of_reach", 3),
        (
            boxes("")
                .replace("response>", "response partial_credit='points'>")
                .replace("</choiceresponse partial_credit='points'>", "</choiceresponse>"),
            "partial_credit_unknown",
            2,
        ),
        (
            "<optionresponse>\n<optioninput options=\"('a','b')\" correct='c'/></optionresponse>".into(),
            "answer_not_offered",
            3,
        ),
        (
            "<optionresponse><optioninput><option correct='no'>a</option></optioninput></optionresponse>"
                .into(),
            "no_correct_choice",
            2,
        ),
        ("<optionresponse><p/></optionresponse>".into(), "response_without_input", 2),
        (line("answer='(a' type='regexp'", ""), "regex_invalid", 2),
        (line("answer='a'", "\n<regexphint answer='[b-a]'>h</regexphint>"), "regex_invalid", 3),
        (
            line("answer='a' type='regexp'", "\n<additional_answer answer='(?:a{999}){999}'/>"),
            "regex_unsupported",
            3,
        ),
        (line("answer='a_or_b'", "\n<additional_answer answer='c'/>"), "answer_ignored", 3),
        (line("answer='a' partial_credit='list'", ""), "partial_credit_unknown", 2),
        (line("answer='$word'", ""), "variable_undefined", 2),
        (
            line(
                "answer='a'",
                "<hintgroup><stringhint name='n' answer='b'/>\n<hintpart on='m'><text>t</text></hintpart></hintgroup>",
            ),
            "hint_never_shown",
            3,
        ),
        (
            number("answer='1'", "\n<responseparam type='tolerance' default='2*0.5'/>"),
            "tolerance_unreadable",
            3,
        ),
        (number("answer='2*$x'", ""), "variable_undefined", 2),
        (number("answer='1' partial_credit='list'", ""), "partial_answers_missing", 2),
        (number("answer='1' partial_credit='edc'", ""), "partial_credit_unknown", 2),
    ] {
        assert_eq!(found(&inside), [(code, at)], "{inside}");
    }
}

#[test]
fn problems_that_do_are_left_alone() {
    for inside in [
        radio("<choice correct='TRUE'>a<choicehint label='l'><b/></choicehint></choice>"),
        boxes(
            "<choice correct='false' id='x'>b<choicehint selected='True'>h</choicehint></choice><compoundhint value='a X'>h</compoundhint>",
        ),
        boxes("")
            .replace("<choiceresponse", "<choiceresponse partial_credit='halves'")
            .replace("<checkboxgroup", "<checkboxgroup points='2'"),
        "<optionresponse><optioninput options=\"('a','$5')\" correct='$5'/></optionresponse>".into(),
        line("answer='cost: $x'", ""),
        line("answer='$seed'", ""),
        line(r"answer='^(?P&lt;a&gt;\w)(?=x)' type='ci regexp'", ""),
        line("answer='(a'", ""),
        line("answer='a_or_(b' type='regexp'", ""),
        number(
            "answer='1' partial_credit='list, close'",
            "<responseparam type='tolerance' default=' 5 % '/><responseparam partial_answers='2'/>",
        ),
        number("answer='$seed'", "<responseparam type='tolerance' default='$seed'/>"),
        format!("<script type='loncapa/python'>x = 1</script>{}", number("answer='$x'", "")),
        "<demandhint><hint>h</hint></demandhint>".into(),
    ] {
        assert_eq!(found(&inside), [], "{inside}");
    }
}

#[test]
fn only_so_much_is_told_about_one_problem() {
    assert_eq!(found(&radio("<choice correct='true'>a<choicehint/></choice>").repeat(300)).len(), 100);
}
