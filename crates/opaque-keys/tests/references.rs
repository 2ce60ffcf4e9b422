//! Keys of library blocks used through references, and the library field of a reference.

use opaque_keys::{LearningContextKey, LibRefKey, LibraryKey, Reason, UsageKey, VersionedLibraryRef};

const SEED: &str = "lb-ref:someProblems:problem:abc:edX+UseLib+1+type@random_lib_ref+block@3";
const PATHWAY: &str = "lb-ref:P:problem:a:lx-pb=5d2a1b7e-0000-4000-8000-000000000000:unit:u1";

fn usage(text: &str) -> UsageKey {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_key_a_unit_prints_reads_back() {
    let key = usage(SEED);
    let reference = usage("block-v1:edX+UseLib+1+type@random_lib_ref+block@3");
    let lib_ref = key.as_lib_ref().expect("an lb-ref key");
    assert_eq!((lib_ref.slug(), lib_ref.block_type(), lib_ref.ordinal()), ("someProblems", "problem", 1));
    assert_eq!(lib_ref.path().collect::<Vec<_>>(), ["abc"]);
    assert_eq!(lib_ref.reference(), reference);
    assert_eq!(key.context_key().as_str(), "course-v1:edX+UseLib+1");
    assert_eq!((key.block_type(), key.block_id(), &*key.html_id()), (Some("problem"), "abc", SEED));
    assert_eq!(UsageKey::lib_ref("someProblems", "problem", &["abc"], 1, &reference).expect("a key"), key);
}

#[test]
fn path_and_ordinal_tell_occurrences_apart() {
    let key = usage("lb-ref:P:problem:a~b!2:e+c+r+type@ref+block@x");
    let lib_ref = key.as_lib_ref().expect("an lb-ref key");
    assert_eq!((lib_ref.path().collect::<Vec<_>>(), lib_ref.ordinal()), (vec!["a", "b"], 2));
    assert_eq!(key.block_id(), "a~b!2");
    let again = LibRefKey::new("P", "problem", &["a", "b"], 2, &lib_ref.reference()).expect("a key");
    assert_eq!(again.as_str(), key.as_str());
}

#[test]
fn references_live_in_pathways_libraries_and_other_references() {
    assert_eq!(usage(PATHWAY).context_key().as_str(), "lx-pathway:5d2a1b7e-0000-4000-8000-000000000000");
    let nested = UsageKey::lib_ref("Q", "html", &["h"], 1, &usage(SEED)).expect("a key");
    assert_eq!(nested.as_str(), format!("lb-ref:Q:html:h:lb-ref={}", &SEED["lb-ref:".len()..]));
    assert_eq!(nested.as_lib_ref().expect("an lb-ref key").reference(), usage(SEED));
    assert_eq!(nested.context_key().as_str(), "course-v1:edX+UseLib+1");
    let in_library = usage("lb-ref:Q:html:h:lb=edx.org:o:s:lib_ref:r");
    assert_eq!(in_library.context_key().as_str(), "lib:edx.org:o:s");
}

#[test]
fn references_nest_four_deep_at_most() {
    let mut key = usage(SEED);
    for _ in 0..3 {
        key = UsageKey::lib_ref("Q", "html", &["h"], 1, &key).expect("up to four");
    }
    assert!(UsageKey::lib_ref("Q", "html", &["h"], 1, &key).is_err());
}

#[test]
fn malformed_references_are_refused() {
    for tail in [
        "i4x://o/c/cat/n",
        "i4x=//o/c/cat/n",
        "block-v1:e+c+r+type@t+block@b",
        "block-v1=e+c+r+type@t+block@b",
        "e+c+r+block@b",
        "e+c+type@t+block@b",
        "e+c+r+branch@d+type@t+block@b",
        "e+c+r+version@519665f6223ebd6980884f2b+type@t+block@b",
        "ccx-block-v1=e+c+r+CCX@1+type@t+block@b",
        "aside-usage-v1=lb:o:s:t:i::a",
        "lb=o:s:t:i\n",
        "lx-pb=5d2a1b7e-0000-4000-8000-000000000000:unit:u1:",
        "lib=o:s",
        "=e+c+r+type@t+block@b",
        "",
    ] {
        assert!(format!("lb-ref:P:problem:a:{tail}").parse::<UsageKey>().is_err(), "{tail:?}");
    }
    for path in ["a!1", "a!0", "a!02", "a!", "a~", "~a", "a~~b", "", "a\n", "a!2!3", "a!2~b", "a!99999999999"]
    {
        let text = format!("lb-ref:P:problem:{path}:e+c+r+type@t+block@b");
        assert!(text.parse::<UsageKey>().is_err(), "{path:?}");
    }
    assert!("lb-ref::problem:a:e+c+r+type@t+block@b".parse::<UsageKey>().is_err());
    assert!("lb-ref:P::a:e+c+r+type@t+block@b".parse::<UsageKey>().is_err());
    let long = format!("lb-ref:P:problem:{}:e+c+r+type@t+block@b", "a".repeat(2048));
    assert!(matches!(long.parse::<UsageKey>().map_err(|e| e.reason), Err(Reason::TooLong { limit: 2048 })));
    assert!(UsageKey::parse_reference(SEED).is_err());
}

#[test]
fn parts_given_to_the_constructor_stay_in_their_place() {
    let reference = usage("block-v1:e+c+r+type@t+block@b");
    for (slug, block_type, path) in [
        ("a:b", "problem", &["x"][..]),
        ("a", "problem:x", &["x"]),
        ("a", "problem", &["x:y"]),
        ("a", "problem", &["x~y"]),
        ("a", "problem", &["x!2"]),
        ("a", "problem", &[]),
        ("a\n", "problem", &["x"]),
        ("", "problem", &["x"]),
    ] {
        assert!(
            UsageKey::lib_ref(slug, block_type, path, 1, &reference).is_err(),
            "{slug:?} {block_type:?} {path:?}"
        );
    }
    let untyped = usage("block-v1:e+c+r+block@b");
    assert!(UsageKey::lib_ref("a", "problem", &["x"], 1, &untyped).is_err(), "reads back as type None");
}

#[test]
fn references_follow_their_course() {
    let run2: LearningContextKey = "course-v1:edX+UseLib+2".parse().expect("a key");
    let moved = usage(SEED).map_into_course(&run2).expect("a course block");
    assert_eq!(moved.as_str(), "lb-ref:someProblems:problem:abc:edX+UseLib+2+type@random_lib_ref+block@3");
    assert!(usage(PATHWAY).map_into_course(&run2).is_err());
    let block = usage("lb:o:s:t:i");
    assert_eq!(block.map_into_course(&block.context_key()).expect("its own context"), block);
    assert!(block.map_into_course(&run2).is_err());
}

#[test]
fn library_field_reads_both_spellings_of_a_version() {
    for (text, library, version) in [
        ("lib:orgX:someProblems", "lib:orgX:someProblems", None),
        ("lib:orgX:someProblems:v5", "lib:orgX:someProblems", Some(5)),
        ("lib:orgX:someProblems@5", "lib:orgX:someProblems", Some(5)),
        ("lib:edx.org:MITx:P", "lib:edx.org:MITx:P", None),
        ("lib:edx.org:MITx:P:v12", "lib:edx.org:MITx:P", Some(12)),
        ("lib:edx.org:MITx:P@2147483647", "lib:edx.org:MITx:P", Some(2_147_483_647)),
        ("lib:mit.edu:probs:v5", "lib:mit.edu:probs", Some(5)),
        ("lib:orgX:v5", "lib:orgX:v5", None),
        ("lib:localhost:orgX:P", "lib:orgX:P", None),
        ("lib:localhost:P", "lib:localhost:P", None),
    ] {
        let read = VersionedLibraryRef::parse(text).expect(text);
        assert_eq!((read.library.as_str(), read.version), (library, version), "{text}");
        assert!(read.library.is_library());
    }
    for text in [
        "",
        "lib:",
        "lib:x",
        "lb:o:s:t:i",
        "lib:a:b:c",
        "lib:a:b@0",
        "lib:a:b@05",
        "lib:a:b@",
        "lib:a:b@+5",
        "lib:a:b@2147483648",
        "lib:a:b:v0",
        "lib:a:b:v5@6",
        "lib:a:b@draft",
        "course-v1:a+b+c",
    ] {
        assert!(VersionedLibraryRef::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn new_keys_are_stricter_than_read_ones() {
    assert_eq!(LearningContextKey::library("MITx", "probs").expect("a key").as_str(), "lib:MITx:probs");
    for (org, slug) in
        [("MITx", "v5"), ("MITx\n", "p"), ("MITx", "p\n"), ("", "p"), ("MITx", ""), ("M:x", "p"), ("É", "p")]
    {
        assert!(LearningContextKey::library(org, slug).is_err(), "{org:?} {slug:?}");
    }
    assert!(LearningContextKey::library("MITx", "é日v5").is_ok());
    assert!(LearningContextKey::library("o", &"s".repeat(249)).is_ok(), "255 characters");
    assert!(LearningContextKey::library("o", &"s".repeat(250)).is_err());
    let course = LearningContextKey::course_run("edX", "Demo", "2026").expect("a key");
    assert_eq!(course.as_str(), "course-v1:edX+Demo+2026");
    assert!(LearningContextKey::course_run("edX", "Demo+x", "2026").is_err());
    let library = LearningContextKey::library("MITx", "probs").expect("a key");
    assert_eq!(
        UsageKey::library_block(&library, "problem", "p1").expect("a key").as_str(),
        "lb:MITx:probs:problem:p1"
    );
    assert_eq!(
        UsageKey::course_block(&course, "problem", "p1").expect("a key").as_str(),
        "block-v1:edX+Demo+2026+type@problem+block@p1"
    );
    assert!(UsageKey::library_block(&course, "problem", "p1").is_err());
    assert!(UsageKey::course_block(&library, "problem", "p1").is_err());
    for (context, block) in [
        (&course, UsageKey::course_block(&course, "problem", "p1")),
        (&library, UsageKey::library_block(&library, "problem", "p1")),
    ] {
        assert_eq!(UsageKey::block(context, "problem", "p1"), block);
    }
    let pathway = "lx-pathway:0f3a9c1e-0000-4000-8000-000000000000".parse().expect("a key");
    assert!(UsageKey::block(&pathway, "problem", "p1").is_err());
    assert!(UsageKey::library_block(&library, "problem", "p1\n").is_err());
    assert!(UsageKey::course_block(&course, "problem", "p1+block@x").is_err());
    assert!(UsageKey::course_block(&"a/b/c".parse().expect("a key"), "problem", "p1").is_err());
}

#[test]
fn libraries_gain_and_lose_their_domain() {
    let local: LibraryKey = "lib:MITx:P".parse().expect("a key");
    let global = local.globalize("edx.org").expect("a domain");
    assert_eq!(global.as_str(), "lib:edx.org:MITx:P");
    assert_eq!((global.localize("edx.org"), global.localize("other.org")), (local.clone(), global.clone()));
    assert_eq!(global.globalize("other.org").expect("as it is"), global);
    assert!(local.globalize("localhost").is_err());
    assert!("lib:MITx\n:P".parse::<LibraryKey>().expect("a key").globalize("edx.org").is_err());
    let block = usage("lb:MITx:P:html:h");
    let block = block.as_library_block().expect("a library block").globalize("edx.org").expect("a domain");
    assert_eq!(block.as_str(), "lb:edx.org:MITx:P:html:h");
    assert_eq!(block.localize("edx.org").library(), local);
}
