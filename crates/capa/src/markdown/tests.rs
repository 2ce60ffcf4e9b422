//! What each piece of the syntax becomes, and that the way back leads to the same problem.

use olx::{Document, Limits};
use proptest::prelude::*;

use super::{
    BackError, MAX_BYTES, MarkdownError, NO_QUESTION, NOT_WELL_FORMED, SEVERAL_QUESTIONS, from_olx,
    obstacle_codes, to_olx,
};

fn olx(markdown: &str) -> String {
    to_olx(markdown).expect("short enough").olx
}

/// Returns what is between the tags of the problem.
fn inside(markdown: &str) -> String {
    let olx = olx(markdown);
    let inner = olx.strip_prefix("<problem>\n").and_then(|rest| rest.strip_suffix("</problem>"));
    inner.expect("a problem").trim_matches('\n').to_owned()
}

fn obstacles(olx: &str) -> Vec<(&'static str, String, u32)> {
    match from_olx(olx) {
        Err(BackError::Inexpressible(obstacles)) => {
            obstacles.into_iter().map(|obstacle| (obstacle.code, obstacle.element, obstacle.line)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn moves_label_description_and_explanation_into_the_only_response() {
    let markdown = "Read on.\n\n>>Which one?||Take your time.<<\n(x) this {{Yes:: it is}}\n( ) that\n\n\
                    [explanation]\nBecause.\n[explanation]\n";
    let expected = "<multiplechoiceresponse>\n  <p>Read on.</p>\n<label>Which one?</label>\n\
        <description>Take your time.</description>\n<choicegroup type=\"MultipleChoice\">\n    \
        <choice correct=\"true\">this <choicehint label=\"Yes\">it is</choicehint>\n</choice>\n    \
        <choice correct=\"false\">that</choice>\n  </choicegroup>\n<solution>\n\
        <div class=\"detailed-solution\">\n<p>Explanation</p>\n\n<p>Because.</p>\n\n</div>\n</solution>\n\
        </multiplechoiceresponse>";
    assert_eq!(inside(markdown), expected);
}

#[test]
fn marks_of_a_choice_may_come_in_any_order() {
    let choices = inside("(!x) a\n(X@) b\n(@ ) c\n() d\n");
    for expected in [
        "<choicegroup type=\"MultipleChoice\" shuffle=\"true\">",
        "<choice correct=\"true\">a<",
        "<choice correct=\"true\" fixed=\"true\">b<",
        "<choice correct=\"false\" fixed=\"true\">c<",
        "<choice correct=\"false\">d<",
    ] {
        assert!(choices.contains(expected), "{expected} in {choices}");
    }
    assert_eq!(inside("(four) words"), "<p>(four) words</p>");
}

#[test]
fn feedback_of_checkboxes_is_told_apart_and_compounds_go_into_the_group() {
    let boxes =
        inside("[x] a {{ U: no }, { Selected: Good:: yes }}\n[ ] b \n\n{{ ((A B)) both }}\n{{((A))one}}\n");
    for expected in [
        "a\n      <choicehint selected=\"true\" label=\"Good\">yes</choicehint>\n      \
         <choicehint selected=\"false\">no</choicehint>\n</choice>",
        "<choice correct=\"false\">b </choice>\n    <compoundhint value=\"A B\">both</compoundhint>\n    \
         <compoundhint value=\"A\">one</compoundhint>\n  </checkboxgroup>",
    ] {
        assert!(boxes.contains(expected), "{expected} in {boxes}");
    }
}

#[test]
fn dropdowns_are_written_on_one_line_or_on_many() {
    let inline = inside("[[one, (two), (three)]]");
    assert_eq!(
        inline,
        "<optionresponse>\n  <optioninput options=\"('one','two','three')\" correct=\"two\"/>\n</optionresponse>"
    );
    let lines = inside("[[\n  one {{no}}\n\n  ((two))\n]]");
    assert!(
        lines.contains("<option correct=\"False\">one <optionhint>no</optionhint>\n</option>"),
        "{lines}"
    );
    assert!(lines.contains("<option correct=\"True\">(two)</option>"), "{lines}");
}

#[test]
fn numbers_expressions_and_ranges_are_numerical_and_the_rest_is_text() {
    for (answer, expected) in [
        ("= 5", "<numericalresponse answer=\"5\">"),
        ("=-2.5e3", "<numericalresponse answer=\"-2.5e3\">"),
        ("= 2 * 3", "<numericalresponse answer=\"2*3\">"),
        ("= (1, 2]", "<numericalresponse answer=\"(1, 2]\">"),
        ("= 10*i", "<stringresponse answer=\"10*i\" type=\"ci\">"),
        ("= [1,2] {{yes}}", "<stringresponse answer=\"[1,2]\" type=\"ci\">"),
        ("s= 5", "<stringresponse answer=\"5\" type=\"ci\">"),
        ("= |a|b", "<stringresponse answer=\"a|b\" type=\"ci regexp\">"),
    ] {
        assert!(inside(answer).starts_with(expected), "{answer}: {}", inside(answer));
    }
}

#[test]
fn tolerance_and_plain_numbers_belong_to_a_numerical_answer() {
    let expected = "<numericalresponse answer=\"5\">\n  <responseparam type=\"tolerance\" default=\"1%\"/>\n  \
        <additional_answer answer=\"7\"><correcthint>also</correcthint>\n</additional_answer>\n  \
        <formulaequationinput/>\n  <correcthint>right</correcthint>\n</numericalresponse>";
    assert_eq!(inside("= 5 +- 1% {{right}}\nor= 7 {{also}}\nor= 2*4\nor= [1,2]\nnot= 3"), expected);
}

#[test]
fn answers_in_text_keep_their_order() {
    let expected = "<stringresponse answer=\"Paris\" type=\"ci\">\n  <correcthint>right</correcthint>\n  \
        <stringequalhint answer=\"Nice\"/>\n  <additional_answer answer=\"Lutetia\"/>\n  \
        <textline size=\"20\"/>\n</stringresponse>";
    assert_eq!(inside("= Paris {{right}}\nnot= Nice\n\nor= Lutetia"), expected);
}

#[test]
fn questions_are_kept_apart_and_hints_are_collected() {
    let both = olx("= 1\n||first||\n\n---\n= 2\n\n|| second ||\n");
    assert!(both.contains("</numericalresponse>\n\n<numericalresponse answer=\"2\">"), "{both}");
    assert!(both.ends_with(
        "</numericalresponse>\n<demandhint>\n  <hint>first</hint>\n  <hint>second</hint>\n</demandhint>\n</problem>"
    ));
}

#[test]
fn text_becomes_paragraphs_but_markup_code_and_headings_do_not() {
    let markdown = "Title\n=====\nWords\n<hr/>\n[code]\nx < 1\n[/code]\n";
    let expected = "<h3 class=\"hd hd-2 problem-header\">Title</h3>\n<p>Words</p>\n<hr/>\n\
        <pre><code>x < 1\n</code></pre>";
    assert_eq!(inside(markdown), expected);
}

#[test]
fn lines_from_windows_are_lines() {
    assert_eq!(olx(">>a<<\r\n\r\n(x) b\r\n( ) c\r\n"), olx(">>a<<\n\n(x) b\n( ) c\n"));
}

#[test]
fn what_is_not_finished_stays_text() {
    for markdown in
        ["", "\n", ">>label", "[[a, b", "[explanation]\nx", "{{feedback", "---", "||", "=", "s=", "or= 3"]
    {
        let converted = to_olx(markdown).expect("short enough");
        assert!(
            Document::parse(&converted.olx, &Limits::default()).is_ok(),
            "{markdown:?}: {}",
            converted.olx
        );
    }
}

#[test]
fn notices_say_at_which_line_something_looks_wrong() {
    let codes = |markdown: &str| -> Vec<(&str, u32)> {
        let notices = to_olx(markdown).expect("short enough").notices;
        notices.iter().map(|notice| (notice.code, notice.line)).collect()
    };
    assert_eq!(codes("= 1\n"), []);
    assert_eq!(codes("= 1\n\n---\n\nonly words"), [(NO_QUESTION, 5)]);
    assert_eq!(codes("= 1\n---\n= 2\n(x) a\n"), [(SEVERAL_QUESTIONS, 3)]);
    assert_eq!(codes("(x) R&D\n"), [(NOT_WELL_FORMED, 1)]);
    assert_eq!(codes("= 1\n||a < b||\n"), [(NOT_WELL_FORMED, 1)]);
}

#[test]
fn a_text_of_any_shape_is_read_and_one_that_is_too_long_is_not() {
    let repeated = |piece: &str| piece.repeat(MAX_BYTES / 16 / piece.len());
    for piece in [
        "[[", "{{", ">>", "<pre", "[code]", "(x\n", "= 1\n", "[x] {{a", "||a\n", "\n", " \n", "{{((",
        "a\n==\n",
    ] {
        let text = repeated(piece);
        assert!(to_olx(&text).is_ok(), "{piece}");
    }
    let bytes = MAX_BYTES + 1;
    assert_eq!(to_olx(&"x".repeat(bytes)), Err(MarkdownError::TooLong { bytes }));
    assert_eq!(from_olx(&" ".repeat(bytes)), Err(BackError::TooLong { bytes }));
}

#[test]
fn the_way_back_leads_to_the_same_problem() {
    for markdown in [
        ">>Which?||One only<<\n\n(!) a {{No:: not a}}\n(x) <b>b</b> &amp; c\n(@) d\n\n[explanation]\nBecause.\n[explanation]\n",
        "Intro with <em>words</em>.\n\n[x] a {{ selected: yes }, { unselected: no }}\n[ ] b\n{{ ((A B)) both }}\n\n||hint||\n",
        "Title\n=====\n>>Pick<<\n\n[[\na {{no}}\n(b)\n]]\n",
        ">>Pick<<\n\n[[a, (b), c]]\n\nLater words.\n",
        ">>Sum<<\n\n= 5 +- 1% {{right}}\nor= 7\n",
        "= (1, 2]\n",
        "s= 100 {{a number as text}}\nor= 200\nnot= 300 {{no}}\n",
        "= |colou?r\n\n[code]\nlet x = 1;\n[code]\n",
        "= 1\n\n---\n>>Next<<\n\n(x) a\n( ) b\n",
        ">>(a)<<\n= 1\n\n>>(b)<<\n= 2\n",
        "<ul>\n  <li>one</li>\n</ul>\n\n= 1 &lt; 2\n",
    ] {
        let first = olx(markdown);
        let back = from_olx(&first).unwrap_or_else(|error| panic!("{markdown}: {error:?}"));
        let tree = |olx: &str| {
            let document = Document::parse(olx, &Limits::default()).expect("well-formed");
            document.root.outer_xml().lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(tree(&olx(&back)), tree(&first), "{markdown}\n{back}");
    }
}

#[test]
fn problems_from_elsewhere_that_say_the_same_can_be_written() {
    let problem = "<problem display_name='P' max_attempts='2'>\n  <p>Intro</p>\n  <multiplechoiceresponse>\n\
        <choicegroup type='MultipleChoice'><choice correct='true'>a\n   long one</choice>\
        <choice correct='false'>b</choice></choicegroup></multiplechoiceresponse></problem>";
    assert_eq!(from_olx(problem).as_deref(), Ok("Intro\n\n(x) a long one\n( ) b\n"));
}

#[test]
fn says_which_element_and_attribute_the_text_cannot_say() {
    use obstacle_codes::{ATTRIBUTE, ELEMENT, READS_DIFFERENTLY, TEXT};
    let own = |code, element: &str, line| (code, element.to_owned(), line);
    assert_eq!(
        obstacles("<problem>\n<customresponse cfn='f'><textline/></customresponse></problem>"),
        [own(ELEMENT, "customresponse", 2)]
    );
    assert_eq!(
        obstacles(
            "<problem><choiceresponse partial_credit='edc'>\n<checkboxgroup><choice correct='true'>a</choice></checkboxgroup></choiceresponse></problem>"
        ),
        [own(ATTRIBUTE, "choiceresponse", 1)]
    );
    assert_eq!(
        obstacles(
            "<problem>words<numericalresponse answer='1'><formulaequationinput/></numericalresponse></problem>"
        ),
        [own(TEXT, "problem", 1)]
    );
    assert_eq!(
        obstacles("<problem>\n<p>(x) is no choice</p>\n<numericalresponse answer='1'><formulaequationinput/></numericalresponse></problem>")[0].0,
        READS_DIFFERENTLY
    );
    assert_eq!(
        obstacles(
            "<problem><stringresponse answer='a' type='cs'><textline size='20'/></stringresponse></problem>"
        )[0]
        .0,
        READS_DIFFERENTLY
    );
    assert_eq!(from_olx("<html/>"), Err(BackError::NoProblem("html".to_owned())));
    assert!(matches!(from_olx("<problem>&nbsp;</problem>"), Err(BackError::Malformed(_))));
}

fn piece() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 37] = [
        "\n",
        "\n\n",
        "\n---\n",
        ">>",
        "||",
        "<<",
        "(x) ",
        "( ) ",
        "(!@x) ",
        "[x] ",
        "[ ] ",
        "{{",
        "}}",
        "::",
        "{{ selected: a }, { unselected: b }}",
        "{{ ((A B)) c }}",
        "[[",
        "]]",
        ", ",
        "(b)",
        "= ",
        "s= ",
        "or= ",
        "not= ",
        "+- 1",
        "[explanation]\n",
        "[code]\n",
        "=====\n",
        "<p>",
        "</p>",
        "<br/>",
        "&",
        "&amp;",
        "\"",
        "5",
        "word ",
        "é ",
    ];
    prop_oneof![9 => prop::sample::select(&KNOWN[..]).prop_map(str::to_owned), 1 => ".{0,4}"]
}

proptest! {
    #[test]
    fn whatever_converts_and_can_be_written_back_is_the_same_problem(pieces in prop::collection::vec(piece(), 0..24)) {
        let first = olx(&pieces.concat());
        // A problem that cannot be written says so; one that is written is checked to be the same before it is returned.
        if let Ok(markdown) = from_olx(&first) {
            let again = from_olx(&olx(&markdown));
            prop_assert!(again.is_ok(), "{markdown}: {again:?}");
        }
    }
}
