//! Content and answers made to bring a server down: the page stays up, and authors are told.

use actix_web::http::Method;
use learning_context::Role;
use serde_json::{Value, json};

use crate::{
    app::{Answer, BLOCKS, TestApp, Who, attributes, count, text},
    content::{INTRO, LIBRARY, choice},
};

const LEARNER: Who = Who::Learner(7);

fn nested(open: &str, close: &str, times: usize) -> String {
    format!("{}x{}", open.repeat(times), close.repeat(times))
}

#[actix_web::test]
async fn what_authors_write_as_html_is_kept_and_shown() {
    let app = TestApp::new().await;
    app.role(LIBRARY, Role::Author).await;
    for data in [
        "a ]]> b <![CDATA[ c",
        "<p>&nbsp;&bogus;&#1;&amp;</p>",
        "<div><p>never closed <b",
        "<script>if (a < b && c) { d(\"</p>\") }</script>",
        "line\r\nline\ttab 💡 \u{202e}",
        "<!DOCTYPE x [<!ENTITY a \"b\">]><?xml version=\"1.0\"?>",
        &nested("<div>", "</div>", 20_000),
        &nested("\\( {", "} \\)", 5_000),
        &format!("\\({}\\)", nested("\\frac{1}{", "}", 5_000)),
        &format!("[mathjax]{}[/mathjax]", nested("\\sqrt{", "}", 5_000)),
        &format!("\\({}\\)", "x_".repeat(20_000)),
        &"\\(".repeat(20_000),
        &"[mathjaxinline]".repeat(5_000),
        &"/static/".repeat(20_000),
        &"<img src='/static/".repeat(10_000),
        &"%%USER_ID%%".repeat(1_000),
    ] {
        let name: String = data.chars().take(40).collect();
        let path = format!("{BLOCKS}{INTRO}/fields/");
        let save = app.studio(Method::POST, &path).by(Who::Author).json(&json!({"data": data}));
        save.send().await.is(200);
        let read = app.get_studio(&path, Who::Author).await.is(200).json();
        // The one change is that of xblock-core §5: a CDATA section cannot hold its own end.
        let kept = read["data"].as_str().unwrap().to_owned();
        let expected = data.replace("]]>", "]]&gt;");
        assert!(kept == expected || kept == expected.replace("\r\n", "\n"), "{name}: {kept:.200}");
        let view = app.get_studio(&format!("{BLOCKS}{INTRO}/view/student_view/"), Who::Author).await;
        assert_eq!(view.status, 200, "{name}: {}", view.text());
        app.get_studio(&format!("/units/{INTRO}"), Who::Author).await.is(200);
    }
}

/// Publishes a problem and submits an answer to it.
async fn answered(app: &TestApp, id: &str, olx: &str, answer: &str) -> Answer {
    let key = format!("lib:O:{id}");
    app.context(&key, true, &[("problem/p/definition.xml", olx)]).await;
    let usage = format!("lb:O:{id}:problem:p");
    app.get(&format!("{BLOCKS}{usage}/view/student_view/"), LEARNER).await.is(200);
    let path = app.handler(&usage, "7", "xmodule_handler/problem_check");
    let answer = app.learn(Method::POST, &path).form(&[(&format!("input_{usage}_2_1"), answer)]).send().await;
    app.get(&format!("{BLOCKS}{usage}/view/student_view/"), LEARNER).await.is(200);
    answer
}

#[actix_web::test]
async fn no_answer_of_a_learner_brings_the_server_down() {
    let app = TestApp::empty().await;
    let number = |answer: &str| {
        format!(
            "<problem><numericalresponse answer=\"{answer}\"><formulaequationinput/></numericalresponse></problem>"
        )
    };
    let pattern = |pattern: &str| {
        format!(
            "<problem><stringresponse answer=\"{pattern}\" type=\"regexp\"><textline/></stringresponse></problem>"
        )
    };
    let deep = nested("(", ")", 20_000);
    let signs = format!("{}1", "-".repeat(50_000));
    let powers = format!("2{}", "^2".repeat(20_000));
    let calls = nested("sin(", ")", 10_000);
    let long = "a".repeat(50_000);
    for (number_of, (olx, answer)) in [
        (number("3"), &*deep),
        (number("3"), &signs),
        (number("3"), &powers),
        (number("3"), &calls),
        (number("3"), "9^9^9^9^9"),
        (number("3"), "1/0"),
        (number("3"), "1e999999999999"),
        (number("3"), "\u{0}"),
        (number("3"), "∞ + 💡"),
        (number("3"), "3\u{661}"),
        (number("[1,"), "3"),
        (pattern("(a+)+$"), &format!("{long}b")),
        (pattern("(a|aa)*(?=b)c"), &long),
        (pattern("((((((a{99}){99}){99}){99}){99})"), "a"),
        (pattern("(?&lt;x"), "a"),
        (pattern(&nested("(", ")", 5_000)), "x"),
        (choice(""), &long),
    ]
    .into_iter()
    .enumerate()
    {
        let name: String = answer.chars().take(30).collect();
        let checked = answered(&app, &format!("n{number_of}"), &olx, answer).await;
        assert_eq!(checked.status, 200, "{number_of} {name}: {}", checked.text());
        let told = checked.json();
        let told = told["success"].as_str().unwrap();
        assert!(told != "correct" && told.len() < answer.len() + 2_000, "{number_of} {name}: {told:.300}");
    }
    // A range without bounds: the fault is in the problem, whatever the answer is.
    answered(&app, "range", &number(&nested("(", ")", 5_000)), "3").await.is(422);
}

