//! Learners at work, drawing again and being drawn for again at two servers on one store, while authors change what
//! there is to draw: what is told is what is stored, and what unit-composition §5 and §6 promise holds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use actix_web::http::Method;
use blockstore::BundleId;
use futures_util::future::join_all;
use learner::{Gather, LearnerId, LearnerStore as _, SelectionRow};
use serde_json::Value;

use crate::{
    app::{BLOCKS, TestApp, Who, attributes},
    content::{COURSE, LIBRARY, block, choice},
};

const ROUNDS: usize = 15;
const LEARNERS: [u64; 3] = [21, 22, 23];
/// The references on each of two pages: members of a group, and alone.
const PAGES: [[&str; 2]; 2] = [["g0", "a0"], ["g1", "a1"]];
/// A version that is not there.
const AWAY: u32 = 9;

/// Split-mix: the same numbers in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((number ^ (number >> 31)) % limit as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

#[derive(Clone, Copy)]
struct Setting {
    version: u32,
    count: i64,
    is_grouped: bool,
}

fn reference(id: &str) -> String {
    block("random_lib_ref", id)
}

/// Publishes the course with these settings of its references.
async fn publish(app: &TestApp, course: BundleId, settings: &BTreeMap<&str, Setting>, round: usize) {
    let mut units = String::new();
    for (page, ids) in PAGES.iter().enumerate() {
        let inside: String = ids
            .iter()
            .map(|id| {
                let Setting { version, count, is_grouped } = settings[id];
                let group = if is_grouped { "quiz" } else { "" };
                format!(
                    "<random_lib_ref url_name=\"{id}\" library_key=\"{LIBRARY}\" library_version=\"{version}\" count=\"{count}\" \
                     group=\"{group}\" allow_reset=\"true\"/>"
                )
            })
            .collect();
        units += &format!(
            "<vertical url_name=\"u{page}\"><html url_name=\"h{page}\">{round}</html>{inside}</vertical>"
        );
    }
    let text = format!(
        "<course url_name=\"2026\" org=\"Org1\" course=\"C1\"><chapter url_name=\"c\"><sequential url_name=\"s\">{units}\
         </sequential></chapter></course>"
    );
    app.write(course, &[("course.xml", &text)]).await;
    app.publish(course).await;
}

async fn rows(app: &TestApp, learner: u64) -> HashMap<String, SelectionRow> {
    let ids = PAGES.as_flattened();
    let selections = ids.iter().map(|id| reference(id).parse().unwrap()).collect();
    let gather = Gather { selections, ..Gather::default() };
    let set = app.shared.database.gather(&LearnerId(learner.to_string().into()), &gather).await.unwrap();
    set.selections.into_iter().map(|(key, row)| (key.to_string(), row)).collect()
}

/// One thing a learner, or somebody for them, does; answers with the status.
async fn act(app: &TestApp, action: usize, learner: u64, page: usize, id: &str) -> (String, u16) {
    let who = Who::Learner(learner);
    let unit = block("vertical", &format!("u{page}"));
    let told = |name: &str, status: u16| (format!("{name} {id} by {learner}"), status);
    match action {
        0 => {
            let path = app.handler(&reference(id), &learner.to_string(), "reset_selected_children/");
            told("reset", app.learn(Method::POST, &path).form(&[]).send().await.status)
        }
        1 => {
            let path = format!("/api/exedra/v1/references/{}/learners/{learner}/redraw/", reference(id));
            told("redraw", app.studio(Method::POST, &path).by(Who::Staff).send().await.status)
        }
        2 => {
            let html = app.get(&format!("/units/{unit}"), who).await.is(200).html();
            let shown = attributes(&html, "[data-usage^='lb-ref:']", "data-usage");
            let Some(problem) = shown.first() else { return told("nothing", 200) };
            let path = app.handler(problem, &learner.to_string(), "xmodule_handler/problem_check");
            let view = app.get(&format!("{BLOCKS}{problem}/view/student_view/"), who).await;
            if view.status != 200 {
                return told("look", view.status);
            }
            let name = attributes(&view.html(), "input[type=radio]", "name").remove(0);
            told("answer", app.learn(Method::POST, &path).form(&[(&name, "choice_1")]).send().await.status)
        }
        3 => {
            let path = format!("/api/exedra/v1/contexts/{COURSE}/progress/");
            told("progress", app.get(&path, who).await.status)
        }
        _ => told("look", app.get(&format!("/api/exedra/v1/units/{unit}/"), who).await.status),
    }
}

