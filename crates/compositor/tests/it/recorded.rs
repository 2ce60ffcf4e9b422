//! Plans made of the records of published units (unit-composition §2.2).

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use blockstore::BundleId;
use compositor::{Outcome, Plan, UnitRecord, UnitRecords, UnitVersion, UnitsRecorded};
use learning_context::{ContextError, ContextRecord};
use opaque_keys::UsageKey;
use serde_json::{Value, json};

use crate::{
    support::{bundle, record},
    world::{Draws, World, compose, page},
};

/// Records in memory.
#[derive(Default)]
struct Kept {
    bodies: Mutex<BTreeMap<(BundleId, u32, UsageKey), String>>,
    calls: Mutex<Vec<&'static str>>,
}

impl Kept {
    fn called(&self, what: &'static str) {
        self.calls.lock().unwrap().push(what);
    }

    fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    /// Changes every record.
    fn change(&self, change: impl Fn(&str) -> String) {
        self.bodies.lock().unwrap().values_mut().for_each(|body| *body = change(body));
    }
}

#[async_trait]
impl UnitRecords for Kept {
    async fn put_units(&self, of: UnitVersion, records: Vec<UnitRecord>) -> Result<(), ContextError> {
        self.called("put");
        let mut bodies = self.bodies.lock().unwrap();
        bodies.extend(records.into_iter().map(|r| ((of.bundle, of.version, r.unit), r.body)));
        Ok(())
    }

    async fn unit(&self, of: UnitVersion, unit: &UsageKey) -> Result<Option<String>, ContextError> {
        self.called("unit");
        Ok(self.bodies.lock().unwrap().get(&(of.bundle, of.version, unit.clone())).cloned())
    }

    async fn units(&self, of: UnitVersion) -> Result<Vec<UsageKey>, ContextError> {
        self.called("units");
        let bodies = self.bodies.lock().unwrap();
        let of_version = bodies.keys().filter(|key| (key.0, key.1) == (of.bundle, of.version));
        Ok(of_version.map(|key| key.2.clone()).collect())
    }
}

