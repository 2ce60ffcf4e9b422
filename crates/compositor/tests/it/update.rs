//! What another version of a library would change, and what a course changed of its blocks.

use std::collections::HashMap;

use blockstore::At;
use compositor::{
    Availability, Customizations, InUse, Library, LibraryWant, Pin, Preview, Reference, Scope, Update,
    UpdateState, clear,
};
use opaque_keys::UsageKey;
use serde_json::{Value, json};
use xblock::Fields;

use crate::{
    support::{bundle, record, registry},
    world::World,
};

fn usage() -> UsageKey {
    "block-v1:edX+UseLib+1+type@random_lib_ref+block@r".parse().unwrap()
}

fn fields(value: Value) -> Fields {
    serde_json::from_value(value).unwrap()
}

fn reference(settings: Value) -> Reference {
    let mut all = json!({"library_key": "lib:O:L", "library_version": 1});
    all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    Reference::of(&usage(), &fields(all))
}

/// The library `lib:O:L` at versions 1 and 2.
fn world(first: &[(&str, &str)], second: &[(&str, &str)]) -> World {
    let world = World::new();
    for (version, files) in [(1, first), (2, second)] {
        let files = files.iter().map(|&(path, text)| match path.matches('/').count() {
            1 => (format!("{path}/definition.xml"), text.to_owned()),
            _ => (path.to_owned(), text.to_owned()),
        });
        world.bundles.put(bundle(2), At::Version(version), files);
    }
    world.records.put(record("lib:O:L", bundle(2), 2, None));
    world
}

async fn library(world: &World, reference: &Reference, version: u32) -> Library {
    let want = LibraryWant { pin: Pin::Number(version), ..reference.want().unwrap() };
    let record = world.contexts.record(&want.library).await.unwrap();
    match world.plans.library(&want, &record).await.unwrap() {
        Availability::Here(library) => library,
        other => panic!("{other:?}"),
    }
}

async fn preview(world: &World, settings: Value, from: u32, to: u32, in_use: &InUse) -> Preview {
    let reference = reference(settings);
    let (from, to) = (library(world, &reference, from).await, library(world, &reference, to).await);
    let (inherited, registry) = (fields(json!({"weight": 9.0})), registry());
    let update = Update::new(&usage(), &reference, &inherited, Some(&from), &to, &registry);
    let definitions = world.definitions.load(&update.sources()).await.unwrap();
    update.preview(&definitions, in_use)
}

#[tokio::test]
async fn a_preview_says_what_comes_goes_and_changes_field_by_field() {
    let world = world(
        &[
            ("html/c", "<html display_name='C'>c</html>"),
            ("problem/a", "<problem display_name='A' max_attempts='1'>same</problem>"),
            ("problem/b", "<problem weight='2'>b</problem>"),
            ("problem/gone", "<problem/>"),
            ("problem/same", "<problem/>"),
        ],
        &[
            ("html/c", "<html display_name='C'>c, new</html>"),
            ("problem/a", "<problem display_name='A2' max_attempts='2'>same</problem>"),
            ("problem/b", "<problem>b</problem>"),
            ("problem/new", "<problem/>"),
            ("problem/same", "<problem/>"),
            ("problem/same/static/x.png", "x"),
        ],
    );
    let settings = json!({"count": 6, "field_overrides": {"max_attempts": 1},
        "block_field_overrides": {"lb:O:L:html:c": {"data": "mine"}, "lb:O:L:problem:gone": {"weight": 1}}});
    let key: UsageKey = "lb-ref:L:problem:gone:edX+UseLib+1+type@random_lib_ref+block@r".parse().unwrap();
    let in_use = InUse {
        selected_by: HashMap::from([("lb:O:L:problem:gone".to_owned(), 12)]),
        with_state: HashMap::from([(key, 3)]),
    };
    let told = serde_json::to_value(preview(&world, settings, 1, 2, &in_use).await).unwrap();
    let mut expected = json!({
        "from": 1, "to": 2,
        "added": [{"block": "lb:O:L:problem:new", "block_type": "problem"}],
        "removed": [{"block": "lb:O:L:problem:gone", "block_type": "problem", "selected_by": 12, "has_state": true}],
        "changed": [
            {"block": "lb:O:L:html:c", "content_changed": true, "assets_changed": false, "fields": [
                {"name": "data", "from": "c", "to": "c, new", "customized": true, "effective_after": "mine"}]},
            {"block": "lb:O:L:problem:a", "content_changed": false, "assets_changed": false, "fields": [
                {"name": "display_name", "from": "A", "to": "A2", "customized": false, "effective_after": "A2"},
                {"name": "max_attempts", "from": 1, "to": 2, "customized": true, "effective_after": 1}]},
            {"block": "lb:O:L:problem:b", "content_changed": false, "assets_changed": false, "fields": [
                {"name": "weight", "from": 2, "to": null, "customized": false, "effective_after": 9.0}]},
            {"block": "lb:O:L:problem:same", "content_changed": false, "assets_changed": true, "fields": []},
        ],
        "pool": {"before": 5, "after": 5},
        "orphan_overrides": ["lb:O:L:problem:gone"],
    });
    expected["warnings"] = told["warnings"].clone();
    assert_eq!(told, expected);
    let codes: Vec<_> = told["warnings"].as_array().unwrap().iter().map(|w| w["code"].clone()).collect();
    assert!(
        codes.contains(&json!("pool_too_small")) && codes.contains(&json!("override_orphan")),
        "{codes:?}"
    );
}

