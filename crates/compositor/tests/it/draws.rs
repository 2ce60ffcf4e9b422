//! Draws over time: stored once, repaired when the pool or the count changes, drawn again when asked.

use std::collections::HashSet;

use compositor::Outcome;

use crate::world::{Draws, World, as_stored, compose, page, store};

const UNIT: &str = "block-v1:edX+UseLib+1+type@vertical+block@u";
const REFERENCE: &str = "block-v1:edX+UseLib+1+type@random_lib_ref+block@r";

fn blocks(count: usize) -> Vec<(String, String)> {
    (0..count).map(|n| (format!("problem/p{n:02}"), "<problem/>".to_owned())).collect()
}

fn publish(world: &World, version: u32, files: &[(String, String)]) {
    let files: Vec<_> = files.iter().map(|(path, olx)| (path.as_str(), olx.as_str())).collect();
    world.library("lib:O:L", 2, version, &files);
}

fn refer(world: &World, course_version: u32, library_version: u32, more: &str) {
    world.course(course_version, &format!(
        "<vertical url_name='u'><random_lib_ref url_name='r' library_key='lib:O:L' library_version='{library_version}' {more}/></vertical>"
    ));
}

#[tokio::test]
async fn a_draw_stays_while_it_fits_and_is_repaired_when_not() {
    let world = World::new();
    publish(&world, 1, &blocks(10));
    refer(&world, 1, 1, "count='4'");
    let mut draws = Draws::new();
    let first = page(&world.compose(UNIT, "ann", &mut draws).await);
    assert_eq!(first.len(), 4);
    assert_ne!(first, page(&world.compose(UNIT, "bob", &mut Draws::new()).await));
    assert_eq!(first, page(&world.compose(UNIT, "ann", &mut Draws::new()).await), "two racers agree");

    // More blocks change nothing.
    publish(&world, 2, &blocks(20));
    refer(&world, 2, 2, "count='4'");
    let same = world.compose(UNIT, "ann", &mut draws).await;
    assert_eq!((page(&same), same.changed.len()), (first.clone(), 0));

    // A block that is gone is replaced, and both are told of.
    let gone = draws[&REFERENCE.parse().unwrap()].selected[0].clone();
    let without: Vec<_> =
        blocks(20).into_iter().filter(|(path, _)| !gone.ends_with(&path.replace('/', ":"))).collect();
    assert_eq!(without.len(), 19);
    publish(&world, 3, &without);
    refer(&world, 3, 3, "count='4'");
    let repaired = world.compose(UNIT, "ann", &mut draws).await;
    assert_eq!(page(&repaired).len(), 4);
    let told: Vec<_> = repaired
        .events
        .iter()
        .map(|e| {
            (
                e.name.rsplit('.').next().unwrap(),
                e.data["reason"].as_str(),
                e.data["previous_count"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("removed", Some("invalid"), 4), ("assigned", None, 4)]);
    assert_eq!(repaired.events[0].data["removed"][0]["original_usage_key"], gone.as_str());
    assert_eq!(draws[&REFERENCE.parse().unwrap()].seen, [gone]);
}

#[tokio::test]
async fn fewer_blocks_keep_those_with_state() {
    let world = World::new();
    publish(&world, 1, &blocks(10));
    refer(&world, 1, 1, "count='5'");
    let mut draws = Draws::new();
    let first = world.compose(UNIT, "ann", &mut draws).await;
    refer(&world, 2, 1, "count='2'");
    let plan = world.plan(UNIT).await;
    let Outcome::NeedsState(asked) = compose(&plan, "ann", &draws, None) else {
        panic!("which blocks go depends on what was done");
    };
    let shown: HashSet<_> = first.root.children.iter().map(|block| block.usage.clone()).collect();
    assert_eq!(asked.iter().cloned().collect::<HashSet<_>>(), shown);
    for two in asked.windows(2) {
        let touched: HashSet<_> = two.iter().cloned().collect();
        let Outcome::Ready(composed) = compose(&plan, "ann", &draws, Some(&touched)) else {
            panic!("everything is known");
        };
        let kept: HashSet<_> = composed.root.children.iter().map(|block| block.usage.clone()).collect();
        assert_eq!(kept, touched);
        assert_eq!(composed.events[0].data["reason"], "overlimit");
    }
}

#[tokio::test]
async fn drawing_again_prefers_what_was_not_seen() {
    let world = World::new();
    publish(&world, 1, &blocks(8));
    refer(&world, 1, 1, "count='4' allow_reset='true'");
    let plan = world.plan(UNIT).await;
    let located = world.locate(REFERENCE).await;
    assert!(plan.unit().reference(located.node).unwrap().allow_reset);
    let mut draws = Draws::new();
    let first = world.compose(UNIT, "ann", &mut draws).await;
    let reference = REFERENCE.parse().unwrap();
    let reset = as_stored(&draws[&reference]).reset(&reference);
    assert_eq!((reset.epoch, reset.selected.len(), reset.seen.len()), (1, 0, 4));
    draws.insert(reference, reset);
    let Outcome::Ready(second) = compose(&plan, "ann", &draws, None) else { panic!("nothing is dropped") };
    let keys = |lines: Vec<String>| lines.into_iter().collect::<HashSet<_>>();
    assert!(keys(page(&first)).is_disjoint(&keys(page(&second))));
    assert_eq!(second.events[0].data["epoch"], 1);
    store(&mut draws, &second);
    assert_eq!(page(&world.compose(UNIT, "ann", &mut draws).await), page(&second));
}
