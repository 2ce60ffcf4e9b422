//! The learn site on the records of published units: what a process answers that never read the course
//! (unit-composition §2.2).

use actix_web::http::Method;
use blockstore::BundleId;
use compositor::{RECORD_FORMAT, UnitRecord, UnitRecords as _, UnitVersion};
use learning_context::{ContextRecord, ResolvedAt};
use server::runtime::units::{end_publishes, record_units};

use crate::{
    app::{BLOCKS, TestApp, Who, attributes},
    content::choice,
};

const LEARNER: Who = Who::Learner(7);
const COURSE: &str = "course-v1:O+C+r";
const UNITS: [&str; 4] = ["plain", "drawn", "chosen", "last"];

fn unit(id: &str) -> String {
    format!("block-v1:O+C+r+type@vertical+block@{id}")
}

/// A library, and a course with a unit of each kind.
async fn published() -> (TestApp, BundleId) {
    let app = TestApp::empty().await;
    let problem = choice("");
    let picture = "<html display_name=\"Picture\"><![CDATA[<img src=\"/static/l.svg\" alt=\"A\"/>]]></html>";
    let mut files = vec![
        ("html/pic/definition.xml".to_owned(), picture.to_owned()),
        ("html/pic/static/l.svg".to_owned(), "<svg/>".to_owned()),
    ];
    files.extend((0..6).map(|n| (format!("problem/p{n}/definition.xml"), problem.clone())));
    let files: Vec<_> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    app.context("lib:O:L", false, &files).await;
    let plain = format!(
        "<vertical display_name=\"Plain\"><html url_name=\"h\"><img src=\"/static/c.svg\" alt=\"\"/></html>{}</vertical>",
        problem.replace("<problem ", "<problem url_name=\"own\" ")
    );
    let course = [
        ("course.xml", "<course url_name=\"r\" org=\"O\" course=\"C\"/>"),
        (
            "course/r.xml",
            "<course display_name=\"All\"><chapter url_name=\"c\" display_name=\"One\">\
             <sequential url_name=\"s1\" display_name=\"First\"><vertical url_name=\"plain\"/><vertical url_name=\"drawn\"/></sequential>\
             <sequential url_name=\"s2\" display_name=\"Second\"><vertical url_name=\"chosen\"/></sequential>\
             </chapter><chapter url_name=\"d\" display_name=\"Two\"><sequential url_name=\"s3\">\
             <vertical url_name=\"last\"/></sequential></chapter></course>",
        ),
        ("vertical/plain.xml", &plain),
        (
            "vertical/drawn.xml",
            "<vertical display_name=\"Drawn\"><random_lib_ref url_name=\"r\" library_key=\"lib:O:L\" \
             library_version=\"1\" count=\"3\" block_types='[\"problem\"]'/></vertical>",
        ),
        (
            "vertical/chosen.xml",
            "<vertical display_name=\"Chosen\"><lib_ref url_name=\"l\" library_key=\"lib:O:L\" \
             library_version=\"1\" blocks='[\"html:pic\", \"problem:p1\"]'/></vertical>",
        ),
        ("vertical/last.xml", "<vertical display_name=\"Last\"><html url_name=\"e\">End</html></vertical>"),
        ("static/c.svg", "<svg/>"),
        ("static/other.svg", "<svg/>"),
    ];
    let bundle = app.context(COURSE, true, &course).await;
    (app, bundle)
}

async fn course(app: &TestApp) -> std::sync::Arc<ContextRecord> {
    app.shared.contexts.record(&COURSE.parse().unwrap()).await.unwrap()
}

/// Returns whether a process has read a whole course or library.
async fn read_anything_whole(app: &TestApp) -> bool {
    let library = app.shared.contexts.record(&"lib:O:L".parse().unwrap()).await.unwrap();
    let contexts = &app.shared.contexts;
    contexts.holds(&*course(app).await, ResolvedAt::Version(1))
        || contexts.holds(&library, ResolvedAt::Version(1))
}

/// Returns an answer without what is made anew for each.
fn lasting(html: &str) -> String {
    let mut rest = html;
    let mut kept = String::new();
    while let Some(at) = rest.find("nonce=\"") {
        let (before, after) = rest.split_at(at + 7);
        kept.push_str(before);
        rest = after.split_once('"').map_or("", |(_, rest)| rest);
    }
    kept + rest
}

