//! Keys of pathways: items and the blocks inside them, made from their parts.

use opaque_keys::{LearningContextKey, UsageKey};

const UUID: &str = "5d2a1b7e-0000-4000-8000-000000000000";

fn context() -> LearningContextKey {
    format!("lx-pathway:{UUID}").parse().expect("a pathway")
}

#[test]
fn items_and_blocks_inside_them_know_their_pathway() {
    let context = context();
    let pathway = context.as_pathway().expect("a pathway");
    let item = pathway.item("unit", "a1b2c3d4").expect("a key");
    assert_eq!(item.as_str(), format!("lx-pb:{UUID}:unit:a1b2c3d4"));
    let child = item.child("html", "intro", 1).expect("a key");
    assert_eq!(child.as_str(), format!("lx-pb:{UUID}:html:a1b2c3d4:intro"));
    let again = item.child("html", "intro", 2).expect("a key");
    assert_eq!(again.child_id(), Some("intro!2"));
    for key in [item, child, again] {
        assert_eq!(key.pathway(), *pathway);
        let usage: UsageKey = key.as_str().parse().expect("it reads again");
        assert_eq!((usage.as_pathway_block(), usage.context_key()), (Some(&key), context.clone()));
    }
    assert!(UsageKey::as_pathway_block(&"lb:O:L:html:a".parse().expect("a key")).is_none());
}

#[test]
fn nothing_is_made_of_parts_that_are_no_ids() {
    let context = context();
    let pathway = context.as_pathway().expect("a pathway");
    for (block_type, id) in [("html", ""), ("html", "a:b"), ("html", "a\n"), ("", "a"), ("ht ml", "a")] {
        assert!(pathway.item(block_type, id).is_err(), "{block_type:?} {id:?}");
    }
    assert!(pathway.item("html", &"x".repeat(300)).is_err());
    let item = pathway.item("html", "a").expect("a key");
    for (block_type, id) in [("html", ""), ("html", "a:b"), ("html", "a!2"), ("", "a")] {
        assert!(item.child(block_type, id, 1).is_err(), "{block_type:?} {id:?}");
    }
}
