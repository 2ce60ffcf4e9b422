//! What learners did survives what authors do with pins, and draws of a group do not meet
//! (unit-composition §3.3, §5.1, §6).

use actix_web::http::Method;
use blockstore::{Blockstore as _, BundleId, Change, DraftName};
use learner::{Gather, LearnerId, LearnerStore as _, SelectionRow};
use serde_json::json;

use crate::{
    app::{BLOCKS, TestApp, Who, attributes, text},
    content::{COURSE, LIBRARY, block, choice},
};

const LEARNER: Who = Who::Learner(7);

/// A course with a page for each body.
fn course(pages: &[&str]) -> String {
    let pages: String = pages
        .iter()
        .enumerate()
        .map(|(n, body)| format!("<vertical url_name=\"v{n}\">{body}</vertical>"))
        .collect();
    format!(
        "<course url_name=\"2026\" org=\"Org1\" course=\"C1\"><chapter url_name=\"ch\">\
         <sequential url_name=\"sq\">{pages}</sequential></chapter></course>"
    )
}

/// The library with problems of these numbers.
async fn library(app: &TestApp, numbers: &[u32]) -> BundleId {
    let files: Vec<_> =
        numbers.iter().map(|n| (format!("problem/p{n}/definition.xml"), choice(""))).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    app.context(LIBRARY, true, &files).await
}

async fn republish(app: &TestApp, bundle: BundleId, body: &str) {
    app.write(bundle, &[("course.xml", &course(&[body]))]).await;
    app.publish(bundle).await;
}

async fn shown(app: &TestApp, page: usize) -> Vec<String> {
    let path = format!("/units/{}", block("vertical", &format!("v{page}")));
    attributes(&app.get(&path, LEARNER).await.is(200).html(), "[data-usage^='lb-ref:']", "data-usage")
}

async fn answer(app: &TestApp, usage: &str) {
    let view = app.get(&format!("{BLOCKS}{usage}/view/student_view/"), LEARNER).await.is(200).html();
    let name = attributes(&view, "input[type=radio]", "name").remove(0);
    let check = app.handler(usage, "7", "xmodule_handler/problem_check");
    app.learn(Method::POST, &check).form(&[(&name, "choice_1")]).send().await.is(200);
}

async fn row(app: &TestApp, reference: &str) -> SelectionRow {
    let gather = Gather { selections: vec![reference.parse().unwrap()], ..Gather::default() };
    let set = app.shared.database.gather(&LearnerId("7".into()), &gather).await.unwrap();
    set.selections.into_values().next().unwrap_or_default()
}

async fn points(app: &TestApp) -> (f64, f64) {
    let path = format!("/api/exedra/v1/contexts/{COURSE}/progress/");
    let answer = app.get(&path, LEARNER).await.is(200).json();
    (answer["earned"].as_f64().unwrap(), answer["possible"].as_f64().unwrap())
}

#[actix_web::test]
async fn state_survives_new_pins_downgrades_removal_and_return() {
    let app = TestApp::empty().await;
    let library = library(&app, &[1, 2]).await;
    let draft = DraftName::studio();
    let gone = vec![Change::Delete("problem/p1/definition.xml".parse().unwrap())];
    app.shared.database.write_draft(library, &draft, gone, None).await.unwrap();
    app.write(library, &[("problem/p3/definition.xml", &choice(""))]).await;
    assert_eq!(app.publish(library).await, 2);
    app.write(library, &[("problem/p1/definition.xml", &choice("display_name=\"Back\""))]).await;
    assert_eq!(app.publish(library).await, 3);
    let pinned = |version: u32| {
        format!("<lib_ref url_name=\"all\" library_key=\"{LIBRARY}\" library_version=\"{version}\"/>")
    };
    let bundle = app.context(COURSE, false, &[("course.xml", &course(&[&pinned(1)]))]).await;
    let first = shown(&app, 0).await;
    let (p1, p2) = (&first[0], &first[1]);
    answer(&app, p1).await;
    answer(&app, p2).await;
    assert_eq!((first.len(), points(&app).await), (2, (2.0, 2.0)));

    // Removed: out of sight, out of the points, and kept.
    republish(&app, bundle, &pinned(2)).await;
    let second = shown(&app, 0).await;
    assert!(second.len() == 2 && second.contains(p2) && !second.contains(p1), "{second:?}");
    assert_eq!(points(&app).await, (1.0, 2.0));
    app.get(&format!("{BLOCKS}{p1}/"), LEARNER).await.is(404).refused("what is not shown");
    let key = p1.parse().unwrap();
    assert_eq!(app.state("7", &[p1]).await.blocks[&key].score, Some((1.0, 1.0)));

    // Back in a later version, with what was done.
    republish(&app, bundle, &pinned(3)).await;
    assert_eq!(shown(&app, 0).await.len(), 3);
    assert_eq!(points(&app).await, (2.0, 3.0));
    let view = app.get(&format!("{BLOCKS}{p1}/view/student_view/"), LEARNER).await.is(200).html();
    assert_eq!(text(&view, "h3"), "Back");
    assert_eq!(attributes(&view, "input[checked]", "value"), ["choice_1"]);

    // And in the older one.
    republish(&app, bundle, &pinned(1)).await;
    assert_eq!(shown(&app, 0).await, first);
    assert_eq!(points(&app).await, (2.0, 2.0));
    let events = app.events().await;
    assert!(events.iter().all(|event| event.name != "exedra.state.cleared"), "nothing was cleared");
}