/// Replays what was told of a learner's references: what each shows, and how often it was drawn anew.
async fn replay(app: &TestApp, learner: u64) -> BTreeMap<String, (Vec<String>, u32)> {
    let mut shown: BTreeMap<String, (Vec<String>, u32)> = BTreeMap::new();
    let events = app.shared.database.events(0, 100_000).await.unwrap();
    for (cursor, event) in events {
        if event.learner.as_ref().is_none_or(|id| *id.0 != learner.to_string()) {
            continue;
        }
        let Some(key) = event.block.as_ref() else { continue };
        let now = shown.entry(key.to_string()).or_default();
        let last = event.name.rsplit('.').next().unwrap();
        match last {
            "assigned" | "removed" => {
                assert_eq!(
                    event.data["previous_count"],
                    now.0.len(),
                    "{cursor}: {last} of {key}: {}",
                    event.data
                );
                assert_eq!(event.data["epoch"], now.1, "{cursor}: {last} of {key}");
                let result = event.data["result"].as_array().unwrap().iter();
                let token = |entry: &Value| entry["original_usage_key"].as_str().unwrap().to_owned();
                now.0 = result.map(token).collect();
            }
            "reset" | "redrawn" => *now = (Vec::new(), now.1 + 1),
            _ => {}
        }
    }
    shown.retain(|key, _| key.contains("random_lib_ref") && !key.starts_with("lb-ref:"));
    shown
}

#[actix_web::test]
async fn what_is_told_is_what_is_stored_however_much_happens_at_once() {
    let app = TestApp::empty().await;
    let problems: Vec<_> = (0..16).map(|n| (format!("problem/p{n:02}/definition.xml"), choice(""))).collect();
    let problems: Vec<_> = problems.iter().map(|(path, text)| (&**path, &**text)).collect();
    let library = app.context(LIBRARY, true, &problems[..12]).await;
    let gone =
        problems[..4].iter().map(|(path, _)| blockstore::Change::Delete(path.parse().unwrap())).collect();
    blockstore::Blockstore::write_draft(
        &*app.shared.database,
        library,
        &blockstore::DraftName::studio(),
        gone,
        None,
    )
    .await
    .unwrap();
    app.write(library, &problems[12..]).await;
    assert_eq!(app.publish(library).await, 2);
    let start = "<course url_name=\"2026\" org=\"Org1\" course=\"C1\"><chapter url_name=\"c\"/></course>";
    let course = app.context(COURSE, false, &[("course.xml", start)]).await;
    let other = app.beside().await;
    let ids = PAGES.as_flattened();
    let mut settings: BTreeMap<&str, Setting> = ids
        .iter()
        .map(|id| (*id, Setting { version: 1, count: 3, is_grouped: id.starts_with('g') }))
        .collect();
    let mut chance = Chance(2026);
    let mut met: BTreeMap<String, usize> = BTreeMap::new();
    for round in 0..ROUNDS {
        let id = chance.of(ids);
        let setting = settings.get_mut(id).unwrap();
        match chance.below(4) {
            0 => setting.count = chance.of(&[1, 2, 3, 5, -1]),
            1 => setting.is_grouped = !setting.is_grouped,
            _ => setting.version = chance.of(&[1, 2, 2, AWAY]),
        }
        let mut before = HashMap::new();
        for learner in LEARNERS {
            before.insert(learner, rows(&app, learner).await);
        }
        publish(&app, course, &settings, round).await;
        let actions: Vec<_> = (0..18)
            .map(|number| {
                let server = if number % 2 == 0 { &app } else { &other };
                let page = chance.below(2);
                let id = chance.of(&PAGES[page]);
                act(server, chance.below(8), chance.of(&LEARNERS), page, id)
            })
            .collect();
        for (what, status) in join_all(actions).await {
            // A block may be gone by the time it is answered; who draws again may find nothing, or others faster.
            assert!(matches!(status, 200 | 404 | 409), "round {round}: {what}: {status}");
            *met.entry(format!("{} {status}", what.split(' ').next().unwrap())).or_default() += 1;
        }
        for learner in LEARNERS {
            for page in 0..2 {
                let path = format!("/api/exedra/v1/units/{}/", block("vertical", &format!("u{page}")));
                app.get(&path, Who::Learner(learner)).await.is(200);
            }
            let (rows, told) = (rows(&other, learner).await, replay(&app, learner).await);
            let mut shown = BTreeSet::new();
            for id in ids {
                let (key, setting) = (reference(id), settings[id]);
                let row = rows.get(&key).cloned().unwrap_or_default();
                let (selected, epoch) = told.get(&key).cloned().unwrap_or_default();
                assert_eq!(
                    (&row.selected, row.epoch),
                    (&selected, epoch),
                    "round {round}: {id} of {learner}"
                );
                if setting.version == AWAY {
                    assert_eq!(
                        row,
                        before[&learner].get(&key).cloned().unwrap_or_default(),
                        "round {round}: {id} waits"
                    );
                    continue;
                }
                let pool = if setting.version == 1 { 0..12 } else { 4..16 };
                let in_pool = |token: &String| pool.contains(&token[token.len() - 2..].parse().unwrap());
                assert!(
                    row.selected.iter().all(in_pool),
                    "round {round}: {id} shows what is in version {}",
                    setting.version
                );
                if setting.is_grouped {
                    row.selected.iter().for_each(|token| {
                        assert!(shown.insert(token.clone()), "round {round}: {token} twice")
                    });
                } else {
                    let want = usize::try_from(setting.count).unwrap_or(12);
                    assert_eq!(row.selected.len(), want, "round {round}: {id}");
                }
            }
        }
    }
    for happened in ["reset 200", "redraw 200", "answer 200", "progress 200", "look 200"] {
        assert!(met.get(happened).is_some_and(|times| *times > 5), "{happened}: {met:?}");
    }
}
