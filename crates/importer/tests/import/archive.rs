//! Library archives.

use std::io::{Cursor, Write};

use blockstore::At;
use importer::{
    ImportError,
    archive::{ContentState, read_state},
    codes as error_codes,
};
use tempfile::TempDir;

use crate::common::{Site, codes, draft, folder, write};

const KEY: &str = "lib:Org:light";

const PACKAGE: &str = "[meta]\nformat_version = 1\ncreated_at = 2026-03-01T09:00:00Z\nx_note = \"kept\"\n\n\
    [learning_package]\ntitle = \"Light\"\nkey = \"lib:Org:light\"\ndescription = \"About light\"\n\
    created = 2026-03-01T09:00:00Z\n";

/// A component: published version 1, draft version 3.
const INTRO: &str = "[entity]\ncan_stand_alone = true\nkey = \"xblock.v1:html:Intro\"\n\
    created = 2026-03-01T09:00:00Z\n\n[entity.draft]\nversion_num = 3\n\n[entity.published]\nversion_num = 1\n\n\
    [[version]]\ntitle = \"Draft intro\"\nversion_num = 3\n\n[[version]]\ntitle = \"Intro\"\nversion_num = 1\n";

/// A component that was published and then deleted in the draft.
const GONE: &str = "[entity]\nkey = \"xblock.v1:html:gone\"\n\n[entity.published]\nversion_num = 2\n\n\
    [[version]]\ntitle = \"Gone\"\nversion_num = 2\n";

/// A component that was never published.
const NEW: &str = "[entity]\ncan_stand_alone = false\nkey = \"xblock.v1:html:new\"\n\n[entity.draft]\n\
    version_num = 1\n\n[entity.published]\n# unpublished\n\n[[version]]\ntitle = \"\"\nversion_num = 1\n";

/// A component with nothing left.
const RETIRED: &str = "[entity]\nkey = \"xblock.v1:html:retired\"\n\n[entity.published]\n";

const UNIT: &str = "[entity]\nkey = \"unit-1\"\n\n[entity.draft]\nversion_num = 1\n\n[entity.published]\n\
    version_num = 1\n\n[entity.container.unit]\n\n[[version]]\ntitle = \"A & B\"\nversion_num = 1\n\
    x_pinned_children = [1, 0, 0]\n\n[version.container]\n\
    children = [\"xblock.v1:html:Intro\", \"xblock.v1:html:new\", \"xblock.v1:html:Intro\"]\n";

const COLLECTION: &str = "[collection]\ntitle = \"Week 1\"\nkey = \"week-1\"\ndescription = \"\"\n\
    created = 2026-03-01T09:00:00Z\nentities = [\n  \"xblock.v1:html:Intro\",\n  \"unit-1\",\n]\n";

const ARCHIVE: &[(&str, &str)] = &[
    ("package.toml", PACKAGE),
    ("entities/unit-1.toml", UNIT),
    ("entities/xblock.v1/html/intro.toml", INTRO),
    (
        "entities/xblock.v1/html/intro/component_versions/v1/block.xml",
        "<html display_name=\"Intro\"><p>1</p></html>",
    ),
    ("entities/xblock.v1/html/intro/component_versions/v1/static/v1/app.js", "js"),
    ("entities/xblock.v1/html/intro/component_versions/v1/static/data.toml", "not = a component"),
    ("entities/xblock.v1/html/intro/component_versions/v1/definition.xml", "taken"),
    ("entities/xblock.v1/html/intro/component_versions/v3/block.xml", "<html><p>3</p></html>"),
    ("entities/xblock.v1/html/gone.toml", GONE),
    ("entities/xblock.v1/html/gone/component_versions/v2/block.xml", "<html>gone</html>"),
    ("entities/xblock.v1/html/new.toml", NEW),
    ("entities/xblock.v1/html/new/component_versions/v1/block.xml", "<html>new</html>"),
    ("entities/xblock.v1/html/retired.toml", RETIRED),
    ("collections/week-1.toml", COLLECTION),
    ("x-ext/tags.csv", "xblock.v1:html:Intro,light,\"waves, mostly\",light\r\nunit-1,light\n"),
];

fn zip_of(files: &[(&str, &str)]) -> (TempDir, std::path::PathBuf) {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("backup.zip");
    std::fs::write(&path, writer.finish().unwrap().into_inner()).unwrap();
    (folder, path)
}

