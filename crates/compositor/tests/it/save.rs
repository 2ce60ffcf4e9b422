//! What authors may save on a reference, and why not.

use compositor::{Availability, Library, Reference, Rejection, Saving, Versions};
use opaque_keys::UsageKey;
use serde_json::{Value, json};
use xblock::Fields;

use crate::{support::registry, world::World};

fn usage() -> UsageKey {
    "block-v1:edX+UseLib+1+type@random_lib_ref+block@r".parse().unwrap()
}

fn fields(value: Value) -> Fields {
    serde_json::from_value(value).unwrap()
}

/// What the tests save over: the library's first version, drawn from as a whole.
fn before() -> Value {
    json!({"library_key": "lib:O:L", "library_version": 1, "xml_attributes": {"max_count": "2", "kept": "x"}})
}

fn saving(before: Value, changes: Value) -> Result<Saving, Vec<Rejection>> {
    Saving::new(&usage(), &fields(before), &fields(changes), &["exedra.example.org"])
}

async fn library(world: &World, reference: &Reference) -> Library {
    let want = reference.want().unwrap();
    let record = world.contexts.record(&want.library).await.unwrap();
    match world.plans.library(&want, &record).await.unwrap() {
        Availability::Here(library) => library,
        other => panic!("{other:?}"),
    }
}

fn world() -> World {
    let world = World::new();
    let problem = "<problem><multiplechoiceresponse/></problem>";
    world.library(
        "lib:O:L",
        2,
        1,
        &[
            ("problem/a", problem),
            ("problem/b", problem),
            ("html/c", "<html>c</html>"),
            ("strange/s", "<strange/>"),
            ("unit/u", "<unit><xblock-include definition='html/c'/></unit>"),
        ],
    );
    world
}

fn versions() -> Versions {
    Versions { latest: 3, names: vec![(1, "first".into()), (2, "spring".into()), (3, "spring".into())] }
}