#[actix_web::test]
async fn a_process_that_never_read_the_course_answers_the_same() {
    let (app, _) = published().await;
    record_units(&app.shared, &COURSE.parse().unwrap()).await;
    let other = app.beside().await;
    for id in UNITS {
        let unit = unit(id);
        for path in [
            format!("/api/exedra/v1/units/{unit}/"),
            format!("/api/exedra/v1/units/{unit}/view/student_view/"),
            format!("{BLOCKS}{unit}/"),
            format!("{BLOCKS}{unit}/view/student_view/"),
            format!("/units/{unit}"),
        ] {
            let (one, two) = (app.get(&path, LEARNER).await.is(200), other.get(&path, LEARNER).await.is(200));
            let (one, two) = (String::from_utf8_lossy(&one.body), String::from_utf8_lossy(&two.body));
            assert_eq!(lasting(&one), lasting(&two), "{path}");
        }
    }
    assert!(!read_anything_whole(&other).await);
    assert!(read_anything_whole(&app).await, "else this test could not fail");

    // Blocks of a page that was shown can be used, also those that were drawn.
    for (page, block_type) in [("plain", "problem"), ("drawn", "problem")] {
        let view = other.get(&format!("/units/{}", unit(page)), LEARNER).await.is(200).html();
        let usage =
            attributes(&view, &format!(".xblock-v1[data-block-type={block_type}]"), "data-usage").remove(0);
        let name = attributes(&view, &format!("[data-usage='{usage}'] input[type=radio]"), "name").remove(0);
        let path = other.handler(&usage, "7", "xmodule_handler/problem_check");
        let answer = other.learn(Method::POST, &path).form(&[(&*name, "choice_1")]).send().await;
        assert_eq!(answer.is(200).json()["success"], "correct");
        assert_eq!(other.get(&format!("{BLOCKS}{usage}/"), LEARNER).await.is(200).status, 200);
    }
    assert!(!read_anything_whole(&other).await);

    // What is not on a page that was recorded is found in the course.
    other.get("/units/block-v1:O+C+r+type@sequential+block@s2", LEARNER).await.is(200);
    assert!(read_anything_whole(&other).await);
    let path = format!("{BLOCKS}{}/", unit("missing"));
    other.get(&path, LEARNER).await.is(404);
}

#[actix_web::test]
async fn composing_a_unit_never_met_before_takes_few_statements() {
    let (app, _) = published().await;
    record_units(&app.shared, &COURSE.parse().unwrap()).await;
    let other = app.beside().await;
    let path = |id| format!("/api/exedra/v1/units/{}/", unit(id));
    let count = async |app: &TestApp, id| app.counted(app.learn(Method::GET, &path(id)).by(LEARNER)).await.0;
    for id in ["drawn", "last"] {
        // The first look stores the draw.
        count(&app, id).await;
    }
    let (drawn, last) = (count(&app, "drawn").await, count(&app, "last").await);
    // The record, its library, the files of the version, and the definitions shown.
    assert_eq!(count(&other, "drawn").await, drawn + 4);
    assert_eq!(count(&other, "drawn").await, drawn);
    assert_eq!(count(&other, "last").await, last + 2, "the record and the definitions");
    assert!(!read_anything_whole(&other).await);
}

#[actix_web::test]
async fn the_studio_reads_courses_and_not_records() {
    let (app, _) = published().await;
    record_units(&app.shared, &COURSE.parse().unwrap()).await;
    let other = app.beside().await;
    other.get_studio(&format!("/api/exedra/v1/units/{}/", unit("chosen")), Who::Staff).await.is(200);
    assert!(read_anything_whole(&other).await);
}

#[actix_web::test]
async fn a_record_that_cannot_be_used_is_passed_over() {
    let (app, bundle) = published().await;
    let of = UnitVersion { bundle, version: 1, format: RECORD_FORMAT };
    let spoilt = UnitRecord { unit: unit("plain").parse().unwrap(), body: "{\"unit\": 1}".to_owned() };
    app.shared.database.put_units(of, vec![spoilt]).await.unwrap();
    let answer = app.get(&format!("/api/exedra/v1/units/{}/", unit("plain")), LEARNER).await.is(200).json();
    assert_eq!(answer["children"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn publishing_a_draft_records_its_units_after_the_answer() {
    let (app, bundle) = published().await;
    app.write(bundle, &[("static/new.svg", "<svg/>")]).await;
    let path = format!("/api/exedra/v1/contexts/{COURSE}/publish/");
    let publish = app.studio(Method::POST, &path).by(Who::Staff).body("application/json", r#"{"name": "2"}"#);
    publish.send().await.is(200);
    let of = UnitVersion { bundle, version: 2, format: RECORD_FORMAT };
    for _ in 0..1_000 {
        if app.shared.database.units(of).await.unwrap().len() == UNITS.len() {
            return;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("no records after five seconds");
}

#[actix_web::test]
async fn courses_without_records_get_them_once() {
    let (app, bundle) = published().await;
    let of = UnitVersion { bundle, version: 1, format: RECORD_FORMAT };
    assert_eq!(app.shared.database.units(of).await.unwrap(), []);
    end_publishes(&app.shared).await;
    assert_eq!(app.shared.database.units(of).await.unwrap().len(), UNITS.len());
    let before = app.shared.database.statement_count();
    end_publishes(&app.shared).await;
    assert_eq!(
        app.shared.database.statement_count() - before,
        3,
        "courses, their aliases and their units are listed"
    );
    // A new version has records of its own.
    app.write(
        bundle,
        &[(
            "vertical/last.xml",
            "<vertical display_name=\"Ende\"><html url_name=\"e\">Ende</html></vertical>",
        )],
    )
    .await;
    assert_eq!(app.publish(bundle).await, 2);
    end_publishes(&app.shared).await;
    let other = app.beside().await;
    let page = other.get(&format!("/units/{}", unit("last")), LEARNER).await.is(200).html();
    assert!(page.root_element().text().any(|text| text.contains("Ende")));
}