#[actix_web::test]
async fn problems_that_cannot_be_read_leave_their_page_up() {
    let app = TestApp::empty().await;
    let broken = [
        ("a", "<problem><multiplechoiceresponse><choicegroup/></multiplechoiceresponse></problem>"),
        ("b", "<problem><multiplechoiceresponse/></problem>"),
        ("c", "<problem><customresponse cfn=\"f\"><textline/></customresponse></problem>"),
        ("d", "<problem max_attempts=\"many\" weight=\"x\" due=\"yesterday\"><p>Text</p></problem>"),
        ("e", "<problem"),
        ("f", ""),
        ("g", "<html/>"),
        ("h", "\u{feff}<problem/>"),
        (
            "i",
            "<problem><optionresponse><optioninput options=\"('a'\" correct=\"b\"/></optionresponse></problem>",
        ),
    ];
    let mut files: Vec<_> =
        broken.iter().map(|(id, olx)| (format!("problem/{id}/definition.xml"), (*olx).to_owned())).collect();
    let includes: String =
        broken.iter().map(|(id, _)| format!("<xblock-include definition=\"problem/{id}\"/>")).collect();
    files.push(("problem/z/definition.xml".to_owned(), choice("display_name=\"Good\"")));
    let unit = format!("<unit>{includes}<xblock-include definition=\"problem/z\"/></unit>");
    files.push(("unit/u/definition.xml".to_owned(), unit));
    let files: Vec<_> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    app.context("lib:O:broken", true, &files).await;
    for page in ["/units/lb:O:broken:unit:u", "/xblocks/v2/lb:O:broken:unit:u/embed/student_view/"] {
        let html = app.get(page, LEARNER).await.is(200).html();
        assert_eq!(
            count(&html, "[data-usage='lb:O:broken:problem:z'] input[type=radio]"),
            2,
            "the good one works"
        );
    }
    for (id, _) in broken {
        let usage = format!("lb:O:broken:problem:{id}");
        let metadata = format!("{BLOCKS}{usage}/?include=index_dictionary,student_view_data,children");
        let answer = app.get(&metadata, LEARNER).await;
        assert!(answer.status < 500, "{id}: {}", answer.text());
        let olx = app.get(&format!("{BLOCKS}{usage}/olx/"), Who::Staff).await.is(200);
        assert!(olx.json()["olx"].is_string(), "authors see what they wrote");
        let path = app.handler(&usage, "7", "xmodule_handler/problem_check");
        let answer = app.learn(Method::POST, &path).form(&[]).send().await;
        assert!(answer.body.len() < 20_000, "{id}");
    }
}

