//! Reference groups: no block on two pages, one draw for all members (unit-composition §6).

use std::collections::HashSet;

use compositor::{Composed, NewDraw, Outcome};
use opaque_keys::UsageKey;

use crate::world::{Draws, World, as_stored, compose, hidden, page, store};

const FIRST: &str = "block-v1:edX+UseLib+1+type@vertical+block@u1";
const SECOND: &str = "block-v1:edX+UseLib+1+type@vertical+block@u2";

fn reference(id: &str) -> UsageKey {
    format!("block-v1:edX+UseLib+1+type@random_lib_ref+block@{id}").parse().unwrap()
}

fn blocks(ids: &str) -> Vec<(String, String)> {
    ids.chars().map(|id| (format!("problem/{id}"), "<problem/>".to_owned())).collect()
}

fn publish(world: &World, key: &str, bundle: u128, version: u32, ids: &str) {
    let files = blocks(ids);
    let files: Vec<_> = files.iter().map(|(path, olx)| (path.as_str(), olx.as_str())).collect();
    world.library(key, bundle, version, &files);
}

/// Publishes a course of two units; what is given of each is the attributes of its reference.
fn course(world: &World, version: u32, first: &str, second: &str) {
    world.course(
        version,
        &format!(
            "<chapter url_name='c'><sequential url_name='s'>\
             <vertical url_name='u1'><random_lib_ref url_name='r1' library_key='lib:O:L' {first}/></vertical>\
             <vertical url_name='u2'><random_lib_ref url_name='r2' library_key='lib:O:L' {second}/></vertical>\
             </sequential></chapter>"
        ),
    );
}

fn shown(composed: &Composed) -> HashSet<String> {
    composed.root.children.iter().map(|block| block.node().usage.to_string()).collect()
}

fn told(composed: &Composed) -> Vec<(String, String, Option<String>)> {
    let text = |event: &compositor::DrawEvent| {
        (
            event.reference.block_id().to_owned(),
            event.name.rsplit('.').next().unwrap().to_owned(),
            event.data["reason"].as_str().map(str::to_owned),
        )
    };
    composed.events.iter().map(text).collect()
}

#[tokio::test]
async fn one_visit_draws_for_all_units_of_the_group() {
    let world = World::new();
    publish(&world, "lib:O:L", 2, 1, "abcdef");
    course(
        &world,
        1,
        "library_version='1' count='3' group='quiz'",
        "library_version='1' count='3' group='quiz'",
    );
    for learner in ["ann", "bob", "cid"] {
        let mut draws = Draws::new();
        let second = world.compose(SECOND, learner, &mut draws).await;
        assert_eq!(second.changed.len(), 2, "the rows of both members");
        assert!(second.based_on.is_empty());
        assert_eq!(
            told(&second),
            [("r1".to_owned(), "assigned".to_owned(), None), ("r2".to_owned(), "assigned".to_owned(), None)]
        );
        let first = world.compose(FIRST, learner, &mut draws).await;
        assert!(first.changed.is_empty() && first.events.is_empty());
        assert_eq!((shown(&first).len(), shown(&second).len()), (3, 3));
        assert!(shown(&first).is_disjoint(&shown(&second)));
        assert_eq!(first.root.children[0].origin.as_ref().unwrap().reference, reference("r1"));
        // Whoever comes first, the draw is the same.
        let mut other = Draws::new();
        assert_eq!(page(&world.compose(FIRST, learner, &mut other).await), page(&first));
    }
    let plans = world.plans.shortfalls(&world.locate(FIRST).await.structure).await.unwrap();
    assert!(plans.is_empty());
}

#[tokio::test]
async fn reset_of_one_member_keeps_off_the_blocks_of_the_others() {
    let world = World::new();
    publish(&world, "lib:O:L", 2, 1, "abcdefgh");
    let attributes = "library_version='1' count='3' group='quiz'";
    course(&world, 1, attributes, attributes);
    let mut draws = Draws::new();
    let first = world.compose(FIRST, "ann", &mut draws).await;
    let second = world.compose(SECOND, "ann", &mut draws).await;
    let reset = as_stored(&draws[&reference("r1")]).reset(&reference("r1"));
    draws.insert(reference("r1"), reset);
    let Outcome::Ready(anew) = compose(&*world.plan(FIRST).await, "ann", &draws, None) else {
        panic!("nothing is dropped")
    };
    assert_eq!(anew.changed.iter().map(|draw| &draw.reference).collect::<Vec<_>>(), [&reference("r1")]);
    assert_eq!(anew.based_on, [reference("r2")], "what it must not take is checked when it is stored");
    assert_eq!((anew.changed[0].epoch, draws[&reference("r2")].epoch), (1, 0));
    assert!(shown(&anew).is_disjoint(&shown(&second)));
    assert_eq!(shown(&anew).intersection(&shown(&first)).count(), 1, "only two were not seen");
}

