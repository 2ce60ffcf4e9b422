//! Parts of structures and their records.

use std::sync::Arc;

use blockstore::{At, FileEntry};
use learning_context::{
    CourseContext, FileList, LearningContext, LibraryContext, NodeId, ResolvedAt, Structure, StructureRecord,
};
use serde_json::{Value, json};

use crate::support::{FixedBundles, bundle, draft, record, registry};

const COURSE: &[(&str, &str)] = &[
    ("course.xml", "<course url_name='R' org='O' course='C'/>"),
    (
        "course/R.xml",
        "<course graceperiod='1 hour'><chapter url_name='c' start='2026-01-01T00:00:00Z'>\
         <sequential url_name='s1'><vertical url_name='u1'><html url_name='a'/></vertical></sequential>\
         <sequential url_name='s2'><vertical url_name='u2'><html url_name='b'/>\
         <problem url_name='p'><p>x</p></problem></vertical><vertical url_name='u3' display_name='3'/></sequential>\
         </chapter></course>",
    ),
    ("html/a.xml", "<html filename='a'/>"),
    ("html/a.html", "<p>a</p>"),
    ("html/b.xml", "<html filename='b'/>"),
    ("html/b.html", "<p>b</p>"),
    ("policies/R/policy.json", r#"{"html/b": {"display_name": "B"}}"#),
    ("static/one.png", "1"),
];

async fn course(bundles: &Arc<FixedBundles>) -> Structure {
    bundles.put(bundle(1), At::Version(1), COURSE.iter().map(|&(p, b)| (p, b.to_owned())));
    let plugin = CourseContext::new(Arc::clone(bundles) as Arc<_>, registry());
    let record = record("course-v1:O+C+R", bundle(1), 1, None);
    plugin.structure(&record, ResolvedAt::Version(1)).await.unwrap()
}

async fn library(bundles: &Arc<FixedBundles>) -> Structure {
    bundles.put(bundle(2), At::Version(4), [
        ("html/x/definition.xml", "<html/>"),
        ("html/x/static/x.png", "x"),
        ("problem/y/definition.xml", "<problem/>"),
        ("problem/y/static/y.png", "yy"),
        ("unit/u/definition.xml", "<unit><xblock-include definition='html/x'/><xblock-include source='l' definition='html/far'/></unit>"),
    ]);
    bundles.put(
        bundle(3),
        At::Version(2),
        [
            ("html/far/definition.xml", "<html>far</html>"),
            ("html/far/static/f.png", "fff"),
            ("html/other/definition.xml", "<html/>"),
        ],
    );
    bundles.link(bundle(2), At::Version(4), "l", bundle(3), 2);
    let plugin = LibraryContext::new(Arc::clone(bundles) as Arc<_>, registry());
    plugin.structure(&record("lib:O:L", bundle(2), 4, None), ResolvedAt::Version(4)).await.unwrap()
}

fn at(structure: &Structure, usage: &str) -> NodeId {
    structure.find(&usage.parse().unwrap()).unwrap_or_else(|| panic!("{usage}"))
}

fn own(id: &str) -> String {
    let (tag, id) = id.split_once('@').unwrap();
    format!("block-v1:O+C+R+type@{tag}+block@{id}")
}

/// Returns everything a structure says of its nodes.
fn described(structure: &Structure) -> Vec<Value> {
    let name = |id: NodeId| structure.node(id).usage.block_id().to_owned();
    let describe = |id| {
        let node = structure.node(id);
        let source = &node.source;
        json!([
            node.usage,
            node.parent.map(name),
            node.children.iter().map(|&child| name(child)).collect::<Vec<_>>(),
            *node.inherited,
            node.linked.as_ref().map(|linked| (linked.bundle, linked.version)),
            source.digest,
            source.place,
            source.inline.as_ref().map(|inline| (&*inline.olx, inline.line)),
            node.asset_root(),
        ])
    };
    structure.nodes().map(|node| describe(structure.find(&node.usage).unwrap())).collect()
}

fn order(structure: &Structure) -> Vec<&str> {
    structure.blocks().map(|id| structure.node(id).usage.block_id()).collect()
}

fn back(structure: &Structure, files: FileList) -> Structure {
    let text = serde_json::to_string(&structure.record().unwrap()).unwrap();
    let record: StructureRecord = serde_json::from_str(&text).unwrap();
    Structure::from_record(record, Arc::new(files)).unwrap()
}

fn static_files(structure: &Structure) -> FileList {
    let asset = structure.file("static/one.png").unwrap();
    let path = "static/one.png".parse().unwrap();
    FileList::new(vec![FileEntry { path, digest: asset.digest, size: asset.size, modified: false }])
}

#[tokio::test]
async fn a_part_has_the_blocks_asked_for_with_what_is_above_and_below_them() {
    let whole = course(&Arc::default()).await;
    let part = whole.part(&[at(&whole, &own("vertical@u2"))], &[at(&whole, &own("vertical@u1"))]);
    assert_eq!(order(&part), ["course", "c", "s1", "u1", "s2", "u2", "b", "p"]);
    assert!(part.is_part() && !whole.is_part());
    assert_eq!(part.find(&own("html@a").parse().unwrap()), None);
    let neighbour = part.node(at(&part, &own("vertical@u1")));
    assert_eq!((neighbour.children.len(), part.roots.len()), (0, 1));
    // What is in it is as it was, but for children that are not.
    let all = described(&whole);
    let same = described(&part).into_iter().filter(|node| all.contains(node)).count();
    assert_eq!(same, part.len() - 2, "s2 lost u3, and u1 its text");
    assert_eq!(part.asset(neighbour, "one.png"), whole.file("static/one.png"));
}

#[tokio::test]
async fn a_part_of_a_course_is_read_back_as_it_was() {
    let whole = course(&Arc::default()).await;
    let part = whole.part(&[at(&whole, &own("vertical@u2"))], &[]);
    let read = back(&part, static_files(&whole));
    assert_eq!(described(&read), described(&part));
    assert_eq!((order(&read), &read.roots, read.at), (order(&part), &part.roots, part.at));
    assert!(read.is_part());
    let node = read.node(at(&read, &own("html@b")));
    assert_eq!(read.asset(node, "one.png"), whole.file("static/one.png"));
}

#[tokio::test]
async fn a_part_of_a_library_keeps_the_files_of_its_blocks_and_no_others() {
    let whole = library(&Arc::default()).await;
    let part = whole.part(&[at(&whole, "lb:O:L:unit:u")], &[]);
    let read = back(&part, FileList::default());
    assert_eq!(described(&read), described(&part));
    let asset = |structure: &Structure, usage: &str, path: &str| {
        structure.asset(structure.node(at(structure, usage)), path).map(|asset| asset.size)
    };
    assert_eq!(asset(&read, "lb:O:L:html:x", "x.png"), Some(1));
    let far = read.nodes().find(|node| node.linked.is_some()).unwrap();
    assert_eq!(read.asset(far, "f.png").map(|asset| asset.size), Some(3));
    assert_eq!(read.file("html/x/static/x.png").map(|asset| asset.size), Some(1));
    assert_eq!(
        (whole.file("problem/y/static/y.png").is_some(), read.file("problem/y/static/y.png")),
        (true, None)
    );
}

#[tokio::test]
async fn a_record_that_contradicts_itself_is_refused() {
    let bundles = Arc::default();
    let whole = course(&bundles).await;
    let good = serde_json::to_value(whole.record().unwrap()).unwrap();
    let read = |record: Value| {
        let record: StructureRecord = serde_json::from_value(record).map_err(|e| e.to_string())?;
        Structure::from_record(record, Arc::default()).map_err(|e| e.to_string()).map(|_| ())
    };
    assert_eq!(read(good.clone()), Ok(()));
    let spoilt: [(&str, Value); 9] = [
        ("/nodes/0/0", json!("lb:O:L:html:x")),
        ("/nodes/1/1", json!(999)),
        ("/nodes/0/1", json!(1)),
        ("/nodes/0/2", json!([4_000_000_000_u32])),
        ("/nodes/0/3", json!(999)),
        ("/nodes/0/4", json!(0)),
        ("/nodes/0/5/0", json!(999)),
        ("/roots", json!([999])),
        ("/order", json!("none")),
    ];
    for (place, value) in spoilt {
        let mut record = good.clone();
        *record.pointer_mut(place).unwrap() = value;
        assert!(read(record).is_err(), "{place}");
    }
    bundles.put(bundle(1), draft(), COURSE.iter().map(|&(p, b)| (p, b.to_owned())));
    let plugin = CourseContext::new(bundles, registry());
    let record = record("course-v1:O+C+R", bundle(1), 1, Some(3));
    let unfinished = plugin.structure(&record, ResolvedAt::Draft { revision: 3 }).await.unwrap();
    assert_eq!(unfinished.record(), None, "drafts change, so they are not kept");
}
