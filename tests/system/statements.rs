//! The number of SQL statements of a request does not depend on the number of blocks.

use actix_web::http::Method;

use crate::{
    app::{BLOCKS, TestApp, Who, count},
    content::choice,
};

const LEARNER: Who = Who::Learner(7);

/// A library with a unit of one block and one of thirty, and a course with references to as many.
async fn units() -> TestApp {
    let app = TestApp::empty().await;
    let problem = choice("");
    let mut files = Vec::new();
    let mut includes = String::new();
    for i in 0..30 {
        files.push((format!("problem/p{i}/definition.xml"), problem.clone()));
        includes.push_str(&format!("<xblock-include definition=\"problem/p{i}\"/>"));
    }
    files.push(("unit/many/definition.xml".to_owned(), format!("<unit>{includes}</unit>")));
    let one = "<unit><xblock-include definition=\"problem/p0\"/></unit>";
    files.push(("unit/one/definition.xml".to_owned(), one.to_owned()));
    let files: Vec<_> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    app.context("lib:O:many", true, &files).await;

    let reference = |count: usize| {
        format!(
            "<vertical><random_lib_ref url_name=\"r{count}\" library_key=\"lib:O:many\" library_version=\"1\" \
             count=\"{count}\" block_types='[\"problem\"]'/></vertical>"
        )
    };
    let course = "<course><chapter url_name=\"c\"><sequential url_name=\"s\"><vertical url_name=\"one\"/>\
                  <vertical url_name=\"many\"/></sequential></chapter></course>";
    let course = [
        ("course.xml", "<course url_name=\"r\" org=\"O\" course=\"C\"/>"),
        ("course/r.xml", course),
        ("vertical/one.xml", &reference(1)),
        ("vertical/many.xml", &reference(30)),
    ];
    app.context("course-v1:O+C+r", false, &course).await;
    app
}

const PAIRS: [(&str, &str); 2] = [
    ("lb:O:many:unit:one", "lb:O:many:unit:many"),
    ("block-v1:O+C+r+type@vertical+block@one", "block-v1:O+C+r+type@vertical+block@many"),
];

#[actix_web::test]
async fn views_of_one_block_and_of_thirty_take_the_same() {
    let app = units().await;
    for (one, many) in PAIRS {
        for (prefix, view) in
            [(BLOCKS, "view/student_view/"), ("/api/exedra/v1/units/", "view/student_view/"), ("/units/", "")]
        {
            let mut counts = Vec::new();
            for (unit, blocks) in [(one, 1), (many, 30)] {
                let path = match view {
                    "" => format!("{prefix}{unit}"),
                    view => format!("{prefix}{unit}/{view}"),
                };
                let ask = || app.learn(Method::GET, &path).by(LEARNER);
                // The first look draws and fills the caches.
                ask().send().await.is(200);
                let (statements, answer) = app.counted(ask()).await;
                let shown = count(&answer.is(200).html(), ".xblock-v1[data-block-type=problem]");
                assert_eq!(shown, blocks, "{path}");
                counts.push(statements);
            }
            assert_eq!(counts[0], counts[1], "{prefix}{one}");
            assert!(counts[0] <= 6, "{} statements for {prefix}{one}", counts[0]);
        }
    }
}

#[actix_web::test]
async fn submissions_in_a_unit_of_one_block_and_of_thirty_take_the_same() {
    let app = units().await;
    for (one, many) in PAIRS {
        let mut counts = Vec::new();
        for unit in [one, many] {
            let view =
                app.get(&format!("/api/exedra/v1/units/{unit}/view/student_view/"), LEARNER).await.is(200);
            let html = view.html();
            let selector = ".xblock-v1[data-block-type=problem]";
            let usage = crate::app::attributes(&html, selector, "data-usage").remove(0);
            let name = crate::app::attributes(&html, "input[type=radio]", "name").remove(0);
            let path = app.handler(&usage, "7", "xmodule_handler/problem_check");
            let ask = |choice| app.learn(Method::POST, &path).form(&[(&*name, choice)]);
            ask("choice_0").send().await.is(200);
            let (statements, answer) = app.counted(ask("choice_1")).await;
            assert_eq!(answer.is(200).json()["success"], "correct");
            counts.push(statements);
        }
        assert_eq!(counts[0], counts[1], "{one}");
        assert!(counts[0] <= 16, "{} statements for {one}", counts[0]);
    }
}

#[actix_web::test]
async fn a_view_that_changes_nothing_writes_nothing() {
    let app = units().await;
    let path = format!("{BLOCKS}{}/view/student_view/", PAIRS[0].1);
    app.get(&path, LEARNER).await.is(200);
    let events = app.events().await.len();
    for _ in 0..3 {
        app.get(&path, LEARNER).await.is(200);
    }
    assert_eq!(app.events().await.len(), events);
    let usages: Vec<_> = (0..30).map(|i| format!("lb:O:many:problem:p{i}")).collect();
    let usages: Vec<_> = usages.iter().map(String::as_str).collect();
    let revisions: Vec<_> = app.state("7", &usages).await.blocks.values().map(|row| row.revision).collect();
    assert!(revisions.iter().all(|revision| *revision <= 1), "{revisions:?}");
}