#[actix_web::test]
async fn a_version_that_is_missing_for_a_while_changes_nothing() {
    for group in ["", "quiz"] {
        changes_nothing_while_missing(group).await;
    }
}

async fn changes_nothing_while_missing(group: &str) {
    let app = TestApp::empty().await;
    library(&app, &[1, 2, 3, 4]).await;
    let pinned = |version: u32| {
        format!(
            "<random_lib_ref url_name=\"r\" library_key=\"{LIBRARY}\" library_version=\"{version}\" count=\"2\" \
             group=\"{group}\" allow_reset=\"true\"/>"
        )
    };
    let reference = block("random_lib_ref", "r");
    let bundle = app.context(COURSE, false, &[("course.xml", &course(&[&pinned(1)]))]).await;
    let first = shown(&app, 0).await;
    answer(&app, &first[0]).await;
    let (stored, events) = (row(&app, &reference).await, app.events().await.len());
    assert_eq!(stored.selected.len(), 2);

    republish(&app, bundle, &pinned(9)).await;
    assert!(shown(&app, 0).await.is_empty());
    assert_eq!(points(&app).await, (0.0, 0.0));
    let reset = format!("/api/exedra/v1/references/{reference}/learners/7/redraw/");
    app.learn(Method::POST, &reset).by(Who::Staff).send().await.problem(404, "not_found");
    let own = app.handler(&reference, "7", "reset_selected_children/");
    app.learn(Method::POST, &own).form(&[]).send().await;
    let report = format!("/api/exedra/v1/references/{reference}/learners/");
    let answer = app.get(&report, Who::Staff).await.is(200).json();
    let told = &answer["results"][0]["selected"];
    assert_eq!((&told[0]["earned"], &told[0]["version"]), (&json!(1.0), &json!(null)), "{answer}");
    assert!(told[0]["source"].as_str().unwrap().starts_with("lb:Org1:lib1:problem:p"), "{answer}");
    assert_eq!((row(&app, &reference).await, app.events().await.len()), (stored, events));

    republish(&app, bundle, &pinned(1)).await;
    assert_eq!(shown(&app, 0).await, first);
    assert_eq!(app.events().await.len(), events);
}

#[actix_web::test]
async fn drawing_again_in_a_group_keeps_clear_of_the_other_members() {
    let app = TestApp::empty().await;
    library(&app, &[1, 2, 3, 4]).await;
    let member = |id: &str| {
        format!(
            "<random_lib_ref url_name=\"{id}\" library_key=\"{LIBRARY}\" library_version=\"1\" count=\"1\" \
             group=\"g\" allow_reset=\"true\"/>"
        )
    };
    let pages = course(&[&member("a"), &member("b")]);
    app.context(COURSE, false, &[("course.xml", &pages)]).await;
    let (a, b) = (block("random_lib_ref", "a"), block("random_lib_ref", "b"));
    shown(&app, 0).await;
    let other = row(&app, &b).await.selected;
    assert_eq!(other.len(), 1, "a group is drawn as a whole");
    let mut met = row(&app, &a).await.selected;
    for epoch in 1..=6 {
        if epoch % 2 == 0 {
            let path = app.handler(&a, "7", "reset_selected_children/");
            app.learn(Method::POST, &path).form(&[]).send().await.is(200);
        } else {
            let path = format!("/api/exedra/v1/references/{a}/learners/7/redraw/");
            app.learn(Method::POST, &path).by(Who::Staff).send().await.is(200);
        }
        let (now, there) = (row(&app, &a).await, row(&app, &b).await);
        assert_eq!((now.epoch, there.epoch, &there.selected), (epoch, 0, &other));
        assert!(now.selected.len() == 1 && now.selected != other, "{now:?} {other:?}");
        met.extend(now.selected);
    }
    let mut first = met[..3].to_vec();
    first.sort();
    first.dedup();
    assert_eq!(first.len(), 3, "blocks not seen before come first: {met:?}");
    assert_eq!(shown(&app, 1).await.len(), 1);
}
