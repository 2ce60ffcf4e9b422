//! Reference groups through HTTP: one draw for all units, however many ask at once (unit-composition §5.4, §6).

use std::collections::BTreeSet;

use actix_web::http::Method;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp, Who},
    content::choice,
};

const LEARNER: Who = Who::Learner(7);

fn block(block_type: &str, id: &str) -> String {
    format!("block-v1:O+C+r+type@{block_type}+block@{id}")
}

fn unit(id: &str) -> String {
    format!("/api/exedra/v1/units/{}/", block("vertical", id))
}

/// A library of 24 problems, and a course: units `u0` to `u3`, of which each has a member of a group (with
/// `allow_reset`) and a reference that draws alone; and `lone`, a unit without a group.
async fn course() -> TestApp {
    let app = TestApp::empty().await;
    let problem = choice("");
    let files: Vec<_> = (0..24).map(|i| format!("problem/p{i:02}/definition.xml")).collect();
    let files: Vec<_> = files.iter().map(|path| (&**path, &*problem)).collect();
    app.context("lib:O:many", true, &files).await;
    let reference = |id: &str, more: &str| {
        format!(
            "<random_lib_ref url_name=\"{id}\" library_key=\"lib:O:many\" library_version=\"1\" count=\"4\" {more}/>"
        )
    };
    let mut units = String::new();
    for i in 0..4 {
        let member = reference(&format!("g{i}"), "group=\"quiz\" allow_reset=\"true\"");
        let alone = reference(&format!("a{i}"), "");
        units.push_str(&format!("<vertical url_name=\"u{i}\">{member}{alone}</vertical>"));
    }
    units.push_str(&format!(
        "<vertical url_name=\"lone\">{}{}</vertical>",
        reference("l0", ""),
        reference("l1", "")
    ));
    let inside = format!(
        "<course><chapter url_name=\"c\"><sequential url_name=\"s\">{units}</sequential></chapter></course>"
    );
    let files =
        [("course.xml", "<course url_name=\"r\" org=\"O\" course=\"C\"/>"), ("course/r.xml", &*inside)];
    app.context("course-v1:O+C+r", false, &files).await;
    app
}

fn keys(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let children = json["children"].as_array().unwrap();
    children.iter().map(|child| child["usage_key"].as_str().unwrap().to_owned()).collect()
}

