//! What is on the page: the eight ways to refer to a library, containers, banks, overrides, limits.

use std::{collections::HashSet, fmt::Write as _};

use compositor::{ComposedBlock, DrawEvent, Outcome};
use opaque_keys::UsageKey;
use serde_json::json;

use crate::world::{Draws, World, compose, findings, hidden, page};

const UNIT: &str = "block-v1:edX+UseLib+1+type@vertical+block@u";

fn library(world: &World) {
    world.library("lib:O:L", 2, 1, &[
        ("problem/a", "<problem><multiplechoiceresponse/></problem>"),
        ("problem/b", "<problem><p><numericalresponse/></p></problem>"),
        ("html/c", "<html>c</html>"),
        ("html/d", "<html>d</html>"),
        ("unit/u", "<unit><xblock-include definition='html/c'/><xblock-include definition='html/d'/><xblock-include definition='html/c'/></unit>"),
    ]);
}

/// Returns the blocks a unit with one reference shows, as `type:path`, sorted if chance has a say.
async fn shown(reference: &str) -> Vec<String> {
    let world = World::new();
    library(&world);
    let reference =
        reference.replace("<REF", "<random_lib_ref url_name='r' library_key='lib:O:L' library_version='1'");
    let reference =
        reference.replace("<LIB", "<lib_ref url_name='r' library_key='lib:O:L' library_version='1'");
    world.course(1, &format!("<vertical url_name='u'>{reference}</vertical>"));
    let composed = world.compose(UNIT, "learner", &mut Draws::new()).await;
    let tag = if reference.starts_with("<lib_ref") { "lib_ref" } else { "random_lib_ref" };
    let tail = format!(":edX+UseLib+1+type@{tag}+block@r");
    page(&composed).iter().map(|line| line.replace("lb-ref:L:", "").replace(&tail, "")).collect()
}

