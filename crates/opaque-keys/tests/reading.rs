//! What reads as what: the rows of the contract that tell grammars apart, and every refusal with its reason.

use opaque_keys::{
    AnyKey, AssetKey, BlockTypeKey, CollectionKey, ContainerKey, CourseKey, DefinitionKey, InvalidKey,
    LearningContextKey, LibraryKey, Reason, UsageKey,
};

fn usage(text: &str) -> UsageKey {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn context(text: &str) -> LearningContextKey {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn refusal<K: std::str::FromStr<Err = InvalidKey> + std::fmt::Debug>(text: &str) -> Reason {
    text.parse::<K>().expect_err(text).reason
}

#[test]
fn library_block_shows_its_parts() {
    let key = usage("lb:MITx:probs:problem:p1");
    assert_eq!(key.namespace(), "lb");
    assert_eq!((key.block_type(), key.block_id()), (Some("problem"), "p1"));
    assert_eq!(key.context_key(), context("lib:MITx:probs"));
    assert_eq!(key.html_id(), "lb:MITx:probs:problem:p1");
    assert_eq!(key.to_string(), "lb:MITx:probs:problem:p1");
}

#[test]
fn each_part_of_a_library_key_keeps_one_line_feed() {
    let key = context("lib:org\n:slug\n");
    assert_eq!((key.org(), key.slug()), (Some("org\n"), Some("slug\n")));
    for text in ["lib:org:\n", "lib:org:slug\n\n", "lib:\n:slug", "course-v1:a+b+c\n"] {
        assert!(text.parse::<LearningContextKey>().is_err(), "{text:?}");
    }
}

#[test]
fn domain_makes_another_key_with_the_same_names() {
    let local = context("lib:MITx:Problems1");
    let there = context("lib:edx.org:MITx:Problems1");
    assert_ne!(local, there);
    assert_eq!((there.org(), there.slug()), (local.org(), local.slug()));
    assert_eq!(usage("lb:edx.org:MITx:P1:problem:p1").context_key(), context("lib:edx.org:MITx:P1"));
    assert!("lib-collection:edx.org:MITx:P1:c".parse::<CollectionKey>().is_ok());
    assert!("lct:edx.org:MITx:P1:unit:u".parse::<ContainerKey>().is_ok());
    assert!(LibraryKey::parse_reference("lib:edx.org:MITx:Problems1").is_err());
}

#[test]
fn domains_are_lower_case_names_with_a_dot() {
    for domain in ["edx.org", "a.b", "x-1.example.co", "xn--bcher-kva.example", "1a.2b"] {
        assert!(format!("lib:{domain}:MITx:P").parse::<LibraryKey>().is_ok(), "{domain}");
    }
    let long_label = format!("{}.org", "a".repeat(64));
    let long_name = format!("{}org", "abcdefg.".repeat(32));
    for domain in
        ["EDX.org", "edx.org.", "10.0.0.1", "-a.org", "a-.org", "orgX", "a..b", ".a", &long_label, &long_name]
    {
        assert!(format!("lib:{domain}:MITx:P").parse::<LibraryKey>().is_err(), "{domain}");
    }
    assert!("lib:orgX:someProblems:v5".parse::<LibraryKey>().is_err());
    assert!("lib:edx.org:MITx:P\n".parse::<LibraryKey>().is_err());
}

#[test]
fn course_without_its_names_needs_a_version() {
    let key: CourseKey = "course-v1:a+b+version@519665f6223ebd6980884f2b".parse().expect("a key");
    assert_eq!(key.as_str(), "course-v1:version@519665f6223ebd6980884f2b");
    assert_eq!((key.org(), key.course(), key.run()), (Some("a"), Some("b"), None));
    assert_ne!(key, key.as_str().parse().expect("a key"), "the names are gone from the text");
    assert!(key.without_version().is_err() && key.without_branch().is_err());
    assert!(matches!(refusal::<CourseKey>("course-v1:a+b"), Reason::Incomplete { .. }));
    assert!(matches!(refusal::<CourseKey>("course-v1:"), Reason::Incomplete { .. }));
    assert_eq!(refusal::<CourseKey>("course-v1:a+b+c+version@519665"), Reason::VersionGuid);
}

#[test]
fn course_body_has_its_segments_once_and_in_order() {
    let all = "course-v1:o+c+r+branch@d+version@519665f6223ebd6980884f2b";
    let key: CourseKey = all.parse().expect("a key");
    assert_eq!((key.branch(), key.version()), (Some("d"), Some("519665f6223ebd6980884f2b")));
    assert_eq!(key.without_branch().expect("named").as_str(), "course-v1:o+c+r");
    assert_eq!(key.without_version().expect("named").as_str(), "course-v1:o+c+r+branch@d");
    for text in [
        "course-v1:o+c+r+",
        "course-v1:o+c+r+x",
        "course-v1:o+c+r+branch@a+branch@b",
        "course-v1:o+c+r+version@519665f6223ebd6980884f2b+branch@d",
        "course-v1:o+c+r+BRANCH@a",
        "course-v1:o+c+r+branch@a@b",
        "course-v1:o+branch@x",
    ] {
        assert!(text.parse::<CourseKey>().is_err(), "{text:?}");
    }
    let tail: CourseKey = "course-v1:o+c+r+type@x+block@y".parse().expect("a key");
    assert_eq!(tail.as_str(), "course-v1:o+c+r");
}

#[test]
fn block_without_type_is_not_the_block_of_type_none() {
    let untyped = usage("block-v1:o+c+r+block@b");
    let typed = usage("block-v1:o+c+r+type@None+block@b");
    assert_eq!((untyped.block_type(), typed.block_type()), (None, Some("None")));
    assert_eq!(untyped.as_str(), typed.as_str());
    assert_ne!(untyped, typed);
    assert_ne!(untyped.cmp(&typed), std::cmp::Ordering::Equal);
    assert_eq!(untyped.reference_cmp(&typed), None);
}

#[test]
fn pathway_block_with_an_empty_child_is_another_key() {
    let uuid = "5d2a1b7e-0000-4000-8000-000000000000";
    let plain = usage(&format!("lx-pb:{uuid}:unit:u1"));
    let empty = usage(&format!("lx-pb:{uuid}:unit:u1:"));
    assert_eq!(plain.as_str(), empty.as_str());
    assert_ne!(plain, empty);
    assert_eq!(plain.context_key().as_str(), format!("lx-pathway:{uuid}"));
    for text in [uuid.to_uppercase(), uuid.replace('-', ""), format!("{{{uuid}}}")] {
        assert!(format!("lx-pathway:{text}").parse::<LearningContextKey>().is_err(), "{text}");
    }
}

#[test]
fn custom_course_keywords_fold_case_as_regular_expressions_do() {
    let canonical = "ccx-v1:o+c+r+branch@b+version@519665f6223ebd6980884f2b+ccx@01";
    for text in [
        "ccx-v1:o+c+r+BRANCH@b+VERSION@519665F6223EBD6980884F2B+CCX@01",
        "ccx-v1:o+c+r+branch@b+ver\u{17F}ion@519665f6223ebd6980884f2b+ccx@01",
        "ccx-v1:o+c+r+branch@b+vers\u{131}on@519665f6223ebd6980884f2b+ccx@01",
        "ccx-v1:o+c+r+branch@b+vers\u{130}on@519665f6223ebd6980884f2b+ccx@01+bloc\u{212A}@x",
    ] {
        assert_eq!(context(text).as_str(), canonical, "{text}");
    }
    assert!("CCX-v1:o+c+r+ccx@1".parse::<CourseKey>().is_err());
    assert!("ccx-v1:o+c+r".parse::<CourseKey>().is_err());
    let block = usage("ccx-block-v1:o+c+r+ccx@٣+TYPE@t+Block@b");
    assert_eq!(block.as_str(), "ccx-block-v1:o+c+r+ccx@٣+type@t+block@b");
    assert_eq!(block.context_key().as_course().and_then(CourseKey::ccx), Some("٣"));
}

#[test]
fn old_forms_have_no_namespace() {
    let course = context("edX/Demo/2012_Fall");
    assert!(course.is_course());
    assert_eq!((course.course(), course.run()), (Some("Demo"), Some("2012_Fall")));
    assert_ne!(course, context("course-v1:edX+Demo+2012_Fall"));
    assert_eq!(context("a/b/").run(), Some(""));
    let block = usage("i4x://edX/Demo.1/some cat/n%20.x@draft");
    assert_eq!((block.block_type(), block.block_id()), (Some("some cat"), "n%20.x"));
    assert_eq!(block.html_id(), "i4x-edX-Demo_1-some_cat-n_20_x");
    assert_eq!(block.without_branch().expect("named").as_str(), "i4x://edX/Demo.1/some cat/n%20.x");
    let asset: AssetKey = "/c4x/edX/Demo/asset/a%20b.png".parse().expect("a key");
    assert_eq!((asset.asset_type(), asset.path()), (Some("asset"), "a%20b.png"));
}

#[test]
fn asides_hold_escaped_keys() {
    let block = "block-v1:o+c+r+type@t+block@b";
    let first = usage(&format!("aside-usage-v1:{block}::a$::b"));
    let UsageKey::Aside(aside) = &first else { panic!("{first:?}") };
    assert_eq!((aside.aside_type(), aside.usage()), ("a::b", usage(block)));
    assert_eq!((first.block_type(), first.block_id()), (Some("t"), "b"));
    assert_eq!(first.context_key().as_str(), "course-v1:o+c+r");
    assert_eq!(usage("aside-usage-v2:lb$:o$:s$:t$:i::a$:b").context_key().as_str(), "lib:o:s");
    assert_eq!(usage(&format!("aside-usage-v1:{block}")).as_str(), format!("aside-usage-v1:{block}::"));
    for text in ["aside-usage-v2:lb:o:s:t:i::a", "aside-usage-v2:lb$:o$:s$:t$:i", "aside-usage-v1:x::$"] {
        assert!(text.parse::<UsageKey>().is_err(), "{text}");
    }
}

#[test]
fn asides_do_not_nest_for_ever() {
    let mut text = "lb:o:s:t:i".to_owned();
    for level in 0..12 {
        assert!(text.parse::<UsageKey>().is_ok(), "{level} asides");
        text = format!("aside-usage-v2:{}::a", text.replace('$', "$$").replace(':', "$:"));
    }
    let deep = format!("{}x", "aside-usage-v1:".repeat(4000));
    assert!(matches!(deep.parse::<UsageKey>().map_err(|e| e.reason), Err(Reason::Inside(_))));
}

#[test]
fn bundle_versions_are_canonical_numbers_or_names() {
    let key = |version: &str| {
        format!("bundle-olx:5d2a1b7e-0000-4000-8000-000000000000:{version}:html:a/b.xml")
            .parse::<DefinitionKey>()
    };
    let long = "9".repeat(4300);
    for version in ["0", "17", "18446744073709551616", "draft", "-1", "+1", "1_0", " 5", "1d", long.as_str()]
    {
        assert!(key(version).is_ok(), "{version:?}");
    }
    let longer = "9".repeat(4301);
    for version in ["", "05", "٣", "²", "1²", longer.as_str()] {
        assert!(key(version).is_err(), "{version:?}");
    }
    assert_eq!(key("5").expect("a key").describe()["fields"]["_version_or_draft"]["int"], "5");
    assert_eq!(
        key("9").expect("a key").reference_cmp(&key("10").expect("a key")),
        Some(std::cmp::Ordering::Less)
    );
    assert_eq!(key("9").expect("a key").reference_cmp(&key("nine").expect("a key")), None);
}

#[test]
fn every_text_is_a_block_type() {
    for (text, family, name, canonical) in [
        ("problem", "xblock.v1", "problem", "problem"),
        ("", "xblock.v1", "", ""),
        ("block-type-v1:x", "xblock.v1", "block-type-v1:x", "block-type-v1:x"),
        ("block-type-v1:xmodule.v1:html", "xblock.v1", "html", "html"),
        ("block-type-v1:aside.v1:a:b", "aside.v1", "a:b", "block-type-v1:aside.v1:a:b"),
    ] {
        let key: BlockTypeKey = text.parse().expect("any text is a block type");
        assert_eq!((key.family(), key.block_type(), key.as_str()), (family, name, canonical));
    }
}

#[test]
fn any_key_is_told_by_its_namespace() {
    for (text, kind) in [
        ("lib:o:s", "learning_context"),
        ("a/b/c", "learning_context"),
        ("lb:o:s:t:i", "usage"),
        ("i4x://a/b/c/d", "usage"),
        ("def-v1:519665f6223ebd6980884f2b+type@html", "definition"),
        ("asset-v1:o+c+r+type@asset+block@a.png", "asset"),
        ("/c4x/a/b/c/d", "asset"),
        ("lib-collection:o:s:c", "collection"),
        ("lct:o:s:unit:u", "container"),
        ("block-type-v1:f:t", "block_type"),
    ] {
        let key: AnyKey = text.parse().expect(text);
        assert_eq!(key.kind(), kind, "{text}");
        assert_eq!(key.explain()["key"], text);
    }
    assert!(matches!(refusal::<AnyKey>("nonsense:x"), Reason::Namespace { .. }));
    assert_eq!(refusal::<AnyKey>("nonsense"), Reason::NoNamespace);
}

#[test]
fn refusals_say_what_where_and_why() {
    for (text, message) in [
        ("lb:o:s:t", "expected : at byte 8, found the end"),
        ("lb:o:s:t:a b", "expected the end at byte 10, found ' '"),
        ("lb:o:s::i", "expected a block type at byte 7, found ':'"),
        ("lb:ö:s:t:i", "expected an organisation at byte 3, found 'ö'"),
        ("lib:o:s", "\"lib\" is not a namespace of usages"),
        ("block-v1:o+c+r+type@t", "expected block@ and a block id at byte 21, found the end"),
        ("block-v1:o+c+r+type@t+block@%", "expected a block id at byte 28, found '%'"),
        ("aside-usage-v1:lb:o:s::x", "the key inside it: expected : at byte 6, found the end"),
    ] {
        let error = text.parse::<UsageKey>().expect_err(text);
        assert_eq!(error.reason.to_string(), message, "{text}");
        assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
    }
}

#[test]
fn long_input_is_refused_and_cut_in_the_message() {
    let text = format!("lb:o:s:t:{}", "i".repeat(70_000));
    let error = text.parse::<UsageKey>().expect_err("too long");
    assert!(matches!(error.reason, Reason::TooLong { .. }));
    assert_eq!(error.input.chars().count(), 120);
    // As long as can be: the type that is printed for it makes the text too long.
    let text = format!("block-v1:o+c+r+block@{}", "b".repeat(65_535 - 21));
    assert_eq!(text.len(), 65_535);
    assert!(matches!(refusal::<UsageKey>(&text), Reason::TooLong { .. }));
}

#[test]
fn keys_are_text_in_json() {
    let key = usage("lb:o:s:t:i");
    assert_eq!(serde_json::to_string(&key).expect("text"), "\"lb:o:s:t:i\"");
    assert_eq!(serde_json::from_str::<UsageKey>("\"lb:o:s:t:i\"").expect("a key"), key);
    assert!(serde_json::from_str::<UsageKey>("\"lib:o:s\"").is_err());
    assert!(serde_json::from_str::<UsageKey>("5").is_err());
}
