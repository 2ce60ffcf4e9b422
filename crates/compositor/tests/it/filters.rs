//! Pools narrowed by the tags and collections of the pinned version (unit-composition §1.2, §1.4).

use crate::world::{Draws, World, findings, page};

const UNIT: &str = "block-v1:edX+UseLib+1+type@vertical+block@u";

const BLOCKS: &[(&str, &str)] = &[
    ("problem/a", "<problem><numericalresponse/></problem>"),
    ("problem/b", "<problem><stringresponse/></problem>"),
    ("html/a", "<html>a</html>"),
    ("html/c", "<html>c</html>"),
    ("unit/u", "<unit><xblock-include definition='html/c'/></unit>"),
];
const WEEK: (&str, &str) = (
    "collections/week-1.json",
    r#"{"key": "week-1", "title": "Week 1", "description": "", "entities": ["u", "xblock.v1:problem:a", "xblock.v1:html:a", "xblock.v1:html:gone", "other:v1:x:y"]}"#,
);
const EXTRA: (&str, &str) =
    ("collections/extra.json", r#"{"key": "extra", "title": "", "entities": ["problem:b"]}"#);
const PUT_AWAY: (&str, &str) =
    ("collections/old.json", r#"{"key": "old", "entities": ["problem:b"], "extra": {"x_enabled": false}}"#);
const TAGS: (&str, &str) = (
    "tags.json",
    r#"{"xblock.v1:problem:a": ["optics", "easy"], "problem:b": ["optics"], "html:c": ["easy"], "html:gone": ["easy"]}"#,
);

/// Returns the ids of the pool of a reference with these attributes, and what authors are told.
async fn pool(attributes: &str) -> (Vec<String>, Vec<&'static str>) {
    let world = World::new();
    world.library_with("lib:O:L", 2, 1, BLOCKS, &[WEEK, EXTRA, PUT_AWAY, TAGS]);
    world.course(1, &format!("<vertical url_name='u'><lib_ref url_name='r' library_key='lib:O:L' library_version='1' {attributes}/></vertical>"));
    let plan = world.plan(UNIT).await;
    let author = plan.author_view();
    let pool = &author.root.children[0].children;
    (
        pool.iter()
            .map(|block| format!("{}:{}", block.block_type(), block.node().usage.block_id()))
            .collect(),
        findings(&plan),
    )
}

#[tokio::test]
async fn any_tag_and_any_collection_that_is_listed_lets_a_block_in() {
    for (attributes, expected) in [
        (r#"tags='["optics"]'"#, &["problem:a", "problem:b"][..]),
        (r#"tags='["easy", "none"]'"#, &["html:c", "problem:a"]),
        // A unit that is itself a member is one block of the pool.
        (r#"collections='["week-1"]'"#, &["html:a", "problem:a", "unit:u"]),
        (r#"collections='["extra", "week-1"]'"#, &["html:a", "problem:a", "problem:b", "unit:u"]),
        // All filters together.
        (r#"collections='["week-1"]' tags='["easy"]'"#, &["problem:a"]),
        (r#"collections='["week-1"]' block_types='["html", "unit"]'"#, &["html:a", "unit:u"]),
        (r#"tags='["optics"]' capa_type='stringresponse'"#, &["problem:b"]),
        // Hand-picked blocks are not filtered.
        (r#"blocks='["html:c"]' tags='["optics"]' collections='["extra"]'"#, &["html:c"]),
        (r#"blocks='["html:c"]' manual='false' tags='["optics"]'"#, &["problem:a", "problem:b"]),
    ] {
        assert_eq!(
            pool(attributes).await,
            (expected.iter().map(|id| id.to_string()).collect(), vec![]),
            "{attributes}"
        );
    }
}

#[tokio::test]
async fn a_pool_that_the_filters_leave_empty_names_them() {
    for filter in [r#"collections='["old"]'"#, r#"collections='["none"]'"#, r#"tags='["none"]'"#] {
        assert_eq!(pool(filter).await, (vec![], vec!["pool_empty"]), "{filter}");
    }
    let world = World::new();
    world.library_with("lib:O:L", 2, 1, BLOCKS, &[TAGS]);
    world.course(1, r#"<vertical url_name='u'><random_lib_ref url_name='r' library_key='lib:O:L' library_version='1' tags='["x", "y"]' collections='["z"]' block_types='["html"]'/></vertical>"#);
    let plan = world.plan(UNIT).await;
    assert_eq!(
        plan.findings()[0].message,
        "no block of lib:O:L matches block_types html and tags x, y and collections z"
    );
}

#[tokio::test]
async fn tags_and_collections_are_those_of_the_pinned_version() {
    let world = World::new();
    world.library_with("lib:O:L", 2, 1, BLOCKS, &[TAGS]);
    world.library_with("lib:O:L", 2, 2, BLOCKS, &[("tags.json", r#"{"html:c": ["optics"]}"#)]);
    for (version, expected) in [(1, 2), (2, 1)] {
        world.course(version, &format!("<vertical url_name='u'><lib_ref url_name='r' library_key='lib:O:L' library_version='{version}' tags='[\"optics\"]'/></vertical>"));
        let composed = world.compose(UNIT, "ann", &mut Draws::new()).await;
        assert_eq!(page(&composed).len(), expected, "version {version}");
    }
    // They are read once per version, whoever asks: a filter more costs no read more.
    let mut reads = Vec::new();
    for (version, filter) in [(3, ""), (4, "tags='[\"easy\"]'")] {
        world.course(version, &format!("<vertical url_name='u'><lib_ref url_name='r{version}' library_key='lib:O:L' library_version='2' {filter}/></vertical>"));
        world.bundles.calls();
        world.plan(UNIT).await;
        reads.push(world.bundles.calls());
    }
    assert_eq!(reads[0], reads[1]);
}

#[tokio::test]
async fn files_that_are_no_labels_are_reported_and_sort_nothing() {
    let world = World::new();
    let broken = [("tags.json", "{\"html:c\": \"easy\"}"), ("collections/x.json", "not json"), WEEK];
    world.library_with("lib:O:L", 2, 1, BLOCKS, &broken);
    world.course(1, "<vertical url_name='u'><lib_ref url_name='r' library_key='lib:O:L' library_version='1' collections='[\"week-1\"]'/></vertical>");
    let plan = world.plan(UNIT).await;
    assert_eq!(findings(&plan), ["labels_unreadable", "labels_unreadable"]);
    assert!(plan.findings()[0].message.starts_with("collections/x.json of lib:O:L: "));
    assert_eq!(plan.author_view().root.children[0].children.len(), 3);
}