/// Returns the library blocks shown by the members of the group.
fn of_group(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let children = json["children"].as_array().unwrap();
    let members = children.iter().filter(|child| child["source"].as_str().unwrap().contains("block@g"));
    members.map(|child| child["definition"]["block"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn no_block_is_shown_twice_by_a_group() {
    let app = course().await;
    for learner in [LEARNER, Who::Learner(8), Who::Learner(9)] {
        let mut met = BTreeSet::new();
        for id in ["u2", "u0", "u3", "u1"] {
            let shown = of_group(&app.get(&unit(id), learner).await.is(200));
            assert_eq!(shown.len(), 4);
            shown.into_iter().for_each(|block| assert!(met.insert(block.clone()), "{block} twice"));
        }
    }
}

#[actix_web::test]
async fn two_hundred_first_reads_at_once_end_in_one_draw() {
    let app = course().await;
    let other = app.beside().await;
    // The units of a group draw for each other, so reads of all of them compete.
    let reads = (0..200).map(|i| {
        let app = if i % 2 == 0 { &app } else { &other };
        let path = unit(["u0", "u1"][i / 2 % 2]);
        async move { app.get(&path, LEARNER).await }
    });
    let answers = join_all(reads).await;
    let first: Vec<_> = answers.into_iter().map(|answer| keys(&answer.is(200))).collect();
    for (i, shown) in first.iter().enumerate() {
        assert_eq!(shown.len(), 8);
        assert_eq!(*shown, first[i / 2 % 2 * 2], "everybody sees the same draw");
    }
    let told = app.events().await;
    let told: Vec<&str> = told
        .iter()
        .filter(|event| event.name.ends_with(".content.assigned"))
        .map(|event| event.block.as_ref().unwrap().block_id())
        .collect();
    let once: BTreeSet<&str> = told.iter().copied().collect();
    assert_eq!(once, BTreeSet::from(["a0", "a1", "g0", "g1", "g2", "g3"]));
    assert_eq!(told.len(), once.len(), "each draw is told once");
}

#[actix_web::test]
async fn statements_do_not_grow_with_the_members() {
    let app = course().await;
    for _ in 0..2 {
        let mut counts = Vec::new();
        for (id, learner) in [("u0", LEARNER), ("lone", LEARNER)] {
            // What does not depend on the learner is read once, by somebody else.
            app.get(&unit(id), Who::Learner(99)).await.is(200);
            let (count, answer) = app.counted(app.learn(Method::GET, &unit(id)).by(learner)).await;
            assert_eq!(keys(&answer.is(200)).len(), 8);
            counts.push(count);
        }
        assert_eq!(counts[0], counts[1], "a group of four, and no group");
    }
}

#[actix_web::test]
async fn drawing_again_keeps_off_the_blocks_of_the_group() {
    let app = course().await;
    let before = of_group(&app.get(&unit("u0"), LEARNER).await.is(200));
    let others: BTreeSet<String> = {
        let mut all = BTreeSet::new();
        for id in ["u1", "u2", "u3"] {
            all.extend(of_group(&app.get(&unit(id), LEARNER).await.is(200)));
        }
        all
    };
    let path = app.handler(&block("random_lib_ref", "g0"), "7", "reset_selected_children/");
    let answer = app.learn(Method::POST, &path).form(&[]).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let after = of_group(&app.get(&unit("u0"), LEARNER).await.is(200));
    assert_eq!(after.len(), 4);
    assert!(after.iter().all(|block| !others.contains(block) && !before.contains(block)));
    for id in ["u1", "u2", "u3"] {
        let same = of_group(&app.get(&unit(id), LEARNER).await.is(200));
        assert!(same.iter().all(|block| others.contains(block)));
    }
}

async fn problems(app: &TestApp) -> Vec<Value> {
    let author = format!("{}?view=author", unit("u0"));
    let answer = app.get_studio(&author, Who::Staff).await.is(200).json();
    answer["problems"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn authors_hear_nothing_of_groups_that_suffice() {
    assert_eq!(problems(&course().await).await, Vec::<Value>::new());
}

#[actix_web::test]
async fn authors_and_publishers_hear_of_groups_that_are_too_large() {
    let app = TestApp::empty().await;
    app.context("lib:O:many", true, &[("problem/p/definition.xml", &choice(""))]).await;
    let unit = |id: &str| {
        format!(
            "<vertical url_name=\"u{id}\"><random_lib_ref url_name=\"{id}\" library_key=\"lib:O:many\" \
             library_version=\"1\" group=\"q\"/></vertical>"
        )
    };
    let course = |title: &str| {
        format!(
            "<course display_name=\"{title}\"><chapter url_name=\"c\"><sequential url_name=\"s\">{}{}\
             </sequential></chapter></course>",
            unit("0"),
            unit("1")
        )
    };
    let root = ("course.xml", "<course url_name=\"r\" org=\"O\" course=\"C\"/>");
    let bundle = app.context("course-v1:O+C+r", false, &[root, ("course/r.xml", &course("One"))]).await;
    let told = problems(&app).await;
    assert_eq!(told[0]["code"], "group_pool_exhausted");
    let message = told[0]["message"].as_str().unwrap();
    assert!(message.starts_with("group q lacks 1 block to give"), "{message}");
    assert!(message.contains(&block("random_lib_ref", "1")), "{message}");

    app.write(bundle, &[("course/r.xml", &course("Two"))]).await;
    let publish = app.studio(Method::POST, "/api/exedra/v1/contexts/course-v1:O+C+r/publish/").by(Who::Staff);
    let answer = publish.json(&json!({"name": "Two"})).send().await.is(200).json();
    assert_eq!(answer["findings"][0]["code"], "group_pool_exhausted");
    assert_eq!(answer["findings"][0]["message"], message, "the same words");
}