/// Goes through all three steps; answers the attributes, or the codes with the fields and blocks.
async fn save(
    world: &World,
    before: Value,
    changes: Value,
) -> Result<Vec<(String, Option<String>)>, Vec<String>> {
    let told = |rejections: Vec<Rejection>| -> Vec<String> {
        let one = |r: &Rejection| match &r.block {
            Some(block) => format!("{} {}[{}]", r.code, block, r.field),
            None => format!("{} {}", r.code, r.field),
        };
        rejections.iter().map(one).collect()
    };
    let mut saving = saving(before, changes).map_err(told)?;
    saving.pin(Some(&Versions { latest: 1, ..versions() })).map_err(|rejection| told(vec![rejection]))?;
    let library = library(world, saving.reference()).await;
    saving.check(&library, &registry()).map_err(told)?;
    Ok(saving.attributes().into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[tokio::test]
async fn overrides_that_cannot_apply_are_refused() {
    let world = world();
    let problems = json!(["problem"]);
    for (changes, codes) in [
        (json!({"field_overrides": {"max_attempts": 3}}), vec![]),
        (json!({"field_overrides": {"max_attempts": null, "weight": 2}}), vec![]),
        (json!({"field_overrides": {"attempts": 1}}), vec!["override_forbidden attempts"]),
        (json!({"field_overrides": {"data": "x"}}), vec!["override_forbidden data"]),
        (json!({"field_overrides": {"markdown": "x"}}), vec!["override_forbidden markdown"]),
        (json!({"field_overrides": {"upstream_version": 4}}), vec!["override_forbidden upstream_version"]),
        (json!({"field_overrides": {"color": 1}}), vec!["override_unknown_field color"]),
        (json!({"field_overrides": {"max_attempts": "3"}}), vec!["override_bad_type max_attempts"]),
        (
            json!({"field_overrides": {"color": 1, "weight": "x"}}),
            vec!["override_unknown_field color", "override_bad_type weight"],
        ),
        (json!({"block_field_overrides": {"lb:O:L:problem:a": {"weight": 1.5}}}), vec![]),
        (
            json!({"block_field_overrides": {"problem:a": {"color": 1, "data": "x", "weight": []}}}),
            vec![
                "override_unknown_field problem:a[color]",
                "override_forbidden problem:a[data]",
                "override_bad_type problem:a[weight]",
            ],
        ),
        // Not in the pool, or not in the library at all: accepted, whatever they hold.
        (json!({"block_field_overrides": {"lb:O:L:html:c": {"color": 1}}}), vec![]),
        (json!({"block_field_overrides": {"lb:O:Other:html:c": {"color": 1}, "nonsense": {"x": 1}}}), vec![]),
    ] {
        let mut changes = changes;
        changes["block_types"] = problems.clone();
        let got = save(&world, before(), changes.clone()).await;
        match codes.is_empty() {
            true => assert!(got.is_ok(), "{changes}: {got:?}"),
            false => assert_eq!(got.unwrap_err(), codes, "{changes}"),
        }
    }
}

#[tokio::test]
async fn one_type_that_takes_an_override_is_enough() {
    let world = world();
    // The server does not know `strange`, so what is for it passes uninterpreted.
    assert!(save(&world, before(), json!({"field_overrides": {"color": [1]}})).await.is_ok());
    let known = |extra: Value| json!({"block_types": ["problem", "html"], "block_field_overrides": extra});
    assert!(save(&world, before(), known(json!({"html:c": {"data": "<p>mine</p>"}}))).await.is_ok());
    let strange = json!({"block_types": ["strange"], "block_field_overrides": {"strange:s": {"color": {}}}});
    assert!(save(&world, before(), strange).await.is_ok());
}

#[tokio::test]
async fn what_was_there_before_is_never_a_reason_to_refuse() {
    let world = world();
    let mut odd = before();
    odd["field_overrides"] = json!({"color": 1, "data": "x", "weight": "heavy"});
    odd["block_field_overrides"] = json!({"lb:O:L:problem:a": {"color": 2}});
    odd["block_types"] = json!(["problem"]);
    let changes = json!({"field_overrides": {"color": 1, "data": "x", "weight": "heavy", "max_attempts": 2}, "count": 1});
    let saved = save(&world, odd.clone(), changes).await.unwrap();
    assert_eq!(
        saved,
        [
            ("count".to_owned(), Some("1".to_owned())),
            (
                "field_overrides".to_owned(),
                Some(r#"{"color": 1, "data": "x", "weight": "heavy", "max_attempts": 2}"#.to_owned())
            ),
            ("max_count".to_owned(), None),
        ]
    );
    let worse = json!({"field_overrides": {"color": 2}});
    assert_eq!(save(&world, odd, worse).await.unwrap_err(), ["override_unknown_field color"]);
}

#[tokio::test]
async fn settings_are_written_under_one_name_and_unknown_ones_stay() {
    let world = world();
    assert_eq!(save(&world, before(), json!({})).await, Ok(vec![]));
    assert_eq!(save(&world, before(), json!({"kept": "x", "library_version": 1})).await, Ok(vec![]));
    assert_eq!(
        save(&world, before(), json!({"count": null})).await,
        Ok(vec![("max_count".to_owned(), None)])
    );
    assert_eq!(save(&world, before(), json!({"kept": null})).await, Ok(vec![("kept".to_owned(), None)]));
    assert_eq!(save(&world, before(), json!({"made_up": "y"})).await.unwrap_err(), ["field_invalid made_up"]);
    assert_eq!(
        save(&world, before(), json!({"url_name": "y"})).await.unwrap_err(),
        ["field_invalid url_name"]
    );
    assert_eq!(
        save(&world, before(), json!({"selected": []})).await.unwrap_err(),
        ["field_invalid selected"]
    );
    let many = json!({"count": 0, "blocks": "[", "shuffle": "maybe"});
    assert_eq!(
        save(&world, before(), many).await.unwrap_err(),
        ["count_invalid count", "field_invalid blocks", "field_invalid shuffle"]
    );
}

#[test]
fn the_pin_is_settled_at_save() {
    let pinned = |before: Value, changes: Value| {
        let mut saving = saving(before, changes).unwrap();
        let result = saving.pin(Some(&versions())).map_err(|rejection| rejection.message);
        result.map(|()| {
            let settings = saving.settings();
            (settings["library_key"].clone(), settings.get("library_version").cloned())
        })
    };
    let l = |version: u32| Ok((json!("lib:O:L"), Some(json!(version))));
    assert_eq!(pinned(json!({}), json!({"library_key": "lib:O:L"})), l(3));
    assert_eq!(pinned(json!({}), json!({"library_key": "lib:O:L:v2"})), l(2));
    assert_eq!(pinned(json!({}), json!({"library_key": "lib:exedra.example.org:O:L:v2"})), l(2));
    assert_eq!(pinned(json!({}), json!({"library_key": "lib:O:L", "library_version": "first"})), l(1));
    assert_eq!(pinned(json!({}), json!({"library_key": "lib:O:L", "library_version": "spring"})), l(3));
    assert_eq!(pinned(before(), json!({"library_version": null})), l(3), "taken away is pinned anew");
    assert_eq!(
        pinned(json!({"library_key": "lib:O:L"}), json!({"count": 2})),
        l(3),
        "nothing floats after a save"
    );
    assert_eq!(pinned(before(), json!({"count": 2})), l(1));
    let other = pinned(before(), json!({"library_key": "lib:O:Other"}));
    assert_eq!(other, Ok((json!("lib:O:Other"), Some(json!(3)))), "another library, its current version");
    assert_eq!(
        pinned(before(), json!({"library_version": 9})),
        Err("lib:O:L does not have version 9; there are versions 1 to 3".to_owned())
    );
    assert_eq!(
        pinned(before(), json!({"library_version": "autumn"})),
        Err("lib:O:L does not have version \"autumn\"; there are versions 1 to 3".to_owned())
    );
    let foreign = json!({"library_key": "lib:other.example.org:O:L"});
    assert_eq!(pinned(json!({}), foreign).unwrap().0, "lib:other.example.org:O:L");
}

#[test]
fn another_library_of_the_same_slug_is_a_conflict_and_takes_nothing_along() {
    let conflict = |key: &str| {
        let mut before = before();
        before["declined_version"] = json!(7);
        let saving = saving(before, json!({"library_key": key})).unwrap();
        (saving.slug_conflict().is_some(), saving.settings().get("declined_version").is_some())
    };
    assert_eq!(conflict("lib:P:L"), (true, false));
    assert_eq!(conflict("lib:other.example.org:O:L"), (true, false));
    assert_eq!(conflict("lib:O:M"), (false, false));
    assert_eq!(conflict("lib:O:L"), (false, true));
}

#[test]
fn a_missing_library_stops_only_who_asks_for_it() {
    let pin = |changes: Value| {
        let mut saving = saving(before(), changes).unwrap();
        saving.pin(None).map_err(|rejection| rejection.code)?;
        Ok(saving.check_without_library().map(|findings| findings.iter().map(|f| f.code).collect::<Vec<_>>()))
    };
    assert_eq!(pin(json!({"library_key": "lib:O:Gone"})), Err("library_missing"));
    assert_eq!(pin(json!({"library_version": 2})), Err("library_missing"));
    let saved = pin(json!({"display_name": "New", "field_overrides": {"weight": 2}})).unwrap();
    assert_eq!(saved.unwrap(), ["unknown_attribute", "library_missing"]);
    let forbidden = pin(json!({"field_overrides": {"children": []}})).unwrap().unwrap_err();
    assert_eq!(forbidden[0].code, "override_forbidden");
}

#[tokio::test]
async fn overrides_and_pools_have_limits() {
    let world = world();
    let big = json!({"field_overrides": {"display_name": "x".repeat(64 << 10)}});
    assert_eq!(save(&world, before(), big).await.unwrap_err(), ["overrides_too_large field_overrides"]);
    let files: Vec<(String, &str)> = (0..2_001).map(|n| (format!("html/h{n}"), "<html/>")).collect();
    let files: Vec<_> = files.iter().map(|(path, olx)| (&**path, *olx)).collect();
    world.library("lib:O:L", 2, 1, &files);
    let whole = save(&world, json!({}), json!({"library_key": "lib:O:L"})).await;
    assert_eq!(whole.unwrap_err(), ["pool_too_large blocks"]);
    assert!(save(&world, before(), json!({"shuffle": false})).await.is_ok(), "the pool was there before");
    let chosen = json!({"library_key": "lib:O:L", "blocks": ["html:h1", "html:h2"]});
    assert!(save(&world, json!({}), chosen).await.is_ok());
}

#[tokio::test]
async fn what_may_apply_some_day_is_told_and_kept() {
    let world = world();
    let changes = json!({"block_types": ["problem"], "count": 5,
        "block_field_overrides": {"lb:O:L:html:gone": {"weight": 1}}});
    let mut saving = saving(before(), changes).unwrap();
    saving.pin(Some(&versions())).unwrap();
    let library = library(&world, saving.reference()).await;
    let codes: Vec<_> =
        saving.check(&library, &registry()).unwrap().into_iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&"override_orphan") && codes.contains(&"pool_too_small"), "{codes:?}");
}
