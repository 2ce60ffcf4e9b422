//! Missing libraries and versions: hidden, never an error, nothing redrawn (unit-composition §7).

use crate::{
    support::bundle,
    world::{Draws, World, hidden, page},
};

const UNIT: &str = "block-v1:edX+UseLib+1+type@vertical+block@u";

fn course(world: &World, attributes: &str) {
    world.course(1, &format!(
        "<vertical url_name='u'><html url_name='before'/><random_lib_ref url_name='r' {attributes}/></vertical>"
    ));
}

const BLOCKS: &[(&str, &str)] = &[("problem/a", "<problem/>"), ("problem/b", "<problem/>")];

#[tokio::test]
async fn a_library_may_come_and_go() {
    let world = World::new();
    course(&world, "library_key='lib:O:L' library_version='2'");
    let mut draws = Draws::new();
    let missing = world.compose(UNIT, "ann", &mut draws).await;
    assert_eq!((page(&missing).len(), hidden(&missing)), (1, vec!["library_missing"]));
    assert!(missing.changed.is_empty() && !world.plan(UNIT).await.is_settled());
    let json = serde_json::to_value(missing.learner_json()).unwrap();
    assert_eq!(json.get("hidden"), None);

    world.library("lib:O:L", 2, 1, BLOCKS);
    let old = world.compose(UNIT, "ann", &mut draws).await;
    assert_eq!(hidden(&old), ["library_version_missing"]);
    assert_eq!(
        old.hidden[0].message,
        "lib:O:L does not have version 2; there is version 1. Import version 2, or pin version 1."
    );
    assert!(draws.is_empty());

    world.library("lib:O:L", 2, 2, BLOCKS);
    let here = world.compose(UNIT, "ann", &mut draws).await;
    assert_eq!((page(&here).len(), here.changed.len(), hidden(&here).len()), (2, 1, 0));
    assert!(world.plan(UNIT).await.is_settled());

    // Another course with the same reference while the library is away: the draw is left alone.
    let away = World::new();
    course(&away, "library_key='lib:O:L' library_version='2'");
    let suspended = away.compose(UNIT, "ann", &mut draws).await;
    assert!(suspended.changed.is_empty() && suspended.events.is_empty());
    assert_eq!(page(&world.compose(UNIT, "ann", &mut draws).await), page(&here));
}

#[tokio::test]
async fn what_a_reference_lacks_is_said() {
    let cases = [
        ("display_name='Bank'", "library_not_selected", vec!["library_not_selected"]),
        ("library_key='nonsense'", "library_missing", vec!["library_missing"]),
        ("library_key='lib:O:L' library_version='1' count='0'", "count_invalid", vec!["count_invalid"]),
        ("library_key='lib:O:None' library_version='1'", "library_missing", vec!["library_missing"]),
        (
            "library_key='lib:O:L' library_version='no such name'",
            "library_version_missing",
            vec!["library_version_missing"],
        ),
    ];
    for (attributes, code, said) in cases {
        let world = World::new();
        world.library("lib:O:L", 2, 1, BLOCKS);
        course(&world, attributes);
        let composed = world.compose(UNIT, "ann", &mut Draws::new()).await;
        assert_eq!(hidden(&composed), [code], "{attributes}");
        assert_eq!(world.findings(UNIT).await, said, "{attributes}");
    }
}

#[tokio::test]
async fn each_code_has_its_message() {
    let world = World::new();
    world.library("lib:O:L", 2, 1, BLOCKS);
    world.library("lib:O:L", 2, 2, BLOCKS);
    world.library("lib:O:L", 2, 4, BLOCKS);
    let mut version = 0;
    for (attributes, messages) in [
        ("display_name='Bank'", &["A library has not yet been selected."][..]),
        (
            "library_key='lib:other.example:O:L' library_version='3'",
            &[
                "Library is invalid, corrupt, or has been deleted. (lib:other.example:O:L, version 3 of other.example) Import it, or choose another one.",
            ],
        ),
        (
            "library_key='lib:O:L:v7'",
            &[
                "lib:O:L does not have version 7; there are versions 1, 2, 4. Import version 7, or pin version 4.",
            ],
        ),
        (
            "library_key='lib:O:L' library_version='spring'",
            &[
                "lib:O:L does not have version \"spring\"; there are versions 1, 2, 4. Import version \"spring\", or pin version 4.",
            ],
        ),
        (
            "library_key='lib:O:L:v4' count='-2'",
            &[
                "This component is configured to show -2 problems. Please specify a positive number of problems, or specify -1 to show all of them.",
            ],
        ),
        (
            "library_key='lib:O:L:v4' count='3'",
            &["This component is configured to show 3 problems, but only 2 are there."],
        ),
        (
            "library_key='lib:O:L:v4' capa_type='stringresponse'",
            &["no block of lib:O:L matches capa_type stringresponse"],
        ),
        (
            "library_key='lib:O:L:v4' blocks='[\"html:gone\", \"problem:a\"]'",
            &["html:gone is not in this version of the library"],
        ),
        ("library_key='lib:O:L:v2'", &["This component is out of date. The library has new content."]),
    ] {
        version += 1;
        world.course(
            version,
            &format!("<vertical url_name='u'><random_lib_ref url_name='r' {attributes}/></vertical>"),
        );
        let findings = world.plans.author_findings(&*world.plan(UNIT).await).await.unwrap();
        let said: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(said, messages, "{attributes}");
    }
}

#[tokio::test]
async fn versions_are_pinned_named_or_reported() {
    for (attributes, version, said) in [
        ("library_key='lib:O:L' library_version='1'", 1, &["update_available"][..]),
        ("library_key='lib:O:L:v1' declined_version='2'", 1, &[]),
        ("library_key='lib:O:L' library_version='v1'", 1, &[]),
        ("library_key='lib:O:L'", 2, &["library_version_unpinned"]),
        (
            "library_key='lib:O:L' library_version='2' count='-1' capa_type='stringresponse'",
            2,
            &["pool_empty"],
        ),
    ] {
        let world = World::new();
        world.library("lib:O:L", 2, 1, &BLOCKS[..1]);
        world.library("lib:O:L", 2, 2, BLOCKS);
        course(&world, attributes);
        assert_eq!(world.findings(UNIT).await, said, "{attributes}");
        let composed = world.compose(UNIT, "ann", &mut Draws::new()).await;
        let drawn = composed.root.children.get(1).and_then(|block| block.origin.as_ref());
        assert!(drawn.is_none_or(|origin| origin.version == version), "{attributes}");
        assert_eq!(drawn.is_none(), said == ["pool_empty"], "{attributes}");
    }
}

#[tokio::test]
async fn an_unreadable_reference_hides_only_itself() {
    let world = World::new();
    world.course(1, "");
    let pointer = "<course url_name='1' org='edX' course='UseLib'><vertical url_name='u'><html url_name='h' a='b'/><lib_ref url_name='x'/></vertical></course>";
    world.bundles.put(
        bundle(1),
        blockstore::At::Version(1),
        [("course.xml", pointer), ("lib_ref/x.xml", "<lib_ref>")],
    );
    let composed = world.compose(UNIT, "ann", &mut Draws::new()).await;
    assert_eq!(page(&composed), ["block-v1:edX+UseLib+1+type@html+block@h"]);
}
