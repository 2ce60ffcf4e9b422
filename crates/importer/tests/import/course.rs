//! Courses.

use blockstore::{At, Blockstore, Change, DraftName};
use importer::codes as error_codes;
use xblock::Severity;

use crate::common::{Site, codes, draft, folder, write};

const KEY: &str = "course-v1:Org+Light+2026";

const COURSE: &[(&str, &str)] = &[
    ("course.xml", r#"<course url_name="2026" org="Org" course="Light"/>"#),
    ("course/2026.xml", r#"<course display_name="Light"><chapter url_name="c1"/></course>"#),
    (
        "chapter/c1.xml",
        r#"<chapter display_name="One"><sequential url_name="s1"><vertical url_name="v1"/></sequential></chapter>"#,
    ),
    (
        "vertical/v1.xml",
        "<vertical display_name=\"Unit\">\n  <html url_name=\"h1\"/>\n  <html url_name=\"h2\"><p>inline</p></html>\n</vertical>",
    ),
    ("html/h1.xml", r#"<html filename="h1" display_name="Text"/>"#),
    ("html/h1.html", "<p>Light &amp; <img src=\"/static/a.png\" alt=\"a\"></p>"),
    ("policies/2026/policy.json", r#"{"course/2026": {"display_name": "Light and shade"}}"#),
    ("static/a.png", "png"),
];

#[tokio::test]
async fn a_course_becomes_one_version_of_its_files() {
    let site = Site::new().await;
    let source = folder(COURSE);
    write(source.path(), &[(".DS_Store", "junk")]);
    let report = site.import(source.path()).await.unwrap();
    assert_eq!((report.key.as_str(), report.version), (KEY, Some(1)));
    assert_eq!(codes(&report), Vec::<&str>::new(), "{report}");
    assert_eq!(report.blocks["html"], 2);
    assert_eq!(report.blocks.values().sum::<u64>(), 6);
    let record = site.record(KEY).await.unwrap();
    assert_eq!((&*record.title, record.latest_version), ("Light and shade", 1));
    let mut expected: Vec<(String, String)> =
        COURSE.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    expected.sort_unstable();
    assert_eq!(site.texts(KEY, At::Version(1)).await, expected);
}

#[tokio::test]
async fn importing_twice_changes_nothing_and_a_change_makes_one_version() {
    let site = Site::new().await;
    let source = folder(COURSE);
    site.import(source.path()).await.unwrap();
    let before = site.db.statement_count();
    let again = site.import(source.path()).await.unwrap();
    assert!(!again.changed() && again.published.unchanged == 8, "{again}");
    assert!(site.db.statement_count() - before < 10);
    assert_eq!(site.record(KEY).await.unwrap().latest_version, 1);

    write(source.path(), &[("html/h1.html", "<p>Shade</p>"), ("static/b.png", "b")]);
    std::fs::remove_file(source.path().join("static/a.png")).unwrap();
    let changed = site.import(source.path()).await.unwrap();
    let counts = changed.published;
    assert_eq!((counts.stored, counts.unchanged, counts.deleted), (2, 6, 1));
    assert_eq!(changed.version, Some(2));
    let paths: Vec<_> = site.texts(KEY, At::Version(2)).await.into_iter().map(|(path, _)| path).collect();
    assert!(paths.contains(&"static/b.png".to_owned()) && !paths.contains(&"static/a.png".to_owned()));
}

#[tokio::test]
async fn the_key_can_be_chosen() {
    let site = Site::new().await;
    let source = folder(COURSE);
    let with = |key: &str| {
        let key = key.parse().unwrap();
        site.import_with(source.path(), |options| options.key = Some(key))
    };
    assert_eq!(with("course-v1:Other+Light+run").await.unwrap().key, "course-v1:Other+Light+run");
    assert_eq!(with("lib:Org:light").await.unwrap_err().code(), error_codes::KEY);
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    let site = Site::new().await;
    let source = folder(COURSE);
    let report = site.import_with(source.path(), |options| options.dry_run = true).await.unwrap();
    assert_eq!((report.published.stored, report.version, report.created), (8, None, true));
    assert!(site.record(KEY).await.is_none());
}

#[tokio::test]
async fn an_interrupted_import_is_completed_by_the_next() {
    let site = Site::new().await;
    let source = folder(COURSE);
    site.import(source.path()).await.unwrap();
    write(source.path(), &[("html/h1.html", "<p>new</p>"), ("static/c.png", "c")]);
    // What a killed import leaves: part of its writes to the draft, no commit.
    let bundle = site.bundle(KEY).await;
    let half = Change::Put("html/h1.html".parse().unwrap(), "<p>new</p>".into());
    site.db.write_draft(bundle, &DraftName::studio(), vec![half], None).await.unwrap();
    assert_eq!(site.record(KEY).await.unwrap().latest_version, 1);
    let report = site.import(source.path()).await.unwrap();
    assert_eq!(report.version, Some(2));
    assert_eq!(codes(&report), Vec::<&str>::new(), "nobody's work was replaced");
    assert_eq!(site.texts(KEY, draft()).await, site.texts(KEY, At::Version(2)).await);
}

#[tokio::test]
async fn unpublished_work_is_kept_unless_new_content_comes() {
    let site = Site::new().await;
    let source = folder(COURSE);
    site.import(source.path()).await.unwrap();
    let bundle = site.bundle(KEY).await;
    let edit = || {
        vec![
            Change::Put("html/h1.html".parse().unwrap(), "<p>mine</p>".into()),
            Change::Delete("static/a.png".parse().unwrap()),
        ]
    };
    site.db.write_draft(bundle, &DraftName::studio(), edit(), None).await.unwrap();
    let same = site.import(source.path()).await.unwrap();
    assert_eq!(codes(&same), ["draft_kept"]);
    assert!(!same.changed());
    assert!(site.texts(KEY, draft()).await.iter().any(|(_, text)| text == "<p>mine</p>"));

    write(source.path(), &[("html/h2.html", "new")]);
    let newer = site.import(source.path()).await.unwrap();
    assert!(codes(&newer).contains(&"draft_replaced"), "{newer}");
    assert_eq!(site.texts(KEY, draft()).await, site.texts(KEY, At::Version(2)).await);
}

#[tokio::test]
async fn what_will_not_show_is_reported_with_its_place_and_still_kept() {
    let site = Site::new().await;
    let source = folder(COURSE);
    write(
        source.path(),
        &[
            (
                "vertical/v1.xml",
                "<vertical>\n  <html url_name=\"h1\"/>\n  <html url_name=\"bad\"/>\n  <html url_name=\"gone\"/>\n  \
                 <html url_name=\"h1\"/>\n  <orrery url_name=\"o1\"/>\n  \
                 <lib_ref url_name=\"r1\" library_key=\"lib:Org:none\" library_version=\"3\" field_overrides=\"[]\"/>\n\
                 </vertical>",
            ),
            ("html/bad.xml", "<html>\n  <p>unclosed\n</html>"),
            ("orrery/o1.xml", "<orrery planets=\"8\"/>"),
            ("html/lost.xml", "<html><p></html>"),
            ("drafts/vertical/d.xml", "<vertical/>"),
            ("tags.csv", "a,b"),
            ("notes/todo.txt", "x"),
            ("policies/assets.json", "{"),
        ],
    );
    let report = site.import(source.path()).await.unwrap();
    assert_eq!(report.version, Some(1));
    let place = |code: &str| {
        let found: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| finding.code == code)
            .map(|f| (f.path.clone().unwrap_or_default(), f.line.unwrap_or_default()))
            .collect();
        found
    };
    assert_eq!(place("olx_parse_error"), [("html/bad.xml".to_owned(), 3), ("html/lost.xml".to_owned(), 1)]);
    assert_eq!(place("missing_file"), [("vertical/v1.xml".to_owned(), 4)]);
    assert_eq!(place("duplicate_block"), [("html/h1.xml".to_owned(), 1)]);
    assert_eq!(place("unknown_block_type"), [("orrery/o1.xml".to_owned(), 1)]);
    assert_eq!(place("library_missing"), [("vertical/v1.xml".to_owned(), 7)]);
    assert_eq!(place("override_bad_type"), [("vertical/v1.xml".to_owned(), 7)]);
    assert_eq!(place("policy_invalid"), [("policies/assets.json".to_owned(), 1)]);
    for code in ["drafts_not_applied", "unknown_folder", "file_not_used", "not_in_course"] {
        assert_eq!(place(code).len(), 1, "{code}: {report}");
    }
    assert_eq!(report.unknown_types["orrery"], 1);
    let paths: Vec<_> = site.texts(KEY, At::Version(1)).await.into_iter().map(|(path, _)| path).collect();
    for path in ["html/bad.xml", "orrery/o1.xml", "drafts/vertical/d.xml", "tags.csv", "notes/todo.txt"] {
        assert!(paths.iter().any(|other| other == path), "{path} was lost");
    }
}

#[tokio::test]
async fn a_root_that_cannot_be_read_stops_the_import_before_anything_is_written() {
    for (path, text, code) in [
        ("course.xml", "<course", error_codes::OLX_PARSE),
        ("course.xml", "<course url_name='2026'/>", error_codes::KEY),
        ("course.xml", "<course url_name='a b' org='Org' course='Light'/>", error_codes::KEY),
        ("course/2026.xml", "<course>\n<chapter></course>", error_codes::OLX_PARSE),
        ("course/2026.xml", "<!DOCTYPE c [<!ENTITY a \"b\">]><course>&a;</course>", error_codes::OLX_PARSE),
    ] {
        let site = Site::new().await;
        let source = folder(COURSE);
        write(source.path(), &[(path, text)]);
        let error = site.import(source.path()).await.unwrap_err();
        assert_eq!(error.code(), code, "{path}: {error}");
        assert!(site.record(KEY).await.is_none());
    }
    let site = Site::new().await;
    let source = folder(COURSE);
    std::fs::write(source.path().join("course/2026.xml"), b"<course display_name=\"\xff\"/>").unwrap();
    let error = site.import(source.path()).await.unwrap_err();
    assert_eq!(error.code(), error_codes::OLX_PARSE);
    assert!(error.to_string().contains("course/2026.xml:1"), "{error}");
}

#[tokio::test]
async fn pointers_in_a_circle_end() {
    let site = Site::new().await;
    let source = folder(COURSE);
    write(source.path(), &[("vertical/v1.xml", r#"<vertical><vertical url_name="v1"/></vertical>"#)]);
    let report = site.import(source.path()).await.unwrap();
    assert!(codes(&report).contains(&"duplicate_block"), "{report}");
    assert_eq!(report.count(Severity::Error), 0);
}

#[tokio::test]
async fn settings_of_copies_are_kept_and_missed() {
    const BANK: &str = r#"<library_content source_library_id="library-v1:Org+Bank" source_library_version="5f651a466cb7f7a0c2122b34" max_count="1"><!-- note --><problem url_name="e9e7"/></library_content>"#;
    let site = Site::new().await;
    let source = folder(COURSE);
    write(
        source.path(),
        &[
            ("vertical/v1.xml", r#"<vertical><library_content url_name="lc"/></vertical>"#),
            ("library_content/lc.xml", BANK),
            ("problem/e9e7.xml", r#"<problem display_name="P" weight="2">x</problem>"#),
        ],
    );
    std::fs::remove_dir_all(source.path().join("html")).unwrap();
    let report = site.import(source.path()).await.unwrap();
    assert_eq!(codes(&report), ["v1_defaults_unavailable"]);
    let finding = &report.findings[0];
    assert_eq!(finding.block.as_deref(), Some("library_content/lc"));
    assert!(finding.message.contains("max_attempts (1)") && !finding.message.contains("weight"), "{finding}");

    let defaults = r#"{"e9e7": {"max_attempts": 5}}"#;
    write(source.path(), &[("library_content/lc.defaults.json", defaults)]);
    let report = site.import(source.path()).await.unwrap();
    assert_eq!(codes(&report), Vec::<&str>::new(), "{report}");
    let files = site.texts(KEY, At::Version(2)).await;
    for (path, text) in [("library_content/lc.defaults.json", defaults), ("library_content/lc.xml", BANK)] {
        assert!(files.contains(&(path.to_owned(), text.to_owned())), "{files:?}");
    }

    write(source.path(), &[("library_content/lc.defaults.json", "[]")]);
    assert_eq!(codes(&site.import(source.path()).await.unwrap()), ["defaults_invalid"]);
}
