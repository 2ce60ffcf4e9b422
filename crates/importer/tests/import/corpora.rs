//! Real content of other people, when it is there.

use crate::common::{Site, corpus};
use xblock::Severity;

/// Imports twice; the second time must find nothing to do.
async fn twice(name: &str) -> Option<importer::Report> {
    let path = corpus(name)?;
    let site = Site::new().await;
    let first = site.import(&path).await.unwrap();
    eprintln!("{first}\n");
    assert!(first.version == Some(1) && first.created, "{first}");
    let second = site.import(&path).await.unwrap();
    assert!(!second.changed(), "{second}");
    assert_eq!(second.findings, first.findings);
    Some(first)
}

#[tokio::test]
async fn courses_import_once() {
    for name in [
        "demo-course/demo-course",
        "demo-course/demo-course/course",
        "oxa-kitchen-sink",
        "mit-latex2edx-demo",
    ] {
        let Some(report) = twice(name).await else { continue };
        assert!(report.blocks["vertical"] > 0 && report.blocks["problem"] > 0);
        assert_eq!(report.count(Severity::Error), 0);
    }
}

#[tokio::test]
async fn legacy_libraries_import_once() {
    let Some(report) = twice("demo-course/demo-content-library").await else { return };
    assert_eq!(report.key, "lib:OpenedX:DemoRespiratoryQuestions");
    assert_eq!(report.blocks["problem"], 6);
}

#[tokio::test]
async fn library_archives_import_once() {
    for name in ["archives/optics-mini.zip", "archives/survey-240.zip"] {
        let Some(report) = twice(name).await else { continue };
        assert_eq!(report.count(Severity::Error), 0, "{report}");
    }
}