#[tokio::test]
async fn the_eight_use_cases() {
    assert_eq!(shown(r#"<LIB blocks='["problem:b"]'/>"#).await, ["problem:b"]);
    assert_eq!(
        shown(r#"<LIB blocks='["html:d", "problem:a", "html:none"]'/>"#).await,
        ["html:d", "problem:a"]
    );
    assert_eq!(shown("<REF/>").await.len(), 1);
    assert_eq!(shown("<REF count='3'/>").await.len(), 3);
    let types = r#"block_types='["html"]'"#;
    assert!(shown(&format!("<REF {types}/>")).await[0].starts_with("html:"));
    let mut two = shown(&format!("<REF count='2' {types}/>")).await;
    two.sort();
    assert_eq!(two, ["html:c", "html:d"]);
    assert!(
        ["problem:a", "html:d"]
            .contains(&shown(r#"<REF blocks='["problem:a", "html:d"]'/>"#).await[0].as_str())
    );
    let mut two = shown(r#"<REF count='2' blocks='["problem:a", "html:d"]'/>"#).await;
    two.sort();
    assert_eq!(two, ["html:d", "problem:a"]);
}

#[tokio::test]
async fn the_pool_is_in_library_order_without_containers() {
    assert_eq!(shown("<LIB/>").await, ["html:c", "html:d", "problem:a", "problem:b"]);
    assert_eq!(shown("<LIB capa_type='numericalresponse'/>").await, ["problem:b"]);
    assert_eq!(shown("<LIB count='2'/>").await, shown("<LIB max_count='2'/>").await);
}

#[tokio::test]
async fn a_unit_of_the_library_expands_to_its_components_in_its_place() {
    // What is in it twice has a key of its own the second time.
    let unit = ["html:u~c", "html:u~d", "html:u~c!2"];
    assert_eq!(shown(r#"<LIB block_types='["unit"]'/>"#).await, unit);
    for name in ["unit:u", "lb:O:L:unit:u", "lct:O:L:unit:u"] {
        let around = format!(r#"<LIB blocks='["problem:a", "{name}", "html:c", "unit:u"]'/>"#);
        assert_eq!(shown(&around).await, ["problem:a", unit[0], unit[1], unit[2], "html:c"], "{name}");
    }
    let other = shown(r#"<LIB blocks='["lct:O:Other:unit:u", "lct:O:L:unit", "html:c"]'/>"#).await;
    assert_eq!(other, ["html:c"]);
}

#[tokio::test]
async fn a_drawn_unit_is_one_block_of_the_pool() {
    let world = World::new();
    world.library(
        "lib:O:L",
        2,
        1,
        &[
            ("html/c", "<html>c</html>"),
            ("html/d", "<html>d</html>"),
            ("unit/in", "<unit><xblock-include definition='html/d'/></unit>"),
            (
                "unit/u",
                "<unit><xblock-include definition='html/c'/><xblock-include definition='unit/in'/></unit>",
            ),
            (
                "unit/v",
                "<unit><xblock-include definition='html/c'/><xblock-include definition='html/d'/></unit>",
            ),
            ("subsection/s", "<subsection><xblock-include definition='unit/u'/></subsection>"),
        ],
    );
    let overrides = r#"field_overrides='{"weight": 1}' block_field_overrides='{"html:d": {"weight": 2}, "lct:O:L:unit:v": {"display_name": "x"}}'"#;
    world.course(1, &format!(
        r#"<vertical url_name='u'><random_lib_ref url_name='r' library_key='lib:O:L' library_version='1' blocks='["lct:O:L:unit:u", "lct:O:L:unit:v"]' {overrides}/>
        <lib_ref url_name='s' library_key='lib:O:L' library_version='1' blocks='["subsection:s"]'/></vertical>"#
    ));
    let mut draws = Draws::new();
    let composed = world.compose(UNIT, "ann", &mut draws).await;
    assert!(findings(&*world.plan(UNIT).await).is_empty());
    let draw = &draws[&"block-v1:edX+UseLib+1+type@random_lib_ref+block@r".parse().unwrap()];
    assert_eq!(draw.selected.len(), 1, "count is 1, of units");
    let lines = page(&composed);
    let tail = "edX+UseLib+1+type@random_lib_ref+block@r";
    // A unit in a unit expands as well.
    let expected = match draw.selected[0].as_str() {
        "lb:O:L:unit:u" => [format!("lb-ref:L:html:u~c:{tail}"), format!("lb-ref:L:html:u~in~d:{tail}")],
        _ => [format!("lb-ref:L:html:v~c:{tail}"), format!("lb-ref:L:html:v~d:{tail}")],
    };
    assert_eq!(lines[..2], expected);
    let levels: Vec<_> = composed.root.children[..2].iter().map(|block| json!(block.overrides)).collect();
    assert_eq!(levels, [json!([{"weight": 1}]), json!([{"weight": 2}, {"weight": 1}])]);
    // Other containers keep what is in them together.
    let key = |block_type: &str, path: &str| {
        format!("lb-ref:L:{block_type}:{path}:edX+UseLib+1+type@lib_ref+block@s")
    };
    let nested = [key("html", "s~u~c"), key("html", "s~u~in~d")].join(" ");
    assert_eq!(lines[2], format!("{} [{} [{nested}]]", key("subsection", "s"), key("unit", "s~u")));
    assert_eq!(lines.len(), 3);
}

#[tokio::test]
async fn of_too_many_units_those_whose_components_were_answered_stay() {
    let world = World::new();
    world.library(
        "lib:O:L",
        2,
        1,
        &[
            ("html/c", "<html>c</html>"),
            ("unit/u", "<unit><xblock-include definition='html/c'/></unit>"),
            ("unit/v", "<unit><xblock-include definition='html/c'/></unit>"),
        ],
    );
    let course = |version, count| {
        world.course(version, &format!("<vertical url_name='u'><random_lib_ref url_name='r' library_key='lib:O:L' library_version='1' block_types='[\"unit\"]' count='{count}'/></vertical>"));
    };
    course(1, 2);
    let mut draws = Draws::new();
    let both = page(&world.compose(UNIT, "ann", &mut draws).await);
    course(2, 1);
    let plan = world.plan(UNIT).await;
    let Outcome::NeedsState(keys) = compose(&plan, "ann", &draws, None) else { panic!("asks for state") };
    for stays in both {
        let stays: UsageKey = stays.parse().unwrap();
        assert!(keys.contains(&stays));
        let touched = HashSet::from([stays.clone()]);
        let Outcome::Ready(composed) = compose(&plan, "ann", &draws, Some(&touched)) else { panic!() };
        assert_eq!(page(&composed), [stays.as_str()]);
    }
}

#[tokio::test]
async fn containers_keep_their_place_and_banks_select() {
    let world = World::new();
    library(&world);
    world.course(1, "<sequential url_name='s'><vertical url_name='u'><html url_name='first'/><vertical url_name='in'><lib_ref url_name='r' library_key='lib:O:L' library_version='1' count='1' blocks='[\"html:c\"]'/></vertical>\
        <library_content url_name='lc' max_count='-1'><problem url_name='x'/><problem url_name='y'/><vertical url_name='z'><problem url_name='z1'/></vertical></library_content>\
        <itembank url_name='ib' max_count='-1'><vertical url_name='v'><html url_name='w'/></vertical></itembank></vertical><vertical url_name='next'><html url_name='far'/></vertical>\
        <lib_ref url_name='loose' library_key='lib:O:L' library_version='1' blocks='[\"html:d\"]'/></sequential>");
    let mut draws = Draws::new();
    let composed = world.compose(UNIT, "learner", &mut draws).await;
    let page = page(&composed);
    let key = |block_type: &str, id: &str| format!("block-v1:edX+UseLib+1+type@{block_type}+block@{id}");
    assert_eq!(page[0], key("html", "first"));
    assert_eq!(
        page[1],
        format!("{} [lb-ref:L:html:c:edX+UseLib+1+type@lib_ref+block@r]", key("vertical", "in"))
    );
    assert_eq!(
        page[3],
        format!("{} [{} [{}]]", key("itembank", "ib"), key("vertical", "v"), key("html", "w"))
    );
    let bank = &composed.root.children[2];
    assert_eq!((bank.usage.to_string(), bank.children.len()), (key("library_content", "lc"), 3));
    let draw = &draws[&bank.usage];
    let token = |b: &ComposedBlock| format!("{}@{}", b.block_type(), b.usage.block_id());
    let selected: Vec<_> = bank.children.iter().map(token).collect();
    assert_eq!(draw.selected, selected);
    let names: Vec<_> = composed.events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "edx.librarycontentblock.content.assigned",
            "edx.itembankblock.content.assigned",
            "edx.librarycontentblock.content.assigned",
        ]
    );

    // Of copies from a library is told what is in them, of other children not.
    let told = |event: &DrawEvent| -> Vec<String> {
        let added = event.data["added"].as_array().unwrap().iter();
        let below = added.flat_map(|block| block["descendants"].as_array().unwrap());
        below.map(|block| block["usage_key"].as_str().unwrap().to_owned()).collect()
    };
    let of_bank = |id: &str| composed.events.iter().find(|event| event.reference.block_id() == id).unwrap();
    assert_eq!(told(of_bank("lc")), [key("problem", "z1")]);
    assert_eq!(told(of_bank("ib")), [""; 0]);

    // A sequence is a list of places to go to, with what is directly in it.
    let sequence =
        world.compose("block-v1:edX+UseLib+1+type@sequential+block@s", "learner", &mut draws).await;
    let loose = "lb-ref:L:html:d:edX+UseLib+1+type@lib_ref+block@loose".to_owned();
    assert_eq!(self::page(&sequence), [key("vertical", "u"), key("vertical", "next"), loose]);
    // A single block is a page of its own, and so is a reference.
    let single = world.compose(&key("html", "far"), "learner", &mut draws).await;
    assert!(single.root.children.is_empty());
    let reference = world.compose(&key("lib_ref", "r"), "learner", &mut draws).await;
    assert_eq!(self::page(&reference), ["lb-ref:L:html:c:edX+UseLib+1+type@lib_ref+block@r"]);

    let found = composed.root.find(&"lb-ref:L:html:c:edX+UseLib+1+type@lib_ref+block@r".parse().unwrap());
    let located = world.locate("lb-ref:L:html:c:edX+UseLib+1+type@lib_ref+block@r").await;
    assert_eq!(found.unwrap().origin.as_ref().unwrap().version, 1);
    let around = compositor::Unit::around(&located.structure, located.node);
    assert_eq!(located.structure.node(around).usage.as_str(), UNIT);
}

#[tokio::test]
async fn overrides_that_do_not_apply_are_reported_and_ignored() {
    let world = World::new();
    library(&world);
    let reference = r#"{"max_attempts": null, "weight": "heavy", "data": "x", "color": 1, "upstream": "y"}"#;
    let blocks = r#"{"lb:O:L:html:c": {"data": "mine", "attempts": 3}, "html:d": {"weight": 2}, "lb:O:L:html:gone": {"weight": 1}}"#;
    world.course(1, &format!("<vertical url_name='u'><lib_ref url_name='r' library_key='lib:O:L' library_version='1' field_overrides='{reference}' block_field_overrides='{blocks}'/></vertical>"));
    let plan = world.plan(UNIT).await;
    let mut found = findings(&plan);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "override_bad_type",
            "override_bad_type",
            "override_forbidden",
            "override_forbidden",
            "override_forbidden",
            "override_forbidden",
            "override_forbidden",
            "override_orphan",
            "override_unknown_field",
        ]
    );
    let composed = world.compose(UNIT, "learner", &mut Draws::new()).await;
    let levels: Vec<_> = composed.root.children.iter().map(|block| json!(block.overrides)).collect();
    let common = json!({"max_attempts": null});
    assert_eq!(
        levels,
        [json!([{"data": "mine"}, common]), json!([{"weight": 2}, common]), json!([common]), json!([common]),]
    );
    let names: Vec<&str> = composed.root.children[0].overridden.iter().map(|name| &**name).collect();
    assert_eq!(names, ["data", "max_attempts"]);
}

#[tokio::test]
async fn authors_see_references_with_their_pools() {
    let world = World::new();
    library(&world);
    world.course(1, "<vertical url_name='u'><random_lib_ref url_name='r' library_key='lib:O:L' library_version='1' count='9'/></vertical>");
    let plan = world.plan(UNIT).await;
    let author = plan.author_view();
    assert!(author.changed.is_empty());
    let reference = &author.root.children[0];
    assert_eq!(reference.usage.as_str(), "block-v1:edX+UseLib+1+type@random_lib_ref+block@r");
    assert_eq!(reference.children.len(), 4);
}

#[tokio::test]
async fn a_page_has_at_most_500_blocks_and_8_levels() {
    let world = World::new();
    let mut inside = String::new();
    for n in 0..600 {
        let _ = write!(inside, "<html url_name='h{n}'/>");
    }
    let deep = (0..12).fold("<html url_name='deep'/>".to_owned(), |inside, n| {
        format!("<vertical url_name='v{n}'>{inside}</vertical>")
    });
    world.course(
        1,
        &format!("<vertical url_name='u'>{inside}</vertical><vertical url_name='d'>{deep}</vertical>"),
    );
    let composed = world.compose(UNIT, "learner", &mut Draws::new()).await;
    assert_eq!((composed.root.children.len(), hidden(&composed)), (500, vec!["too_many_blocks"]));
    let deep = world.compose("block-v1:edX+UseLib+1+type@vertical+block@d", "l", &mut Draws::new()).await;
    assert_eq!((deep.root.walk().count(), hidden(&deep)), (9, vec!["include_too_deep"]));
}

#[tokio::test]
async fn units_that_hold_one_another_in_many_ways_end() {
    let world = World::new();
    let includes = |level: usize| -> String {
        (0..6).map(|n| format!("<xblock-include definition='unit/l{level}n{n}'/>")).collect()
    };
    let units: Vec<(String, String)> = (0..9)
        .flat_map(|level| (0..6).map(move |n| (level, n)))
        .map(|(level, n)| {
            let inside = if level == 8 { String::new() } else { includes(level + 1) };
            (format!("unit/l{level}n{n}"), format!("<unit>{inside}</unit>"))
        })
        .collect();
    let files: Vec<_> = units.iter().map(|(path, olx)| (&**path, &**olx)).collect();
    world.library("lib:O:L", 2, 1, &files);
    world.course(1, "<vertical url_name='u'><lib_ref url_name='r' library_key='lib:O:L' library_version='1' blocks='[\"unit:l0n0\"]'/></vertical>");
    let composed = world.compose(UNIT, "ann", &mut Draws::new()).await;
    assert!(composed.hidden.len() <= 501, "{}", composed.hidden.len());
    assert!(page(&composed).is_empty());
}

/// Publishes a library of so many blocks of each kind of pool, and a course with a reference to it.
fn large(world: &World, blocks: usize, reference: &str) {
    let files: Vec<(String, &str)> = (0..blocks).map(|n| (format!("html/h{n:04}"), "<html/>")).collect();
    let files: Vec<_> = files.iter().map(|(path, olx)| (&**path, *olx)).collect();
    world.library("lib:O:L", 2, 1, &files);
    world.course(1, &format!("<vertical url_name='u'><random_lib_ref url_name='r' library_key='lib:O:L' library_version='1' {reference}/></vertical>"));
}

#[tokio::test]
async fn pools_of_500_and_2000_blocks_compose_with_the_same_reads() {
    let mut reads = Vec::new();
    for blocks in [500, 2_000] {
        let world = World::new();
        large(&world, blocks, "count='30' field_overrides='{\"weight\": 2}'");
        world.bundles.calls();
        let mut draws = Draws::new();
        let composed = world.compose(UNIT, "ann", &mut draws).await;
        assert_eq!((page(&composed).len(), hidden(&composed).len()), (30, 0));
        assert!(findings(&*world.plan(UNIT).await).is_empty());
        assert!(world.compose(UNIT, "ann", &mut draws).await.changed.is_empty());
        reads.push(world.bundles.calls());
    }
    assert_eq!(reads[0], reads[1]);
}

#[tokio::test]
async fn of_a_pool_that_is_shown_whole_the_page_has_500_blocks() {
    for (blocks, codes) in [(500, &[][..]), (2_000, &["too_many_blocks"])] {
        let world = World::new();
        large(&world, blocks, "count='-1' shuffle='false'");
        let composed = world.compose(UNIT, "ann", &mut Draws::new()).await;
        assert_eq!((page(&composed).len(), hidden(&composed)), (500, codes.to_vec()));
        let last = &composed.root.children[499];
        assert!(last.usage.as_str().starts_with("lb-ref:L:html:h0499:"), "the first ones, in order");
    }
    // A pool above the limit is warned of, and drawn from all the same.
    let world = World::new();
    large(&world, 2_001, "count='3'");
    assert_eq!(findings(&*world.plan(UNIT).await), ["pool_too_large"]);
    assert_eq!(page(&world.compose(UNIT, "ann", &mut Draws::new()).await).len(), 3);
}

#[tokio::test]
async fn a_reference_inside_a_unit_of_a_library_shows_in_the_library_alone() {
    let world = World::new();
    // Two libraries whose units draw from each other.
    for (library, n, other) in [("A", 2, "B"), ("B", 3, "A")] {
        let reference =
            format!("<lib_ref library_key='lib:O:{other}' library_version='1' blocks='[\"unit:u\"]'/>");
        world.library(&format!("lib:O:{library}"), n, 1, &[
            ("html/h", "<html/>"),
            ("lib_ref/r", &reference),
            ("unit/u", "<unit><xblock-include definition='html/h'/><xblock-include definition='lib_ref/r'/></unit>"),
        ]);
    }
    let preview = world.compose("lb:O:A:unit:u", "ann", &mut Draws::new()).await;
    assert_eq!(page(&preview), ["lb:O:A:html:h", "lb-ref:B:html:u~h:lb=O:A:lib_ref:r"]);
    assert_eq!(hidden(&preview), ["reference_in_library"]);
    assert_eq!(preview.hidden[0].source.as_str(), "lb:O:B:lib_ref:r");

    world.course(1, "<vertical url_name='u'><lib_ref url_name='r' library_key='lib:O:A' library_version='1' blocks='[\"unit:u\"]'/></vertical>");
    let composed = world.compose(UNIT, "ann", &mut Draws::new()).await;
    assert_eq!(page(&composed), ["lb-ref:A:html:u~h:edX+UseLib+1+type@lib_ref+block@r"]);
    assert_eq!(hidden(&composed), ["reference_in_library"]);
}
