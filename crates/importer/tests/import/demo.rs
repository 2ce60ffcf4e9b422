//! The demo content of the project: it imports without a word but the one that it is there to show.

use std::{collections::BTreeMap, path::Path};

use blockstore::{At, DraftName};
use importer::archive::read_state;
use olx::{Document, Limits};
use xblock::{CompileCx, OlxMode, ReadInput};

use crate::common::Site;

#[tokio::test]
async fn the_demo_content_imports_without_warnings() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    let site = Site::new().await;
    let library = site.import(&demo.join("library")).await.unwrap();
    assert!(library.findings.is_empty(), "{library}");
    assert_eq!((library.key.as_str(), library.version), ("lib:Exedra:light", Some(1)));
    assert!(library.blocks["problem"] >= 8, "too few problems to draw from");
    assert!(library.blocks["html"] >= 4 && library.blocks["video"] >= 1, "{library}");

    let course = site.import(&demo.join("course")).await.unwrap();
    let codes: Vec<_> = course.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["unknown_block_type"], "{course}");
    assert_eq!(course.unknown_types.iter().collect::<Vec<_>>(), [(&"orrery".to_owned(), &1)]);
    assert_eq!(course.key, "course-v1:Exedra+Light+demo");
    for tag in ["html", "problem", "video", "lib_ref", "random_lib_ref", "library_content", "itembank"] {
        assert!(course.blocks.contains_key(tag), "no {tag} in the demo course");
    }
}

#[tokio::test]
async fn the_demo_library_has_units_and_collections() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    let site = Site::new().await;
    site.import(&demo.join("library")).await.unwrap();
    let state = read_state(&site.db, site.bundle("lib:Exedra:light").await).await.unwrap();
    assert!(state.entities.values().any(|entity| entity.kind == "unit"));
    assert!(state.collections.contains_key("eye") && state.collections.contains_key("camera"));
}

#[tokio::test]
async fn the_demo_library_comes_with_its_second_edition_as_drafts() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    let site = Site::new().await;
    site.import(&demo.join("library")).await.unwrap();
    let state = read_state(&site.db, site.bundle("lib:Exedra:light").await).await.unwrap();
    let named = |wanted: fn(bool, bool) -> bool| -> Vec<&str> {
        let differing = state.entities.iter().filter(|(_, entity)| entity.draft != entity.published);
        let meant = differing.filter(|(_, e)| wanted(e.published.is_some(), e.draft.is_some()));
        meant.map(|(key, _)| &**key).collect()
    };
    let changed = ["xblock.v1:html:refraction", "xblock.v1:problem:snell", "xblock.v1:problem:stop-down"];
    assert_eq!(named(|before, after| before && after), changed);
    assert_eq!(named(|before, after| before && !after), ["xblock.v1:problem:full-stops"]);
    assert_eq!(named(|before, after| !before && after), ["xblock.v1:problem:sunny-sixteen"]);
}

/// Compiles every block of a state of a context, without math, and returns what is odd about them.
async fn compile_problems(site: &Site, key: &str, at: At, mode: OlxMode) -> Vec<String> {
    let files: BTreeMap<String, String> = site.texts(key, at).await.into_iter().collect();
    let mut odd = Vec::new();
    let mut compiled = 0;
    for (path, text) in &files {
        let is_block = match mode {
            OlxMode::V2 => path.ends_with("/definition.xml"),
            OlxMode::V1 => path.ends_with(".xml") && path != "course.xml",
        };
        if !is_block {
            continue;
        }
        let element = Document::parse(text, &Limits::default()).unwrap().root;
        let block = site.registry.get(&element.name);
        let url_name = path.rsplit('/').next().and_then(|name| name.strip_suffix(".xml"));
        let input = ReadInput { mode, element: &element, url_name, files: &files, policy: None };
        let authored = block.read(&input).unwrap();
        let mut problems = authored.problems;
        let math = |html: &str, _: &mut Vec<xblock::ContentProblem>| html.to_owned();
        block.compile(&authored.fields, &CompileCx { math: &math }, &mut problems);
        odd.extend(problems.into_iter().map(|problem| format!("{path}: {}", problem.code)));
        compiled += 1;
    }
    assert!(compiled > 15, "{compiled}");
    odd
}

#[tokio::test]
async fn every_demo_block_compiles() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    let site = Site::new().await;
    site.import(&demo.join("library")).await.unwrap();
    site.import(&demo.join("course")).await.unwrap();
    // The bench is there to show what becomes of a problem that Python checks.
    let python = ["problem/bench-messages.xml: needs_python", "problem/bench.xml: needs_python"];
    for (key, at, mode, expected) in [
        ("lib:Exedra:light", At::Version(1), OlxMode::V2, &[][..]),
        ("lib:Exedra:light", At::Draft(DraftName::studio()), OlxMode::V2, &[]),
        ("course-v1:Exedra+Light+demo", At::Version(1), OlxMode::V1, &python),
    ] {
        assert_eq!(compile_problems(&site, key, at, mode).await, expected, "{key}");
    }
}