#[tokio::test]
async fn published_entities_become_a_version_and_drafts_the_working_draft() {
    let site = Site::new().await;
    let (_keep, path) = zip_of(ARCHIVE);
    let report = site.import(&path).await.unwrap();
    assert_eq!(codes(&report), Vec::<&str>::new(), "{report}");
    assert_eq!((report.key.as_str(), report.version), (KEY, Some(1)));
    let published = site.texts(KEY, At::Version(1)).await;
    let paths: Vec<&str> = published.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "collections/week-1.json",
            "html/Intro/definition.xml",
            "html/Intro/entity.json",
            "html/Intro/static/data.toml",
            "html/Intro/static/v1/app.js",
            "html/Intro/x-files/definition.xml",
            "html/gone/definition.xml",
            "html/gone/entity.json",
            "html/retired/entity.json",
            "library.json",
            "tags.json",
            "unit/unit-1/definition.xml",
            "unit/unit-1/entity.json",
            "x-ext/tags.csv",
        ]
    );
    let text = |files: &[(String, String)], path: &str| {
        files.iter().find(|(other, _)| other == path).map(|(_, text)| text.clone())
    };
    assert_eq!(
        text(&published, "unit/unit-1/definition.xml").unwrap(),
        "<unit display_name=\"A &amp; B\">\n  <xblock-include definition=\"html/Intro\"/>\n  \
         <xblock-include definition=\"html/Intro\"/>\n</unit>\n"
    );
    let tags: serde_json::Value = serde_json::from_str(&text(&published, "tags.json").unwrap()).unwrap();
    assert_eq!(
        tags,
        serde_json::json!({"unit-1": ["light"], "xblock.v1:html:Intro": ["light", "waves, mostly"]})
    );
    let drafts = site.texts(KEY, draft()).await;
    assert_eq!(text(&drafts, "html/Intro/definition.xml").unwrap(), "<html><p>3</p></html>");
    assert_eq!(text(&drafts, "html/Intro/static/v1/app.js"), None, "drafts inherit no files");
    assert_eq!(text(&drafts, "html/gone/definition.xml"), None, "the deletion is applied");
    assert!(text(&drafts, "unit/unit-1/definition.xml").unwrap().contains("html/new"));
}

#[tokio::test]
async fn nothing_that_the_archive_carries_is_lost() {
    let site = Site::new().await;
    let (_keep, path) = zip_of(ARCHIVE);
    site.import(&path).await.unwrap();
    let state = read_state(&site.db, site.bundle(KEY).await).await.unwrap();
    assert_eq!(state.package.description, "About light");
    assert_eq!(state.package.meta["x_note"], "kept");
    assert_eq!(state.collections["week-1"].entities, ["unit-1", "xblock.v1:html:Intro"]);
    let numbers: Vec<_> = state
        .entities
        .iter()
        .map(|(key, entity)| {
            let number =
                |version: &Option<importer::archive::VersionState>| version.as_ref().map(|v| v.version_num);
            (key.as_str(), number(&entity.draft), number(&entity.published))
        })
        .collect();
    assert_eq!(
        numbers,
        [
            ("unit-1", Some(1), Some(1)),
            ("xblock.v1:html:Intro", Some(3), Some(1)),
            ("xblock.v1:html:gone", None, Some(2)),
            ("xblock.v1:html:new", Some(1), None),
            ("xblock.v1:html:retired", None, None),
        ]
    );
    assert!(!state.entities["xblock.v1:html:new"].can_stand_alone);
    let ContentState::Children(children) = &state.entities["unit-1"].draft.as_ref().unwrap().content else {
        panic!("a unit has children")
    };
    let pins: Vec<_> = children.iter().map(|(_, pin)| *pin).collect();
    assert_eq!(pins, [Some(1), None, None]);
    let ContentState::Files(files) =
        &state.entities["xblock.v1:html:Intro"].published.as_ref().unwrap().content
    else {
        panic!("a component has files")
    };
    let paths: Vec<_> = files.keys().map(String::as_str).collect();
    assert_eq!(paths, ["block.xml", "definition.xml", "static/data.toml", "static/v1/app.js"]);
}

#[tokio::test]
async fn importing_twice_changes_nothing_also_as_a_folder() {
    let site = Site::new().await;
    let (_keep, path) = zip_of(ARCHIVE);
    site.import(&path).await.unwrap();
    assert!(!site.import(&path).await.unwrap().changed());
    let unpacked = folder(ARCHIVE);
    let again = site.import(unpacked.path()).await.unwrap();
    assert!(!again.changed(), "{again}");

    std::fs::remove_file(unpacked.path().join("collections/week-1.toml")).unwrap();
    let changed = site.import(unpacked.path()).await.unwrap();
    assert_eq!((changed.version, changed.published.deleted), (Some(2), 1));
    let state = read_state(&site.db, site.bundle(KEY).await).await.unwrap();
    assert!(state.collections.is_empty());
    assert!(state.entities["xblock.v1:html:gone"].draft.is_none());
}