#[tokio::test]
async fn nothing_is_read_of_what_did_not_change_and_going_back_is_an_update_too() {
    let files = [("problem/a", "<problem>a</problem>"), ("problem/b", "<problem>b</problem>")];
    let world = world(&files, &files[..1]);
    let reference = reference(json!({}));
    let (one, two) = (library(&world, &reference, 1).await, library(&world, &reference, 2).await);
    let (none, registry) = (Fields::new(), registry());
    let back = Update::new(&usage(), &reference, &none, Some(&two), &one, &registry);
    assert_eq!(back.sources().len(), 0);
    let preview = back.preview(&[], &InUse::default());
    assert_eq!(
        (preview.from, preview.to, preview.added.len(), preview.removed.len()),
        (Some(2), Some(1), 1, 0)
    );
    let missing = Update::new(&usage(), &reference, &none, None, &one, &registry);
    let preview = missing.preview(&[], &InUse::default());
    assert_eq!((preview.from, preview.pool.before, preview.added.len()), (None, None, 2));
}

#[tokio::test]
async fn containers_change_with_what_is_in_them() {
    let files =
        |text: &'static str, more: &'static str| [("html/c", text), ("html/d", "<html/>"), ("unit/u", more)];
    let one = "<unit><xblock-include definition='html/c'/></unit>";
    let two = "<unit><xblock-include definition='html/c'/><xblock-include definition='html/d'/></unit>";
    let world = world(&files("<html>old</html>", one), &files("<html>new</html>", two));
    let settings = json!({"block_types": ["unit"]});
    let preview = preview(&world, settings.clone(), 1, 2, &InUse::default()).await;
    let changed: Vec<_> = preview.changed.iter().map(|c| (c.block.to_string(), c.content_changed)).collect();
    assert!(changed.contains(&("lb:O:L:unit:u".to_owned(), true)), "{changed:?}");
    assert_eq!(changed.len(), 2, "the unit, and the text in it that changed: {changed:?}");
}

#[tokio::test]
async fn state_inside_a_container_that_goes_counts_as_well() {
    let unit = "<unit><xblock-include definition='html/c'/></unit>";
    let world = world(&[("html/c", "<html/>"), ("unit/u", unit)], &[("html/c", "<html/>")]);
    let (reference, none) = (reference(json!({"block_types": ["unit"]})), Fields::new());
    let (from, to) = (library(&world, &reference, 1).await, library(&world, &reference, 2).await);
    let registry = registry();
    let update = Update::new(&usage(), &reference, &none, Some(&from), &to, &registry);
    let inside: UsageKey = "lb-ref:L:html:u~c:edX+UseLib+1+type@random_lib_ref+block@r".parse().unwrap();
    assert!(update.removed_keys().contains(&inside), "{:?}", update.removed_keys());
    let in_use = InUse { with_state: HashMap::from([(inside, 1)]), ..InUse::default() };
    let removed = &update.preview(&[], &in_use).removed[0];
    assert!(removed.has_state && removed.is_in_use() && removed.selected_by == 0);
}

#[test]
fn a_reference_is_in_one_of_the_states_of_the_table() {
    for (pinned, declined, latest, state) in [
        (Some(3), None, Some(3), UpdateState::Current),
        (Some(2), None, Some(3), UpdateState::UpdateAvailable),
        (Some(2), Some(2), Some(3), UpdateState::UpdateAvailable),
        (Some(2), Some(3), Some(3), UpdateState::Declined),
        (Some(1), Some(3), Some(4), UpdateState::UpdateAvailable),
        (Some(4), None, Some(3), UpdateState::PinnedMissing),
        (Some(4), None, None, UpdateState::PinnedMissing),
        (None, None, Some(3), UpdateState::PinnedMissing),
    ] {
        assert_eq!(UpdateState::of(pinned, declined, latest), state, "{pinned:?} {declined:?} {latest:?}");
    }
    assert_eq!(serde_json::to_value(UpdateState::UpdateAvailable).unwrap(), "update_available");
}

