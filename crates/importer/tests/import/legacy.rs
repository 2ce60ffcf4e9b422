//! Legacy libraries.

use blockstore::{At, Blockstore as _};

use crate::common::{Site, codes, folder, write};

const KEY: &str = "lib:Org:Bank";

const LIBRARY: &[(&str, &str)] = &[
    (
        "library/library.xml",
        r#"<library org="Org" library="Bank" url_name="library" display_name="Question bank">
  <html url_name="zeta"/>
  <html url_name="alpha" display_name="Inline"><p>inline</p></html>
</library>"#,
    ),
    ("library/html/zeta.xml", r#"<html filename="zeta" display_name="Zeta"/>"#),
    ("library/html/zeta.html", r#"<p>a &lt; b<br><img src="/static/fig 1.png" alt="f"></p>"#),
    ("library/static/fig 1.png", "png"),
    ("library/static/other.png", "other"),
    ("library/policies/assets.json", "{}"),
];

#[tokio::test]
async fn each_block_becomes_a_folder_of_its_own() {
    let site = Site::new().await;
    let source = folder(LIBRARY);
    let report = site.import(source.path()).await.unwrap();
    assert_eq!((report.key.as_str(), report.title.as_str()), (KEY, "Question bank"));
    assert_eq!(codes(&report), Vec::<&str>::new(), "{report}");
    let files = site.texts(KEY, At::Version(1)).await;
    let text =
        |path: &str| &files.iter().find(|(other, _)| other == path).unwrap_or_else(|| panic!("{path}")).1;
    assert_eq!(
        text("html/zeta/definition.xml"),
        "<html display_name=\"Zeta\"><![CDATA[<p>a &lt; b<br><img src=\"/static/fig 1.png\" alt=\"f\"></p>]]></html>\n"
    );
    assert_eq!(text("html/alpha/definition.xml"), "<html display_name=\"Inline\"><p>inline</p></html>\n");
    assert_eq!(text("html/zeta/static/fig 1.png"), "png");
    assert!(text("library.json").contains("\"html/zeta\",\n    \"html/alpha\""));
    assert_eq!(files.len(), 7, "{files:?}");
}

#[tokio::test]
async fn courses_find_it_by_its_old_key() {
    let site = Site::new().await;
    let source = folder(LIBRARY);
    site.import(source.path()).await.unwrap();
    assert_eq!(site.record("library-v1:Org+Bank").await.unwrap().key.to_string(), KEY);
    assert!(!site.import(source.path()).await.unwrap().changed());
}

#[tokio::test]
async fn what_cannot_be_converted_is_reported() {
    let site = Site::new().await;
    let source = folder(LIBRARY);
    write(
        source.path(),
        &[
            (
                "library/library.xml",
                r#"<library org="Org" library="Bank"><html url_name="gone"/><html url_name="a b"/><html url_name="bad"/><html url_name="ctrl"/><html url_name="bare" filename="nowhere"/></library>"#,
            ),
            ("library/html/bad.xml", "<html>"),
            ("library/html/ctrl.xml", r#"<html filename="ctrl"/>"#),
        ],
    );
    std::fs::write(source.path().join("library/html/ctrl.html"), b"<p>\x0b \xff</p>").unwrap();
    let report = site.import(source.path()).await.unwrap();
    assert_eq!(
        codes(&report),
        [
            "invalid_block_id",
            "missing_file",
            "missing_file",
            "not_in_library",
            "not_utf8",
            "olx_parse_error",
            "olx_parse_error"
        ]
    );
}

const STRUCTURES: [&str; 2] = ["5f651a466cb7f7a0c2122b34", "5f651a466cb7f7a0c2122b35"];

#[tokio::test]
async fn other_content_is_replaced_only_when_asked_and_stays_as_a_version() {
    let site = Site::new().await;
    let source = folder(LIBRARY);
    site.import(source.path()).await.unwrap();
    write(source.path(), &[("library/html/zeta.html", "<p>new</p>")]);
    let refused = site.import(source.path()).await.unwrap_err();
    assert_eq!((refused.code(), site.record(KEY).await.unwrap().latest_version), ("replace_required", 1));
    let report = site.import_with(source.path(), |options| options.replace = true).await.unwrap();
    assert_eq!(report.version, Some(2));
    let has = |files: &[(String, String)], part: &str| files.iter().any(|(_, text)| text.contains(part));
    assert!(has(&site.texts(KEY, At::Version(1)).await, "a &lt; b"));
    assert!(!has(&site.texts(KEY, At::Version(2)).await, "a &lt; b"));
    assert!(!site.import(source.path()).await.unwrap().changed(), "the same content asks for nothing");
}

#[tokio::test]
async fn versions_are_named_after_the_structures_that_courses_name() {
    let site = Site::new().await;
    let source = folder(LIBRARY);
    for structure in STRUCTURES {
        let with = |options: &mut importer::Options<'_>| {
            options.structure = Some(structure.to_owned());
            options.replace = true;
        };
        assert!(site.import_with(source.path(), with).await.unwrap().changed());
        assert!(!site.import_with(source.path(), with).await.unwrap().changed());
    }
    let versions = site.db.versions(site.bundle(KEY).await).await.unwrap();
    let mut names: Vec<_> = versions.iter().map(|version| (version.number, version.name.as_str())).collect();
    names.sort_unstable();
    assert_eq!(names, [(1, STRUCTURES[0]), (2, STRUCTURES[1])]);
    let odd = site.import_with(source.path(), |options| options.structure = Some("5F".into())).await;
    assert_eq!(odd.unwrap_err().code(), "import_key");
}

#[tokio::test]
async fn the_old_key_is_given_to_the_first_library_that_wants_it() {
    let site = Site::new().await;
    let source = folder(LIBRARY);
    site.import_with(source.path(), |options| options.key = Some("lib:Org:Other".parse().unwrap()))
        .await
        .unwrap();
    let report = site.import(source.path()).await.unwrap();
    assert_eq!(codes(&report), ["alias_taken"]);
    assert_eq!(site.record("library-v1:Org+Bank").await.unwrap().key.to_string(), "lib:Org:Other");
}