#[tokio::test]
async fn block_in_two_members_goes_to_where_the_learner_worked() {
    let world = World::new();
    publish(&world, "lib:O:L", 2, 1, "abcdef");
    // The second reference joins the group of the first when both have draws already.
    course(&world, 1, "library_version='1' count='6' group='quiz'", "library_version='1' count='3'");
    let mut draws = Draws::new();
    world.compose(FIRST, "ann", &mut draws).await;
    world.compose(SECOND, "ann", &mut draws).await;
    course(
        &world,
        2,
        "library_version='1' count='6' group='quiz'",
        "library_version='1' count='3' group='quiz'",
    );
    let plan = world.plan(FIRST).await;
    let Outcome::NeedsState(asked) = compose(&plan, "ann", &draws, None) else {
        panic!("who keeps a block depends on what was done")
    };
    assert_eq!(asked.len(), 6, "three blocks at two places");
    let worked = &draws[&reference("r2")].selected[0].clone();
    let touched: HashSet<_> = asked
        .iter()
        .filter(|key| key.as_str().ends_with("+block@r2") && key.as_str().contains(&worked["lb:O:L".len()..]))
        .cloned()
        .collect();
    assert_eq!(touched.len(), 1);
    let Outcome::Ready(composed) = compose(&plan, "ann", &draws, Some(&touched)) else {
        panic!("everything is known")
    };
    store(&mut draws, &composed);
    assert_eq!(draws[&reference("r2")].selected, std::slice::from_ref(worked));
    assert_eq!(draws[&reference("r1")].selected.len(), 5);
    let reasons: Vec<_> = told(&composed).into_iter().map(|(id, _, reason)| (id, reason.unwrap())).collect();
    assert_eq!(
        reasons,
        [("r1".to_owned(), "duplicate".to_owned()), ("r2".to_owned(), "duplicate".to_owned())]
    );
    assert_eq!(composed.events[0].data["removed"][0]["original_usage_key"], worked.as_str());
    assert_eq!(composed.events[1].data["group"], "quiz");
    // The second member is short now, but all blocks are taken: nothing more happens.
    assert!(world.compose(SECOND, "ann", &mut draws).await.changed.is_empty());
    assert_eq!(world.findings(SECOND).await, ["group_pool_exhausted"]);
    let shortfalls = world.plans.shortfalls(&world.locate(FIRST).await.structure).await.unwrap();
    assert_eq!((shortfalls[0].short, shortfalls[0].members.len()), (3, 2));
}

#[tokio::test]
async fn member_without_its_library_keeps_its_blocks() {
    let world = World::new();
    publish(&world, "lib:O:L", 2, 1, "abcd");
    publish(&world, "lib:O:L", 2, 2, "abcd");
    let grouped =
        |version: u32, count: u32| format!("library_version='{version}' count='{count}' group='quiz'");
    course(&world, 1, &grouped(1, 2), &grouped(1, 1));
    let mut draws = Draws::new();
    world.compose(FIRST, "ann", &mut draws).await;
    let held: Vec<NewDraw> = vec![draws[&reference("r1")].clone(), draws[&reference("r2")].clone()];

    // The first reference asks for a version that is not here; the second wants all there is.
    course(&world, 2, &grouped(9, 2), &grouped(1, 4));
    let away = world.compose(FIRST, "ann", &mut draws).await;
    assert_eq!((page(&away).len(), hidden(&away)), (0, vec!["library_version_missing"]));
    assert_eq!(draws[&reference("r1")], held[0]);
    assert_eq!(draws[&reference("r2")].selected.len(), 2, "what the first holds is not taken");
    assert_eq!(away.based_on, [reference("r1")]);
    assert!(draws[&reference("r2")].selected.iter().all(|token| !held[0].selected.contains(token)));
    assert!(world.compose(SECOND, "ann", &mut draws).await.changed.is_empty());

    course(&world, 3, &grouped(2, 2), &grouped(1, 4));
    let back = world.compose(FIRST, "ann", &mut draws).await;
    assert!(back.changed.is_empty(), "seamlessly repaired");
    assert_eq!(shown(&back), held[0].selected.iter().cloned().collect());
}

#[tokio::test]
async fn authors_hear_of_a_new_version_at_once() {
    let world = World::new();
    publish(&world, "lib:O:L", 2, 1, "abc");
    course(&world, 1, "library_version='1'", "");
    assert!(world.findings(FIRST).await.is_empty());
    assert_eq!(world.findings(SECOND).await, ["library_version_unpinned"]);
    let (pinned, floating) = (world.plan(FIRST).await, world.plan(SECOND).await);
    assert!(
        std::sync::Arc::ptr_eq(&floating, &world.plan(SECOND).await),
        "kept under the version it comes to"
    );
    publish(&world, "lib:O:L", 2, 2, "abcd");
    assert_eq!(world.findings(FIRST).await, ["update_available"]);
    assert!(std::sync::Arc::ptr_eq(&pinned, &world.plan(FIRST).await), "nothing changed for learners");
    let composed = world.compose(SECOND, "ann", &mut Draws::new()).await;
    assert_eq!(composed.root.children[0].origin.as_ref().unwrap().version, 2);
}

#[tokio::test]
async fn plans_of_many_units_are_those_of_each() {
    let world = World::new();
    publish(&world, "lib:O:L", 2, 1, "abc");
    course(&world, 1, "library_version='1' group='g'", "library_version='1' group='g'");
    let located = world.locate(FIRST).await;
    let units = [located.node, world.locate(SECOND).await.node];
    let first = world.plans.plan(&located.structure, units[0]).await.unwrap();
    let all = world.plans.plans(&located.structure, &units).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&all[0], &first));
    assert_eq!(
        all[1].unit().reference(world.locate(reference("r2").as_str()).await.node).unwrap().group,
        "g"
    );
    assert_eq!(all[1].draws(), [reference("r2"), reference("r1")]);
}