#[tokio::test]
async fn customisations_are_listed_block_by_block() {
    let world = world(
        &[
            ("html/c", "<html display_name='C'>c</html>"),
            ("problem/a", "<problem max_attempts='1'/>"),
            ("problem/b", "<problem/>"),
        ],
        &[],
    );
    let reference = reference(json!({
        "field_overrides": {"max_attempts": 3, "color": "red"},
        "block_field_overrides": {
            "problem:a": {"max_attempts": 5, "weight": "heavy"},
            "lb:O:L:video:v": {"display_name": "V"},
        },
        "block_types": ["problem"],
    }));
    let library = library(&world, &reference, 1).await;
    let (inherited, registry) = (fields(json!({"weight": 9})), registry());
    let list = Customizations::new(&usage(), &reference, &inherited, Some(&library), &registry);
    let definitions = world.definitions.load(&list.sources()).await.unwrap();
    let told = serde_json::to_value(list.list(&definitions)).unwrap();
    assert_eq!(
        told,
        json!([
            {"block": "lb:O:L:problem:a", "block_type": "problem", "orphan": false, "fields": [
                {"field": "max_attempts", "level": "block", "value": 5, "library_value": 1, "effective_value": 5},
                {"field": "weight", "level": "block", "value": "heavy", "library_value": null, "effective_value": 9, "code": "override_bad_type"},
                {"field": "max_attempts", "level": "reference", "value": 3, "library_value": 1, "effective_value": 5}]},
            {"block": "lb:O:L:problem:b", "block_type": "problem", "orphan": false, "fields": [
                {"field": "max_attempts", "level": "reference", "value": 3, "library_value": null, "effective_value": 3}]},
            {"block": "lb:O:L:video:v", "block_type": null, "orphan": true, "fields": [
                {"field": "display_name", "level": "block", "value": "V", "library_value": null, "effective_value": null, "code": "override_orphan"}]},
        ])
    );
    let broken = Customizations::new(&usage(), &reference, &inherited, None, &registry);
    assert!(broken.sources().is_empty());
    assert!(broken.list(&[]).iter().all(|block| block.orphan), "nothing is lost from sight");
}

#[test]
fn resets_take_what_they_name_and_give_it_back() {
    let library = "lib:O:L".parse().unwrap();
    let settings = json!({
        "field_overrides": {"weight": 1, "due": null},
        "block_field_overrides": r#"{"problem:a": {"weight": 2, "due": "x"}, "lb:O:L:html:c": {"data": "d"}, "odd": 7}"#,
    });
    let cleared = |discard: &[&str], keep: &[&str]| {
        let scopes = |texts: &[&str]| -> Vec<Scope> {
            texts
                .iter()
                .map(|text| if text.is_empty() { Scope::default() } else { Scope::read(text) })
                .collect()
        };
        let cleared = clear(&fields(settings.clone()), Some(&library), &scopes(discard), &scopes(keep));
        for (name, before) in &cleared.previous {
            assert_eq!(*before, settings[name], "what was there comes back as it was written");
        }
        Value::Object(cleared.changes)
    };
    let blocks = |value: Value| json!({"block_field_overrides": value});
    let c = json!({"data": "d"});
    assert_eq!(
        cleared(&["lb:O:L:problem:a:weight"], &[]),
        blocks(json!({"problem:a": {"due": "x"}, "lb:O:L:html:c": c, "odd": 7}))
    );
    assert_eq!(cleared(&["lb:O:L:problem:a"], &[]), blocks(json!({"lb:O:L:html:c": c, "odd": 7})));
    assert_eq!(
        cleared(&["lb:O:Other:problem:a"], &[]),
        json!({}),
        "another library's block is another block"
    );
    assert_eq!(
        cleared(&["weight"], &[]),
        json!({"field_overrides": {"due": null},
        "block_field_overrides": {"problem:a": {"due": "x"}, "lb:O:L:html:c": c, "odd": 7}})
    );
    assert_eq!(
        cleared(&["lb:O:L:problem:a"], &["lb:O:L:problem:a:due"]),
        blocks(json!({"problem:a": {"due": "x"}, "lb:O:L:html:c": c, "odd": 7}))
    );
    assert_eq!(cleared(&[""], &[]), json!({"field_overrides": null, "block_field_overrides": null}));
    assert_eq!(cleared(&["nothing"], &[]), json!({}));
}