const BLOCKS: &[(&str, &str)] = &[
    ("problem/a", "<problem><numericalresponse/></problem>"),
    ("problem/b", "<problem><stringresponse/></problem>"),
    ("problem/c", "<problem><numericalresponse/></problem>"),
    ("html/a", "<html>a</html>"),
    ("html/c", "<html>c</html>"),
    (
        "unit/u",
        "<unit><xblock-include definition='html/c'/><xblock-include definition='html/c' usage='d'/></unit>",
    ),
];
const FILES: &[(&str, &str)] = &[
    ("html/a/static/a.png", "a"),
    ("problem/a/static/unused.png", "a"),
    ("tags.json", r#"{"problem:a": ["optics"], "problem:b": ["optics"]}"#),
];

/// A unit of each kind, with what is in it.
const UNITS: &[(&str, &str)] = &[
    (
        "plain",
        "<html url_name='h1'>1</html><vertical url_name='inner'><html url_name='h2'>2</html></vertical>",
    ),
    (
        "drawn",
        "<html url_name='h3'>3</html><random_lib_ref url_name='r' library_key='lib:O:L' library_version='1' count='2' block_types='[\"problem\"]' field_overrides='{\"max_attempts\": 3}'/>",
    ),
    (
        "chosen",
        "<lib_ref url_name='l' library_key='lib:O:L:v1' blocks='[\"unit:u\", \"html:a\", \"html:gone\"]' block_field_overrides='{\"lb:O:L:html:a\": {\"display_name\": \"A\"}, \"lb:O:L:html:x\": {}}'/>",
    ),
    (
        "filtered",
        "<random_lib_ref url_name='f' library_key='lib:O:L' library_version='1' count='-1' capa_type='numericalresponse'/><lib_ref url_name='t' library_key='lib:O:L' library_version='1' tags='[\"optics\"]'/>",
    ),
    (
        "bank",
        "<library_content url_name='b' max_count='1'><problem url_name='x'><p>x</p></problem><problem url_name='y'><p>y</p></problem></library_content>",
    ),
    (
        "odd",
        "<lib_ref url_name='none'/><random_lib_ref url_name='zero' library_key='lib:O:L' library_version='1' count='0'/>",
    ),
    (
        "g1",
        "<random_lib_ref url_name='m1' library_key='lib:O:L' library_version='1' count='2' group='g' block_types='[\"problem\", \"html\"]'/>",
    ),
    (
        "g2",
        "<random_lib_ref url_name='m2' library_key='lib:O:L' library_version='1' count='2' group='g' block_types='[\"problem\"]'/>",
    ),
];

fn unit(id: &str) -> String {
    format!("block-v1:edX+UseLib+1+type@vertical+block@{id}")
}

fn key(id: &str) -> UsageKey {
    unit(id).parse().unwrap()
}

fn course_record(version: u32) -> ContextRecord {
    record("course-v1:edX+UseLib+1", bundle(1), version, None)
}

fn verticals(units: &[(&str, &str)]) -> String {
    let vertical = |(id, inside): &(&str, &str)| format!("<vertical url_name='{id}'>{inside}</vertical>");
    units.iter().map(vertical).collect()
}

fn publish(world: &World, version: u32, units: &[(&str, &str)]) {
    world.course(
        version,
        &format!(
            "<chapter url_name='c' graceperiod='1 day'><sequential url_name='s'>{}</sequential></chapter>",
            verticals(units)
        ),
    );
}

async fn recorded() -> (World, Arc<Kept>) {
    let (world, kept) = (World::new(), Arc::new(Kept::default()));
    world.library_with("lib:O:L", 2, 1, BLOCKS, FILES);
    publish(&world, 1, UNITS);
    let writer = world.anew(Arc::clone(&kept) as Arc<_>);
    let done = writer.plans.record_version(&course_record(1), 1).await.unwrap();
    assert_eq!(done, UnitsRecorded { pages: 8, recorded: 8, written: 8 });
    (world, kept)
}

fn described(composed: &compositor::Composed) -> Value {
    let block = |block: &compositor::ComposedBlock| {
        json!([
            *block.inherited,
            block.overrides.iter().map(|o| (**o).clone()).collect::<Vec<_>>(),
            block.source().digest,
            block.asset("a.png").map(|asset| asset.size)
        ])
    };
    json!([
        composed.learner_json(),
        composed.root.walk().map(block).collect::<Vec<_>>(),
        composed.hidden,
        composed
            .changed
            .iter()
            .map(|d| json!([d.reference, d.selected, d.seen, d.epoch]))
            .collect::<Vec<_>>(),
        composed.events.iter().map(|e| json!([e.name, e.data])).collect::<Vec<_>>(),
    ])
}

fn drawn(plan: &Plan, learner: &str) -> Value {
    match compose(plan, learner, &Draws::new(), None) {
        Outcome::Ready(composed) => described(&composed),
        Outcome::NeedsState(blocks) => panic!("needs the state of {blocks:?}"),
    }
}

#[tokio::test]
async fn a_plan_made_of_a_record_composes_as_the_one_made_of_the_course() {
    let (world, kept) = recorded().await;
    let reader = world.anew(kept);
    for (id, _) in UNITS {
        let whole = world.plan(&unit(id)).await;
        let read = reader.plans.recorded(&course_record(1), 1, &key(id)).await.unwrap().expect(id);
        for learner in ["ann", "bob", "cyd"] {
            assert_eq!(drawn(&read, learner), drawn(&whole, learner), "{id}");
        }
        assert_eq!(described(&read.author_view()), described(&whole.author_view()), "{id}");
        assert_eq!((read.draws(), read.is_settled()), (whole.draws(), true), "{id}");
    }
}

#[tokio::test]
async fn composing_from_a_record_reads_the_record_and_the_list_of_files_only() {
    let (world, kept) = recorded().await;
    let reader = world.anew(Arc::clone(&kept) as Arc<_>);
    (_, _) = (world.bundles.calls(), kept.calls());
    let first = reader.plans.recorded(&course_record(1), 1, &key("drawn")).await.unwrap().unwrap();
    assert_eq!((world.bundles.calls(), kept.calls()), (1, vec!["unit"]), "the files of the version");
    assert_eq!(page_of(&first).len(), 3);
    reader.plans.recorded(&course_record(1), 1, &key("chosen")).await.unwrap().unwrap();
    assert_eq!((world.bundles.calls(), kept.calls()), (0, vec!["unit"]));
    // A block on the page is found with it, and what is kept needs nothing.
    for block in ["html+block@h3", "random_lib_ref+block@r", "vertical+block@drawn"] {
        let block = format!("block-v1:edX+UseLib+1+type@{block}").parse().unwrap();
        let same = reader.plans.recorded(&course_record(1), 1, &block).await.unwrap().unwrap();
        assert!(Arc::ptr_eq(&first, &same));
    }
    let structure = first.unit().structure();
    let page = reader.plans.plan(structure, structure.find(&key("drawn")).unwrap()).await.unwrap();
    assert!(Arc::ptr_eq(&first, &page));
    assert_eq!((world.bundles.calls(), kept.calls()), (0, vec![]));
    // A block nobody was told of is not looked for in all pages, nor is a place to go to.
    for block in ["html+block@h1", "sequential+block@s"] {
        let block = format!("block-v1:edX+UseLib+1+type@{block}").parse().unwrap();
        assert!(reader.plans.recorded(&course_record(1), 1, &block).await.unwrap().is_none());
    }
    assert_eq!(kept.calls(), ["unit"]);
}

fn page_of(plan: &Plan) -> Vec<String> {
    match compose(plan, "ann", &Draws::new(), None) {
        Outcome::Ready(composed) => page(&composed),
        Outcome::NeedsState(blocks) => panic!("needs the state of {blocks:?}"),
    }
}

#[tokio::test]
async fn the_neighbours_of_a_page_are_known_without_what_is_on_them() {
    let (world, kept) = recorded().await;
    let reader = world.anew(kept);
    let plan = reader.plans.recorded(&course_record(1), 1, &key("chosen")).await.unwrap().unwrap();
    let structure = plan.unit().structure();
    let names = |ids: &[learning_context::NodeId]| {
        ids.iter().map(|&id| structure.node(id).usage.block_id().to_owned()).collect::<Vec<_>>()
    };
    let pages = compositor::Unit::pages(structure);
    assert_eq!(names(&pages), UNITS.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    let other = structure.find(&key("plain")).unwrap();
    assert!(structure.node(other).children.is_empty());
    assert_eq!(names(&structure.ancestors(other).collect::<Vec<_>>()), ["s", "c", "course"]);
}

#[tokio::test]
async fn pages_whose_libraries_are_not_settled_get_no_record() {
    let (world, kept) = (World::new(), Arc::new(Kept::default()));
    world.library("lib:O:L", 2, 1, BLOCKS);
    let reference = |version: &str, key: &str| {
        format!("<lib_ref url_name='r{}' library_key='{key}' library_version='{version}'/>", version.len())
    };
    let inside = [reference("1", "lib:O:L"), reference("22", "lib:O:L"), reference("333", "lib:O:none")];
    let units = [("ok", &*inside[0]), ("later", &*inside[1]), ("missing", &*inside[2])];
    publish(&world, 1, &units);
    let writer = world.anew(Arc::clone(&kept) as Arc<_>);
    let done = writer.plans.record_version(&course_record(1), 1).await.unwrap();
    assert_eq!(done, UnitsRecorded { pages: 3, recorded: 1, written: 1 });
    assert!(writer.plans.recorded(&course_record(1), 1, &key("later")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_page_among_more_than_a_hundred_gets_no_record() {
    for (count, recorded) in [(100, 100), (101, 0)] {
        let (world, kept) = (World::new(), Arc::new(Kept::default()));
        let ids: Vec<_> =
            (0..count).map(|n| (format!("u{n}"), format!("<html url_name='h{n}'>1</html>"))).collect();
        publish(&world, 1, &ids.iter().map(|(id, olx)| (&**id, &**olx)).collect::<Vec<_>>());
        let writer = world.anew(kept);
        let done = writer.plans.record_version(&course_record(1), 1).await.unwrap();
        assert_eq!((done.pages, done.recorded), (count, recorded));
    }
}

#[tokio::test]
async fn a_version_is_recorded_once_with_a_number_of_calls_that_does_not_grow_with_its_pages() {
    let mut calls = HashMap::new();
    for count in [3, 40] {
        let (world, kept) = (World::new(), Arc::new(Kept::default()));
        world.library("lib:O:L", 2, 1, BLOCKS);
        let inside: Vec<_> = (0..count)
            .map(|n| {
                (
                    format!("u{n}"),
                    format!("<lib_ref url_name='r{n}' library_key='lib:O:L' library_version='1'/>"),
                )
            })
            .collect();
        publish(&world, 1, &inside.iter().map(|(id, olx)| (&**id, &**olx)).collect::<Vec<_>>());
        let writer = world.anew(Arc::clone(&kept) as Arc<_>);
        world.bundles.calls();
        let done = writer.plans.record_version(&course_record(1), 1).await.unwrap();
        assert_eq!(done, UnitsRecorded { pages: count, recorded: count, written: count });
        calls.insert(count, (world.bundles.calls(), kept.calls()));
        let again = writer.plans.record_version(&course_record(1), 1).await.unwrap();
        assert_eq!((again.recorded, again.written, kept.calls()), (count, 0, vec!["units"]));
    }
    assert_eq!(calls[&3], calls[&40]);
    assert_eq!(calls[&3].1, ["units", "put"]);
}

#[tokio::test]
async fn a_record_is_no_use_when_its_library_is_not_what_it_was() {
    let (world, kept) = recorded().await;
    let read = async |world: &World| {
        let reader = world.anew(Arc::clone(&kept) as Arc<_>);
        reader.plans.recorded(&course_record(1), 1, &key("drawn")).await.unwrap().is_some()
    };
    assert!(read(&world).await);
    world.records.put(record("lib:O:L", bundle(2), 9, None));
    assert!(read(&world).await, "newer versions of the library change nothing");
    world.records.put(record("lib:O:L", bundle(3), 9, None));
    assert!(!read(&world).await, "the key stands for another library");
}

#[tokio::test]
async fn a_damaged_record_is_told_of_and_never_used() {
    let (world, kept) = recorded().await;
    let damages: [&dyn Fn(&str) -> String; 4] = [
        &|body| body[..body.len() / 2].to_owned(),
        &|body| body.replace("edX+UseLib+1", "edX+UseLib+2"),
        &|body| body.replace(r#""version":1"#, r#""version":3"#),
        &|_| "[]".to_owned(),
    ];
    for damage in damages {
        let whole: Vec<_> = kept.bodies.lock().unwrap().values().cloned().collect();
        kept.change(damage);
        let reader = world.anew(Arc::clone(&kept) as Arc<_>);
        for (id, _) in UNITS {
            let read = reader.plans.recorded(&course_record(1), 1, &key(id)).await;
            assert!(
                matches!(read, Ok(None) | Err(ContextError::InvalidContent { .. })),
                "{id}: a page was made of a damaged record"
            );
        }
        for (body, whole) in kept.bodies.lock().unwrap().values_mut().zip(whole) {
            *body = whole;
        }
    }
}