/// Imports the archive with some files changed and returns the complaints.
async fn faults(changes: &[(&str, &str)]) -> Vec<(String, u32, &'static str)> {
    let site = Site::new().await;
    let source = folder(ARCHIVE);
    write(source.path(), changes);
    match site.import(source.path()).await {
        Err(ImportError::Invalid(findings)) => {
            assert!(site.record(KEY).await.is_none(), "nothing is written");
            let place = |finding: importer::Finding| {
                (finding.path.unwrap_or_default(), finding.line.unwrap_or_default(), finding.code)
            };
            findings.into_iter().map(place).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_fault_is_told_with_file_and_line() {
    let intro = "entities/xblock.v1/html/intro.toml";
    for (path, text, line, code) in [
        (intro, "[entity]\nkey = \"xblock.v1:html:Intro\"\noops =\n", 3, "toml_syntax"),
        (intro, "[entity]\nkey = \"xblock.v1:html:Intro\"\nkey = \"again\"\n", 3, "toml_syntax"),
        (intro, "[entity]\n\nkey = \"prism\"\n", 3, "invalid_key"),
        (intro, "[entity]\nkey = \"xblock.v1:html:../../x\"\n", 2, "invalid_key"),
        (intro, "[entity]\nkey = 7\n", 2, "toml_type"),
        (intro, "[thing]\n", 1, "toml_missing"),
        ("package.toml", "[meta]\nformat_version = 1\n", 1, "toml_missing"),
        ("entities/u.toml", "[entity]\nkey = \"a b\"\n[entity.container.unit]\n", 2, "invalid_key"),
        ("entities/u.toml", "[entity]\nkey = \"u\"\n\n[entity.container.chapter]\n", 4, "container_kind"),
        ("entities/xblock.v1/html/intro2.toml", INTRO, 0, "duplicate_key"),
        ("collections/zwei.toml", COLLECTION, 0, "duplicate_key"),
    ] {
        let found = faults(&[(path, text)]).await;
        let expected = (path.to_owned(), line, code);
        assert!(found.contains(&expected), "{expected:?} is not in {found:?}");
    }
}

#[tokio::test]
async fn all_faults_are_told_at_once() {
    let found = faults(&[
        ("collections/week-1.toml", &COLLECTION.replace("unit-1", "unit-9")),
        ("entities/unit-1.toml", &UNIT.replace("html:new", "html:never")),
        ("entities/xblock.v1/html/orphan/component_versions/v1/block.xml", "<html/>"),
    ])
    .await;
    let mut codes: Vec<_> = found.iter().map(|(_, _, code)| *code).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["missing_toml", "unknown_child", "unknown_member_of_collection"]);
}

#[tokio::test]
async fn unknown_children_can_be_left_out() {
    let site = Site::new().await;
    let source = folder(ARCHIVE);
    write(source.path(), &[("entities/unit-1.toml", &UNIT.replace("html:new", "html:never"))]);
    let report = site.import_with(source.path(), |options| options.lenient = true).await.unwrap();
    assert_eq!(codes(&report), ["unknown_child"]);
}

#[tokio::test]
async fn what_the_format_allows_is_accepted_with_a_word() {
    let site = Site::new().await;
    let source = folder(ARCHIVE);
    write(
        source.path(),
        &[
            (
                "package.toml",
                "[meta]\nformat_version = 2\n[learning_package]\nkey = \"lib:Org:light\"\ntitle = \"L\"\n",
            ),
            ("entities/xblock.v1/html/intro.toml", &INTRO.replace("version_num = 3", "version_num = 4")),
            ("entities/xblock.v1/html/intro/component_versions/v1/block.xml", "<html>\n<p>broken</html>"),
            ("readme.txt", "hello"),
        ],
    );
    let report = site.import(source.path()).await.unwrap();
    assert_eq!(
        codes(&report),
        ["files_not_used", "format_version", "no_block_xml", "olx_parse_error", "unknown_member"],
        "{report}"
    );
    let broken = report.findings.iter().find(|finding| finding.code == "olx_parse_error").unwrap();
    let path = "entities/xblock.v1/html/intro/component_versions/v1/block.xml";
    assert_eq!((broken.path.as_deref(), broken.line), (Some(path), Some(2)));
}

#[tokio::test]
async fn the_suggested_key_must_be_a_library_key_unless_one_is_given() {
    let site = Site::new().await;
    let source = folder(ARCHIVE);
    write(source.path(), &[("package.toml", &PACKAGE.replace("lib:Org:light", "lp-restore:me"))]);
    assert_eq!(site.import(source.path()).await.unwrap_err().code(), error_codes::KEY);
    let key = "lib:Else:where".parse().unwrap();
    let report = site.import_with(source.path(), |options| options.key = Some(key)).await.unwrap();
    assert_eq!(report.key, "lib:Else:where");
}
