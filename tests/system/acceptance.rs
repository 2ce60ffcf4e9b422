//! The acceptance checks of unit-composition §12, each a test of its name.

use std::{collections::BTreeSet, path::Path};

use actix_web::http::Method;
use importer::{NoProgress, Options, Report, import};
use learning_context::Role;
use serde_json::{Value, json};

use crate::{
    app::{BLOCKS, TestApp, Who, attributes},
    content::{self, choice},
};

const LEARNER: Who = Who::Learner(7);

const COURSE: &str = "course-v1:O+Old+r";
const LIBRARY: &str = "lib:O:Bank";

/// Imports files as the command does.
async fn import_files(
    app: &TestApp,
    files: &[(&str, &str)],
    change: impl FnOnce(&mut Options<'_>),
) -> Result<Report, importer::ImportError> {
    let folder = tempfile::TempDir::new().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    import_path(app, folder.path(), change).await
}

pub(crate) async fn import_path(
    app: &TestApp,
    path: &Path,
    change: impl FnOnce(&mut Options<'_>),
) -> Result<Report, importer::ImportError> {
    let shared = &app.shared;
    let new_uuid = || server::clock::random_uuid(shared.clock.as_ref());
    let mut options = Options::new(shared.clock.now(), &new_uuid, &shared.config.data_dir);
    change(&mut options);
    import(path, &*shared.database, &*shared.database, &shared.registry, &options, &NoProgress).await
}

/// Returns a course with one unit.
fn course(unit: &str) -> Vec<(&'static str, String)> {
    let course = "<course><chapter url_name=\"c\"><sequential url_name=\"s\"><vertical url_name=\"u\"/>\
                  </sequential></chapter></course>";
    vec![
        ("course.xml", "<course url_name=\"r\" org=\"O\" course=\"Old\"/>".to_owned()),
        ("course/r.xml", course.to_owned()),
        ("vertical/u.xml", format!("<vertical>{unit}</vertical>")),
    ]
}

fn texts<'a>(files: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    files.iter().map(|(path, text)| (*path, text.as_str())).collect()
}

fn unit() -> String {
    format!("block-v1:{}+type@vertical+block@u", COURSE.trim_start_matches("course-v1:"))
}

/// Publishes a library of problems `p0`, `p1`, … as the next version.
async fn library(app: &TestApp, problems: usize) {
    let problem = choice("");
    let files: Vec<_> =
        (0..problems).map(|n| (format!("problem/p{n}/definition.xml"), problem.clone())).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    app.context(LIBRARY, false, &files).await;
}

/// Returns the keys of the children a learner gets, and what was hidden from authors.
async fn composition(app: &TestApp, who: Who) -> Value {
    app.get(&format!("/api/exedra/v1/units/{}/", unit()), who).await.is(200).json()
}

#[actix_web::test]
async fn importing_a_course_where_the_library_has_another_version_keeps_the_pin() {
    let app = TestApp::empty().await;
    library(&app, 2).await;
    let reference = format!(
        "<lib_ref url_name=\"ref\" library_key=\"{LIBRARY}\" library_version=\"7\"/><html url_name=\"h\">text</html>"
    );
    let files = course(&reference);
    let report = import_files(&app, &texts(&files), |_| {}).await.expect("it is no failure");
    let finding = report.findings.iter().find(|finding| finding.code == "library_version_missing");
    assert!(finding.expect("it is told").message.contains('7'), "{report}");

    let seen = composition(&app, Who::Staff).await;
    assert_eq!(seen["children"].as_array().unwrap().len(), 1, "the rest of the unit shows: {seen}");
    let path = format!("/api/exedra/v1/units/{}/?view=author", unit());
    let author = app.get_studio(&path, Who::Staff).await.is(200).json();
    assert_eq!(author["hidden"][0]["code"], "library_version_missing", "{author}");
    let olx = app.get_studio(&format!("{BLOCKS}{}/olx/", block("lib_ref", "ref")), Who::Staff).await.is(200);
    let olx = olx.json()["olx"].as_str().unwrap().to_owned();
    assert!(olx.contains("library_version=\"7\""), "the pin is as it was: {olx}");
}

const BANK: &str = "<library_content url_name=\"lc\" display_name=\"Two of three\" max_count=\"2\" allow_resetting_children=\"False\" source_library_id=\"library-v1:O+Bank\" source_library_version=\"5f651b2e6cb7f7a0c2122b50\"><problem url_name=\"e9e719868536e9418816\"/><!-- kept --><problem url_name=\"2ff487667e99a523988e\"/><problem url_name=\"p\"/></library_content>";

/// Returns a course with a `library_content` block.
fn bank_course() -> Vec<(&'static str, String)> {
    let mut files = course(BANK);
    for path in ["problem/e9e719868536e9418816.xml", "problem/2ff487667e99a523988e.xml", "problem/p.xml"] {
        files.push((path, choice("display_name=\"P\"")));
    }
    files
}

/// The library those blocks are from, as it was exported.
fn old_library() -> Vec<(&'static str, String)> {
    let problems = ["a", "b", "c"].map(|id| format!("<problem url_name=\"{id}\"/>")).concat();
    let mut files =
        vec![("library/library.xml", format!("<library org=\"O\" library=\"Bank\">{problems}</library>"))];
    for path in ["library/problem/a.xml", "library/problem/b.xml", "library/problem/c.xml"] {
        files.push((path, choice("display_name=\"P\"")));
    }
    files
}

fn block(block_type: &str, id: &str) -> String {
    format!("block-v1:{}+type@{block_type}+block@{id}", COURSE.trim_start_matches("course-v1:"))
}

/// Returns the keys of the problems a composition shows.
fn shown(composition: &Value) -> Vec<String> {
    let bank = &composition["children"][0];
    let children = bank["children"].as_array().expect("the bank has children");
    children.iter().map(|child| child["usage_key"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn a_first_import_with_the_library_present_does_not_fail() {
    let app = TestApp::empty().await;
    let structure =
        |options: &mut Options<'_>| options.structure = Some("5f651b2e6cb7f7a0c2122b50".to_owned());
    import_files(&app, &texts(&old_library()), structure).await.unwrap();
    let report = import_files(&app, &texts(&bank_course()), |_| {}).await.unwrap();
    assert_eq!(report.count(xblock::Severity::Error), 0, "{report}");
    assert_eq!(shown(&composition(&app, LEARNER).await).len(), 2);
    let olx = app.get_studio(&format!("{BLOCKS}{}/olx/", block("library_content", "lc")), Who::Staff).await;
    let olx = olx.is(200).json()["olx"].as_str().unwrap().to_owned();
    for kept in ["allow_resetting_children=\"False\"", "5f651b2e6cb7f7a0c2122b50", "<!-- kept -->"] {
        assert!(olx.contains(kept), "{kept}: {olx}");
    }
}

#[actix_web::test]
async fn reimporting_into_a_running_course_keeps_child_ids_and_state() {
    let app = TestApp::empty().await;
    let mut files = bank_course();
    import_files(&app, &texts(&files), |_| {}).await.unwrap();
    let before = shown(&composition(&app, LEARNER).await);
    let answered = &before[0];
    let page = app.get(&format!("/units/{}", unit()), LEARNER).await.is(200).html();
    let name = attributes(&page, &format!("[data-usage='{answered}'] input[type=radio]"), "name").remove(0);
    let path = app.handler(answered, "7", "xmodule_handler/problem_check");
    app.learn(Method::POST, &path).form(&[(&name, "choice_1")]).send().await.is(200);

    import_files(&app, &texts(&old_library()), |_| {}).await.unwrap();
    files[2].1 = files[2].1.replace("Two of three", "Still two of three");
    let report = import_files(&app, &texts(&files), |_| {}).await.unwrap();
    assert_eq!(report.version, Some(2), "{report}");
    assert_eq!(shown(&composition(&app, LEARNER).await), before);
    let state = app.state("7", &[answered]).await;
    assert_eq!(state.blocks[&answered.parse().unwrap()].score, Some((1.0, 1.0)));
    let page = app.get(&format!("/units/{}", unit()), LEARNER).await.is(200).html();
    let chosen = attributes(&page, &format!("[data-usage='{answered}'] input[checked]"), "value");
    assert_eq!(chosen, ["choice_1"]);
}

const LINKED: &str = "upstream=\"lb:O:Bank:problem:p0\" upstream_version=\"1\" upstream_version_declined=\"0\" upstream_display_name=\"Old name\" upstream_data=\"x &amp; y\" downstream_customized=\"[&quot;display_name&quot;]\" copied_from_block=\"lb:O:Other:problem:q\"";

/// Returns a course with linked and other blocks.
fn linked_course() -> Vec<(&'static str, String)> {
    let inside =
        "upstream='lb:O:Bank:problem:p1' upstream_version='1' top_level_downstream_parent_key='vertical@u'";
    let mut files = course(&format!(
        "<problem url_name=\"linked\"/><problem url_name=\"inside\" {inside}>x</problem><problem url_name=\"gone\" upstream=\"lb:O:Bank:problem:none\" upstream_version=\"3\">x</problem>\
         <problem url_name=\"lost\" upstream=\"lct:O:Nowhere:unit:u\" upstream_version=\"3\">x</problem><problem url_name=\"plain\" upstream=\"None\">x</problem>"
    ));
    files.push(("problem/linked.xml", choice(LINKED)));
    files
}

async fn links(app: &TestApp, course: &str) -> Value {
    app.get_studio(&format!("/api/exedra/v1/contexts/{course}/links/"), Who::Staff).await.is(200).json()
}

/// Returns what is told of each link: id, state, whether it is ready.
fn told(links: &Value) -> Vec<(String, String, bool)> {
    let row = |row: &Value| {
        let key: opaque_keys::UsageKey = row["downstream_usage_key"].as_str().unwrap().parse().unwrap();
        let state = row["state"].as_str().unwrap().to_owned();
        (key.block_id().to_owned(), state, row["ready_to_sync"].as_bool().unwrap())
    };
    links["results"].as_array().unwrap().iter().map(row).collect()
}

#[actix_web::test]
async fn links_are_rebuilt_on_import_and_rerun() {
    let app = TestApp::empty().await;
    let problem = choice("");
    let files = [("problem/p0/definition.xml", &*problem), ("problem/p1/definition.xml", &*problem)];
    let bundle = app.context(LIBRARY, false, &files).await;
    let files = linked_course();
    let rows = |linked: bool| {
        [
            ("linked", "available", linked),
            ("inside", "available", false),
            ("gone", "deleted", true),
            ("lost", "missing", false),
        ]
        .map(|(id, state, ready)| (id.to_owned(), state.to_owned(), ready))
    };
    import_files(&app, &texts(&files), |_| {}).await.unwrap();
    let first = links(&app, COURSE).await;
    assert_eq!(told(&first), rows(false));
    assert_eq!((&first["ready_to_sync_count"], &first["total_count"]), (&json!(1), &json!(4)));
    assert_eq!(first["results"][0]["downstream_customized"], json!(["display_name"]));
    assert_eq!(first["results"][1]["top_level_parent"], "vertical@u");

    app.write(bundle, &[("problem/p0/definition.xml", &choice("weight=\"2\""))]).await;
    assert_eq!(app.publish(bundle).await, 2);
    assert_eq!(told(&links(&app, COURSE).await), rows(true));
    let again = "course-v1:O+Old+again";
    let rerun = app.studio(Method::POST, &format!("/api/exedra/v1/contexts/{COURSE}/rerun/")).by(Who::Staff);
    rerun.json(&json!({"key": again})).send().await.is(201);
    assert_eq!(told(&links(&app, again).await), rows(true));

    let mut declined = files;
    let link = declined.last_mut().unwrap();
    link.1 = link.1.replace("upstream_version_declined=\"0\"", "upstream_version_declined=\"2\"");
    import_files(&app, &texts(&declined), |_| {}).await.unwrap();
    assert_eq!(told(&links(&app, COURSE).await), rows(false));
}

#[actix_web::test]
async fn links_are_for_those_who_may_read_the_course_and_take_as_many_statements_for_any_number() {
    let app = TestApp::empty().await;
    library(&app, 3).await;
    let mut counts = Vec::new();
    for (run, number) in [("first", 1), ("few", 1), ("many", 40)] {
        let block = |n: usize| {
            let source = n % 3;
            format!(
                "<problem url_name=\"l{n}\" upstream=\"lb:O:Bank:problem:p{source}\" upstream_version=\"1\">x</problem>"
            )
        };
        let files = course(&(0..number).map(block).collect::<String>());
        let key = format!("course-v1:O+Old+{run}");
        import_files(&app, &texts(&files), |options| options.key = Some(key.parse().unwrap())).await.unwrap();
        let path = format!("/api/exedra/v1/contexts/{key}/links/");
        app.get(&path, Who::Nobody).await.is(401);
        app.get(&path, LEARNER).await.is(403).refused("a learner");
        app.role(&key, Role::Read).await;
        let seen = app.get(&path, Who::Author).await.is(200).json();
        assert_eq!(
            (&seen["results"][0]["state"], &seen["ready_to_sync_count"]),
            (&json!("missing"), &json!(0))
        );
        let (statements, answer) = app.counted(app.studio(Method::GET, &path).by(Who::Staff)).await;
        assert_eq!(answer.is(200).json()["total_count"], number);
        counts.push(statements);
    }
    // The first one reads the library too.
    assert_eq!(counts[1], counts[2]);
}

#[actix_web::test]
async fn only_linked_blocks_get_customisation_bookkeeping() {
    let app = TestApp::empty().await;
    let files = linked_course();
    import_files(&app, &texts(&files), |_| {}).await.unwrap();
    let olx =
        app.get_studio(&format!("{BLOCKS}{}/olx/", block("problem", "linked")), Who::Staff).await.is(200);
    let olx = olx.json()["olx"].as_str().unwrap().to_owned();
    assert!(olx.contains(LINKED), "the fields of a link stay as they are: {olx}");
    for (id, names) in [("gone", json!(["display_name", "max_attempts"])), ("plain", json!([]))] {
        let path = format!("{BLOCKS}{}/fields/", block("problem", id));
        let save = |settings: Value| {
            app.studio(Method::POST, &path).by(Who::Staff).json(&json!({"metadata": settings})).send()
        };
        save(json!({"display_name": "Mine", "rerandomize": "always"})).await.is(200);
        save(json!({"display_name": "Mine", "max_attempts": 2})).await.is(200);
        let olx = app.get_studio(&format!("{BLOCKS}{}/olx/", block("problem", id)), Who::Staff).await.is(200);
        let olx = olx.json()["olx"].as_str().unwrap().to_owned();
        let written = olx::Document::parse(&olx, &olx::Limits::default()).unwrap().root;
        let kept = written.attr("downstream_customized").unwrap_or("[]");
        assert_eq!(serde_json::from_str::<Value>(kept).unwrap(), names, "{olx}");
    }
}

/// Check 6: learners are graded on what they are shown. The unit has a text, two of four problems of a library,
/// one of two problems of a bank, and a weighted problem of the course.
#[actix_web::test]
async fn grade_completion_and_progress_see_only_selected_blocks() {
    let app = TestApp::empty().await;
    let files: Vec<_> = (1..=4).map(|n| (format!("problem/p{n}/definition.xml"), choice(""))).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    app.context("lib:O:lib", true, &files).await;
    let key = "course-v1:O+C+r";
    let usage = |block_type: &str, id: &str| format!("block-v1:O+C+r+type@{block_type}+block@{id}");
    let unit = format!(
        "<vertical url_name=\"mixed\"><html url_name=\"words\"/>\
         <random_lib_ref url_name=\"drawn\" library_key=\"lib:O:lib\" library_version=\"1\" count=\"2\"/>\
         <itembank url_name=\"bank\" max_count=\"1\">{}{}</itembank>{}</vertical>",
        choice("url_name=\"b1\""),
        choice("url_name=\"b2\""),
        choice("url_name=\"own\" weight=\"5\""),
    );
    let others: String = (0..20)
        .map(|n| {
            format!(
                "<vertical url_name=\"v{n}\"><random_lib_ref url_name=\"r{n}\" library_key=\"lib:O:lib\" \
                 library_version=\"1\" count=\"1\"/></vertical>"
            )
        })
        .collect();
    let course = |units: &str| {
        format!(
            "<course url_name=\"r\" org=\"O\" course=\"C\"><chapter url_name=\"ch\">\
             <sequential url_name=\"sq\">{units}</sequential></chapter></course>"
        )
    };
    let bundle = app.context(key, false, &[("course.xml", &course(&unit))]).await;

    // Nothing was looked at yet: reading progress draws, as every look does.
    let path = format!("/api/exedra/v1/units/{}/progress/", usage("vertical", "mixed"));
    let answer = app.get(&path, LEARNER).await.is(200).json();
    assert_eq!(
        (&answer["earned"], &answer["possible"], &answer["completion"]),
        (&json!(0.0), &json!(8.0), &json!(0.0)),
        "two, one and five: {answer}"
    );
    let blocks: Vec<String> = answer["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| block["usage_key"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(blocks.len(), 5, "the text and four problems, neither reference nor bank: {answer}");
    let page = app.get(&format!("/units/{}", usage("vertical", "mixed")), LEARNER).await.is(200).html();
    let drawn = attributes(&page, "[data-usage^='lb-ref:']", "data-usage");
    assert_eq!(drawn, blocks[1..3], "the page shows what progress drew");
    let assigned = app.events().await.iter().filter(|event| event.name.ends_with("assigned")).count();
    assert_eq!(assigned, 2, "once for the reference, once for the bank");

    for problem in [&drawn[0], &usage("problem", "own")] {
        let name =
            attributes(&page, &format!("[data-usage='{problem}'] input[type=radio]"), "name").remove(0);
        let check = app.handler(problem, "7", "xmodule_handler/problem_check");
        app.learn(Method::POST, &check).form(&[(&name, "choice_1")]).send().await.is(200);
    }
    let answer = app.get(&path, LEARNER).await.is(200).json();
    assert_eq!(
        (&answer["earned"], &answer["possible"], &answer["completion"]),
        (&json!(6.0), &json!(8.0), &json!(0.4))
    );
    let reference = format!("/api/exedra/v1/units/{}/progress/", usage("random_lib_ref", "drawn"));
    let answer = app.get(&reference, LEARNER).await.is(200).json();
    assert_eq!(
        (&answer["earned"], &answer["possible"], &answer["completion"]),
        (&json!(1.0), &json!(2.0), &json!(0.5)),
        "a reference is as complete as the blocks it shows"
    );

    // The course is the sum of its units, for everyone who may know.
    let whole = format!("/api/exedra/v1/contexts/{key}/progress/");
    let own = app.get(&whole, LEARNER).await.is(200).json();
    assert_eq!((&own["earned"], &own["possible"], &own["learner"]), (&json!(6.0), &json!(8.0), &json!("7")));
    assert_eq!(own["units"].as_array().unwrap().len(), 1);
    let asked = format!("{whole}?learner=7");
    assert_eq!(app.get_studio(&asked, Who::Staff).await.is(200).json(), own);
    app.get(&asked, Who::Learner(8)).await.is(403).refused("another learner");
    app.get(&format!("{path}?learner=7"), Who::Author).await.is(403).refused("no role here");
    app.get(&format!("{whole}?learner=anon0123456789abcdef0123"), Who::Staff)
        .await
        .problem(400, "bad_request");
    app.get(&whole, Who::Nobody).await.is(403).refused("nobody");

    // Twenty more units take no more statements.
    let (few, _) = app.counted(app.learn(Method::GET, &whole).by(LEARNER)).await;
    app.write(bundle, &[("course.xml", &course(&format!("{unit}{others}")))]).await;
    app.publish(bundle).await;
    let answer = app.get(&whole, LEARNER).await.is(200).json();
    assert_eq!((&answer["possible"], answer["units"].as_array().unwrap().len()), (&json!(28.0), 21));
    let (many, _) = app.counted(app.learn(Method::GET, &whole).by(LEARNER)).await;
    assert_eq!(few, many);
}

/// Returns what a reference block has besides its id: everything its pool and its look follow from.
async fn authored_reference(app: &TestApp, usage: &str) -> Value {
    let path = format!("/api/xblock/v2/xblocks/{usage}/fields/");
    let mut fields = app.get_studio(&path, Who::Staff).await.is(200).json();
    fields.as_object_mut().unwrap().remove("id");
    fields
}

/// Returns every library block that some of many learners is shown in a unit: what its references draw from.
async fn drawn_from(app: &TestApp, unit: &str) -> BTreeSet<String> {
    let mut shown = BTreeSet::new();
    for learner in 1..=12 {
        let path = format!("/api/exedra/v1/units/{unit}/");
        let unit = app.get(&path, Who::Learner(learner)).await.is(200).json();
        let children = unit["children"].as_array().unwrap().iter();
        shown.extend(children.filter_map(|child| Some(child.get("definition")?.to_string())));
    }
    shown
}

#[actix_web::test]
async fn duplicating_a_unit_or_subsection_with_references_gives_identical_pools() {
    let app = TestApp::new().await;
    let course = app.shared.contexts.record(&content::COURSE.parse().unwrap()).await.unwrap();
    for (tag, id, references) in [("vertical", "random", 1), ("sequential", "sq", 4)] {
        let path = format!("/api/exedra/v1/units/{}/duplicate/", content::block(tag, id));
        let answer = app.studio(Method::POST, &path).by(Who::Staff).json(&json!({})).send().await.is(201);
        app.publish(course.bundle).await;
        let blocks = answer.json()["blocks"].as_object().unwrap().clone();
        assert_eq!(blocks.keys().filter(|old| old.contains("lib_ref")).count(), references, "{blocks:?}");
        for (old, new) in &blocks {
            let new = new.as_str().unwrap();
            assert_ne!(old, new);
            if old.contains("lib_ref") {
                assert_eq!(authored_reference(&app, new).await, authored_reference(&app, old).await);
            }
            if old.contains("type@vertical") {
                let pool = drawn_from(&app, old).await;
                assert_eq!(pool.len(), if old.ends_with("@fixed") { 2 } else { 4 }, "{pool:?}");
                assert_eq!(drawn_from(&app, new).await, pool);
            }
        }
    }
}

#[actix_web::test]
async fn editing_a_reference_lists_libraries_in_constant_queries() {
    let mut counts = Vec::new();
    for libraries in [3, 40] {
        let app = TestApp::empty().await;
        for number in 0..libraries {
            let key = format!("lib:O:n{number}");
            app.context(&key, false, &[("html/a/definition.xml", "<html/>")]).await;
            if number % 2 == 0 {
                app.role(&key, Role::Read).await;
            }
        }
        app.context("course-v1:O+C+r", false, &[("course.xml", "<course url_name='r'/>")]).await;
        let ask = app.studio(Method::GET, "/api/exedra/v1/contexts/?kind=library").by(Who::Author);
        let (count, answer) = app.counted(ask).await;
        let listed = answer.is(200).json()["results"].as_array().unwrap().len();
        assert_eq!(listed, usize::div_ceil(libraries, 2), "those the author has a role in");
        counts.push(count);
    }
    assert_eq!(counts, [2, 2]);
}

/// Both sites with the course and the library of [`crate::content`], which user 5 authors and reads.
async fn authored() -> TestApp {
    let app = TestApp::new().await;
    app.role(crate::content::COURSE, Role::Author).await;
    app.role(crate::content::LIBRARY, Role::Read).await;
    app
}

async fn publish_course(app: &TestApp) {
    let key = crate::content::COURSE.parse().unwrap();
    let found = app.shared.contexts.record(&key).await.unwrap();
    app.publish(found.bundle).await;
}

#[actix_web::test]
async fn updating_after_copy_and_paste_keeps_state() {
    let app = authored().await;
    let unit = crate::content::block("vertical", "random");
    let chosen = crate::content::block("lib_ref", "chosen");
    let paste = app.studio(Method::POST, &format!("/api/exedra/v1/units/{unit}/children/")).by(Who::Author);
    let pasted = paste.json(&json!({"copy": chosen})).send().await.is(201).json();
    let copy = pasted["usage_key"].as_str().unwrap().to_owned();
    let at = format!("/api/exedra/v1/references/{copy}/");
    let written = async |path: &str| {
        let fields = app.get_studio(path, Who::Author).await.is(200).json()["fields"].clone();
        ["field_overrides", "block_field_overrides", "library_version", "blocks"]
            .map(|name| fields[name].clone())
    };
    let original = format!("/api/exedra/v1/references/{chosen}/");
    assert_eq!(
        written(&at).await,
        written(&original).await,
        "the copy has the overrides, the pool and the pin"
    );
    publish_course(&app).await;

    let problem = format!("lb-ref:lib1:problem:p1:{}", &copy["block-v1:".len()..]);
    let page = app.get(&format!("/units/{unit}"), LEARNER).await.is(200).html();
    let radios = format!("[data-usage='{problem}'] input[type=radio]");
    let name = attributes(&page, &radios, "name").remove(0);
    let check = app.handler(&problem, "7", "xmodule_handler/problem_check");
    app.learn(Method::POST, &check).form(&[(&name, "choice_1")]).send().await.is(200);
    let key = problem.parse().unwrap();
    let answered = app.state("7", &[&problem]).await.blocks[&key].clone();
    assert_eq!(answered.score, Some((1.0, 1.0)));

    for to in [2, 1] {
        let update = app.studio(Method::POST, &format!("{at}update/")).by(Who::Author);
        update.json(&json!({"to": to})).send().await.is(200);
        publish_course(&app).await;
        let unit = app.get(&format!("/api/exedra/v1/units/{unit}/"), LEARNER).await.is(200).json();
        let shown = unit["children"].as_array().unwrap().iter().find(|child| child["usage_key"] == problem);
        assert_eq!(shown.unwrap()["definition"]["version"], to);
        assert_eq!(app.state("7", &[&problem]).await.blocks[&key], answered, "version {to}");
    }
}

#[actix_web::test]
async fn unlinking_a_broken_link_works() {
    let app = authored().await;
    let lost = crate::content::block("lib_ref", "lost");
    let at = format!("/api/exedra/v1/references/{lost}/");
    let broken = app.get_studio(&at, Who::Author).await.is(200).json();
    assert_eq!(broken["update"]["state"], "pinned_missing");
    let unlinked =
        app.studio(Method::POST, &format!("{at}unlink/")).by(Who::Author).send().await.is(200).json();
    let bank = crate::content::block("itembank", "lost");
    assert_eq!(unlinked["blocks"], json!([bank]));
    assert_eq!(unlinked["previous"]["library_key"], "lib:Org1:nowhere");
    app.get_studio(&at, Who::Author).await.is(404);
    let olx = app.get_studio(&format!("{BLOCKS}{bank}/olx/"), Who::Author).await.is(200);
    assert!(olx.text().contains("copied_from_block=\\\"lib:Org1:nowhere\\\""), "{}", olx.text());
    assert!(olx.text().contains("html:x"), "what was chosen is kept: {}", olx.text());
    publish_course(&app).await;
    let unit = crate::content::block("vertical", "fixed");
    let view = app
        .get_studio(&format!("/api/exedra/v1/units/{unit}/?view=author"), Who::Author)
        .await
        .is(200)
        .json();
    assert_eq!(view["hidden"], json!([]), "nothing is broken any more");
    app.get(&format!("/units/{unit}"), LEARNER).await.is(200);
}