#[actix_web::test]
async fn odd_containers_and_references_leave_their_page_up() {
    let app = TestApp::new().await;
    let library = [
        (
            "unit/self/definition.xml",
            "<unit><xblock-include definition=\"unit/self\"/><xblock-include definition=\"html/a\"/></unit>",
        ),
        ("unit/one/definition.xml", "<unit><xblock-include definition=\"unit/two\"/></unit>"),
        ("unit/two/definition.xml", "<unit><xblock-include definition=\"unit/one\"/></unit>"),
        (
            "unit/lost/definition.xml",
            "<unit><xblock-include definition=\"html/none\"/><xblock-include definition=\"../../x\"/>\
             <xblock-include/><xblock-include source=\"no\" definition=\"html/a\"/></unit>",
        ),
        ("nonsense/x/definition.xml", "<nonsense a=\"b\"><c/></nonsense>"),
        ("html/a/definition.xml", "<html>A</html>"),
    ];
    app.context("lib:O:odd", true, &library).await;
    for id in ["unit:self", "unit:one", "unit:two", "unit:lost", "nonsense:x"] {
        app.get(&format!("/units/lb:O:odd:{id}"), LEARNER).await.is(200);
    }

    let deep = nested("[", "]", 5_000);
    let references = [
        "library_key=\"nonsense\"".to_owned(),
        "library_key=\"course-v1:Org1+C1+2026\" library_version=\"1\"".to_owned(),
        format!("library_key=\"{LIBRARY}\""),
        format!("library_key=\"{LIBRARY}\" library_version=\"99\""),
        format!("library_key=\"{LIBRARY}\" library_version=\"x\""),
        format!("library_key=\"{LIBRARY}\" library_version=\"1\" count=\"999999999999999999999\""),
        format!("library_key=\"{LIBRARY}\" library_version=\"1\" count=\"-7\""),
        format!("library_key=\"{LIBRARY}\" library_version=\"1\" blocks=\"{deep}\""),
        format!("library_key=\"{LIBRARY}\" library_version=\"1\" field_overrides=\"{deep}\""),
        format!(
            "library_key=\"{LIBRARY}\" library_version=\"1\" field_overrides='{{\"max_attempts\": \"no\"}}'"
        ),
        String::new(),
    ];
    let units: String = (0..references.len()).map(|i| format!("<vertical url_name=\"v{i}\"/>")).collect();
    let course = format!(
        "<course><chapter url_name=\"c\"><sequential url_name=\"s\">{units}<vertical url_name=\"gone\"/>\
         <vertical url_name=\"bad\"/></sequential></chapter></course>"
    );
    let mut files = vec![
        ("course.xml".to_owned(), "<course url_name=\"r\" org=\"O\" course=\"odd\"/>".to_owned()),
        ("course/r.xml".to_owned(), course),
        ("vertical/bad.xml".to_owned(), "<vertical><html>".to_owned()),
    ];
    for (i, attributes) in references.iter().enumerate() {
        for tag in ["lib_ref", "random_lib_ref"] {
            let olx = format!(
                "<vertical><html url_name=\"w{i}\">Words</html><{tag} url_name=\"r{i}\" {attributes}/></vertical>"
            );
            files.retain(|(path, _)| *path != format!("vertical/v{i}.xml"));
            files.push((format!("vertical/v{i}.xml"), olx));
        }
    }
    let files: Vec<_> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    app.context("course-v1:O+odd+r", false, &files).await;
    let blocks =
        app.get("/api/exedra/v1/contexts/course-v1:O+odd+r/blocks/", Who::Staff).await.is(200).json();
    let usages: Vec<_> = blocks["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b["usage_key"].as_str().unwrap().to_owned())
        .collect();
    assert!(blocks["problems"].as_array().is_some_and(|problems| !problems.is_empty()), "{blocks}");
    for usage in usages {
        for answer in [
            app.get(&format!("/units/{usage}"), LEARNER).await,
            app.get_studio(&format!("/units/{usage}"), Who::Staff).await,
            app.get(&format!("/api/exedra/v1/units/{usage}/?view=author"), Who::Staff).await,
        ] {
            assert_eq!(answer.status, 200, "{usage}: {}", answer.text());
        }
        if usage.contains("@vertical") && !usage.ends_with("@bad") && !usage.ends_with("@gone") {
            let page = app.get(&format!("/units/{usage}"), LEARNER).await.html();
            assert!(text(&page, "main").contains("Words"), "{usage}");
        }
    }
}

#[actix_web::test]
async fn titles_and_answers_are_escaped_wherever_they_appear() {
    let app = TestApp::empty().await;
    let evil = "\"'><script>alert(1)</script>&lt;";
    let attribute = "&quot;&apos;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;";
    let text_problem = format!(
        "<problem display_name=\"{attribute}\"><stringresponse answer=\"a\"><textline label=\"{attribute}\"/></stringresponse></problem>"
    );
    let unit =
        format!("<unit display_name=\"{attribute}\"><xblock-include definition=\"problem/p\"/></unit>");
    let files = [("problem/p/definition.xml", &*text_problem), ("unit/u/definition.xml", &unit)];
    app.context("lib:O:evil", true, &files).await;
    let usage = "lb:O:evil:problem:p";
    let path = app.handler(usage, "7", "xmodule_handler/problem_check");
    app.learn(Method::POST, &path).form(&[(&format!("input_{usage}_2_1"), evil)]).send().await.is(200);
    for page in [
        "/units/lb:O:evil:unit:u",
        "/xblocks/v2/lb:O:evil:unit:u/embed/student_view/?show_title=true",
        "/contexts/lib:O:evil",
    ] {
        let answer = app.get(page, LEARNER).await.is(200);
        assert!(!answer.text().contains("<script>alert(1)"), "{page}");
        assert!(text(&answer.html(), "body").contains(evil), "{page}: it is shown as it is");
    }
    let page = app.get("/units/lb:O:evil:unit:u", LEARNER).await.html();
    assert_eq!(attributes(&page, "input[type=text]", "value"), [evil]);
    let fragment = app.get(&format!("{BLOCKS}{usage}/view/student_view/"), LEARNER).await.is(200);
    let title: Value = fragment.json()["display_name"].clone();
    assert_eq!(title, evil);
}

#[actix_web::test]
async fn blocks_included_many_times_over_are_looked_at_once() {
    let app = TestApp::empty().await;
    // Each of eight rows includes all units of the next: there are more than a thousand million ways down.
    let mut files = Vec::new();
    for row in 0..8 {
        let below: String =
            (0..20).map(|n| format!("<xblock-include definition=\"unit/r{}n{n}\"/>", row + 1)).collect();
        for n in 0..20 {
            let text = if row == 7 { "<unit/>".to_owned() } else { format!("<unit>{below}</unit>") };
            files.push((format!("unit/r{row}n{n}/definition.xml"), text));
        }
    }
    let files: Vec<_> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    app.context("lib:O:woven", true, &files).await;
    app.get("/units/lb:O:woven:unit:r0n0", LEARNER).await.is(200);
}
